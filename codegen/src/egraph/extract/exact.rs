//! Branch and bound: the cheapest choice of all, or the best within a count of branches.
//!
//! What every derivation of a class must compute is known beforehand (as dominators are in a flow graph), so the bound of a
//! partial choice counts all that it will have to pay for, each class once and at its cheapest. Ways that cannot be part of a
//! better choice than the best known are struck out first; mostly little is left to branch over.

use super::problem::{Choice, Problem};

/// A set of classes.
#[derive(Clone, PartialEq, Eq)]
struct Set(Vec<u64>);

impl Set {
    fn new(classes: usize) -> Self {
        Self(vec![0; classes.div_ceil(64)])
    }

    fn insert(&mut self, class: usize) {
        self.0[class / 64] |= 1 << (class % 64);
    }

    fn contains(&self, class: usize) -> bool {
        self.0[class / 64] >> (class % 64) & 1 == 1
    }

    fn union(&mut self, other: &Self) {
        self.0.iter_mut().zip(&other.0).for_each(|(a, b)| *a |= b);
    }

    fn iter(&self) -> impl Iterator<Item = usize> {
        let words = self.0.iter().enumerate();
        words.flat_map(|(word, &bits)| classes(word, bits))
    }

    /// The classes in any of `others` that are not in this set.
    fn missing<'a>(
        &self,
        others: impl Iterator<Item = &'a Self> + Clone,
    ) -> impl Iterator<Item = usize> {
        self.0.iter().enumerate().flat_map(move |(word, &bits)| {
            let all = others.clone().fold(0, |all, other| all | other.0[word]);
            classes(word, all & !bits)
        })
    }
}

/// The classes of one word of a set.
fn classes(word: usize, bits: u64) -> impl Iterator<Item = usize> {
    std::iter::successors(Some(bits), |bits| Some(bits & bits.wrapping_sub(1)))
        .take_while(|&bits| bits != 0)
        .map(move |bits| 64 * word + bits.trailing_zeros() as usize)
}

/// Improves `choice`, looking at no more than `effort` branches; also whether the result is proven to be the cheapest.
pub(super) fn improve(problem: &mut Problem, choice: Choice, effort: usize) -> (Choice, bool) {
    let Some(limit) = problem.cost(&choice) else {
        return (choice, false);
    };
    let whole = problem.clone();
    let musts = reduce(problem, limit);
    let mut search = Search {
        least: least(problem),
        problem,
        musts,
        choice: vec![None; whole.classes.len()],
        best: None,
        limit,
        left: effort,
    };
    let mut required = Set::new(whole.classes.len());
    for &root in &search.problem.roots.clone() {
        required.union(&search.musts[root].clone());
    }
    search.branch(&required);
    let (best, left) = (search.best, search.left);
    // The indices of ways are those of the reduced problem.
    let best = best.map_or(choice, |best| restore(problem, &whole, &best));
    *problem = whole;
    (best, left > 0)
}

fn restore(reduced: &Problem, whole: &Problem, choice: &Choice) -> Choice {
    let index = |class: usize, way: usize| {
        let node = &reduced.classes[class][way];
        whole.classes[class]
            .iter()
            .position(|w| w.node == node.node && w.cost == node.cost && w.needs == node.needs)
    };
    choice
        .iter()
        .enumerate()
        .map(|(class, way)| way.and_then(|way| index(class, way)))
        .collect()
}

/// The cheapest way of each class.
fn least(problem: &Problem) -> Vec<u64> {
    let least = |ways: &Vec<_>| {
        ways.iter()
            .map(|way: &super::problem::Way| way.cost)
            .min()
            .unwrap_or(0)
    };
    problem.classes.iter().map(least).collect()
}

/// Strikes out ways that no choice below `limit` can hold, until none is left to strike; also what each class must compute.
fn reduce(problem: &mut Problem, limit: u64) -> Vec<Set> {
    loop {
        let musts = musts(problem);
        let least = least(problem);
        let mut base = Set::new(problem.classes.len());
        for &root in &problem.roots {
            base.union(&musts[root]);
        }
        let mut struck = false;
        for class in 0..problem.classes.len() {
            let mut with_class = base.clone();
            with_class.union(&musts[class]);
            let paid: u64 = with_class.iter().map(|class| least[class]).sum();
            let bound = |way: &super::problem::Way| {
                let needs = way.needs.iter().map(|&need| &musts[need]);
                let more = with_class.missing(needs).map(|class| least[class]);
                // A way that must compute its own class goes in a circle.
                let circle = way.needs.iter().any(|&need| musts[need].contains(class));
                (paid + more.sum::<u64>() - least[class] + way.cost, circle)
            };
            let before = problem.classes[class].len();
            let bounds: Vec<(u64, bool)> = problem.classes[class].iter().map(bound).collect();
            let mut bounds = bounds.into_iter();
            problem.classes[class].retain(|_| {
                bounds
                    .next()
                    .is_some_and(|(bound, circle)| bound < limit && !circle)
            });
            struck |= problem.classes[class].len() < before;
        }
        if !struck {
            return musts;
        }
    }
}

/// For each class the classes that every derivation of it computes, itself among them. A class without a way gets every class.
fn musts(problem: &Problem) -> Vec<Set> {
    let count = problem.classes.len();
    let mut full = Set::new(count);
    (0..count).for_each(|class| full.insert(class));
    let mut musts = vec![full.clone(); count];
    loop {
        let mut changed = false;
        for class in (0..count).rev() {
            for word in 0..full.0.len() {
                // What all ways share, where a way takes what its needs take.
                let of_way = |way: &super::problem::Way| {
                    let needs = way.needs.iter().map(|&need| musts[need].0[word]);
                    needs.fold(0, |all, need| all | need)
                };
                let ways = problem.classes[class].iter().map(of_way);
                let mut shared = ways.fold(full.0[word], |shared, way| shared & way);
                if class / 64 == word {
                    shared |= 1 << (class % 64);
                }
                changed |= shared != musts[class].0[word];
                musts[class].0[word] = shared;
            }
        }
        if !changed {
            return musts;
        }
    }
}

struct Search<'a> {
    problem: &'a Problem,
    musts: Vec<Set>,
    least: Vec<u64>,
    choice: Choice,
    best: Option<Choice>,
    /// The cost of the best choice known.
    limit: u64,
    /// Branches that may still be looked at.
    left: usize,
}

impl Search<'_> {
    /// Completes the choice, where all classes in `required` have to be computed.
    fn branch(&mut self, required: &Set) {
        if self.left == 0 {
            return;
        }
        self.left -= 1;
        let mut bound = 0;
        let mut open: Option<(usize, usize)> = None;
        for class in required.iter() {
            match self.choice[class] {
                Some(way) => bound += self.problem.classes[class][way].cost,
                None => {
                    bound += self.least[class];
                    // The class with the fewest ways first: forced ones cost no branching.
                    let ways = self.problem.classes[class].len();
                    if open.is_none_or(|(_, fewest)| ways < fewest) {
                        open = Some((class, ways));
                    }
                }
            }
        }
        if bound >= self.limit {
            return;
        }
        let Some((class, _)) = open else {
            // Required is closed under needs: the choice is complete.
            if let Some(cost) = self
                .problem
                .cost(&self.choice)
                .filter(|&cost| cost < self.limit)
            {
                self.limit = cost;
                self.best = Some(self.choice.clone());
            }
            return;
        };
        let mut ways: Vec<(u64, usize, Set)> = Vec::new();
        for (index, way) in self.problem.classes[class].iter().enumerate() {
            if self.reaches(&way.needs, class) {
                continue;
            }
            let mut with_needs = required.clone();
            for &need in &way.needs {
                with_needs.union(&self.musts[need]);
            }
            let bound = with_needs.iter().map(|c| match self.choice[c] {
                Some(chosen) => self.problem.classes[c][chosen].cost,
                None if c == class => way.cost,
                None => self.least[c],
            });
            let bound: u64 = bound.sum();
            if bound < self.limit {
                ways.push((bound, index, with_needs));
            }
        }
        ways.sort_by_key(|(bound, index, _)| (*bound, *index));
        for (bound, index, with_needs) in ways {
            if bound < self.limit {
                self.choice[class] = Some(index);
                self.branch(&with_needs);
            }
        }
        self.choice[class] = None;
    }

    /// Whether the chosen ways lead from `from` back to `class`.
    fn reaches(&self, from: &[usize], class: usize) -> bool {
        let mut seen = Set::new(self.problem.classes.len());
        let mut stack = from.to_vec();
        while let Some(next) = stack.pop() {
            if next == class {
                return true;
            }
            if seen.contains(next) {
                continue;
            }
            seen.insert(next);
            if let Some(way) = self.choice[next] {
                stack.extend(&self.problem.classes[next][way].needs);
            }
        }
        false
    }
}
