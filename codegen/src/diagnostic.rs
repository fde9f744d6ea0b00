//! Errors of a formula: each at the smallest piece of its text, with the fix, rendered for a terminal.
//!
//! [`Mistakes`] are the same with the compiler's spans, while the formula is still tokens.

mod mistakes;

use std::fmt;
use std::ops::Range;

pub use mistakes::Mistakes;

/// One mistake: where it is, what it is, how to mend it.
#[derive(Clone, Debug)]
pub struct Diagnostic {
    /// The bytes of the text that show the mistake; empty if it is that of the formula as a whole.
    pub range: Range<usize>,
    /// What is wrong, in lower case.
    pub message: String,
    /// What to write instead.
    pub help: Option<String>,
}

/// All mistakes found in one formula, in the order of the text. It goes from thread to thread as any error does, and with the
/// feature `candle` becomes candle's error by `?`.
#[derive(Clone, Debug, Default)]
pub struct Diagnostics {
    list: Vec<Diagnostic>,
    /// The text that the ranges point into, if the formula came as text.
    source: Option<String>,
}

impl Diagnostics {
    /// Notes a mistake of the formula as a whole, together with what to do instead.
    pub fn note(&mut self, message: impl Into<String>, help: impl Into<String>) {
        self.list.push(Diagnostic {
            range: 0..0,
            message: message.into(),
            help: Some(help.into()),
        });
    }

    /// One mistake at a range of bytes of the text of a formula.
    pub(crate) fn in_text(
        source: &str,
        range: Range<usize>,
        message: impl Into<String>,
        help: impl Into<String>,
    ) -> Self {
        Self {
            list: vec![Diagnostic {
                range,
                message: message.into(),
                help: Some(help.into()),
            }],
            source: Some(source.to_owned()),
        }
    }

    /// Whether nothing was found.
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// The mistakes.
    pub fn iter(&self) -> impl Iterator<Item = &Diagnostic> {
        self.list.iter()
    }

    /// `value` if nothing was found.
    pub fn into_result<T>(self, value: T) -> Result<T, Self> {
        if self.is_empty() {
            Ok(value)
        } else {
            Err(self)
        }
    }
}

impl fmt::Display for Diagnostics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, diagnostic) in self.list.iter().enumerate() {
            // Whoever prints the list has introduced its first entry.
            if index > 0 {
                write!(f, "\nerror: ")?;
            }
            write!(f, "{}", diagnostic.message)?;
            if let Some(source) = &self.source {
                write_excerpt(f, source, &diagnostic.range)?;
            }
            if let Some(help) = &diagnostic.help {
                write!(f, "\n  help: {help}")?;
            }
        }
        Ok(())
    }
}

impl std::error::Error for Diagnostics {}

#[cfg(feature = "candle")]
impl From<Diagnostics> for candle_core::Error {
    fn from(diagnostics: Diagnostics) -> Self {
        Self::wrap(diagnostics)
    }
}

/// Lines longer than this are shown in part.
const LINE_WIDTH: usize = 100;

/// Writes the line that the range begins on, with carets below it.
fn write_excerpt(f: &mut fmt::Formatter<'_>, source: &str, range: &Range<usize>) -> fmt::Result {
    let (Some(before), Some(inside)) = (source.get(..range.start), source.get(range.clone()))
    else {
        return Ok(());
    };
    let number = before.matches('\n').count() + 1;
    let Some(line) = source.lines().nth(number - 1) else {
        return Ok(());
    };
    let start = before.chars().rev().take_while(|&c| c != '\n').count();
    let length = line.chars().count();
    // A third of the window shows what stands before the mistake.
    let skipped = if length > LINE_WIDTH {
        start.saturating_sub(LINE_WIDTH / 3)
    } else {
        0
    };
    let shown: String = line.chars().skip(skipped).take(LINE_WIDTH).collect();
    let last = match inside.contains('\n') {
        true => length,
        false => start + inside.chars().count(),
    };
    let column = start - skipped;
    let width = last
        .saturating_sub(start)
        .min(LINE_WIDTH.saturating_sub(column))
        .max(1);
    let gutter = " ".repeat(number.to_string().len());
    let indent = " ".repeat(column);
    let carets = "^".repeat(width);
    write!(
        f,
        "\n  {gutter} |\n  {number} | {shown}\n  {gutter} | {indent}{carets}"
    )
}

#[cfg(test)]
mod tests {
    use crate::ir::Dag;

    fn message(formula: &str) -> String {
        Dag::parse(formula).expect_err("a mistake").to_string()
    }

    #[test]
    fn a_mistake_is_shown_with_its_line_and_its_fix() {
        let expected =
            "`^` is not a power in Rust\n    |\n  1 | x ^ 2\n    |   ^\n  help: write `powi(x, 2)`";
        assert_eq!(message("x ^ 2"), expected);
        assert!(message("sigmoyd(x)").ends_with("help: did you mean `sigmoid`?"));
    }

    #[test]
    fn every_mistake_is_listed() {
        assert_eq!(
            message("sigmoyd(x) + silu(x, 2) + (x > 1)")
                .matches("    |\n")
                .count(),
            3
        );
    }

    #[test]
    fn both_spellings_of_a_power_name_the_function() {
        for (text, help) in [
            ("x ** 2", "help: write `powi(x, 2)`"),
            ("3 * x ** 2 + 1", "`**` is not a power in Rust"),
            ("tanh(x) ^ 3", "help: write `powi(tanh(x), 3)`"),
            ("x^2 * sigmod(x)", "help: did you mean `sigmoid`?"),
            ("x^2 * sigmod(x)", "`^` is not a power in Rust"),
            ("mul", "help: write for example `mul(x, y)`"),
            ("tanh + 1", "help: write for example `tanh(x)`"),
            ("if x = 1 { 0 } else { 1 }", "compare with `==`"),
            ("return x", "`return` is not part of a formula"),
            ("2x", "write `2 * x`"),
            ("2.5x", "write `2.5 * x`"),
            ("2pi", "write `2 * pi`"),
            ("2sin(x)", "write `2 * sin(x)`"),
            ("2(x+1)", "write `2 * (x + 1)`"),
            ("(x)(x)", "write `(x) * (x)`"),
            ("x(x + 1)", "write `x * (x + 1)`"),
            ("2 x", "write `2 * x`"),
            ("tanh(x) x", "there is no operator between `(x)` and `x`"),
            ("x 2", "write `x * 2`"),
            ("3f32 * x", "write `3`: the type is the tensor's"),
            ("x and 1", "write `&&`"),
            ("not x", "write `!(…)`"),
            (
                "x if x > 0 else 0",
                "write `if condition { value } else { other value }`",
            ),
            (
                "if x > 0 then x else 0",
                "write `if condition { value } else { other value }`",
            ),
            ("lambda x: x", "write the formula alone"),
            ("f(x) = x * 2", "write the formula alone: `x * 2`"),
            ("f = x * 2", "write the formula alone: `x * 2`"),
            ("x ** 0.5", "write `sqrt(x)`"),
            ("x ** 1.5", "write `exp(1.5 * ln(x))`"),
            ("x ** -1", "write `powi(x, -1)`"),
            ("x ^ n", "write `exp(n * ln(x))`"),
            ("powi(x, n)", "write for example `powi(x, 2)`"),
            ("max(1)", "takes 2 arguments, but 1 is given"),
            ("max()", "takes 2 arguments, but none is given"),
            ("silu(x, 1, 2)", "takes 1 argument, but 3 are given"),
            ("if x { 1 } else { 2 }", "this is not a condition"),
        ] {
            assert!(message(text).contains(help), "{text}: {}", message(text));
        }
    }

    #[test]
    fn a_long_formula_shows_its_mistake_too() {
        let long = format!("{} + sigmod(x)", ["x"; 5_000].join(" + "));
        assert!(message(&long).contains("did you mean `sigmoid`?"));
        assert!(message(&long).contains("| "));
        let names: Vec<String> = (0..200).map(|k| format!("p{k}")).collect();
        assert_eq!(
            message(&names.join(" + "))
                .matches("more than 64 names")
                .count(),
            1
        );
    }

    #[test]
    fn a_long_line_is_shown_around_the_mistake() {
        let message = message(&format!("{} + x ^ 2", ["x"; 500].join(" + ")));
        let longest = message.lines().map(|line| line.chars().count()).max();
        assert!(longest < Some(120), "{message}");
        assert!(message.contains("x ^ 2"), "{message}");
    }

    /// Input that must give an error, whatever it is: once a panic, never again.
    #[test]
    fn no_input_panics() {
        let deep =
            |open: &str, close: &str| format!("{}x{}", open.repeat(5000), close.repeat(5000));
        for text in [
            "",
            " ",
            ";",
            "x;",
            "()",
            "x +",
            "²",
            "\u{0}",
            "'",
            "\"",
            "r#x * x",
            "self",
            "x as f32",
            "fn",
            "|x| x",
            "x[0]",
            "1e999",
            "1f32",
            "1/0",
            "powi(x, 2.5)",
            "powi(x, y)",
            "powi(2)",
            "if x { 1 } else { 2 }",
            "if x > 0 { 1 }",
            "let",
            "let x",
            "let x = ;",
            "let tanh = x; x",
            "x.y",
            "x.tanh",
            "tanh::<f32>(x)",
            "f32::tanh(x)",
            "x < x",
            "x = 2",
            "&x",
            "!x",
            "loop {}",
            "max(x)",
            "clamp(x, 1)",
            "x % 2",
            "x && x",
            "{ let y = x; }",
            "unknown(x)",
            "x..x",
            "x?",
            &deep("(", ")"),
            &deep("tanh(", ")"),
            &deep("-", ""),
            &deep("{", "}"),
            &["x"; 120_000].join("+"),
            &["x"; 160_000].join("*"),
            &format!("{} +", ["x"; 90_000].join("+")),
            &format!("{} ^ 2", ["x"; 90_000].join("+")),
            &deep("if x > 0 {", "} else { 0 }"),
            &format!("{}1", "if x > 0 { 1 } else ".repeat(5_000)),
            &"(".repeat(100_000),
            &format!("{}x", "-".repeat(100_000)),
            &format!("{}x", "- ".repeat(100_000)),
            &format!("{}x", "return ".repeat(50_000)),
            &format!("{}x", "x = ".repeat(50_000)),
            &format!("{}x", "x += ".repeat(50_000)),
            &format!("{}x", "x =-".repeat(50_000)),
            &format!("{}x", "x..".repeat(50_000)),
            &format!("{}x", "|x| ".repeat(50_000)),
            &format!("{}x", "|| x + ".repeat(50_000)),
            &format!("{}x", "let a = ".repeat(50_000)),
            &format!("{}x", "x::<a<".repeat(50_000)),
            &format!("<{}x", "a<".repeat(50_000)),
            &format!("{}x", "x < ".repeat(50_000)),
            &format!("{}x", "x as a<".repeat(50_000)),
            &format!("x{}", "(1)".repeat(50_000)),
            &format!("x{}", ".y".repeat(50_000)),
            &format!("x{}", "?".repeat(50_000)),
            &format!("{}x", "&x & ".repeat(50_000)),
            &format!("if {} x < 1 {{ 1 }}", "x < 1 && ".repeat(30_000)),
            &format!("{}x", "x x ".repeat(50_000)),
            &"x, ".repeat(50_000),
            &"x.tanh()".repeat(3),
            &format!("x{}", ".tanh()".repeat(5000)),
        ] {
            let shown: String = text.chars().take(80).collect();
            assert!(Dag::parse(text).is_err(), "{shown}");
        }
    }
}
