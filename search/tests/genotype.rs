//! Genotypes: names, errors, formulas.

use actsmith_search::genotype::{Constants, Genotype};
use actsmith_search::space::{Binary, Slot, Unary};
use serde::Deserialize;

#[derive(Deserialize)]
struct Reference {
    unary: Vec<String>,
    binary: Vec<String>,
}

#[test]
fn the_default_space_has_the_published_operations_in_order() {
    let reference: Reference =
        serde_json::from_str(include_str!("data/cell.json")).expect("reference data");
    let unary: Vec<&str> = Unary::ALL[..Unary::DEFAULT]
        .iter()
        .map(|op| op.name())
        .collect();
    let binary: Vec<&str> = Binary::ALL[..Binary::DEFAULT]
        .iter()
        .map(|op| op.name())
        .collect();
    assert_eq!(unary, reference.unary);
    assert_eq!(binary, reference.binary);
}

#[test]
fn names_and_aliases_are_read_and_names_printed() {
    let aliases: Genotype = " id-x_sq-substrat-beta_mul-neg_x-beta_mix"
        .parse()
        .expect("aliases");
    assert_eq!(aliases.to_string(), "identity-square-sub-mul_beta-neg-mix");
    for unary in Unary::ALL {
        for binary in Binary::ALL {
            let (u, b) = (unary.name(), binary.name());
            let text = format!("{u}-tanh-{b}-{u}-abs-{b}");
            assert_eq!(
                text.parse::<Genotype>()
                    .expect("names of the tables")
                    .to_string(),
                text
            );
        }
    }
}

#[test]
fn no_name_is_taken_twice() {
    let unary = Unary::ALL
        .iter()
        .flat_map(|op| op.aliases().iter().copied().chain([op.name()]));
    let binary = Binary::ALL
        .iter()
        .flat_map(|op| op.aliases().iter().copied().chain([op.name()]));
    for names in [unary.collect::<Vec<_>>(), binary.collect()] {
        let distinct: std::collections::BTreeSet<_> = names.iter().collect();
        assert_eq!(distinct.len(), names.len(), "{names:?}");
    }
}

#[test]
fn errors_name_the_slot_and_the_nearest_name() {
    let message = |text: &str| {
        text.parse::<Genotype>()
            .expect_err("no genotype")
            .to_string()
    };
    assert_eq!(
        message("silu-silu-sigmoid_mul-gellu-silu-mul"),
        "slot u2: `gellu` is not a unary operation; did you mean `gelu`?"
    );
    assert_eq!(
        message("silu-silu-sigmul-gelu-silu-mul"),
        "slot b0: `sigmul` is not a binary operation; did you mean `sig_mul`?"
    );
    assert_eq!(
        message("x-y"),
        "the genotype `x-y` has 2 parts; write the six of u0-u1-b0-u2-u3-b1"
    );
    assert!(message("").contains("has 1 part;"));
}

#[test]
fn formulas_nest() {
    let formula = |text: &str, bounded| {
        text.parse::<Genotype>()
            .expect("a genotype")
            .formula(bounded)
    };
    assert_eq!(
        formula("identity-neg-sub-neg-add_beta-mul", false),
        "(-(x - (-x))) * (x + beta3)"
    );
    assert_eq!(
        formula("exp-beta-left-square-identity-left", true),
        "square(clamp(exp(min(x, ln(10))), -sqrt(10), sqrt(10)))"
    );
    assert_eq!(
        formula("mul_beta-tanh-mix-sqrt-relu-max", false),
        "max(sqrt(max(sigmoid(mix0) * (beta0 * x) + (1 - sigmoid(mix0)) * tanh(x), 0.001)), relu(x))"
    );
    assert_eq!(
        formula("id-id-mul-id-id-mix", true),
        "sigmoid(mix1) * (clamp(x, -sqrt(10), sqrt(10)) * clamp(x, -sqrt(10), sqrt(10))) + (1 - sigmoid(mix1)) * x"
    );
}

#[test]
fn constants_come_in_shortest_round_trip_decimals() {
    let genotype: Genotype = "mul_beta-add_beta-add-neg-beta-mix"
        .parse()
        .expect("a genotype");
    let constants = Constants {
        beta: [-0.1, 0.1 + 0.2, 9.0, 1e-7],
        mix: [5.0, 0.5],
    };
    let names: Vec<String> = genotype
        .named_constants(&constants)
        .into_iter()
        .map(|(name, _)| name)
        .collect();
    assert_eq!(names, ["beta0", "beta1", "beta3", "mix1"]);
    let formula = genotype.formula_with_constants(false, &constants);
    assert_eq!(
        formula,
        "sigmoid(0.5) * (-(((-0.1) * x) + (x + 0.30000000000000004))) + (1 - sigmoid(0.5)) * 0.0000001"
    );
    assert_eq!(Slot::OPERATIONS, 4 * 29 + 2 * 12);
}
