//! What `verify` prints for people.

use super::{LIMITS, OUTPUTS};
use crate::commands::output::number_text;
use crate::verify::{Break, Cases, Dtype, Inputs, Outcome, Subject, Tally, Verdict, Worst};

/// A number with as many digits as tell it from its neighbours.
fn input(dtype: Dtype, x: f64) -> String {
    match dtype {
        Dtype::F32 | Dtype::F16 | Dtype::Bf16 => number_text_f32(x as f32),
        Dtype::F64 => number_text(x),
    }
}

fn truth_text(truth: Option<f64>) -> String {
    truth.map_or("none".to_owned(), number_text)
}

fn number_text_f32(x: f32) -> String {
    let plain = x == 0.0 || !x.is_finite() || (1e-5..1e7).contains(&x.abs());
    if plain {
        x.to_string()
    } else {
        format!("{x:e}")
    }
}

/// All that was found of one formula.
pub(super) fn report(subject: &Subject, inputs: &Inputs, tallies: &[Tally; 2]) -> String {
    let dtype = inputs.dtype();
    let which = if inputs.are_all() {
        "all inputs"
    } else {
        "a sample"
    };
    let mut lines = vec![
        format!("formula   {}", subject.formula()),
        format!("computed  {}", subject.activation.formula()),
        format!("∂/∂x      {}", subject.activation.derivative()),
        format!(
            "inputs    {which} of {}: {} finite",
            dtype.name(),
            tallies[0].points + tallies[0].undefined + tallies[0].undecided.count
        ),
    ];
    let worst = |worst: &Option<Worst>, unit: &str| match worst {
        Some(Worst { error, case }) => format!(
            "{error:.3e}{unit} at x = {}: {}, true {}",
            input(dtype, case.x),
            input(dtype, case.got),
            truth_text(case.truth)
        ),
        None => "none".to_owned(),
    };
    for (name, tally) in OUTPUTS.iter().zip(tallies) {
        let ulp = match &tally.ulp {
            Some(Worst { error, case }) if *error < 1e4 => format!(
                "{error:.3} ULP at x = {}: {}, true {}",
                input(dtype, case.x),
                input(dtype, case.got),
                truth_text(case.truth)
            ),
            other => worst(other, " ULP"),
        };
        lines.push(format!("\n{name}"));
        lines.push(format!("  largest error           {ulp}"));
        lines.push(format!(
            "  absolute, where |f| ≤ 1 {}",
            worst(&tally.absolute, "")
        ));
        let [one, two, four] = tally.above;
        lines.push(format!(
            "  above 1, 2, 4 ULP       {one}, {two}, {four} inputs"
        ));
        lines.push(format!(
            "  NaN or ∞, true finite   {}",
            cases(dtype, &tally.lost)
        ));
        if tally.undefined > 0 {
            // A derivative may go on where the value is undefined, as PyTorch's do: nobody counts that.
            let invented = match *name {
                "value" => format!("; a number there: {}", cases(dtype, &tally.invented)),
                _ => String::new(),
            };
            lines.push(format!(
                "  undefined               {} inputs{invented}",
                tally.undefined
            ));
        }
        if tally.undecided.count > 0 {
            lines.push(format!(
                "  not decided             {}",
                undecided(dtype, &tally.undecided)
            ));
        }
    }
    lines.join("\n")
}

/// One line: whether the verification passed, and if not, which limits are broken.
pub(super) fn verdict_text(dtype: Dtype, verdict: &Verdict) -> String {
    let open = match verdict.undecided {
        0 => String::new(),
        1 => "; not decided at 1 input".to_owned(),
        count => format!("; not decided at {count} inputs"),
    };
    match verdict.outcome {
        Outcome::Passed => return format!("passed{open}"),
        Outcome::Undecided => {
            return "not decided: the true value or derivative is not known at any input"
                .to_owned();
        }
        Outcome::Failed => {}
    }
    let breaks: Vec<String> = verdict
        .breaks
        .iter()
        .map(|broken| match broken {
            Break::NotFinite { output, count, x, got } => format!(
                "the {output} is {got} at x = {}, where the true one is a number ({count} inputs)",
                input(dtype, *x)
            ),
            Break::TooLarge { output, limit, count, worst } => {
                let [units, size] = option_names(output);
                format!(
                    "the {output} is {:.3} ULP off at x = {}, above {units} {} and {size} {:e} ({count} inputs)",
                    worst.error,
                    input(dtype, worst.case.x),
                    limit.ulp.unwrap_or_default(),
                    limit.absolute
                )
            }
        })
        .collect();
    format!("failed: {}{open}", breaks.join("; "))
}

/// The options that limit errors of an output, as they are typed.
fn option_names(output: &str) -> [String; 2] {
    let index = OUTPUTS.iter().position(|name| *name == output);
    LIMITS[index.unwrap_or(0)].map(|name| format!("--{}", name.replace('_', "-")))
}

/// Inputs at which the true value is not known.
fn undecided(dtype: Dtype, cases: &Cases) -> String {
    let first: Vec<String> = cases
        .first
        .iter()
        .map(|case| format!("{} ({})", input(dtype, case.x), input(dtype, case.got)))
        .collect();
    format!(
        "at {} inputs, first at x = {}",
        cases.count,
        first.join(", ")
    )
}

fn cases(dtype: Dtype, cases: &Cases) -> String {
    if cases.count == 0 {
        return "none".to_owned();
    }
    let first: Vec<String> = cases
        .first
        .iter()
        .map(|case| {
            format!(
                "{} ({}, true {})",
                input(dtype, case.x),
                input(dtype, case.got),
                truth_text(case.truth)
            )
        })
        .collect();
    format!("{} inputs, first at x = {}", cases.count, first.join(", "))
}

/// A row of the table in `docs/accuracy.md`.
pub(super) fn row(subject: &Subject, dtype: Dtype, tallies: &[Tally; 2]) -> String {
    let cells = tallies.each_ref().map(|tally| match &tally.ulp {
        Some(Worst { error, case }) => {
            let x = input(dtype, case.x);
            // Next to a zero, digits say nothing.
            if *error < 1e4 {
                format!("{error:.2} | {x}")
            } else {
                format!("{error:.0e} | {x}")
            }
        }
        None => " | ".to_owned(),
    });
    let absolute = match &tallies[1].absolute {
        Some(worst) => format!("{:.1e}", worst.error),
        None => String::new(),
    };
    let lost: u64 = tallies.iter().map(|tally| tally.lost.count).sum();
    let lost = if lost == 0 {
        "none".to_owned()
    } else {
        lost.to_string()
    };
    let formula = subject.formula();
    format!(
        "| `{formula}` | {} | {} | {absolute} | {lost} |",
        cells[0], cells[1]
    )
}
