//! The e-class analysis: what is proven of every value that a class can take.

use egg::{Analysis, DidMerge, EGraph, Id};

use super::interval::Interval;
use super::region::Region;
use crate::ir::Node;
use crate::number::Number;
use crate::ops::Op;

/// The e-graph of this crate.
pub(super) type Graph = EGraph<Node, Facts>;

/// The analysis; the interval of every variable.
#[derive(Clone, Debug, Default)]
pub(super) struct Facts {
    variables: Vec<Interval>,
}

impl Facts {
    /// What is known in `region` of graphs over `variables`.
    pub(super) fn new(region: &Region, variables: &[String]) -> Self {
        Self {
            variables: region.intervals(variables),
        }
    }
}

/// What is proven of a class.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Fact {
    /// Holds every value.
    pub interval: Interval,
    /// No value is 0. An interval that touches 0 cannot say so of e^x.
    pub nonzero: bool,
    /// The exact value, if there is one.
    pub constant: Option<Number>,
    /// Whether it may depend on the input, the first variable.
    pub varies: bool,
}

impl Analysis<Node> for Facts {
    type Data = Fact;

    fn make(graph: &mut Graph, node: &Node, _: Id) -> Fact {
        let fact = |id: &Id| &graph[*id].data;
        match node {
            Node::Number(number) => Fact::of_number(number.clone()),
            Node::Variable(index) => Fact {
                varies: *index == 0,
                ..Fact::of_interval(graph.analysis.variables[*index])
            },
            Node::Apply(op, _) => {
                let arguments: Vec<&Fact> = node.arguments().iter().map(fact).collect();
                let constants: Option<Vec<&Number>> =
                    arguments.iter().map(|f| f.constant.as_ref()).collect();
                if let Some(number) = constants.and_then(|constants| fold(*op, &constants)) {
                    return Fact::of_number(number);
                }
                let known: Vec<(Interval, bool)> =
                    arguments.iter().map(|f| (f.interval, f.nonzero)).collect();
                let (interval, nonzero) = image(*op, &known);
                Fact {
                    interval,
                    nonzero,
                    constant: None,
                    varies: arguments.iter().any(|f| f.varies),
                }
            }
        }
    }

    fn merge(&mut self, to: &mut Fact, from: Fact) -> DidMerge {
        // Both facts are proven of the same value, so both hold.
        let merged = Fact {
            interval: to.interval.meet(from.interval),
            nonzero: to.nonzero || from.nonzero,
            constant: to.constant.clone().or_else(|| from.constant.clone()),
            varies: to.varies && from.varies,
        };
        let changed = DidMerge(merged != *to, merged != from);
        *to = merged;
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
    fn of_interval(interval: Interval) -> Self {
        Self {
            interval,
            nonzero: interval.excludes_zero(),
            constant: None,
            varies: false,
        }
    }

    fn of_number(number: Number) -> Self {
        Self {
            interval: Interval::exactly(&number),
            nonzero: !number.is_zero(),
            constant: Some(number),
            varies: false,
        }
    }
}

/// What holds every value of an operation, and whether none of them is 0; the same of each argument.
pub(super) fn image(op: Op, arguments: &[(Interval, bool)]) -> (Interval, bool) {
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
        Op::Neg
        | Op::Square
        | Op::Cube
        | Op::Abs
        | Op::Sqrt
        | Op::Powi
        | Op::Sign
        | Op::Expm1
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
pub(super) fn fold(op: Op, v: &[&Number]) -> Option<Number> {
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
        | Op::Tanhshrink => None,
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
