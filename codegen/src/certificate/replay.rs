//! The replay of a certificate's lemmas, step by step, with nothing but the rows of the rules, arithmetic of any precision and
//! differentiation.

use std::collections::BTreeSet;

use super::facts::{Facts, holds};
use super::pattern::sides;
use super::rejection::{Rejection, at, reject};
use super::scope::over;
use super::{Bounds, By, Certificate, Lemma, Step, VERSION, term};
use crate::analysis::Region;
use crate::calculus::{Component, Gradient};
use crate::egraph::ROWS;
use crate::ir::{Dag, Id, Node, Terms};
use crate::ops::{Kinks, Op};
use crate::precise::{Constant, Range, Value, fold};
use crate::rules::{Guard, PATTERN_NAMES};

/// How many terms a check may look at or add; to find the range of one counts as many. The bound keeps time within seconds and
/// memory within 2 GB for whatever a file holds.
const WORK: usize = 20_000_000;

/// A step that holds.
pub(super) struct Replayed {
    /// The whole term after it.
    pub(super) whole: Id,
    /// The subterm at its path before, and after.
    pub(super) part: (Id, Id),
    /// The guards of its rule, with what they are about.
    pub(super) guards: Guards,
    /// The operations that must have a value for it.
    assumed: BTreeSet<Id>,
}

/// What a name of a rule stands for, and what is proven of it.
pub(super) struct About {
    pub(super) name: &'static str,
    pub(super) term: Id,
    pub(super) value: Value,
}

/// The state of a check.
pub(super) struct Checker<'a> {
    pub(super) certificate: &'a Certificate,
    pub(super) region: Region,
    pub(super) terms: Terms,
    /// The steps of every lemma that holds.
    pub(super) replayed: Vec<Vec<Replayed>>,
    /// The terms of the certificate among `terms`.
    ids: Vec<Id>,
    /// Those that are taken for nowhere 0.
    pub(super) nonzero: Vec<Id>,
    facts: Facts,
    /// Both sides of every lemma, if it holds.
    pub(super) lemmas: Vec<Option<(Id, Id)>>,
    /// The operations that must have a value for each of them.
    pub(super) assumed: Vec<BTreeSet<Id>>,
    work: usize,
}

impl<'a> Checker<'a> {
    pub(super) fn new(certificate: &'a Certificate) -> Result<Self, Rejection> {
        if certificate.version != VERSION {
            let version = certificate.version;
            let reason = format!(
                "it is of version {version}, and this checker reads version {VERSION}, whose rules and derivatives may be others: make it again from its formula"
            );
            return reject("certificate", reason);
        }
        let variables = &certificate.variables;
        let mut region = Region::default();
        for bounds in &certificate.domain {
            let again = region.names().any(|name| name == bounds.name);
            let known = variables.contains(&bounds.name);
            let bounded = (known && !again).then(|| bound(region, bounds)).flatten();
            let wrong = || format!("the bounds of `{}` are invalid", bounds.name);
            region = bounded.ok_or_else(wrong).map_err(at("domain"))?;
        }
        let mut terms = Terms::default();
        let mut ids = Vec::with_capacity(certificate.terms.len());
        for (number, text) in certificate.terms.iter().enumerate() {
            match term::read(text, variables, &ids, &mut terms) {
                Some(id) => ids.push(id),
                None => return reject("terms", format!("term {number} is malformed")),
            }
        }
        let mut nonzero = Vec::with_capacity(certificate.nonzero.len());
        for text in &certificate.nonzero {
            let divisor = Dag::parse(text).ok().and_then(|dag| over(&dag, variables));
            let Some(divisor) = divisor else {
                return reject(
                    "nonzero",
                    format!("`{text}` is not a formula of these variables"),
                );
            };
            let variable = |terms: &mut Terms, index| terms.add(Node::Variable(index));
            nonzero.push(terms.import(&divisor, variable)[0]);
        }
        Ok(Self {
            certificate,
            facts: Facts::new(variables, &region, &nonzero),
            nonzero,
            region,
            terms,
            ids,
            replayed: Vec::new(),
            lemmas: Vec::new(),
            assumed: Vec::new(),
            work: 0,
        })
    }

    pub(super) fn spend(&mut self, work: usize) -> Result<(), String> {
        spend(&mut self.work, work)
    }

    fn term(&self, number: usize) -> Result<Id, String> {
        let missing = || format!("there is no term {number}");
        self.ids.get(number).copied().ok_or_else(missing)
    }

    /// Replays a lemma, after all that come before it.
    pub(super) fn lemma(&mut self, number: usize, lemma: &Lemma) -> Result<(), Rejection> {
        let (sides, replayed) = match self.chain(number, lemma) {
            Ok((sides, replayed)) => (Ok(sides), replayed),
            Err(rejection) => (Err(rejection), Vec::new()),
        };
        let assumed = replayed
            .iter()
            .flat_map(|step| step.assumed.iter().copied());
        self.assumed.push(assumed.collect());
        self.lemmas.push(sides.as_ref().ok().copied());
        self.replayed.push(replayed);
        sides.map(|_| ())
    }

    /// Both sides of a lemma, and its steps.
    fn chain(
        &mut self,
        number: usize,
        lemma: &Lemma,
    ) -> Result<((Id, Id), Vec<Replayed>), Rejection> {
        let location = format!("lemma {}", number + 1);
        let (left, right) = self
            .term(lemma.left)
            .and_then(|left| Ok((left, self.term(lemma.right)?)))
            .map_err(at(&location))?;
        let (mut here, mut replayed) = (left, Vec::with_capacity(lemma.steps.len()));
        for (count, step) in lemma.steps.iter().enumerate() {
            let location = || format!("lemma {}, step {}", number + 1, count + 1);
            let done = self
                .step(here, step)
                .map_err(|reason| at(&location())(reason))?;
            here = done.whole;
            replayed.push(done);
        }
        if here != right {
            return reject(&location, "its steps do not end with its right side");
        }
        Ok(((left, right), replayed))
    }

    fn step(&mut self, term: Id, step: &Step) -> Result<Replayed, String> {
        self.spend(1 + step.at.len())?;
        let before = self.terms.at(term, &step.at);
        let before = before.ok_or("the path does not lead to a term")?;
        let after = self.term(step.to)?;
        let (left, right) = if step.back {
            (after, before)
        } else {
            (before, after)
        };
        let (mut guards, mut assumed) = (Vec::new(), BTreeSet::new());
        match &step.by {
            By::Rule(name) => (guards, assumed) = self.rule(name, left, right, &step.facts)?,
            By::Fold => self.folds(left, right)?,
            By::Lemma(number) => {
                if self.proved(*number)? != (left, right) {
                    return Err(format!("lemma {} does not state this", number + 1));
                }
                assumed.extend(&self.assumed[*number]);
            }
            By::Derivative { lemma, variable } => {
                let (from, to) = self.proved(*lemma)?;
                let slopes = (self.slope(from, *variable)?, self.slope(to, *variable)?);
                if slopes != (left, right) {
                    return Err(format!("not the derivatives of lemma {}", lemma + 1));
                }
                // Where a side has no value, it tells nothing of the other's derivative.
                let work = &mut self.work;
                let partial = self
                    .facts
                    .partial(&self.terms, &[from, to], |cost| spend(work, cost))?;
                assumed.extend(partial);
                assumed.extend(&self.assumed[*lemma]);
            }
        }
        if !step.facts.is_empty() && !matches!(step.by, By::Rule(_)) {
            return Err("only rules have guards to prove".to_owned());
        }
        let whole = self.terms.replace(term, &step.at, after);
        Ok(Replayed {
            whole: whole.ok_or("the path does not lead to a term")?,
            part: (before, after),
            guards,
            assumed,
        })
    }

    pub(super) fn proved(&self, number: usize) -> Result<(Id, Id), String> {
        let missing = || {
            format!(
                "lemma {} is not proved before this step",
                number.saturating_add(1)
            )
        };
        self.lemmas
            .get(number)
            .copied()
            .flatten()
            .ok_or_else(missing)
    }

    fn folds(&self, left: Id, right: Id) -> Result<(), String> {
        let literal = |id: &Id| match self.terms.node(*id) {
            Node::Number(number) => Some(Constant::from(number)),
            Node::Variable(_) | Node::Apply(..) => None,
        };
        let value = match self.terms.node(left) {
            node @ Node::Apply(op, _) => {
                let literals: Option<Vec<Constant>> =
                    node.arguments().iter().map(literal).collect();
                literals.and_then(|literals| fold(*op, &literals.iter().collect::<Vec<_>>()))
            }
            Node::Number(_) | Node::Variable(_) => None,
        };
        if value.is_some() && value == literal(&right) {
            Ok(())
        } else {
            Err("exact arithmetic gives another value".to_owned())
        }
    }

    /// The guards of the rule, which hold, if the terms are its sides; and the operations that must have a value for them.
    fn rule(
        &mut self,
        name: &str,
        left: Id,
        right: Id,
        facts: &[usize],
    ) -> Result<(Guards, BTreeSet<Id>), String> {
        let row = ROWS.get(name);
        let row = row.ok_or_else(|| format!("there is no rule `{name}`"))?;
        let bound = sides(&self.terms, row, left, right);
        let bound = bound.ok_or_else(|| format!("the terms are not the sides of `{name}`"))?;
        let mut lent = Vec::with_capacity(facts.len());
        for &number in facts {
            lent.push(self.proved(number)?);
        }
        let mut subjects: Vec<(&'static str, Id)> = Vec::new();
        for name in row.guards.iter().flat_map(|guard| guard.names()) {
            let index = PATTERN_NAMES.iter().position(|known| *known == name);
            let term = index.and_then(|index| bound[index]);
            let term = term.ok_or_else(|| format!("`{name}` is not bound to a term"))?;
            subjects.push((name, term));
        }
        if subjects.is_empty() {
            return Ok(Default::default());
        }
        let wanted: Vec<Id> = subjects.iter().map(|&(_, term)| term).collect();
        let all_hold = |values: &[Value]| {
            let value = |name: &str| {
                let index = subjects.iter().position(|(known, _)| *known == name);
                &values[index.unwrap_or_default()]
            };
            row.guards
                .iter()
                .all(|guard| holds(*guard, value, Range::whole))
        };
        let work = &mut self.work;
        let proven = self
            .facts
            .prove(&self.terms, &wanted, &lent, all_hold, |cost| {
                spend(work, cost)
            })?;
        let proven = proven.ok_or_else(|| format!("the guard of `{name}` is not proved"))?;
        let mut assumed = proven.assumed;
        assumed.extend(facts.iter().flat_map(|&number| &self.assumed[number]));
        let about = |guard: &Guard| {
            let names = guard.names();
            let known = subjects.iter().zip(&proven.values);
            let known = known.filter(|((name, _), _)| names.contains(name));
            let mut about: Vec<About> = Vec::new();
            for (&(name, term), value) in known {
                if about.iter().all(|known| known.name != name) {
                    about.push(About {
                        name,
                        term,
                        value: value.clone(),
                    });
                }
            }
            (*guard, about)
        };
        Ok((row.guards.iter().map(about).collect(), assumed))
    }

    /// The derivative of a smooth term.
    fn slope(&mut self, term: Id, variable: usize) -> Result<Id, String> {
        if variable >= self.certificate.variables.len() {
            return Err(format!("there is no variable {variable}"));
        }
        if !self.region.is_open(&self.certificate.variables) {
            return Err(
                "at a single point, equal functions may have different derivatives".to_owned(),
            );
        }
        let size = self.terms.below(&[term]).len();
        self.spend(scan(size))?;
        let graph = self.terms.graph(&[term], &self.certificate.variables);
        if !graph.is_smooth() {
            return Err("a side has a kink".to_owned());
        }
        let gradient = self.gradient(&graph, Kinks::Free)?;
        let components = self.import(&gradient);
        Ok(components[Component::Derivative(variable).output()])
    }

    /// The value of a graph and its derivatives.
    pub(super) fn gradient(&mut self, graph: &Dag, kinks: Kinks) -> Result<Gradient, String> {
        let size = graph.nodes().len() * graph.variables.len().max(1);
        self.spend(scan(size))?;
        let literal =
            |id: Id| matches!(graph.node(id), Node::Number(n) if n.to_integer().is_some());
        let powers = graph.nodes().iter().all(|node| match node {
            Node::Apply(Op::Powi, [_, exponent, _]) => literal(*exponent),
            _ => true,
        });
        if !powers {
            return Err("the exponent of a power is not an integer".to_owned());
        }
        Ok(graph.with_gradient_as(kinks))
    }

    /// The terms of the outputs of a graph over the variables of the certificate.
    pub(super) fn import(&mut self, graph: &Dag) -> Vec<Id> {
        self.terms
            .import(graph, |terms, index| terms.add(Node::Variable(index)))
    }
}

/// The guards of a rule, with what they are about.
type Guards = Vec<(Guard, Vec<About>)>;

fn spend(done: &mut usize, work: usize) -> Result<(), String> {
    *done = done.saturating_add(work);
    let message = || format!("the check takes more than {WORK} operations");
    (*done <= WORK).then_some(()).ok_or_else(message)
}

/// The work of building, differentiating or sampling a graph of so many nodes: [`Dag::add`] scans all that is there, and a
/// dozen of its comparisons take as long as looking at a term.
pub(super) fn scan(nodes: usize) -> usize {
    nodes.saturating_mul(nodes) / 16 + 400
}

fn bound(region: Region, bounds: &Bounds) -> Option<Region> {
    let end = |text: &Option<String>| match text {
        Some(text) => term::number(text).map(Some),
        None => Some(None),
    };
    let (low, high) = (end(&bounds.low)?, end(&bounds.high)?);
    region.with(&bounds.name, low.as_ref(), high.as_ref()).ok()
}
