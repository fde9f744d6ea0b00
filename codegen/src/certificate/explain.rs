//! Certificates as text: every step as a formula, with the row behind it and why its guards hold.

use std::collections::HashSet;
use std::fmt::Write;

use super::rejection::Rejection;
use super::replay::{About, Checker, Replayed};
use super::{By, Certificate, Output, Step, Support};
use crate::egraph::ROWS;
use crate::ir::Id;
use crate::rules::Guard;

/// Where a whole formula is wider than this, a step shows only the part that it rewrites.
const WIDTH: usize = 72;
/// Where reasons stand beside formulas that leave them room.
const REASONS: usize = 44;

impl Certificate {
    /// Every step of every claim, the value first. Whatever several steps rest on is a lemma before them.
    ///
    /// # Errors
    /// If the certificate does not hold: only what has been checked is explained.
    pub fn explain(&self) -> Result<String, Rejection> {
        let own = self.explain_alone()?;
        let Some(refined) = &self.refines else {
            return Ok(own);
        };
        let divisors = refined.nonzero.join(" and ");
        let first = refined.explain_alone()?;
        Ok(format!(
            "where the formula has a value: {divisors} not 0\n\n{first}\n\nthe form of that\n\n{own}"
        ))
    }

    fn explain_alone(&self) -> Result<String, Rejection> {
        let (_, checker) = self.replay()?;
        let mut text = Text {
            certificate: self,
            checker,
            seen: HashSet::new(),
            out: String::new(),
        };
        let mut next = 0;
        for output in &self.outputs {
            match output.support {
                Support::Lemma(number) if number < next => {
                    let (of, same) = (&output.of, text.name(number));
                    let _ = write!(text.out, "{of}\n    the same as {same}\n\n");
                }
                Support::Lemma(number) => {
                    for lemma in next..=number {
                        text.lemma(lemma);
                    }
                    next = number + 1;
                }
                Support::Measured(agreement) => {
                    let (points, ulp) = (agreement.points, agreement.ulp);
                    let of = &output.of;
                    let form = &output.form;
                    let _ = write!(
                        text.out,
                        "{of}\n    {form}\n    not proved within the budget; {points} points agree, to {ulp} ULP\n\n"
                    );
                }
            }
        }
        Ok(text.out.trim_end().to_owned())
    }

    /// The claim that a lemma proves, if it is one.
    fn claim(&self, lemma: usize) -> Option<&Output> {
        let proved = |output: &&Output| output.support == Support::Lemma(lemma);
        self.outputs.iter().find(proved)
    }
}

struct Text<'a> {
    certificate: &'a Certificate,
    checker: Checker<'a>,
    /// The rules whose rows were written out.
    seen: HashSet<String>,
    out: String,
}

impl Text<'_> {
    fn lemma(&mut self, number: usize) {
        let certificate = self.certificate;
        let name = self.name(number);
        // Only what holds is explained.
        let Some((left, right)) = self.checker.lemmas[number] else {
            return;
        };
        let _ = writeln!(self.out, "{name}\n    {}", self.formula(left));
        let replayed = std::mem::take(&mut self.checker.replayed[number]);
        for (step, done) in certificate.lemmas[number].steps.iter().zip(&replayed) {
            self.step(step, done);
        }
        if replayed.is_empty() {
            self.out.push_str("    unchanged\n");
        } else if self.is_wide(right) {
            let claim = certificate.claim(number);
            let form = claim.map_or_else(|| self.formula(right), |output| output.form.clone());
            let _ = writeln!(self.out, "  = {form}");
        }
        self.checker.replayed[number] = replayed;
        self.out.push('\n');
    }

    fn step(&mut self, step: &Step, done: &Replayed) {
        let why = self.why(step);
        let (before, after) = (self.formula(done.part.0), self.formula(done.part.1));
        let change = if !self.is_wide(done.whole) {
            format!("  = {}", self.formula(done.whole))
        } else if before.chars().count() + after.chars().count() + 8 > WIDTH {
            format!("  … {before}\n  → {after}")
        } else {
            format!("  … {before}  →  {after}")
        };
        let last = change.lines().last().unwrap_or_default().chars().count();
        let gap = if last > WIDTH {
            format!("\n{}", " ".repeat(REASONS))
        } else {
            " ".repeat(REASONS.saturating_sub(last).max(2))
        };
        let _ = writeln!(self.out, "{change}{gap}{why}");
        for (guard, about) in &done.guards {
            let guard = self.guard(*guard, about, &step.facts);
            let _ = writeln!(self.out, "      where {guard}");
        }
    }

    fn why(&mut self, step: &Step) -> String {
        let turned = if step.back { ", right to left" } else { "" };
        match &step.by {
            By::Rule(name) if self.seen.insert(name.clone()) => {
                let row = ROWS.get(name).map_or("", |row| &row.text);
                format!("{name}{turned}: {row}")
            }
            By::Rule(name) => format!("{name}{turned}"),
            By::Fold => "exact arithmetic".to_owned(),
            By::Lemma(number) => format!("{}{turned}", self.name(*number)),
            By::Derivative { lemma, .. } => {
                format!("derivatives of both sides of {}{turned}", self.name(*lemma))
            }
        }
    }

    /// The guard with terms for its names, and what is known of them.
    fn guard(&self, guard: Guard, about: &[About], facts: &[usize]) -> String {
        let subject = |name: &str| about.iter().find(|subject| subject.name == name);
        let term = |name: &str| subject(name).map_or_else(String::new, |s| self.formula(s.term));
        let mut text = guard.text(term);
        for subject in about.iter().filter(|subject| subject.value.exact.is_none()) {
            let term = self.formula(subject.term);
            let _ = write!(text, "; {term} {}", subject.value.range.describe());
        }
        if !facts.is_empty() {
            let names = facts.iter().map(|&number| self.name(number));
            let _ = write!(text, ", by {}", names.collect::<Vec<_>>().join(", "));
        }
        text
    }

    fn name(&self, lemma: usize) -> String {
        let claim = self.certificate.claim(lemma);
        claim.map_or_else(
            || format!("lemma {}", lemma + 1),
            |output| output.of.to_string(),
        )
    }

    fn is_wide(&self, term: Id) -> bool {
        self.formula(term).chars().count() > WIDTH
    }

    fn formula(&self, term: Id) -> String {
        let graph = self
            .checker
            .terms
            .graph(&[term], &self.certificate.variables);
        graph.formula(0)
    }
}
