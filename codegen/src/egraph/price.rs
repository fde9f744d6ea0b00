//! What a form costs: its operations, and a price on hazards.

use crate::analysis::{Interval, Region};
use crate::ir::{Dag, Node};
use crate::ops::Op;

/// f32 overflows past e^88.
const LARGEST_EXPONENT: f64 = 88.0;
/// What it takes to guard such an operation, 50 additions; more than the detour through a stable form, such as softplus for ln(1 + e^x).
const HAZARD: u64 = 500;

/// What each operation costs for one value of the input, in tenths of an addition: a backend knows.
pub type CostModel = fn(Op) -> u32;

/// The cost of one operation that depends on the input, with a hazard on top where an ordinary argument makes it overflow and
/// the facts do not exclude that argument.
pub(super) fn operation(op: Op, arguments: &[Interval], cost_model: CostModel) -> u64 {
    let reach = match (op, arguments) {
        (Op::Exp | Op::Expm1, [x]) => x.high,
        (Op::Sinh | Op::Cosh, [x]) => x.high.max(-x.low),
        _ => 0.0,
    };
    // What is bounded comes first in a clamp: a constant there makes a form that reads backwards.
    let backwards = op == Op::Clamp && arguments[0].is_narrow();
    let hazard = if reach > LARGEST_EXPONENT { HAZARD } else { 0 };
    u64::from(cost_model(op)) + hazard + u64::from(backwards)
}

/// The operation whose kernel begins with the same steps on the same argument, up to the exponential: a compiled loop takes them once
/// for all operations of that kind.
pub(super) const fn common(op: Op) -> Option<Op> {
    match op {
        Op::Sigmoid | Op::SigmoidGrad => Some(Op::Sigmoid),
        Op::Tanh | Op::TanhGrad => Some(Op::Tanh),
        Op::Silu | Op::SiluGrad => Some(Op::Silu),
        Op::GeluTanh | Op::GeluTanhGrad => Some(Op::GeluTanh),
        Op::Mish | Op::MishGrad => Some(Op::Mish),
        Op::Sinh | Op::Cosh => Some(Op::Sinh),
        _ => None,
    }
}

/// What those steps cost: every one of these operations costs more.
pub(super) fn common_cost(cost_model: CostModel) -> u64 {
    cost_model(Op::Exp).into()
}

/// How many digits a sum or difference can lose, from 0 to 2: its operands can be equal and opposite without both being 0, and one
/// of them has rounding errors or both have.
pub(super) fn cancels(op: Op, arguments: &[Interval]) -> u64 {
    let (a, b) = match (op, arguments) {
        (Op::Add, [a, b]) => (*a, Interval::of(Op::Neg, &[*b])),
        (Op::Sub, [a, b]) => (*a, *b),
        _ => return 0,
    };
    let (low, high) = (a.low.max(b.low), a.high.min(b.high));
    if low > high || (low, high) == (0.0, 0.0) {
        return 0;
    }
    2 - u64::from(a.single().is_some()) - u64::from(b.single().is_some())
}

/// What all outputs of a graph cost together for one value of the input, in the unit of the cost model. What they
/// share counts once; operations that do not depend on the input cost nothing, because they are evaluated once for all its
/// values; an operation that overflows at ordinary arguments costs its guard on top.
pub fn cost(dag: &Dag, region: &Region, cost_model: CostModel) -> u64 {
    let dag = dag.compact();
    let prices = prices(&dag, region, cost_model, true);
    prices.iter().sum()
}

/// What all outputs cost where each is evaluated as its formula is written: what occurs twice counts twice.
pub fn written_cost(dag: &Dag, region: &Region, cost_model: CostModel) -> u64 {
    let prices = prices(dag, region, cost_model, false);
    let mut below: Vec<u64> = Vec::with_capacity(prices.len());
    for (node, own) in dag.nodes().iter().zip(prices) {
        let arguments = node.arguments().iter().map(|&a| below[usize::from(a)]);
        below.push(arguments.fold(own, u64::saturating_add));
    }
    let roots = dag.roots.iter().map(|&root| below[usize::from(root)]);
    roots.fold(0, u64::saturating_add)
}

/// The cost of each node alone, or of what it adds to those before it where steps are `shared`.
fn prices(dag: &Dag, region: &Region, cost_model: CostModel, shared: bool) -> Vec<u64> {
    let variables = region.intervals(&dag.variables);
    let mut known: Vec<(Interval, bool)> = Vec::with_capacity(dag.nodes().len());
    let mut prices = Vec::with_capacity(dag.nodes().len());
    let mut paid = Vec::new();
    let varying = dag.varying();
    for node in dag.nodes() {
        let (mut price, entry) = (
            0,
            match node {
                Node::Number(number) => (Interval::exactly(number), false),
                Node::Variable(index) => (variables[*index], *index == 0),
                Node::Apply(op, _) => {
                    let arguments = node.arguments().iter().map(|&a| known[usize::from(a)]);
                    let varies = arguments.clone().any(|(_, varies)| varies);
                    let intervals: Vec<Interval> =
                        arguments.map(|(interval, _)| interval).collect();
                    (Interval::of(*op, &intervals), varies)
                }
            },
        );
        if let (Node::Apply(op, _), true) = (node, entry.1) {
            let intervals: Vec<Interval> = node
                .arguments()
                .iter()
                .map(|&a| known[usize::from(a)].0)
                .collect();
            // A quotient by a constant is computed as a product.
            let op = match (op, node.arguments()) {
                (Op::Div, [_, divisor]) if !varying[usize::from(*divisor)] => Op::Mul,
                (op, _) => *op,
            };
            price = operation(op, &intervals, cost_model);
            if let (Some(op), true) = (common(op), shared) {
                let steps = (op, node.arguments()[0]);
                if paid.contains(&steps) {
                    price -= common_cost(cost_model);
                }
                paid.push(steps);
            }
        }
        prices.push(price);
        known.push(entry);
    }
    prices
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::backend::rust;

    fn price(text: &str) -> u64 {
        let dag = Dag::parse(text).unwrap();
        cost(&dag, &Region::default(), rust::cost)
    }

    #[test]
    fn a_function_and_its_slope_share_an_exponential() {
        let common = common_cost(rust::cost);
        for &op in Op::ALL {
            let own = u64::from(rust::cost(op));
            assert!(super::common(op).is_none() || own > common, "{}", op.name());
        }
        let apart = price("sigmoid(x)") + price("sigmoid_grad(x)");
        let both = price("sigmoid(x) * sigmoid_grad(x)") - u64::from(rust::cost(Op::Mul));
        assert_eq!(both, apart - common);
        let other = price("sigmoid(x) * sigmoid_grad(2 * x)");
        assert_eq!(other, apart + 2 * u64::from(rust::cost(Op::Mul)));
    }
}
