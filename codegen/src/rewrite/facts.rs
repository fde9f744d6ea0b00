//! What is proven of a value: the facts that guards ask for, and the e-class analysis that gathers them.

use std::ops::Deref;

use egg::{Analysis, DidMerge, EGraph, Id};

use super::interval::Interval;
use super::log::{Derivation, Equation, Log};
use super::region::Region;
use super::rules::Guard;
use crate::ir::Node;
use crate::number::Number;
use crate::ops::Op;

/// The e-graph of this crate.
pub(super) type Graph = EGraph<Node, Facts>;

/// The analysis; the interval of every variable, and the log of a run that is to be proven.
#[derive(Clone, Debug, Default)]
pub(super) struct Facts {
    variables: Vec<Interval>,
    /// Everything that the e-graph is told, if anyone asked for it.
    pub log: Option<Log>,
}

impl Facts {
    /// What is known in `region` of graphs over `variables`.
    pub(super) fn new(region: &Region, variables: &[String]) -> Self {
        Self {
            variables: region.intervals(variables),
            log: None,
        }
    }

    /// The same, and the run is logged.
    #[cfg(feature = "oracle")]
    pub(super) fn logged(self) -> Self {
        Self {
            log: Some(Log::default()),
            ..self
        }
    }
}

/// What is proven of a value.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Fact {
    /// Holds every value.
    pub interval: Interval,
    /// No value is 0. An interval that touches 0 cannot say so of e^x.
    pub nonzero: bool,
    /// The exact value, if there is one.
    pub constant: Option<Number>,
}

/// What is known of a class, and how.
#[derive(Clone, Debug)]
pub(super) struct Known {
    fact: Fact,
    /// Whether it may depend on the input, the first variable.
    pub varies: bool,
    /// The place of its derivation in the log; without meaning if there is none.
    pub derivation: usize,
    /// How often the interval has become tighter.
    tightened: u8,
}

/// How often the interval of a class may become tighter. Around a circle of classes, such as those of a and a·1, bounds can creep
/// towards a limit for ever; what matters is known long before.
const TIGHTENINGS: u8 = 32;

impl Deref for Known {
    type Target = Fact;

    fn deref(&self) -> &Fact {
        &self.fact
    }
}

impl Analysis<Node> for Facts {
    type Data = Known;

    fn make(graph: &mut Graph, node: &Node, _: Id) -> Known {
        let fact = match node {
            Node::Number(number) => Fact::of_number(number.clone()),
            Node::Variable(index) => Fact::of_interval(graph.analysis.variables[*index]),
            Node::Apply(op, _) => {
                let known = |id: &Id| &*graph[*id].data;
                let arguments: Vec<&Fact> = node.arguments().iter().map(known).collect();
                Fact::of(*op, &arguments)
            }
        };
        let varies = match node {
            Node::Number(_) => false,
            Node::Variable(index) => *index == 0,
            Node::Apply(..) => {
                fact.constant.is_none() && node.arguments().iter().any(|a| graph[*a].data.varies)
            }
        };
        let mut derivation = 0;
        if graph.analysis.log.is_some() {
            let origin = node.map(|id| Id::from(graph[id].data.derivation));
            let folded = match (node, &fact.constant) {
                (Node::Apply(op, _), Some(value)) => {
                    let constant = |id: &Id| graph[*id].data.constant.clone();
                    let arguments = node.arguments().iter().filter_map(constant).collect();
                    Some(Equation::Fold(*op, arguments, value.clone()))
                }
                _ => None,
            };
            if let Some(log) = &mut graph.analysis.log {
                log.equations.extend(folded);
                derivation = log.derive(Derivation::Of(origin));
            }
        }
        Known {
            fact,
            varies,
            derivation,
            tightened: 0,
        }
    }

    fn merge(&mut self, to: &mut Known, from: Known) -> DidMerge {
        // Both facts are proven of the same value, so both hold.
        let mut merged = to.meet(&from);
        let tighter = merged.interval != to.interval;
        if tighter && to.tightened == TIGHTENINGS && merged.constant == to.constant {
            merged.interval = to.interval;
        }
        let (to_gains, from_gains) = (merged != to.fact, merged != from.fact);
        let derivation = match (&mut self.log, to_gains, from_gains) {
            (None, _, _) | (Some(_), false, _) => to.derivation,
            (Some(_), true, false) => from.derivation,
            (Some(log), true, true) => log.derive(Derivation::Both(to.derivation, from.derivation)),
        };
        let varies = to.varies && from.varies;
        let changed = DidMerge(
            to_gains || varies != to.varies,
            from_gains || varies != from.varies,
        );
        *to = Known {
            fact: merged,
            varies,
            derivation,
            tightened: to
                .tightened
                .max(from.tightened)
                .saturating_add(u8::from(tighter))
                .min(TIGHTENINGS),
        };
        changed
    }

    fn modify(graph: &mut Graph, id: Id) {
        if let Some(number) = graph[id].data.constant.clone() {
            let literal = graph.add(Node::Number(number));
            graph.union(id, literal);
        }
    }
}

impl Fact {
    /// What is proven of `op` by what is proven of its arguments.
    pub(crate) fn of(op: Op, arguments: &[&Self]) -> Self {
        let constants: Option<Vec<&Number>> =
            arguments.iter().map(|f| f.constant.as_ref()).collect();
        if let Some(number) = constants.and_then(|constants| fold(op, &constants)) {
            return Self::of_number(number);
        }
        let known: Vec<(Interval, bool)> =
            arguments.iter().map(|f| (f.interval, f.nonzero)).collect();
        let (interval, nonzero) = image(op, &known);
        Self {
            interval,
            nonzero,
            constant: None,
        }
    }

    /// What is proven of a variable with this interval.
    pub(crate) fn of_interval(interval: Interval) -> Self {
        Self {
            interval,
            nonzero: interval.excludes_zero(),
            constant: None,
        }
    }

    /// What is proven of a literal.
    pub(crate) fn of_number(number: Number) -> Self {
        Self {
            interval: Interval::exactly(&number),
            nonzero: !number.is_zero(),
            constant: Some(number),
        }
    }

    /// What holds if both are proven of the same value.
    pub(crate) fn meet(&self, other: &Self) -> Self {
        Self {
            interval: self.interval.meet(other.interval),
            nonzero: self.nonzero || other.nonzero,
            constant: self.constant.clone().or_else(|| other.constant.clone()),
        }
    }
}

impl Guard {
    /// Whether the facts of what the names stand for prove the guard.
    pub(crate) fn holds<'a>(self, fact: impl Fn(&str) -> &'a Fact) -> bool {
        let interval = |name: &str| fact(name).interval;
        match self {
            Self::NonZero(a) => fact(a).nonzero,
            Self::Positive(a) => interval(a).low > 0.0 || interval(a).low == 0.0 && fact(a).nonzero,
            Self::NonNegative(a) => interval(a).low >= 0.0,
            Self::NonPositive(a) => interval(a).high <= 0.0,
            Self::Zero(a) => interval(a).low == 0.0 && interval(a).high == 0.0,
            Self::Literal(a) => fact(a).constant.is_some(),
            Self::Even(a) => fact(a).constant.as_ref().and_then(Number::is_even) == Some(true),
            Self::Odd(a) => fact(a).constant.as_ref().and_then(Number::is_even) == Some(false),
            Self::AtMost(a, bound) => interval(a).high <= f64::from(bound),
            Self::AtLeast(a, bound) => interval(a).low >= f64::from(bound),
            Self::Ordered(a, b) => interval(a).high <= interval(b).low,
        }
    }

    /// The guard as a formula, with `text` for its names.
    #[cfg(feature = "oracle")]
    pub(crate) fn text(self, text: impl Fn(&str) -> String) -> String {
        match self {
            Self::NonZero(a) => format!("{} is not 0", text(a)),
            Self::Positive(a) => format!("{} > 0", text(a)),
            Self::NonNegative(a) => format!("{} ≥ 0", text(a)),
            Self::NonPositive(a) => format!("{} ≤ 0", text(a)),
            Self::Zero(a) => format!("{} is 0", text(a)),
            Self::Literal(a) => format!("{} is a literal", text(a)),
            Self::Even(a) => format!("{} is even", text(a)),
            Self::Odd(a) => format!("{} is odd", text(a)),
            Self::AtMost(a, bound) => format!("{} ≤ {bound}", text(a)),
            Self::AtLeast(a, bound) => format!("{} ≥ {bound}", text(a)),
            Self::Ordered(a, b) => format!("{} ≤ {}", text(a), text(b)),
        }
    }

    /// The names that the guard is about.
    pub(crate) fn names(self) -> Vec<&'static str> {
        match self {
            Self::NonZero(a)
            | Self::Positive(a)
            | Self::NonNegative(a)
            | Self::NonPositive(a)
            | Self::Zero(a)
            | Self::Literal(a)
            | Self::Even(a)
            | Self::Odd(a)
            | Self::AtMost(a, _)
            | Self::AtLeast(a, _) => vec![a],
            Self::Ordered(a, b) => vec![a, b],
        }
    }
}

/// What holds every value of an operation, and whether none of them is 0; the same of each argument.
pub(crate) fn image(op: Op, arguments: &[(Interval, bool)]) -> (Interval, bool) {
    let mut intervals = [Interval::REALS; 3];
    for (slot, (interval, _)) in intervals.iter_mut().zip(arguments) {
        *slot = *interval;
    }
    let interval = Interval::of(op, &intervals[..arguments.len()]);
    (interval, interval.excludes_zero() || nonzero(op, arguments))
}

/// Whether the value is never 0, by the structure of the operation.
fn nonzero(op: Op, arguments: &[(Interval, bool)]) -> bool {
    let is_nonzero = |index: usize| arguments[index].1;
    let sign = |index: usize| {
        let interval = arguments[index].0;
        (interval.low >= 0.0, interval.high <= 0.0)
    };
    match op {
        Op::Mul | Op::Div => is_nonzero(0) && (op == Op::Div || is_nonzero(1)),
        // Of two values on one side of 0, one is away from it.
        Op::Add => {
            let (a, b) = (sign(0), sign(1));
            (a.0 && b.0 || a.1 && b.1) && (is_nonzero(0) || is_nonzero(1))
        }
        Op::Relu | Op::Relu6 => is_nonzero(0) && sign(0).0,
        Op::Min0 => is_nonzero(0) && sign(0).1,
        Op::Neg
        | Op::Square
        | Op::Cube
        | Op::Abs
        | Op::Sqrt
        | Op::Powi
        | Op::Sign
        | Op::Expm1
        | Op::Log1p
        | Op::LeakyRelu
        | Op::RRelu
        | Op::HardTanh
        | Op::Silu
        | Op::Gelu
        | Op::GeluTanh
        | Op::Mish
        | Op::Elu
        | Op::Selu
        | Op::Sinh
        | Op::Tanh
        | Op::Asinh
        | Op::Atan
        | Op::Erf
        | Op::Softsign
        | Op::Tanhshrink => is_nonzero(0),
        op => op.row().nonzero,
    }
}

/// The exact value of an operation on literals, where it is rational and short.
pub(crate) fn fold(op: Op, v: &[&Number]) -> Option<Number> {
    let pick = |condition: bool, a: &Number, b: &Number| {
        Some(if condition { a.clone() } else { b.clone() })
    };
    let truth = |condition: bool| Some(Number::from(i32::from(condition)));
    let zero = Number::zero();
    match op {
        Op::Add => v[0].add(v[1]),
        Op::Sub => v[0].sub(v[1]),
        Op::Mul => v[0].mul(v[1]),
        Op::Div => v[0].div(v[1]),
        Op::Neg => Some(v[0].neg()),
        Op::Square => v[0].powi(2),
        Op::Cube => v[0].powi(3),
        Op::Powi => v[0].powi(v[1].to_integer()?),
        Op::Sqrt => v[0].sqrt(),
        Op::Abs => pick(v[0].is_negative(), &v[0].neg(), v[0]),
        Op::Sign => Some(Number::from(
            i32::from(v[0] > &zero) - i32::from(v[0] < &zero),
        )),
        Op::Min => pick(v[0] < v[1], v[0], v[1]),
        Op::Max => pick(v[0] > v[1], v[0], v[1]),
        Op::Clamp => fold(Op::Min, &[&fold(Op::Max, &v[..2])?, v[2]]),
        Op::Lt => truth(v[0] < v[1]),
        Op::Le => truth(v[0] <= v[1]),
        Op::Eq => truth(v[0] == v[1]),
        Op::If => pick(!v[0].is_zero(), v[1], v[2]),
        Op::PRelu => fold(Op::Mul, v).and_then(|below| pick(v[0] > &zero, v[0], &below)),
        Op::Threshold => pick(v[0] > v[1], v[0], v[2]),
        Op::Relu => pick(v[0].is_negative(), &zero, v[0]),
        Op::Min0 => pick(v[0].is_negative(), v[0], &zero),
        // Irrational at nearly every rational; the exact points have rules.
        Op::Pi
        | Op::Exp
        | Op::Expm1
        | Op::Ln
        | Op::Log1p
        | Op::Sigmoid
        | Op::Softplus
        | Op::LogSigmoid
        | Op::Gaussian
        | Op::Sin
        | Op::Cos
        | Op::Sinc
        | Op::Sinh
        | Op::Cosh
        | Op::Tanh
        | Op::Asinh
        | Op::Atan
        | Op::Erf
        | Op::Erfc
        | Op::NormalCdf
        | Op::NormalPdf
        | Op::Silu
        | Op::Gelu
        | Op::GeluTanh
        | Op::Mish
        | Op::Elu
        | Op::EluAlpha
        | Op::Celu
        | Op::Selu
        | Op::Tanhshrink
        | Op::SigmoidSlope
        | Op::TanhSlope
        | Op::SiluSlope
        | Op::GeluTanhSlope
        | Op::MishSlope
        | Op::SincSlope
        | Op::AsinhSlope
        | Op::AtanSlope
        | Op::SoftsignSlope => None,
        // Their definitions reduce to the operations above.
        Op::LeakyRelu
        | Op::RRelu
        | Op::HardTanh
        | Op::HardShrink
        | Op::SoftShrink
        | Op::Relu6
        | Op::HardSigmoid
        | Op::HardSwish
        | Op::Softsign => None,
    }
}
