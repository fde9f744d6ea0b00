//! The lemmas of a certificate while it is written.

use super::shorten::shorten;
use super::{By, Lemma, Step, id, term};
use crate::ir::{Id, Terms};

/// Terms and lemmas so far.
#[derive(Clone, Default)]
pub(super) struct Book {
    pub(super) terms: Terms,
    pub(super) lemmas: Vec<Lemma>,
}

impl Book {
    /// Adds a lemma by its chain, which is made shorter where it can be. Returns its number.
    pub(super) fn lemma(&mut self, left: Id, steps: Vec<Step>) -> usize {
        let steps = shorten(&mut self.terms, left, steps);
        let mut right = left;
        for step in &steps {
            let next = self.terms.replace(right, &step.at, id(step.to));
            right = next.unwrap_or_else(|| unreachable!("a path that an explanation took"));
        }
        let (left, right) = (left.into(), right.into());
        let same = |lemma: &Lemma| (lemma.left, lemma.right) == (left, right);
        let known = self.lemmas.iter().position(same);
        known.unwrap_or_else(|| {
            self.lemmas.push(Lemma { left, right, steps });
            self.lemmas.len() - 1
        })
    }

    /// The lemmas that `wanted` rest on, and these, in order; the terms that they name; and the new numbers of `wanted`.
    pub(super) fn finish(
        mut self,
        wanted: &[usize],
        variables: &[String],
    ) -> (Vec<Lemma>, Vec<String>, Vec<usize>) {
        let mut used = vec![false; self.lemmas.len()];
        for &lemma in wanted {
            used[lemma] = true;
        }
        for number in (0..self.lemmas.len()).rev() {
            if used[number] {
                for step in &self.lemmas[number].steps {
                    let by = match step.by {
                        By::Lemma(lemma) | By::Derivative { lemma, .. } => Some(lemma),
                        By::Rule(_) | By::Fold => None,
                    };
                    for &lemma in by.iter().chain(&step.facts) {
                        used[lemma] = true;
                    }
                }
            }
        }
        let kept: Vec<usize> = (0..self.lemmas.len()).filter(|&n| used[n]).collect();
        let lemma_at = |old: usize| kept.partition_point(|&number| number < old);
        let roots: Vec<Id> = kept
            .iter()
            .map(|&number| &self.lemmas[number])
            .flat_map(|lemma| {
                let steps = lemma.steps.iter().map(|step| step.to);
                [lemma.left, lemma.right].into_iter().chain(steps)
            })
            .map(id)
            .collect();
        let named = self.terms.below(&roots);
        let term_at = |old: usize| named.partition_point(|&term| term < id(old));
        let texts = named.iter().map(|&old| {
            let node = self.terms.node(old);
            term::write(
                &node.map(|argument| id(term_at(argument.into()))),
                variables,
            )
        });
        let texts = texts.collect();
        let mut lemmas = Vec::with_capacity(kept.len());
        for &number in &kept {
            let mut lemma = std::mem::replace(&mut self.lemmas[number], Lemma::EMPTY);
            lemma.left = term_at(lemma.left);
            lemma.right = term_at(lemma.right);
            for step in &mut lemma.steps {
                step.to = term_at(step.to);
                match &mut step.by {
                    By::Lemma(lemma) | By::Derivative { lemma, .. } => *lemma = lemma_at(*lemma),
                    By::Rule(_) | By::Fold => {}
                }
                for fact in &mut step.facts {
                    *fact = lemma_at(*fact);
                }
            }
            lemmas.push(lemma);
        }
        let wanted = wanted.iter().map(|&lemma| lemma_at(lemma)).collect();
        (lemmas, texts, wanted)
    }
}
