//! A schedule over registers: rows that are written again after their last use.

use crate::kernel::{Schedule, Statement, StatementId};
use crate::ops::Op;
use crate::runtime::{Float, Rowwise, Simd};

use super::step;

/// Where a value is.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Operand {
    /// The row of this input, wherever it lies.
    Input(usize),
    /// A row that holds one number throughout.
    Constant(usize),
    /// A row that instructions write.
    Register(usize),
}

/// One operation on whole rows.
#[derive(Debug)]
struct Instruction {
    op: Op,
    /// The arguments; operands past the arity are not read.
    arguments: [Operand; 3],
    /// The literal exponent of `powi`; 0 elsewhere.
    exponent: i32,
    /// The register of the result, which none of the arguments is in.
    result: usize,
}

/// Straight-line code over rows.
#[derive(Debug)]
pub(super) struct Program {
    constants: Vec<f64>,
    registers: usize,
    instructions: Vec<Instruction>,
    outputs: Vec<Operand>,
}

impl Program {
    /// Gives each statement of `schedule` its register.
    pub(super) fn new(schedule: &Schedule) -> Self {
        let mut program = Self {
            constants: Vec::new(),
            registers: 0,
            instructions: Vec::new(),
            outputs: Vec::new(),
        };
        let last_uses = last_uses(schedule);
        let mut results = vec![0; schedule.statements.len()];
        let mut free = Vec::new();
        for (id, statement) in schedule.statements.iter().enumerate() {
            let Statement::Apply(op, arguments) = statement else {
                continue;
            };
            let (rows, exponent) = match (op, &arguments[..]) {
                // The exponent is a literal, never a row.
                (Op::Powi, &[base, exponent]) => {
                    (vec![base], literal(&schedule.statements[exponent]) as i32)
                }
                _ => (arguments.clone(), 0),
            };
            let mut operands = [Operand::Input(0); 3];
            for (operand, &row) in operands.iter_mut().zip(&rows) {
                *operand = program.operand(schedule, &results, row);
            }
            results[id] = free.pop().unwrap_or_else(|| {
                program.registers += 1;
                program.registers - 1
            });
            for (operand, &row) in operands.iter().zip(&rows) {
                if let Operand::Register(register) = *operand
                    && last_uses[row] == id
                    && !free.contains(&register)
                {
                    free.push(register);
                }
            }
            program.instructions.push(Instruction {
                op: *op,
                arguments: operands,
                exponent,
                result: results[id],
            });
        }
        let outputs = schedule.outputs.iter();
        program.outputs = outputs
            .map(|&output| program.operand(schedule, &results, output))
            .collect();
        program
    }

    /// Where the value of statement `id` is; `results` are the registers of the operations.
    fn operand(&mut self, schedule: &Schedule, results: &[usize], id: StatementId) -> Operand {
        match schedule.statements[id] {
            Statement::Variable(variable) => Operand::Input(variable),
            Statement::Apply(..) => Operand::Register(results[id]),
            Statement::Constant(value) => {
                let same = |known: &f64| known.to_bits() == value.to_bits();
                Operand::Constant(self.constants.iter().position(same).unwrap_or_else(|| {
                    self.constants.push(value);
                    self.constants.len() - 1
                }))
            }
        }
    }

    /// Rows that are computed in: the constants come first.
    fn row_count(&self) -> usize {
        self.constants.len() + self.registers
    }

    /// Rows of `len` elements to compute in, one after the other.
    pub(super) fn rows<C: Float>(&self, len: usize) -> Vec<C> {
        let mut rows = vec![C::of(0.0); self.row_count() * len];
        for (row, &value) in rows.chunks_mut(len).zip(&self.constants) {
            row.fill(C::of(value));
        }
        rows
    }

    /// Evaluates all statements at the elements of the inputs, which have one length, in `rows` of at least that length.
    #[inline(always)]
    pub(super) fn run<S: Simd, C: Float>(&self, inputs: &[&[C]], rows: &mut [C]) {
        let (len, stride) = (inputs[0].len(), self.stride(rows));
        for instruction in &self.instructions {
            // No argument is in the row of the result: it is apart from the rows that are read.
            let result = self.constants.len() + instruction.result;
            let (before, rest) = rows.split_at_mut(result * stride);
            let (out, after) = rest.split_at_mut(stride);
            let row = |index: usize| match index < result {
                true => &before[index * stride..][..len],
                false => &after[(index - result - 1) * stride..][..len],
            };
            let arguments = instruction.arguments.map(|operand| match operand {
                Operand::Input(input) => inputs[input],
                Operand::Constant(index) => row(index),
                Operand::Register(index) => row(self.constants.len() + index),
            });
            step::apply::<S, C>(
                instruction.op,
                arguments,
                instruction.exponent,
                &mut out[..len],
            );
        }
    }

    /// The values of an output after [`Self::run`].
    #[inline(always)]
    pub(super) fn output<'a, C>(
        &self,
        output: usize,
        inputs: &[&'a [C]],
        rows: &'a [C],
    ) -> &'a [C] {
        let row = |index: usize| &rows[index * self.stride(rows)..][..inputs[0].len()];
        match self.outputs[output] {
            Operand::Input(input) => inputs[input],
            Operand::Constant(index) => row(index),
            Operand::Register(index) => row(self.constants.len() + index),
        }
    }

    /// Elements from one row to the next.
    #[inline(always)]
    fn stride<C>(&self, rows: &[C]) -> usize {
        rows.len() / self.row_count().max(1)
    }
}

impl Rowwise for Program {
    const NAME: &'static str = "interpreted activation";

    fn rows<C: Float>(&self, len: usize) -> Vec<C> {
        Self::rows(self, len)
    }

    #[inline(always)]
    fn run<S: Simd, C: Float>(&self, arguments: &[&[C]], rows: &mut [C]) {
        Self::run::<S, C>(self, arguments, rows);
    }

    #[inline(always)]
    fn output<'a, C>(&self, output: usize, arguments: &[&'a [C]], rows: &'a [C]) -> &'a [C] {
        Self::output(self, output, arguments, rows)
    }
}

/// The last statement that reads each statement; past the end for outputs.
fn last_uses(schedule: &Schedule) -> Vec<StatementId> {
    let mut last = vec![0; schedule.statements.len()];
    for (id, statement) in schedule.statements.iter().enumerate() {
        if let Statement::Apply(_, arguments) = statement {
            for &argument in arguments {
                last[argument] = id;
            }
        }
    }
    for &output in &schedule.outputs {
        last[output] = schedule.statements.len();
    }
    last
}

/// The number of a constant statement.
fn literal(statement: &Statement) -> f64 {
    match statement {
        Statement::Constant(value) => *value,
        Statement::Variable(_) | Statement::Apply(..) => {
            unreachable!("the exponent of `powi` is parsed as a literal")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ir::Dag;
    use crate::runtime::Plain;

    fn program(text: &str) -> Program {
        Program::new(&Schedule::new(&Dag::parse(text).unwrap()))
    }

    #[test]
    fn registers_are_used_again_after_the_last_use() {
        // A chain needs one register for the argument and one for the result, however long it is.
        assert_eq!(program("sin(cos(tanh(exp(sinh(cosh(x))))))").registers, 2);
        // A sum of terms keeps the sum, a term and what the term is made of.
        assert_eq!(
            program("exp(sin(x)) + exp(cos(x)) + exp(tanh(x)) + exp(atan(x)) + exp(erf(x))")
                .registers,
            3
        );
    }

    #[test]
    fn no_instruction_overwrites_what_is_still_read() {
        let text = "{ let a = tanh(x); let b = a * a; let c = b + a; (c * a - b) / (a * a + c * b) + x * a }";
        let dag = Dag::parse(text).unwrap();
        let program = program(text);
        for instruction in &program.instructions {
            let result = Operand::Register(instruction.result);
            assert!(!instruction.arguments.contains(&result), "{instruction:?}");
        }
        for x in [-1.5, -0.3, 0.7, 2.0] {
            let mut rows = program.rows::<f64>(1);
            program.run::<Plain, f64>(&[&[x]], &mut rows);
            let value = program.output(0, &[&[x]], &rows)[0];
            let expected = dag.eval(&[x])[0];
            // A dozen operations, each within an ULP or two of the reference.
            assert!(
                (value - expected).abs() <= 32.0 * f64::EPSILON * expected.abs(),
                "{value}, not {expected}"
            );
        }
    }

    #[test]
    fn equal_constants_share_a_row_and_exponents_need_none() {
        assert_eq!(program("2.5 * x + 2.5 * sin(x)").constants, [2.5]);
        assert!(program("powi(x, 7)").constants.is_empty());
    }
}
