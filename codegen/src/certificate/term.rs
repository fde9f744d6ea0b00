//! Terms as text: a literal, `$variable`, or an operation and the numbers of its arguments.

use crate::ir::{Id, Node, Terms};
use crate::number::Number;
use crate::ops::Op;

/// A literal has no use for more characters: f64 ends at 308 digits, and exact arithmetic at 256 bits.
const LONGEST_LITERAL: usize = 800;

/// The text of a term.
pub(super) fn write(node: &Node, variables: &[String]) -> String {
    match node {
        Node::Number(number) => number_text(number),
        Node::Variable(index) => format!("${}", variables[*index]),
        Node::Apply(op, _) => {
            let arguments = node.arguments().iter().map(|id| format!(" {id}"));
            arguments.fold(op.name().to_owned(), |text, argument| text + &argument)
        }
    }
}

/// Reads a term whose arguments are among the terms of `ids`.
pub(super) fn read(text: &str, variables: &[String], ids: &[Id], terms: &mut Terms) -> Option<Id> {
    let mut words = text.split(' ');
    let head = words.next()?;
    let arguments: Option<Vec<Id>> = words
        .map(|word| ids.get(word.parse::<usize>().ok()?).copied())
        .collect();
    let arguments = arguments?;
    let leaf = |node: Node| arguments.is_empty().then_some(node);
    let node = if let Some(name) = head.strip_prefix('$') {
        let index = variables.iter().position(|known| known == name)?;
        leaf(Node::Variable(index))?
    } else if head.starts_with(|c: char| c == '-' || c.is_ascii_digit()) {
        leaf(Node::Number(number(head)?))?
    } else {
        let op = Op::from_call(head, arguments.len())?;
        Node::apply(op, &arguments)
    };
    Some(terms.add(node))
}

/// The text of a literal.
pub(super) fn number_text(number: &Number) -> String {
    number.to_string().replace(' ', "")
}

/// Reads a literal.
pub(super) fn number(text: &str) -> Option<Number> {
    if text.len() > LONGEST_LITERAL {
        return None;
    }
    match text.split_once('/') {
        Some((dividend, divisor)) => Number::parse(dividend)?.div(&Number::parse(divisor)?),
        None => Number::parse(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_back() {
        let variables = ["x".to_owned(), "exp".to_owned()];
        let mut terms = Terms::default();
        let mut ids = Vec::new();
        for text in [
            "$x", "$exp", "-0.5", "1/3", "1e30", "pi", "exp 0", "if 6 1 2",
        ] {
            let id = read(text, &variables, &ids, &mut terms).expect(text);
            assert_eq!(write(terms.node(id), &variables), text);
            ids.push(id);
        }
        let long = "9".repeat(LONGEST_LITERAL + 1);
        for text in [
            "", "$y", "$x 0", "1/0", "exp", "exp 8", "exp 0 0", "exp  0", "exp x", "0x1", "-",
            &long,
        ] {
            assert_eq!(read(text, &variables, &ids, &mut terms), None, "{text}");
        }
    }
}
