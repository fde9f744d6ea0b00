//! The form of a formula in f32, over all orders of magnitude: where the formula as written is close to the true value, the form has to
//! be.

use actsmith_codegen::ir::Tape;
use actsmith_codegen::number::Number;
use actsmith_codegen::oracle::{Levels, Slope, Truth};
use actsmith_codegen::{Component, Gradient};

use super::language::{Fault, Finding};
use super::subject::exactly;

/// How far a value in f32 that counts as close is from the true one, relative to that.
const CLOSE: f64 = 1e-3;

/// Compares all parts of `form` with those of `raw`, the formula with its derivatives as they are written.
pub(super) fn compare(raw: &Gradient, form: &Gradient, levels: &mut Levels, finding: &mut Finding) {
    let mut truth = None;
    let (raw_tape, form_tape) = (raw.tape(), form.tape());
    for point in ladder(raw.variables.len()) {
        let (wide, narrow) = (raw_tape.eval(&point), raw_tape.eval_f32(&point));
        let got = form_tape.eval_f32(&point);
        for output in 0..wide.len() {
            // f64 is right most of the time; the oracle is asked where a fault is seen.
            if !loses(wide[output], narrow[output], got[output]) {
                continue;
            }
            let exact: Vec<Number> = point.iter().map(|&x| exactly(x)).collect();
            let truth = truth.get_or_insert_with(|| Truth::new(raw));
            let known = truth.at(&exact, levels)[output].to_f64();
            if !known.is_some_and(|truth| loses(truth, narrow[output], got[output])) {
                continue;
            }
            if let Component::Derivative(variable) = Component::of_output(output) {
                // Arguments that are equal in f32 have the slope of either side.
                let meets = || {
                    let mut tapes = [&raw_tape, &form_tape].into_iter();
                    tapes.any(|tape| tape.has_kink_in_f32(&point))
                        && raw_tape.is_between_sides(&point, output, got[output])
                };
                let is_right = match truth.slope(&exact, variable, levels) {
                    Slope::Smooth(sides) | Slope::Kinked(Some(sides)) => {
                        sides.is_around(got[output], CLOSE)
                    }
                    Slope::Kinked(None) | Slope::Unknown => false,
                };
                if is_right || meets() {
                    finding.compared.kinks += 1;
                    continue;
                }
            }
            if got[output].is_finite() && !is_steady(&raw_tape, &point, output) {
                finding.compared.by_chance += 1;
                continue;
            }
            finding.fail(Fault::Range, || {
                let of = match Component::of_output(output) {
                    Component::Value => "value".to_owned(),
                    Component::Derivative(variable) => format!("∂/∂{}", raw.variables[variable]),
                };
                let pairs = raw.variables.iter().zip(&point);
                let at: Vec<String> = pairs
                    .map(|(name, value)| format!("{name} = {value:e}"))
                    .collect();
                let (got, want) = (got[output], wide[output]);
                format!("{of} at {}: {got:e}, not {want:e}", at.join(", "))
            });
        }
    }
}

/// Whether a value in f32 is out of range or far off, where that of the formula as written is close to the true one.
fn loses(truth: f64, written: f64, got: f64) -> bool {
    const FAR: f64 = 0.5;
    let size = truth.abs();
    let holds = size <= f64::from(f32::MAX) && size >= f64::from(f32::MIN_POSITIVE);
    let near_zero = truth == 0.0 && written == 0.0;
    let close = holds && (written - truth).abs() <= CLOSE * size;
    if near_zero {
        return !got.is_finite();
    }
    let error = (got - truth).abs();
    close && (error.is_nan() || error > FAR * size)
}

/// Whether a formula is as close to its value in f64 at the arguments next to a point: at the point itself, digits may be right by
/// chance.
fn is_steady(tape: &Tape<'_>, point: &[f64], output: usize) -> bool {
    [7.0, -9.0, 3.0, -5.0, 11.0, -13.0]
        .into_iter()
        .all(|step: f64| {
            let next = |&x: &f64| f64::from((x * (1.0 + step * f64::from(f32::EPSILON))) as f32);
            let point: Vec<f64> = point.iter().map(next).collect();
            let (exact, written) = (tape.eval(&point)[output], tape.eval_f32(&point)[output]);
            (written - exact).abs() <= CLOSE * exact.abs()
        })
}

/// Points of both signs over the magnitudes of f32; parameters take plain values and some of the ends.
fn ladder(variables: usize) -> impl Iterator<Item = Vec<f64>> {
    const PARAMETERS: [f64; 6] = [1.3, -0.6, 1e-20, 1e20, 0.0, -40.0];
    let rungs = (-126..=127).step_by(11).flat_map(|k| {
        let rung = 2f64.powi(k);
        [rung, -rung]
    });
    let plain = [0.0, 0.7, -1.9, 5.3, -11.0, 40.0, -87.0, 88.5, -103.0];
    rungs.chain(plain).enumerate().map(move |(k, x)| {
        let parameter = |v: usize| f64::from(PARAMETERS[(k + k / 6 + v) % PARAMETERS.len()] as f32);
        let parameters = (1..variables).map(parameter);
        std::iter::once(f64::from(x as f32))
            .chain(parameters)
            .collect()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use actsmith_codegen::ir::Dag;

    #[test]
    fn digits_by_chance_are_told_from_those_that_the_formula_keeps() {
        // It cancels, and yet some results are close.
        let cancels = Dag::parse("x - (2 * sigmoid(2 * x) - 1)").unwrap();
        let tape = cancels.tape();
        let arguments = (0..1_000).map(|k| f64::from((0.01 + 1e-5 * f64::from(k)) as f32));
        let is_close = |&x: &f64| {
            let (exact, written) = (tape.eval(&[x])[0], tape.eval_f32(&[x])[0]);
            (written - exact).abs() <= CLOSE * exact.abs()
        };
        let close: Vec<f64> = arguments.filter(is_close).collect();
        assert!(close.len() > 3, "{close:?}");
        let steady = close.iter().filter(|&&x| is_steady(&tape, &[x], 0)).count();
        assert!(steady < close.len(), "{steady} of {}", close.len());
        for (kept, x) in [("0.4 / x / x", 28), ("exp(-x)", 5), ("1 / x", 126)] {
            let kept = Dag::parse(kept).unwrap();
            assert!(is_steady(&kept.tape(), &[2f64.powi(x)], 0));
        }
    }
}
