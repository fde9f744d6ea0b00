//! `actsmith verify`.

mod json;
mod text;

use std::process::ExitCode;

use actsmith_codegen::Formula;
use actsmith_codegen::ops::Op;
use indicatif::{ProgressBar, ProgressStyle};

use super::formula::{self, Options};
use super::output::{print, print_json};
use crate::error::{Error, Result};
use crate::verify::{Dtype, Inputs, Limit, Outcome, Subject, Verdict};

/// Compare the fused forward and backward of a formula with its true value and derivative
#[derive(Debug, clap::Args)]
#[command(
    long_about = "Compare the fused forward and backward of a formula with its true value and derivative, over all inputs or a \
        dense sample.\n\nThe true ones are enclosed by interval arithmetic on the formula as it was written, in any precision. An \
        error is given in units in the last place (ULP): the distance of neighbouring numbers at the true value, of subnormal ones \
        at the bottom.\n\nThe work for each input is bounded: inputs at which the true value is not decided are counted, and do not count \
        as failures.\n\nExit code 0: no NaN or infinity where the true value or derivative is a number, and no error above a limit. 1: \
        otherwise; the verdict says which limit is exceeded, by how much and where. 2: wrong usage. 3: nothing is decided, because the true \
        value or derivative is not known at any input.",
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
    #[arg(long, value_name = "U", value_parser = limit, allow_hyphen_values = true)]
    max_ulp: Option<f64>,

    /// Errors of the value up to this size are within --max-ulp: where it is small, an argument that is rounded costs many ULP
    /// [default: a quarter of a ULP of the number 1, in f32 3e-8]
    #[arg(long, value_name = "E", value_parser = limit, allow_hyphen_values = true)]
    max_absolute: Option<f64>,

    /// Fail if an error of the derivative is above so many ULP
    #[arg(long, value_name = "U", value_parser = limit, allow_hyphen_values = true)]
    max_ulp_derivative: Option<f64>,

    /// Errors of the derivative up to this size are within --max-ulp-derivative: next to a zero of it, a ULP is tiny [default: 2 ULP of
    /// the number 1, in f32 2.4e-7]
    #[arg(long, value_name = "E", value_parser = limit, allow_hyphen_values = true)]
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

/// The exit code where nothing is decided.
const UNDECIDED: u8 = 3;

const OUTPUTS: [&str; 2] = ["value", "derivative"];
/// The options that limit errors of each output.
const LIMITS: [[&str; 2]; 2] = [
    ["max_ulp", "max_absolute"],
    ["max_ulp_derivative", "max_absolute_derivative"],
];

pub(super) fn run(arguments: &Arguments) -> Result<ExitCode> {
    let dtype = Dtype::from(arguments.dtype);
    if arguments.exhaustive && dtype == Dtype::F64 {
        let message =
            "--exhaustive: f64 has 2⁶⁴ numbers, too many to try; leave it out for a sample";
        return Err(Error::Usage(message.to_owned()));
    }
    let subjects = subjects(arguments)?;
    let threads = arguments.threads.unwrap_or(0) as usize;
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
    let pool = pool.map_err(|error| Error::Failure(format!("cannot start threads: {error}")))?;
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
    let mut outcomes = Vec::new();
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
        outcomes.push(verdict.outcome);
        if arguments.json {
            print_json(&json::to_json(&subject, &inputs, &tallies, &verdict))?;
        } else if arguments.markdown {
            print(&text::row(&subject, dtype, &tallies))?;
        } else {
            print(&text::report(&subject, &inputs, &tallies))?;
            let verdict = text::verdict_text(dtype, &verdict);
            print(&format!("\nverdict   {verdict}"))?;
        }
    }
    Ok(if outcomes.contains(&Outcome::Failed) {
        ExitCode::FAILURE
    } else if outcomes.contains(&Outcome::Undecided) {
        ExitCode::from(UNDECIDED)
    } else {
        ExitCode::SUCCESS
    })
}

fn limit(text: &str) -> std::result::Result<f64, String> {
    let help = "write a number from 0 on, such as 2 or 1e-6";
    match formula::float(text) {
        Ok(limit) if limit >= 0.0 => Ok(limit),
        Ok(_) => Err(format!("`{text}` is not a limit; {help}")),
        Err(error) => Err(format!("{error}; {help}")),
    }
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
