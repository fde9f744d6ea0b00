//! The lossy rules, a row each: what an operation may be replaced with.
//!
//! In a template `x` is the input, `a`, `b` and `c` are the arguments of the operation, and the other letters are constants, which are fitted
//! from where they start.

mod functions;
mod parts;
mod powers;
mod whole;

use std::sync::LazyLock;

use crate::ir::Dag;
use crate::ops::Op;
use crate::syntax::{Names, parse_text};

/// What a rule applies to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::front) enum Place {
    /// These operations.
    At(&'static [Op]),
    /// Every part of the formula.
    Anywhere,
    /// The whole formula.
    Whole,
}

/// A rule: its name, where it applies, and what it puts there.
struct Row(
    &'static str,
    Place,
    &'static [(&'static str, &'static [f64])],
);

/// One thing that a rule puts in a place.
#[derive(Debug)]
pub(in crate::front) struct Template {
    pub rule: &'static str,
    pub place: Place,
    /// Over the names of [`NAMES`].
    pub dag: Dag,
    /// Where the constants start.
    pub start: &'static [f64],
}

/// The input, the arguments, and the constants in their order.
const NAMES: [&str; 15] = [
    "x", "a", "b", "c", "p", "q", "r", "s", "t", "u", "v", "w", "y", "z", "k",
];

/// Every template of every rule, in their order.
pub(in crate::front) fn templates() -> &'static [Template] {
    static TEMPLATES: LazyLock<Vec<Template>> = LazyLock::new(|| {
        let names = NAMES.map(str::to_owned);
        let read = |text: &str| {
            parse_text(text, Names::Declared(&names))
                .unwrap_or_else(|error| panic!("{text}: {error}"))
        };
        let of_row = |Row(rule, place, by): &Row| {
            let (rule, place) = (*rule, *place);
            by.iter()
                .map(move |&(text, start)| (rule, place, text, start))
        };
        let rows = [parts::ROWS, functions::ROWS, powers::ROWS, whole::ROWS];
        rows.into_iter()
            .flatten()
            .flat_map(of_row)
            .map(|(rule, place, text, start)| Template {
                rule,
                place,
                dag: read(text),
                start,
            })
            .collect()
    });
    &TEMPLATES
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ir::Node;

    /// The constants of a template are the first letters, each with a start, and an operation has the arguments that are named.
    #[test]
    fn templates_name_what_they_have() {
        for template in templates() {
            let text = template.dag.formula(0);
            let uses = |name: usize| template.dag.find(&Node::Variable(name)).is_some();
            let constants: Vec<usize> = (4..NAMES.len()).filter(|&name| uses(name)).collect();
            let expected: Vec<usize> = (4..4 + template.start.len()).collect();
            assert_eq!(constants, expected, "{text}");
            let arguments = match template.place {
                Place::At(operations) => operations.iter().map(|op| op.arity()).min(),
                Place::Anywhere | Place::Whole => Some(0),
            };
            let most = arguments.unwrap_or(0);
            assert!((1 + most..4).all(|name| !uses(name)), "{text}");
            assert!(
                template
                    .start
                    .iter()
                    .all(|start| *start != 0.0 || template.place == Place::Whole)
            );
        }
    }
}
