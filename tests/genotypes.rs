//! The formula of a genotype is the function that the fused cell computes: value and every gradient, for every operation.

use actsmith_codegen::ir::Dag;
use actsmith_search::cell::fused;
use actsmith_search::cell::packed::{BETAS_PER_SLOT, PACKED, beta_index};
use actsmith_search::genotype::Genotype;
use actsmith_search::space::{Binary, Choices, Slot, Unary};
use candle_core::{Device, Result, Var};

/// Away from kinks and bounds; beyond the bounds too.
const POINTS: [f64; 12] = [
    -13.1, -6.7, -3.3, -2.4, -1.1, -0.37, 0.23, 0.71, 1.9, 2.7, 4.6, 11.8,
];

/// Where the packed vector holds the β of the operation in a unary slot.
fn beta_place(genotype: &Genotype, unary: usize) -> usize {
    let slot = [Slot::U0, Slot::U1, Slot::U2, Slot::U3][unary];
    let row = Unary::ALL[genotype.index(slot)];
    Slot::OPERATIONS + BETAS_PER_SLOT * unary + beta_index(row)
}

/// The digit at the end of the name of a constant.
fn index(name: &str) -> usize {
    name.chars()
        .last()
        .and_then(|c| c.to_digit(10))
        .unwrap_or(0) as usize
}

fn check(genotype: Genotype) -> Result<()> {
    let (betas, mixes) = ([0.8, -1.2, 1.4, 0.6], [0.3, -0.7]);
    let mut packed = vec![0.0; PACKED];
    for slot in Slot::ALL {
        packed[slot.offset(genotype.index(slot))] = 1.0;
        if let Some(unary) = slot.unary_index() {
            packed[beta_place(&genotype, unary)] = betas[unary];
        }
    }
    packed[PACKED - 2..].copy_from_slice(&mixes);
    let choices = Choices::single(&genotype);
    let (x, p) = (
        Var::new(&POINTS, &Device::Cpu)?,
        Var::new(packed, &Device::Cpu)?,
    );
    let y = fused::apply(choices, &x, &p)?;
    let grads = y.backward()?;
    let by_x = grads.get(&x).expect("a gradient for x").to_vec1::<f64>()?;
    let by_p = grads
        .get(&p)
        .expect("a gradient for the constants")
        .to_vec1::<f64>()?;

    let gradient = Dag::parse(&genotype.formula(true))
        .expect("genotypes spell formulas")
        .with_gradient();
    let mut sums = vec![0.0; gradient.variables.len()];
    for ((&x, y), slope) in POINTS.iter().zip(y.to_vec1::<f64>()?).zip(by_x) {
        let value = |name: &String| {
            if name.starts_with("beta") {
                betas[index(name)]
            } else {
                mixes[index(name)]
            }
        };
        let point: Vec<f64> = [x]
            .into_iter()
            .chain(gradient.variables.iter().skip(1).map(value))
            .collect();
        let (expected, derivatives) = gradient.at(&point);
        // Both are f64 with a few roundings an operation.
        let close = |a: f64, b: f64| (a - b).abs() <= 1e-11 * (1.0 + b.abs());
        assert!(
            close(y, expected),
            "{genotype}: f({x}) = {y}, not {}",
            expected
        );
        assert!(
            close(slope, derivatives[0]),
            "{genotype}: f'({x}) = {slope}, not {}",
            derivatives[0]
        );
        for (sum, slope) in sums.iter_mut().zip(&derivatives) {
            *sum += slope;
        }
    }
    for (name, sum) in gradient.variables.iter().zip(sums).skip(1) {
        let place = if name.starts_with("beta") {
            beta_place(&genotype, index(name))
        } else {
            PACKED - 2 + index(name)
        };
        let found = by_p[place];
        assert!(
            (found - sum).abs() <= 1e-10 * (1.0 + sum.abs()),
            "{genotype}: ∂/∂{name} = {found}, not {sum}"
        );
    }
    Ok(())
}

#[test]
fn every_unary_operation_in_every_slot() -> Result<()> {
    let name = |slot: usize, op: Unary, at: usize| {
        if slot == at {
            op.name()
        } else {
            ["tanh", "sigmoid", "atan", "silu"][at]
        }
    };
    for &op in Unary::ALL {
        for slot in 0..4 {
            let [u0, u1, u2, u3] = [0, 1, 2, 3].map(|at| name(slot, op, at));
            check(
                format!("{u0}-{u1}-add-{u2}-{u3}-sub")
                    .parse()
                    .expect("a genotype"),
            )?;
        }
    }
    Ok(())
}

#[test]
fn every_binary_operation_in_both_slots() -> Result<()> {
    for op in Binary::ALL.iter().map(|op| op.name()) {
        check(
            format!("identity-tanh-{op}-identity-sigmoid-add")
                .parse()
                .expect("a genotype"),
        )?;
        check(
            format!("silu-sinh-add-identity-mul_beta-{op}")
                .parse()
                .expect("a genotype"),
        )?;
    }
    Ok(())
}
