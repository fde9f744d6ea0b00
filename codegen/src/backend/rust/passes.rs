//! Cuts long straight-line code into passes over a tile.
//!
//! Each transcendental function of a chain waits for the one before. A pass takes one of each chain: the first those of the
//! variables, the next those of the results, and so on, so that all elements of a tile are independent in every pass. Arithmetic
//! goes with the last of its arguments, which leaves few values to keep between passes, and functions of one argument stay
//! together: the compiler sees the exponential that they share.

use std::cmp::max;

use super::cost::cost;
use crate::kernel::{Schedule, Statement, StatementId};

/// What is long enough to wait for, in tenths of an addition: transcendental functions.
const LONG: u32 = 100;

/// Which pass each statement of a schedule belongs to.
pub(super) struct Passes {
    /// How many there are.
    pub(super) count: usize,
    /// The pass of each statement.
    pub(super) of: Vec<usize>,
    /// Whether a statement's value is used in a later pass.
    pub(super) kept: Vec<bool>,
}

impl Passes {
    pub(super) fn new(schedule: &Schedule) -> Self {
        // The long functions on the longest chain that ends at each statement.
        let mut levels: Vec<usize> = Vec::with_capacity(schedule.statements.len());
        for statement in &schedule.statements {
            levels.push(match statement {
                Statement::Constant(_) | Statement::Variable(_) => 0,
                Statement::Apply(op, arguments) => {
                    let before = arguments.iter().map(|&a| levels[a]).max().unwrap_or(0);
                    before + usize::from(cost(*op) >= LONG)
                }
            });
        }
        let count = max(1, levels.iter().copied().max().unwrap_or(0));
        let mut passes = Self {
            count,
            of: levels.iter().map(|&level| max(level, 1) - 1).collect(),
            kept: vec![false; levels.len()],
        };
        // What is made of variables alone waits for its first use. Users come after what they use.
        let mut first_uses = vec![count - 1; levels.len()];
        for id in (0..levels.len()).rev() {
            if levels[id] == 0 {
                passes.of[id] = first_uses[id];
            }
            for &argument in arguments(&schedule.statements[id]) {
                first_uses[argument] = first_uses[argument].min(passes.of[id]);
            }
        }
        for (id, statement) in schedule.statements.iter().enumerate() {
            for &argument in arguments(statement) {
                passes.keep(schedule, argument, passes.of[id]);
            }
        }
        for &output in &schedule.outputs {
            passes.keep(schedule, output, count - 1);
        }
        passes
    }

    /// Takes note of a use.
    fn keep(&mut self, schedule: &Schedule, id: StatementId, pass: usize) {
        let computed = matches!(schedule.statements[id], Statement::Apply(..));
        self.kept[id] |= computed && pass > self.of[id];
    }
}

fn arguments(statement: &Statement) -> &[StatementId] {
    match statement {
        Statement::Constant(_) | Statement::Variable(_) => &[],
        Statement::Apply(_, arguments) => arguments,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ir::Dag;
    use crate::ops::Op;

    fn passes(text: &str) -> (Schedule, Passes) {
        let schedule = Schedule::new(&Dag::parse(text).unwrap());
        let passes = Passes::new(&schedule);
        (schedule, passes)
    }

    fn pass_of(text: &str, op: Op) -> usize {
        let (schedule, passes) = passes(text);
        let is = |statement: &Statement| matches!(statement, Statement::Apply(o, _) if *o == op);
        passes.of[schedule.statements.iter().position(is).unwrap()]
    }

    #[test]
    fn a_pass_for_each_long_function_of_a_chain() {
        assert_eq!(passes("2 * square(x) + 1").1.count, 1);
        assert_eq!(passes("exp(x) + sin(x) * sqrt(tanh(x))").1.count, 1);
        assert_eq!(passes("sin(exp(x)) + exp(tanh(sqrt(atan(x))))").1.count, 3);
    }

    #[test]
    fn functions_of_one_argument_stay_together() {
        let text = "{ let t = tanh(x); sin(normal_cdf(t)) * normal_pdf(t) }";
        assert_eq!(pass_of(text, Op::NormalCdf), 1);
        assert_eq!(pass_of(text, Op::NormalPdf), 1);
    }

    #[test]
    fn arithmetic_goes_with_the_last_of_its_arguments() {
        // The square is used in the second pass only, the product in the second although its value is used in the third.
        let text = "sin(square(x) * exp(tanh(x)))";
        assert_eq!(pass_of(text, Op::Square), 1);
        assert_eq!(pass_of(text, Op::Mul), 1);
        let (schedule, passes) = passes(text);
        let kept = (0..schedule.statements.len()).filter(|&id| passes.kept[id]);
        let kept: Vec<&Statement> = kept.map(|id| &schedule.statements[id]).collect();
        assert!(
            matches!(
                kept[..],
                [Statement::Apply(Op::Tanh, _), Statement::Apply(Op::Mul, _)]
            ),
            "{kept:?}"
        );
    }
}
