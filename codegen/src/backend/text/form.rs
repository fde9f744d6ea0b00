//! Expressions as text, and the forms that operations are written in.

/// How tightly an expression binds, from loosest to tightest.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
pub(crate) enum Binding {
    Choice,
    Comparison,
    Sum,
    Product,
    Prefix,
    Power,
    Atom,
}

/// Whether a number is larger than those of f32.
pub(crate) fn exceeds_single(value: f64) -> bool {
    value.abs() > f64::from(f32::MAX)
}

/// An expression of a target's language.
#[derive(Clone, Debug)]
pub(crate) struct Expression {
    text: String,
    binding: Binding,
    number: Option<f64>,
}

impl Expression {
    pub(crate) fn new(text: String, binding: Binding) -> Self {
        Self {
            text,
            binding,
            number: None,
        }
    }

    /// A name, a call, or anything else that needs no parentheses.
    pub(crate) fn atom(text: impl Into<String>) -> Self {
        Self::new(text.into(), Binding::Atom)
    }

    /// A number, as the target writes it.
    pub(crate) fn number(text: String, value: f64) -> Self {
        let binding = match text.starts_with('-') {
            true => Binding::Prefix,
            false => Binding::Atom,
        };
        Self {
            number: Some(value),
            ..Self::new(text, binding)
        }
    }

    /// The text, to stand where anything may.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// The same with another text, which binds as tightly.
    pub(crate) fn with_text(self, text: impl Fn(&str) -> String) -> Self {
        Self {
            text: text(&self.text),
            ..self
        }
    }

    /// The value, if it is a number.
    pub(crate) fn value(&self) -> Option<f64> {
        self.number
    }

    /// Whether it is a name.
    pub(crate) fn is_name(&self) -> bool {
        let word = |c: char| c.is_alphanumeric() || c == '_';
        self.text.chars().all(word) && !self.text.starts_with(|c: char| c.is_ascii_digit())
    }

    /// The text, in parentheses unless it binds as tightly as `least`.
    pub(crate) fn at_least(&self, least: Binding) -> String {
        match self.binding >= least {
            true => self.text.clone(),
            false => format!("({})", self.text),
        }
    }
}

/// The form of an operation: a pattern with `{a}`, `{b}` and `{c}` for its arguments.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Form {
    pattern: &'static str,
    binding: Binding,
    /// How tightly the arguments have to bind.
    least: [Binding; 3],
}

/// A form whose arguments stand between brackets and commas.
pub(crate) const fn call(pattern: &'static str) -> Form {
    Form {
        pattern,
        binding: Binding::Atom,
        least: [Binding::Choice; 3],
    }
}

/// A form with operators, and how tightly its arguments have to bind.
pub(crate) const fn infix(pattern: &'static str, binding: Binding, least: [Binding; 3]) -> Form {
    Form {
        pattern,
        binding,
        least,
    }
}

impl Form {
    /// The expression on these arguments.
    pub(crate) fn on(&self, arguments: &[Expression]) -> Expression {
        let mut text = String::new();
        let mut rest = self.pattern;
        while let Some((before, after)) = rest.split_once('{') {
            text.push_str(before);
            // Braces stand for themselves around anything but the letter of an argument.
            let letter = after.strip_prefix(['a', 'b', 'c']);
            match letter.and_then(|behind| behind.strip_prefix('}')) {
                Some(behind) => {
                    let index = usize::from(after.as_bytes()[0] - b'a');
                    text.push_str(&arguments[index].at_least(self.least[index]));
                    rest = behind;
                }
                None => {
                    text.push('{');
                    rest = after;
                }
            }
        }
        text.push_str(rest);
        Expression::new(text, self.binding)
    }
}

/// How a target writes an operation.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Spelling {
    /// In place, in this form.
    Form(Form),
    /// As a call of a function with this body, in the target's language.
    Own(&'static str),
    /// As a call of a function that computes the shared definition.
    Defined,
}

impl From<Form> for Spelling {
    fn from(form: Form) -> Self {
        Self::Form(form)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_have_parentheses_where_they_need_them() {
        let sum = infix(
            "{a} + {b}",
            Binding::Sum,
            [Binding::Sum, Binding::Product, Binding::Atom],
        );
        let [x, y] = ["x", "y"].map(Expression::atom);
        let inner = sum.on(&[x.clone(), y]);
        assert_eq!(sum.on(&[inner.clone(), x.clone()]).text(), "x + y + x");
        assert_eq!(sum.on(&[x, inner]).text(), "x + (x + y)");
        let fraction = call(r"\frac{{a}}{{b}}");
        let [x, y] = ["x", "y"].map(Expression::atom);
        assert_eq!(fraction.on(&[x, y]).text(), r"\frac{x}{y}");
    }
}
