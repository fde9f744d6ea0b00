//! How each operation is written with PyTorch.

use crate::backend::pythonic::{self, number, operator, powers};
use crate::backend::text::{Binding, Expression, Language, Spelling, call, exceeds_single, infix};
use crate::ops::Op;

pub(super) struct Torch;

impl Language for Torch {
    const WIDTH: usize = 70;

    fn spelling(&self, op: Op) -> Spelling {
        if let Some(form) = operator(op) {
            return form.into();
        }
        if let Some(own) = pythonic::own(op) {
            return Spelling::Own(own);
        }
        let row = match op {
            Op::Square => "torch.square({a})",
            Op::Sqrt => "torch.sqrt({a})",
            Op::Exp => "torch.exp({a})",
            Op::Expm1 => "torch.expm1({a})",
            Op::Ln => "torch.log({a})",
            Op::Log1p => "torch.log1p({a})",
            Op::Sigmoid => "torch.sigmoid({a})",
            // That of `torch.nn.functional` is the identity beyond 20.
            Op::Softplus => return Spelling::Own("return torch.logaddexp(x, torch.zeros_like(x))"),
            Op::LogSigmoid => "F.logsigmoid({a})",
            Op::Sin => "torch.sin({a})",
            Op::Cos => "torch.cos({a})",
            Op::Sinh => "torch.sinh({a})",
            Op::Cosh => "torch.cosh({a})",
            Op::Tanh => "torch.tanh({a})",
            Op::Asinh => "torch.asinh({a})",
            Op::Atan => "torch.atan({a})",
            Op::Erf => "torch.erf({a})",
            Op::Erfc => "torch.erfc({a})",
            Op::Abs => "torch.abs({a})",
            // That of PyTorch is 0 of NaN.
            Op::Sign => return Spelling::Own("return torch.where(x == x, torch.sign(x), x)"),
            Op::Min => "torch.minimum({a}, {b})",
            Op::Max => "torch.maximum({a}, {b})",
            Op::If => "torch.where({a}, {b}, {c})",
            Op::Relu => "torch.relu({a})",
            Op::Min0 => "torch.clamp({a}, max=0.0)",
            Op::HardTanh => "F.hardtanh({a})",
            Op::Relu6 => "F.relu6({a})",
            Op::HardSigmoid => "F.hardsigmoid({a})",
            Op::HardSwish => "F.hardswish({a})",
            Op::LeakyRelu => "F.leaky_relu({a}, 0.01)",
            Op::Silu => "F.silu({a})",
            Op::Mish => "F.mish({a})",
            Op::Elu => "F.elu({a})",
            Op::Selu => "F.selu({a})",
            Op::AsinhGrad => {
                return Spelling::Own("return 1.0 / torch.hypot(x, torch.ones_like(x))");
            }
            _ => return Spelling::Defined,
        };
        call(row).into()
    }

    fn number(&self, value: f64) -> Expression {
        match exceeds_single(value) {
            // Many functions refuse a number that the type of the tensor does not hold, and so does `torch.tensor` in TorchScript.
            true => Expression::atom(format!("torch.full((), {value:?}, dtype=torch.float64)")),
            false => number(value),
        }
    }

    /// A number beside a tensor is no tensor, which some functions insist on.
    fn special(&self, op: Op, arguments: &[Expression], like: &str) -> Option<Expression> {
        let number = |index: usize| arguments[index].value();
        let text = |index: usize| arguments[index].text();
        let clamp = |value: usize, name: &str, bound: usize| {
            let text = format!("torch.clamp({}, {name}={})", text(value), text(bound));
            Some(Expression::atom(text))
        };
        match op {
            Op::Min | Op::Max => {
                let name = if op == Op::Min { "max" } else { "min" };
                match (number(0), number(1)) {
                    (None, Some(_)) => clamp(0, name, 1),
                    (Some(_), None) => clamp(1, name, 0),
                    _ => None,
                }
            }
            Op::Clamp if number(1).is_some() && number(2).is_some() => {
                let form = call("torch.clamp({a}, {b}, {c})");
                Some(form.on(arguments))
            }
            Op::Clamp => {
                let raised = self.pair(Op::Max, &arguments[..2], like);
                Some(self.pair(Op::Min, &[raised, arguments[2].clone()], like))
            }
            Op::PRelu if number(1).is_some() => Some(call("F.leaky_relu({a}, {b})").on(arguments)),
            Op::EluAlpha if number(1).is_some() => Some(call("F.elu({a}, {b})").on(arguments)),
            Op::Threshold if number(1).is_some() && number(2).is_some() => {
                Some(call("F.threshold({a}, {b}, {c})").on(arguments))
            }
            Op::Celu if number(1).is_some_and(|b| b != 0.0) => {
                Some(call("F.celu({a}, {b})").on(arguments))
            }
            // Two numbers would make a tensor of the default type.
            Op::If if number(1).is_some() && number(2).is_some() => {
                let one = format!("torch.full_like({like}, {})", text(1));
                let text = format!("torch.where({}, {one}, {})", text(0), text(2));
                Some(Expression::atom(text))
            }
            _ => powers(op, arguments),
        }
    }

    fn is_reserved(&self, name: &str) -> bool {
        super::is_reserved(name)
    }
}

impl Torch {
    /// The smaller or larger of two.
    fn pair(&self, op: Op, arguments: &[Expression], like: &str) -> Expression {
        let form = match op {
            Op::Min => infix(
                "torch.minimum({a}, {b})",
                Binding::Atom,
                [Binding::Choice; 3],
            ),
            _ => infix(
                "torch.maximum({a}, {b})",
                Binding::Atom,
                [Binding::Choice; 3],
            ),
        };
        self.special(op, arguments, like)
            .unwrap_or_else(|| form.on(arguments))
    }
}
