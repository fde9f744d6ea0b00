//! Writes certificates: runs the e-graph again, and turns what it derived into lemmas.

use std::collections::HashMap;

use super::book::Book;
use super::{Bounds, By, Certificate, Measurement, Of, Output, Step, Support, VERSION, term};
use crate::ir::{Dag, Id, Node};
use crate::rewrite::{Budget, Derived, Link, Reason, Region, Run, Why, derive};

/// The certificate of a formula whose value took the forms `value` and whose value and derivatives took the forms `gradient`,
/// each in turn.
pub(crate) fn certify(
    formula: &Dag,
    value: &[Dag],
    gradient: &[Dag],
    region: &Region,
    budget: Budget,
) -> Certificate {
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
            form.with_gradient()
        } else {
            form.clone()
        },
        lemma,
    });
    let raw = formula.with_gradient();
    let derivatives = writer.prove(&raw, gradient, known.as_ref());
    let last = gradient.last().unwrap_or(&raw);

    let mut claims = vec![(Of::Value, form.select(&[0]), formula.clone(), proved[0])];
    for (output, lemma) in derivatives.into_iter().enumerate() {
        let of = match output {
            0 => Of::SharedValue,
            k => Of::Derivative(formula.variables[k - 1].clone()),
        };
        let form = last.select(&[output]);
        if of != Of::SharedValue || form != claims[0].1 {
            claims.push((of, form, raw.select(&[output]), lemma));
        }
    }
    let wanted: Vec<usize> = claims.iter().filter_map(|claim| claim.3).collect();
    let (lemmas, terms, numbers) = book.finish(&wanted, &formula.variables);
    let mut numbers = numbers.into_iter();
    let outputs = claims
        .into_iter()
        .map(|(of, form, original, lemma)| Output {
            of,
            form: form.formula(0),
            support: match lemma.and_then(|_| numbers.next()) {
                Some(lemma) => Support::Lemma(lemma),
                None => {
                    // Forms that differ are none that simplification gives, and a certificate that says so is rejected.
                    let nothing = Measurement { points: 0, ulp: 0 };
                    let measured = Measurement::of(&original, &form, region);
                    Support::Measured(measured.unwrap_or(nothing))
                }
            },
        });
    Certificate {
        version: VERSION,
        formula: formula.formula(0),
        variables: formula.variables.clone(),
        domain: bounds(&formula.variables, region),
        outputs: outputs.collect(),
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
                given.1.push(match output.checked_sub(1) {
                    None => By::Lemma(lemma),
                    Some(variable) => By::Derivative { lemma, variable },
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
        for run in [Run::Again, Run::Meet] {
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

/// What several steps rest on is a lemma if it has more steps than this.
const INLINE: usize = 3;

/// A way between two equal terms: from the one with the smaller id to the other.
struct Proof {
    from: Id,
    parts: Vec<Part>,
    /// How many ways it is part of.
    uses: usize,
}

#[derive(Clone, Copy)]
enum Part {
    /// An equation as it stands or, if so marked, from right to left.
    Equation(usize, bool),
    /// A way between two arguments at this place, turned round if so marked.
    Inside(u8, usize, bool),
}

/// Turns what one run derived into steps.
struct Writer<'a> {
    book: &'a mut Book,
    derived: &'a Derived,
    /// Why what the run was given holds.
    given: &'a [By],
    /// Where terms of the run are in the book.
    carried: HashMap<Id, Id>,
    proofs: Vec<Proof>,
    places: HashMap<(Id, Id), usize>,
    lemmas: HashMap<usize, usize>,
}

impl<'a> Writer<'a> {
    fn new(book: &'a mut Book, derived: &'a Derived, given: &'a [By]) -> Self {
        Self {
            book,
            derived,
            given,
            carried: HashMap::new(),
            proofs: Vec::new(),
            places: HashMap::new(),
            lemmas: HashMap::new(),
        }
    }

    /// Steps from one term to another, which is equal.
    fn chain(&mut self, from: Id, to: Id) -> Vec<Step> {
        let (proof, back) = self.way(from, to);
        let mut steps = Vec::new();
        self.flatten(proof, back, &mut Vec::new(), &mut steps);
        steps
    }

    /// The way from `a` to `b`, and whether it is to be walked backward.
    fn way(&mut self, a: Id, b: Id) -> (usize, bool) {
        let back = a > b;
        let ends = if back { (b, a) } else { (a, b) };
        if let Some(&proof) = self.places.get(&ends) {
            self.proofs[proof].uses += 1;
            return (proof, back);
        }
        let mut parts = Vec::new();
        for link in self.derived.known.explain(ends.0, ends.1) {
            self.parts(link, &mut parts);
        }
        self.proofs.push(Proof {
            from: ends.0,
            parts,
            uses: 1,
        });
        self.places.insert(ends, self.proofs.len() - 1);
        (self.proofs.len() - 1, back)
    }

    fn parts(&mut self, link: Link, parts: &mut Vec<Part>) {
        match link.why {
            Why::Equation(number) => {
                let back = self.derived.equations[number].left != link.from;
                parts.push(Part::Equation(number, back));
            }
            Why::Congruence => {
                let terms = &self.derived.known.terms;
                let before = terms.node(link.from).arguments();
                let after = terms.node(link.to).arguments();
                for (place, (&a, &b)) in before.iter().zip(after).enumerate() {
                    if a != b {
                        let (proof, back) = self.way(a, b);
                        parts.push(Part::Inside(place as u8, proof, back));
                    }
                }
            }
        }
    }

    /// The steps of a way, below `path`.
    fn flatten(&mut self, proof: usize, back: bool, path: &mut Vec<u8>, steps: &mut Vec<Step>) {
        let mut parts = self.proofs[proof].parts.clone();
        if back {
            parts.reverse();
        }
        for part in parts {
            match part {
                Part::Equation(number, turned) => {
                    let step = self.equation(number, turned != back, path);
                    steps.push(step);
                }
                Part::Inside(place, inner, turned) => {
                    path.push(place);
                    let turned = turned != back;
                    if self.proofs[inner].uses > 1 && self.is_long(inner) {
                        let lemma = self.lemma(inner);
                        let (left, right) =
                            (self.book.lemmas[lemma].left, self.book.lemmas[lemma].right);
                        steps.push(Step {
                            at: path.clone(),
                            by: By::Lemma(lemma),
                            back: turned,
                            to: if turned { left } else { right },
                            facts: Vec::new(),
                        });
                    } else {
                        self.flatten(inner, turned, path, steps);
                    }
                    path.pop();
                }
            }
        }
    }

    /// Whether a way is too long to be written out each time it is needed.
    fn is_long(&self, proof: usize) -> bool {
        self.steps(proof, INLINE + 1) > INLINE
    }

    /// How many steps a way has, counted up to `most`.
    fn steps(&self, proof: usize, most: usize) -> usize {
        let mut steps = 0;
        for part in &self.proofs[proof].parts {
            if steps >= most {
                break;
            }
            steps += match part {
                Part::Equation(..) => 1,
                Part::Inside(_, inner, _) => self.steps(*inner, most - steps),
            };
        }
        steps
    }

    /// The lemma of a way.
    fn lemma(&mut self, proof: usize) -> usize {
        if let Some(&lemma) = self.lemmas.get(&proof) {
            return lemma;
        }
        let mut steps = Vec::new();
        self.flatten(proof, false, &mut Vec::new(), &mut steps);
        let left = self.carry(self.proofs[proof].from);
        let lemma = self.book.lemma(left, steps);
        self.lemmas.insert(proof, lemma);
        lemma
    }

    fn equation(&mut self, number: usize, back: bool, path: &[u8]) -> Step {
        let derived = self.derived;
        let ground = &derived.equations[number];
        let (by, facts) = match &ground.reason {
            Reason::Fold => (By::Fold, Vec::new()),
            Reason::Given(pair) => (self.given[*pair].clone(), Vec::new()),
            Reason::Rule(name, premises) => {
                let facts = premises.iter().map(|&(a, b)| {
                    let (proof, _) = self.way(a, b);
                    self.lemma(proof)
                });
                (By::Rule(name.clone()), facts.collect())
            }
        };
        let to = if back { ground.left } else { ground.right };
        Step {
            at: path.to_vec(),
            by,
            back,
            to: self.carry(to).into(),
            facts,
        }
    }

    /// The place of a term of the run in the book.
    fn carry(&mut self, term: Id) -> Id {
        if let Some(&place) = self.carried.get(&term) {
            return place;
        }
        for id in self.derived.known.terms.below(&[term]) {
            if !self.carried.contains_key(&id) {
                let node = self.derived.known.terms.node(id);
                let place = self
                    .book
                    .terms
                    .add(node.map(|argument| self.carried[&argument]));
                self.carried.insert(id, place);
            }
        }
        self.carried[&term]
    }
}
