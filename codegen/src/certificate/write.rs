//! Writes certificates: runs the e-graph again, and turns what it derived into lemmas.

use super::book::Book;
use super::flatten::Writer;
use super::{Bounds, By, Certificate, Measurement, Of, Output, Step, Support, VERSION, term};
use crate::analysis::Region;
use crate::calculus::{Basis, Component};
use crate::egraph::{Budget, Run, derive};
use crate::ir::{Dag, Node};
use crate::ops::Kinks;

/// The forms that a formula took.
#[derive(Clone, Copy)]
pub(crate) struct Forms<'a> {
    /// Those of its value, in turn.
    pub value: &'a [Dag],
    /// Those of its value and derivatives.
    pub gradient: &'a [Dag],
    /// What the derivatives are taken of.
    pub basis: Basis,
    /// What they are at kinks.
    pub kinks: Kinks,
}

/// The certificate of a formula and its forms. Only what the checker accepts is claimed to be proved.
pub(crate) fn certify(
    formula: &Dag,
    forms: Forms<'_>,
    region: &Region,
    budget: Budget,
) -> Certificate {
    let Forms {
        value,
        gradient,
        basis,
        kinks,
    } = forms;
    let mut book = Book::default();
    let mut writer = Chains {
        book: &mut book,
        region,
        budget,
    };
    let proved = writer.prove(formula, value, None);
    let form = value.last().unwrap_or(formula);
    let smooth = formula.is_smooth() && form.is_smooth() && region.is_open(&formula.variables);
    let known = proved[0].map(|lemma| Known {
        graph: if smooth {
            Dag::clone(&form.with_gradient_as(kinks))
        } else {
            form.clone()
        },
        lemma,
    });
    let (raw, known) = match basis {
        Basis::Formula => (formula.with_gradient_as(kinks), known),
        Basis::Form => (form.with_gradient_as(kinks), None),
    };
    let derivatives = writer.prove(&raw, gradient, known.as_ref());
    let last = gradient.last().unwrap_or(&raw);
    let bases = Bases {
        kinks,
        basis,
        formula: formula.formula(0),
        form: form.formula(0),
    };

    let mut claims = vec![Claim {
        of: Of::Value,
        form: form.select(&[0]),
        component: Component::Value,
        lemma: proved[0],
    }];
    for (output, lemma) in derivatives.into_iter().enumerate() {
        let component = Component::of_output(output);
        let of = match component {
            Component::Value => Of::SharedValue,
            Component::Derivative(variable) => Of::Derivative(formula.variables[variable].clone()),
        };
        let form = last.select(&[output]);
        if of != Of::SharedValue || form != claims[0].form {
            claims.push(Claim {
                of,
                form,
                component,
                lemma,
            });
        }
    }
    let assemble = |claims: &[Claim]| assemble(formula, &bases, claims, book.clone(), region);
    let certificate = assemble(&claims);
    let accepted = certificate.accepted();
    if accepted.iter().all(|&accepted| accepted) {
        return certificate;
    }
    // The checker knows of numbers on its own, and its word counts.
    for (claim, accepted) in claims.iter_mut().zip(accepted) {
        claim.lemma = claim.lemma.filter(|_| accepted);
    }
    assemble(&claims)
}

/// The certificate of forms of a value alone, where `region` leaves out zeros of divisors.
pub(crate) fn certify_refinement(
    formula: &Dag,
    forms: &[Dag],
    kinks: Kinks,
    region: &Region,
    budget: Budget,
) -> Certificate {
    let mut book = Book::default();
    let mut writer = Chains {
        book: &mut book,
        region,
        budget,
    };
    let lemma = writer.prove(formula, forms, None)[0];
    let form = forms.last().unwrap_or(formula);
    let mut claims = [Claim {
        of: Of::Value,
        form: form.select(&[0]),
        component: Component::Value,
        lemma,
    }];
    let bases = Bases {
        kinks,
        basis: Basis::Formula,
        formula: formula.formula(0),
        form: form.formula(0),
    };
    let certificate = assemble(formula, &bases, &claims, book.clone(), region);
    if certificate.accepted()[0] {
        return certificate;
    }
    claims[0].lemma = None;
    assemble(formula, &bases, &claims, book, region)
}

/// A form of an output of the formula and its derivatives.
struct Claim {
    of: Of,
    form: Dag,
    component: Component,
    /// The lemma behind it, if one was found.
    lemma: Option<usize>,
}

/// What claims are about.
struct Bases {
    kinks: Kinks,
    basis: Basis,
    /// The formula as it is written, as text.
    formula: String,
    /// The form of its value.
    form: String,
}

impl Bases {
    /// The text of what a claim is about.
    fn of(&self, claim: &Of) -> &str {
        match (self.basis, claim) {
            (Basis::Formula, _) | (Basis::Form, Of::Value) => &self.formula,
            (Basis::Form, Of::SharedValue | Of::Derivative(_)) => &self.form,
        }
    }
}

fn assemble(
    formula: &Dag,
    bases: &Bases,
    claims: &[Claim],
    book: Book,
    region: &Region,
) -> Certificate {
    let wanted: Vec<usize> = claims.iter().filter_map(|claim| claim.lemma).collect();
    let (lemmas, terms, numbers) = book.finish(&wanted, &formula.variables);
    let mut numbers = numbers.into_iter();
    let outputs = claims.iter().map(|claim| {
        let form = claim.form.formula(0);
        let support = match claim.lemma.and_then(|_| numbers.next()) {
            Some(lemma) => Support::Lemma(lemma),
            None => {
                // Forms that differ are none that simplification gives, and a certificate that says so is rejected.
                let nothing = Measurement { points: 0, ulp: 0 };
                let measured = Measurement::of_text(
                    (bases.of(&claim.of), bases.kinks),
                    &formula.variables,
                    claim.component,
                    &form,
                    region,
                );
                Support::Measured(measured.unwrap_or(nothing))
            }
        };
        Output {
            of: claim.of.clone(),
            form,
            support,
        }
    });
    let outputs = outputs.collect();
    Certificate {
        version: VERSION,
        formula: bases.formula.clone(),
        variables: formula.variables.clone(),
        domain: bounds(&formula.variables, region),
        nonzero: region
            .nonzero()
            .iter()
            .map(|divisor| divisor.formula(0))
            .collect(),
        refines: None,
        kinks: bases.kinks,
        basis: bases.basis,
        outputs,
        lemmas,
        terms,
    }
}

fn bounds(variables: &[String], region: &Region) -> Vec<Bounds> {
    let bounded = variables
        .iter()
        .filter(|name| region.names().any(|n| n == *name));
    let bounds = bounded.map(|name| {
        let (low, high) = region.ends(name);
        Bounds {
            name: name.clone(),
            low: low.map(term::number_text),
            high: high.map(term::number_text),
        }
    });
    bounds.collect()
}

/// A graph that equals the formula and, if it has as many outputs, its derivatives.
struct Known {
    graph: Dag,
    /// The lemma that the formula equals the first output; the other outputs are its derivatives.
    lemma: usize,
}

struct Chains<'a> {
    book: &'a mut Book,
    region: &'a Region,
    budget: Budget,
}

/// Pairs of graphs whose first outputs are equal, and why.
type Given = (Vec<(Dag, Dag)>, Vec<By>);

impl Chains<'_> {
    /// Lemmas that the outputs of `formula` equal those of the last of `forms`.
    fn prove(&mut self, formula: &Dag, forms: &[Dag], known: Option<&Known>) -> Vec<Option<usize>> {
        let lefts = self
            .book
            .terms
            .import(formula, |terms, index| terms.add(Node::Variable(index)));
        let mut chains: Vec<Option<Vec<Step>>> = vec![Some(Vec::new()); lefts.len()];
        let mut given = Given::default();
        if let Some(known) = known {
            for output in 0..known.graph.roots.len() {
                let lemma = known.lemma;
                given.1.push(match Component::of_output(output) {
                    Component::Value => By::Lemma(lemma),
                    Component::Derivative(variable) => By::Derivative { lemma, variable },
                });
                let pair = (formula.select(&[output]), known.graph.select(&[output]));
                given.0.push(pair);
            }
        }
        let mut from = formula;
        for form in forms {
            let mut given = given.clone();
            if from != formula {
                for (output, chain) in chains.iter().enumerate() {
                    if let Some(steps) = chain {
                        let lemma = self.book.lemma(lefts[output], steps.clone());
                        given
                            .0
                            .push((formula.select(&[output]), from.select(&[output])));
                        given.1.push(By::Lemma(lemma));
                    }
                }
            }
            let found = self.stage(from, form, known.map(|known| &known.graph), &given);
            for (chain, steps) in chains.iter_mut().zip(found) {
                *chain = chain
                    .take()
                    .zip(steps)
                    .map(|(chain, steps)| [chain, steps].concat());
            }
            from = form;
        }
        let chains = chains.into_iter().zip(lefts);
        chains
            .map(|(chain, left)| chain.map(|steps| self.book.lemma(left, steps)))
            .collect()
    }

    /// Steps from each output of `from` to that of `to`.
    fn stage(
        &mut self,
        from: &Dag,
        to: &Dag,
        known: Option<&Dag>,
        given: &Given,
    ) -> Vec<Option<Vec<Step>>> {
        let mut found: Vec<Option<Vec<Step>>> = vec![None; from.roots.len()];
        for run in [Run::Written, Run::Again, Run::Meet] {
            let open: Vec<usize> = (0..found.len()).filter(|&k| found[k].is_none()).collect();
            if open.is_empty() {
                break;
            }
            let derived = derive(from, known, &given.0, to, self.region, run, self.budget);
            let (lefts, rights) = (derived.find(from), derived.find(to));
            for output in open {
                let least = derived.least((lefts[output], rights[output]));
                found[output] = least.map(|(derived, (left, right))| {
                    Writer::new(self.book, &derived, &given.1).chain(left, right)
                });
            }
        }
        found
    }
}
