//! `actsmith bench activations`.

use std::process::ExitCode;

use actsmith_codegen::Formula;
use actsmith_codegen::syntax::nearest;
use candle_core::Module;
use indicatif::{ProgressBar, ProgressStyle};

use super::super::formula;
use super::super::output::{number_grouped, print};
use crate::bench::{
    Composed, Contender, FUNCTIONS, Figures, Memory, Mode, NamedFunction, Plan, identity, measure,
};
use crate::error::{Error, Result};

/// Time activations: fused, by candle's own operation, and composed of candle's operations
#[derive(Debug, clap::Args)]
#[command(after_help = HELP)]
pub(super) struct Arguments {
    /// Names of functions, or formulas; without any, relu, silu, gelu, gelu_tanh, mish and five formulas written out
    #[arg(value_name = "FORMULA")]
    formulas: Vec<String>,

    /// Threads of the fused operations and of candle's; as many as there are processors without it
    #[arg(long, value_name = "T", value_parser = clap::value_parser!(u64).range(1..=1024))]
    threads: Option<u64>,

    /// Elements of the tensors
    #[arg(long, value_name = "N,…", value_delimiter = ',', default_value = "1048576", value_parser = clap::value_parser!(u64).range(1..=1 << 30))]
    sizes: Vec<u64>,

    /// How often an operation is repeated in a round; as often as 8 million elements take without it, but 3 to 1,000 times
    #[arg(long, value_name = "R", value_parser = clap::value_parser!(u64).range(1..=1_000_000))]
    repetitions: Option<u64>,

    /// In how many rounds
    #[arg(long, value_name = "R", value_parser = clap::value_parser!(u64).range(1..=1_000_000))]
    rounds: Option<u64>,

    /// Take the fastest round instead of the median: for a busy machine, best with --repetitions 1 and many rounds
    #[arg(long)]
    fastest: bool,

    /// Also run the functions that have a name as interpreted formulas
    #[arg(long)]
    interpreted: bool,

    /// Where: `cpu`, or a CUDA device such as `cuda:0`, which measures relu, silu, gelu, gelu_tanh, mish, two formulas and a copy, in
    /// f32 and bf16, by the device's clock
    #[arg(long, value_name = "DEVICE", default_value = "cpu")]
    device: String,

    /// Print a JSON object a line
    #[arg(long)]
    json: bool,
}

const HELP: &str = "\
A name measures all that there is of a function: fused, candle, composed. Names: relu, silu, gelu, gelu_tanh, mish, \
silu_written_out, mish_written_out, discovered_gpt, discovered_vit, discovered_resnet; sigmoid, tanh, elu; copy and identity. \
Any other formula is known only while the program runs: it is interpreted instead of compiled. `@FILE` reads a formula from a \
file, and `-` from standard input.

Times are medians of seven rounds, in ns an element of f32 tensors from N(0, 1.5²):
- forward: the operation, its result allocated
- forward+backward: the forward operation and the backward operation on a given gradient
- autograd: forward and candle's backward(), less the same with an identity in place of the activation
- kept: bytes an element that the graph holds between forward and backward, beyond the output; the input is 4 of them
- peak: the most bytes an element in the step beyond input and output; 8 of them even for an identity";

pub(super) fn run(arguments: &Arguments, memory: &Memory) -> Result<ExitCode> {
    if arguments.device != "cpu" {
        return super::device::run(&arguments.device, &arguments.sizes, arguments.json);
    }
    let threads = super::default_threads(arguments.threads);
    if let Some(code) = super::with_threads(threads, threads)? {
        return Ok(code);
    }
    // Standard input is read by the process that measures.
    let subjects = subjects(arguments)?;
    // Drawn to standard error, and only to a terminal.
    let bar = ProgressBar::new((subjects.len() * arguments.sizes.len()) as u64);
    if let Ok(style) = ProgressStyle::with_template("{bar:32} {pos}/{len} {msg}") {
        bar.set_style(style);
    }
    for &n in &arguments.sizes {
        if !arguments.json {
            let header = format!("n = {}, {threads} threads", number_grouped(n));
            bar.suspend(|| print(&format!("{header}\n{}", titles())))?;
        }
        let standard = Plan::new(threads, n as usize);
        let given = |option: Option<u64>, standard: usize| option.map_or(standard, |n| n as usize);
        let plan = Plan {
            rounds: given(arguments.rounds, standard.rounds),
            repetitions: given(arguments.repetitions, standard.repetitions),
            fastest: arguments.fastest,
            ..standard
        };
        for subject in &subjects {
            bar.set_message(subject.name().to_owned());
            let figures = subject.measure(plan, memory)?;
            let text = if arguments.json {
                json_lines(&figures)?
            } else {
                table(&figures)
            };
            bar.suspend(|| print(&text))?;
            bar.inc(1);
        }
    }
    bar.finish_and_clear();
    Ok(ExitCode::SUCCESS)
}

/// What is measured.
enum Subject {
    /// A function of the list, and perhaps its formula, interpreted.
    Known(
        &'static NamedFunction,
        Option<actsmith_codegen::Interpreted>,
    ),
    /// Any formula, and the same of candle's operations.
    Formula(String, actsmith_codegen::Interpreted, Option<Composed>),
    /// A plain copy, to compare the fastest activations with, or the identity that is subtracted.
    Plain(
        &'static str,
        fn(&candle_core::Tensor) -> candle_core::Result<candle_core::Tensor>,
    ),
}

fn subjects(arguments: &Arguments) -> Result<Vec<Subject>> {
    let known = |function: &'static NamedFunction| {
        let interpreted = arguments.interpreted.then(|| interpreted(function.formula));
        Ok(Subject::Known(function, interpreted.transpose()?))
    };
    if arguments.formulas.is_empty() {
        let functions = FUNCTIONS
            .iter()
            .filter(|function| function.by_default)
            .map(known);
        return functions
            .chain([Ok(plain("copy")), Ok(plain("identity"))])
            .collect();
    }
    let subject = |argument: &String| {
        let text = formula::text(argument)?;
        let text = text.trim();
        match FUNCTIONS.iter().find(|function| function.name == text) {
            Some(function) => known(function),
            None if matches!(text, "copy" | "identity") => Ok(plain(text)),
            None => {
                let interpreted = interpreted(text)?;
                let composed = Formula::parse(text).ok().and_then(|f| Composed::new(&f));
                Ok(Subject::Formula(text.to_owned(), interpreted, composed))
            }
        }
    };
    arguments.formulas.iter().map(subject).collect()
}

fn plain(name: &str) -> Subject {
    if name == "copy" {
        Subject::Plain("copy", candle_core::Tensor::copy)
    } else {
        Subject::Plain("identity", identity)
    }
}

fn interpreted(text: &str) -> Result<actsmith_codegen::Interpreted> {
    let usage = |mistake: &dyn std::fmt::Display| {
        // A misspelt name reads as a constant.
        let hint = nearest(text, FUNCTIONS.iter().map(|function| function.name));
        let hint = hint.map_or_else(String::new, |name| {
            format!("\ndid you mean the function `{name}`?")
        });
        Error::Usage(format!("{mistake}{hint}"))
    };
    let formula = Formula::parse(text).map_err(|mistakes| usage(&mistakes))?;
    if let Some(constant) = formula.dag().variables.get(1) {
        return Err(usage(&format!(
            "`{constant}` of `{text}` has no value: write a number in its place"
        )));
    }
    formula.activation().map_err(|mistakes| usage(&mistakes))
}

impl Subject {
    fn name(&self) -> &str {
        match self {
            Self::Known(function, _) => function.name,
            Self::Formula(text, ..) => text,
            Self::Plain(name, _) => name,
        }
    }

    fn measure(&self, plan: Plan, memory: &Memory) -> Result<Vec<Figures>> {
        let through = |mode, operation| Contender {
            mode,
            operation,
            backward: None,
        };
        let run = |formula: &actsmith_codegen::Interpreted| {
            let formula = formula.clone();
            move |x: &candle_core::Tensor| formula.forward(x)
        };
        let figures = match self {
            Self::Known(function, interpreted) => {
                let interpreted = interpreted.as_ref().map(run);
                let mut contenders = vec![Contender {
                    mode: Mode::Fused,
                    operation: &function.fused.operation,
                    backward: Some(function.fused.backward),
                }];
                if let Some(interpreted) = &interpreted {
                    contenders.push(through(Mode::Interpreted, interpreted));
                }
                if let Some(candle) = &function.candle {
                    contenders.push(through(Mode::Candle, candle));
                }
                contenders.push(through(Mode::Composed, &function.composed));
                measure(function.name, &contenders, plan, memory)?
            }
            Self::Formula(text, formula, composed) => {
                let operation = run(formula);
                let composed = composed.as_ref().map(|formula| |x: &_| formula.forward(x));
                let mut contenders = vec![through(Mode::Interpreted, &operation)];
                if let Some(composed) = &composed {
                    contenders.push(through(Mode::Composed, composed));
                }
                measure(text, &contenders, plan, memory)?
            }
            Self::Plain(name, operation) => {
                measure(name, &[through(Mode::Candle, operation)], plan, memory)?
            }
        };
        Ok(figures)
    }
}

fn json_lines(figures: &[Figures]) -> Result<String> {
    let line = |figures: &Figures| serde_json::to_string(figures);
    let lines: std::result::Result<Vec<String>, _> = figures.iter().map(line).collect();
    Ok(lines
        .map_err(|error| Error::Failure(error.to_string()))?
        .join("\n"))
}

fn titles() -> String {
    format!(
        "{:<18} {:<11} {:>8} {:>8}  {:>8} {:>8}  {:>8} {:>8}  {:>5} {:>5}",
        "", "", "forward", "", "forward+", "backward", "autograd", "", "kept", "peak"
    )
}

/// The ways of computing one function below each other, each time with its ratio to the first.
fn table(figures: &[Figures]) -> String {
    let first = &figures[0];
    let line = |(index, row): (usize, &Figures)| {
        let time = |figure: fn(&Figures) -> f64| {
            let (own, base) = (figure(row), figure(first));
            let ratio = if index == 0 || base <= 0.0 {
                String::new()
            } else {
                format!("× {:.1}", own / base)
            };
            format!("{own:>8.3} {ratio:>8}")
        };
        let times = [
            time(|f| f.forward_ns),
            time(|f| f.forward_backward_ns),
            time(|f| f.autograd_ns),
        ];
        let mode = format!("{:?}", row.mode).to_lowercase();
        let name = if index == 0 { &row.function } else { "" };
        format!(
            "{name:<18} {mode:<11} {}  {:>5.1} {:>5.1}",
            times.join("  "),
            row.kept_bytes,
            row.peak_bytes
        )
    };
    figures
        .iter()
        .enumerate()
        .map(line)
        .collect::<Vec<_>>()
        .join("\n")
}
