//! How each operation is written with JAX.

use crate::backend::pythonic::{self, array_forms, number, operator, powers};
use crate::backend::text::{Expression, Language, Spelling, call};
use crate::ops::Op;

array_forms!("jnp");

pub(super) struct Jax<'a> {
    /// The name of the function, which no argument may have.
    pub(super) name: &'a str,
}

impl Language for Jax<'_> {
    const WIDTH: usize = 70;

    fn spelling(&self, op: Op) -> Spelling {
        if let Some(form) = operator(op).or_else(|| array_form(op)) {
            return form.into();
        }
        if let Some(own) = pythonic::own(op) {
            return Spelling::Own(own);
        }
        let row = match op {
            Op::Sigmoid => "jax.nn.sigmoid({a})",
            Op::Softplus => "jax.nn.softplus({a})",
            Op::LogSigmoid => "jax.nn.log_sigmoid({a})",
            Op::Relu => "jax.nn.relu({a})",
            Op::Relu6 => "jax.nn.relu6({a})",
            Op::LeakyRelu => "jax.nn.leaky_relu({a})",
            Op::Elu => "jax.nn.elu({a})",
            Op::Selu => "jax.nn.selu({a})",
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
        name == self.name || super::is_reserved(name)
    }
}
