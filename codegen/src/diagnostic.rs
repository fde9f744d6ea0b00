//! Errors of a formula: each at the smallest span, with the fix, rendered for a terminal or for the compiler.

use std::fmt;

use proc_macro2::{Span, TokenStream};

/// One mistake: where it is, what it is, how to mend it.
#[derive(Clone, Debug)]
pub struct Diagnostic {
    /// The smallest token that shows the mistake.
    pub span: Span,
    /// What is wrong, in lower case.
    pub message: String,
    /// What to write instead.
    pub help: Option<String>,
}

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
        });
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
            .map(|d| {
                let message = match &d.help {
                    Some(help) => format!("{}\nhelp: {help}", d.message),
                    None => d.message.clone(),
                };
                syn::Error::new(d.span, message).to_compile_error()
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

impl fmt::Display for Diagnostics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, diagnostic) in self.list.iter().enumerate() {
            if index > 0 {
                writeln!(f)?;
            }
            write!(f, "{}", diagnostic.message)?;
            if let Some(source) = &self.source {
                write_excerpt(f, source, diagnostic.span)?;
            }
            if let Some(help) = &diagnostic.help {
                write!(f, "\n  help: {help}")?;
            }
        }
        Ok(())
    }
}

impl std::error::Error for Diagnostics {}

/// Writes the line that `span` starts on, with carets below it.
fn write_excerpt(f: &mut fmt::Formatter<'_>, source: &str, span: Span) -> fmt::Result {
    let (start, end) = (span.start(), span.end());
    let Some(line) = source.lines().nth(start.line.saturating_sub(1)) else {
        return Ok(());
    };
    let last = if end.line == start.line {
        end.column
    } else {
        line.chars().count()
    };
    let width = last.saturating_sub(start.column).max(1);
    let number = start.line.to_string();
    let gutter = " ".repeat(number.len());
    let indent = " ".repeat(start.column);
    write!(
        f,
        "\n  {gutter} |\n  {number} | {line}\n  {gutter} | {indent}{}",
        "^".repeat(width)
    )
}
