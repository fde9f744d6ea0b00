//! Certificates of forms with numbers in place of constants.

use std::collections::HashSet;

use super::{Distance, Rounded, distance};
use crate::analysis::{Interval, Region};
use crate::certificate::{Certificate, Of, Rejection, Verdict, at, over, reject};
use crate::egraph::Budget;
use crate::formula::{Formula, Simplification};
use crate::ir::{Dag, Id, Node};
use crate::number::Number;
use crate::ops::Op;
use crate::precise::{Ladder, Range, Value, evaluate};

/// Why a formula is so far from its printed form: it equals its exact form, numbers take the place of constants in that, what they
/// leave equals its own exact form, and the literals of this are rounded again.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(deny_unknown_fields))]
pub struct RoundedCertificate {
    /// The exact forms of the formula.
    pub exact: Certificate,
    /// Those of the form of its value with numbers for its constant arithmetic; none if it has no such arithmetic.
    #[cfg_attr(
        feature = "serde",
        serde(default, skip_serializing_if = "Option::is_none")
    )]
    pub again: Option<Certificate>,
    /// The forms as they are printed, one for each of the last certificate.
    pub printed: Vec<Printed>,
    /// How far the printed value and derivative are from those of the formula.
    #[cfg_attr(
        feature = "serde",
        serde(default, skip_serializing_if = "Option::is_none")
    )]
    pub distance: Option<Stated>,
}

/// A form as it is printed.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(deny_unknown_fields))]
pub struct Printed {
    /// What has the form.
    pub of: Of,
    /// The form.
    pub form: String,
}

/// The largest differences between `low` and `high`.
#[derive(Clone, Copy, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(deny_unknown_fields))]
pub struct Stated {
    /// The least input.
    pub low: f64,
    /// The greatest.
    pub high: f64,
    /// No two values are farther apart.
    pub value: f64,
    /// No two derivatives are.
    pub derivative: f64,
}

/// How far a number may be from the constant that it stands for, as a share of it: half a unit of the ninth digit is 5e-9 at most.
fn tolerance() -> Number {
    Number::parse("1e-8").unwrap_or_else(Number::zero)
}

impl Rounded {
    /// Why this is so close to `formula`, of which it was made, as was `exact`, over the same region with the same budget.
    pub fn certify(
        &self,
        formula: &Formula,
        exact: &Simplification,
        region: &Region,
        budget: Budget,
    ) -> RoundedCertificate {
        let exact = formula.certify(exact, region, budget);
        let again = self
            .again
            .as_ref()
            .map(|(formula, simplification)| formula.certify(simplification, region, budget));
        let last = again.as_ref().unwrap_or(&exact);
        let printed = last.outputs.iter().map(|output| Printed {
            of: output.of.clone(),
            form: match &output.of {
                Of::Value => self.value.formula(0),
                Of::SharedValue => self.gradient.formula(0),
                Of::Derivative(name) => {
                    let variable = self
                        .gradient
                        .variables
                        .iter()
                        .position(|known| known == name);
                    self.gradient.formula(1 + variable.unwrap_or(0))
                }
            },
        });
        RoundedCertificate {
            printed: printed.collect(),
            distance: self.distance.map(|distance| Stated {
                low: distance.domain.low,
                high: distance.domain.high,
                value: distance.value,
                derivative: distance.derivative,
            }),
            exact,
            again,
        }
    }
}

impl RoundedCertificate {
    /// Replays all steps, computes every constant again with arithmetic of its own, and the distance.
    ///
    /// # Errors
    /// Says which part does not hold, and why.
    pub fn check(&self) -> Result<Verdict, Rejection> {
        let mut verdicts = vec![self.exact.check()?];
        if let Some(again) = &self.again {
            let same = again.variables == self.exact.variables
                && again.domain == self.exact.domain
                && again.kinks == self.exact.kinks;
            if !same {
                return reject(
                    "again",
                    "it is of other variables, another domain, or other kinks",
                );
            }
            let form = self
                .exact
                .outputs
                .first()
                .map(|output| output.form.as_str());
            stands_for(form.unwrap_or_default(), again.written()).map_err(at("again"))?;
            verdicts.push(again.check()?);
        }
        let last = self.again.as_ref().unwrap_or(&self.exact);
        let claims = last.outputs.iter().map(|output| &output.of);
        if !claims.eq(self.printed.iter().map(|printed| &printed.of)) {
            return reject(
                "printed",
                "these are not the forms of the certificate, in its order",
            );
        }
        for (output, printed) in last.outputs.iter().zip(&self.printed) {
            stands_for(&output.form, &printed.form)
                .map_err(at(&format!("printed {}", printed.of)))?;
        }
        if let Some(stated) = &self.distance {
            self.is_so_close(stated).map_err(at("distance"))?;
        }
        Ok(verdicts
            .into_iter()
            .reduce(Verdict::and)
            .unwrap_or(Verdict::Proved(0)))
    }

    fn is_so_close(&self, stated: &Stated) -> Result<(), String> {
        let [name] = self.exact.variables.as_slice() else {
            return Err("it is one of a function of x alone".to_owned());
        };
        let graph = |text: &str| {
            let graph = Dag::parse(text)
                .ok()
                .and_then(|graph| over(&graph, &self.exact.variables));
            graph.ok_or_else(|| format!("`{text}` is not a formula of these variables"))
        };
        let exact = |certificate: &Certificate, of: &Of| {
            let output = certificate.outputs.iter().find(|output| output.of == *of);
            graph(
                output
                    .map(|output| output.form.as_str())
                    .unwrap_or_default(),
            )
        };
        let printed = |of: &Of| {
            let printed = self.printed.iter().find(|printed| printed.of == *of);
            graph(
                printed
                    .map(|printed| printed.form.as_str())
                    .unwrap_or_default(),
            )
        };
        let domain = Interval {
            low: stated.low,
            high: stated.high,
        };
        if !(domain.low < domain.high && domain.low.is_finite() && domain.high.is_finite()) {
            return Err("its domain is not an interval".to_owned());
        }
        let derivative = Of::Derivative(name.clone());
        let last = self.again.as_ref().unwrap_or(&self.exact);
        let values = [exact(last, &Of::Value)?, printed(&Of::Value)?];
        let slopes = [exact(last, &derivative)?, printed(&derivative)?];
        let numbers = match &self.again {
            Some(again) => Some([exact(&self.exact, &Of::Value)?, graph(again.written())?]),
            None => None,
        };
        let found = distance(
            values.each_ref(),
            slopes.each_ref(),
            numbers.as_ref().map(|pair| pair.each_ref()),
            domain,
        );
        let holds =
            |found: Distance| found.value <= stated.value && found.derivative <= stated.derivative;
        match found.is_some_and(holds) {
            true => Ok(()),
            false => Err("the differences are larger than this, or no bound was found".to_owned()),
        }
    }
}

/// Whether a form is another one with numbers in place of constants.
fn stands_for(exact: &str, printed: &str) -> Result<(), String> {
    let read = |text: &str| Dag::parse(text).map_err(|_| format!("`{text}` is not a formula"));
    let (exact, printed) = (read(exact)?, read(printed)?);
    let mut pairs = Pairs {
        varying: exact.varying(),
        known: HashSet::new(),
        ladder: Ladder::new(),
        exact: &exact,
        printed: &printed,
    };
    pairs.same(exact.roots[0], printed.roots[0])
}

/// The nodes of two forms that stand for each other.
struct Pairs<'a> {
    exact: &'a Dag,
    printed: &'a Dag,
    /// Which nodes of the exact form depend on a variable.
    varying: Vec<bool>,
    known: HashSet<(Id, Id)>,
    ladder: Ladder,
}

impl Pairs<'_> {
    fn same(&mut self, a: Id, b: Id) -> Result<(), String> {
        let mut open = vec![(a, b)];
        while let Some((a, b)) = open.pop() {
            if !self.known.insert((a, b)) {
                continue;
            }
            match (self.exact.node(a), self.printed.node(b)) {
                (Node::Number(a), Node::Number(b)) if a == b => {}
                (_, Node::Number(number)) if !self.varying[usize::from(a)] => {
                    if !self.is_close(a, number) {
                        let constant = self.exact.part(a).formula(0);
                        return Err(format!("{number} is not `{constant}`"));
                    }
                }
                (Node::Variable(a), Node::Variable(b))
                    if self.exact.variables[*a] == self.printed.variables[*b] => {}
                (Node::Apply(f, _), Node::Apply(g, _)) if f == g => {
                    let arguments = |dag: &Dag, id: Id| dag.node(id).arguments().to_vec();
                    open.extend(
                        arguments(self.exact, a)
                            .into_iter()
                            .zip(arguments(self.printed, b)),
                    );
                }
                _ => {
                    let [a, b] =
                        [self.exact.part(a), self.printed.part(b)].map(|part| part.formula(0));
                    return Err(format!("`{b}` does not stand for `{a}`"));
                }
            }
        }
        Ok(())
    }

    /// Whether a number is as close to a constant as rounding brings it.
    fn is_close(&mut self, constant: Id, number: &Number) -> bool {
        let mut dag = self.exact.part(constant);
        let allowed = match number.mul(&tolerance()) {
            Some(allowed) if allowed.is_negative() => allowed.neg(),
            Some(allowed) => allowed,
            None => return false,
        };
        let (constant, number, allowed) = (
            dag.roots[0],
            dag.number(number.clone()),
            dag.number(allowed),
        );
        let apart = dag.apply(Op::Sub, &[constant, number]);
        let apart = dag.apply(Op::Abs, &[apart]);
        dag.roots = vec![dag.apply(Op::Le, &[apart, allowed])];
        let variables = vec![Value::within(Range::reals()); dag.variables.len()];
        self.ladder.rungs().any(|arithmetic| {
            let known = evaluate(&dag, &variables, arithmetic);
            known[usize::from(dag.roots[0])].range.excludes_zero()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn certificate(text: &str) -> RoundedCertificate {
        let formula = Formula::parse(text).unwrap();
        let (region, budget) = (Region::default(), Budget::default());
        let exact = formula.simplify(&region, budget);
        let rounded = Rounded::of(&formula, &exact, &region, budget).expect("a constant");
        rounded.certify(&formula, &exact, &region, budget)
    }

    #[test]
    fn certificates_hold() {
        for text in [
            "sigmoid(0.3) * x",
            "sigmoid(0.69) * abs(max(gelu(x), asinh(x))) + sigmoid(-0.69) * gelu(x)",
            "0.123456789 * square(0.987654321 * x)",
            "selu(x)",
            "sigmoid(0.3) * x + beta",
        ] {
            let certificate = certificate(text);
            assert!(
                matches!(certificate.check(), Ok(Verdict::Proved(_))),
                "{text}: {:?}",
                certificate.check()
            );
        }
    }

    #[test]
    fn what_was_changed_is_rejected() {
        let mut other = certificate("sigmoid(0.3) * x");
        for printed in &mut other.printed {
            printed.form = printed.form.replace("0.574442517", "0.574442617");
        }
        assert!(other.check().is_err());
        let mut closer = certificate("sigmoid(0.3) * x");
        if let Some(stated) = &mut closer.distance {
            stated.value /= 2.0;
        }
        assert_eq!(
            closer.check().map_err(|error| error.location),
            Err("distance".to_owned())
        );
        let mut wider = certificate("sigmoid(0.3) * x");
        if let Some(stated) = &mut wider.distance {
            stated.high = 80.0;
        }
        assert!(wider.check().is_err());
        let mut formula = certificate("sigmoid(0.3) * x");
        if let Some(again) = &mut formula.again {
            again.formula = "0.5744 * x".to_owned();
        }
        assert_eq!(
            formula.check().map_err(|error| error.location),
            Err("again".to_owned())
        );
    }
}
