//! The functions of AQuaSurF (<https://github.com/cognizant-ai-labs/aquasurf>, `aquasurf/activation.py`), whose text is nested calls of them.

use proc_macro2::Span;

use super::piece::{Level, Piece};

/// The call of a function that is another one here; none for those that are known by their names.
pub(super) fn call(name: &str, arguments: &[Piece], span: Span) -> Option<Piece> {
    let number = |text| Piece::number(text, span);
    let folded =
        |combine: &dyn Fn(Piece, Piece) -> Piece| arguments.iter().cloned().reduce(combine);
    let infix = |signs: &'static str, level: Level| {
        folded(&move |a, b| Piece::infix(a, signs, b, level, span))
    };
    let nested = |name: &'static str| folded(&move |a, b| Piece::call(name, vec![a, b], span));
    match (name, arguments) {
        ("zero", [_]) => Some(number("0")),
        ("one", [_]) => Some(number("1")),
        ("identity", [x]) => Some(x.clone()),
        // That of Keras: clip(0.2 x + 0.5, 0, 1).
        ("hard_sigmoid", [x]) => {
            let product = Piece::infix(number("0.2"), "*", x.clone(), Level::Product, span);
            let line = Piece::infix(product, "+", number("0.5"), Level::Sum, span);
            Some(Piece::call(
                "clamp",
                vec![line, number("0"), number("1")],
                span,
            ))
        }
        ("sum_n", _) => infix("+", Level::Sum),
        ("prod_n", _) => infix("*", Level::Product),
        ("max_n", _) => nested("max"),
        ("min_n", _) => nested("min"),
        _ => None,
    }
}
