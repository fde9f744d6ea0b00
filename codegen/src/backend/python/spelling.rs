//! How each operation is written with NumPy.

use crate::backend::pythonic::{self, array_forms, number, operator, powers};
use crate::backend::text::{Binding, Expression, Language, Spelling, call, infix};
use crate::ops::Op;

array_forms!("np");

pub(super) struct NumPy;

impl Language for NumPy {
    const WIDTH: usize = 70;

    fn spelling(&self, op: Op) -> Spelling {
        if let Some(form) = operator(op).or_else(|| array_form(op)) {
            return form.into();
        }
        if let Some(own) = pythonic::own(op) {
            return Spelling::Own(own);
        }
        let row = match op {
            Op::Softplus => "np.logaddexp({a}, 0.0)",
            Op::LogSigmoid => {
                let least = [Binding::Power, Binding::Atom, Binding::Atom];
                return infix("-np.logaddexp(-{a}, 0.0)", Binding::Prefix, least).into();
            }
            Op::Relu => "np.maximum({a}, 0.0)",
            Op::Relu6 => "np.clip({a}, 0.0, 6.0)",
            _ => return Spelling::Defined,
        };
        call(row).into()
    }

    fn number(&self, value: f64) -> Expression {
        number(value)
    }

    fn special(&self, op: Op, arguments: &[Expression], _like: &str) -> Option<Expression> {
        powers(op, arguments)
    }

    fn is_reserved(&self, name: &str) -> bool {
        super::is_reserved(name)
    }
}
