//! What to write instead of a call that the language lacks and other libraries have: PyTorch's further arguments, by position or by
//! name, and functions that are combinations of others.

use super::plain;

/// What a function of PyTorch takes besides its input, with the values that it has if it is not given, and the same as a formula. In
/// the formula, `{name}` is an argument, and `[name]` one in parentheses if it needs them.
struct Signature {
    name: &'static str,
    parameters: &'static [(&'static str, &'static str)],
    formula: &'static str,
}

const fn signature(
    name: &'static str,
    parameters: &'static [(&'static str, &'static str)],
    formula: &'static str,
) -> Signature {
    Signature {
        name,
        parameters,
        formula,
    }
}

/// Arguments that change nothing that a formula says.
const IDLE: [&str; 2] = ["inplace", "training"];

const SIGNATURES: &[Signature] = &[
    signature(
        "leaky_relu",
        &[("negative_slope", "0.01")],
        "leaky_relu({x}, {negative_slope})",
    ),
    signature("elu", &[("alpha", "1")], "elu({x}, {alpha})"),
    signature("celu", &[("alpha", "1")], "celu({x}, {alpha})"),
    signature("prelu", &[("weight", "0.25")], "prelu({x}, {weight})"),
    signature(
        "softplus",
        &[("beta", "1"), ("threshold", "20")],
        "softplus([beta] * [x]) / [beta]",
    ),
    signature(
        "hardtanh",
        &[("min_val", "-1"), ("max_val", "1")],
        "clamp({x}, {min_val}, {max_val})",
    ),
    signature(
        "hardshrink",
        &[("lambd", "0.5")],
        "if abs({x}) > {lambd} { {x} } else { 0 }",
    ),
    signature(
        "softshrink",
        &[("lambd", "0.5")],
        "[x] - clamp({x}, -[lambd], {lambd})",
    ),
    signature(
        "threshold",
        &[("threshold", "0"), ("value", "0")],
        "threshold({x}, {threshold}, {value})",
    ),
    signature(
        "rrelu",
        &[("lower", "1 / 8"), ("upper", "1 / 3")],
        "leaky_relu({x}, ([lower] + [upper]) / 2)",
    ),
    signature("ln", &[("base", "exp(1)")], "ln({x}) / ln({base})"),
    signature("log", &[("base", "exp(1)")], "ln({x}) / ln({base})"),
];

/// What to write for a call of a function of the language that gives it more than the language knows, such as `softplus(x, 2)` or
/// `gelu(x, approximate = "tanh")`; `named` are the arguments with names, all as text.
pub(super) fn call(
    name: &str,
    positional: &[String],
    named: &[(String, String)],
) -> Option<String> {
    let input = named
        .iter()
        .find(|(known, _)| known == "input" || known == "x");
    let (x, rest) = match (positional.split_first(), input) {
        (Some((x, rest)), _) => (x, rest),
        (None, Some((_, x))) => (x, positional),
        (None, None) => return None,
    };
    let given = |parameter: &str, index: usize| {
        let by_name = named.iter().find(|(known, _)| known == parameter);
        by_name.map(|(_, value)| value).or(rest.get(index))
    };
    match name {
        "gelu" => {
            let tanh = given("approximate", 0).is_some_and(|kind| kind.contains("tanh"));
            return Some(format!("{}({x})", if tanh { "gelu_tanh" } else { "gelu" }));
        }
        // One that is the same with an argument more.
        "max" | "min" if named.is_empty() && rest.len() > 1 => {
            let nested = rest
                .iter()
                .fold(x.clone(), |inner, next| format!("{name}({inner}, {next})"));
            return Some(nested);
        }
        "clamp" => {
            return match (given("min", 0), given("max", 1)) {
                (Some(low), Some(high)) => Some(format!("clamp({x}, {low}, {high})")),
                (Some(low), None) if !named.is_empty() => Some(format!("max({x}, {low})")),
                (None, Some(high)) => Some(format!("min({x}, {high})")),
                _ => None,
            };
        }
        _ => {}
    }
    let meant = |(known, _): &&(String, String)| {
        !IDLE.contains(&known.as_str()) && known != "input" && known != "x"
    };
    let Some(signature) = SIGNATURES.iter().find(|signature| signature.name == name) else {
        let idle = rest.is_empty() && !named.iter().any(|argument| meant(&argument));
        return (idle && !named.is_empty()).then(|| format!("{name}({x})"));
    };
    let known = |name: &str| signature.parameters.iter().any(|(known, _)| *known == name);
    if rest.len() > signature.parameters.len()
        || named.iter().filter(meant).any(|(name, _)| !known(name))
    {
        return None;
    }
    if rest.is_empty() && named.iter().all(|argument| !meant(&argument)) {
        return Some(format!("{name}({x})"));
    }
    let mut formula = insert(signature.formula, "x", x);
    for (index, (parameter, usual)) in signature.parameters.iter().enumerate() {
        let value = given(parameter, index).map_or(*usual, String::as_str);
        formula = insert(&formula, parameter, value);
    }
    Some(formula)
}

fn insert(formula: &str, name: &str, value: &str) -> String {
    let simple = |c: char| c.is_alphanumeric() || c == '_' || c == '.';
    let tight = match value.chars().all(simple) {
        true => value.to_owned(),
        false => format!("({value})"),
    };
    formula
        .replace(&format!("{{{name}}}"), value)
        .replace(&format!("[{name}]"), &tight)
}

/// Functions of other libraries, and what they are in this language.
const ELSEWHERE: &[(&[&str], &str)] = &[
    (&["tan"], "sin({x}) / cos({x})"),
    (&["cot"], "cos({x}) / sin({x})"),
    (&["sec"], "1 / cos({x})"),
    (&["csc"], "1 / sin({x})"),
    (&["sech"], "1 / cosh({x})"),
    (&["csch"], "1 / sinh({x})"),
    (&["coth"], "1 / tanh({x})"),
    (&["asin", "arcsin"], "atan([x] / sqrt(1 - square({x})))"),
    (
        &["acos", "arccos"],
        "pi / 2 - atan([x] / sqrt(1 - square({x})))",
    ),
    (&["atanh", "arctanh"], "0.5 * (log1p({x}) - log1p(-[x]))"),
    (&["acosh", "arccosh"], "ln([x] + sqrt(square({x}) - 1))"),
    (&["log2"], "ln({x}) / ln(2)"),
    (&["log10"], "ln({x}) / ln(10)"),
    (&["exp2"], "exp([x] * ln(2))"),
    (&["exp10"], "exp([x] * ln(10))"),
    (&["logit"], "ln([x] / (1 - [x]))"),
    (&["rsqrt"], "1 / sqrt({x})"),
    (&["reciprocal", "recip", "inv"], "1 / [x]"),
    (&["sqr"], "square({x})"),
    (&["absolute", "fabs"], "abs({x})"),
    (&["negative"], "-[x]"),
    (&["sgn", "signum"], "sign({x})"),
    (&["heaviside", "step"], "if {x} > 0 { 1 } else { 0 }"),
    (&["maximum", "fmax"], "max({x}, {y})"),
    (&["minimum", "fmin"], "min({x}, {y})"),
    (&["clip"], "clamp({x}, {y}, {z})"),
    (&["add"], "[x] + [y]"),
    (&["multiply"], "[x] * [y]"),
    (&["subtract"], "[x] - [y]"),
    (&["divide", "truediv"], "[x] / [y]"),
    (&["hypot"], "sqrt(square({x}) + square({y}))"),
    (&["logaddexp"], "[x] + softplus([y] - [x])"),
    (&["pow", "power", "powf"], "powi({x}, {y})"),
];

/// Functions that no formula has, and why.
const NOWHERE: &[(&[&str], &str)] = &[
    (
        &["floor", "ceil", "round", "trunc", "fmod", "rem", "frac"],
        "formulas have no rounding, whose derivative is 0 wherever it has one",
    ),
    (
        &[
            "softmax",
            "log_softmax",
            "softmin",
            "layer_norm",
            "batch_norm",
            "sum",
            "mean",
            "norm",
        ],
        "a formula computes each element by itself, and not from its neighbours",
    ),
    (
        &["dropout", "rand", "random"],
        "a formula gives the same value for the same input every time",
    ),
];

/// What to write for a function that the language lacks.
pub(super) fn unknown(name: &str, arguments: &[String]) -> Option<String> {
    let is = |known: &&&str| plain(known) == plain(name);
    if let Some((_, why)) = NOWHERE
        .iter()
        .find(|(names, _)| names.iter().any(|known| is(&known)))
    {
        return Some((*why).to_owned());
    }
    let (_, formula) = ELSEWHERE
        .iter()
        .find(|(names, _)| names.iter().any(|known| is(&known)))?;
    let argument = |index: usize| arguments.get(index).map_or("…", String::as_str);
    if formula.starts_with("powi") {
        return Some(power(argument(0), argument(1)));
    }
    let formula = ["x", "y", "z"]
        .iter()
        .enumerate()
        .fold((*formula).to_owned(), |formula, (index, name)| {
            insert(&formula, name, argument(index))
        });
    Some(format!("write `{formula}`"))
}

/// What to write for a power.
pub(super) fn power(base: &str, exponent: &str) -> String {
    let inside = exponent.trim_start_matches('(').trim_end_matches(')');
    match inside {
        _ if base == "e" => format!("write `exp({inside})`"),
        "0.5" | ".5" | "1 / 2" => format!("write `sqrt({base})`"),
        "…" => format!("write `powi({base}, …)` with a whole number"),
        _ if inside.parse::<i32>().is_ok() => format!("write `powi({base}, {inside})`"),
        _ => {
            let formula = insert("exp([y] * ln({x}))", "x", base);
            let formula = insert(&formula, "y", exponent);
            format!("for a positive base, write `{formula}`")
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::ir::Dag;

    fn message(text: &str) -> String {
        Dag::parse(text).expect_err(text).to_string()
    }

    #[test]
    fn a_call_of_pytorch_is_told_as_a_formula() {
        for (text, fix) in [
            ("gelu(x, approximate=\"tanh\")", "gelu_tanh(x)"),
            ("F.gelu(x, approximate='tanh')", "gelu_tanh(x)"),
            ("gelu(x, 'tanh')", "gelu_tanh(x)"),
            ("gelu(x, approximate='none')", "gelu(x)"),
            ("nn.GELU(approximate='tanh')(x)", "gelu_tanh(x)"),
            ("leaky_relu(x, negative_slope=0.1)", "leaky_relu(x, 0.1)"),
            ("leaky_relu(x, 0.1, True)", "leaky_relu(x, 0.1)"),
            ("nn.LeakyReLU(negative_slope=0.1)(x)", "leaky_relu(x, 0.1)"),
            ("elu(x, alpha=0.5)", "elu(x, 0.5)"),
            ("elu(x * 2, alpha=-0.5, inplace=True)", "elu(x * 2, -0.5)"),
            ("elu(input=x, alpha=2)", "elu(x, 2)"),
            ("celu(x, alpha=2)", "celu(x, 2)"),
            ("relu(x, inplace=True)", "relu(x)"),
            ("nn.SiLU(inplace=True)(x)", "silu(x)"),
            ("softplus(x, beta=2)", "softplus(2 * x) / 2"),
            ("softplus(x, 2)", "softplus(2 * x) / 2"),
            ("softplus(x + 1, 2, 20)", "softplus(2 * (x + 1)) / 2"),
            ("nn.Softplus(beta=2)(x)", "softplus(2 * x) / 2"),
            ("hardtanh(x, -2, 2)", "clamp(x, -2, 2)"),
            ("hardtanh(x, min_val=-2)", "clamp(x, -2, 1)"),
            ("hardtanh(x, -2)", "clamp(x, -2, 1)"),
            ("softshrink(x, 0.25)", "x - clamp(x, -0.25, 0.25)"),
            (
                "hardshrink(x, lambd=0.25)",
                "if abs(x) > 0.25 { x } else { 0 }",
            ),
            ("threshold(x, threshold=1, value=2)", "threshold(x, 1, 2)"),
            ("clamp(x, min=0, max=1)", "clamp(x, 0, 1)"),
            ("clamp(x, min=0)", "max(x, 0)"),
            ("clamp(x, max=1)", "min(x, 1)"),
            ("x.clamp(min=0)", "max(x, 0)"),
            ("rrelu(x, 0.1, 0.3)", "leaky_relu(x, (0.1 + 0.3) / 2)"),
            ("max(x, 0, 1)", "max(max(x, 0), 1)"),
            ("log(x, 2)", "ln(x) / ln(2)"),
            ("tanh(x, scale=2)", "tanh(x)"),
            ("prelu(x, slope=2)", "prelu(x, 2)"),
            ("clamp(x, 0, 1, 2)", "clamp(x, 0, 1)"),
        ] {
            let error = message(text);
            assert!(
                error.ends_with(&format!("write `{fix}`")),
                "{text}: {error}"
            );
            assert_eq!(error.matches("help").count(), 1, "{text}: {error}");
            assert!(Dag::parse(fix).is_ok(), "{fix}");
        }
    }

    #[test]
    fn a_function_of_other_libraries_is_told_as_a_formula() {
        for (text, fix) in [
            ("tan(x)", "sin(x) / cos(x)"),
            ("torch.tan(x + 1)", "sin(x + 1) / cos(x + 1)"),
            ("log2(x)", "ln(x) / ln(2)"),
            ("log10(x)", "ln(x) / ln(10)"),
            ("exp2(x)", "exp(x * ln(2))"),
            ("acos(x)", "pi / 2 - atan(x / sqrt(1 - square(x)))"),
            ("arcsin(x)", "atan(x / sqrt(1 - square(x)))"),
            ("atanh(x)", "0.5 * (log1p(x) - log1p(-x))"),
            ("x.rsqrt()", "1 / sqrt(x)"),
            ("sqr(x)", "square(x)"),
            ("torch.maximum(x, 0.1 * x)", "max(x, 0.1 * x)"),
            ("pow(x, 2)", "powi(x, 2)"),
            ("torch.pow(x, 0.5)", "sqrt(x)"),
            ("pow(x, 1.5)", "exp(1.5 * ln(x))"),
            ("heaviside(x)", "if x > 0 { 1 } else { 0 }"),
            ("np.sgn(x)", "sign(x)"),
        ] {
            let error = message(text);
            assert!(
                error.ends_with(&format!("write `{fix}`")),
                "{text}: {error}"
            );
            assert!(Dag::parse(fix).is_ok(), "{fix}");
        }
        for (text, why) in [
            ("floor(x)", "no rounding"),
            ("F.softmax(x)", "each element by itself"),
            ("dropout(x)", "every time"),
        ] {
            assert!(message(text).contains(why), "{text}: {}", message(text));
        }
    }

    #[test]
    fn the_formulas_told_have_the_values_of_the_functions() {
        for (text, x, value) in [
            ("asin", 0.5, 0.5f64.asin()),
            ("acos", -0.3, (-0.3f64).acos()),
            ("atanh", 0.4, 0.4f64.atanh()),
            ("acosh", 1.7, 1.7f64.acosh()),
            ("exp2", 2.5, 2.5f64.exp2()),
            ("logit", 0.2, (0.2f64 / 0.8).ln()),
            ("tan", 1.2, 1.2f64.tan()),
            ("coth", 0.7, 1.0 / 0.7f64.tanh()),
        ] {
            let help = super::unknown(text, &["x".to_owned()]).expect(text);
            let formula = help.trim_start_matches("write `").trim_end_matches('`');
            let found = Dag::parse(formula).expect(formula).eval(&[x])[0];
            assert!((found - value).abs() < 1e-14, "{formula}: {found}, {value}");
        }
    }
}
