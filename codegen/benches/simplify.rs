//! What a formula waits for: reading it, and simplifying its value and gradient. `cargo bench -p actsmith-codegen --bench simplify`.

use actsmith_codegen::Formula;
use actsmith_codegen::{Budget, Region};
use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use std::hint::black_box;

/// Names, and what they stand for.
const FORMULAS: &[&str] = &[
    "silu(x)",
    "x / (1 + exp(-x))",
    "x * tanh(ln(1 + exp(x)))",
    "0.5 * x * (1 + erf(x / sqrt(2)))",
    "0.5 * x * (1 + tanh(sqrt(2 / pi) * (x + 0.044715 * powi(x, 3))))",
    "max(0, x) + min(0, 2 * (exp(x / 2) - 1))",
    "x * min(max(x + 3, 0), 6) / 6",
    "x * sigmoid(beta * x)",
];

/// Formulas of genotypes of the search space, drawn at random.
const GENOTYPES: &[&str] = &[
    "clamp(exp(min(max(gelu(x), sigmoid(x)), ln(10))), -sqrt(10), sqrt(10)) * clamp(x, -sqrt(10), sqrt(10))",
    "clamp(gelu(clamp(sin(x), -sqrt(10), sqrt(10)) * clamp(erf(x), -sqrt(10), sqrt(10))), -sqrt(10), sqrt(10)) * clamp(softplus(x), -sqrt(10), sqrt(10))",
    "max(atan(x) + erf(x), relu(x))",
    "max(relu(elu(x) + relu(x)), erf(x))",
    "max(softplus(clamp(exp(min(x, ln(10))), -sqrt(10), sqrt(10)) * clamp(softplus(x), -sqrt(10), sqrt(10))), softplus(x))",
    "erf(clamp(x, -sqrt(10), sqrt(10)) * clamp(tanh(x), -sqrt(10), sqrt(10))) + sin(x)",
    "sigmoid(erf(silu(x) + elu(x))) * relu(x)",
    "clamp(exp(min(silu(x) - erf(x), ln(10))), -sqrt(10), sqrt(10)) * clamp(sigmoid(x), -sqrt(10), sqrt(10))",
    "sigmoid(softplus(clamp(erf(x), -sqrt(10), sqrt(10)) * clamp(square(clamp(x, -sqrt(10), sqrt(10))), -sqrt(10), sqrt(10)))) * x",
    "sigmoid(mix1) * atan(sigmoid(gelu(x)) * leaky_relu(x)) + (1 - sigmoid(mix1)) * leaky_relu(x)",
    "sigmoid(silu(x) - tanh(x)) - square(clamp(x, -sqrt(10), sqrt(10)))",
    "max(silu(sigmoid(tanh(x)) * relu(x)), erf(x))",
    "elu(sigmoid(relu(x)) * relu(x)) - sigmoid(x)",
    "softplus(sigmoid(relu(x)) * abs(x)) - abs(x)",
    "clamp(relu(max(softplus(x), abs(x))), -sqrt(10), sqrt(10)) * clamp(sin(x), -sqrt(10), sqrt(10))",
    "sigmoid(gelu(max(gelu(x), x))) * sigmoid(x)",
    "sigmoid(mix1) * tanh(clamp(relu(x), -sqrt(10), sqrt(10)) * clamp(leaky_relu(x), -sqrt(10), sqrt(10))) + (1 - sigmoid(mix1)) * abs(x)",
    "elu(sigmoid(x) + square(clamp(x, -sqrt(10), sqrt(10)))) - elu(x)",
    "sigmoid(leaky_relu(leaky_relu(x) + relu(x))) * elu(x)",
    "sin(silu(x) + atan(x)) - elu(x)",
];

fn read(text: &str) -> Formula {
    Formula::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"))
}

fn parse(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("parse");
    for text in FORMULAS {
        group.bench_with_input(BenchmarkId::from_parameter(text), text, |bench, text| {
            bench.iter(|| read(black_box(text)))
        });
    }
}

/// By the size of the e-graph: what each doubling costs.
fn simplify(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("simplify");
    group.sample_size(20);
    for text in FORMULAS {
        let formula = read(text);
        for (iterations, nodes) in [(4, 500), (6, 1_000), (6, 2_000), (8, 4_000)] {
            let budget = Budget { iterations, nodes };
            let id = BenchmarkId::new(*text, format!("{nodes} nodes"));
            group.bench_function(id, |bench| {
                bench.iter(|| black_box(&formula).simplify(&Region::default(), budget))
            });
        }
    }
}

fn corpus(criterion: &mut Criterion) {
    let formulas: Vec<Formula> = GENOTYPES.iter().map(|text| read(text)).collect();
    let mut group = criterion.benchmark_group("corpus");
    group.sample_size(10);
    group.bench_function("20 genotypes", |bench| {
        bench.iter(|| {
            for formula in &formulas {
                black_box(formula.simplify(&Region::default(), Budget::default()));
            }
        })
    });
}

criterion_group!(benches, parse, simplify, corpus);
criterion_main!(benches);
