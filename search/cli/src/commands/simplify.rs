//! `actsmith simplify`.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use actsmith_codegen::analysis::Gap;
use actsmith_codegen::backend::rust;
use actsmith_codegen::egraph::cost;
use actsmith_codegen::ir::Dag;
use actsmith_codegen::rounding::Rounded;
use actsmith_codegen::{
    Budget, Component, Definedness, Formula, Gradient, Refinement, Region, Simplification,
};
use serde_json::{Value, json};

use super::derivation::Derivation;
use super::formula::{self, Options};
use super::front;
use super::output::{STREAM, derivatives_json, point_json, table, upward};
use super::several::{Answer, More};
use crate::error::{Error, Result};

/// Simplify a formula together with its derivatives
#[derive(Debug, clap::Args)]
#[command(after_help = formula::help())]
pub(super) struct Arguments {
    /// The formula, such as "x / (1 + exp(-x))"
    #[arg(allow_hyphen_values = true)]
    formula: String,

    #[command(flatten)]
    more: More,

    #[command(flatten)]
    options: Options,

    /// Print every step from the formula and its derivatives to their simplified forms, and why it holds
    #[arg(long)]
    explain: bool,

    /// Write the steps to a file, which `actsmith check` replays; `-` is standard output, which then gets nothing else
    #[arg(long, value_name = "FILE")]
    certificate: Option<PathBuf>,

    /// Leave constant arithmetic and long literals as they are; otherwise numbers take their place, to nine digits if no literal of the formula
    /// has more, and as many as f64 needs if one has
    #[arg(long, conflicts_with = "tolerance")]
    exact: bool,

    /// Print the cheapest form whose value differs from that of the formula by no more than this over the domain, which is x=-8..8
    /// unless an option says otherwise
    #[arg(long, value_parser = formula::float, allow_hyphen_values = true, conflicts_with_all = ["explain", "certificate"])]
    tolerance: Option<f64>,

    #[command(flatten)]
    inputs: front::Inputs,

    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

pub(super) fn run(arguments: &Arguments) -> Result<ExitCode> {
    if is_streamed(arguments) && (arguments.explain || arguments.json) {
        let message = "--certificate -: standard output holds the certificate alone; name a file, or leave out --explain and --json";
        return Err(Error::Usage(message.to_owned()));
    }
    let more = &arguments.more;
    more.refuse(&[("--certificate", arguments.certificate.is_some())])?;
    more.each(&arguments.formula, arguments.json, |formula| {
        simplified(formula, arguments)
    })
}

/// Whether standard output gets the certificate.
fn is_streamed(arguments: &Arguments) -> bool {
    arguments.certificate.as_deref() == Some(Path::new(STREAM))
}

/// What a formula is simplified to.
fn simplified(formula: &str, arguments: &Arguments) -> Result<Answer> {
    if let Some(tolerance) = arguments.tolerance {
        let Arguments {
            options,
            inputs,
            json,
            ..
        } = arguments;
        return front::within(formula, options, inputs, tolerance, *json);
    }
    arguments.inputs.refuse()?;
    let formula = arguments.options.parse_and_set(formula)?;
    let region = arguments.options.region(&[&formula])?;
    let simplified = Simplified::of(formula, region, arguments.exact)?;
    let wanted = arguments.explain || arguments.certificate.is_some();
    let certificate = wanted.then(|| simplified.derivation());
    if let (Some(certificate), Some(path)) = (&certificate, &arguments.certificate) {
        certificate.write(path)?;
    }
    if is_streamed(arguments) {
        return Ok(Answer::Written);
    }
    let explained = certificate.as_ref().filter(|_| arguments.explain);
    let explanation = explained.map(Derivation::explain).transpose()?;
    if arguments.json {
        return Ok(Answer::Json(
            simplified.json(certificate.as_ref(), explanation),
        ));
    }
    let Simplified {
        formula,
        defined,
        exact,
        rounded,
        ..
    } = &simplified;
    let (value, gradient) = simplified.forms();
    let [before, after] = simplified.costs();
    let mut rows = vec![
        ("input".to_owned(), formula.to_string()),
        ("simplified".to_owned(), value.formula(0)),
    ];
    if let constants @ [_, ..] = &formula.dag().variables[1..] {
        let names = format!(
            "{}, trained unless --set gives a value",
            constants.join(", ")
        );
        rows.insert(1, ("constants".to_owned(), names));
    }
    for (index, name) in gradient.variables.iter().enumerate() {
        let derivative = gradient.graph(Component::Derivative(index));
        rows.push((format!("∂/∂{name}"), derivative.formula(0)));
    }
    if let Some(rounded) = rounded {
        rows.push(("rounded".to_owned(), changed_by(rounded)));
    }
    let maybe = match defined {
        Definedness::Unproved(_) => "perhaps ",
        Definedness::Everywhere | Definedness::Partly(_) | Definedness::Nowhere(_) => "",
    };
    let undefined = defined.gaps().iter().map(|gap| format!("{maybe}{gap}"));
    rows.extend(undefined.map(|text| ("undefined".to_owned(), text)));
    if let Some(refinement) = &exact.refinement {
        rows.push(("refined".to_owned(), filled(refinement)));
    }
    rows.push((
        "operations".to_owned(),
        format!(
            "{} → {}, value and derivatives together",
            formula.with_gradient().operations(),
            gradient.operations()
        ),
    ));
    rows.push((
        "cost".to_owned(),
        format!("{before:.1} → {after:.1}, in vectorised additions"),
    ));
    rows.push(("stopped".to_owned(), exact.gradient.stop_reason.to_string()));
    if let Some(certificate) = &certificate {
        let steps = certificate.steps();
        let proof = if certificate.is_complete() {
            format!("{steps} steps")
        } else {
            format!("{steps} steps; what they do not prove was measured")
        };
        rows.push(("proof".to_owned(), proof));
    }
    let mut text = table(&rows);
    if let Some(explanation) = explanation {
        text = format!("{text}\n\n{explanation}");
    }
    Ok(Answer::Text(text))
}

/// A formula with its simplified forms.
pub(super) struct Simplified {
    formula: Formula,
    region: Region,
    defined: Definedness,
    exact: Simplification,
    rounded: Option<Rounded>,
}

impl Simplified {
    /// The forms of a formula whose variables are in a region; unless they are to be `exact`, with numbers for constant arithmetic.
    ///
    /// # Errors
    /// [`Error::Usage`] if the formula has no value anywhere.
    pub(super) fn of(formula: Formula, region: Region, exact: bool) -> Result<Self> {
        let defined = formula.definedness(&region);
        if let Definedness::Nowhere(gap) = &defined {
            return Err(Error::Usage(format!(
                "the formula is undefined everywhere: {}",
                void(gap)
            )));
        }
        let simplified = formula.simplify(&region, Budget::default());
        let rounded = (!exact)
            .then(|| Rounded::of(&formula, &simplified, &region, Budget::default()))
            .flatten();
        Ok(Self {
            formula,
            region,
            defined,
            exact: simplified,
            rounded,
        })
    }

    /// Why the forms equal the formula.
    pub(super) fn derivation(&self) -> Derivation {
        let budget = Budget::default();
        let Self {
            formula,
            region,
            exact,
            ..
        } = self;
        match &self.rounded {
            Some(rounded) => {
                let certificate = rounded.certify(formula, exact, region, budget);
                Derivation::Rounded(Box::new(certificate))
            }
            None => Derivation::Exact(formula.certify(exact, region, budget)),
        }
    }

    /// The value, and the value with its derivatives.
    pub(super) fn forms(&self) -> (&Dag, &Gradient) {
        match &self.rounded {
            Some(rounded) => (&rounded.value, &rounded.gradient),
            None => (&self.exact.value.dag, &self.exact.gradient.dag),
        }
    }

    /// What value and derivatives cost before and after, in vectorised additions.
    fn costs(&self) -> [f64; 2] {
        let raw = self.formula.with_gradient();
        // Costs are in tenths of an addition.
        [&raw, self.forms().1].map(|dag| cost(dag, &self.region, rust::cost) as f64 / 10.0)
    }

    /// The forms as JSON, with what is known of their derivation.
    pub(super) fn json(
        &self,
        derivation: Option<&Derivation>,
        explanation: Option<String>,
    ) -> Value {
        let (value, gradient) = self.forms();
        let [before, after] = self.costs();
        json!({
            "input": self.formula.to_string(),
            "constants": self.formula.dag().variables[1..],
            "formula": value.formula(0),
            "sexpr": value.sexpr(0),
            "derivatives": derivatives_json(gradient),
            "operations_before": self.formula.with_gradient().operations(),
            "operations_after": gradient.operations(),
            "cost_before": before,
            "cost_after": after,
            "stop_reason": self.exact.gradient.stop_reason.to_string(),
            "defined": self.defined.name(),
            "undefined": self.defined.gaps().iter().map(gap_json).collect::<Vec<_>>(),
            "refined": self.exact.refinement.as_ref().map(divisors),
            "rounded": self.rounded.as_ref().map(|rounded| rounded_json(rounded, &self.exact)),
            "proved": derivation.map(Derivation::is_complete),
            "steps": derivation.map(Derivation::steps),
            "explanation": explanation,
        })
    }
}

/// The divisors whose zeros a refinement fills.
fn divisors(refinement: &Refinement) -> Vec<String> {
    let divisors = refinement.divisors.iter();
    divisors.map(|divisor| divisor.formula(0)).collect()
}

/// Where a form has values that the formula does not have.
fn filled(refinement: &Refinement) -> String {
    let divisors = divisors(refinement);
    let places = divisors.iter().map(|divisor| format!("{divisor} == 0"));
    let places = places.collect::<Vec<_>>().join(" or ");
    format!("where {places}, the form has the limit of the formula")
}

/// What rounding has changed.
fn changed_by(rounded: &Rounded) -> String {
    let digits = rounded.digits.most();
    let changes = match rounded.distance {
        Some(distance) => format!(
            "the value changes by at most {}, the derivative by {}, for x in {}..{}",
            upward(distance.value),
            upward(distance.derivative),
            distance.domain.low,
            distance.domain.high
        ),
        None => "no bound of what this changes was found".to_owned(),
    };
    format!("constants to {digits} digits; {changes}; --exact leaves them as they are")
}

fn rounded_json(rounded: &Rounded, exact: &Simplification) -> Value {
    json!({
        "digits": rounded.digits.most(),
        "exact": exact.value.dag.formula(0),
        "exact_derivatives": derivatives_json(&exact.gradient.dag),
        "domain": rounded.distance.map(|distance| [distance.domain.low, distance.domain.high]),
        "value_at_most": rounded.distance.map(|distance| distance.value),
        "derivative_at_most": rounded.distance.map(|distance| distance.derivative),
    })
}

fn gap_json(gap: &Gap) -> Value {
    let point = gap.point.iter().map(|(name, value)| (name, value.to_f64()));
    json!({
        "operation": gap.operation,
        "condition": gap.condition,
        "exact": gap.exact,
        "point": if gap.point.is_empty() { Value::Null } else { point_json(point) },
    })
}

/// Why a formula has no value anywhere.
pub(super) fn void(gap: &Gap) -> String {
    format!("`{}` has no value where {}", gap.operation, gap.condition)
}
