//! Names in the language of a target.

/// The names of one function: of its variables, and of what it computes on the way.
#[derive(Clone, Debug)]
pub(crate) struct Names {
    taken: Vec<String>,
    /// What the variables are called.
    pub(crate) variables: Vec<String>,
}

impl Names {
    /// The names of `variables`, with an underscore behind those that are reserved.
    pub(crate) fn new(variables: &[String], reserved: impl Fn(&str) -> bool) -> Self {
        let mut names = Self {
            taken: variables.to_vec(),
            variables: Vec::new(),
        };
        for variable in variables {
            let mut name = variable.clone();
            while reserved(&name) || name != *variable && names.taken.contains(&name) {
                name.push('_');
            }
            names.taken.push(name.clone());
            names.variables.push(name);
        }
        names
    }

    /// A name that nothing has yet, such as `base` itself.
    pub(crate) fn fresh(&mut self, base: &str) -> String {
        let mut name = base.to_owned();
        while self.taken.contains(&name) {
            name.push('_');
        }
        self.taken.push(name.clone());
        name
    }
}

/// `MyActivation` as `my_activation`, and `GELUTanh` as `gelu_tanh`.
pub(crate) fn snake_case(name: &str) -> String {
    let letters: Vec<char> = name.chars().collect();
    let mut text = String::new();
    for (index, &letter) in letters.iter().enumerate() {
        let before = index.checked_sub(1).map(|i| letters[i]);
        let small = |c: Option<&char>| c.is_some_and(|c| c.is_lowercase());
        let starts = before.is_some_and(|b| b.is_lowercase() || b.is_ascii_digit())
            || before.is_some_and(char::is_uppercase) && small(letters.get(index + 1));
        if letter.is_uppercase() && starts {
            text.push('_');
        }
        text.extend(letter.to_lowercase());
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn functions_are_named_in_small_letters() {
        for (name, function) in [
            ("Swish", "swish"),
            ("MyActivation", "my_activation"),
            ("GELUTanh", "gelu_tanh"),
            ("Relu6", "relu6"),
            ("relu", "relu"),
            ("Found2Best", "found2_best"),
        ] {
            assert_eq!(snake_case(name), function);
        }
    }

    #[test]
    fn reserved_names_get_an_underscore_that_no_other_has() {
        let variables = ["x", "lambda", "lambda_"].map(str::to_owned);
        let names = Names::new(&variables, |name| name == "lambda");
        assert_eq!(names.variables, ["x", "lambda__", "lambda_"]);
    }
}
