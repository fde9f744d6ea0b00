//! How each operation is written with NumPy.

use crate::backend::pythonic::{self, number, operator, power};
use crate::backend::text::{Binding, Expression, Language, Spelling, call, infix};
use crate::ops::Op;

pub(super) struct NumPy;

impl Language for NumPy {
    const WIDTH: usize = 70;

    fn spelling(&self, op: Op) -> Spelling {
        if let Some(form) = operator(op) {
            return form.into();
        }
        if let Some(own) = pythonic::own(op) {
            return Spelling::Own(own);
        }
        let row = match op {
            Op::Square => "np.square({a})",
            Op::Sqrt => "np.sqrt({a})",
            Op::Exp => "np.exp({a})",
            Op::Expm1 => "np.expm1({a})",
            Op::Ln => "np.log({a})",
            Op::Log1p => "np.log1p({a})",
            Op::Softplus => "np.logaddexp({a}, 0.0)",
            Op::LogSigmoid => {
                let least = [Binding::Power, Binding::Atom, Binding::Atom];
                return infix("-np.logaddexp(-{a}, 0.0)", Binding::Prefix, least).into();
            }
            Op::Sin => "np.sin({a})",
            Op::Cos => "np.cos({a})",
            Op::Sinh => "np.sinh({a})",
            Op::Cosh => "np.cosh({a})",
            Op::Tanh => "np.tanh({a})",
            Op::Asinh => "np.arcsinh({a})",
            Op::Atan => "np.arctan({a})",
            Op::Erf => "special.erf({a})",
            Op::Erfc => "special.erfc({a})",
            Op::Abs => "np.abs({a})",
            Op::Sign => "np.sign({a})",
            Op::Min => "np.minimum({a}, {b})",
            Op::Max => "np.maximum({a}, {b})",
            Op::Clamp => "np.clip({a}, {b}, {c})",
            Op::If => "np.where({a}, {b}, {c})",
            Op::Relu => "np.maximum({a}, 0.0)",
            Op::Min0 => "np.minimum({a}, 0.0)",
            Op::HardTanh => "np.clip({a}, -1.0, 1.0)",
            Op::Relu6 => "np.clip({a}, 0.0, 6.0)",
            Op::AsinhGrad => {
                let least = [Binding::Choice; 3];
                return infix("1.0 / np.hypot({a}, 1.0)", Binding::Product, least).into();
            }
            _ => return Spelling::Defined,
        };
        call(row).into()
    }

    fn number(&self, value: f64) -> Expression {
        number(value)
    }

    fn helper(&self, op: Op) -> String {
        format!("_{}", op.name())
    }

    fn special(&self, op: Op, arguments: &[Expression], _like: &str) -> Option<Expression> {
        match op {
            Op::Cube => Some(power(&arguments[0], 3)),
            Op::Powi => Some(power(&arguments[0], arguments[1].value()? as i32)),
            _ => None,
        }
    }

    fn is_reserved(&self, name: &str) -> bool {
        super::is_reserved(name)
    }
}
