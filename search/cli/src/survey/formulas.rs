//! Random formulas over every operation of the language.
//!
//! A formula is text, so that whatever is found can be tried by hand. Half of it is arithmetic and functions of the operation table
//! at random; the rest are definitions and derivatives of the table and sides of the rules, false ones included, with
//! random formulas for their letters: where simplification has something to do, it can go wrong.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use actsmith_codegen::Formula;
use actsmith_codegen::ops::{Op, SUGAR};
use actsmith_codegen::rules::{REFUTED, every_rule};
use rand::RngExt;
use rand_chacha::ChaCha8Rng;

use actsmith_search::seed;

/// The names of parameters.
const PARAMETERS: [&str; 2] = ["beta", "k"];
/// How deep a formula nests before templates are filled in.
const DEPTH: u32 = 3;
/// A formula has at most so many operations, its derivatives not counted.
const LONGEST: usize = 40;
/// How often a formula is drawn again if it does not parse, as `ln(x) / (1 - 1)` does not, or is too long.
const ATTEMPTS: u64 = 1_000;

/// A formula with letters to fill in.
struct Template {
    text: String,
    letters: &'static [&'static str],
}

static TEMPLATES: LazyLock<Vec<Template>> = LazyLock::new(|| {
    const ALL: &[&str] = &["a", "b", "c", "d", "p", "q"];
    let rules = every_rule();
    let rules = rules.into_iter().flat_map(|rule| [rule.left, rule.right]);
    let refuted = REFUTED.iter().flat_map(|row| [row.left, row.right]);
    let sides = rules.chain(refuted.map(str::to_owned));
    let sides = sides.map(|text| Template { text, letters: ALL });
    let table = Op::ALL.iter().flat_map(|op| {
        let row = op.row();
        let texts = row.derivatives.iter().copied().chain(row.definition);
        texts.map(|text| Template {
            text: text.to_owned(),
            letters: &ALL[..op.arity()],
        })
    });
    sides.chain(table).collect()
});

/// The functions of the table, and those that stand for formulas, by name and number of arguments.
static FUNCTIONS: LazyLock<Vec<(&'static str, usize)>> = LazyLock::new(|| {
    let is_function =
        |op: &&Op| op.arity() > 0 && !matches!(op, Op::Lt | Op::Le | Op::Eq | Op::If | Op::Powi);
    let operations = Op::ALL.iter().filter(is_function);
    let operations = operations.map(|op| (op.name(), op.arity()));
    let sugar = SUGAR
        .iter()
        .map(|sugar| (sugar.names[0], sugar.parameters.len()));
    operations.chain(sugar).collect()
});

/// The formula number `index` of a sample, in `x` and up to two parameters.
pub fn draw(seed: u64, index: u64) -> (String, Formula) {
    for attempt in 0..ATTEMPTS {
        let mut rng = seed::rng(seed, "language", index * ATTEMPTS + attempt);
        let parameters = [0, 0, 0, 1, 1, 2][rng.random_range(0..6)];
        let depth = 1 + rng.random_range(0..DEPTH);
        let mut drawing = Drawing {
            rng: &mut rng,
            leaves: Leaves::Variables(parameters),
            names: 0,
        };
        let text = drawing.expression(depth);
        if let Ok(formula) = Formula::parse(&text)
            && formula.dag().operations() <= LONGEST
        {
            return (text, formula);
        }
    }
    unreachable!("most formulas parse")
}

/// What stands where a formula nests no deeper.
#[derive(Clone, Copy)]
pub(super) enum Leaves {
    /// The input, so many parameters, and constants.
    Variables(usize),
    /// Constants alone.
    Constants,
}

/// A formula as it is drawn.
pub(super) struct Drawing<'a> {
    pub rng: &'a mut ChaCha8Rng,
    pub leaves: Leaves,
    /// How many names `let` has given.
    pub names: usize,
}

impl Drawing<'_> {
    /// A formula that nests `depth` deep, templates not counted; in brackets where it needs them as an operand.
    pub(super) fn expression(&mut self, depth: u32) -> String {
        if depth == 0 {
            return self.leaf();
        }
        match self.rng.random_range(0..100) {
            0..30 => self.arithmetic(depth),
            30..65 => self.function(depth),
            65..70 => self.power(depth),
            70..78 => self.choice(depth),
            78..82 => self.binding(depth),
            82..95 => self.template(depth),
            _ => self.leaf(),
        }
    }

    fn pick<'a, T>(&mut self, items: &'a [T]) -> &'a T {
        &items[self.rng.random_range(0..items.len())]
    }

    fn leaf(&mut self) -> String {
        match (self.leaves, self.rng.random_range(0..10)) {
            (Leaves::Variables(_), 0..6) => "x".to_owned(),
            (Leaves::Variables(parameters), 6..8) if parameters > 0 => {
                (*self.pick(&PARAMETERS[..parameters])).to_owned()
            }
            _ => self.constant(),
        }
    }

    fn arithmetic(&mut self, depth: u32) -> String {
        let left = self.expression(depth - 1);
        // What occurs twice can be shared, or cancel.
        let right = if self.rng.random_range(0..6) == 0 {
            left.clone()
        } else {
            self.expression(depth - 1)
        };
        let sign = self.pick(&["+", "-", "*", "*", "/"]);
        format!("({left} {sign} {right})")
    }

    fn function(&mut self, depth: u32) -> String {
        let (name, arity) = *self.pick(&FUNCTIONS);
        let arguments: Vec<String> = (0..arity).map(|_| self.expression(depth - 1)).collect();
        format!("{name}({})", arguments.join(", "))
    }

    fn power(&mut self, depth: u32) -> String {
        let exponent = self.pick(&[-3, -2, -1, 0, 1, 2, 3, 4, 5, 7, 12]).to_owned();
        format!("powi({}, {exponent})", self.expression(depth - 1))
    }

    fn choice(&mut self, depth: u32) -> String {
        let condition = self.condition(depth - 1);
        let [then, otherwise] = [(); 2].map(|()| self.expression(depth - 1));
        format!("(if {condition} {{ {then} }} else {{ {otherwise} }})")
    }

    fn condition(&mut self, depth: u32) -> String {
        let [left, right] = [(); 2].map(|()| self.expression(depth));
        let sign = *self.pick(&["<", "<=", ">", ">=", "==", "!="]);
        let comparison = format!("{left} {sign} {right}");
        match self.rng.random_range(0..8) {
            0 => format!("{comparison} && {}", self.comparison(depth)),
            1 => format!("{comparison} || {}", self.comparison(depth)),
            _ => comparison,
        }
    }

    fn comparison(&mut self, depth: u32) -> String {
        let [left, right] = [(); 2].map(|()| self.expression(depth));
        format!("{left} {} {right}", self.pick(&["<", "<=", ">", "=="]))
    }

    fn binding(&mut self, depth: u32) -> String {
        let name = self.name();
        let value = self.expression(depth - 1);
        let other = self.expression(depth - 1);
        let body = match self.rng.random_range(0..3) {
            0 => format!("{name} * {name}"),
            1 => format!("sigmoid({name}) * {other} + {name}"),
            _ => format!("max({name}, {other}) - {name}"),
        };
        format!("({{ let {name} = {value}; {body} }})")
    }

    fn name(&mut self) -> String {
        self.names += 1;
        format!("t{}", self.names)
    }

    /// A template with formulas for its letters. The names that it binds are made unique.
    fn template(&mut self, depth: u32) -> String {
        let Template { text, letters } = self.pick(&TEMPLATES);
        let mut words: BTreeMap<String, String> = BTreeMap::new();
        let mut out = String::new();
        let mut rest = text.as_str();
        let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '.';
        let mut before = "";
        while let Some(start) = rest.find(is_word) {
            let (gap, tail) = rest.split_at(start);
            let (word, after) = tail.split_at(tail.find(|c| !is_word(c)).unwrap_or(tail.len()));
            out.push_str(gap);
            if before == "let" {
                let name = self.name();
                words.insert(word.to_owned(), name);
            } else if letters.contains(&word) && !words.contains_key(word) {
                let filled = match word {
                    "p" | "q" => self.condition(depth - 1),
                    _ => self.expression(depth - 1),
                };
                words.insert(word.to_owned(), filled);
            }
            out.push_str(words.get(word).map_or(word, String::as_str));
            (before, rest) = (word, after);
        }
        format!("({out}{rest})")
    }

    /// A constant: plain ones, tiny and huge ones, more digits than a double has, fractions, π and roots.
    fn constant(&mut self) -> String {
        let text = match self.rng.random_range(0..100) {
            0..25 => self.rng.random_range(0..=10).to_string(),
            25..40 => format!("{}", f64::from(self.rng.random_range(1..4000)) / 1000.0),
            40..46 => self.scaled(-300, -10),
            46..52 => self.scaled(10, 300),
            52..64 => self.long(),
            64..72 => {
                let [p, q] = [(); 2].map(|()| self.rng.random_range(1..200));
                format!("({p} / {q})")
            }
            72..82 => self.between(),
            82..92 => (*self.pick(&KNOWN)).to_owned(),
            _ => (*self.pick(&NAMED)).to_owned(),
        };
        if self.rng.random_range(0..4) == 0 && text != "0" {
            format!("(-{text})")
        } else {
            text
        }
    }

    fn scaled(&mut self, low: i32, high: i32) -> String {
        let exponent = self.rng.random_range(low..high);
        if self.rng.random() {
            format!("1e{exponent}")
        } else {
            format!(
                "{}e{exponent}",
                f64::from(self.rng.random_range(10..999)) / 100.0
            )
        }
    }

    /// A decimal of 17 digits and more.
    fn long(&mut self) -> String {
        let count = self.rng.random_range(17..40);
        let digits: String = (0..count).map(|_| self.digit()).collect();
        format!("{}.{digits}", self.rng.random_range(0..4))
    }

    fn digit(&mut self) -> char {
        char::from(b'0' + self.rng.random_range(0..10_u8))
    }

    /// A number between two doubles, close to one of them or to a plain number.
    fn between(&mut self) -> String {
        let near = *self.pick(&[0.5, 1.0, 2.0, 3.0, 0.1, std::f64::consts::PI, 1e10, 6.0]);
        match self.rng.random_range(0..3) {
            0 => format!("{near:.20}"),
            1 => format!("{:.30}", near.next_up()),
            _ => {
                let zeros = self.rng.random_range(14..25);
                format!("{:.1}{}1", near, "0".repeat(zeros))
            }
        }
    }
}

/// Constants that formulas of activation functions have.
const KNOWN: [&str; 12] = [
    "0.044715",
    "1.702",
    "0.7978845608028654",
    "1.6732632423543772848170429916717",
    "1.0507009873554804934193349852946",
    "0.5",
    "88.72283905206835",
    "3.14159265358979323846",
    "3.1415926535897932",
    "1.4142135623730950488",
    "0.99999999999999999",
    "1.0000000000000001",
];

/// Constants that no literal holds.
const NAMED: [&str; 10] = [
    "pi",
    "pi",
    "(pi / 2)",
    "(2 * pi)",
    "sqrt(2)",
    "ln(10)",
    "(1 / sqrt(2 * pi))",
    "exp(1)",
    "sqrt(2 / pi)",
    "atan(1)",
];

#[cfg(test)]
mod tests {
    use super::*;
    use actsmith_codegen::ir::Node;
    use std::collections::BTreeSet;

    #[test]
    fn every_operation_of_the_table_occurs() {
        let mut seen: BTreeSet<Op> = BTreeSet::new();
        for index in 0..3_000 {
            let (_, formula) = draw(1, index);
            seen.extend(formula.dag().nodes().iter().filter_map(|node| match node {
                Node::Apply(op, _) => Some(*op),
                Node::Number(_) | Node::Variable(_) => None,
            }));
        }
        let missing: Vec<&Op> = Op::ALL.iter().filter(|op| !seen.contains(op)).collect();
        assert!(missing.is_empty(), "{missing:?}");
    }

    #[test]
    fn formulas_depend_on_seed_and_index_alone() {
        let texts = |seed: u64| (0..50).map(|index| draw(seed, index).0).collect::<Vec<_>>();
        assert_eq!(texts(3), texts(3));
        assert_ne!(texts(3), texts(4));
        let distinct: BTreeSet<String> = texts(3).into_iter().collect();
        assert!(distinct.len() > 45, "{distinct:?}");
    }

    #[test]
    fn formulas_have_choices_bindings_parameters_and_odd_constants() {
        let texts: Vec<String> = (0..1_000).map(|index| draw(2, index).0).collect();
        for part in [
            "if ",
            "let ",
            "beta",
            "powi(",
            "e-",
            "pi",
            " == ",
            " && ",
            "00000000001",
        ] {
            let count = texts.iter().filter(|text| text.contains(part)).count();
            assert!(count > 5, "`{part}` occurs in {count}");
        }
    }
}
