//! The replay of a certificate's lemmas, step by step, with nothing but the rows of the rules, exact arithmetic, intervals and
//! differentiation.

use std::collections::HashMap;

use super::check::{Rejection, at, reject};
use super::pattern::sides;
use super::{Bounds, By, Certificate, Lemma, Step, VERSION, term};
use crate::ir::{Dag, Id, Node, Terms};
use crate::number::Number;
use crate::ops::Op;
use crate::rewrite::{Fact, Guard, Interval, PATTERN_NAMES, ROWS, Region, fold};

/// How many terms a check may look at or add. Certificates of the search space take some ten thousand; the bound keeps time
/// within seconds and memory within 2 GB for whatever a file holds.
const WORK: usize = 20_000_000;

/// A step that holds.
pub(super) struct Replayed {
    /// The whole term after it.
    pub(super) whole: Id,
    /// What stood at its place, and what stands there now.
    pub(super) part: (Id, Id),
    /// The guards of its rule, with what they are about.
    pub(super) guards: Vec<(Guard, Vec<About>)>,
}

/// What a name of a rule stands for, and what is proven of it.
pub(super) struct About {
    pub(super) name: &'static str,
    pub(super) term: Id,
    pub(super) fact: Fact,
}

/// The state of a check.
pub(super) struct Checker<'a> {
    pub(super) certificate: &'a Certificate,
    pub(super) region: Region,
    intervals: Vec<Interval>,
    pub(super) terms: Terms,
    /// The steps of every lemma that holds.
    pub(super) replayed: Vec<Vec<Replayed>>,
    /// Where the terms of the certificate are among `terms`.
    places: Vec<Id>,
    /// What the structure of a term proves of it.
    facts: HashMap<Id, Fact>,
    /// Both sides of every lemma that holds.
    pub(super) lemmas: Vec<(Id, Id)>,
    work: usize,
}

impl<'a> Checker<'a> {
    pub(super) fn new(certificate: &'a Certificate) -> Result<Self, Rejection> {
        if certificate.version != VERSION {
            let version = certificate.version;
            let reason = format!("version {version} is unknown; this checker reads {VERSION}");
            return reject("certificate", reason);
        }
        let variables = &certificate.variables;
        let mut region = Region::default();
        for bounds in &certificate.domain {
            let again = region.names().any(|name| name == bounds.name);
            let known = variables.contains(&bounds.name);
            let bounded = (known && !again).then(|| bound(region, bounds)).flatten();
            let wrong = || format!("the bounds of `{}` are none", bounds.name);
            region = bounded.ok_or_else(wrong).map_err(at("domain"))?;
        }
        let mut terms = Terms::default();
        let mut places = Vec::with_capacity(certificate.terms.len());
        for (number, text) in certificate.terms.iter().enumerate() {
            match term::read(text, variables, &places, &mut terms) {
                Some(place) => places.push(place),
                None => return reject("terms", format!("term {number} is no term")),
            }
        }
        Ok(Self {
            certificate,
            intervals: region.intervals(variables),
            region,
            terms,
            places,
            facts: HashMap::new(),
            replayed: Vec::new(),
            lemmas: Vec::new(),
            work: 0,
        })
    }

    pub(super) fn spend(&mut self, work: usize) -> Result<(), String> {
        self.work += work;
        let message = || format!("the check takes more than {WORK} operations");
        (self.work <= WORK).then_some(()).ok_or_else(message)
    }

    fn term(&self, number: usize) -> Result<Id, String> {
        let missing = || format!("there is no term {number}");
        self.places.get(number).copied().ok_or_else(missing)
    }

    pub(super) fn lemma(&mut self, number: usize, lemma: &Lemma) -> Result<(), Rejection> {
        let place = format!("lemma {}", number + 1);
        let (left, right) = self
            .term(lemma.left)
            .and_then(|left| Ok((left, self.term(lemma.right)?)))
            .map_err(at(&place))?;
        let (mut here, mut replayed) = (left, Vec::with_capacity(lemma.steps.len()));
        for (count, step) in lemma.steps.iter().enumerate() {
            let place = || format!("lemma {}, step {}", number + 1, count + 1);
            let done = self
                .step(here, step)
                .map_err(|reason| at(&place())(reason))?;
            here = done.whole;
            replayed.push(done);
        }
        if here != right {
            return reject(&place, "its steps do not end with its right side");
        }
        self.lemmas.push((left, right));
        self.replayed.push(replayed);
        Ok(())
    }

    fn step(&mut self, term: Id, step: &Step) -> Result<Replayed, String> {
        self.spend(1 + step.at.len())?;
        let before = self.terms.at(term, &step.at);
        let before = before.ok_or("the path leads nowhere")?;
        let after = self.term(step.to)?;
        let (left, right) = if step.back {
            (after, before)
        } else {
            (before, after)
        };
        let mut guards = Vec::new();
        match &step.by {
            By::Rule(name) => guards = self.rule(name, left, right, &step.facts)?,
            By::Fold => self.folds(left, right)?,
            By::Lemma(number) => {
                if self.proved(*number)? != (left, right) {
                    return Err(format!("lemma {} says something else", number + 1));
                }
            }
            By::Derivative { lemma, variable } => {
                let (from, to) = self.proved(*lemma)?;
                let slopes = (self.slope(from, *variable)?, self.slope(to, *variable)?);
                if slopes != (left, right) {
                    return Err(format!("not the derivatives of lemma {}", lemma + 1));
                }
            }
        }
        if !step.facts.is_empty() && !matches!(step.by, By::Rule(_)) {
            return Err("only rules have guards to prove".to_owned());
        }
        let whole = self.terms.replace(term, &step.at, after);
        Ok(Replayed {
            whole: whole.ok_or("the path leads nowhere")?,
            part: (before, after),
            guards,
        })
    }

    pub(super) fn proved(&self, number: usize) -> Result<(Id, Id), String> {
        let missing = || format!("lemma {} is not proved before", number.saturating_add(1));
        self.lemmas.get(number).copied().ok_or_else(missing)
    }

    fn folds(&self, left: Id, right: Id) -> Result<(), String> {
        let literal = |id: &Id| match self.terms.node(*id) {
            Node::Number(number) => Some(number),
            _ => None,
        };
        let value = match self.terms.node(left) {
            node @ Node::Apply(op, _) => {
                let literals: Option<Vec<&Number>> = node.arguments().iter().map(literal).collect();
                literals.and_then(|literals| fold(*op, &literals))
            }
            _ => None,
        };
        if value.is_some() && value.as_ref() == literal(&right) {
            Ok(())
        } else {
            Err("exact arithmetic gives something else".to_owned())
        }
    }

    /// The guards of the rule, which hold, if the terms are its sides.
    fn rule(
        &mut self,
        name: &str,
        left: Id,
        right: Id,
        facts: &[usize],
    ) -> Result<Vec<(Guard, Vec<About>)>, String> {
        let row = ROWS.get(name);
        let row = row.ok_or_else(|| format!("there is no rule `{name}`"))?;
        let bound = sides(&self.terms, row, left, right);
        let bound = bound.ok_or_else(|| format!("the terms are not the sides of `{name}`"))?;
        let mut known = HashMap::new();
        for &number in facts {
            let (a, b) = self.proved(number)?;
            let both = self.fact(a, &known)?.meet(&self.fact(b, &known)?);
            known.insert(a, both.clone());
            known.insert(b, both);
        }
        let mut guards = Vec::with_capacity(row.guards.len());
        for guard in &row.guards {
            let mut subjects = Vec::new();
            for name in guard.names() {
                let place = PATTERN_NAMES.iter().position(|known| *known == name);
                let term = place.and_then(|place| bound[place]);
                let term = term.ok_or_else(|| format!("`{name}` stands for nothing"))?;
                let fact = self.fact(term, &known)?;
                subjects.push(About { name, term, fact });
            }
            let fact = |name: &str| {
                let subject = subjects.iter().find(|subject| subject.name == name);
                &subject.unwrap_or(&subjects[0]).fact
            };
            if !guard.holds(fact) {
                return Err(format!("the guard of `{name}` is not proved"));
            }
            guards.push((*guard, subjects));
        }
        Ok(guards)
    }

    /// What the structure of a term proves of it, where more is `known` of some terms in it.
    fn fact(&mut self, term: Id, known: &HashMap<Id, Fact>) -> Result<Fact, String> {
        if known.is_empty()
            && let Some(fact) = self.facts.get(&term)
        {
            return Ok(fact.clone());
        }
        let below = self.terms.below(&[term]);
        self.spend(below.len())?;
        let mut facts: HashMap<Id, Fact> = HashMap::with_capacity(below.len());
        for id in below {
            let fact = match self.terms.node(id) {
                Node::Number(number) => Fact::of_number(number.clone()),
                Node::Variable(index) => Fact::of_interval(self.intervals[*index]),
                node @ Node::Apply(op, _) => {
                    let arguments: Vec<&Fact> =
                        node.arguments().iter().map(|a| &facts[a]).collect();
                    Fact::of(*op, &arguments)
                }
            };
            let fact = match known.get(&id) {
                Some(more) => fact.meet(more),
                None => fact,
            };
            facts.insert(id, fact);
        }
        let fact = facts[&term].clone();
        if known.is_empty() {
            self.facts.extend(facts);
        }
        Ok(fact)
    }

    /// The derivative of a smooth term.
    fn slope(&mut self, term: Id, variable: usize) -> Result<Id, String> {
        if variable >= self.certificate.variables.len() {
            return Err(format!("there is no variable {variable}"));
        }
        if !self.region.is_open(&self.certificate.variables) {
            return Err("on a single point, equal functions may have other derivatives".to_owned());
        }
        let size = self.terms.below(&[term]).len();
        self.spend(scan(size))?;
        let graph = self.terms.graph(&[term], &self.certificate.variables);
        if !graph.is_smooth() {
            return Err("a side has a kink".to_owned());
        }
        let gradient = self.gradient(&graph)?;
        Ok(self.import(&gradient)[variable + 1])
    }

    /// The value of a graph and its derivatives.
    pub(super) fn gradient(&mut self, graph: &Dag) -> Result<Dag, String> {
        let size = graph.nodes().len() * graph.variables.len().max(1);
        self.spend(scan(size))?;
        let literal =
            |place: Id| matches!(graph.node(place), Node::Number(n) if n.to_integer().is_some());
        let powers = graph.nodes().iter().all(|node| match node {
            Node::Apply(Op::Powi, [_, exponent, _]) => literal(*exponent),
            _ => true,
        });
        if !powers {
            return Err("a power has no integer for its exponent".to_owned());
        }
        Ok(graph.with_gradient())
    }

    /// The terms of the outputs of a graph over the variables of the certificate.
    pub(super) fn import(&mut self, graph: &Dag) -> Vec<Id> {
        self.terms
            .import(graph, |terms, index| terms.add(Node::Variable(index)))
    }
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
