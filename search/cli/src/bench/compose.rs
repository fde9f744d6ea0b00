//! A formula as it is written with candle's operations, one after another.

use actsmith_codegen::Formula;
use actsmith_codegen::ir::{Dag, Id, Node};
use actsmith_codegen::kernel::{Schedule, Statement};
use actsmith_codegen::ops::Op;
use candle_core::{Result, Tensor, bail};
use candle_nn::ops::sigmoid;

/// A formula that runs as candle's operations.
pub struct Composed {
    schedule: Schedule,
    variables: Vec<String>,
}

impl Composed {
    /// What candle has no operation for is written out by its definition; none if it has no definition either.
    pub fn new(formula: &Formula) -> Option<Self> {
        Self::of(formula.dag())
    }

    /// The same of the first output of a graph of any variables.
    pub(super) fn of(dag: &Dag) -> Option<Self> {
        let mut spelled = Dag::new(dag.variables.clone());
        spelled.roots = copy(&mut spelled, dag, None)?;
        Some(Self {
            schedule: Schedule::new(&spelled),
            variables: spelled.variables,
        })
    }

    /// Applies the formula to each element of `x`.
    ///
    /// # Errors
    /// If an operation fails.
    pub fn forward(&self, x: &Tensor) -> Result<Tensor> {
        self.forward_of(x, |_| x)
    }

    /// The same of a formula of several variables, each a tensor of the shape of `x`.
    pub(super) fn forward_of<'a>(
        &self,
        x: &'a Tensor,
        variable: impl Fn(&str) -> &'a Tensor,
    ) -> Result<Tensor> {
        let mut values: Vec<Value> = Vec::with_capacity(self.schedule.statements.len());
        for statement in &self.schedule.statements {
            let value = match statement {
                Statement::Constant(number) => Value::Number(*number),
                Statement::Variable(index) => {
                    Value::Tensor(variable(&self.variables[*index]).clone())
                }
                Statement::Apply(op, sources) => {
                    let arguments: Vec<&Value> = sources.iter().map(|&a| &values[a]).collect();
                    match spelling(*op) {
                        Some(spelling) => Value::Tensor(spelling.apply(&arguments, x)?),
                        None => bail!("candle has no operation `{}`", op.name()),
                    }
                }
            };
            values.push(value);
        }
        values[self.schedule.outputs[0]].of_shape(x)
    }
}

/// Copies the outputs of `from` to `into`, with the nodes `arguments` for its variables `a`, `b` and `c` if it is a definition.
fn copy(into: &mut Dag, from: &Dag, arguments: Option<&[Id]>) -> Option<Vec<Id>> {
    let mut copies: Vec<Id> = Vec::new();
    for node in from.nodes() {
        let children: Vec<Id> = node
            .arguments()
            .iter()
            .map(|&a| copies[usize::from(a)])
            .collect();
        let copy = match (node, arguments) {
            (Node::Variable(index), Some(arguments)) => {
                let argument = ["a", "b", "c"]
                    .iter()
                    .position(|name| from.variables[*index] == **name);
                *arguments.get(argument?)?
            }
            (Node::Apply(op, _), _) if op.arity() > 0 && spelling(*op).is_none() => {
                let definition = Dag::parse(op.row().definition?).ok()?;
                copy(into, &definition, Some(&children))?[0]
            }
            (Node::Apply(op, _), _) => into.apply(*op, &children),
            (node, _) => into.add(node.clone()),
        };
        copies.push(copy);
    }
    Some(
        from.roots
            .iter()
            .map(|&root| copies[usize::from(root)])
            .collect(),
    )
}

enum Value {
    Number(f64),
    Tensor(Tensor),
}

impl Value {
    fn of_shape(&self, x: &Tensor) -> Result<Tensor> {
        match self {
            Self::Number(number) => x.zeros_like()? + *number,
            Self::Tensor(tensor) => Ok(tensor.clone()),
        }
    }
}

type Unary = fn(&Tensor) -> Result<Tensor>;

/// An operation of candle.
enum Spelling {
    Unary(Unary),
    /// Of two tensors, of a tensor and a number, and of a number and a tensor.
    Binary(
        fn(&Tensor, &Tensor) -> Result<Tensor>,
        fn(&Tensor, f64) -> Result<Tensor>,
        fn(f64, &Tensor) -> Result<Tensor>,
    ),
    Choice,
}

impl Spelling {
    fn apply(&self, arguments: &[&Value], x: &Tensor) -> Result<Tensor> {
        match (self, arguments) {
            (Self::Unary(f), [a]) => f(&a.of_shape(x)?),
            (Self::Binary(f, ..), [Value::Tensor(a), Value::Tensor(b)]) => f(a, b),
            (Self::Binary(_, f, _), [Value::Tensor(a), Value::Number(b)]) => f(a, *b),
            (Self::Binary(_, _, f), [Value::Number(a), Value::Tensor(b)]) => f(*a, b),
            (Self::Binary(_, f, _), [a, Value::Number(b)]) => f(&a.of_shape(x)?, *b),
            (Self::Choice, [Value::Tensor(condition), a, b]) => {
                condition.where_cond(&a.of_shape(x)?, &b.of_shape(x)?)
            }
            _ => bail!("an operation with too few arguments"),
        }
    }
}

fn spelling(op: Op) -> Option<Spelling> {
    use Spelling::{Binary, Choice, Unary};
    Some(match op {
        Op::Add => Binary(|a, b| a + b, |a, b| a + b, |a, b| a + b),
        Op::Sub => Binary(|a, b| a - b, |a, b| a - b, |a, b| a - b),
        Op::Mul => Binary(|a, b| a * b, |a, b| a * b, |a, b| a * b),
        Op::Div => Binary(|a, b| a / b, |a, b| a / b, |a, b| a / b),
        Op::Min => Binary(
            |a, b| a.minimum(b),
            |a, b| a.minimum(b),
            |a, b| b.minimum(a),
        ),
        Op::Max => Binary(
            |a, b| a.maximum(b),
            |a, b| a.maximum(b),
            |a, b| b.maximum(a),
        ),
        Op::Lt => Binary(|a, b| a.lt(b), |a, b| a.lt(b), |a, b| b.gt(a)),
        Op::Le => Binary(|a, b| a.le(b), |a, b| a.le(b), |a, b| b.ge(a)),
        Op::Eq => Binary(|a, b| a.eq(b), |a, b| a.eq(b), |a, b| b.eq(a)),
        Op::Powi => Binary(|a, b| a.pow(b), |a, b| a.powf(b), |_, b| Ok(b.clone())),
        Op::If => Choice,
        Op::Neg => Unary(Tensor::neg),
        Op::Square => Unary(Tensor::sqr),
        Op::Sqrt => Unary(Tensor::sqrt),
        Op::Exp => Unary(Tensor::exp),
        Op::Ln => Unary(Tensor::log),
        Op::Sin => Unary(Tensor::sin),
        Op::Cos => Unary(Tensor::cos),
        Op::Tanh => Unary(Tensor::tanh),
        Op::Erf => Unary(Tensor::erf),
        Op::Abs => Unary(Tensor::abs),
        Op::Relu => Unary(Tensor::relu),
        Op::Sigmoid => Unary(sigmoid),
        Op::Silu => Unary(Tensor::silu),
        Op::Gelu => Unary(Tensor::gelu_erf),
        Op::GeluTanh => Unary(Tensor::gelu),
        Op::Elu => Unary(|a| a.elu(1.0)),
        // candle has no operation for the others.
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use candle_core::{Device, Var};

    #[test]
    fn values_and_gradients_are_those_of_the_formula() -> Result<()> {
        let xs: Vec<f64> = (-40..40).map(|i| 0.1 * f64::from(i) + 0.013).collect();
        let x = Var::new(&xs[..], &Device::Cpu)?;
        for text in [
            "x * tanh(softplus(x))",
            "0.5 * powi(x, 3) - 2 / (1 + square(x)) + (1 - x)",
            "if x < 1 && x > -1 { x } else { max(x, 0.25 * x) }",
            "clamp(x, -1.5, cos(x) + 2) * hardswish(x)",
            "relu6(x) + 3 - selu(x) * normal_cdf(x) + cosh(0.3 * x)",
            "sqrt(2) + sin(pi * x) * gaussian(x)",
            "gelu(x) + gelu_tanh(x) - silu(x) * elu(x, 0.3) + leaky_relu(x)",
        ] {
            let formula = Formula::parse(text).expect("a formula");
            let gradient = formula.with_gradient();
            let composed = Composed::new(&formula).expect("operations for all of it");
            let y = composed.forward(&x)?;
            let slopes = y
                .backward()?
                .remove(&x)
                .expect("a gradient")
                .to_vec1::<f64>()?;
            for ((&x, y), slope) in xs.iter().zip(y.to_vec1::<f64>()?).zip(slopes) {
                let (value, derivatives) = gradient.at(&[x]);
                for (found, exact) in [(y, value), (slope, derivatives[0])] {
                    let close = (found - exact).abs() <= 1e-5 * (1.0 + exact.abs());
                    assert!(close, "{text} at {x}: {found}, not {exact}");
                }
            }
        }
        let atan = Formula::parse("atan(x)").expect("a formula");
        assert!(Composed::new(&atan).is_none(), "candle has no arctangent");
        Ok(())
    }
}
