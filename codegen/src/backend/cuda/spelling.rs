//! How each operation is written in C, over the runtime's functions of the same names.

use crate::ops::Op;

/// The expression for `op` on `arguments`, which are names or numbers. The exponent of `powi` is a plain literal.
pub(super) fn spell(op: Op, arguments: &[String]) -> String {
    let infix = |sign: &str| format!("{} {sign} {}", arguments[0], arguments[1]);
    let call = |name: &str| format!("{name}({})", arguments.join(", "));
    match op {
        Op::Add => infix("+"),
        Op::Sub => infix("-"),
        Op::Mul => infix("*"),
        Op::Div => infix("/"),
        Op::Lt => infix("<"),
        Op::Le => infix("<="),
        Op::Eq => infix("=="),
        Op::Neg => format!("-{}", arguments[0]),
        Op::If => format!("{} ? {} : {}", arguments[0], arguments[1], arguments[2]),
        // An overload would do; Rust has one method of a name, and the names are the runtime's.
        Op::EluAlpha => call("elu_with"),
        // A constant: the schedule has evaluated it.
        Op::Pi => number(std::f64::consts::PI),
        // The runtime has every other one under its own name.
        _ => call(op.name()),
    }
}

/// What the expression for `op` is: a truth value or a number.
pub(super) fn kind(op: Op) -> &'static str {
    if matches!(op, Op::Lt | Op::Le | Op::Eq) {
        "bool"
    } else {
        "real"
    }
}

/// A number: the shortest decimal that is read as this f64.
pub(super) fn number(value: f64) -> String {
    format!("${value:?}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_keep_every_digit() {
        for value in [0.1, -1e-300, 1.050_700_987_355_480_5, 3.0] {
            let text = number(value);
            assert_eq!(text[1..].parse(), Ok(value));
        }
    }
}
