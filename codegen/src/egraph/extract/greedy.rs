//! Greedy on shared costs: the cost of a way is that of the *set* of classes below it, so sharing counts while choosing.
//!
//! Across roots, each root in turn goes first and the others build on what it has computed; the cheapest result stands.
//! Choices are improved to a fixed point in a fixed order.

use std::rc::Rc;

use super::problem::{Choice, Problem, Way};

/// A chosen way and every class that computing it takes, with what each adds.
#[derive(Clone)]
struct Plan {
    way: usize,
    /// The classes, in order, each with its own cost. Plans are cloned often, this list is not.
    needs: Rc<[(usize, u64)]>,
    total: u64,
}

/// What is planned for each class.
type Plans = Vec<Option<Plan>>;

/// A good choice for all roots.
///
/// # Panics
/// If a root has no derivation; every class of an e-graph has one.
pub(super) fn choose(problem: &Problem) -> Choice {
    let nothing = vec![None; problem.classes.len()];
    let alone = plan(problem, nothing, &vec![false; problem.classes.len()]);
    let mut best = choice(&alone);
    if problem.roots.len() > 1 {
        let mut best_cost = problem.cost(&best).unwrap_or(u64::MAX);
        for &root in &problem.roots {
            let mut paid = vec![None; problem.classes.len()];
            let mut decided = vec![false; problem.classes.len()];
            pay(problem, &alone, root, &mut paid, &mut decided);
            let candidate = choice(&plan(problem, paid, &decided));
            // Later plans may use what is paid for by a way that was planned on other grounds: a circle costs nothing less.
            if let Some(cost) = problem.cost(&candidate).filter(|&cost| cost < best_cost) {
                (best, best_cost) = (candidate, cost);
            }
        }
    }
    best
}

fn choice(plans: &Plans) -> Choice {
    plans
        .iter()
        .map(|plan| plan.as_ref().map(|plan| plan.way))
        .collect()
}

/// Marks a class and everything that its plan is built from as computed already.
fn pay(problem: &Problem, plans: &Plans, class: usize, paid: &mut Plans, decided: &mut [bool]) {
    let mut stack = vec![class];
    while let Some(class) = stack.pop() {
        if decided[class] {
            continue;
        }
        let plan = plans[class]
            .as_ref()
            .expect("a plan is built from planned classes");
        decided[class] = true;
        paid[class] = Some(Plan {
            way: plan.way,
            needs: Rc::from([]),
            total: 0,
        });
        stack.extend(&problem.classes[class][plan.way].needs);
    }
}

/// The best plan of every class, where those in `decided` stand.
fn plan(problem: &Problem, mut plans: Plans, decided: &[bool]) -> Plans {
    loop {
        let mut improved = false;
        // Arguments are mostly found after what needs them.
        for class in (0..problem.classes.len())
            .rev()
            .filter(|&class| !decided[class])
        {
            for (index, way) in problem.classes[class].iter().enumerate() {
                let limit = plans[class].as_ref().map_or(u64::MAX, |best| best.total);
                if let Some((needs, total)) = candidate(&plans, class, way, limit) {
                    plans[class] = Some(Plan {
                        way: index,
                        needs: needs.into(),
                        total,
                    });
                    improved = true;
                }
            }
        }
        if !improved {
            return plans;
        }
    }
}

/// What `way` needs in all and its total, if every need has a plan and the total stays below `limit`. A way costs more than
/// nothing and totals only fall, so plans never form a circle.
fn candidate(
    plans: &Plans,
    class: usize,
    way: &Way,
    limit: u64,
) -> Option<(Vec<(usize, u64)>, u64)> {
    let mut dearest = 0;
    for &need in &way.needs {
        dearest = plans[need].as_ref()?.total.max(dearest);
    }
    // The union of needs costs at least the dearest of them: most candidates end here.
    if way.cost + dearest >= limit {
        return None;
    }
    let mut needs = vec![(class, way.cost)];
    for &need in &way.needs {
        needs = union(&needs, &plans[need].as_ref()?.needs);
    }
    let total = needs.iter().map(|(_, cost)| cost).sum();
    (total < limit).then_some((needs, total))
}

/// Both lists merged, in order, each class once.
fn union(a: &[(usize, u64)], b: &[(usize, u64)]) -> Vec<(usize, u64)> {
    let mut merged = Vec::with_capacity(a.len() + b.len());
    let (mut i, mut j) = (0, 0);
    while let (Some(&left), Some(&right)) = (a.get(i), b.get(j)) {
        merged.push(if left.0 <= right.0 { left } else { right });
        i += usize::from(left.0 <= right.0);
        j += usize::from(right.0 <= left.0);
    }
    merged.extend_from_slice(&a[i..]);
    merged.extend_from_slice(&b[j..]);
    merged
}
