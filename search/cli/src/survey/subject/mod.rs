//! One formula of the survey of the language: where it is looked at, and what is found there.

#[cfg(test)]
mod tests;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};

use actsmith_codegen::certificate::{Certificate, Of, Support, Verdict};
use actsmith_codegen::ir::{Dag, Node};
use actsmith_codegen::number::Number;
use actsmith_codegen::oracle::{Agreement, Comparison, Levels, Slope, Truth};
use actsmith_codegen::{Budget, Component, Formula, Gradient, Region, Simplification};
use rand::RngExt;
use rand_distr::{Distribution, Normal};

use super::genotypes::Proof;
use super::language::{Compared, Fault, Finding, Plan};
use super::writing::Writing;
use super::{conditions, formulas, range};
use actsmith_search::seed;

/// One formula in so many is a condition on constants.
const CONDITIONS: u64 = 4;
/// The derivatives as written of one formula in so many are compared with difference quotients.
const QUOTIENTS: u64 = 8;

pub(super) fn simplify(formula: &Formula) -> Simplification {
    formula.simplify(&Region::default(), Budget::default())
}

/// A formula of the sample, and where it is looked at.
pub(super) struct Subject {
    pub(super) text: String,
    condition: Option<conditions::Condition>,
    points: Vec<Vec<Number>>,
    quotients: bool,
}

impl Subject {
    pub(super) fn draw(seed: u64, index: u64, levels: &mut Levels) -> (Self, Formula) {
        let (text, condition, formula) = if index % CONDITIONS == CONDITIONS - 1 {
            let (condition, formula) = conditions::draw(seed, index, levels);
            (condition.text.clone(), Some(condition), formula)
        } else {
            let (text, formula) = formulas::draw(seed, index);
            (text, None, formula)
        };
        let points = if condition.is_some() {
            [1.0, -2.5].map(|x| vec![exactly(x)]).into()
        } else {
            points(seed, index, &formula)
        };
        let subject = Self {
            text,
            condition,
            points,
            quotients: index.is_multiple_of(QUOTIENTS),
        };
        (subject, formula)
    }

    pub(super) fn look(
        &self,
        formula: &Formula,
        plan: Plan,
        levels: &mut Levels,
        simplify: impl Fn(&Formula) -> Simplification,
    ) -> Finding {
        let mut finding = Finding {
            formula: self.text.clone(),
            condition: self.condition.is_some(),
            time: Duration::ZERO,
            failures: Vec::new(),
            compared: Compared::default(),
            undecided: None,
            writing: Writing::default(),
            proof: None,
        };
        let start = Instant::now();
        let simplified = catch_unwind(AssertUnwindSafe(|| simplify(formula)));
        finding.time = start.elapsed();
        let Ok(simplification) = simplified else {
            finding.fail(Fault::Panic, || "simplification panics".to_owned());
            return finding;
        };
        let known = self
            .condition
            .as_ref()
            .and_then(|condition| condition.known);
        let known = known.and_then(|text| Formula::parse(text).ok());
        let raw = known.as_ref().unwrap_or(formula).with_gradient();
        let (value, gradient) = (&simplification.value.dag, &simplification.gradient.dag);
        finding.writing = Writing::of(formula.dag(), value, gradient);
        self.compare(&raw, &simplification, levels, &mut finding);
        // Rounding decides comparisons of close constants as it likes.
        if self.condition.is_none() {
            range::compare(&raw, &simplification.gradient.dag, levels, &mut finding);
        }
        if plan.proofs {
            let certified = catch_unwind(AssertUnwindSafe(|| {
                let (region, budget) = (Region::default(), Budget::default());
                let certificate = formula.certify(&simplification, &region, budget);
                let verdict = certificate.check();
                (certificate, verdict)
            }));
            match certified {
                Ok((certificate, verdict)) => {
                    if verdict.is_ok() {
                        self.compare_claims(&raw, &certificate, levels, &mut finding);
                    }
                    finding.proof = Some(match verdict {
                        Ok(Verdict::Proved(steps)) => Proof::Accepted(steps),
                        Ok(Verdict::Measured(_)) => Proof::Incomplete,
                        Err(rejection) => Proof::Rejected(rejection.to_string()),
                    });
                }
                Err(_) => finding.fail(Fault::Panic, || "proof or check panics".to_owned()),
            }
        }
        finding
    }

    /// True values of the form and of the formula.
    fn compare(
        &self,
        raw: &Gradient,
        simplification: &Simplification,
        levels: &mut Levels,
        finding: &mut Finding,
    ) {
        // The value comes twice: alone, and beside its derivatives.
        let mut definition = Dag::clone(raw);
        definition.roots.push(raw.value());
        let mut form = Dag::clone(&simplification.gradient.dag);
        let variables: Vec<_> = (0..form.variables.len())
            .map(|v| form.variable(v))
            .collect();
        let alone = form.inline(&simplification.value.dag, &variables);
        form.roots.push(alone[0]);
        let last = form.roots.len() - 1;
        let comparison = Comparison::new(&definition, &form);
        let truth = Truth::new(raw);
        let written = Truth::new(&form);
        for (count, point) in self.points.iter().enumerate() {
            let found = comparison.at(point, levels);
            let defined = matches!(
                found[0],
                Agreement::Equal(_) | Agreement::Apart { .. } | Agreement::Lost(_)
            );
            for (output, agreement) in found.iter().enumerate() {
                let component = (output != last).then(|| Component::of_output(output));
                let variable = match component {
                    None | Some(Component::Value) => None,
                    Some(Component::Derivative(variable)) => Some(variable),
                };
                let located = |what: String| {
                    let of = match component {
                        None => "value".to_owned(),
                        Some(Component::Value) => "value beside its derivatives".to_owned(),
                        Some(Component::Derivative(variable)) => {
                            format!("∂/∂{}", raw.variables[variable])
                        }
                    };
                    format!("{of} at {}: {what}", named(&raw.variables, point))
                };
                let (got, want) = match *agreement {
                    Agreement::Equal(_) => {
                        finding.compared.equal += 1;
                        continue;
                    }
                    Agreement::Undefined if variable.is_none() || !defined => {
                        finding.compared.undefined += 1;
                        continue;
                    }
                    Agreement::Undecided => {
                        finding.leave(|| located("undecided".to_owned()));
                        continue;
                    }
                    Agreement::Apart { definition, form } => (form.to_string(), Some(definition)),
                    Agreement::Lost(definition) => ("undefined".to_owned(), Some(definition)),
                    Agreement::Undefined => (String::new(), None),
                };
                let Some(variable) = variable else {
                    let fault = match self.condition {
                        Some(_) => Fault::Condition,
                        None => Fault::Value,
                    };
                    let want = want.unwrap_or(f64::NAN);
                    finding.fail(fault, || located(format!("{got}, not {want}")));
                    continue;
                };
                // The definition and the form part, or the definition has no derivative.
                match truth.slope(point, variable, levels) {
                    Slope::Smooth(slope) => {
                        let form = written.at(point, levels).swap_remove(output);
                        // Where the definition has the slope, a form that parts from it does not, however close it is.
                        let definition = &truth.at(point, levels)[output];
                        let is_right = match slope.is(definition) {
                            Some(true) if !slope.is_flat() => Some(false),
                            Some(_) | None => slope.is(&form),
                        };
                        match is_right {
                            Some(true) => finding.compared.equal += 1,
                            Some(false) => finding.fail(Fault::Derivative, || {
                                let got = match form.is_undefined() {
                                    true => "undefined".to_owned(),
                                    false => form
                                        .to_f64()
                                        .map_or("another".to_owned(), |value| value.to_string()),
                                };
                                located(format!("{got}, not {}", slope.to_f64()))
                            }),
                            None => finding.leave(|| located("slope open".to_owned())),
                        }
                    }
                    Slope::Kinked(sides) => {
                        let form = written.at(point, levels).swap_remove(output);
                        let sides = sides.filter(|_| want.is_some());
                        match sides.is_none_or(|sides| sides.may_hold(&form)) {
                            true => finding.compared.kinks += 1,
                            false => finding.fail(Fault::Derivative, || {
                                located(format!("{got}, which is not between the slopes beside it"))
                            }),
                        }
                    }
                    Slope::Unknown if want.is_none() => finding.compared.undefined += 1,
                    Slope::Unknown => finding.leave(|| located(format!("{got}, slope open"))),
                }
            }
            if self.quotients && defined && count < 4 {
                self.compare_slopes(raw, &truth, point, levels, finding);
            }
        }
    }

    /// The derivatives as written against difference quotients.
    fn compare_slopes(
        &self,
        raw: &Gradient,
        truth: &Truth,
        point: &[Number],
        levels: &mut Levels,
        finding: &mut Finding,
    ) {
        let outputs = truth.at(point, levels);
        let (_, derivatives) = Gradient::split(&outputs);
        for (variable, name) in raw.variables.iter().enumerate() {
            let found = &derivatives[variable];
            let is_wrong = match truth.slope(point, variable, levels) {
                Slope::Smooth(slope) => slope.is(found) == Some(false),
                Slope::Kinked(Some(sides)) => !sides.may_hold(found),
                Slope::Kinked(None) | Slope::Unknown => false,
            };
            if is_wrong {
                finding.fail(Fault::Definition, || {
                    let got = found.to_f64().unwrap_or(f64::NAN);
                    let at = named(&raw.variables, point);
                    format!("∂/∂{name} at {at}: {got} is not the slope")
                });
            }
        }
    }

    /// What is claimed by a certificate that the checker accepts.
    fn compare_claims(
        &self,
        raw: &Gradient,
        certificate: &Certificate,
        levels: &mut Levels,
        finding: &mut Finding,
    ) {
        let truth = Truth::new(raw);
        for output in &certificate.outputs {
            if !matches!(output.support, Support::Lemma(_)) {
                continue;
            }
            let component = match &output.of {
                Of::Value | Of::SharedValue => Component::Value,
                Of::Derivative(name) => {
                    let index = raw.variables.iter().position(|known| known == name);
                    Component::Derivative(index.unwrap_or(0))
                }
            };
            let Some(form) = over(&output.form, &raw.variables) else {
                continue;
            };
            let comparison = Comparison::new(&raw.graph(component), &form);
            let claimed = Truth::new(&form);
            for point in &self.points {
                if let Agreement::Apart { definition, form } = comparison.at(point, levels)[0] {
                    // At a kink they may part, and where the derivative as it is written is none, they have to.
                    if let Component::Derivative(variable) = component {
                        let claimed = claimed.at(point, levels).swap_remove(0);
                        let is_false = match truth.slope(point, variable, levels) {
                            Slope::Smooth(slope) => slope.is(&claimed) == Some(false),
                            Slope::Kinked(Some(sides)) => !sides.may_hold(&claimed),
                            Slope::Kinked(None) | Slope::Unknown => false,
                        };
                        if !is_false {
                            continue;
                        }
                    }
                    finding.fail(Fault::Falsehood, || {
                        let at = named(&raw.variables, point);
                        format!("{} at {at}: {form}, not {definition}", output.of)
                    });
                }
            }
        }
    }
}

/// Where true values are compared: ordinary points, points in every regime, a literal of the formula.
fn points(seed: u64, index: u64, formula: &Formula) -> Vec<Vec<Number>> {
    const ORDINARY: usize = 4;
    const EXTREME: usize = 4;
    const ENDS: [f64; 24] = [
        1.0, -1.0, 1e-8, -1e-8, 1e-30, -1e-30, 1e-300, -1e-300, 6.0, -6.0, 30.0, -30.0, 88.9,
        -88.9, 104.0, -104.0, 746.0, -746.0, 1e4, -1e4, 1e20, -1e20, 3e38, -3e38,
    ];
    let mut rng = seed::rng(seed, "language points", index);
    let ordinary = Normal::new(0.0, 2.5).expect("a positive deviation");
    let variables = formula.dag().variables.len();
    let literals: Vec<f64> = formula
        .dag()
        .nodes()
        .iter()
        .filter_map(|node| match node {
            Node::Number(number) => Some(number.to_f64()),
            Node::Variable(_) | Node::Apply(..) => None,
        })
        .collect();
    let mut point = |x: f64| -> Vec<Number> {
        let parameters = (1..variables).map(|_| match rng.random_range(0..8) {
            0 => 0.0,
            1 => ENDS[rng.random_range(0..ENDS.len())],
            _ => ordinary.sample(&mut rng),
        });
        std::iter::once(x).chain(parameters).map(exactly).collect()
    };
    let mut draws = seed::rng(seed, "language places", index);
    let mut values: Vec<f64> = (0..ORDINARY).map(|_| ordinary.sample(&mut draws)).collect();
    values.push(0.0);
    values.extend((0..EXTREME).map(|_| ENDS[draws.random_range(0..ENDS.len())]));
    if !literals.is_empty() {
        values.push(literals[draws.random_range(0..literals.len())]);
    }
    values.into_iter().map(&mut point).collect()
}

pub(super) fn exactly(value: f64) -> Number {
    Number::exactly(value).unwrap_or_else(Number::zero)
}

fn named(names: &[String], point: &[Number]) -> String {
    let pairs = names.iter().zip(point);
    let pairs = pairs.map(|(name, value)| format!("{name} = {:?}", value.to_f64()));
    pairs.collect::<Vec<_>>().join(", ")
}

/// A form over the variables of its formula, some of which it may not use.
fn over(text: &str, names: &[String]) -> Option<Dag> {
    let parsed = Dag::parse(text).ok()?;
    let mut dag = Dag::new(names.to_vec());
    let arguments: Option<Vec<_>> = parsed
        .variables
        .iter()
        .map(|name| {
            let index = names.iter().position(|known| known == name);
            index.map(|index| dag.variable(index))
        })
        .collect();
    dag.roots = dag.inline(&parsed, &arguments?);
    Some(dag)
}
