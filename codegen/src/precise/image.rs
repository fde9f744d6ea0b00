//! The range of an operation over ranges of its arguments, as far as these lie where it is defined.
//!
//! A function of one argument is taken by its pieces on which it only rises or only falls; what these are is known here, and
//! nowhere read from the table of operations. The table only says what an operation stands for, by a formula.

use super::arithmetic::{abs, add, between, div, max, min, mul, point, sign, truth};
use super::at::Function;
use super::bounds::{
    Bounded, GELU, GELU_TANH, GELU_TANH_SLOPE, HARD_SWISH, MISH, MISH_SLOPE, SILU, SILU_SLOPE,
    SINC, SINC_SLOPE,
};
use super::monotone::{falling, falling_from, rectified, rising, rising_from, valley};
use super::range::{End, Range};
use super::span::{Arithmetic, Big, Span, from_f64, power_of_two};
use super::{at, waves};
use crate::ops::Op;

/// The range of an operation that is known here; none for those that the formulas of their rows reduce to others. Choices and powers
/// need more than ranges, and have functions of their own.
pub(super) fn image(op: Op, v: &[&Range], a: &mut Arithmetic) -> Option<Range> {
    let zero = Big::zero;
    Some(match op {
        Op::Pi => a
            .pi()
            .map_or_else(Range::reals, |pi| Range::between(pi, true, true)),
        Op::Add => add(a, v[0], v[1]),
        Op::Sub => add(a, v[0], &v[1].negated()),
        Op::Mul => mul(a, v[0], v[1]),
        Op::Div => div(a, v[0], v[1]),
        Op::Neg => v[0].negated(),
        Op::Min => min(v[0], v[1]),
        Op::Max => max(v[0], v[1]),
        Op::Clamp => min(&max(v[0], v[1]), v[2]),
        Op::Lt => truth(v[0].is_less_than(v[1]), v[1].is_at_most(v[0])),
        Op::Le => truth(v[0].is_at_most(v[1]), v[1].is_less_than(v[0])),
        Op::Eq => {
            let same = v[0].single().is_some() && v[0].single() == v[1].single();
            truth(same, v[0].misses(v[1]))
        }
        Op::Abs => abs(v[0]),
        Op::Sign => sign(v[0]),
        Op::Relu => max(v[0], &point(0)),
        Op::Min0 => min(v[0], &point(0)),

        Op::Square => rising(a, &abs(v[0]), at::square, &Range::not_negative()),
        Op::Cube => rising(a, v[0], at::cube, &Range::reals()),
        Op::Sqrt => rising(a, v[0], at::sqrt, &Range::not_negative()),
        Op::Exp => rising_from(a, v[0], at::exp, &Range::above(zero()), Big::one()),
        Op::Expm1 => expm1(a, v[0]),
        Op::Ln => rising(a, v[0], at::ln, &Range::reals()),
        Op::Log1p => rising_from(a, v[0], at::log1p, &Range::reals(), zero()),
        Op::Sigmoid => rising_from(a, v[0], at::sigmoid, &between(0, 1, true, true), half()),
        Op::Softplus => rising(a, v[0], at::softplus, &Range::above(zero())),
        Op::Sinh => rising_from(a, v[0], at::sinh, &Range::reals(), zero()),
        Op::Tanh => rising_from(a, v[0], at::tanh, &between(-1, 1, true, true), zero()),
        Op::Asinh => rising_from(a, v[0], at::asinh, &Range::reals(), zero()),
        Op::Atan => {
            let whole = a.pi().and_then(|pi| a.mul(&pi, &Span::point(half())));
            let whole = whole.map_or_else(Range::reals, |end| {
                let low = -end.high.clone();
                Range::between(
                    Span {
                        low,
                        high: end.high,
                    },
                    true,
                    true,
                )
            });
            rising_from(a, v[0], at::atan, &whole, zero())
        }
        Op::Erf => rising_from(a, v[0], at::erf, &between(-1, 1, true, true), zero()),
        Op::NormalCdf => rising_from(a, v[0], at::normal_cdf, &between(0, 1, true, true), half()),
        Op::Elu => rising_from(a, v[0], at::elu, &Range::above(-Big::one()), zero()),
        Op::Selu => rising_from(
            a,
            v[0],
            at::selu,
            &Range::above(from_f64(-1.758_099_340_847_4)),
            zero(),
        ),
        Op::Softsign => rising_from(a, v[0], at::softsign, &between(-1, 1, true, true), zero()),
        Op::Tanhshrink => rising_from(a, v[0], at::tanhshrink, &Range::reals(), zero()),
        // With flat pieces: a value can be reached although the end is left out.
        Op::HardShrink => rising(
            a,
            &Range::closed(v[0].span()),
            at::hard_shrink,
            &Range::reals(),
        ),
        Op::SoftShrink => rising(
            a,
            &Range::closed(v[0].span()),
            at::soft_shrink,
            &Range::reals(),
        ),
        Op::Erfc => falling_from(a, v[0], at::erfc, &between(0, 2, true, true), Big::one()),

        // Even functions, by the size of the argument.
        Op::Cosh => rising_from(
            a,
            &abs(v[0]),
            at::cosh,
            &Range::new(End::new(Big::one(), false), End::new(Big::infinity(), true)),
            Big::one(),
        ),
        Op::Gaussian => falling_from(
            a,
            &abs(v[0]),
            at::gaussian,
            &between(0, 1, true, false),
            Big::one(),
        ),
        Op::NormalPdf => falling(a, &abs(v[0]), at::normal_pdf, &between(0, 1, true, true)),
        Op::SigmoidGrad => falling_from(
            a,
            &abs(v[0]),
            at::sigmoid_grad,
            &between(0, 1, true, false),
            power_of_two(-2),
        ),
        Op::TanhGrad => falling_from(
            a,
            &abs(v[0]),
            at::tanh_grad,
            &between(0, 1, true, false),
            Big::one(),
        ),
        Op::AsinhGrad => falling_from(
            a,
            &abs(v[0]),
            at::asinh_grad,
            &between(0, 1, true, false),
            Big::one(),
        ),
        Op::AtanGrad => falling_from(
            a,
            &abs(v[0]),
            at::atan_grad,
            &between(0, 1, true, false),
            Big::one(),
        ),
        Op::SoftsignGrad => falling_from(
            a,
            &abs(v[0]),
            at::softsign_grad,
            &between(0, 1, true, false),
            Big::one(),
        ),

        Op::Silu => valley(a, v[0], at::silu, &SILU),
        Op::Gelu => valley(a, v[0], at::gelu, &GELU),
        Op::GeluTanh => valley(a, v[0], at::gelu_tanh, &GELU_TANH),
        Op::Mish => valley(a, v[0], at::mish, &MISH),
        Op::HardSwish => valley(a, &Range::closed(v[0].span()), at::hard_swish, &HARD_SWISH),

        Op::Sin => waves::sine(a, v[0]),
        Op::Cos => waves::cosine(a, v[0]),
        Op::Sinc => {
            let size = abs(v[0]);
            if size.high.at <= Big::one() {
                falling_from(a, &size, at::sinc, &between(0, 1, false, false), Big::one())
            } else {
                steep(a, v[0], at::sinc, &SINC)
            }
        }
        Op::SincGrad => steep(a, v[0], at::sinc_grad, &SINC_SLOPE),
        Op::SiluGrad => steep(a, v[0], at::silu_grad, &SILU_SLOPE),
        Op::GeluTanhGrad => steep(a, v[0], at::gelu_tanh_grad, &GELU_TANH_SLOPE),
        Op::MishGrad => steep(a, v[0], at::mish_grad, &MISH_SLOPE),

        Op::PRelu => rectified(v[0], |below| mul(a, v[1], below)),
        Op::EluAlpha => rectified(v[0], |below| {
            let expm1 = expm1(a, below);
            mul(a, v[1], &expm1)
        }),
        // α·(e^(x/α) − 1) has the sign of x, whatever α; for α = 0 it is relu, its limit.
        Op::Celu => rectified(v[0], |below| {
            let not_above = Range::not_negative().negated();
            if !v[1].excludes_zero() {
                return not_above;
            }
            let exponent = div(a, below, v[1]);
            let expm1 = expm1(a, &exponent);
            let product = mul(a, v[1], &expm1);
            product
                .meet(&Range::below(Big::zero()))
                .unwrap_or(not_above)
        }),
        Op::Threshold => match (v[1].is_less_than(v[0]), v[0].is_at_most(v[1])) {
            (true, _) => v[0].clone(),
            (_, true) => v[2].clone(),
            // What passes lies above the threshold as well.
            _ => match v[0].meet(&Range::new(
                End::new(v[1].low.at.clone(), true),
                End::new(Big::infinity(), true),
            )) {
                Some(passed) => passed.join(v[2]),
                None => v[2].clone(),
            },
        },
        Op::Powi | Op::If => Range::reals(),
        _ => return None,
    })
}

/// e^x − 1.
fn expm1(a: &mut Arithmetic, x: &Range) -> Range {
    rising_from(a, x, at::expm1, &Range::above(-Big::one()), Big::zero())
}

fn half() -> Big {
    power_of_two(-1)
}

fn steep(a: &mut Arithmetic, x: &Range, f: Function, bounds: &Bounded) -> Range {
    let [low, high] = bounds.within.map(from_f64);
    let whole = Range::closed(Span { low, high });
    waves::steep(a, x, f, from_f64(bounds.slope), &whole)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ir::Dag;
    use crate::number::Number;
    use crate::ops::ARGUMENTS;
    use crate::oracle::span_at;
    use crate::precise::arithmetic::power;
    use crate::precise::monotone::Valley;
    use crate::precise::span::whole;
    use crate::precise::{Absent, Constant, Value, apply};

    /// The operations of one argument.
    fn unary() -> impl Iterator<Item = Op> {
        Op::ALL.iter().copied().filter(|op| op.arity() == 1)
    }

    fn over(op: Op, x: &Range, precision: usize) -> Value {
        let x = Value::within(x.clone());
        apply(
            op,
            &[&x],
            false,
            Absent::Nothing,
            &mut Arithmetic::new(precision),
        )
    }

    fn range(low: f64, high: f64) -> Range {
        Range::closed(Span {
            low: from_f64(low),
            high: from_f64(high),
        })
    }

    /// The oracle computes by other definitions, in four times the digits.
    #[test]
    fn images_hold_the_true_values() {
        let ends = [
            -1e300, -1e10, -88.0, -12.5, -6.0, -3.0, -2.0, -1.5, -1.0, -0.5, -0.3, -1e-8, -1e-300,
            0.0, 1e-300, 1e-8, 0.01, 0.25, 0.5, 0.75, 1.0, 1.3, 2.0, 3.0, 3.25, 6.0, 17.0, 710.0,
            1e6, 1e300,
        ];
        for op in unary() {
            let call = format!("{}({})", op.name(), ARGUMENTS[0]);
            let dag = Dag::parse(&call.replace("(a)", "(x)")).unwrap();
            let truth: Vec<Option<Span>> = ends.iter().map(|&x| span_at(&dag, x)).collect();
            for (i, &low) in ends.iter().enumerate() {
                for (k, &high) in ends.iter().enumerate().skip(i) {
                    let image = over(op, &range(low, high), 64).range;
                    for inside in truth[i..=k].iter().flatten() {
                        let held = image.low.at <= inside.high && inside.low <= image.high.at;
                        let value = inside.low.to_f64().value();
                        assert!(held, "{call} over {low}..{high}: {image:?} without {value}");
                        let inner =
                            |end: &End| !(end.open && inside.is_point() && end.at == inside.low);
                        assert!(
                            inner(&image.low) && inner(&image.high),
                            "{call} over {low}..{high}: {image:?}"
                        );
                        assert!(
                            !(image.excludes_zero() && inside.is_zero()),
                            "{call} over {low}..{high}: {image:?}"
                        );
                    }
                }
            }
        }
    }

    /// At points, next to nothing is lost, but where a slope cancels.
    #[test]
    fn points_have_narrow_images() {
        for op in unary() {
            for x in [
                -700.0, -20.0, -2.5, -0.7, -1e-9, 0.0, 1e-9, 0.4, 1.1, 3.3, 50.0, 700.0,
            ] {
                let value = over(op, &range(x, x), 128);
                if value.defined != crate::precise::Defined::Always {
                    continue;
                }
                let span = value.range.span();
                let width = Arithmetic::new(64)
                    .sub(
                        &Span::point(span.high.clone()),
                        &Span::point(span.low.clone()),
                    )
                    .unwrap();
                let size = span.abs().high.to_f64().value().max(1e-9);
                assert!(
                    width.high.to_f64().value()
                        <= if op == Op::SincGrad { 1e-15 } else { 1e-25 } * size,
                    "{}({x}): {span:?}",
                    op.name()
                );
            }
        }
    }

    #[test]
    fn valleys_and_slopes_are_bounded_as_they_say() {
        let a = &mut Arithmetic::new(128);
        let float = |value: &Big| value.to_f64().value();
        let valleys: [(Function, Function, &Valley); 3] = [
            (at::silu, at::silu_grad, &SILU),
            (at::gelu_tanh, at::gelu_tanh_grad, &GELU_TANH),
            (at::mish, at::mish_grad, &MISH),
        ];
        let gelu_grad: Function = |a, x| {
            let (cdf, pdf) = (at::normal_cdf(a, x)?, at::normal_pdf(a, x)?);
            a.add(&cdf, &a.mul(x, &pdf)?)
        };
        for (f, slope, valley) in
            valleys
                .into_iter()
                .chain([(at::gelu as Function, gelu_grad, &GELU)])
        {
            let at = |x: f64| Span::point(from_f64(x));
            // The slope changes its sign between the ends, and moves the value by less than 10⁻¹⁸ there.
            assert!(slope(a, &at(valley.at[0])).unwrap().high < Big::zero());
            assert!(slope(a, &at(valley.at[1])).unwrap().low > Big::zero());
            let least = f(a, &at(valley.at[0])).unwrap();
            let above = float(&least.low) - valley.floor;
            assert!((1e-13..2e-11).contains(&above), "{above}");
        }
        let bounded: [(Function, &Bounded); 5] = [
            (at::sinc, &SINC),
            (at::sinc_grad, &SINC_SLOPE),
            (at::silu_grad, &SILU_SLOPE),
            (at::gelu_tanh_grad, &GELU_TANH_SLOPE),
            (at::mish_grad, &MISH_SLOPE),
        ];
        for (f, bounds) in bounded {
            let mut last: Option<f64> = None;
            for k in -2000..=2000 {
                let value = float(
                    &f(a, &Span::point(from_f64(f64::from(k) / 128.0)))
                        .unwrap()
                        .low,
                );
                assert!(
                    bounds.within[0] <= value && value <= bounds.within[1],
                    "{k}: {value}"
                );
                if let Some(last) = last {
                    assert!(
                        (value - last).abs() * 128.0 <= bounds.slope,
                        "{k}: {}",
                        (value - last).abs() * 128.0
                    );
                }
                last = Some(value);
            }
        }
    }

    /// No size of argument takes long or fails.
    #[test]
    fn sizes_beyond_every_format_are_held() {
        let far = [40, 2000, 1 << 14, 1 << 19];
        for op in unary() {
            for exponent in far {
                for size in [power_of_two(exponent), power_of_two(-exponent)] {
                    for x in [size.clone(), -size] {
                        let value = over(op, &Range::point(x.clone()), 64);
                        let sum = add(&Arithmetic::new(64), &value.range, &point(1));
                        assert!(!sum.is_empty(), "{} at 2^{exponent}", op.name());
                    }
                }
            }
        }
        let a = &mut Arithmetic::new(64);
        let huge = power(a, &Range::point(power_of_two(1 << 19)), i32::MAX);
        assert!(huge.is_positive() && huge.high.at.is_infinite());
        let tiny = power(a, &Range::point(-power_of_two(1 << 19)), -i32::MAX);
        assert!(tiny.is_negative());
    }

    #[test]
    fn ends_that_are_left_out_decide() {
        let number = |text: &str| Number::parse(text).unwrap();
        let a = &mut Arithmetic::new(64);
        let of = |op: Op, text: &str, a: &mut Arithmetic| {
            let x = Value::constant(Constant::from(&number(text)), a);
            apply(op, &[&x], false, Absent::Nothing, a).range
        };
        let one = point(1);
        assert!(one.is_less_than(&of(Op::Cosh, "1e-300", a)));
        assert!(one.is_less_than(&of(Op::Sqrt, &format!("1.{}1", "0".repeat(200)), a)));
        assert!(of(Op::Gaussian, "1e-300", a).is_less_than(&one));
        assert!(of(Op::Tanhshrink, "-1e-200", a).is_negative());
        assert!(of(Op::Tanh, "1e300", a).is_less_than(&one));
        assert!(of(Op::HardSwish, "-7", a).is_zero());
        let reals = Range::reals();
        for (op, low, high) in [
            (Op::Exp, 0, None),
            (Op::Sigmoid, 0, Some(1)),
            (Op::Softplus, 0, None),
            (Op::Erfc, 0, Some(2)),
            (Op::TanhGrad, 0, None),
        ] {
            let image = over(op, &reals, 64).range;
            assert!(image.is_above(&whole(low)), "{}", op.name());
            assert!(
                high.is_none_or(|high| image.is_below(&whole(high))),
                "{}",
                op.name()
            );
        }
        assert!(!over(Op::Cosh, &reals, 64).range.is_above(&Big::one()));
        assert!(
            !over(Op::HardSwish, &range(-5.0, -4.0), 64)
                .range
                .excludes_zero()
        );
    }

    #[test]
    fn two_arguments_meet_at_their_corners() {
        let a = &Arithmetic::new(64);
        let positive = Range::above(Big::zero());
        let unit = between(0, 1, false, false);
        assert_eq!(mul(a, &positive, &unit), Range::not_negative());
        assert!(mul(a, &positive, &positive).is_positive());
        assert!(div(a, &unit, &positive).is_not_negative());
        assert_eq!(div(a, &point(6), &point(6)).single(), Some(&Big::one()));
        assert!(
            !mul(
                a,
                &between(-1, 1, false, false),
                &between(1, 2, false, false)
            )
            .excludes_zero()
        );
        assert_eq!(
            div(a, &between(1, 2, false, false), &between(0, 4, true, false))
                .low
                .at,
            power_of_two(-2)
        );
        assert!(div(a, &positive, &positive).is_positive());
        assert!(!div(a, &unit, &between(-1, 1, false, false).without_zero(true)).is_not_negative());
        assert!(max(&positive, &Range::reals()).is_positive());
        assert!(add(a, &positive, &unit).is_positive() && !add(a, &unit, &unit).is_positive());
        assert_eq!(max(&between(-1, 0, false, true), &point(0)), point(0));
        assert!(
            image(
                Op::Celu,
                &[&Range::below(Big::zero()), &Range::reals()],
                &mut Arithmetic::new(64)
            )
            .unwrap()
            .is_not_positive()
        );
    }
}
