//! A form as a person would write it: constants before what varies in products and behind it in comparisons, `a - b` for `a + -b`,
//! the bounds of a clamp last, a choice of several pieces as one chain.
//!
//! Every rewrite leaves what is computed at each number as it is, bit for bit, given that a quotient by a constant is computed as a product
//! with the reciprocal, and but for the sign of 0 and for numbers that no longer overflow or underflow on the way, and what does not depend
//! on the input, which is computed once, is rounded once, as is a sum with two small numbers: nothing has to be judged again.

use super::{Dag, Id, Node};
use crate::number::Number;
use crate::ops::{Op, Parity};

/// How deep in a product a sign is looked for.
const DEEP: usize = 16;

impl Dag {
    /// The same outputs as a person would write them.
    pub(crate) fn as_written(&self) -> Self {
        self.rewritten(true)
    }

    /// The same, with even functions of what they are functions of: of -x, other functions of -x may share their work.
    pub(crate) fn as_written_with_arguments(&self) -> Self {
        self.rewritten(false)
    }

    fn rewritten(&self, even: bool) -> Self {
        let mut writer = Writer {
            from: self,
            even,
            uses: self.uses(),
            to: Self::new(self.variables.clone()),
            varies: Vec::new(),
            moves: Vec::new(),
            ids: Vec::with_capacity(self.nodes.len()),
        };
        for node in &self.nodes {
            let id = writer.rewritten(node);
            writer.ids.push(id);
        }
        let mut written = writer.to;
        written.roots = self
            .roots
            .iter()
            .map(|&root| writer.ids[usize::from(root)])
            .collect();
        written.compact()
    }
}

struct Writer<'a> {
    from: &'a Dag,
    /// Whether an even function loses the sign of its argument.
    even: bool,
    /// How often each node of `from` is used.
    uses: Vec<usize>,
    to: Dag,
    /// Whether each node of `to` depends on a variable.
    varies: Vec<bool>,
    /// Whether each node of `to` depends on the input.
    moves: Vec<bool>,
    /// What each node of `from` has become.
    ids: Vec<Id>,
}

impl Writer<'_> {
    fn rewritten(&mut self, node: &Node) -> Id {
        let Node::Apply(op, _) = node else {
            return self.add(node.clone());
        };
        let of = |id: &Id| self.ids[usize::from(*id)];
        match (op, node.arguments()) {
            (Op::Add, [a, b]) => {
                let (left, right) = (of(a), of(b));
                if left == right {
                    let two = self.number(Number::from(2));
                    self.product(two, left)
                } else if let Some(less) = self.negated(*b, DEEP) {
                    self.difference(left, less)
                } else if let Some(less) = self.negated(*a, DEEP) {
                    self.difference(right, less)
                } else {
                    self.sum(left, right)
                }
            }
            (Op::Sub, [a, b]) => {
                let (left, right) = (of(a), of(b));
                match self.negated(*b, DEEP) {
                    Some(more) => self.sum(left, more),
                    None => self.difference(left, right),
                }
            }
            (Op::Neg, [a]) => {
                let inner = of(a);
                match self.negated(*a, DEEP) {
                    Some(positive) => positive,
                    None => self.apply(Op::Neg, &[inner]),
                }
            }
            (Op::Mul, [a, b]) => {
                let [left, right] = [a, b].map(of);
                // What is used elsewhere as well is not computed anew with another factor, but for constants.
                let depth = |id: &Id| {
                    let written = self.ids[usize::from(*id)];
                    match self.to.node(written) {
                        _ if self.uses[usize::from(*id)] == 1 => DEEP,
                        _ if !self.moves[usize::from(written)] => DEEP,
                        // One product instead of another.
                        Node::Apply(Op::Mul, _) => 1,
                        _ => 0,
                    }
                };
                let (left_depth, right_depth) = (depth(a), depth(b));
                self.factored(left, right, [left_depth, right_depth])
            }
            (Op::Min | Op::Max | Op::Eq, [a, b]) => {
                let (a, b) = (of(a), of(b));
                let (a, b) = if self.is_constant_beside(a, b) {
                    (b, a)
                } else {
                    (a, b)
                };
                self.apply(*op, &[a, b])
            }
            // A lower bound that is NaN is none, an argument that is NaN stays.
            (Op::Clamp, [a, b, c]) => {
                let (a, b, c) = (of(a), of(b), of(c));
                let (a, b) = if self.is_constant_beside(a, b) && self.is_number(b) {
                    (b, a)
                } else {
                    (a, b)
                };
                self.apply(Op::Clamp, &[a, b, c])
            }
            (Op::If, [condition, then, otherwise]) => {
                let alone = self.uses[usize::from(*condition)] == 1;
                let (condition, then, otherwise) = (of(condition), of(then), of(otherwise));
                match alone {
                    true => self.choice(condition, then, otherwise),
                    // What else goes by the condition would leave it to be computed as well.
                    false => self.apply(Op::If, &[condition, then, otherwise]),
                }
            }
            (op, [a]) if self.even && op.row().parity == Parity::Even => {
                let inner = of(a);
                let inner = match self.to.node(inner) {
                    Node::Apply(Op::Neg, [opposite, ..]) => *opposite,
                    _ => inner,
                };
                self.apply(*op, &[inner])
            }
            _ => {
                let node = node.map(|id| of(&id));
                self.add(node)
            }
        }
    }

    /// A choice whose `else` holds the next one, or whose pieces are on one side if two conditions hold: that takes no other condition
    /// where what is compared may be NaN, as sin is at an infinity.
    fn choice(&mut self, condition: Id, then: Id, otherwise: Id) -> Id {
        let pieces = |id: Id| match *self.to.node(id) {
            Node::Apply(Op::If, [condition, then, otherwise]) => Some((condition, then, otherwise)),
            _ => None,
        };
        let opposite = match (pieces(then), pieces(otherwise)) {
            (Some((_, _, other)), _) if other == otherwise => None,
            (_, Some((inner, _, other))) if other == then => self.opposite(condition, Some(inner)),
            (Some(_), None) => self.opposite(condition, None),
            _ => None,
        };
        match opposite {
            Some(opposite) => self.apply(Op::If, &[opposite, otherwise, then]),
            None => self.apply(Op::If, &[condition, then, otherwise]),
        }
    }

    /// The comparison that holds where `condition` does not, if what it compares is never NaN, or if `beside` compares it too.
    fn opposite(&mut self, condition: Id, beside: Option<Id>) -> Option<Id> {
        let Node::Apply(op, [a, b, _]) = *self.to.node(condition) else {
            return None;
        };
        let opposite = match op {
            Op::Lt => Op::Le,
            Op::Le => Op::Lt,
            _ => return None,
        };
        let compares = |id: Id| match beside.map(|beside| self.to.node(beside)) {
            Some(Node::Apply(Op::Lt | Op::Le, [a, b, _])) => *a == id || *b == id,
            _ => false,
        };
        let is_safe = |id: Id| self.is_number(id) || compares(id);
        (is_safe(a) && is_safe(b)).then(|| self.apply(opposite, &[b, a]))
    }

    /// a + b, with a constant last: but for `1 + exp(x)`, and the like.
    fn sum(&mut self, a: Id, b: Id) -> Id {
        if self.is(a, 0) {
            return b;
        }
        if self.is(b, 0) {
            return a;
        }
        if let Some(sum) = self
            .gathered(Op::Add, a, b)
            .or_else(|| self.gathered(Op::Add, b, a))
        {
            return sum;
        }
        let is_function = |id: Id| match self.to.node(id) {
            Node::Apply(op, _) => !matches!(op, Op::Add | Op::Sub | Op::Mul | Op::Div | Op::Neg),
            Node::Number(_) | Node::Variable(_) => false,
        };
        let (a, b) = if self.is_constant_beside(a, b) && !(self.is(a, 1) && is_function(b)) {
            (b, a)
        } else {
            (a, b)
        };
        if let Node::Number(number) = self.to.node(b)
            && number.is_negative()
        {
            let less = number.neg();
            let less = self.number(less);
            return self.difference(a, less);
        }
        self.apply(Op::Add, &[a, b])
    }

    /// a + b or a − b, for a number b that joins one of the same sign in the sum or difference a: small whole numbers, and the like, so that
    /// the result is rounded once instead of twice.
    fn gathered(&mut self, op: Op, a: Id, b: Id) -> Option<Id> {
        let small = |id: Id| match self.to.node(id) {
            Node::Number(number) if is_short(number) => Some(number),
            _ => None,
        };
        let Node::Apply(own, [p, q, _]) = *self.to.node(a) else {
            return None;
        };
        let (rest, number) = match (op, own, small(p), small(q)) {
            (Op::Add, Op::Add, Some(number), None) => (q, number),
            (Op::Add, Op::Add, None, Some(number)) | (Op::Sub, Op::Sub, None, Some(number)) => {
                (p, number)
            }
            _ => return None,
        };
        let other = small(b).filter(|other| other.is_negative() == number.is_negative())?;
        let sum = number.add(other).filter(is_short)?;
        let sum = self.number(sum);
        Some(self.apply(op, &[rest, sum]))
    }

    /// a − b.
    fn difference(&mut self, a: Id, b: Id) -> Id {
        if self.is(b, 0) {
            a
        } else if self.is(a, 0) {
            self.apply(Op::Neg, &[b])
        } else if let Some(difference) = self.gathered(Op::Sub, a, b) {
            difference
        } else {
            self.apply(Op::Sub, &[a, b])
        }
    }

    /// a·b, where a number joins the constant in front of the other factor, if there is one no deeper than given.
    fn factored(&mut self, a: Id, b: Id, [a_depth, b_depth]: [usize; 2]) -> Id {
        let literal = |id: Id| match self.to.node(id) {
            Node::Number(number) => Some(number.clone()),
            Node::Variable(_) | Node::Apply(..) => None,
        };
        let scaled = match (literal(a), literal(b)) {
            (Some(factor), _) => self.scaled(&factor, b, b_depth),
            (_, Some(factor)) => self.scaled(&factor, a, a_depth),
            (None, None) => None,
        };
        scaled.unwrap_or_else(|| self.product(a, b))
    }

    /// A node that begins with a literal, times a number: where one of the two is a power of two, which changes nothing but an exponent,
    /// or nothing depends on the input.
    fn scaled(&mut self, factor: &Number, id: Id, deep: usize) -> Option<Id> {
        let free = !self.moves[usize::from(id)] || is_power_of_two(factor);
        match self.to.node(id).clone() {
            Node::Number(number) if deep < DEEP && (free || is_power_of_two(&number)) => {
                number.mul(factor).map(|number| self.number(number))
            }
            Node::Apply(op @ (Op::Mul | Op::Div), [a, b, _]) if deep > 0 => {
                let exact = free
                    || matches!(self.to.node(a), Node::Number(number) if is_power_of_two(number));
                let scaled = exact.then(|| self.scaled(factor, a, deep - 1)).flatten();
                if let Some(a) = scaled {
                    return Some(match op {
                        Op::Mul => self.product(a, b),
                        _ => self.apply(Op::Div, &[a, b]),
                    });
                }
                let Node::Number(divisor) = self.to.node(b) else {
                    return None;
                };
                let exact = op == Op::Div && (free || is_power_of_two(divisor));
                let quotient = factor.div(divisor).filter(|_| exact)?;
                let quotient = self.number(quotient);
                Some(self.product(quotient, a))
            }
            Node::Number(_) | Node::Variable(_) | Node::Apply(..) => None,
        }
    }

    /// a·b, with what is simpler first.
    fn product(&mut self, a: Id, b: Id) -> Id {
        if self.is(a, 1) {
            return b;
        }
        if self.is(b, 1) {
            return a;
        }
        let is_product = matches!(self.to.node(a), Node::Apply(Op::Mul | Op::Div, _));
        let (first, second) = (self.rank(a), self.rank(b));
        let (a, b) = if second < first && (second <= 1 || !is_product) {
            (b, a)
        } else {
            (a, b)
        };
        if self.is(a, -1) {
            return match *self.to.node(b) {
                Node::Apply(Op::Neg, [positive, ..]) => positive,
                _ => self.apply(Op::Neg, &[b]),
            };
        }
        let divisor = match self.to.node(a) {
            Node::Number(factor) => plainer_divisor(factor).map(|divisor| self.number(divisor)),
            Node::Apply(Op::Div, [one, divisor, _])
                if self.is(*one, 1) && !self.varies[usize::from(*divisor)] =>
            {
                Some(*divisor)
            }
            Node::Variable(_) | Node::Apply(..) => None,
        };
        match divisor {
            Some(divisor) => self.apply(Op::Div, &[b, divisor]),
            None => self.apply(Op::Mul, &[a, b]),
        }
    }

    fn is(&self, id: Id, value: i32) -> bool {
        matches!(self.to.node(id), Node::Number(number) if *number == Number::from(value))
    }

    /// Numbers come first in a product, then constants, parameters, and the input.
    fn rank(&self, id: Id) -> u8 {
        match self.to.node(id) {
            Node::Number(_) => 0,
            _ if !self.varies[usize::from(id)] => 1,
            Node::Variable(0) => 3,
            Node::Variable(_) => 2,
            Node::Apply(..) => 4,
        }
    }

    /// Whether the node is a constant or a variable, which is never NaN.
    fn is_number(&self, id: Id) -> bool {
        !self.varies[usize::from(id)] || matches!(self.to.node(id), Node::Variable(_))
    }

    fn is_constant_beside(&self, a: Id, b: Id) -> bool {
        !self.varies[usize::from(a)] && self.varies[usize::from(b)]
    }

    /// What the node, as it is rewritten, is the opposite of, if it begins with a sign. What is used elsewhere as well is not written anew.
    fn negated(&mut self, id: Id, deep: usize) -> Option<Id> {
        if let Node::Apply(Op::Neg, [a, ..]) = self.to.node(self.ids[usize::from(id)]) {
            return Some(*a);
        }
        match self.from.node(id).clone() {
            Node::Number(number) if number.is_negative() => Some(self.number(number.neg())),
            Node::Apply(op @ (Op::Mul | Op::Div), [a, b, _])
                if self.uses[usize::from(id)] == 1 && deep > 0 =>
            {
                let (left, right) = (self.ids[usize::from(a)], self.ids[usize::from(b)]);
                let (left, right) = match self.negated(a, deep - 1) {
                    Some(positive) => (positive, right),
                    None => (left, self.negated(b, deep - 1)?),
                };
                Some(match op {
                    Op::Mul => self.factored(left, right, [1, 1]),
                    _ => self.apply(Op::Div, &[left, right]),
                })
            }
            Node::Number(_) | Node::Variable(_) | Node::Apply(..) => None,
        }
    }

    fn number(&mut self, number: Number) -> Id {
        self.add(Node::Number(number))
    }

    fn apply(&mut self, op: Op, arguments: &[Id]) -> Id {
        self.add(Node::apply(op, arguments))
    }

    fn add(&mut self, node: Node) -> Id {
        let id = self.to.add(node);
        for index in self.varies.len()..self.to.nodes.len() {
            let node = &self.to.nodes[index];
            let below = |known: &[bool]| {
                let mut arguments = node.arguments().iter();
                arguments.any(|&a| known[usize::from(a)])
            };
            let (varies, moves) = match node {
                Node::Number(_) => (false, false),
                Node::Variable(variable) => (true, *variable == 0),
                Node::Apply(..) => (below(&self.varies), below(&self.moves)),
            };
            self.varies.push(varies);
            self.moves.push(moves);
        }
        id
    }
}

/// Whether a product with the number changes nothing but an exponent: a power of two of ordinary size.
fn is_power_of_two(number: &Number) -> bool {
    let size = number.to_f64().abs();
    let is_power = size.log2().fract() == 0.0 && (1.0 / 1024.0..=1024.0).contains(&size);
    is_power && Number::exactly(number.to_f64()).as_ref() == Some(number)
}

/// Whether every format holds the number, with many digits left: a multiple of 1/16 of at most 64.
fn is_short(number: &Number) -> bool {
    let (value, sixteenths) = (number.to_f64(), 16.0 * number.to_f64());
    value.abs() <= 64.0
        && sixteenths.fract() == 0.0
        && Number::exactly(value).as_ref() == Some(number)
}

/// The reciprocal of a positive quotient that reads better as a divisor: 6 for 1/6, 1.702 for 500/851, but 2/3 stays.
fn plainer_divisor(factor: &Number) -> Option<Number> {
    let text = factor.to_string();
    let (numerator, _) = text.split_once(" / ")?;
    let divisor = Number::one().div(factor)?;
    let plain = divisor.to_string();
    let is_plainer = numerator == "1" || numerator.len() > 1 && !plain.contains(" / ");
    (!factor.is_negative() && is_plainer).then_some(divisor)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::{Schedule, Statement};

    /// The bits of what is computed at plain numbers.
    fn computed(dag: &Dag) -> Vec<u64> {
        let schedule = Schedule::new(dag);
        let at = |x: f64| {
            let mut values: Vec<f64> = Vec::new();
            for statement in &schedule.statements {
                values.push(match statement {
                    Statement::Constant(value) => *value,
                    Statement::Variable(index) => [x, 1.7][*index],
                    Statement::Apply(op, arguments) => {
                        let of: Vec<f64> = arguments.iter().map(|&a| values[a]).collect();
                        op.value(&of)
                    }
                });
            }
            // −0 counts as 0.
            (values[schedule.outputs[0]] + 0.0).to_bits()
        };
        [-7.3, -3.0, -0.0, 0.0, 0.4, 3.0, 1e300].map(at).to_vec()
    }

    #[test]
    fn forms_are_written_as_people_write_them() {
        for (text, expected) in [
            ("abs(x) + abs(x)", "2 * abs(x)"),
            ("x * 2", "2 * x"),
            ("x * 2 * gaussian(x * 2)", "2 * x * gaussian(2 * x)"),
            ("sigmoid(x * beta) * x", "x * sigmoid(beta * x)"),
            ("x - -0.5", "x + 0.5"),
            ("x + -0.5", "x - 0.5"),
            ("-1 + sigmoid(x)", "sigmoid(x) - 1"),
            ("x + x * -2", "x - 2 * x"),
            ("x - sin(x) * (x * -2)", "x + sin(x) * (2 * x)"),
            ("-(x * -2)", "2 * x"),
            ("x + -sin(x)", "x - sin(x)"),
            ("-(-x)", "x"),
            ("-1 * exp(-x)", "-exp(-x)"),
            ("x + -1 * exp(-x)", "x - exp(-x)"),
            ("1 * tanh(x)", "tanh(x)"),
            ("x + (0 + tanh(x))", "x + tanh(x)"),
            ("0 - tanh(x)", "-tanh(x)"),
            ("x - 0", "x"),
            ("2 * (2 * tanh(x))", "4 * tanh(x)"),
            ("tanh(x) * -0.5 * 4", "-2 * tanh(x)"),
            ("2 * (x / 6)", "x / 3"),
            ("4 * (x / 2)", "2 * x"),
            ("2 / sqrt(pi) * -2 * tanh(x)", "-4 / sqrt(pi) * tanh(x)"),
            ("0.001 + abs(x)", "abs(x) + 0.001"),
            ("1 + exp(x)", "1 + exp(x)"),
            ("1 + x", "x + 1"),
            ("3 * (3 * x)", "3 * (3 * x)"),
            ("3 * (2 * tanh(x))", "6 * tanh(x)"),
            (
                "let t = 2 * tanh(x); 2 * t + t",
                "let t = 2 * tanh(x); 4 * tanh(x) + t",
            ),
            (
                "x - 2 * (-2 / sqrt(pi)) * tanh(x)",
                "x + 4 / sqrt(pi) * tanh(x)",
            ),
            ("2 / sqrt(pi) * 3 * tanh(x)", "6 / sqrt(pi) * tanh(x)"),
            ("0 + -1 * (x * tanh(x))", "-(x * tanh(x))"),
            ("sqrt(2) * -1 * x", "-sqrt(2) * x"),
            ("x * (1 / 6)", "x / 6"),
            ("sin(x) * (500 / 851)", "sin(x) / 1.702"),
            ("x * (2 / 3)", "2 / 3 * x"),
            ("erf(x * (1 / sqrt(2)))", "erf(x / sqrt(2))"),
            ("x * (3 + x) * (-1 / 6) + 1", "1 - x * (x + 3) / 6"),
            ("min(3, x)", "min(x, 3)"),
            ("max(3, sin(1e300 * x))", "max(sin(1e300 * x), 3)"),
            ("clamp(3, sin(1e300 * x), 5)", "clamp(3, sin(1e300 * x), 5)"),
            (
                "clamp(-sqrt(10), x, sqrt(10))",
                "clamp(x, -sqrt(10), sqrt(10))",
            ),
            (
                "if -3 < x { if x < 3 { x } else { 1 } } else { 0 }",
                "if x <= -3 { 0 } else if x < 3 { x } else { 1 }",
            ),
            (
                "if x <= 0 { 0 } else { if x < 6 { 1 } else { 0 } }",
                "if x > 0 && x < 6 { 1 } else { 0 }",
            ),
            (
                "if x > 0 { if x < 6 { 1 } else { 0 } } else { 0 }",
                "if x > 0 && x < 6 { 1 } else { 0 }",
            ),
            (
                "if sin(1e300 * x) <= 0 { 0 } else { if sin(1e300 * x) < 6 { 1 } else { 0 } }",
                "if sin(1e300 * x) > 0 && sin(1e300 * x) < 6 { 1 } else { 0 }",
            ),
            (
                "if sin(1e300 * x) <= 0 { 0 } else { if x < 6 { 1 } else { 0 } }",
                "if sin(1e300 * x) <= 0 { 0 } else { if x < 6 { 1 } else { 0 } }",
            ),
            // A condition that is needed elsewhere is computed once.
            (
                "(if x <= 0 { 0 } else { if x < 6 { 1 } else { 0 } }) - (if x <= 0 { x } else { 2 })",
                "(if x <= 0 { 0 } else { if x < 6 { 1 } else { 0 } }) - (if x <= 0 { x } else { 2 })",
            ),
            // sin(1e300 * x) is NaN from x = 1e9 on, where the first choice takes its `else`.
            (
                "if x < sin(1e300 * x) { if x < 3 { sin(1e300 * x) } else { 1 } } else { 0 }",
                "if x < sin(1e300 * x) { if x < 3 { sin(1e300 * x) } else { 1 } } else { 0 }",
            ),
            ("if 0 < x { 1 } else { 0 }", "if x > 0 { 1 } else { 0 }"),
            ("if 0 == x { 1 } else { x }", "if x == 0 { 1 } else { x }"),
            ("-2 - -2 * tanh(x)", "2 * tanh(x) - 2"),
            ("exp(-abs(-x))", "exp(-abs(x))"),
            ("gaussian(-sin(x))", "gaussian(sin(x))"),
            (
                "let t = 0.5 / sin(x); 0.5 * t + t",
                "let t = 0.5 / sin(x); 0.5 * t + t",
            ),
            // What is used twice is computed once.
            (
                "let t = -2 * sin(x); t * (x + t)",
                "let t = -2 * sin(x); t * (x + t)",
            ),
        ] {
            let dag = Dag::parse(text).unwrap();
            let written = dag.as_written();
            let expected = Dag::parse(expected).unwrap().formula(0);
            assert_eq!(written.formula(0), expected, "{text}");
            let [before, after] = [&dag, &written].map(computed);
            assert_eq!(before, after, "{text}");
            assert_eq!(written.as_written(), written, "{text}");
        }
    }

    /// What is computed once for all inputs may be computed anew with another factor.
    #[test]
    fn numbers_before_parameters_are_one() {
        for (text, expected) in [
            ("3 * (3 * sigmoid(beta)) * x", "9 * sigmoid(beta) * x"),
            (
                "let t = 0.01 * beta; if x > 0 { t } else { 0.01 * t }",
                "if x > 0 { 0.01 * beta } else { 0.0001 * beta }",
            ),
        ] {
            let written = Dag::parse(text).unwrap().as_written();
            let expected = Dag::parse(expected).unwrap().formula(0);
            assert_eq!(written.formula(0), expected, "{text}");
        }
    }

    #[test]
    fn small_numbers_of_a_sum_are_one() {
        for (text, expected) in [
            ("exp(x) + 1 + 1", "exp(x) + 2"),
            ("1 + (1 + exp(x))", "exp(x) + 2"),
            ("x - 0.5 - 1", "x - 1.5"),
            // Two signs may cancel, and 0.3 is no sum of what f64 has for 0.1 and 0.2.
            ("x - 1 + 2", "x - 1 + 2"),
            ("x + 0.1 + 0.2", "x + 0.1 + 0.2"),
            ("x + 64 + 1", "x + 64 + 1"),
        ] {
            let written = Dag::parse(text).unwrap().as_written();
            assert_eq!(written.formula(0), expected, "{text}");
        }
    }
}
