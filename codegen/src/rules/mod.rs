//! The rules of the algebra: rows of left side, right side, guard and origin, in the formula language, by theme.
//!
//! Every rule holds over the reals wherever its left side is defined and its guard is proven. A rule that could lose digits is
//! marked `proof`: it helps to decide whether two formulas are equal, and never changes the form that is written.
//! Families that follow from the operation table (parities, definitions, monotonicity) and from the `orderings` are not
//! written row by row.

mod arithmetic;
mod choices;
mod error_function;
mod exponential;
mod guard;
mod hyperbolic;
mod named;
mod orderings;
mod pattern;
mod piecewise;
mod refuted;

use crate::ir::{Dag, Node};
use crate::ops::{Domain, Op, Parity, Shape};

pub use guard::Guard;
pub(crate) use pattern::{PATTERN_NAMES, side};
pub use refuted::{REFUTED, Refuted};

/// A rule.
#[derive(Clone, Debug)]
pub struct Rule {
    /// The name, for proofs and messages.
    pub name: String,
    /// What is matched; `a`, `b`, `c`, `d`, `p`, `q` match anything.
    pub left: String,
    /// What it equals.
    pub right: String,
    /// What must be proven first.
    pub guards: Vec<Guard>,
    /// Arguments that the right side needs where the left side does not: before a form changes, they must be proven to have a value
    /// everywhere. Where both sides have one, they are equal without that.
    pub total: Vec<&'static str>,
    /// Whether it serves proofs of equality alone.
    pub proof_only: bool,
    /// Where the identity comes from.
    pub origin: &'static str,
}

/// A row of a table, before it becomes one rule or two.
#[derive(Clone, Copy, Debug)]
struct Identity {
    name: &'static str,
    left: &'static str,
    right: &'static str,
    origin: &'static str,
    guards: &'static [Guard],
    total: &'static [&'static str],
    both: bool,
    proof_only: bool,
}

const fn row(
    name: &'static str,
    left: &'static str,
    right: &'static str,
    origin: &'static str,
) -> Identity {
    Identity {
        name,
        left,
        right,
        origin,
        guards: &[],
        total: &[],
        both: false,
        proof_only: false,
    }
}

impl Identity {
    /// The rule fires only if these are proven.
    const fn when(mut self, guards: &'static [Guard]) -> Self {
        self.guards = guards;
        self
    }

    /// The right side needs these arguments where the left side does not.
    const fn total(mut self, total: &'static [&'static str]) -> Self {
        self.total = total;
        self
    }

    /// The rule is used in both directions.
    const fn both(mut self) -> Self {
        self.both = true;
        self
    }

    /// The rule is for proofs alone: its right side costs digits or range.
    const fn proof(mut self) -> Self {
        self.proof_only = true;
        self
    }

    fn rules(&self) -> impl Iterator<Item = Rule> + use<> {
        let rule = |suffix: &str, left: &str, right: &str| Rule {
            name: format!("{}{suffix}", self.name),
            left: left.to_owned(),
            right: right.to_owned(),
            guards: self.guards.to_vec(),
            total: self.total.to_vec(),
            proof_only: self.proof_only,
            origin: self.origin,
        };
        let forth = rule("", self.left, self.right);
        let back = self.both.then(|| rule("-back", self.right, self.left));
        std::iter::once(forth).chain(back)
    }
}

/// Every rule, those that serve proofs alone included.
pub fn every_rule() -> Vec<Rule> {
    let written = [
        arithmetic::ROWS,
        exponential::ROWS,
        hyperbolic::ROWS,
        error_function::ROWS,
        piecewise::ROWS,
        choices::ROWS,
        named::ROWS,
    ];
    let rows = written.into_iter().flatten().flat_map(Identity::rules);
    let orderings = orderings::rules().map(|(name, left, right, origin)| Rule {
        name,
        left,
        right,
        guards: Vec::new(),
        total: Vec::new(),
        proof_only: false,
        origin,
    });
    let table = Op::ALL.iter().flat_map(|&op| from_table(op));
    rows.chain(orderings).chain(table).collect()
}

/// The rules that a row of the operation table implies.
fn from_table(op: Op) -> Vec<Rule> {
    let row = op.row();
    let name = row.name;
    // Of operations that share a name, all but the first are told apart by their arity.
    let label = match Op::named(name).next() {
        Some(first) if first != op => format!("{name}-{}", row.arity),
        _ => name.to_owned(),
    };
    let mut rules = Vec::new();
    let mut rule =
        |suffix: &str, left: &str, right: &str, proof_only: bool, origin: &'static str| {
            rules.push(Rule {
                name: format!("{label}-{suffix}"),
                left: left.to_owned(),
                right: right.to_owned(),
                guards: Vec::new(),
                total: Vec::new(),
                proof_only,
                origin,
            });
        };
    let (plain, mirrored) = (format!("{name}(a)"), format!("{name}(-a)"));
    match row.parity {
        // −(−a) = a has a row of its own.
        Parity::Odd if op != Op::Neg => {
            let negated = format!("-{name}(a)");
            rule("is-odd", &mirrored, &negated, false, "parity");
            rule("is-odd-back", &negated, &mirrored, false, "parity");
        }
        Parity::Even => {
            rule("is-even", &mirrored, &plain, false, "parity");
            // |a| is where the slopes of even functions meet their values.
            if op != Op::Abs {
                rule(
                    "of-abs",
                    &format!("{name}(abs(a))"),
                    &plain,
                    false,
                    "parity",
                );
            }
        }
        Parity::Odd | Parity::None => {}
    }
    // One evaluation instead of two. Polynomial pieces gain nothing.
    if row.shape == Shape::Increasing && row.domain == Domain::All && !is_polynomial_by_pieces(op) {
        for of in ["max", "min"] {
            let (left, right) = (
                format!("{of}({name}(a), {name}(b))"),
                format!("{name}({of}(a, b))"),
            );
            rule(
                &format!("rises-under-{of}"),
                &left,
                &right,
                false,
                "monotonicity",
            );
        }
    }
    let keeps_sign =
        row.shape == Shape::Increasing && row.domain == Domain::All && row.zero_at_zero;
    if keeps_sign && op.arity() == 1 {
        let (left, right) = (format!("sign({name}(a))"), "sign(a)");
        rule("keeps-sign", &left, right, false, "monotonicity");
    }
    if row.zero_at_zero && row.exact.is_none() && op.arity() == 1 {
        rule("of-0", &format!("{name}(0)"), "0", false, "an exact value");
    }
    // Where a condition has been decided, it is not asked again.
    if op.arity() == 1 {
        let (inner, left) = (
            format!("{name}(a)"),
            format!("{name}(if p {{ a }} else {{ b }})"),
        );
        for (of, left, right) in [
            (
                "where",
                format!("if p {{ {left} }} else {{ c }}"),
                format!("if p {{ {inner} }} else {{ c }}"),
            ),
            (
                "elsewhere",
                format!("if p {{ c }} else {{ {left} }}"),
                format!("if p {{ c }} else {{ {name}(b) }}"),
            ),
        ] {
            rule(
                &format!("{of}-decided"),
                &left,
                &right,
                false,
                "case distinction",
            );
        }
    }
    if let Some(definition) = row.definition {
        let call = format!("{name}({})", crate::ops::ARGUMENTS[..row.arity].join(", "));
        rule("recognised", definition, &call, false, "definition");
        rule("expanded", &call, definition, !row.expands, "definition");
        // A definition by pieces may need its other arguments on one of them alone.
        let recognised = rules.len() - 2;
        rules[recognised].total = needed_on_one_side(definition);
    }
    rules
}

/// Whether the operation is made of sums, products and choices alone: it costs next to nothing.
fn is_polynomial_by_pieces(op: Op) -> bool {
    let is_polynomial = |dag: &Dag| {
        dag.nodes().iter().all(|node| match node {
            Node::Number(_) | Node::Variable(_) => true,
            Node::Apply(op, _) => is_polynomial_by_pieces(*op),
        })
    };
    let arithmetic = [Op::Add, Op::Sub, Op::Mul, Op::Neg, Op::Sign];
    let orders = [Op::Min, Op::Max, Op::Lt, Op::Le, Op::Eq, Op::If];
    let definition = || op.row().definition.map(side);
    arithmetic.contains(&op)
        || orders.contains(&op)
        || definition().is_some_and(|dag| is_polynomial(&dag))
}

/// The arguments, but the first, of a definition that is a choice and needs them on one side of it alone.
fn needed_on_one_side(definition: &str) -> Vec<&'static str> {
    let dag = side(definition);
    let Node::Apply(Op::If, [condition, ..]) = *dag.node(dag.roots[0]) else {
        return Vec::new();
    };
    let used = |root| dag.part(root);
    let in_condition = used(condition);
    let all = crate::ops::ARGUMENTS.into_iter().enumerate().skip(1);
    let occurs = |dag: &Dag, index: usize| dag.nodes().contains(&Node::Variable(index));
    all.filter(|&(index, _)| occurs(&dag, index) && !occurs(&in_condition, index))
        .map(|(_, name)| name)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::{Defined, Encloser, Interval};
    use crate::ir::Id;

    /// Random, special and boundary values of a pattern variable.
    const ORDINARY: [f64; 23] = [
        0.0, 1.0, -1.0, 0.5, -0.5, 2.0, -2.0, 3.0, -3.0, 6.0, 1e-6, -1e-6, 0.0137, -0.0291, 0.317,
        -0.481, 1.73, -1.29, 4.9, -5.3, 11.7, -12.9, 25.0,
    ];
    /// The ends of what f64 holds, where only enclosures tell a difference from rounding and overflow.
    const EXTREME: [f64; 23] = [
        0.0, -0.0, 1e-300, -1e-300, 1e-38, -1e-38, 1e-8, -1e-8, 37.0, -37.0, 88.8, -88.8, 710.0,
        -710.0, 1e4, -1e4, 1e10, -1e10, 1e19, -1e19, 3e38, -3e38, 1e300,
    ];

    /// Walks over combinations of `samples`; the last two names can stand for conditions, which are 0 or 1.
    fn points(samples: &[f64; 23]) -> impl Iterator<Item = [f64; PATTERN_NAMES.len()]> {
        (0..4_000_usize).map(|k| {
            let pick =
                |v: usize| samples[(k / [1, 23, 529, 12_167][v.min(3)] + v * 5 + k * v) % 23];
            let condition = |bit: usize| f64::from(((k as u32 / 3) >> bit) & 1);
            [
                pick(0),
                pick(1),
                pick(2),
                pick(3),
                condition(0),
                condition(1),
            ]
        })
    }

    fn guarded(rule: &Rule, point: &[f64]) -> bool {
        rule.guards.iter().all(|guard| guard.holds_at(point))
    }

    /// Sides may round differently by a few ULP an operation; x² − y² and the like amplify that by their operands' size,
    /// here at most e²⁵·e²⁵ among the samples, which the scale of the largest intermediate value accounts for.
    fn scale(dag: &Dag, point: &[f64]) -> f64 {
        let mut all = dag.clone();
        all.roots = (0..all.nodes().len()).map(Id::from).collect();
        let values = all.eval(point).into_iter();
        values
            .filter(|v| v.is_finite())
            .fold(1.0, |s, v| s.max(v.abs()))
    }

    /// Holds the value at `point`; `None` where there is none.
    fn enclose(dag: &Dag, point: &[f64]) -> Option<Interval> {
        let at: Vec<Interval> = point.iter().map(|&value| Interval::point(value)).collect();
        let root = Encloser::new(dag).over(&at)[usize::from(dag.roots[0])];
        (root.defined != Defined::Never).then_some(root.interval)
    }

    #[test]
    fn every_rule_holds_wherever_its_left_side_is_defined() {
        for rule in every_rule() {
            let (left, right) = (side(&rule.left), side(&rule.right));
            let mut checked = 0;
            for point in points(&ORDINARY).filter(|point| guarded(&rule, point)) {
                let (a, b) = (left.eval(&point)[0], right.eval(&point)[0]);
                if !a.is_finite() {
                    continue; // undefined, or too large for f64
                }
                checked += 1;
                // An ill-conditioned side, such as ln(1 + (eᵃ − 1)) for a ≪ 0, says so by its enclosure.
                let width = |dag| enclose(dag, &point).map_or(0.0, |i| i.high - i.low);
                let slack = 1e-12 * scale(&left, &point).max(scale(&right, &point))
                    + width(&left)
                    + width(&right);
                let overflow = rule.proof_only && !b.is_finite();
                let (name, l, r) = (&rule.name, &rule.left, &rule.right);
                assert!(
                    (a - b).abs() <= slack || overflow,
                    "{name}: {l} is {a}, {r} is {b} at {point:?}"
                );
            }
            assert!(
                checked >= 100,
                "{} was checked at {checked} points only",
                rule.name
            );
        }
    }

    /// No point shows a rule to be wrong: the enclosures of both sides meet, and what is undefined on the right is undefined on
    /// the left.
    #[test]
    fn no_rule_is_refuted_at_the_ends_of_the_range() {
        for rule in every_rule() {
            let (left, right) = (side(&rule.left), side(&rule.right));
            for samples in [&ORDINARY, &EXTREME] {
                for point in points(samples)
                    .step_by(3)
                    .filter(|point| guarded(&rule, point))
                {
                    let (a, b) = (enclose(&left, &point), enclose(&right, &point));
                    let Some(a) = a else { continue };
                    let (name, l, r) = (&rule.name, &rule.left, &rule.right);
                    let b = b.unwrap_or_else(|| {
                        panic!("{name}: {r} is undefined at {point:?}, {l} may be {a:?}")
                    });
                    assert!(
                        a.low <= b.high && b.low <= a.high,
                        "{name}: {l} is {a:?}, {r} is {b:?} at {point:?}"
                    );
                }
            }
        }
    }

    /// Whether a node has a value at a point at which one variable has none, if a choice needs the branch alone that it takes.
    fn has_value(dag: &Dag, id: Id, values: &[f64], without: usize) -> bool {
        let value = |id: Id| values[usize::from(id)];
        let has = |id: &Id| has_value(dag, *id, values, without);
        match dag.node(id) {
            Node::Number(_) => true,
            Node::Variable(index) => *index != without,
            Node::Apply(Op::If, [condition, then, otherwise]) => {
                let taken = if value(*condition) == 0.0 {
                    otherwise
                } else {
                    then
                };
                has(condition) && has(taken)
            }
            node @ Node::Apply(op, [a, b, _]) => {
                let within = match op.row().domain {
                    Domain::NonZeroDivisor => value(*b) != 0.0,
                    Domain::Power => value(*b) >= 0.0 || value(*a) != 0.0,
                    domain => domain.contains(value(*a)),
                };
                within && node.arguments().iter().all(has)
            }
        }
    }

    /// What stands in a branch is not evaluated outside, unless it is known to have a value everywhere.
    #[test]
    fn no_form_needs_a_value_that_its_left_side_does_not() {
        for rule in every_rule().into_iter().filter(|rule| !rule.proof_only) {
            let sides = [&rule.left, &rule.right].map(|text| side(text));
            let literal = |name: &str| {
                let is_literal = |guard: &Guard| match guard {
                    Guard::Literal(a) | Guard::Even(a) | Guard::Odd(a) => *a == name,
                    _ => false,
                };
                rule.guards.iter().any(is_literal)
            };
            for (variable, name) in PATTERN_NAMES.iter().enumerate() {
                let has_node = sides[0].nodes().contains(&Node::Variable(variable));
                if !has_node || rule.total.contains(name) || literal(name) {
                    continue;
                }
                // Further out, rounding hides what is less than what.
                let is_near = |point: &[f64; 6]| point.iter().all(|v| v.abs() <= 6.0);
                let points = points(&ORDINARY).filter(is_near);
                for point in points.filter(|point| guarded(&rule, point)) {
                    let [left, right] = sides.each_ref().map(|dag| {
                        let mut all = dag.clone();
                        all.roots = (0..all.nodes().len()).map(Id::from).collect();
                        has_value(dag, dag.roots[0], &all.eval(&point), variable)
                    });
                    let (l, r) = (&rule.left, &rule.right);
                    assert!(
                        !left || right,
                        "{}: {l} has a value at {point:?} without `{name}`, {r} has none",
                        rule.name
                    );
                }
            }
        }
    }

    #[test]
    fn what_is_kept_as_refuted_is_refuted() {
        for row in REFUTED {
            let (left, right) = (side(row.left), side(row.right));
            let point = [row.point[0], row.point[1], row.point[2], 0.0, 0.0, 0.0];
            let (a, b) = (enclose(&left, &point), enclose(&right, &point));
            let a = a.unwrap_or_else(|| panic!("{}: the left side is undefined", row.name));
            assert!(left.eval(&point)[0].is_finite(), "{}", row.name);
            let differ = b.is_none_or(|b| a.low > b.high || b.low > a.high);
            assert!(differ, "{}: {a:?} and {b:?}", row.name);
            let same = |rule: &Rule| {
                rule.guards.is_empty() && side(&rule.left) == left && side(&rule.right) == right
            };
            assert!(!every_rule().iter().any(same), "{} is in use", row.name);
        }
    }

    #[test]
    fn names_are_unique() {
        let mut names: Vec<String> = every_rule().into_iter().map(|rule| rule.name).collect();
        names.extend(REFUTED.iter().map(|row| row.name.to_owned()));
        names.sort_unstable();
        let twice = names.windows(2).find(|pair| pair[0] == pair[1]);
        assert_eq!(twice, None);
    }

    #[test]
    fn the_right_side_has_no_name_that_the_left_side_lacks() {
        for rule in every_rule() {
            let used = |text: &str| {
                let nodes = side(text);
                let is_used = move |index: &usize| nodes.nodes().contains(&Node::Variable(*index));
                (0..PATTERN_NAMES.len()).filter(is_used).collect::<Vec<_>>()
            };
            let left = used(&rule.left);
            assert!(
                used(&rule.right).iter().all(|name| left.contains(name)),
                "{}",
                rule.name
            );
        }
    }
}
