//! Where a formula has a value: everywhere in a region, nowhere, or where its operations have arguments of their domain.

use std::collections::{BTreeSet, VecDeque};
use std::fmt;

use super::enclose::{Defined, Encloser, Enclosure, decided};
use super::interval::Interval;
use super::points::{Points, between, rank};
use super::region::Region;
use crate::ir::{Dag, Id, Node};
use crate::number::Number;
use crate::ops::{Domain, Op};

/// Where the first output of a graph has a value. A branch of a choice counts where it is taken.
#[derive(Clone, Debug, PartialEq)]
pub enum Definedness {
    /// At every point of the region: proved.
    Everywhere,
    /// Not at some points: one gap for each operation that was found to fail.
    Partly(Vec<Gap>),
    /// At no point of the region: proved. The gap is the operation that fails.
    Nowhere(Gap),
    /// No point without a value was found, and it is not proved that there is none: an operation that may fail.
    Unproved(Gap),
}

impl Definedness {
    /// One word for programs.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Everywhere => "everywhere",
            Self::Partly(_) => "partly",
            Self::Nowhere(_) => "nowhere",
            Self::Unproved(_) => "unproved",
        }
    }

    /// The operations that fail, or may fail.
    pub fn gaps(&self) -> &[Gap] {
        match self {
            Self::Everywhere => &[],
            Self::Partly(gaps) => gaps,
            Self::Nowhere(gap) | Self::Unproved(gap) => std::slice::from_ref(gap),
        }
    }
}

/// An operation with an argument outside its domain.
#[derive(Clone, Debug, PartialEq)]
pub struct Gap {
    /// The operation, as a node of the graph.
    pub id: Id,
    /// The operation with its arguments, in the formula language.
    pub operation: String,
    /// The condition that holds where it has no value, such as `x <= 0`.
    pub condition: String,
    /// The variables at such a point; none if no point was found.
    pub point: Vec<(String, Number)>,
    /// Whether the point is exact. If not, there is such a point within some ULP of it: a zero that no f64 is.
    pub exact: bool,
}

impl Gap {
    /// `, for example at x = 0`; nothing if no point was found.
    fn example(&self) -> String {
        let near = if self.exact { "at" } else { "near" };
        let binding = |(name, value): &(String, Number)| format!("{name} = {value}");
        let point: Vec<String> = self.point.iter().map(binding).collect();
        match point.is_empty() {
            true => String::new(),
            false => format!(", for example {near} {}", point.join(", ")),
        }
    }

    /// A sentence: `` `ln(x)` is undefined where x <= 0, for example at x = 0 ``
    pub fn sentence(&self) -> String {
        let (operation, condition) = (&self.operation, &self.condition);
        format!(
            "`{operation}` is undefined where {condition}{}",
            self.example()
        )
    }
}

impl fmt::Display for Gap {
    /// `where x <= 0 (ln(x)), for example at x = 0`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (operation, condition) = (&self.operation, &self.condition);
        write!(f, "where {condition} ({operation}){}", self.example())
    }
}

/// Node evaluations in the halving of boxes.
const EFFORT: usize = 400_000;
/// Bounds on the count of boxes.
const BOXES: (usize, usize) = (60, 4_000);
/// Texts in a message are cut at this length.
const TEXT: usize = 60;
/// Points at which gaps are looked for.
const POINTS: usize = 2_000;

/// Where the first output of `dag` has a value while the variables are in `region`.
pub fn definedness(dag: &Dag, region: &Region) -> Definedness {
    let root = dag.roots[0];
    let encloser = Encloser::new(dag);
    let at = |known: &[Enclosure]| known[usize::from(root)].defined;
    let whole = encloser.over(&region.intervals(&dag.variables));
    match at(&whole) {
        Defined::Always => return Definedness::Everywhere,
        Defined::Never => return Definedness::Nowhere(gap(dag, culprit(dag, &whole), &[])),
        Defined::Perhaps => {}
    }
    // Points that tell: without a value, and with one.
    let points = Points::new(dag, &region.spans(&dag.variables));
    let (mut failing, mut gaps, mut somewhere) = (BTreeSet::new(), Vec::new(), false);
    let most = (EFFORT / dag.nodes().len()).min(POINTS);
    #[cfg(feature = "oracle")]
    let mut exactly = super::exactly::Exactly::new();
    #[cfg(feature = "oracle")]
    let mut is_gap = |point: &[Number]| exactly.is_undefined(dag, point);
    #[cfg(not(feature = "oracle"))]
    let is_gap = |_: &[Number]| true;
    for point in points.points.iter().take(most) {
        let known = encloser.at(point);
        match at(&known) {
            Defined::Always => somewhere = true,
            Defined::Perhaps => {}
            Defined::Never => {
                let index = culprit(dag, &known);
                if !failing.contains(&index) && is_gap(point) {
                    failing.insert(index);
                    gaps.push(gap(dag, index, point));
                }
            }
        }
    }
    for sides in &points.brackets {
        let Some(index) = crossing(dag, &encloser, sides) else {
            continue;
        };
        let middle: Option<Vec<Number>> = sides
            .iter()
            .map(|side| Number::from_f64(side.middle()))
            .collect();
        if let Some(point) = middle.filter(|_| failing.insert(index)) {
            let exact = false;
            gaps.push(Gap {
                exact,
                ..gap(dag, index, &point)
            });
        }
    }
    if somewhere && !gaps.is_empty() {
        return Definedness::Partly(gaps);
    }
    let (everywhere, nowhere) = halve(
        &encloser,
        root,
        region.intervals(&dag.variables),
        &points.breaks,
    );
    match gaps.into_iter().next() {
        None if everywhere => Definedness::Everywhere,
        None if nowhere => Definedness::Nowhere(gap(dag, culprit(dag, &whole), &[])),
        None => Definedness::Unproved(gap(dag, culprit(dag, &whole), &[])),
        Some(gap) if nowhere => Definedness::Nowhere(gap),
        Some(gap) => Definedness::Partly(vec![gap]),
    }
}

/// The division by a value that goes through 0 inside the box, if that leaves the first output without a value there: the divisor
/// is continuous and has different signs at the corners of the box, and nothing else is open in it.
pub(crate) fn crossing(dag: &Dag, encloser: &Encloser<'_>, sides: &[Interval]) -> Option<usize> {
    let known = encloser.over(sides);
    if known[usize::from(dag.roots[0])].defined != Defined::Perhaps {
        return None;
    }
    let index = culprit(dag, &known);
    let divisor = match &dag.nodes()[index] {
        Node::Apply(Op::Div, [_, divisor, _]) => usize::from(*divisor),
        Node::Apply(Op::Powi, [base, ..]) => usize::from(*base),
        _ => return None,
    };
    let open = |node: &Node| match node {
        Node::Apply(Op::If, [condition, ..]) => decided(&known[usize::from(*condition)]).is_none(),
        _ => false,
    };
    let corner = |pick: fn(&Interval) -> f64| {
        let point: Vec<Interval> = sides
            .iter()
            .map(|side| Interval::point(pick(side)))
            .collect();
        encloser.over(&point)[divisor].interval
    };
    let (low, high) = (corner(|side| side.low), corner(|side| side.high));
    let changes = low.high < 0.0 && high.low > 0.0 || low.low > 0.0 && high.high < 0.0;
    #[cfg(feature = "oracle")]
    let changes = changes && super::exactly::Exactly::new().changes_sign(dag, divisor, sides);
    let certain = known[divisor].continuous && known[divisor].defined == Defined::Always;
    (changes && certain && !dag.nodes().iter().any(open)).then_some(index)
}

/// Whether boxes that make up the region prove the output defined, or undefined, in each of them.
fn halve(
    encloser: &Encloser<'_>,
    root: Id,
    region: Vec<Interval>,
    breaks: &[Vec<f64>],
) -> (bool, bool) {
    let mut left = (EFFORT / encloser.len()).clamp(BOXES.0, BOXES.1);
    let (mut everywhere, mut nowhere) = (true, true);
    let mut queue = VecDeque::from([region]);
    while let Some(sides) = queue.pop_front() {
        match encloser.over(&sides)[usize::from(root)].defined {
            Defined::Always => nowhere = false,
            Defined::Never => everywhere = false,
            Defined::Perhaps => {
                let halves = if left == 0 {
                    None
                } else {
                    halves(&sides, breaks)
                };
                let Some(halves) = halves else {
                    return (false, false);
                };
                queue.extend(halves);
                left -= 1;
            }
        }
        if !everywhere && !nowhere {
            break;
        }
    }
    (everywhere, nowhere)
}

/// Both halves of a box, cut across its longest side.
fn halves(sides: &[Interval], breaks: &[Vec<f64>]) -> Option<[Vec<Interval>; 2]> {
    let (dimension, at) = cut(sides, breaks)?;
    let (mut lower, mut upper) = (sides.to_vec(), sides.to_vec());
    lower[dimension].high = at;
    upper[dimension].low = at;
    Some([lower, upper])
}

/// Where to cut a box: the variable with most breaks inside or else with the longest side by its count of f64; at the break in
/// the middle of those, or else in the middle.
pub(crate) fn cut(sides: &[Interval], breaks: &[Vec<f64>]) -> Option<(usize, f64)> {
    let length = |side: &Interval| rank(side.high).abs_diff(rank(side.low));
    let inside = |variable: usize| {
        let (side, breaks) = (sides[variable], &breaks[variable]);
        let from = breaks.partition_point(|&value| value <= side.low);
        let to = breaks.partition_point(|&value| value < side.high);
        &breaks[from..to.max(from)]
    };
    let longest = |&v: &usize| (inside(v).len(), length(&sides[v]), std::cmp::Reverse(v));
    let dimension = (0..sides.len()).max_by_key(longest)?;
    let cuts = inside(dimension);
    let at = match cuts.get(cuts.len() / 2) {
        Some(&at) => Some(at),
        None => between(sides[dimension].low, sides[dimension].high),
    };
    at.map(|at| (dimension, at))
}

/// The operation that keeps the first output from having a value for certain: its arguments have values, outside its domain.
fn culprit(dag: &Dag, known: &[Enclosure]) -> usize {
    let of = |id: Id| &known[usize::from(id)];
    let mut id = dag.roots[0];
    loop {
        let node = dag.node(id);
        let wanted = of(id).defined;
        let arguments = match (node, node.arguments()) {
            (Node::Apply(Op::If, _), [condition, then, otherwise]) => match decided(of(*condition))
            {
                Some(true) => vec![*condition, *then],
                Some(false) => vec![*condition, *otherwise],
                None => vec![*condition, *then, *otherwise],
            },
            (_, arguments) => arguments.to_vec(),
        };
        let below = arguments
            .iter()
            .min_by_key(|&&argument| of(argument).defined);
        match below {
            Some(&argument) if of(argument).defined <= wanted => id = argument,
            _ => return usize::from(id),
        }
    }
}

fn gap(dag: &Dag, index: usize, point: &[Number]) -> Gap {
    let text = |id: Id| shortened(dag.part(id).formula(0));
    let node = &dag.nodes()[index];
    let arguments = node.arguments();
    let condition = match node {
        Node::Apply(op, _) => match op.row().domain {
            Domain::NonNegative => format!("{} < 0", text(arguments[0])),
            Domain::Positive => format!("{} <= 0", text(arguments[0])),
            Domain::AboveMinusOne => format!("{} <= -1", text(arguments[0])),
            Domain::NonZeroDivisor => format!("{} == 0", text(arguments[1])),
            Domain::Power => format!("{} == 0", text(arguments[0])),
            Domain::All => String::from("an argument is undefined"),
        },
        Node::Number(_) | Node::Variable(_) => String::from("it is read"),
    };
    let uses = dag.uses();
    let used = |index: usize| {
        let variable = dag.find(&Node::Variable(index));
        variable.is_some_and(|id| uses[usize::from(id)] > 0)
    };
    let named = dag.variables.iter().zip(point).enumerate();
    Gap {
        id: Id::from(index),
        operation: text(Id::from(index)),
        condition,
        exact: true,
        point: named
            .filter(|(index, _)| used(*index))
            .map(|(_, (name, value))| (name.clone(), value.clone()))
            .collect(),
    }
}

fn shortened(text: String) -> String {
    match text.char_indices().nth(TEXT) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn defined(text: &str) -> Definedness {
        definedness(&Dag::parse(text).unwrap(), &Region::default())
    }

    #[test]
    fn formulas_without_gaps_are_proved_so() {
        for text in [
            "x * sigmoid(x)",
            "ln(1 + exp(x))",
            "1 / (1 + square(x))",
            "sqrt(1 - square(tanh(x)))",
            "x / (exp(x) + exp(-x))",
            "if x > 0 { ln(x) } else { 0 }",
            "if x == 0 { 1 } else { sin(x) / x }",
            "ln(max(x, 1e-3))",
            "sqrt(abs(x) - min(x, 0))",
            "if abs(x) < 2 { 1 / (x - 2) } else { 1 / x }",
            "1 / (x * (x - 4) + 5)",
        ] {
            assert_eq!(defined(text), Definedness::Everywhere, "{text}");
        }
    }

    #[test]
    fn gaps_name_the_operation_and_a_point() {
        for (text, expected) in [
            ("ln(x)", "where x <= 0 (ln(x)), for example at x = 0"),
            (
                "2 * sqrt(x - 3)",
                "where x - 3 < 0 (sqrt(x - 3)), for example at x = 0",
            ),
            (
                "1 / (x - 12.5)",
                "where x - 12.5 == 0 (1 / (x - 12.5)), for example at x = 12.5",
            ),
            (
                "powi(x, -3)",
                "where x == 0 (powi(x, -3)), for example at x = 0",
            ),
            (
                "log1p(x / 1000)",
                "where x / 1000 <= -1 (log1p(x / 1000)), for example at x = -1000",
            ),
            (
                "1 / (3 * x - 1)",
                "where 3 * x - 1 == 0 (1 / (3 * x - 1)), for example at x = 1 / 3",
            ),
            (
                "if x > 0 { x } else { ln(x) }",
                "where x <= 0 (ln(x)), for example at x = 0",
            ),
            (
                "1 / (x * x - 2)",
                "where x * x - 2 == 0 (1 / (x * x - 2)), for example near x = -1.414213562373095",
            ),
            (
                "x / (x - beta)",
                "where x - beta == 0 (x / (x - beta)), for example at x = 0, beta = 0",
            ),
        ] {
            match defined(text) {
                Definedness::Partly(gaps) => assert!(
                    gaps.iter().any(|gap| gap.to_string() == expected),
                    "{text}: {}",
                    gaps[0]
                ),
                other => panic!("{text}: {other:?}"),
            }
        }
        let Definedness::Partly(gaps) = defined("ln(x) + 1 / (x - 3)") else {
            panic!("two gaps")
        };
        assert_eq!(gaps.len(), 2);
    }

    /// In f64 the arguments of the logarithms are 0 at some of these points.
    #[cfg(feature = "oracle")]
    #[test]
    fn what_cancels_is_no_gap() {
        for text in [
            "ln(1 - x / sqrt(1 + square(x)))",
            "ln(x + sqrt(square(x) + 1))",
            "1 / (sqrt(square(x) + 1) - x)",
            "ln(1 - tanh(x))",
            "1 / (cosh(x) - sinh(x))",
            "sqrt(sigmoid(x) - 1 / (1 + exp(-x)) + exp(-square(x)))",
        ] {
            let found = defined(text);
            assert!(
                !matches!(found, Definedness::Partly(_) | Definedness::Nowhere(_)),
                "{text}: {found:?}"
            );
        }
    }

    #[test]
    fn undefined_everywhere_is_proved_so() {
        for text in [
            "ln(-1) * x",
            "sqrt(-1 - square(x))",
            "x / (x - x)",
            "ln(-abs(x))",
            "sqrt(x - 1) + sqrt(-1 - x)",
            "if x > 0 { ln(-x) } else { ln(x) }",
        ] {
            assert!(
                matches!(defined(text), Definedness::Nowhere(_)),
                "{text}: {:?}",
                defined(text)
            );
        }
    }

    #[test]
    fn a_region_may_leave_the_gap_out() {
        let dag = Dag::parse("ln(x) / (x - 2)").unwrap();
        let region = |low: &str, high: &str| {
            let number = |text| Number::parse(text);
            Region::default()
                .with("x", number(low).as_ref(), number(high).as_ref())
                .unwrap()
        };
        assert_eq!(
            definedness(&dag, &region("0.1", "1.9")),
            Definedness::Everywhere
        );
        assert!(matches!(
            definedness(&dag, &region("0.1", "2")),
            Definedness::Partly(_)
        ));
        assert!(matches!(
            definedness(&dag, &region("-5", "-1")),
            Definedness::Nowhere(_)
        ));
    }
}
