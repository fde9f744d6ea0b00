//! Elementary functions over intervals, by dashu's correctly rounded ones at both ends.

use dashu_float::Context;
use dashu_float::round::mode::{Down, Up};

use super::span::{Arithmetic, Big, FAR, STEEP, Span, around, power_of_two, size, whole};
use super::work::Work;

/// What a function does near 0.
#[derive(Clone, Copy)]
enum Near {
    /// f(x) = x + O(x²), with a factor of at most 1.
    Same,
    /// f(x) = 1 + O(x), with a factor of at most 2.
    One,
    /// The function is not asked there.
    Away,
}

/// The interval of a correctly rounded function that never falls, from its value at both ends. Arguments too small to matter have
/// intervals of their own: to round 1 + x correctly, a function would have to compute as many digits as x has zeros.
macro_rules! rising {
    ($self:ident, $x:expr, $method:ident, $near:expr, $work:ident) => {{
        let x = $x;
        let (tiny_low, tiny_high) = ($self.tiny(&x.low, $near), $self.tiny(&x.high, $near));
        let mut at_low = match tiny_low {
            Some(span) => span,
            None => {
                $self.count(Work::$work);
                let context = Context::<Down>::new($self.precision);
                around(context.$method(&x.low, Some(&mut $self.cache)))?
            }
        };
        if !x.is_point() {
            at_low.high = match tiny_high {
                Some(span) => span.high,
                None => {
                    $self.count(Work::$work);
                    let context = Context::<Up>::new($self.precision);
                    let up = context.$method(&x.high, Some(&mut $self.cache)).ok()?;
                    up.value().into_repr()
                }
            };
        }
        Some(at_low)
    }};
}

impl Arithmetic {
    pub(crate) fn exp(&mut self, x: &Span) -> Option<Span> {
        self.steep(x, Big::zero(), Self::exp_within)
    }

    fn exp_within(&mut self, x: &Span) -> Option<Span> {
        rising!(self, x, exp, Near::One, Series)
    }

    pub(crate) fn expm1(&mut self, x: &Span) -> Option<Span> {
        self.steep(x, -Big::one(), Self::expm1_within)
    }

    fn expm1_within(&mut self, x: &Span) -> Option<Span> {
        rising!(self, x, exp_m1, Near::Same, Series)
    }

    pub(crate) fn sinh(&mut self, x: &Span) -> Option<Span> {
        self.steep(x, Big::neg_infinity(), Self::sinh_within)
    }

    fn sinh_within(&mut self, x: &Span) -> Option<Span> {
        rising!(self, x, sinh, Near::Same, Several)
    }

    pub(crate) fn cosh(&mut self, x: &Span) -> Option<Span> {
        self.steep(&x.abs(), Big::one(), Self::cosh_within)
    }

    fn cosh_within(&mut self, x: &Span) -> Option<Span> {
        rising!(self, x, cosh, Near::One, Several)
    }

    pub(crate) fn tanh(&mut self, x: &Span) -> Option<Span> {
        rising!(self, x, tanh, Near::Same, Several)
    }

    pub(crate) fn asinh(&mut self, x: &Span) -> Option<Span> {
        if !x.is_bounded() {
            return None;
        }
        self.far_out(x, Self::asinh_within, |this, end| {
            let doubled = Span::point(end.clone().max(-end.clone()));
            let doubled = this.add(&doubled, &doubled)?;
            let size = this.ln_and_little(&doubled)?;
            Some(if *end < Big::zero() { size.neg() } else { size })
        })
    }

    fn asinh_within(&mut self, x: &Span) -> Option<Span> {
        rising!(self, x, asinh, Near::Same, Inverse)
    }

    pub(crate) fn atan(&mut self, x: &Span) -> Option<Span> {
        self.far_out(x, Self::atan_within, |this, end| {
            let radius = power_of_two(-(this.precision as isize));
            let factor = this.sub(&Span::point(Big::one()), &Span::new(Big::zero(), radius))?;
            let (pi, half) = (this.pi()?, Span::point(power_of_two(-1)));
            let quarter = this.mul(&pi, &half)?;
            let size = this.mul(&quarter, &factor)?;
            Some(if *end < Big::zero() { size.neg() } else { size })
        })
    }

    fn atan_within(&mut self, x: &Span) -> Option<Span> {
        rising!(self, x, atan, Near::Same, Inverse)
    }

    /// A rising function by its values at both ends, each computed by `far` where the precision does not tell x + 1 from x: there, a
    /// sum would have as many digits as the exponent says.
    fn far_out(
        &mut self,
        x: &Span,
        near: fn(&mut Self, &Span) -> Option<Span>,
        far: fn(&mut Self, &Big) -> Option<Span>,
    ) -> Option<Span> {
        let least = self.precision as isize + 8;
        let is_far = |end: &Big| end.is_infinite() || size(end) > least;
        if !is_far(&x.low) && !is_far(&x.high) {
            return near(self, x);
        }
        let mut at = |end: &Big| {
            if is_far(end) {
                far(self, end)
            } else {
                near(self, &Span::point(end.clone()))
            }
        };
        let low = at(&x.low)?;
        let high = if x.is_point() {
            low.high
        } else {
            at(&x.high)?.high
        };
        Some(Span::new(low.low, high))
    }

    /// ln x with what is left of a sum beside it: less than the precision tells.
    fn ln_and_little(&mut self, x: &Span) -> Option<Span> {
        let little = Span::new(Big::zero(), power_of_two(-(self.precision as isize)));
        let ln = self.ln(x)?;
        self.add(&ln, &little)
    }

    /// ln x, of x above 0.
    pub(crate) fn ln(&mut self, x: &Span) -> Option<Span> {
        rising!(self, x, ln, Near::Away, Inverse)
    }

    /// ln(1 + x), of x above −1.
    pub(crate) fn log1p(&mut self, x: &Span) -> Option<Span> {
        self.far_out(x, Self::log1p_within, |this, end| {
            this.ln_and_little(&Span::point(end.clone()))
        })
    }

    fn log1p_within(&mut self, x: &Span) -> Option<Span> {
        rising!(self, x, ln_1p, Near::Same, Inverse)
    }

    pub(crate) fn sin(&mut self, x: &Span) -> Option<Span> {
        self.wave(x, |this, x| match this.tiny(x, Near::Same) {
            Some(span) => Some(span),
            None => {
                this.count(Work::Series);
                around(Context::<Down>::new(this.precision).sin(x, Some(&mut this.cache)))
            }
        })
    }

    pub(crate) fn cos(&mut self, x: &Span) -> Option<Span> {
        self.wave(x, |this, x| match this.tiny(x, Near::One) {
            Some(span) => Some(span),
            None => {
                this.count(Work::Series);
                around(Context::<Down>::new(this.precision).cos(x, Some(&mut this.cache)))
            }
        })
    }

    /// The interval of a function at x so close to 0 that the precision does not tell its value from x, or from 1.
    fn tiny(&self, x: &Big, near: Near) -> Option<Span> {
        let precision = self.precision as isize;
        if x.is_infinite() || *x == Big::zero() || size(x) > -precision - 4 {
            return None;
        }
        let radius = power_of_two(-precision);
        let one = Span::point(Big::one());
        let factor = self.add(&one, &Span::new(-radius.clone(), radius))?;
        match near {
            Near::Same => self.mul(&Span::point(x.clone()), &factor),
            Near::One => Some(factor),
            Near::Away => None,
        }
    }

    /// A function between −1 and 1 whose slope is, too.
    fn wave(&mut self, x: &Span, at: fn(&mut Self, &Big) -> Option<Span>) -> Option<Span> {
        let whole = Span::new(-Big::one(), Big::one());
        // To reduce a longer argument, π takes too many digits.
        let vast = |end: &Big| end.is_infinite() || end.exponent() > FAR;
        if vast(&x.low) || vast(&x.high) {
            return Some(whole);
        }
        let value = at(self, &x.low)?;
        if x.is_point() {
            return Some(value);
        }
        let width = self.up().sub(&x.high, &x.low).ok()?.value().into_repr();
        let reached = self.add(&value, &Span::new(-width.clone(), width))?;
        Some(
            reached
                .max(&Span::point(-Big::one()))
                .min(&Span::point(Big::one())),
        )
    }

    /// A rising function that grows like eˣ above, and comes from `floor` below. What lies past the cut is not computed.
    fn steep(
        &mut self,
        x: &Span,
        floor: Big,
        within: fn(&mut Self, &Span) -> Option<Span>,
    ) -> Option<Span> {
        let (lowest, highest) = (whole(-STEEP), whole(STEEP));
        let (below, above) = (x.low < lowest, x.high > highest);
        if !below && !above {
            return within(self, x);
        }
        let cut = |end: &Big| end.clone().max(lowest.clone()).min(highest.clone());
        let mut image = within(self, &Span::new(cut(&x.low), cut(&x.high)))?;
        if below {
            image.low = floor;
        }
        if above {
            image.high = Big::infinity();
        }
        Some(image)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    type Function = fn(&mut Arithmetic, &Span) -> Option<Span>;

    /// Functions end, and enclose, at arguments whose exponents have no use in any format.
    #[test]
    fn functions_take_arguments_of_any_size() {
        let functions: [(&str, Function); 15] = [
            ("exp", Arithmetic::exp),
            ("expm1", Arithmetic::expm1),
            ("sinh", Arithmetic::sinh),
            ("cosh", Arithmetic::cosh),
            ("tanh", Arithmetic::tanh),
            ("asinh", Arithmetic::asinh),
            ("atan", Arithmetic::atan),
            ("ln", Arithmetic::ln),
            ("log1p", Arithmetic::log1p),
            ("sin", Arithmetic::sin),
            ("cos", Arithmetic::cos),
            ("erf", Arithmetic::erf),
            ("erfc", Arithmetic::erfc),
            ("sqrt", |arithmetic, x| arithmetic.sqrt(x)),
            ("square", |arithmetic, x| arithmetic.square(x)),
        ];
        for precision in [128, 1024] {
            let mut arithmetic = Arithmetic::new(precision);
            for k in [120, 1_000, 20_000, 1_000_000, 1_000_000_000_000, 1 << 49] {
                for exponent in [k, -k] {
                    for (name, function) in functions {
                        let x = power_of_two(exponent);
                        let positive = function(&mut arithmetic, &Span::point(x.clone()));
                        let positive = positive.unwrap_or_else(|| panic!("{name} at 2^{exponent}"));
                        assert!(positive.low <= positive.high, "{name} at 2^{exponent}");
                        if ["ln", "log1p", "sqrt"].contains(&name) {
                            continue;
                        }
                        let negative = function(&mut arithmetic, &Span::point(-x));
                        assert!(negative.is_some(), "{name} at -2^{exponent}");
                        let wide = Span::new(power_of_two(-exponent.abs()), Big::infinity());
                        let image = function(&mut arithmetic, &wide);
                        assert!(image.is_none_or(|image| image.low <= image.high), "{name}");
                    }
                }
            }
        }
    }
}
