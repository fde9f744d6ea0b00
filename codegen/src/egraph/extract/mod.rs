//! Extraction: the cheapest graph that computes all roots, where a class that several need is paid for once.
//!
//! A greedy choice comes first; a branch and bound search then improves it, to the proven optimum if its budget lasts. Both
//! follow fixed orders, so the result is the same on every run.

mod exact;
mod greedy;
mod problem;

use std::collections::BTreeSet;

use super::classes::Graph;
use super::price::{self, CostModel};
use crate::analysis::Interval;
use crate::ir::{Dag, Id, Node};
use crate::ops::Op;
use problem::Problem;

/// What a form is chosen for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Taste {
    /// The least work.
    Cheap,
    /// The least work among forms that rarely cancel.
    Cautious,
}

/// What a form should do without.
#[derive(Debug, Default)]
pub(super) struct Avoided {
    /// Classes, whatever computes them.
    pub classes: BTreeSet<Id>,
    /// Single ways to compute a class.
    pub nodes: BTreeSet<Node>,
}

/// What is asked of a form.
#[derive(Clone, Copy)]
pub(super) struct Wish<'a> {
    pub cost_model: CostModel,
    pub taste: Taste,
    /// It does without these if it can.
    pub avoid: &'a Avoided,
}

impl Wish<'_> {
    /// What an operation counts for.
    fn price(&self, op: Op, arguments: &[Interval]) -> u64 {
        let cancellation = match self.taste {
            // Between forms of nearly one cost, digits decide.
            Taste::Cheap => 10,
            // More than any detour around a difference, so that only unavoidable ones are left.
            Taste::Cautious => 150,
        };
        let own = price::operation(op, arguments, self.cost_model);
        own + cancellation * price::cancels(op, arguments)
    }
}

/// A form of all roots.
pub(super) struct Extracted {
    /// The form.
    pub dag: Dag,
    /// Whether no form in the e-graph is cheaper, which is proven.
    pub optimal: bool,
}

/// The graph over `variables` whose outputs are the classes `roots`, as wished; at most `effort` branches are looked at to improve it.
pub(super) fn extract(
    graph: &Graph,
    roots: &[Id],
    variables: &[String],
    wish: &Wish<'_>,
    effort: usize,
) -> Extracted {
    let mut problem = Problem::new(graph, roots, wish);
    let greedy = greedy::choose(&problem);
    let (choice, optimal) = exact::improve(&mut problem, greedy, effort);
    Extracted {
        dag: problem.build(&choice, variables),
        optimal,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use problem::{Choice, Way};

    /// A problem from text: one class a line, ways separated by `|`, each its cost and the classes it needs.
    fn problem(text: &str, roots: &[usize]) -> Problem {
        let way = |way: &str| {
            let mut words = way.split_whitespace().map(|w| w.parse::<usize>().unwrap());
            Way {
                node: crate::ir::Node::Variable(0),
                cost: words.next().unwrap() as u64,
                needs: words.collect(),
            }
        };
        let class = |line: &str| line.split('|').map(way).collect();
        Problem {
            classes: text.lines().map(|line| class(line.trim())).collect(),
            roots: roots.to_vec(),
            parts: Vec::new(),
        }
    }

    /// The least cost of any acyclic choice, by trying all of them.
    fn brute_force(problem: &Problem) -> u64 {
        let mut best = u64::MAX;
        let mut choice: Choice = vec![Some(0); problem.classes.len()];
        loop {
            if let Some(cost) = problem.cost(&choice) {
                best = best.min(cost);
            }
            let mut class = 0;
            loop {
                if class == choice.len() {
                    return best;
                }
                let next = choice[class].unwrap() + 1;
                if next < problem.classes[class].len() {
                    choice[class] = Some(next);
                    break;
                }
                choice[class] = Some(0);
                class += 1;
            }
        }
    }

    #[test]
    fn sharing_beats_the_cheapest_way_of_each_class() {
        // Each root alone is cheapest by its own leaf; together they share class 3.
        let mut shared = problem("5 1 | 6 3\n4\n5 1 2 | 6 3\n3\n", &[0, 2]);
        // Classes 1 and 2 are leaves of 4 and … class 2 needs itself in its first way, which no acyclic choice can use.
        let greedy = greedy::choose(&shared);
        let (best, optimal) = exact::improve(&mut shared, greedy, 1_000);
        assert!(optimal);
        assert_eq!(shared.cost(&best), Some(15));
    }

    #[test]
    fn a_cycle_is_no_derivation() {
        // 0 and 1 could pay for each other; the only ground is 2.
        let mut cyclic = problem("1 1 | 9\n1 0 | 7 2\n1", &[0]);
        let greedy = greedy::choose(&cyclic);
        let (best, optimal) = exact::improve(&mut cyclic, greedy, 1_000);
        assert!(optimal);
        assert_eq!(cyclic.cost(&best), Some(9));
    }

    #[test]
    fn small_problems_are_solved_as_brute_force_solves_them() {
        // A fixed linear congruential sequence (Numerical Recipes) makes the problems.
        let mut state = 12_345_u32;
        let mut random = |below: u32| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 8) % below
        };
        let mut better_than_greedy = 0;
        for _ in 0..1_000 {
            let classes = 4 + random(5) as usize;
            let mut lines = Vec::new();
            for class in 0..classes {
                let ways = 1 + random(3);
                let mut line = Vec::new();
                for way in 0..ways {
                    let mut text = (1 + random(9)).to_string();
                    // The first way needs later classes alone, so every class has a derivation.
                    let from = if way == 0 { class + 1 } else { 0 };
                    for _ in 0..random(3) {
                        if from < classes {
                            let need = from + random((classes - from) as u32) as usize;
                            text += &format!(" {need}");
                        }
                    }
                    line.push(text);
                }
                lines.push(line.join(" | "));
            }
            let roots = [0, classes / 2];
            let mut problem = problem(&lines.join("\n"), &roots);
            let expected = brute_force(&problem);
            let greedy = greedy::choose(&problem);
            let start = problem.cost(&greedy).expect("greedy finds a derivation");
            let (best, optimal) = exact::improve(&mut problem, greedy, 100_000);
            assert!(optimal, "{lines:?}");
            assert_eq!(problem.cost(&best), Some(expected), "{lines:?}");
            assert!(expected <= start);
            better_than_greedy += u32::from(expected < start);
        }
        assert!(
            better_than_greedy > 10,
            "only {better_than_greedy} are hard"
        );
    }
}
