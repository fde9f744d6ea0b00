//! From the explanation of an equality to the steps of a chain: congruences become paths, and what is needed often a lemma.

use std::collections::HashMap;

use super::book::Book;
use super::{By, Step};
use crate::egraph::{Derived, Link, Reason, Why};
use crate::ir::Id;

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
    /// A way between two arguments at this index, turned round if so marked.
    Inside(u8, usize, bool),
}

/// Turns what one run derived into steps.
pub(super) struct Writer<'a> {
    book: &'a mut Book,
    derived: &'a Derived,
    /// Why what the run was given holds.
    given: &'a [By],
    /// Where terms of the run are in the book.
    carried: HashMap<Id, Id>,
    proofs: Vec<Proof>,
    known: HashMap<(Id, Id), usize>,
    lemmas: HashMap<usize, usize>,
}

impl<'a> Writer<'a> {
    pub(super) fn new(book: &'a mut Book, derived: &'a Derived, given: &'a [By]) -> Self {
        Self {
            book,
            derived,
            given,
            carried: HashMap::new(),
            proofs: Vec::new(),
            known: HashMap::new(),
            lemmas: HashMap::new(),
        }
    }

    /// Steps from one term to another, which is equal.
    pub(super) fn chain(&mut self, from: Id, to: Id) -> Vec<Step> {
        let (proof, back) = self.way(from, to);
        let mut steps = Vec::new();
        self.flatten(proof, back, &mut Vec::new(), &mut steps);
        steps
    }

    /// The way from `a` to `b`, and whether it is to be walked backward.
    fn way(&mut self, a: Id, b: Id) -> (usize, bool) {
        let back = a > b;
        let ends = if back { (b, a) } else { (a, b) };
        if let Some(&proof) = self.known.get(&ends) {
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
        self.known.insert(ends, self.proofs.len() - 1);
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
                for (index, (&a, &b)) in before.iter().zip(after).enumerate() {
                    if a != b {
                        let (proof, back) = self.way(a, b);
                        parts.push(Part::Inside(index as u8, proof, back));
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
                Part::Inside(index, inner, turned) => {
                    path.push(index);
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

    /// The id in the book of a term of the run.
    fn carry(&mut self, term: Id) -> Id {
        if let Some(&id) = self.carried.get(&term) {
            return id;
        }
        for id in self.derived.known.terms.below(&[term]) {
            if !self.carried.contains_key(&id) {
                let node = self.derived.known.terms.node(id);
                let copy = self
                    .book
                    .terms
                    .add(node.map(|argument| self.carried[&argument]));
                self.carried.insert(id, copy);
            }
        }
        self.carried[&term]
    }
}
