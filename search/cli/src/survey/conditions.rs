//! Random conditions on constants, which simplification may decide; many of them are close.
//!
//! A constant is compared with its own first digits, with a number next to it, with another constant, or stands in an identity whose
//! truth is known. The comparison is the condition of a choice, or what a clipped, folded or scaled difference hangs on.

use actsmith_codegen::Formula;
use actsmith_codegen::oracle::{Levels, Truth};
use rand::RngExt;
use rand_chacha::ChaCha8Rng;

use super::formulas::{Drawing, Leaves};
use actsmith_search::seed;

/// A formula whose form hangs on a comparison of constants.
#[derive(Clone, Debug, PartialEq)]
pub struct Condition {
    /// The formula.
    pub text: String,
    /// What it equals, if the comparison is an identity whose truth is known: no precision tells that two numbers are equal.
    pub known: Option<&'static str>,
}

const ATTEMPTS: u64 = 1_000;
/// How many digits of a constant it is compared with.
const DIGITS: [usize; 10] = [8, 12, 15, 16, 17, 18, 20, 25, 30, 40];

/// Equalities that hold, where `{k}` is a whole number above 0.
const IDENTITIES: [(&str, &str); 12] = [
    ("sin({k} * pi)", "0"),
    ("cos(pi / 2 + {k} * pi)", "0"),
    ("cos(2 * {k} * pi)", "1"),
    ("sin(pi / 2 + 2 * {k} * pi)", "1"),
    ("exp(ln({k}))", "{k}"),
    ("square(sqrt({k}))", "{k}"),
    ("atan(1) * (4 * {k})", "{k} * pi"),
    ("erf(1 / {k}) + erfc(1 / {k})", "1"),
    ("sigmoid({k}) + sigmoid(-{k})", "1"),
    ("square(cosh({k})) - square(sinh({k}))", "1"),
    ("normal_cdf({k}) + normal_cdf(-{k})", "1"),
    ("asinh(sinh({k}))", "{k}"),
];

/// The condition number `index` of a sample.
pub fn draw(seed: u64, index: u64, levels: &mut Levels) -> (Condition, Formula) {
    for attempt in 0..ATTEMPTS {
        let mut rng = seed::rng(seed, "conditions", index * ATTEMPTS + attempt);
        let Some(condition) = attempt_at(&mut rng, levels) else {
            continue;
        };
        if let Ok(formula) = Formula::parse(&condition.text) {
            return (condition, formula);
        }
    }
    unreachable!("most conditions parse")
}

fn attempt_at(rng: &mut ChaCha8Rng, levels: &mut Levels) -> Option<Condition> {
    if rng.random_range(0..5) == 0 {
        return Some(identity(rng));
    }
    let left = constant(rng);
    let right = if rng.random_range(0..4) == 0 {
        constant(rng)
    } else {
        beside(&left, rng, levels)?
    };
    let (left, right) = if rng.random() {
        (left, right)
    } else {
        (right, left)
    };
    let sign = ["<", "<=", ">", ">=", "==", "!="][rng.random_range(0..6)];
    let text = match rng.random_range(0..10) {
        0 => format!("relu(({left} - {right}) * 1e20) * x"),
        1 => format!("abs({left} - {right}) * x"),
        2 => format!("max({left}, {right}) * x"),
        3 => format!("sign({left} - {right}) * x"),
        4 => format!("min0({left} - {right}) * x"),
        _ => format!("if {left} {sign} {right} {{ x }} else {{ 0 }}"),
    };
    Some(Condition { text, known: None })
}

fn identity(rng: &mut ChaCha8Rng) -> Condition {
    let (left, right) = IDENTITIES[rng.random_range(0..IDENTITIES.len())];
    let k = rng.random_range(1..9).to_string();
    let [left, right] = [left, right].map(|side| side.replace("{k}", &k));
    let (sign, holds) = [
        ("==", true),
        ("!=", false),
        ("<", false),
        ("<=", true),
        (">", false),
    ][rng.random_range(0..5)];
    Condition {
        text: format!("if {left} {sign} {right} {{ x }} else {{ 0 }}"),
        known: Some(if holds { "x" } else { "0 * x" }),
    }
}

fn constant(rng: &mut ChaCha8Rng) -> String {
    let depth = rng.random_range(0..3);
    let mut drawing = Drawing {
        rng,
        leaves: Leaves::Constants,
        names: 0,
    };
    drawing.expression(depth)
}

/// The first digits of a constant, or the decimal next to them.
fn beside(constant: &str, rng: &mut ChaCha8Rng, levels: &mut Levels) -> Option<String> {
    let formula = Formula::parse(constant).ok()?;
    let truth = Truth::new(formula.dag());
    let digits = DIGITS[rng.random_range(0..DIGITS.len())];
    let text = truth
        .at(
            &vec![actsmith_codegen::number::Number::zero(); formula.dag().variables.len()],
            levels,
        )
        .first()?
        .decimal(digits)?;
    let text = if rng.random() { next(&text)? } else { text };
    Some(if text.starts_with('-') {
        format!("({text})")
    } else {
        text
    })
}

/// The decimal with one more in its last digit.
fn next(text: &str) -> Option<String> {
    let (digits, exponent) = text.split_once('e')?;
    let mut bytes = digits.as_bytes().to_vec();
    for byte in bytes.iter_mut().rev() {
        match *byte {
            b'9' => *byte = b'0',
            b'0'..=b'8' => {
                *byte += 1;
                return Some(format!("{}e{exponent}", String::from_utf8(bytes).ok()?));
            }
            _ => return None,
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn conditions_depend_on_seed_and_index_alone() {
        let mut levels = Levels::default();
        let mut texts =
            || -> Vec<Condition> { (0..60).map(|index| draw(1, index, &mut levels).0).collect() };
        let first = texts();
        assert_eq!(first, texts());
        assert!(first.iter().any(|condition| condition.known.is_some()));
    }

    #[test]
    fn the_next_decimal_has_one_more_in_its_last_digit() {
        assert_eq!(next("1299e-3").as_deref(), Some("1300e-3"));
        assert_eq!(next("-314e5").as_deref(), Some("-315e5"));
        assert_eq!(next("999e0"), None);
    }
}
