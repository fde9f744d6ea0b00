//! Writes schedules as straight-line C, one operation a line.

use super::spelling::{kind, number, spell};
use crate::ir::Dag;
use crate::kernel::{Schedule, Statement};
use crate::ops::Op;

/// The functions `value`, of the first output of `value`, and `gradient`, which writes every output of `slopes` to `by`. The first
/// `inputs` of the variables are `x0`, `x1`; those that follow are the parameters `p0`, `p1` and so on.
pub fn write(value: &Dag, slopes: &Dag, inputs: usize) -> String {
    let names: Vec<String> = (0..value.variables.len())
        .map(|index| match index.checked_sub(inputs) {
            None => format!("x{index}"),
            Some(parameter) => format!("p{parameter}"),
        })
        .collect();
    let arguments: Vec<String> = names.iter().map(|name| format!("real {name}")).collect();
    let arguments = arguments.join(", ");
    let (lines, results) = lines(&Schedule::new(value), &names);
    let mut text = format!("FN real value({arguments}) {{\n{lines}");
    text.push_str(&format!("    return {};\n}}\n", results[0]));
    let (lines, results) = self::lines(&Schedule::new(slopes), &names);
    text.push_str(&format!(
        "FN void gradient({arguments}, real* by) {{\n{lines}"
    ));
    for (index, result) in results.iter().enumerate() {
        text.push_str(&format!("    by[{index}] = {result};\n"));
    }
    text.push_str("}\n");
    text
}

/// The operations of a schedule as lines, and what its outputs are called.
fn lines(schedule: &Schedule, variables: &[String]) -> (String, Vec<String>) {
    let mut text = String::new();
    let mut names: Vec<String> = Vec::with_capacity(schedule.statements.len());
    let mut count = 0;
    for statement in &schedule.statements {
        names.push(match statement {
            Statement::Constant(value) => number(*value),
            Statement::Variable(index) => variables[*index].clone(),
            Statement::Apply(op, statements) => {
                let mut arguments: Vec<String> =
                    statements.iter().map(|&a| names[a].clone()).collect();
                // An exponent is a literal of its own type.
                if *op == Op::Powi
                    && let Statement::Constant(exponent) = schedule.statements[statements[1]]
                {
                    arguments[1] = (exponent as i32).to_string();
                }
                let (name, value) = (format!("t{count}"), spell(*op, &arguments));
                count += 1;
                text.push_str(&format!("    {} {name} = {value};\n", kind(*op)));
                name
            }
        });
    }
    let outputs = schedule.outputs.iter().map(|&output| names[output].clone());
    (text, outputs.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_operation_a_line() {
        let dag = Dag::parse("x * sigmoid(beta * x) + powi(x, 5)").unwrap();
        let text = write(&dag, &dag.with_gradient().derivatives_of(&[1]), 1);
        let (value, gradient) = text.split_once("FN void gradient").unwrap();
        assert_eq!(
            value,
            "FN real value(real x0, real p0) {\n    real t0 = p0 * x0;\n    real t1 = sigmoid(t0);\n    real t2 = x0 * t1;\n    \
             real t3 = powi(x0, 5);\n    real t4 = t2 + t3;\n    return t4;\n}\n"
        );
        assert!(gradient.starts_with("(real x0, real p0, real* by) {\n"));
        assert!(gradient.contains("    by[0] = "), "{gradient}");
    }
}
