//! `actsmith emit`.

use std::path::PathBuf;
use std::process::ExitCode;

use actsmith_codegen::analysis::Gap;
use actsmith_codegen::number::Number;
use actsmith_codegen::{
    Declaration, Definedness, ElementType, Export, Formula, Onnx, OnnxOptions, Region,
};
use actsmith_search::files;
use clap::ValueEnum;
use clap::builder::PossibleValuesParser;
use serde_json::json;

use super::formula::{self, Options};
use super::found::{Parts, PickOption, found};
use super::output::{STREAM, number_text, warn};
use super::several::{Answer, More};
use crate::error::{Error, Result};

/// What the function of a search is called.
const FOUND: &str = "Found";

/// Write a formula, or a declaration as of `activation!`, as source: a fused candle module, or the same function for PyTorch, JAX, C and others
#[derive(Debug, clap::Args)]
#[command(after_help = formula::help())]
pub(super) struct Arguments {
    /// The formula, whose constants without a value become trained scalars; the folder of a finished search; or a declaration, such as 'SwiGlu(x, gate) = silu(gate) *
    /// x' or 'PRelu(x; #[per_channel(dim = 1)] alpha = 0.25) = prelu(x, alpha)'
    #[arg(allow_hyphen_values = true)]
    formula: String,

    #[command(flatten)]
    more: More,

    #[command(flatten)]
    pick: PickOption,

    /// What to write it for: `rust` is a module that needs the crate actsmith, `standalone` one file that needs only candle-core, `python` is
    /// NumPy [default: rust]
    #[arg(long, value_parser = PossibleValuesParser::new(targets()), hide_default_value = true)]
    target: Option<String>,

    /// Name of the struct, unless the formula is a declaration [default for the folder of a search: Found]
    #[arg(long)]
    name: Option<String>,

    /// Write one file that needs neither actsmith nor candle-nn: only candle-core and the standard library; as `--target standalone`
    #[arg(long, conflicts_with = "target")]
    standalone: bool,

    /// Let rayon's threads share long tensors, in a standalone file
    #[arg(long)]
    rayon: bool,

    /// The type of the elements of an ONNX model; half types are computed in f32 [default: f32]
    #[arg(long, value_name = "TYPE", hide_default_value = true)]
    dtype: Option<Dtype>,

    /// How many dimensions the input of an ONNX model has [default: 2]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u8).range(0..=32), hide_default_value = true)]
    rank: Option<u8>,

    /// The file to write; `-` is standard output, where an ONNX model is text
    #[arg(short, long, value_name = "FILE", default_value = STREAM, hide_default_value = true)]
    output: PathBuf,

    #[command(flatten)]
    options: Options,

    /// Print one JSON object, the source in it
    #[arg(long)]
    json: bool,
}

/// What is written.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Target {
    Rust,
    Standalone,
    Export(Export),
}

/// The types of the elements of an ONNX model.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Dtype {
    F32,
    F64,
    F16,
    Bf16,
}

/// The names of the targets.
pub(super) fn targets() -> Vec<&'static str> {
    let exports = Export::all().map(Export::name);
    ["rust", "standalone"].into_iter().chain(exports).collect()
}

impl Target {
    /// The target of a name.
    pub(super) fn named(name: &str) -> Option<Self> {
        match name {
            "rust" => Some(Self::Rust),
            "standalone" => Some(Self::Standalone),
            name => Export::named(name).map(Self::Export),
        }
    }

    /// Whether it computes in f32, unless an option says otherwise.
    fn is_single(self) -> bool {
        match self {
            Self::Rust | Self::Standalone => true,
            Self::Export(export) => export.is_single(),
        }
    }

    /// The source of a declaration as text; `command` is what it says it was written by.
    pub(super) fn source(
        self,
        declaration: &Declaration,
        rayon: bool,
        command: &str,
    ) -> Result<String> {
        let source = match self {
            Self::Rust => declaration.to_source(),
            Self::Standalone => declaration.to_standalone(rayon, command),
            Self::Export(export) => declaration.to_export(export, command),
        };
        Ok(source?)
    }

    /// What is to be said of a declaration there, though it can be written.
    pub(super) fn remarks(self, declaration: &Declaration) -> Vec<String> {
        match self.is_single() {
            true => in_single(declaration),
            false => Vec::new(),
        }
    }
}

impl Arguments {
    fn target(&self) -> Result<Target> {
        let named = self.target.as_deref().and_then(Target::named);
        let target = match self.standalone {
            true => Target::Standalone,
            false => named.unwrap_or(Target::Rust),
        };
        if self.rayon && target != Target::Standalone {
            let message = "--rayon has a meaning in a standalone file only; add --target standalone, or leave it out";
            return Err(Error::Usage(message.to_owned()));
        }
        let of_model = self
            .dtype
            .map(|_| "--dtype")
            .or(self.rank.map(|_| "--rank"));
        if let Some(option) = of_model.filter(|_| target != Target::Export(Export::Onnx)) {
            let message = format!(
                "{option} has a meaning in an ONNX model only; add --target onnx, or leave it out"
            );
            return Err(Error::Usage(message));
        }
        Ok(target)
    }

    /// What an ONNX model is written for.
    fn onnx(&self) -> OnnxOptions {
        let default = OnnxOptions::default();
        OnnxOptions {
            element: match self.dtype {
                None => default.element,
                Some(Dtype::F32) => ElementType::F32,
                Some(Dtype::F64) => ElementType::F64,
                Some(Dtype::F16) => ElementType::F16,
                Some(Dtype::Bf16) => ElementType::BF16,
            },
            rank: self.rank.map_or(default.rank, usize::from),
        }
    }
}

pub(super) fn run(arguments: &Arguments) -> Result<ExitCode> {
    let target = arguments.target()?;
    let more = &arguments.more;
    let file = arguments.output.as_os_str() != STREAM;
    more.refuse(&[("--output", file), ("--name", arguments.name.is_some())])?;
    more.each(&arguments.formula, arguments.json, |formula| {
        source(formula, target, arguments)
    })
}

/// The source of a formula.
fn source(formula: &str, target: Target, arguments: &Arguments) -> Result<Answer> {
    let found = found(formula, arguments.pick.point(), Parts::One)?;
    arguments.pick.needs(found.is_some())?;
    let (text, default) = match found {
        Some(found) => (found.formula.into(), Some(FOUND)),
        None => (formula::text(formula)?, None),
    };
    let name = arguments.name.as_deref().or(default);
    let declaration = match (Declaration::parse(&text), name) {
        (Some(declared), None) if !arguments.options.are_given() => {
            let (declaration, warnings) = declared?;
            warnings.iter().for_each(|gap| warn(&gap.message));
            declaration
        }
        (Some(_), _) => {
            let message = "a declaration holds its name and the values of its constants; leave out --name, --set, --domain, --unbounded, --kinks and --from";
            return Err(Error::Usage(message.to_owned()));
        }
        (None, Some(name)) => {
            let formula = arguments.options.parse_and_set(&text)?;
            let region = arguments.options.region(&[&formula])?;
            let (declaration, gaps) = named(name, &formula, &region)?;
            gaps.iter().for_each(|gap| warn(gap));
            declaration
        }
        (None, None) => {
            let message = "the activation has no name; give it one, such as --name MyActivation, or write a declaration, such as 'MyActivation(x) = relu(x)'";
            return Err(Error::Usage(message.to_owned()));
        }
    };
    let single = match target {
        Target::Export(Export::Onnx) => arguments.onnx().element != ElementType::F64,
        target => target.is_single(),
    };
    if single {
        in_single(&declaration)
            .iter()
            .for_each(|remark| warn(remark));
    }
    let command = command(&text, name, arguments);
    let mut model: Option<Onnx> = None;
    let source = match target {
        Target::Export(Export::Onnx) => {
            let onnx = declaration.to_onnx(arguments.onnx(), &command)?;
            model.insert(onnx).to_string()
        }
        target => target.source(&declaration, arguments.rayon, &command)?,
    };
    if let Some(model) = &model {
        warn_of_kernels(model);
    }
    let path = &arguments.output;
    let file = Some(path).filter(|path| path.as_os_str() != STREAM);
    if let Some(path) = file {
        let contents = match &model {
            Some(model) => model.to_bytes(),
            None => source.clone().into_bytes(),
        };
        files::write(path, &contents)?;
    }
    if !arguments.json {
        return Ok(match file {
            Some(_) => Answer::Written,
            None => Answer::Text(source.trim_end_matches('\n').to_owned()),
        });
    }
    let activation = &declaration.activation;
    // The object holds the source, and is all that standard output gets.
    Ok(Answer::Json(json!({
        "name": activation.name,
        "target": match target {
            Target::Rust => "rust",
            Target::Standalone => "standalone",
            Target::Export(export) => export.name(),
        },
        "input": activation.source,
        "formula": activation.value.formula(0),
        "output": file,
        "source": source,
    })))
}

/// The declaration of a formula whose variables are in a region, and where it has no value.
pub(super) fn named(
    name: &str,
    formula: &Formula,
    region: &Region,
) -> Result<(Declaration, Vec<String>)> {
    let gaps = match formula.definedness(region) {
        Definedness::Everywhere | Definedness::Unproved(_) => Vec::new(),
        Definedness::Nowhere(gap) => {
            let message = format!("the formula is undefined everywhere: {}", gap.sentence());
            return Err(Error::Usage(message));
        }
        Definedness::Partly(gaps) => gaps.iter().map(Gap::sentence).collect(),
    };
    // The cell starts a mixing weight in the middle, every other trained scalar starts at 1.
    let starts = ["mix0", "mix1"].map(|name| (name.to_owned(), Number::zero()));
    Ok((Declaration::new(name, formula, &starts)?, gaps))
}

/// Says which operators of a model have no kernel where most people will run it.
fn warn_of_kernels(model: &Onnx) {
    let operators = model.without_kernel();
    if !operators.is_empty() {
        warn(&format!(
            "ONNX Runtime has no kernel for {} in f64, and refuses the model on processors; without --dtype it is of f32",
            operators.join(", ")
        ));
    }
}

/// What f32 makes of the constants that it does not hold.
fn in_single(declaration: &Declaration) -> Vec<String> {
    let constants = declaration.activation.beyond_single().into_iter();
    constants.map(beyond_single).collect()
}

/// What f32 makes of a constant that it does not hold.
fn beyond_single(constant: f64) -> String {
    let constant = number_text(constant);
    match constant.contains("e-") {
        true => format!("the constant {constant} is 0 in f32, whose smallest number is 1.4e-45"),
        false => {
            format!("the constant {constant} is infinite in f32, whose largest number is 3.4e38")
        }
    }
}

/// The command that writes the same source, on one line.
fn command(text: &str, name: Option<&str>, arguments: &Arguments) -> String {
    let mut command = format!("actsmith emit '{}'", formula::one_line(text));
    if let Some(name) = name {
        command.push_str(&format!(" --name {name}"));
    }
    command.push_str(&arguments.options.text());
    match &arguments.target {
        _ if arguments.standalone => command.push_str(" --standalone"),
        Some(target) => command.push_str(&format!(" --target {target}")),
        None => {}
    }
    if arguments.rayon {
        command.push_str(" --rayon");
    }
    if let Some(dtype) = arguments.dtype.and_then(|dtype| dtype.to_possible_value()) {
        command.push_str(&format!(" --dtype {}", dtype.get_name()));
    }
    if let Some(rank) = arguments.rank {
        command.push_str(&format!(" --rank {rank}"));
    }
    command
}
