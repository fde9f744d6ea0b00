//! Shorter chains: in every subterm, detours are cut, and what one rule can do takes one step.

use std::collections::BTreeSet;

use super::pattern::sides;
use super::{By, Step, id};
use crate::egraph::ROWS;
use crate::ir::{Id, Terms};

/// How many steps ahead a shortcut is looked for: chains that one run explains are rarely longer.
const REACH: usize = 64;

/// Steps from `left` to where `steps` lead, no more than they are. Those in a subterm do not meddle with those
/// beside it, so each subterm has a chain of its own between two steps that rewrite something around it.
pub(super) fn shorten(terms: &mut Terms, left: Id, mut steps: Vec<Step>) -> Vec<Step> {
    let prefixes = steps.iter().flat_map(|step| {
        let ends = 0..=step.at.len();
        ends.map(|end| step.at[..end].to_vec())
    });
    let mut paths: Vec<Vec<u8>> = prefixes.collect::<BTreeSet<_>>().into_iter().collect();
    // Subterms inside others come first.
    paths.sort_by_key(|path| std::cmp::Reverse(path.len()));
    for path in paths {
        steps = at_path(terms, left, steps, &path);
    }
    steps
}

/// The same chain with every run of steps at `path` and below as short as can be.
fn at_path(terms: &mut Terms, left: Id, steps: Vec<Step>, path: &[u8]) -> Vec<Step> {
    let mut shorter: Vec<Step> = Vec::with_capacity(steps.len());
    let mut whole = left;
    // What stands at the path: before the run, and after each of its steps.
    let mut states: Vec<Id> = terms.at(whole, path).into_iter().collect();
    let mut run: Vec<Step> = Vec::new();
    for step in steps {
        let inside = step.at.starts_with(path);
        let around = !inside && path.starts_with(&step.at);
        let next = terms.replace(whole, &step.at, id(step.to));
        whole = next.unwrap_or_else(|| unreachable!("a path that an explanation took"));
        if inside {
            run.push(step);
            states.extend(terms.at(whole, path));
        } else if around {
            shorter.extend(shortest(terms, &states, std::mem::take(&mut run), path));
            states = terms.at(whole, path).into_iter().collect();
            shorter.push(step);
        } else {
            // Beside the path: it can as well come before the run.
            shorter.push(step);
        }
    }
    shorter.extend(shortest(terms, &states, run, path));
    shorter
}

/// The shortest way from the first state to the last by given steps, single rules, and standing still where states are equal.
fn shortest(terms: &Terms, states: &[Id], run: Vec<Step>, path: &[u8]) -> Vec<Step> {
    if run.len() < 2 {
        return run;
    }
    // The fewest steps to each state, the state before, and the shortcut from there if it is one.
    let mut best: Vec<(usize, usize, Option<Step>)> = vec![(0, 0, None)];
    for next in 1..states.len() {
        let mut found = (best[next - 1].0 + 1, next - 1, None);
        for from in next.saturating_sub(REACH)..next {
            let so_far = best[from].0;
            if states[from] == states[next] && so_far < found.0 {
                found = (so_far, from, None);
            } else if so_far + 1 < found.0
                && let Some((name, back)) = rule(terms, states[from], states[next])
            {
                let step = Step {
                    at: path.to_vec(),
                    by: By::Rule(name.to_owned()),
                    back,
                    to: states[next].into(),
                    facts: Vec::new(),
                };
                found = (so_far + 1, from, Some(step));
            }
        }
        best.push(found);
    }
    let mut run: Vec<Option<Step>> = run.into_iter().map(Some).collect();
    let mut way = Vec::new();
    let mut state = states.len() - 1;
    while state > 0 {
        let (_, from, shortcut) = &mut best[state];
        let stays = states[*from] == states[state];
        match shortcut.take() {
            Some(step) => way.push(step),
            None if stays => {}
            None => way.extend(run[state - 1].take()),
        }
        state = *from;
    }
    way.reverse();
    way
}

/// A rule without a guard that turns one term into the other, and whether from right to left.
fn rule(terms: &Terms, from: Id, to: Id) -> Option<(&'static str, bool)> {
    let mut rows = ROWS.iter().filter(|(_, row)| row.guards.is_empty());
    rows.find_map(|(name, row)| {
        let forward = sides(terms, row, from, to).map(|_| (name.as_str(), false));
        forward.or_else(|| sides(terms, row, to, from).map(|_| (name.as_str(), true)))
    })
}
