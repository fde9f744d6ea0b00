//! Text that Rust does not read at all: signs of mathematics, brackets that do not match, strings in single quotes.

use std::borrow::Cow;

use crate::diagnostic::Diagnostics;

/// Signs with one spelling in Rust.
const SIGNS: [(char, &str); 22] = [
    ('\u{2212}', "-"),
    ('\u{2010}', "-"),
    ('\u{2011}', "-"),
    ('\u{2013}', "-"),
    ('\u{2014}', "-"),
    ('\u{d7}', " * "),
    ('\u{b7}', " * "),
    ('\u{387}', " * "),
    ('\u{22c5}', " * "),
    ('\u{2219}', " * "),
    ('\u{2217}', " * "),
    ('\u{2022}', " * "),
    ('\u{f7}', " / "),
    ('\u{2215}', " / "),
    ('\u{2044}', " / "),
    ('\u{2264}', " <= "),
    ('\u{2265}', " >= "),
    ('\u{2260}', " != "),
    ('\u{bd}', "0.5"),
    ('\u{bc}', "0.25"),
    ('\u{be}', "0.75"),
    ('\u{a0}', " "),
];

const SUPERSCRIPTS: [char; 10] = [
    '\u{2070}', '\u{b9}', '\u{b2}', '\u{b3}', '\u{2074}', '\u{2075}', '\u{2076}', '\u{2077}',
    '\u{2078}', '\u{2079}',
];

/// A formula longer than this is not written out again.
const SHORT: usize = 60;

/// Refuses signs of mathematics that are not Rust's, each with its spelling.
pub(super) fn check(text: &str) -> Result<(), Diagnostics> {
    for (at, character) in text.char_indices() {
        let comment = || {
            text[..at]
                .lines()
                .last()
                .is_some_and(|line| line.contains("//"))
        };
        if character.is_ascii() || comment() {
            continue;
        }
        let help = if SIGNS.iter().any(|(sign, _)| *sign == character) {
            spelled(text, character)
        } else if let Some(power) = SUPERSCRIPTS.iter().position(|sign| *sign == character) {
            let base = base(&text[..at]);
            match power {
                2 => format!("write `square({base})`"),
                3 => format!("write `cube({base})`"),
                _ => format!("write `powi({base}, {power})`"),
            }
        } else if character == '\u{221a}' {
            format!(
                "write `sqrt({})`",
                operand(&text[at + character.len_utf8()..])
            )
        } else if character == '\u{221e}' {
            "a formula has finite numbers only".to_owned()
        } else if "\u{201c}\u{201d}\u{2018}\u{2019}\u{ab}\u{bb}".contains(character) {
            "leave the quotation marks out".to_owned()
        } else {
            continue;
        };
        let range = at..at + character.len_utf8();
        let message = format!("`{character}` is not a sign of the language");
        return Err(Diagnostics::in_text(text, range, message, help));
    }
    Ok(())
}

/// The formula in the signs of Rust if it is short, else the one sign.
fn spelled(text: &str, character: char) -> String {
    let sign = |c: char| {
        SIGNS
            .iter()
            .find(|(sign, _)| *sign == c)
            .map(|(_, spelling)| *spelling)
    };
    if text.chars().count() > SHORT {
        return format!("write `{}`", sign(character).unwrap_or_default().trim());
    }
    let spelled: String = text
        .chars()
        .map(|c| sign(c).map_or_else(|| c.to_string(), str::to_owned))
        .collect();
    let words: Vec<&str> = spelled.split_whitespace().collect();
    format!("write `{}`", words.join(" "))
}

/// The name, number or bracket that a text ends with.
fn base(text: &str) -> &str {
    let text = text.trim_end();
    if text.ends_with(')') {
        let mut depth = 0;
        let open = text.char_indices().rev().find(|(_, c)| {
            depth += i32::from(*c == ')') - i32::from(*c == '(');
            depth == 0
        });
        let start = open.map_or(0, |(at, _)| at);
        let name = word_before(&text[..start]);
        return match name.is_empty() {
            true => text[start + 1..text.len() - 1].trim(),
            false => &text[start - name.len()..],
        };
    }
    match word_before(text) {
        "" => "\u{2026}",
        word => word,
    }
}

fn word_before(text: &str) -> &str {
    let part = |c: char| c.is_alphanumeric() || c == '_' || c == '.';
    &text[text.trim_end_matches(part).len()..]
}

/// The name, number or bracket that a text begins with.
fn operand(text: &str) -> &str {
    let text = text.trim_start();
    if text.starts_with('(') {
        let mut depth = 0;
        let close = text.char_indices().find(|(_, c)| {
            depth += i32::from(*c == '(') - i32::from(*c == ')');
            depth == 0
        });
        return close.map_or("\u{2026}", |(at, _)| text[1..at].trim());
    }
    let part = |c: char| c.is_alphanumeric() || c == '_' || c == '.';
    match &text[..text.len() - text.trim_start_matches(part).len()] {
        "" => "\u{2026}",
        word => word,
    }
}

/// Python's strings, `'tanh'`, as Rust's, of the same length: what stands in them is part of a message at most.
pub(super) fn quoted(text: &str) -> Cow<'_, str> {
    if !text.contains('\'') {
        return Cow::Borrowed(text);
    }
    let mut quoted = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find('\'') {
        let inside = &rest[start + 1..];
        let length = inside
            .find(|c: char| !c.is_alphanumeric() && c != '_')
            .unwrap_or(inside.len());
        let (before, word) = (&rest[..start], &inside[..length]);
        if inside[length..].starts_with('\'') {
            quoted.extend([before, "\"", word, "\""]);
            rest = &inside[length + 1..];
        } else {
            quoted.extend([before, "'"]);
            rest = inside;
        }
    }
    quoted.push_str(rest);
    Cow::Owned(quoted)
}

/// Why a text is not made of tokens: a bracket, or the character at `at`.
pub(super) fn unreadable(text: &str, at: usize) -> Diagnostics {
    let pairs = [('(', ')'), ('[', ']'), ('{', '}')];
    let mut open: Vec<(usize, char)> = Vec::new();
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let code = line.find("//").unwrap_or(line.len());
        for (offset, character) in line[..code].char_indices() {
            let position = start + offset;
            if let Some((_, close)) = pairs.iter().find(|(open, _)| *open == character) {
                open.push((position, *close));
            } else if pairs.iter().any(|(_, close)| *close == character) {
                match open.pop() {
                    Some((_, close)) if close == character => {}
                    Some((_, close)) => {
                        let message =
                            format!("`{character}` closes a bracket that `{close}` should close");
                        return Diagnostics::in_text(
                            text,
                            position..position + 1,
                            message,
                            format!("write `{close}`"),
                        );
                    }
                    None => {
                        let message = format!("`{character}` closes no bracket");
                        return Diagnostics::in_text(
                            text,
                            position..position + 1,
                            message,
                            "leave it out, or open a bracket",
                        );
                    }
                }
            }
        }
        start += line.len();
    }
    if let Some((position, close)) = open.pop() {
        let message = format!("`{}` is never closed", &text[position..=position]);
        return Diagnostics::in_text(
            text,
            position..position + 1,
            message,
            format!("add `{close}`"),
        );
    }
    let character = text.get(at..).and_then(|rest| rest.chars().next());
    let (range, what) = match character {
        Some(character) => (
            at..at + character.len_utf8(),
            character.escape_debug().to_string(),
        ),
        None => (0..0, "this".to_owned()),
    };
    let message = format!("`{what}` is not part of a formula");
    let help = "a formula has numbers, names, + - * /, calls, `if … else …` and `let`";
    Diagnostics::in_text(text, range, message, help)
}

#[cfg(test)]
mod tests {
    use crate::ir::Dag;

    #[test]
    fn signs_of_mathematics_are_told_in_the_signs_of_rust() {
        for (text, fix) in [
            ("\u{2212}x", "write `-x`"),
            ("x \u{2212} 1", "write `x - 1`"),
            ("x\u{2013}1", "write `x-1`"),
            ("2\u{d7}x", "write `2 * x`"),
            ("2 \u{d7} x \u{2212} 1", "write `2 * x - 1`"),
            ("2\u{b7}x", "write `2 * x`"),
            ("x\u{b7}2", "write `x * 2`"),
            ("x \u{f7} 2", "write `x / 2`"),
            ("\u{bd}*x", "write `0.5*x`"),
            (
                "if x \u{2264} 1 { x } else { 1 }",
                "write `if x <= 1 { x } else { 1 }`",
            ),
            ("x\u{b2}", "write `square(x)`"),
            ("x + 0.5\u{b2}", "write `square(0.5)`"),
            ("(x + 1)\u{b3}", "write `cube(x + 1)`"),
            ("tanh(x)\u{b2}", "write `square(tanh(x))`"),
            ("x\u{2074}", "write `powi(x, 4)`"),
            ("\u{221a}x", "write `sqrt(x)`"),
            ("\u{221a}(1 + x)", "write `sqrt(1 + x)`"),
            ("\u{221a}", "write `sqrt(\u{2026})`"),
            ("x * \u{221e}", "finite numbers only"),
            ("\u{201c}x\u{201d}", "quotation marks"),
        ] {
            let error = Dag::parse(text).expect_err(text).to_string();
            assert!(error.contains(fix), "{text}: {error}");
            assert!(
                error.contains("is not a sign of the language"),
                "{text}: {error}"
            );
        }
        // Comments may have any, and names the letters of any language.
        assert!(Dag::parse("// x\u{b2} \u{2212} 1\nx").is_ok());
        assert!(Dag::parse("\u{3b2} * x").is_ok());
    }

    #[test]
    fn brackets_that_do_not_match_are_shown() {
        for (text, message) in [
            ("abs(x", "`(` is never closed"),
            ("abs(x))", "`)` closes no bracket"),
            ("abs(x}", "`}` closes a bracket that `)` should close"),
            ("if x > 0 { x else { 0 }", "`{` is never closed"),
            ("x \\ 2", "is not part of a formula"),
        ] {
            let error = Dag::parse(text).expect_err(text).to_string();
            assert!(error.contains(message), "{text}: {error}");
            assert!(error.contains("help: "), "{text}: {error}");
        }
    }
}
