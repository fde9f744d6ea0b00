//! erf and erfc in any precision.
//!
//! Near 0, erf(x) = 2x·e^(−x²)/√π · Σ (2x²)ⁿ/(1·3·5⋯(2n + 1)), whose terms are all positive (Abramowitz and Stegun, 7.1.6), and erfc is
//! 1 − erf with as many more digits as cancel. Far from 0, erfc(x) ~ e^(−x²)/(x√π) · Σ (−1)ⁿ·1·3⋯(2n − 1)/(2x²)ⁿ (7.1.23),
//! which errs by less than the first term left out; the terms fall to about e^(−x²).
//!
//! A sum of N terms, each the product of N factors rounded to w digits, errs by less than 8N·2⁻ʷ of itself. The working precision
//! has 64 digits more than the result, and N stays below 2³⁰.

use dashu_float::Context;
use dashu_float::round::mode::HalfEven;

use super::span::{Arithmetic, Big, Span, natural, power_of_two, size, whole};
use super::work::Work;

const GUARD: usize = 64;
const LOG2_E: f64 = std::f64::consts::LOG2_E;
/// Beyond this, erfc is below e^(−x²) ≤ 2^(−2⁴⁰), and no number tells it from 0.
const FAR: i64 = 1 << 20;

impl Arithmetic {
    pub(crate) fn erf(&mut self, x: &Span) -> Option<Span> {
        let low = self.erf_at(&x.low)?;
        let high = if x.is_point() {
            low.high
        } else {
            self.erf_at(&x.high)?.high
        };
        Some(Span { low: low.low, high })
    }

    pub(crate) fn erfc(&mut self, x: &Span) -> Option<Span> {
        let high = self.erfc_at(&x.low)?;
        let low = if x.is_point() {
            high.low
        } else {
            self.erfc_at(&x.high)?.low
        };
        Some(Span {
            low,
            high: high.high,
        })
    }

    fn erf_at(&mut self, x: &Big) -> Option<Span> {
        let zero = Big::zero();
        if *x == zero {
            return Some(Span::point(zero));
        }
        if *x < zero {
            return Some(self.erf_at(&-x.clone())?.neg());
        }
        if self.is_far(x) {
            let tail = self.tail(x)?;
            return self.sub(&Span::point(Big::one()), &tail);
        }
        self.series(x, self.precision)
    }

    fn erfc_at(&mut self, x: &Big) -> Option<Span> {
        let one = Span::point(Big::one());
        if *x <= Big::zero() {
            let erf = self.erf_at(&-x.clone())?;
            return self.add(&one, &erf);
        }
        if self.is_far(x) {
            return self.tail(x);
        }
        // erfc is about e^(−x²): so many digits cancel.
        let lost = (LOG2_E * square(x)) as usize;
        let erf = self.series(x, self.precision + lost)?;
        Arithmetic::new(self.precision + lost).sub(&one, &erf)
    }

    /// Whether the terms of the asymptotic series of x above 0 fall below the precision.
    fn is_far(&self, x: &Big) -> bool {
        x.is_infinite() || *x > whole(FAR) || LOG2_E * square(x) > (self.precision + 8) as f64
    }

    /// erf of x above 0 by its series, to `precision` digits.
    fn series(&mut self, x: &Big, precision: usize) -> Option<Span> {
        if size(x) < -(precision as isize) {
            return Arithmetic::new(precision).first_term(x);
        }
        let context = Context::<HalfEven>::new(precision + GUARD);
        let mul = |a: &Big, b: &Big| Some(context.mul(a, b).ok()?.value().into_repr());
        let squared = mul(x, x)?;
        let doubled = mul(&squared, &natural(2))?;
        let (mut term, mut sum, mut odd) = (Big::one(), Big::one(), 1);
        self.count(Work::Series);
        loop {
            self.count(Work::Product);
            odd += 2;
            term = context
                .div(&mul(&term, &doubled)?, &natural(odd))
                .ok()?
                .value()
                .into_repr();
            sum = context.add(&sum, &term).ok()?.value().into_repr();
            // From here on, each term is less than half of the one before.
            let rest = power_of_two(-((precision + GUARD) as isize));
            if natural(odd) > mul(&doubled, &natural(2))? && term < mul(&sum, &rest)? {
                break;
            }
        }
        let weight = context.exp(&-squared, Some(&mut self.cache)).ok()?.value();
        let pi = self.cache.pi::<2, HalfEven>(precision + GUARD).value();
        let root = context.sqrt(pi.repr()).ok()?.value();
        let scaled = mul(&mul(&mul(&sum, x)?, &natural(2))?, weight.repr())?;
        let value = context.div(&scaled, root.repr()).ok()?.value().into_repr();
        Arithmetic::new(precision).within(&value)
    }

    /// erf of x so close to 0 that the next term of its series, x²/3 of the first, is less than the precision tells.
    fn first_term(&mut self, x: &Big) -> Option<Span> {
        let pi = self.pi()?;
        let root = self.sqrt(&pi)?;
        let doubled = self.mul(&Span::point(x.clone()), &Span::point(natural(2)))?;
        let value = self.div(&doubled, &root)?;
        let lost = Span {
            low: Big::zero(),
            high: power_of_two(-(self.precision as isize)),
        };
        let factor = self.sub(&Span::point(Big::one()), &lost)?;
        self.mul(&value, &factor)
    }

    /// erfc of a large x.
    fn tail(&mut self, x: &Big) -> Option<Span> {
        if x.is_infinite() || *x > whole(FAR) {
            let bound = whole(-FAR * FAR);
            let mut tail = self.exp(&Span::point(bound))?;
            tail.low = Big::zero();
            return Some(tail);
        }
        let precision = self.precision;
        let context = Context::<HalfEven>::new(precision + GUARD);
        let mul = |a: &Big, b: &Big| Some(context.mul(a, b).ok()?.value().into_repr());
        let squared = mul(x, x)?;
        let doubled = mul(&squared, &natural(2))?;
        let (mut term, mut sum, mut odd) = (Big::one(), Big::one(), 1);
        let negligible = power_of_two(-(precision as isize) - 4);
        self.count(Work::Series);
        loop {
            self.count(Work::Product);
            term = -context
                .div(&mul(&term, &natural(odd))?, &doubled)
                .ok()?
                .value()
                .into_repr();
            odd += 2;
            sum = context.add(&sum, &term).ok()?.value().into_repr();
            let size = if term < Big::zero() {
                -term.clone()
            } else {
                term.clone()
            };
            if size < negligible {
                break;
            }
            if natural(odd) > doubled {
                // The terms grow again: too close to 0 for this precision.
                return None;
            }
        }
        let weight = context.exp(&-squared, Some(&mut self.cache)).ok()?.value();
        let pi = self.cache.pi::<2, HalfEven>(precision + GUARD).value();
        let root = context.sqrt(pi.repr()).ok()?.value();
        let scaled = mul(&sum, weight.repr())?;
        let value = context
            .div(&scaled, &mul(x, root.repr())?)
            .ok()?
            .value()
            .into_repr();
        self.within(&value)
    }

    /// The interval of relative radius 2⁻ᵖ around a value that is correct to more than p digits.
    fn within(&self, value: &Big) -> Option<Span> {
        let radius = power_of_two(-(self.precision as isize));
        let ends = self.mul(
            &Span::point(value.clone()),
            &Span {
                low: -radius.clone(),
                high: radius,
            },
        )?;
        self.add(&Span::point(value.clone()), &ends)
    }
}

/// x² in f64, for estimates.
fn square(x: &Big) -> f64 {
    let x = x.to_f64().value();
    x * x
}
