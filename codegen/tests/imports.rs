//! Formulas of other languages: what they mean, where mistakes are shown, and that what is written is read back.

use actsmith_codegen::Formula;
use actsmith_codegen::syntax::Source;

fn read(text: &str, source: Source) -> String {
    let formula = Formula::parse_from(text, source);
    formula
        .unwrap_or_else(|e| panic!("{text}: {e}"))
        .to_string()
}

#[test]
fn expressions_of_python() {
    for (text, formula) in [
        ("x**2", "powi(x, 2)"),
        ("-x**2", "-powi(x, 2)"),
        ("2**x", "exp(x * ln(2))"),
        ("x**0.5 + x**-1", "sqrt(x) + 1 / x"),
        ("torch.tanh(x) * nn.functional.silu(x)", "tanh(x) * silu(x)"),
        ("math.exp(-x) + math.e", "exp(-x) + exp(1)"),
        (
            "np.maximum(0, x) - np.minimum(x, 1.)",
            "max(0, x) - min(x, 1)",
        ),
        ("max(x, 0, -1)", "max(max(x, 0), -1)"),
        (
            "x if x > 0 else 0.01 * x",
            "if x > 0 { x } else { 0.01 * x }",
        ),
        (
            "np.where(x > 0, x, np.expm1(x))",
            "if x > 0 { x } else { expm1(x) }",
        ),
        (
            "0 if x < -3 else 1 if x > 3 else x / 6 + .5",
            "if x < -3 { 0 } else if x > 3 { 1 } else { x / 6 + 0.5 }",
        ),
        ("torch.clamp(x, min=0)", "max(x, 0)"),
        ("F.gelu(x, approximate='tanh')", "gelu_tanh(x)"),
        ("F.leaky_relu(x, negative_slope=0.2)", "leaky_relu(x, 0.2)"),
        ("nn.LeakyReLU(0.2)(x)", "leaky_relu(x, 0.2)"),
        ("x.tanh().pow(2)", "powi(tanh(x), 2)"),
        (
            "lambda x: x * jax.nn.sigmoid(beta * x)",
            "x * sigmoid(beta * x)",
        ),
        ("torch.logaddexp(x, 0)", "softplus(x)"),
        ("F.relu(x, inplace=True)", "relu(x)"),
        ("1e-3 * x + 1_000", "0.001 * x + 1000"),
        ("x * torch.sigmoid(self.beta * x)", "x * sigmoid(beta * x)"),
        (
            "np.heaviside(x, 0.5)",
            "if x > 0 { 1 } else if x < 0 { 0 } else { 0.5 }",
        ),
        (
            "F.hardshrink(x, lambd=0.25)",
            "if abs(x) > 0.25 { x } else { 0 }",
        ),
    ] {
        assert_eq!(read(text, Source::Python), formula, "{text}");
    }
}

#[test]
fn expressions_of_sympy() {
    for (text, formula) in [
        ("Max(0, x)", "max(0, x)"),
        (
            "Piecewise((x, x > 0), (0, True))",
            "if x > 0 { x } else { 0 }",
        ),
        (
            "Piecewise((0, x < -1), (1, (x > 1) & (x < 3)), (x, True))",
            "if x < -1 { 0 } else if x > 1 && x < 3 { 1 } else { x }",
        ),
        ("x/(1 + exp(-x))", "x / (1 + exp(-x))"),
        ("x**(3/2)", "exp(1.5 * ln(x))"),
        (
            "sqrt(2)*E**(-x**2/2)/(2*sqrt(pi))",
            "sqrt(2) * exp(-powi(x, 2) / 2) / (2 * sqrt(pi))",
        ),
        ("sinc(x)", "sinc(x / pi)"),
        ("Rational(1, 3)*Abs(x)", "1 / 3 * abs(x)"),
        (
            "Heaviside(x)",
            "if x > 0 { 1 } else if x < 0 { 0 } else { 0.5 }",
        ),
        (
            "x*Heaviside(x, 1)",
            "x * (if x > 0 { 1 } else if x < 0 { 0 } else { 1 })",
        ),
    ] {
        assert_eq!(read(text, Source::SymPy), formula, "{text}");
    }
}

#[test]
fn functions_of_aquasurf() {
    for (text, formula) in [
        ("mul(sigmoid(x),erf(x))", "sigmoid(x) * erf(x)"),
        ("max(relu(x),cosh(elu(x)))", "max(relu(x), cosh(elu(x)))"),
        (
            "sum_n(abs(x),swish(x),sigmoid(x))",
            "abs(x) + silu(x) + sigmoid(x)",
        ),
        ("min(square(x),selu(x))", "min(square(x), selu(x))"),
        ("prod_n(x,negative(x),one(x))", "x * -x * 1"),
        (
            "max_n(zero(x),identity(x),arctan(x))",
            "max(max(0, x), atan(x))",
        ),
        (
            "sub(arcsinh(x),reciprocal(cosh(x)))",
            "asinh(x) - 1 / cosh(x)",
        ),
        (
            "div(log_sigmoid(x),hard_sigmoid(x))",
            "log_sigmoid(x) / clamp(0.2 * x + 0.5, 0, 1)",
        ),
        ("pow(expm1(x),square(x))", "exp(square(x) * ln(expm1(x)))"),
    ] {
        assert_eq!(read(text, Source::Aquasurf), formula, "{text}");
    }
    let error = Formula::parse_from("bessel_i0e(x)", Source::Aquasurf).expect_err("unknown");
    assert!(
        error.to_string().contains("unknown function `bessel_i0e`"),
        "{error}"
    );
}

/// Nothing that a Python programmer would have to know Rust for.
#[test]
fn messages_speak_the_language_of_the_formula() {
    for (source, text, part) in [
        (Source::Python, "x > 0", "… if … else …"),
        (Source::Python, "(x > 0) * x", "… if … else …"),
        (Source::Python, "x + (x and 1)", "… if … else …"),
        (Source::Python, "not x", "… if … else …"),
        (Source::Python, "torch.tanh(x > 0)", "… if … else …"),
        (Source::Python, "(x < 1 if x else 2)", "… if … else …"),
        (Source::Python, "x // 2", "there is no integer division"),
        (Source::Python, "x /* 2 */", "`/*` is not part of a formula"),
        (
            Source::Python,
            "torch.where(x > 0, x)",
            "no function `where` of 2 arguments",
        ),
        (Source::Python, "loop * x", "`loop` cannot be a name"),
        (Source::Python, "True", "`True` is no number"),
        (Source::Python, "None", "`None` is no number"),
        (Source::SymPy, "x > 0", "Piecewise"),
        (
            Source::SymPy,
            "Max(-oo, x)",
            "`oo` is no finite real number",
        ),
        (Source::SymPy, "I*x", "`I` is no finite real number"),
    ] {
        let error = Formula::parse_from(text, source)
            .expect_err(text)
            .to_string();
        assert!(error.contains(part), "{text}: {error}");
        for rust in ["Rust", "if … {", "`let`", "{ 1 }"] {
            assert!(!error.contains(rust), "{text}: {error}");
        }
    }
}

#[test]
fn functions_of_fpcore() {
    for (text, formula) in [
        ("(* x (exp x))", "x * exp(x)"),
        (
            "(FPCore (x) :name \"f(x) = x\" :pre (< 0 x 1) (- x 1/3)) ; a comment",
            "x - 1 / 3",
        ),
        (
            "(FPCore swish (z beta) (/ z (+ 1 (exp (- (* beta z))))))",
            "x / (1 + exp(-(beta * x)))",
        ),
        (
            "(let* ([t (tanh x)] [s (* t t)]) (+ t s))",
            "tanh(x) + tanh(x) * tanh(x)",
        ),
        (
            "(if (<= -1 x 1) (fabs x) -0.5e0)",
            "if x >= -1 && x <= 1 { abs(x) } else { -0.5 }",
        ),
        ("(pow x 3)", "powi(x, 3)"),
        ("(fma x 2 PI)", "x * 2 + pi"),
        ("(! :precision binary32 (fmax x 0))", "max(x, 0)"),
    ] {
        assert_eq!(read(text, Source::FpCore), formula, "{text}");
    }
}

#[test]
fn mistakes_are_shown_where_they_are() {
    for (source, text, marked, help) in [
        (
            Source::Python,
            "x * torch.sigmod(x)",
            "sigmod",
            "did you mean `sigmoid`?",
        ),
        (Source::Python, "x x", "x", "write an operator"),
        (Source::Python, "x % 2", "%", "no remainder"),
        (Source::Python, "x if x > 0", "if", "add `else"),
        (
            Source::Python,
            "F.gelu(x, flavour='a')",
            "flavour",
            "write the formula",
        ),
        (Source::Python, "lambda z: z", "z", "write `x` for `z`"),
        (Source::Python, "x +", "+", "a value is missing"),
        (Source::Python, "x // 2", "//", "write `/` to divide"),
        (Source::Python, "x[0]", "[", ""),
        (
            Source::SymPy,
            "Piecewise((x, x > 0))",
            "Piecewise",
            "(value, True)",
        ),
        (Source::SymPy, "besselj(0, x)", "besselj", ""),
        (
            Source::FpCore,
            "(* x (sigmod x))",
            "sigmod",
            "did you mean `sigmoid`?",
        ),
        (
            Source::FpCore,
            "(let ([a x] [b (+ a 1)]) b)",
            "(",
            "write `let*`",
        ),
        (
            Source::FpCore,
            "(while x)",
            "while",
            "write what it computes",
        ),
        (
            Source::FpCore,
            "(+ x INFINITY)",
            "INFINITY",
            "finite numbers",
        ),
    ] {
        let error = Formula::parse_from(text, source).expect_err(text);
        let shown = error.to_string();
        assert!(shown.contains(help), "{text}: {shown}");
        let place = error.iter().next().expect("a mistake").range.clone();
        assert!(
            text[place.clone()].starts_with(&marked[..1]),
            "{text}: {place:?} in {shown}"
        );
    }
    // Whatever is given, there is an answer.
    for text in [
        "",
        "(",
        ")",
        "((((",
        "x **",
        "**",
        "lambda",
        "lambda x",
        ".",
        "x.",
        "x.y",
        "'",
        "\"",
        "Piecewise()",
        "Piecewise(x)",
        "f(,)",
        "(FPCore)",
        "(FPCore ())",
        "(let)",
        "(let* x x)",
        "(())",
        "(if x)",
        "/",
        "1/",
        "(/ 1/ x)",
        "x ** 1e999",
        "x if",
        "not",
        "~",
        "é",
        "E**",
        "1e",
        "(- )",
        "(* )",
        "(pow x)",
        "clamp(min=1)",
    ] {
        for (_, source) in Source::NAMED {
            let _ = Formula::parse_from(text, source);
        }
    }
}

/// Random formulas, written for SymPy and FPCore and read back, have the same true values.
#[cfg(feature = "oracle")]
#[test]
fn what_is_written_is_read_back() {
    use actsmith_codegen::number::Number;
    use actsmith_codegen::ops::Op;
    use actsmith_codegen::oracle::{Levels, Truth};

    /// Numbers from a seed (Steele et al., "Fast splittable pseudorandom number generators", 2014).
    struct Random(u64);

    impl Random {
        fn below(&mut self, bound: usize) -> usize {
            self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let mut z = self.0;
            z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            ((z ^ (z >> 31)) % bound as u64) as usize
        }

        fn formula(&mut self, depth: usize) -> String {
            const NUMBERS: [&str; 8] =
                ["2", "0.5", "-1.25", "1 / 3", "0.044715", "-3", "1e-3", "7"];
            match (depth, self.below(8)) {
                (0, 0..=5) => "x".to_owned(),
                (0, _) => NUMBERS[self.below(NUMBERS.len())].to_owned(),
                (_, 0) => {
                    let [a, b, c, d] = [0; 4].map(|_| self.formula(depth - 1));
                    let sign = ["<", "<=", "==", ">"][self.below(4)];
                    format!("(if ({a}) {sign} ({b}) {{ {c} }} else {{ {d} }})")
                }
                (_, 1) => format!("powi({}, {})", self.formula(depth - 1), self.below(7)),
                (_, 2..=4) => {
                    let [a, b] = [0; 2].map(|_| self.formula(depth - 1));
                    format!("({a}) {} ({b})", ["+", "-", "*", "/"][self.below(4)])
                }
                _ => {
                    let callable = |op: &&Op| {
                        !matches!(op, Op::Pi | Op::If | Op::Lt | Op::Le | Op::Eq | Op::Powi)
                    };
                    let ops: Vec<Op> = Op::ALL.iter().filter(callable).copied().collect();
                    let op = ops[self.below(ops.len())];
                    let arguments: Vec<String> =
                        (0..op.arity()).map(|_| self.formula(depth - 1)).collect();
                    format!("{}({})", op.name(), arguments.join(", "))
                }
            }
        }
    }

    let mut random = Random(18);
    let mut levels = Levels::default();
    let (mut compared, mut known) = (0, 0);
    for _ in 0..2_000 {
        let depth = 1 + random.below(3);
        let text = random.formula(depth);
        // A division by 0, say, is refused as it is read.
        let Ok(formula) = Formula::parse(&text) else {
            continue;
        };
        for (written, source) in [
            (formula.to_sympy(), Source::SymPy),
            (formula.to_fpcore(), Source::FpCore),
        ] {
            if written.len() > 20_000 {
                continue;
            }
            let again = Formula::parse_from(&written, source);
            let again = again.unwrap_or_else(|error| panic!("{text}: {written}: {error}"));
            for x in [-1.75, 0.375] {
                let point = [Number::exactly(x).expect("finite")];
                let mut value = |formula: &Formula| {
                    let point = &point[..formula.dag().variables.len()];
                    Truth::new(formula.dag()).at(point, &mut levels)[0].to_f64()
                };
                let (first, second) = (value(&formula), value(&again));
                compared += 1;
                if let (Some(first), Some(second)) = (first, second) {
                    known += 1;
                    let same = first == second
                        || (first - second).abs() <= 2.0 * f64::EPSILON * first.abs() + 1e-300;
                    assert!(same, "{text} is {first} at {x}, and {second} as {written}");
                }
            }
        }
    }
    assert!(
        compared > 5_000 && known > compared / 2,
        "{known} of {compared}"
    );
}
