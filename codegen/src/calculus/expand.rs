//! The series of a formula on one side of a place.

use std::cmp::Ordering;
use std::collections::HashMap;
use std::sync::LazyLock;

use super::coefficient::Coefficient;
use super::series::{Assumption, Expanded, Open, Series, not_zero};
use crate::ir::{Dag, Id, Node};
use crate::number::Number;
use crate::ops::{Op, Parity};
use crate::syntax::of_row;

/// Formulas that serve better here than those of the table.
const FURTHER: [(Op, &str); 2] = [
    (Op::Threshold, "if a <= b { c } else { a }"),
    (Op::Abs, "if a < 0 { -a } else { a }"),
];

/// The definition of each operation, and its slope, that have one.
static FORMULAS: LazyLock<HashMap<Op, [Option<Dag>; 2]>> = LazyLock::new(|| {
    let formulas = |&op: &Op| {
        let row = op.row();
        let further = FURTHER.iter().find(|(known, _)| *known == op);
        let definition = further.map(|(_, text)| *text);
        // Those of more arguments only keep one of them from being passed over.
        let reference = row.reference.filter(|_| op.arity() == 1);
        let definition = definition.or(row.definition).or(reference);
        let slope = row.derivatives.first().filter(|_| op.arity() == 1);
        (op, [definition.map(of_row), slope.map(|text| of_row(text))])
    };
    Op::ALL.iter().map(formulas).collect()
});

/// A graph, expanded along one variable.
pub(super) struct Expansion<'a> {
    /// It also takes the nodes of coefficients.
    pub dag: &'a mut Dag,
    /// What has to hold for the series to be right.
    pub assumed: Vec<Assumption>,
    /// A node that follows a series of its own.
    pub pinned: Option<Pinned>,
}

/// A node, and the series that it follows, above that of another node if there is one.
#[derive(Clone)]
pub(super) struct Pinned {
    pub node: Id,
    pub above: Option<Id>,
    pub series: Series,
}

impl<'a> Expansion<'a> {
    pub(super) fn new(dag: &'a mut Dag) -> Self {
        Self {
            dag,
            assumed: Vec::new(),
            pinned: None,
        }
    }

    /// The series of the node, where `variable` follows `line`; the other variables are constants.
    pub(super) fn along(&mut self, node: Id, variable: usize, line: &Series) -> Expanded {
        let mut used = vec![false; usize::from(node) + 1];
        used[usize::from(node)] = true;
        let pinned = self.pinned.clone();
        let pin = |index: usize| {
            let here = |pinned: &&Pinned| usize::from(pinned.node) == index;
            pinned.as_ref().filter(here)
        };
        for index in (0..used.len()).rev() {
            if !used[index] {
                continue;
            }
            if let Some(pinned) = pin(index) {
                if let Some(above) = pinned.above {
                    used[usize::from(above)] = true;
                }
            } else {
                for &argument in self.dag.nodes()[index].arguments() {
                    used[usize::from(argument)] = true;
                }
            }
        }
        let mut known: Vec<Expanded> = Vec::with_capacity(used.len());
        for (index, used) in used.into_iter().enumerate() {
            if !used {
                known.push(Err(Open::Unknown));
                continue;
            }
            if let Some(pinned) = pin(index) {
                known.push(match pinned.above {
                    Some(above) => {
                        let above = known[usize::from(above)].clone();
                        above.and_then(|above| above.add(&pinned.series))
                    }
                    None => Ok(pinned.series.clone()),
                });
                continue;
            }
            let series = match self.dag.nodes()[index].clone() {
                Node::Number(number) => Ok(Series::number(number)),
                Node::Variable(other) if other == variable => Ok(line.clone()),
                Node::Variable(_) => Ok(Series::constant(Coefficient::node(Id::from(index)))),
                Node::Apply(op, arguments) => {
                    let arguments = &arguments[..op.arity()];
                    let of = |id: &Id| known[usize::from(*id)].clone();
                    self.apply(op, &arguments.iter().map(of).collect::<Vec<_>>())
                }
            };
            known.push(series);
        }
        known.pop().unwrap_or(Err(Open::Unknown))
    }

    fn apply(&mut self, op: Op, arguments: &[Expanded]) -> Expanded {
        if let (Op::If, [condition, then, otherwise]) = (op, arguments) {
            // A branch that is not taken need not have a value.
            let condition = condition.clone()?;
            return match self.compare(&condition, Ordering::is_eq) {
                Ok(true) => otherwise.clone(),
                Ok(false) => then.clone(),
                Err(_) if then == otherwise => then.clone(),
                Err(open) => Err(open),
            };
        }
        let mut open: Vec<Open> = arguments.iter().filter_map(|a| a.clone().err()).collect();
        open.sort_unstable();
        if let Some(&open) = open.first() {
            return Err(open);
        }
        let arguments: Vec<Series> = arguments.iter().flatten().cloned().collect();
        let constants: Option<Vec<Coefficient>> =
            arguments.iter().map(Series::as_constant).collect();
        match self.known(op, &arguments) {
            // What is constant is a number or a node.
            Err(Open::Unknown) if constants.is_some() => {
                let mut constants = constants.unwrap_or_default();
                if let ([at], Parity::Even) = (&mut constants[..], op.row().parity)
                    && at.sign(self.dag) == Some(Ordering::Less)
                {
                    *at = at.neg();
                }
                let nodes: Vec<Id> = constants.iter().map(|c| c.write(self.dag)).collect();
                let node = self.dag.apply(op, &nodes);
                Ok(Series::constant(Coefficient::node(node)))
            }
            found => found,
        }
    }

    /// By the operation itself, by its definition, or by value and slope.
    fn known(&mut self, op: Op, arguments: &[Series]) -> Expanded {
        let number = |n: i32| Series::number(Number::from(n));
        let Some(a) = arguments.first() else {
            return Err(Open::Unknown);
        };
        let b = arguments.get(1).unwrap_or(a);
        match op {
            Op::Add => a.add(b),
            Op::Sub => a.sub(b),
            Op::Neg => Ok(a.neg()),
            Op::Mul => a.mul(b),
            Op::Square => a.mul(a),
            Op::Cube => a.mul(a)?.mul(a),
            Op::Div => a.div(b, self.dag, &mut self.assumed),
            Op::Powi => {
                let exponent = b.as_constant().and_then(|c| c.as_number()?.to_integer());
                let n = exponent
                    .filter(|n| n.unsigned_abs() <= 16)
                    .ok_or(Open::Unknown)?;
                let power = (0..n.unsigned_abs()).try_fold(number(1), |power, _| power.mul(a))?;
                match n < 0 {
                    true => number(1).div(&power, self.dag, &mut self.assumed),
                    false => Ok(power),
                }
            }
            Op::Sqrt => a.sqrt(self.dag, &mut self.assumed),
            Op::Lt => Ok(number(self.compare(&a.sub(b)?, Ordering::is_lt)?.into())),
            Op::Le => Ok(number(self.compare(&a.sub(b)?, Ordering::is_le)?.into())),
            Op::Eq => Ok(number(self.compare(&a.sub(b)?, Ordering::is_eq)?.into())),
            Op::Sign => match self.order(a)? {
                Ordering::Less => Ok(number(-1)),
                Ordering::Equal => Ok(number(0)),
                Ordering::Greater => Ok(number(1)),
            },
            Op::Min => match self.order(&a.sub(b)?)? {
                Ordering::Greater => Ok(b.clone()),
                Ordering::Less | Ordering::Equal => Ok(a.clone()),
            },
            Op::Max => match self.order(&a.sub(b)?)? {
                Ordering::Less => Ok(b.clone()),
                Ordering::Greater | Ordering::Equal => Ok(a.clone()),
            },
            Op::Ln => {
                let value = a.value()?;
                match value.sign(self.dag) {
                    Some(Ordering::Less) => return Err(Open::Undefined),
                    Some(Ordering::Equal) => {
                        // Above 0 it falls without end, and at or below it there is none.
                        let above = self.order(a)? == Ordering::Greater;
                        return Err(if above {
                            Open::Unknown
                        } else {
                            Open::Undefined
                        });
                    }
                    Some(Ordering::Greater) => {}
                    None => {
                        let node = value.write(self.dag);
                        self.assumed.push(Assumption::Positive(node));
                    }
                }
                let start = self.constant(Op::Ln, &value);
                let inverse = value.reciprocal(self.dag).ok_or(Open::Unknown)?;
                let logarithm = a.change().scaled(&inverse)?.composed(&logarithm())?;
                logarithm.add(&Series::constant(start))
            }
            Op::Log1p => self.known(Op::Ln, &[a.add(&number(1))?]),
            Op::Exp if a.grows() && self.order(a)? == Ordering::Less => Ok(Series::flat()),
            Op::Exp => {
                let start = self.constant(Op::Exp, &a.value()?);
                a.change()
                    .composed(&factorials(|_| Some(1)))?
                    .scaled(&start)
            }
            Op::Expm1 => self
                .known(Op::Exp, std::slice::from_ref(a))?
                .sub(&number(1)),
            Op::Sin | Op::Cos => {
                let value = a.value()?;
                let starts = [Op::Sin, Op::Cos].map(|op| self.constant(op, &value));
                let sine = factorials(|k| (k % 2 == 1).then_some(if k % 4 == 1 { 1 } else { -1 }));
                let cosine =
                    factorials(|k| (k % 2 == 0).then_some(if k % 4 == 0 { 1 } else { -1 }));
                let [sine, cosine] = [sine, cosine].map(|taylor| a.change().composed(&taylor));
                let (sine, cosine) = (sine?, cosine?);
                if op == Op::Sin {
                    let other = cosine.scaled(&starts[0])?;
                    sine.scaled(&starts[1])?.add(&other)
                } else {
                    let other = sine.scaled(&starts[0])?;
                    cosine.scaled(&starts[1])?.sub(&other)
                }
            }
            Op::Atan | Op::Asinh if a.value()?.is_zero() => {
                let odd = match op {
                    Op::Atan => [(1, 1), (-1, 3), (1, 5), (-1, 7)],
                    _ => [(1, 1), (-1, 6), (3, 40), (-5, 112)],
                };
                let ratio = |(p, q)| Number::from(p).div(&Number::from(q));
                let terms = odd
                    .into_iter()
                    .flat_map(|term| [Some(Number::zero()), ratio(term)]);
                let terms: Option<Vec<Number>> = terms.collect();
                a.composed(&terms.ok_or(Open::Unknown)?)
            }
            _ => self.by_formula(op, arguments),
        }
    }

    /// By the definition, or near a place where the operation is smooth by its value and its slope there.
    fn by_formula(&mut self, op: Op, arguments: &[Series]) -> Expanded {
        let [definition, slope] = &FORMULAS[&op];
        let a = &arguments[0];
        let smooth = arguments.len() == 1 && !op.row().kinked;
        if smooth && a.as_constant().is_some() && !vanishes(a) {
            return Err(Open::Unknown);
        }
        match (definition, slope) {
            (Some(definition), _) if !smooth || vanishes(a) => self.inlined(definition, arguments),
            (_, Some(slope)) if smooth => {
                let at = a.value()?;
                let value = self.constant(op, &at);
                let slope = self.inlined(slope, &[Series::constant(at)])?;
                let slope = slope.as_constant().ok_or(Open::Unknown)?;
                a.change().tangent(value, &slope)
            }
            _ => Err(Open::Unknown),
        }
    }

    /// A formula in `a`, `b`, `c`.
    fn inlined(&mut self, formula: &Dag, arguments: &[Series]) -> Expanded {
        let mut known: Vec<Expanded> = Vec::with_capacity(formula.nodes().len());
        for node in formula.nodes() {
            let series = match node {
                Node::Number(number) => Ok(Series::number(number.clone())),
                Node::Variable(index) => arguments.get(*index).cloned().ok_or(Open::Unknown),
                Node::Apply(op, places) => {
                    let places = places[..op.arity()].iter();
                    let of = |id: &Id| known[usize::from(*id)].clone();
                    self.apply(*op, &places.map(of).collect::<Vec<_>>())
                }
            };
            known.push(series);
        }
        known[usize::from(formula.roots[0])].clone()
    }

    /// The value of an operation at a constant: a number where it is known to be one.
    fn constant(&mut self, op: Op, at: &Coefficient) -> Coefficient {
        let number = |n: i32| Coefficient::number(Number::from(n));
        match (op, at.as_number()) {
            (Op::Exp | Op::Cos, Some(n)) if n.is_zero() => number(1),
            (Op::Ln, Some(n)) if n == Number::one() => number(0),
            (_, Some(n)) if n.is_zero() && op.row().parity == Parity::Odd => number(0),
            _ => {
                let node = at.write(self.dag);
                Coefficient::node(self.dag.apply(op, &[node]))
            }
        }
    }

    /// Whether a series is below, at or above 0 on its side of the place.
    fn order(&self, series: &Series) -> Result<Ordering, Open> {
        match series.first()? {
            None => Ok(Ordering::Equal),
            Some(first) => first.sign(self.dag).ok_or(Open::Unknown),
        }
    }

    /// Whether a series compares with 0 in this way.
    fn compare(&mut self, series: &Series, holds: fn(Ordering) -> bool) -> Result<bool, Open> {
        match self.order(series) {
            Err(open) => match series.first()? {
                // Whatever its sign, it is not 0.
                Some(first) if holds(Ordering::Less) == holds(Ordering::Greater) => {
                    let first = first.clone();
                    if series.as_constant().is_some() {
                        return Err(open);
                    }
                    not_zero(&first, self.dag, &mut self.assumed);
                    Ok(holds(Ordering::Less))
                }
                _ => Err(open),
            },
            Ok(order) => Ok(holds(order)),
        }
    }
}

/// Whether a series tends to 0.
fn vanishes(series: &Series) -> bool {
    series.value().is_ok_and(|value| value.is_zero())
}

/// The coefficients of ln(1 + v).
fn logarithm() -> Vec<Number> {
    let term = |k: i32| match k {
        0 => Some(Number::zero()),
        k => Number::from(if k % 2 == 1 { 1 } else { -1 }).div(&Number::from(k)),
    };
    (0..8).map_while(term).collect()
}

/// sign(k)/k! for each k.
fn factorials(sign: impl Fn(i32) -> Option<i32>) -> Vec<Number> {
    let mut factorial = 1;
    let term = |k: i32| {
        factorial *= k.max(1);
        Number::from(sign(k).unwrap_or(0)).div(&Number::from(factorial))
    };
    (0..8).map_while(term).collect()
}
