//! What is known to lie below what, for every argument. Each row decides maxima, minima and comparisons of its two sides.

/// A row `low ≤ high`.
pub(super) struct Ordering {
    /// A name for the pair.
    pub name: &'static str,
    /// Never above `high`.
    pub low: &'static str,
    /// Never below `low`.
    pub high: &'static str,
    /// Whether the sides are never equal.
    pub strict: bool,
    /// Why.
    pub origin: &'static str,
}

const fn at_most(
    name: &'static str,
    low: &'static str,
    high: &'static str,
    origin: &'static str,
) -> Ordering {
    Ordering {
        name,
        low,
        high,
        strict: false,
        origin,
    }
}

const fn below(
    name: &'static str,
    low: &'static str,
    high: &'static str,
    origin: &'static str,
) -> Ordering {
    Ordering {
        strict: true,
        ..at_most(name, low, high, origin)
    }
}

/// A gate in (0, 1) takes from what it multiplies: a·g ≤ max(a, 0).
const GATE: &str = "a gate lies in (0, 1)";
/// The graph of a convex function lies above its tangents, that of a concave one below.
const CONVEX: &str = "convexity: a tangent";
/// By unfolding both definitions on each side of 0.
const PIECES: &str = "definition";

#[rustfmt::skip]
pub(super) const ORDERINGS: &[Ordering] = &[
    at_most("relu-above-base", "a", "relu(a)", PIECES),
    at_most("min0-below-base", "min0(a)", "a", PIECES),
    at_most("abs-above-base", "a", "abs(a)", PIECES),
    at_most("abs-above-neg", "-a", "abs(a)", PIECES),
    at_most("abs-above-relu", "relu(a)", "abs(a)", PIECES),
    at_most("leaky-relu-above-base", "a", "leaky_relu(a)", PIECES),
    at_most("leaky-relu-below-relu", "leaky_relu(a)", "relu(a)", PIECES),
    at_most("leaky-relu-size-above-relu", "relu(a)", "abs(leaky_relu(a))", PIECES),
    at_most("elu-size-above-relu", "relu(a)", "abs(elu(a))", PIECES),
    at_most("elu-above-base", "a", "elu(a)", CONVEX),
    at_most("elu-below-relu", "elu(a)", "relu(a)", PIECES),
    at_most("gelu-below-relu", "gelu(a)", "relu(a)", GATE),
    at_most("silu-below-relu", "silu(a)", "relu(a)", GATE),
    at_most("mish-below-relu", "mish(a)", "relu(a)", GATE),
    at_most("silu-below-gelu", "silu(a)", "gelu(a)", "σ(a) − ½ and Φ(a) − ½ have the sign of a, and the latter is larger in magnitude"),
    at_most("tanh-below-relu", "tanh(a)", "relu(a)", CONVEX),
    at_most("tanh-below-elu", "tanh(a)", "elu(a)", "for a < 0, tanh(a) = (e²ᵃ − 1)/(e²ᵃ + 1) ≤ eᵃ − 1; for a > 0, tanh(a) ≤ a"),
    at_most("expm1-above-base", "a", "expm1(a)", CONVEX),
    below("exp-above-base", "a", "exp(a)", CONVEX),
    below("exp-above-one-plus", "relu(a)", "exp(a)", CONVEX),
    below("softplus-above-base", "a", "softplus(a)", "ln(1 + eᵃ) > ln(eᵃ)"),
    below("softplus-above-relu", "relu(a)", "softplus(a)", "ln(1 + eᵃ) > max(ln(eᵃ), ln(1))"),
    below("softplus-below-exp", "softplus(a)", "exp(a)", "ln(1 + u) < u for u > 0"),
    below("sigmoid-below-exp", "sigmoid(a)", "exp(a)", "u/(1 + u) < u for u > 0"),
    below("sigmoid-below-softplus", "sigmoid(a)", "softplus(a)", "u/(1 + u) < ln(1 + u) for u > 0"),
    below("softplus-above-silu", "silu(a)", "softplus(a)", GATE),
    below("softplus-above-gelu", "gelu(a)", "softplus(a)", GATE),
    below("cosh-above-sinh", "sinh(a)", "cosh(a)", "cosh(a) − sinh(a) = e⁻ᵃ"),
];

/// What a row decides: the name of the rule, left and right with `L` for the lower and `H` for the higher side, and whether it
/// takes a strict row.
const DECISIONS: &[(&str, &str, &str, bool)] = &[
    ("max", "max(L, H)", "H", false),
    ("min", "min(L, H)", "L", false),
    ("if-at-most", "if L <= H { c } else { d }", "c", false),
    ("if-above", "if H < L { c } else { d }", "d", false),
    ("if-less", "if L < H { c } else { d }", "c", true),
    ("if-at-least", "if H <= L { c } else { d }", "d", true),
    ("if-equal", "if L == H { c } else { d }", "d", true),
    ("relu", "relu(H - L)", "H - L", false),
    ("abs", "abs(H - L)", "H - L", false),
];

/// The rules that the orderings imply: name, left, right, origin.
pub(super) fn rules() -> impl Iterator<Item = (String, String, String, &'static str)> {
    ORDERINGS.iter().flat_map(|ordering| {
        let fill = |text: &str| {
            // The sides are put in parentheses: they may be sums or signed.
            text.replace('L', &format!("({})", ordering.low))
                .replace('H', &format!("({})", ordering.high))
        };
        let takes = |(_, _, _, strict): &&(&str, &str, &str, bool)| ordering.strict || !strict;
        DECISIONS
            .iter()
            .filter(takes)
            .map(move |(decision, left, right, _)| {
                (
                    format!("{}-{decision}", ordering.name),
                    fill(left),
                    fill(right),
                    ordering.origin,
                )
            })
    })
}
