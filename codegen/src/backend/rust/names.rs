//! The names of local variables in the code of one activation. They are patterns, so that a unit struct, a constant or a variant in
//! scope, such as `None`, would take the place of the variable.

use proc_macro2::{Ident, Span};
use quote::format_ident;

use super::dialect::Dialect;
use crate::kernel::Activation;

/// The variants that are in scope everywhere.
const PRELUDE: [&str; 4] = ["None", "Some", "Ok", "Err"];

/// What the inputs and parameters of an activation are called in its code, and which names are left.
pub(super) struct Names {
    dialect: Dialect,
    /// The name of the struct, which is a constant too if it has no fields.
    structure: String,
    /// In the code of the kernel: the inputs, then the parameters.
    pub(super) variables: Vec<Ident>,
    /// In the signatures of methods, for people to read.
    pub(super) arguments: Vec<Ident>,
}

impl Names {
    pub(super) fn of(activation: &Activation, dialect: Dialect) -> Self {
        let variables = &activation.value.variables;
        let mut names = Self {
            dialect,
            structure: activation.name.clone(),
            variables: Vec::new(),
            arguments: Vec::new(),
        };
        for name in variables {
            let plain = names.unused(name, variables, &names.arguments);
            let local = match dialect {
                Dialect::File => plain.clone(),
                Dialect::Expansion => dialect.local(name),
            };
            // Items that are in scope where a macro expands begin with a capital, as a rule.
            let argument = match dialect {
                Dialect::Expansion if name.contains(char::is_uppercase) => local.clone(),
                Dialect::File | Dialect::Expansion => plain,
            };
            names.variables.push(local);
            names.arguments.push(argument);
        }
        names
    }

    /// `name`, or one like it where that would not be a variable; `others` keep theirs.
    fn unused(&self, name: &str, others: &[String], earlier: &[Ident]) -> Ident {
        let mut unused = name.to_owned();
        while PRELUDE.contains(&unused.as_str())
            || unused == self.structure
            || unused != name && others.contains(&unused)
            || earlier.iter().any(|known| *known == unused)
        {
            unused.push('_');
        }
        // Names come from parsed identifiers; a keyword cannot be among them.
        Ident::new(&unused, Span::call_site())
    }

    /// A name for code that no variable has.
    pub(super) fn fresh(&self, base: &str) -> Ident {
        let mut name = self.dialect.local(base);
        while self.variables.contains(&name) || name == self.structure {
            name = format_ident!("{name}_");
        }
        name
    }

    /// A name for the argument of a method.
    pub(super) fn argument(&self, name: &str) -> Ident {
        self.unused(name, &[], &self.arguments)
    }
}
