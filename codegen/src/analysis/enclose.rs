//! Enclosures of a whole graph: what holds every value over a box of the variables, and whether there is a value at all.
//!
//! Branches of a choice count only where they are taken: inside `if x > 0 { ln(x) } else { 0 }`, x is positive for the logarithm.

use egg::Id;

use super::facts::image;
use super::interval::Interval;
use super::region::Region;
use crate::ir::{Dag, Node};
use crate::number::Number;
use crate::ops::{Domain, Op, fold};

/// At how many points of a box there is a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Defined {
    /// At none.
    Never,
    /// Unknown, or at some.
    Perhaps,
    /// At all.
    Always,
}

/// What is proven of a node over a box.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Enclosure {
    /// Holds every value that there is.
    pub interval: Interval,
    /// No value is 0.
    pub nonzero: bool,
    /// Where there are values.
    pub defined: Defined,
    /// Whether the value cannot jump inside the box.
    pub continuous: bool,
}

impl Enclosure {
    fn leaf(interval: Interval) -> Self {
        Self {
            interval,
            nonzero: interval.excludes_zero(),
            defined: Defined::Always,
            continuous: true,
        }
    }

    fn is_zero(&self) -> bool {
        self.interval.single() == Some(0.0)
    }

    fn meet(self, interval: Interval, nonzero: bool) -> Self {
        let interval = self.interval.meet(interval);
        Self {
            interval,
            nonzero: self.nonzero || nonzero || interval.excludes_zero(),
            ..self
        }
    }
}

/// What the branch of a choice knows of a node.
#[derive(Clone, Copy)]
struct Assumption {
    node: usize,
    interval: Interval,
    nonzero: bool,
}

/// A graph prepared for many enclosures.
pub(crate) struct Encloser<'a> {
    dag: &'a Dag,
    /// The enclosures of the literals.
    literals: Vec<Option<Enclosure>>,
}

/// How many branches one evaluation looks into with what they assume; the others are taken as they are.
const BRANCHES: usize = 24;

/// Holds every value of the first output of `dag` while the variables are in `region`.
pub fn range(dag: &Dag, region: &Region) -> Interval {
    let known = Encloser::new(dag).over(&region.intervals(&dag.variables));
    known[usize::from(dag.roots[0])].interval
}

impl<'a> Encloser<'a> {
    pub(crate) fn new(dag: &'a Dag) -> Self {
        let literal = |node: &Node| match node {
            Node::Number(number) => Some(Enclosure::leaf(Interval::exactly(number))),
            Node::Variable(_) | Node::Apply(..) => None,
        };
        Self {
            dag,
            literals: dag.nodes().iter().map(literal).collect(),
        }
    }

    /// How many nodes the graph has.
    pub(crate) fn len(&self) -> usize {
        self.literals.len()
    }

    /// An output at a point.
    pub(crate) fn output(&self, point: &[f64], output: usize) -> Enclosure {
        let at: Vec<Interval> = point.iter().map(|&value| Interval::point(value)).collect();
        self.over(&at)[usize::from(self.dag.roots[output])]
    }

    /// Every node over the box that holds each variable in its interval.
    pub(crate) fn over(&self, variables: &[Interval]) -> Vec<Enclosure> {
        let last = self.dag.nodes().len();
        self.pass(variables, &mut Vec::new(), last, &mut { BRANCHES })
    }

    /// The nodes before `end`, one after the other.
    fn pass(
        &self,
        variables: &[Interval],
        assumed: &mut Vec<Assumption>,
        end: usize,
        branches: &mut usize,
    ) -> Vec<Enclosure> {
        let mut known: Vec<Enclosure> = Vec::with_capacity(end);
        for (index, node) in self.dag.nodes()[..end].iter().enumerate() {
            let plain = match node {
                Node::Number(_) | Node::Variable(_) => match (self.literals[index], node) {
                    (Some(literal), _) => literal,
                    (None, Node::Variable(variable)) => Enclosure::leaf(variables[*variable]),
                    (None, _) => Enclosure::leaf(Interval::REALS),
                },
                Node::Apply(Op::If, [condition, then, otherwise]) => {
                    let condition_known = known[usize::from(*condition)];
                    let taken = [(*then, true), (*otherwise, false)].map(|(branch, truth)| {
                        let plain = known[usize::from(branch)];
                        if plain.defined == Defined::Always
                            || decided(&condition_known).is_some()
                            || *branches == 0
                        {
                            return plain;
                        }
                        *branches -= 1;
                        let before = assumed.len();
                        self.assume(*condition, truth, &known, assumed);
                        let inside = if assumed.len() == before {
                            plain
                        } else {
                            let end = usize::from(branch) + 1;
                            let inside = self.pass(variables, assumed, end, branches);
                            inside.last().copied().unwrap_or(plain)
                        };
                        assumed.truncate(before);
                        inside
                    });
                    choice(condition_known, taken[0], taken[1])
                }
                Node::Apply(op, _) => {
                    let arguments = node.arguments().iter().map(|&a| known[usize::from(a)]);
                    strict(
                        *op,
                        node.arguments(),
                        &arguments.collect::<Vec<Enclosure>>(),
                    )
                }
            };
            let held = assumed.iter().filter(|assumption| assumption.node == index);
            known.push(held.fold(plain, |e, held| e.meet(held.interval, held.nonzero)));
        }
        known
    }

    /// Adds what the truth or falsehood of a comparison says of its sides and of their difference.
    fn assume(
        &self,
        condition: Id,
        truth: bool,
        known: &[Enclosure],
        assumed: &mut Vec<Assumption>,
    ) {
        let Node::Apply(op @ (Op::Lt | Op::Le | Op::Eq), [a, b, _]) = self.dag.node(condition)
        else {
            return;
        };
        let mut add = |node: Option<Id>, interval: Interval, nonzero: bool| {
            if let Some(node) = node {
                assumed.push(Assumption {
                    node: usize::from(node),
                    interval,
                    nonzero,
                });
            }
        };
        let difference = |left: Id, right: Id| self.dag.find(&Node::apply(Op::Sub, &[left, right]));
        let enclosure = |id: Id| known[usize::from(id)];
        let up = |low: f64| Interval {
            low,
            ..Interval::REALS
        };
        let down = |high: f64| Interval {
            high,
            ..Interval::REALS
        };
        if *op == Op::Eq {
            if truth {
                add(Some(*a), enclosure(*b).interval, enclosure(*b).nonzero);
                add(Some(*b), enclosure(*a).interval, enclosure(*a).nonzero);
            } else {
                add(Some(*a), Interval::REALS, enclosure(*b).is_zero());
                add(Some(*b), Interval::REALS, enclosure(*a).is_zero());
                add(difference(*a, *b), Interval::REALS, true);
                add(difference(*b, *a), Interval::REALS, true);
            }
            return;
        }
        // A false comparison is the other one of the sides exchanged.
        let strict = (*op == Op::Lt) == truth;
        let (small, large) = if truth { (*a, *b) } else { (*b, *a) };
        let (low, high) = (
            enclosure(small).interval.low,
            enclosure(large).interval.high,
        );
        add(Some(small), down(high), strict && high <= 0.0);
        add(Some(large), up(low), strict && low >= 0.0);
        let mut apart = vec![small];
        if let Node::Apply(Op::Abs, [inner, ..]) = self.dag.node(small) {
            // |a| < b says that a < b and 0 < a + b.
            let sum = |left: Id, right: Id| self.dag.find(&Node::apply(Op::Add, &[left, right]));
            add(sum(*inner, large), up(0.0), strict);
            add(sum(large, *inner), up(0.0), strict);
            apart.push(*inner);
        }
        for small in apart {
            add(difference(large, small), up(0.0), strict);
            add(difference(small, large), down(0.0), strict);
        }
        if let Node::Apply(Op::Abs | Op::Square, [inner, ..]) = self.dag.node(large) {
            add(
                Some(*inner),
                Interval::REALS,
                low > 0.0 || strict && low >= 0.0,
            );
        }
    }

    /// Every node at a point whose coordinates are exact. Rational values stay exact as long as they are short.
    pub(crate) fn at(&self, point: &[Number]) -> Vec<Enclosure> {
        let mut known: Vec<Enclosure> = Vec::with_capacity(self.dag.nodes().len());
        let mut exact: Vec<Option<Number>> = Vec::with_capacity(self.dag.nodes().len());
        for (index, node) in self.dag.nodes().iter().enumerate() {
            let (enclosure, value) = match node {
                Node::Number(number) => {
                    let interval = self.literals[index].unwrap_or(Enclosure::leaf(Interval::REALS));
                    (interval, Some(number.clone()))
                }
                Node::Variable(variable) => {
                    let number = &point[*variable];
                    (
                        Enclosure::leaf(Interval::exactly(number)),
                        Some(number.clone()),
                    )
                }
                Node::Apply(Op::If, [condition, then, otherwise]) => {
                    let [condition, then, otherwise] =
                        [*condition, *then, *otherwise].map(usize::from);
                    let enclosure = choice(known[condition], known[then], known[otherwise]);
                    let taken = decided(&known[condition])
                        .map(|truth| if truth { then } else { otherwise });
                    (enclosure, taken.and_then(|taken| exact[taken].clone()))
                }
                Node::Apply(op, _) => {
                    let ids = node.arguments().iter().map(|&a| usize::from(a));
                    let arguments: Vec<Enclosure> = ids.clone().map(|a| known[a]).collect();
                    let numbers: Option<Vec<&Number>> = ids.map(|a| exact[a].as_ref()).collect();
                    let mut enclosure = strict(*op, node.arguments(), &arguments);
                    let value = numbers
                        .filter(|_| enclosure.defined == Defined::Always)
                        .and_then(|numbers| fold(*op, &numbers));
                    if let Some(number) = &value {
                        enclosure.interval = Interval::exactly(number);
                        enclosure.nonzero = !number.is_zero();
                    }
                    (enclosure, value)
                }
            };
            known.push(enclosure);
            exact.push(value);
        }
        known
    }
}

/// The truth of a condition, if it is the same all over the box.
pub(crate) fn decided(condition: &Enclosure) -> Option<bool> {
    match condition {
        condition if condition.nonzero => Some(true),
        condition if condition.is_zero() => Some(false),
        _ => None,
    }
}

fn choice(condition: Enclosure, then: Enclosure, otherwise: Enclosure) -> Enclosure {
    let taken = match decided(&condition) {
        Some(true) => then,
        Some(false) => otherwise,
        None => Enclosure {
            interval: match (then.defined, otherwise.defined) {
                (Defined::Never, _) => otherwise.interval,
                (_, Defined::Never) => then.interval,
                _ => then.interval.join(otherwise.interval),
            },
            nonzero: then.nonzero && otherwise.nonzero,
            defined: if then.defined == otherwise.defined {
                then.defined
            } else {
                Defined::Perhaps
            },
            continuous: false,
        },
    };
    Enclosure {
        defined: taken.defined.min(condition.defined),
        ..taken
    }
}

/// An operation that needs all of its arguments, which are at `ids`.
fn strict(op: Op, ids: &[Id], arguments: &[Enclosure]) -> Enclosure {
    let facts: Vec<(Interval, bool)> = arguments.iter().map(|e| (e.interval, e.nonzero)).collect();
    let (interval, nonzero) = match (op, ids) {
        // One value twice: as two values of one interval, they would lie too far apart.
        (Op::Mul, [a, b]) if a == b => image(Op::Square, &facts[..1]),
        (Op::Sub, [a, b]) if a == b => (Interval::point(0.0), false),
        (Op::Div, [a, b]) if a == b => (Interval::point(1.0), true),
        _ => image(op, &facts),
    };
    let below = arguments.iter().map(|e| e.defined).min();
    let within = in_domain(op, arguments);
    let jumps = match op {
        Op::Sign => !arguments[0].nonzero,
        Op::Lt | Op::Le | Op::Eq => interval.single().is_none(),
        _ => within != Defined::Always,
    };
    Enclosure {
        interval,
        nonzero,
        defined: below.unwrap_or(Defined::Always).min(within),
        continuous: !jumps && arguments.iter().all(|e| e.continuous),
    }
}

/// Whether the arguments lie where the operation is defined.
pub(crate) fn in_domain(op: Op, arguments: &[Enclosure]) -> Defined {
    let is = |always: bool, never: bool| match (always, never) {
        (true, _) => Defined::Always,
        (_, true) => Defined::Never,
        _ => Defined::Perhaps,
    };
    let nonzero = |e: &Enclosure| is(e.nonzero, e.is_zero());
    match op.row().domain {
        Domain::All => Defined::Always,
        Domain::NonNegative => {
            let x = arguments[0].interval;
            is(x.low >= 0.0, x.high < 0.0)
        }
        Domain::Positive => {
            let Enclosure {
                interval: x,
                nonzero,
                ..
            } = arguments[0];
            is(x.low > 0.0 || x.low == 0.0 && nonzero, x.high <= 0.0)
        }
        Domain::AboveMinusOne => {
            let x = arguments[0].interval;
            is(x.low > -1.0, x.high <= -1.0)
        }
        Domain::NonZeroDivisor => nonzero(&arguments[1]),
        Domain::Power => match arguments[1].interval {
            exponent if exponent.low >= 0.0 => Defined::Always,
            exponent if exponent.high < 0.0 => nonzero(&arguments[0]),
            _ => is(arguments[0].nonzero, false),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn over(text: &str, low: f64, high: f64) -> Enclosure {
        let dag = Dag::parse(text).unwrap();
        let root = usize::from(dag.roots[0]);
        Encloser::new(&dag).over(&[Interval { low, high }])[root]
    }

    #[test]
    fn branches_count_only_where_they_are_taken() {
        for text in [
            "if x > 0 { ln(x) } else { 0 }",
            "if 0 < x { ln(x) } else { 0 }",
            "if x <= 0 { 0 } else { ln(x) }",
            "if x == 0 { 1 } else { sin(x) / x }",
            "if x != 0 { 1 / x } else { 0 }",
            "if x > 3 { ln(x - 3) } else { 0 }",
            "if square(x) <= 1 { sqrt(1 - square(x)) } else { 0 }",
            "if x > 0 && x < 1 { ln(x) * ln(1 - x) } else { 0 }",
            "if x < -1 || x > 1 { ln(square(x)) } else { 0 }",
            "if abs(x) < 2 { sqrt(2 - x) / (x + 2) } else { 1 / x }",
            "if x > 2 { if x < 5 { sqrt(x) } else { 1 / x } } else { 1 }",
        ] {
            assert_eq!(over(text, -10.0, 10.0).defined, Defined::Always, "{text}");
        }
        for text in [
            "if x > -1 { ln(x) } else { 0 }",
            "ln(x)",
            "if x >= 0 { 1 / x } else { 0 }",
        ] {
            assert_eq!(over(text, -10.0, 10.0).defined, Defined::Perhaps, "{text}");
        }
        for text in [
            "sqrt(-1 - square(x))",
            "x / (x - x * 1) * ln(-1)",
            "if x > 0 { ln(-x) } else { ln(x) }",
        ] {
            assert_eq!(over(text, -10.0, 10.0).defined, Defined::Never, "{text}");
        }
    }

    #[test]
    fn exact_points_decide_what_floats_cannot() {
        let at = |text: &str, x: &str| {
            let dag = Dag::parse(text).unwrap();
            let root = usize::from(dag.roots[0]);
            Encloser::new(&dag).at(&[Number::parse(x).unwrap()])[root]
        };
        assert_eq!(
            at("if x == 0.1 { 1 } else { 0 }", "0.1").interval.single(),
            Some(1.0)
        );
        assert_eq!(at("10 * x - 1", "0.1").interval.single(), Some(0.0));
        assert_eq!(at("1 / (10 * x - 1)", "0.1").defined, Defined::Never);
        assert_eq!(at("exp(ln(abs(x)))", "0").defined, Defined::Never);
    }
}
