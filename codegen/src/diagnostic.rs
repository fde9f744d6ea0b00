//! Errors of a formula: each at the smallest span, with the fix, rendered for a terminal or for the compiler.

use std::fmt;

use proc_macro2::{Ident, LineColumn, Span, TokenStream};
use quote::quote;
use syn::Attribute;

/// One mistake: where it is, what it is, how to mend it.
#[derive(Clone, Debug)]
pub struct Diagnostic {
    /// The smallest token that shows the mistake.
    pub span: Span,
    /// What is wrong, in lower case.
    pub message: String,
    /// What to write instead.
    pub help: Option<String>,
    /// Where the span begins and ends, if another thread has read the text: spans do not leave theirs.
    place: Option<Place>,
}

type Place = (LineColumn, LineColumn);

impl Diagnostic {
    /// What is wrong, and below it what to write instead.
    fn text(&self) -> String {
        match &self.help {
            Some(help) => format!("{}\nhelp: {help}", self.message),
            None => self.message.clone(),
        }
    }

    fn place(&self) -> Place {
        self.place
            .unwrap_or_else(|| (self.span.start(), self.span.end()))
    }
}

/// Mistakes with their places instead of their spans, to be handed from thread to thread.
#[derive(Debug)]
pub(crate) struct Located(Vec<(Place, String, Option<String>)>);

/// All mistakes found in one formula, in the order of the text.
#[derive(Clone, Debug, Default)]
pub struct Diagnostics {
    list: Vec<Diagnostic>,
    /// The text that the spans point into, if the formula came as text.
    source: Option<String>,
}

impl Diagnostics {
    /// Notes a mistake that has no obvious fix.
    pub fn error(&mut self, span: Span, message: impl Into<String>) {
        self.list.push(Diagnostic {
            span,
            message: message.into(),
            help: None,
            place: None,
        });
    }

    /// Notes a mistake together with what to write instead.
    pub fn error_with_help(
        &mut self,
        span: Span,
        message: impl Into<String>,
        help: impl Into<String>,
    ) {
        self.list.push(Diagnostic {
            span,
            message: message.into(),
            help: Some(help.into()),
            place: None,
        });
    }

    /// Whether a fix of some mistake names `name`.
    pub(crate) fn suggests(&self, name: &str) -> bool {
        let quoted = format!("`{name}`");
        let names = |d: &Diagnostic| d.help.as_ref().is_some_and(|help| help.contains(&quoted));
        self.list.iter().any(names)
    }

    /// Whether nothing was found.
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// The mistakes.
    pub fn iter(&self) -> impl Iterator<Item = &Diagnostic> {
        self.list.iter()
    }

    /// The same mistakes, rendered with the lines of `source` that they point at.
    pub fn with_source(mut self, source: &str) -> Self {
        self.source = Some(source.to_owned());
        self
    }

    /// The mistakes with their places.
    pub(crate) fn into_located(self) -> Located {
        let located = |d: Diagnostic| (d.place(), d.message, d.help);
        Located(self.list.into_iter().map(located).collect())
    }

    /// The mistakes that another thread has found.
    pub(crate) fn from_located(located: Located) -> Self {
        let diagnostic = |(place, message, help)| Diagnostic {
            span: Span::call_site(),
            message,
            help,
            place: Some(place),
        };
        Self {
            list: located.0.into_iter().map(diagnostic).collect(),
            source: None,
        }
    }

    /// Adds the mistakes of another part of the same formula.
    pub fn extend(&mut self, other: Self) {
        self.list.extend(other.list);
    }

    /// `value` if nothing was found.
    pub fn into_result<T>(self, value: Option<T>) -> Result<T, Self> {
        match value {
            Some(value) if self.is_empty() => Ok(value),
            _ => Err(self),
        }
    }

    /// One `compile_error!` a mistake, at its span.
    pub fn to_compile_error(&self) -> TokenStream {
        self.iter()
            .map(|d| syn::Error::new(d.span, d.text()).to_compile_error())
            .collect()
    }

    /// One warning of the compiler each, at its span, under the lint `deprecated`: on stable Rust, only the use of an item that is
    /// marked so carries a text of its own. `attributes` stand on each, to set the level of the lint.
    pub fn to_compile_warning(&self, attributes: &[Attribute]) -> TokenStream {
        self.iter()
            .map(|d| {
                let note = d.text();
                // Shown at the user's token, found where it is declared.
                let used = Ident::new("UNDEFINED", Span::call_site().located_at(d.span));
                quote! {
                    #(#attributes)*
                    const _: () = {
                        #[deprecated(note = #note)]
                        const UNDEFINED: () = ();
                        #used
                    };
                }
            })
            .collect()
    }
}

impl From<syn::Error> for Diagnostics {
    fn from(error: syn::Error) -> Self {
        let mut diagnostics = Self::default();
        for one in error {
            diagnostics.error(one.span(), one.to_string());
        }
        diagnostics
    }
}

impl Diagnostics {
    /// What `syn` says, with what to write instead.
    pub fn from_syn(error: syn::Error, help: &str) -> Self {
        let mut diagnostics = Self::from(error);
        for diagnostic in &mut diagnostics.list {
            diagnostic.help = Some(help.to_owned());
        }
        diagnostics
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
                write_excerpt(f, source, diagnostic.place())?;
            }
            if let Some(help) = &diagnostic.help {
                write!(f, "\n  help: {help}")?;
            }
        }
        Ok(())
    }
}

impl std::error::Error for Diagnostics {}

/// Lines longer than this are shown in part.
const LINE_WIDTH: usize = 100;

/// Writes the line that the place begins on, with carets below it.
fn write_excerpt(f: &mut fmt::Formatter<'_>, source: &str, (start, end): Place) -> fmt::Result {
    let Some(line) = source.lines().nth(start.line.saturating_sub(1)) else {
        return Ok(());
    };
    let length = line.chars().count();
    // A third of the window shows what stands before the mistake.
    let skipped = if length > LINE_WIDTH {
        start.column.saturating_sub(LINE_WIDTH / 3)
    } else {
        0
    };
    let shown: String = line.chars().skip(skipped).take(LINE_WIDTH).collect();
    let last = if end.line == start.line {
        end.column
    } else {
        length
    };
    let column = start.column - skipped;
    let width = last
        .saturating_sub(start.column)
        .min(LINE_WIDTH.saturating_sub(column))
        .max(1);
    let number = start.line.to_string();
    let gutter = " ".repeat(number.len());
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
            ("tanh(x) ^ 3", "help: write `powi(tanh (x), 3)`"),
            ("x^2 * sigmod(x)", "help: did you mean `sigmoid`?"),
            ("x^2 * sigmod(x)", "`^` is not a power in Rust"),
            ("mul", "help: write for example `mul(x, y)`"),
            ("tanh + 1", "help: write for example `tanh(x)`"),
            ("if x = 1 { 0 } else { 1 }", "compare with `==`"),
            ("return x", "`return` is not part of a formula"),
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
