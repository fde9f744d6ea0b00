//! How names are set.

/// The names of the letters that LaTeX has commands for (The Comprehensive LaTeX Symbol List, "Greek letters").
const GREEK: [&str; 24] = [
    "alpha", "beta", "gamma", "delta", "epsilon", "zeta", "eta", "theta", "iota", "kappa",
    "lambda", "mu", "nu", "xi", "pi", "rho", "sigma", "tau", "upsilon", "phi", "chi", "psi",
    "omega", "varphi",
];

/// A variable: Greek letters by their names, digits at the end below, words upright.
pub(super) fn variable(name: &str) -> String {
    let stem = name.trim_end_matches(|c: char| c.is_ascii_digit());
    let below = &name[stem.len()..];
    let stem = stem.trim_end_matches('_');
    let letter = match stem.chars().count() {
        1 => stem.to_owned(),
        _ if GREEK.contains(&stem) => format!("\\{stem}"),
        _ => format!("\\mathrm{{{}}}", stem.replace('_', "\\_")),
    };
    match below {
        "" => letter,
        _ => format!("{letter}_{{{below}}}"),
    }
}

/// No name means anything else: every one is set as text.
pub(crate) fn is_reserved(_name: &str) -> bool {
    false
}

#[cfg(test)]
mod tests {
    use super::variable;

    #[test]
    fn names_are_set_as_mathematics() {
        for (name, set) in [
            ("x", "x"),
            ("beta", r"\beta"),
            ("beta0", r"\beta_{0}"),
            ("t12", "t_{12}"),
            ("slope", r"\mathrm{slope}"),
            ("my_slope", r"\mathrm{my\_slope}"),
        ] {
            assert_eq!(variable(name), set);
        }
    }
}
