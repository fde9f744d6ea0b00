//! `actsmith verify`.

use std::process::ExitCode;

use actsmith_codegen::Formula;
use actsmith_codegen::ops::Op;
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::{Value, json};

use super::formula::{self, Options};
use super::output::{number_json, number_text, print, print_json};
use crate::error::{Error, Result};
use crate::verify::{Break, Cases, Dtype, Inputs, Limit, Subject, Tally, Verdict, Worst};

/// Compare the fused forward and backward of a formula with its true value and derivative
#[derive(Debug, clap::Args)]
#[command(
    long_about = "Compare the fused forward and backward of a formula with its true value and derivative, over all inputs or a \
        dense sample.\n\nThe true ones are enclosed by interval arithmetic on the formula as it was written, in any precision. An \
        error is given in units in the last place (ULP): the distance of neighbouring numbers at the true value, of subnormal ones \
        at the bottom.\n\nThe work for each input is bounded: inputs at which the true value is not decided are counted, and are no \
        failure.\n\nExit code 0: no NaN or infinity where the true value or derivative is a number, and no error above a limit. 1: \
        there is one; the verdict says which limit, by how much and where. 2: wrong usage.",
    after_help = formula::help()
)]
pub(super) struct Arguments {
    /// The formula
    #[arg(
        allow_hyphen_values = true,
        required_unless_present = "all",
        value_name = "FORMULA"
    )]
    formula: Option<String>,

    /// Every function of the language that takes one argument, and those of more with usual parameters
    #[arg(long, conflicts_with = "formula")]
    all: bool,

    /// The type of inputs and results; f16 and bf16 are verified at all of their inputs
    #[arg(long, value_enum, default_value_t = Type::F32)]
    dtype: Type,

    /// All 2³² inputs of f32, instead of about a million
    #[arg(long)]
    exhaustive: bool,

    /// Fail if an error of the value is above so many ULP
    #[arg(long, value_name = "U", value_parser = limit)]
    max_ulp: Option<f64>,

    /// Errors of the value up to this size are within --max-ulp: where it is small, an argument that is rounded costs many ULP
    /// [default: a quarter of a ULP of the number 1, in f32 3e-8]
    #[arg(long, value_name = "E", value_parser = limit)]
    max_absolute: Option<f64>,

    /// Fail if an error of the derivative is above so many ULP
    #[arg(long, value_name = "U", value_parser = limit)]
    max_ulp_derivative: Option<f64>,

    /// Errors of the derivative up to this size are within --max-ulp-derivative: next to a zero of it, a ULP is tiny [default: 2 ULP of
    /// the number 1, in f32 2.4e-7]
    #[arg(long, value_name = "E", value_parser = limit)]
    max_absolute_derivative: Option<f64>,

    /// How many threads
    #[arg(long, value_name = "T", value_parser = clap::value_parser!(u64).range(1..=1024))]
    threads: Option<u64>,

    #[command(flatten)]
    options: Options,

    /// Print one JSON object a formula
    #[arg(long)]
    json: bool,

    /// Print a row of a table a formula
    #[arg(long, conflicts_with = "json")]
    markdown: bool,
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum Type {
    F32,
    F64,
    F16,
    Bf16,
}

impl From<Type> for Dtype {
    fn from(dtype: Type) -> Self {
        match dtype {
            Type::F32 => Self::F32,
            Type::F64 => Self::F64,
            Type::F16 => Self::F16,
            Type::Bf16 => Self::Bf16,
        }
    }
}

/// Functions of several arguments, with parameters that are usual.
const WITH_PARAMETERS: [&str; 5] = [
    "elu(x, 0.5)",
    "celu(x, 0.5)",
    "prelu(x, 0.25)",
    "threshold(x, 0.5, 20)",
    "clamp(x, -0.5, 2)",
];

const OUTPUTS: [&str; 2] = ["value", "derivative"];
/// The options that limit errors of each output.
const LIMITS: [[&str; 2]; 2] = [
    ["max_ulp", "max_absolute"],
    ["max_ulp_derivative", "max_absolute_derivative"],
];

pub(super) fn run(arguments: &Arguments) -> Result<ExitCode> {
    let dtype = Dtype::from(arguments.dtype);
    if arguments.exhaustive && dtype == Dtype::F64 {
        let message = "--exhaustive: f64 has 2⁶⁴ numbers, which no run gets through; leave it out for a sample";
        return Err(Error::Usage(message.to_owned()));
    }
    let subjects = subjects(arguments)?;
    let threads = arguments.threads.unwrap_or(0) as usize;
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
    let pool = pool.map_err(|error| Error::Failure(format!("no threads: {error}")))?;
    if arguments.markdown {
        print(
            "| formula | value, ULP | at x | derivative, ULP | at x | absolute, \\|f′\\| ≤ 1 | NaN or ∞ |\n| --- | --- | --- | --- | --- | --- | --- |",
        )?;
    }
    let limits = [
        Limit {
            ulp: arguments.max_ulp,
            absolute: arguments
                .max_absolute
                .unwrap_or(0.25 * dtype.format().unit(1.0)),
        },
        Limit {
            ulp: arguments.max_ulp_derivative,
            absolute: arguments
                .max_absolute_derivative
                .unwrap_or(2.0 * dtype.format().unit(1.0)),
        },
    ];
    let mut failed = false;
    for subject in subjects {
        // The half formats have 65,536 numbers each.
        let inputs = if arguments.exhaustive || dtype.bits() == 16 {
            Inputs::All(dtype)
        } else {
            Inputs::sample(dtype, subject.formula())
        };
        let bar = ProgressBar::new(inputs.count());
        if let Ok(style) =
            ProgressStyle::with_template("{bar:32} {percent} % of {human_len} inputs, {eta} left")
        {
            bar.set_style(style);
        }
        let tallies = pool.install(|| subject.verify(&inputs, limits, |done| bar.inc(done)));
        bar.finish_and_clear();
        let verdict = Verdict::of(&tallies);
        failed |= !verdict.is_passed();
        if arguments.json {
            print_json(&to_json(&subject, &inputs, &tallies, &verdict))?;
        } else if arguments.markdown {
            print(&row(&subject, dtype, &tallies))?;
        } else {
            print(&text(&subject, &inputs, &tallies))?;
            print(&format!("\nverdict   {}", verdict_text(dtype, &verdict)))?;
        }
    }
    Ok(if failed {
        ExitCode::FAILURE
    } else {
        ExitCode::SUCCESS
    })
}

fn limit(text: &str) -> std::result::Result<f64, String> {
    let limit: Option<f64> = text.parse().ok().filter(|limit| *limit >= 0.0);
    limit.ok_or_else(|| format!("`{text}` is not a limit; write a number such as 2 or 1e-6"))
}

/// All formulas, checked before the first of them runs.
fn subjects(arguments: &Arguments) -> Result<Vec<Subject>> {
    // What the table calls a slope is verified as the derivative of its function.
    let is_slope = |op: &Op| op.name().ends_with("_slope");
    let named = Op::ALL
        .iter()
        .filter(|op| op.arity() == 1 && **op != Op::Neg && !is_slope(op));
    let texts: Vec<String> = if arguments.all {
        let named = named.map(|op| format!("{}(x)", op.name()));
        named.chain(WITH_PARAMETERS.map(str::to_owned)).collect()
    } else {
        arguments.formula.iter().cloned().collect()
    };
    arguments.options.refuse_domain()?;
    let formulas: Vec<Formula> = texts
        .iter()
        .map(|text| arguments.options.parse(text))
        .collect::<Result<_>>()?;
    let constants = arguments
        .options
        .constants(&formulas.iter().collect::<Vec<_>>())?;
    let prepare = |formula: Formula| {
        let formula = formula.with_constants(&constants);
        let missing: Vec<String> = formula.dag().variables[1..]
            .iter()
            .map(|name| format!("--set {name}=…"))
            .collect();
        if !missing.is_empty() {
            return Err(Error::Usage(format!(
                "constants without a value; add {}",
                missing.join(" ")
            )));
        }
        Subject::new(&formula)
    };
    formulas.into_iter().map(prepare).collect()
}

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

fn text(subject: &Subject, inputs: &Inputs, tallies: &[Tally; 2]) -> String {
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

/// One line: whether the verification is passed, and if not, which limits are broken.
fn verdict_text(dtype: Dtype, verdict: &Verdict) -> String {
    let open = match verdict.undecided {
        0 => String::new(),
        1 => "; not decided at 1 input".to_owned(),
        count => format!("; not decided at {count} inputs"),
    };
    if verdict.is_passed() {
        return format!("passed{open}");
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

fn verdict_json(verdict: &Verdict) -> Value {
    let breaks = verdict.breaks.iter().map(|broken| match broken {
        Break::NotFinite {
            output,
            count,
            x,
            got,
        } => json!({
            "output": output,
            "limit": "finite",
            "inputs": count,
            "x": number_json(*x),
            "got": number_json(*got),
        }),
        Break::TooLarge {
            output,
            limit,
            count,
            worst,
        } => {
            let index = OUTPUTS.iter().position(|name| name == output);
            json!({
                "output": output,
                "limit": LIMITS[index.unwrap_or(0)][0],
                "allowed_ulp": limit.ulp,
                "allowed_absolute": limit.absolute,
                "inputs": count,
                "x": number_json(worst.case.x),
                "ulp": number_json(worst.error),
            })
        }
    });
    json!({
        "passed": verdict.is_passed(),
        "undecided": verdict.undecided,
        "broken": breaks.collect::<Vec<_>>(),
    })
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
fn row(subject: &Subject, dtype: Dtype, tallies: &[Tally; 2]) -> String {
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

fn to_json(subject: &Subject, inputs: &Inputs, tallies: &[Tally; 2], verdict: &Verdict) -> Value {
    let outputs = OUTPUTS.iter().zip(tallies).map(|(name, tally)| {
        let mut json = tally_json(tally);
        if let (&"derivative", Value::Object(map)) = (name, &mut json) {
            map.remove("number_where_undefined");
        }
        ((*name).to_owned(), json)
    });
    let mut object = json!({
        "formula": subject.formula().to_string(),
        "computed": subject.activation.formula(),
        "computed_derivative": subject.activation.derivative(),
        "dtype": inputs.dtype().name(),
        "exhaustive": inputs.are_all(),
        "verdict": verdict_json(verdict),
    });
    if let Value::Object(map) = &mut object {
        map.extend(outputs);
    }
    object
}

fn tally_json(tally: &Tally) -> Value {
    let worst = |worst: &Option<Worst>| {
        worst.map(|Worst { error, case }| {
            json!({
                "error": number_json(error),
                "x": number_json(case.x),
                "got": number_json(case.got),
                "true": case.truth.map(number_json),
            })
        })
    };
    let cases = |cases: &Cases| {
        let first = cases.first.iter().map(|case| {
            json!({ "x": number_json(case.x), "got": number_json(case.got), "true": case.truth.map(number_json) })
        });
        json!({ "count": cases.count, "first": first.collect::<Vec<_>>() })
    };
    json!({
        "points": tally.points,
        "max_ulp": worst(&tally.ulp),
        "max_absolute": worst(&tally.absolute),
        "above_ulp": { "1": tally.above[0], "2": tally.above[1], "4": tally.above[2] },
        "not_finite": cases(&tally.lost),
        "undefined": tally.undefined,
        "number_where_undefined": cases(&tally.invented),
        "undecided": cases(&tally.undecided),
    })
}
