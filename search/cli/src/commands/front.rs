//! `actsmith front`, and `actsmith simplify --tolerance`.

use std::path::{Path, PathBuf};

use actsmith_codegen::Formula;
use actsmith_codegen::front::{Bound, Domain, DomainError, Effort, Front, FrontError, Point};
use serde_json::{Value, json};

use super::formula::{self, Options};
use super::output::{self, number_json, print, print_json, table, upward};
use super::several::Answer;
use crate::error::{Error, Result};
use crate::front::{histogram, plot};

/// List cheaper forms of a formula, from exact to simple, with proven bounds
#[derive(Debug, clap::Args)]
#[command(
    long_about = "List cheaper forms of a formula, from exact to simple. Each costs less than those before it, and is farther from the \
        formula: by how much at most, value and derivative, is proven over the domain, which is x=-8..8 unless an option says otherwise.",
    after_help = formula::help()
)]
pub(super) struct Arguments {
    /// The formula, such as "x * tanh(softplus(x))"
    #[arg(allow_hyphen_values = true)]
    formula: String,

    #[command(flatten)]
    options: Options,

    #[command(flatten)]
    inputs: Inputs,

    /// Draw cost against difference as SVG; `-` is standard output, which then gets nothing else
    #[arg(long, value_name = "FILE")]
    plot: Option<PathBuf>,

    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

/// How inputs are distributed.
#[derive(Debug, clap::Args)]
pub(super) struct Inputs {
    /// Inputs are normally distributed around 0 with this standard deviation: the domain is eight of them to each side, and root mean squares
    /// are computed too
    #[arg(long, value_name = "SIGMA", value_parser = formula::float, allow_hyphen_values = true, conflicts_with_all = ["domain", "histogram"])]
    normal: Option<f64>,

    /// Inputs are distributed as a file says, JSON such as {"edges": [-2, 0, 2], "counts": [10, 30]}: the domain is its range
    #[arg(long, value_name = "FILE", conflicts_with = "domain")]
    histogram: Option<PathBuf>,
}

impl Inputs {
    /// Refuses a distribution of inputs where forms are exact.
    pub(super) fn refuse(&self) -> Result<()> {
        let given = match (self.normal, &self.histogram) {
            (Some(_), _) => "--normal",
            (None, Some(_)) => "--histogram",
            (None, None) => return Ok(()),
        };
        Err(Error::Usage(format!(
            "{given} has a meaning with --tolerance alone: exact forms are equal at every input; add --tolerance 1e-3, or leave it out"
        )))
    }
}

pub(super) fn run(arguments: &Arguments) -> Result<()> {
    let streamed = arguments.plot.as_deref() == Some(Path::new(output::STREAM));
    if streamed && arguments.json {
        let message =
            "--plot -: standard output holds the plot alone; name a file, or leave out --json";
        return Err(Error::Usage(message.to_owned()));
    }
    let front = front(&arguments.formula, &arguments.options, &arguments.inputs)?;
    if let Some(path) = &arguments.plot {
        output::write(path, &plot::svg(&front)?)?;
    }
    if streamed {
        return Ok(());
    }
    if arguments.json {
        return print_json(&json(&front));
    }
    print(&text(&front))
}

/// A front as JSON.
pub(super) fn json(front: &Front) -> Value {
    let points: Vec<Value> = front.points.iter().map(point_json).collect();
    json!({
        "input": front.formula.to_string(),
        "domain": domain_json(&front.domain),
        "points": points,
    })
}

/// The front of a formula of `x` over a domain.
pub(super) fn of(formula: &Formula, domain: &Domain, effort: Effort) -> Result<Front> {
    Front::of(formula, domain, effort).map_err(usage)
}

/// The front of the formula that an argument stands for.
fn front(argument: &str, options: &Options, inputs: &Inputs) -> Result<Front> {
    let formula = options.parse_and_set(argument)?;
    let domain = domain(&formula, options, inputs)?;
    of(&formula, &domain, Effort::default())
}

/// The domain that the options give.
fn domain(formula: &Formula, options: &Options, inputs: &Inputs) -> Result<Domain> {
    if let Some(sigma) = inputs.normal {
        return Domain::normal(sigma).map_err(|error| wrong("--normal", error));
    }
    if let Some(path) = &inputs.histogram {
        return histogram::read(path);
    }
    bounded(formula, options)
}

fn wrong(option: &str, error: DomainError) -> Error {
    Error::Usage(format!("{option}: {error}"))
}

/// The domain between the ends that the options give x.
pub(super) fn bounded(formula: &Formula, options: &Options) -> Result<Domain> {
    let region = options.region(&[formula])?;
    match region.ends("x") {
        (None, None) => Ok(Domain::default()),
        (Some(low), Some(high)) => {
            Domain::between(low, high).map_err(|error| wrong("--domain", error))
        }
        _ => Err(Error::Usage(
            "--domain: forms are compared between two ends; give both, such as x=-8..8".to_owned(),
        )),
    }
}

/// What the options are called by which the error is mended.
fn usage(error: FrontError) -> Error {
    let option = match &error {
        FrontError::Parameters(names) => format!(" (`--set {}=1`)", names[0]),
        FrontError::Undefined(_) | FrontError::Unbounded | FrontError::Steep => {
            " (`--domain x=1..8`)".to_owned()
        }
        FrontError::Tolerance(_) => " (`--tolerance`)".to_owned(),
        FrontError::TooLarge => String::new(),
    };
    Error::Usage(format!("{error}{option}"))
}

/// The cheapest form within a tolerance.
pub(super) fn within(
    argument: &str,
    options: &Options,
    inputs: &Inputs,
    tolerance: f64,
    json: bool,
) -> Result<Answer> {
    if tolerance.is_nan() || tolerance < 0.0 {
        return Err(usage(FrontError::Tolerance(tolerance)));
    }
    let front = front(argument, options, inputs)?;
    let point = front.within(tolerance).map_err(usage)?;
    let exact = &front.points[0];
    if json {
        let mut object = point_json(point);
        object["input"] = front.formula.to_string().into();
        object["domain"] = domain_json(&front.domain);
        object["tolerance"] = number_json(tolerance);
        object["cost_exact"] = json!(exact.cost as f64 / 10.0);
        return Ok(Answer::Json(object));
    }
    let mut rows = vec![
        ("input", front.formula.to_string()),
        ("domain", front.domain.to_string()),
        ("simplified", point.formula()),
        ("∂/∂x", point.derivative_formula()),
        ("difference", differences(point)),
    ];
    if let Some([value, derivative]) = point.mean {
        let text =
            format!("{value:.2e} of the value, {derivative:.2e} of the derivative, computed");
        rows.push(("root mean square", text));
    }
    if !point.rules.is_empty() {
        rows.push(("steps", point.rules.join(", ")));
    }
    let costs = [exact, point].map(|point| point.cost as f64 / 10.0);
    rows.push((
        "cost",
        format!(
            "{:.1} → {:.1}, in vectorised additions, exact and this form",
            costs[0], costs[1]
        ),
    ));
    let rows: Vec<(String, String)> = rows.into_iter().map(|(l, t)| (l.to_owned(), t)).collect();
    Ok(Answer::Text(table(&rows)))
}

/// How far a point is from the formula, as a sentence.
fn differences(point: &Point) -> String {
    if point.rules.is_empty() {
        return "none: the form is exact".to_owned();
    }
    format!(
        "at most {} of the value, {} of the derivative, proven",
        upward(point.value.at_most),
        upward(point.derivative.at_most)
    )
}

fn text(front: &Front) -> String {
    let weighted = front.domain.is_weighted();
    let mut header = vec!["", "cost", "value", "derivative"];
    if weighted {
        header.extend(["rms", "rms derivative"]);
    }
    header.push("formula and derivative");
    let mut lines: Vec<Vec<String>> = vec![header.into_iter().map(str::to_owned).collect()];
    for (number, point) in front.points.iter().enumerate() {
        let shown = |bound: f64| match point.rules.is_empty() {
            true => "exact".to_owned(),
            false => upward(bound),
        };
        let mut line = vec![
            number.to_string(),
            format!("{:.1}", point.cost as f64 / 10.0),
            shown(point.value.at_most),
            shown(point.derivative.at_most),
        ];
        if let Some(mean) = point.mean {
            line.extend(mean.map(|mean| match point.rules.is_empty() {
                true => "exact".to_owned(),
                false => format!("{mean:.2e}"),
            }));
        }
        let blank = vec![String::new(); line.len()];
        line.push(point.formula());
        lines.push(line);
        lines.push([blank, vec![format!("∂/∂x  {}", point.derivative_formula())]].concat());
    }
    let columns = lines[0].len() - 1;
    let width = |column: usize| {
        lines
            .iter()
            .map(|line| line[column].len())
            .max()
            .unwrap_or(0)
    };
    let widths: Vec<usize> = (0..columns).map(width).collect();
    let aligned = lines.iter().map(|line| {
        let cells = line
            .iter()
            .zip(&widths)
            .map(|(text, &width)| format!("{text:>width$}"));
        let cells: Vec<String> = cells.chain(line.last().cloned()).collect();
        cells.join("  ")
    });
    let mut rows = vec![
        ("input".to_owned(), front.formula.to_string()),
        ("domain".to_owned(), front.domain.to_string()),
    ];
    let note = "the largest differences from the formula over the domain, proven";
    rows.push(("bounds".to_owned(), note.to_owned()));
    if weighted {
        let note = "root mean squares of the differences, computed at 4,001 points, not proven";
        rows.push(("rms".to_owned(), note.to_owned()));
    }
    let aligned: Vec<String> = aligned.collect();
    format!("{}\n\n{}", table(&rows), aligned.join("\n"))
}

fn point_json(point: &Point) -> Value {
    let bound = |bound: &Bound| json!({ "at_most": bound.at_most, "at_least": bound.at_least, "at": bound.at });
    json!({
        "formula": point.formula(),
        "sexpr": point.form.value.dag.sexpr(0),
        "derivatives": output::derivatives_json(&point.form.gradient.dag),
        "cost": point.cost as f64 / 10.0,
        "length": point.length,
        "difference": bound(&point.value),
        "difference_derivative": bound(&point.derivative),
        "rms": point.mean.map(|[value, _]| value),
        "rms_derivative": point.mean.map(|[_, derivative]| derivative),
        "rules": point.rules,
    })
}

fn domain_json(domain: &Domain) -> Value {
    let (low, high) = domain.ends();
    json!({ "x": { "low": low.to_string(), "high": high.to_string() } })
}
