//! How each operation is written with JAX.

use crate::backend::pythonic::{self, number, operator, power};
use crate::backend::text::{Binding, Expression, Language, Spelling, call, infix};
use crate::ops::Op;

pub(super) struct Jax<'a> {
    /// The name of the function, which no argument may have.
    pub(super) name: &'a str,
}

impl Language for Jax<'_> {
    const WIDTH: usize = 70;

    fn spelling(&self, op: Op) -> Spelling {
        if let Some(form) = operator(op) {
            return form.into();
        }
        if let Some(own) = pythonic::own(op) {
            return Spelling::Own(own);
        }
        let row = match op {
            Op::Square => "jnp.square({a})",
            Op::Sqrt => "jnp.sqrt({a})",
            Op::Exp => "jnp.exp({a})",
            Op::Expm1 => "jnp.expm1({a})",
            Op::Ln => "jnp.log({a})",
            Op::Log1p => "jnp.log1p({a})",
            Op::Sigmoid => "jax.nn.sigmoid({a})",
            Op::Softplus => "jax.nn.softplus({a})",
            Op::LogSigmoid => "jax.nn.log_sigmoid({a})",
            Op::Sin => "jnp.sin({a})",
            Op::Cos => "jnp.cos({a})",
            Op::Sinh => "jnp.sinh({a})",
            Op::Cosh => "jnp.cosh({a})",
            Op::Tanh => "jnp.tanh({a})",
            Op::Asinh => "jnp.arcsinh({a})",
            Op::Atan => "jnp.arctan({a})",
            Op::Erf => "special.erf({a})",
            Op::Erfc => "special.erfc({a})",
            Op::Abs => "jnp.abs({a})",
            Op::Sign => "jnp.sign({a})",
            Op::Min => "jnp.minimum({a}, {b})",
            Op::Max => "jnp.maximum({a}, {b})",
            Op::Clamp => "jnp.clip({a}, {b}, {c})",
            Op::If => "jnp.where({a}, {b}, {c})",
            Op::Relu => "jax.nn.relu({a})",
            Op::Min0 => "jnp.minimum({a}, 0.0)",
            Op::HardTanh => "jnp.clip({a}, -1.0, 1.0)",
            Op::Relu6 => "jax.nn.relu6({a})",
            Op::LeakyRelu => "jax.nn.leaky_relu({a})",
            Op::Elu => "jax.nn.elu({a})",
            Op::Selu => "jax.nn.selu({a})",
            Op::AsinhGrad => {
                let least = [Binding::Choice; 3];
                return infix("1.0 / jnp.hypot({a}, 1.0)", Binding::Product, least).into();
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
        name == self.name || super::is_reserved(name)
    }
}
