//! Functions at a point, by their definitions in forms that lose few digits.
//!
//! Each takes an interval that holds the point and gives one that holds the value; `None` where nothing is known.

use super::span::{Arithmetic, Big, Span, power_of_two, whole};

/// A function at a point.
pub(super) type Function = fn(&mut Arithmetic, &Span) -> Option<Span>;

/// A decimal constant of a definition: `digits`·10^−`places`.
fn decimal(a: &Arithmetic, digits: i128, places: i32) -> Option<Span> {
    let power = a.power(&Span::point(whole(10)), places)?;
    let digits = Big::new(dashu_int::IBig::from(digits), 0);
    a.div(&Span::point(digits), &power)
}

fn one() -> Span {
    Span::point(Big::one())
}

fn half(x: &Span) -> Span {
    let half = |end: &Big| match end.is_infinite() || *end == Big::zero() {
        true => end.clone(),
        false => Big::new(end.significand().clone(), end.exponent() - 1),
    };
    Span {
        low: half(&x.low),
        high: half(&x.high),
    }
}

/// A rising function that grows like eˣ. Past the cut, its values are left to infinity above and to `floor` below: they are far
/// beyond every format, and their digits would take long.
fn steep(a: &mut Arithmetic, x: &Span, f: Function, floor: Big) -> Option<Span> {
    let cut = Span::point(whole(1 << 19));
    let mut image = f(a, &x.min(&cut).max(&cut.neg()))?;
    if x.high > cut.high {
        image.high = Big::infinity();
    }
    if x.low < -cut.high {
        image.low = floor;
    }
    Some(image)
}

pub(super) fn exp(a: &mut Arithmetic, x: &Span) -> Option<Span> {
    steep(a, x, |a, x| a.exp(x), Big::zero())
}

pub(super) fn expm1(a: &mut Arithmetic, x: &Span) -> Option<Span> {
    steep(a, x, |a, x| a.expm1(x), -Big::one())
}

pub(super) fn sinh(a: &mut Arithmetic, x: &Span) -> Option<Span> {
    steep(a, x, |a, x| a.sinh(x), Big::neg_infinity())
}

pub(super) fn cosh(a: &mut Arithmetic, x: &Span) -> Option<Span> {
    steep(a, &x.abs(), |a, x| a.cosh(x), Big::one())
}

pub(super) fn asinh(a: &mut Arithmetic, x: &Span) -> Option<Span> {
    a.asinh(x)
}

pub(super) fn atan(a: &mut Arithmetic, x: &Span) -> Option<Span> {
    a.atan(x)
}

pub(super) fn erf(a: &mut Arithmetic, x: &Span) -> Option<Span> {
    a.erf(x)
}

pub(super) fn erfc(a: &mut Arithmetic, x: &Span) -> Option<Span> {
    a.erfc(x)
}

pub(super) fn sin(a: &mut Arithmetic, x: &Span) -> Option<Span> {
    a.sin(x)
}

pub(super) fn cos(a: &mut Arithmetic, x: &Span) -> Option<Span> {
    a.cos(x)
}

pub(super) fn sqrt(a: &mut Arithmetic, x: &Span) -> Option<Span> {
    a.sqrt(x)
}

pub(super) fn square(a: &mut Arithmetic, x: &Span) -> Option<Span> {
    a.square(x)
}

pub(super) fn cube(a: &mut Arithmetic, x: &Span) -> Option<Span> {
    a.power(x, 3)
}

pub(super) fn ln(a: &mut Arithmetic, x: &Span) -> Option<Span> {
    if x.low <= Big::zero() {
        return None;
    }
    a.ln(x)
}

pub(super) fn log1p(a: &mut Arithmetic, x: &Span) -> Option<Span> {
    if x.low <= -Big::one() {
        return None;
    }
    a.log1p(x)
}

/// Past as many as the digits that count, 1 − tanh(x) < 2·e⁻²ˣ is below the last of them.
pub(super) fn tanh(a: &mut Arithmetic, x: &Span) -> Option<Span> {
    let far = whole(a.precision as i64);
    let near_one = Span {
        low: a
            .sub(&one(), &Span::point(power_of_two(-(a.precision as isize))))?
            .low,
        high: Big::one(),
    };
    if x.low >= far {
        Some(near_one)
    } else if x.high <= -far {
        Some(near_one.neg())
    } else {
        a.tanh(x)
    }
}

/// 1/(1 + e⁻ˣ).
pub(super) fn sigmoid(a: &mut Arithmetic, x: &Span) -> Option<Span> {
    let exp = exp(a, &x.neg())?;
    let divisor = a.add(&one(), &exp)?;
    a.div(&one(), &divisor)
}

/// max(x, 0) + ln(1 + e^(−|x|)).
pub(super) fn softplus(a: &mut Arithmetic, x: &Span) -> Option<Span> {
    let exp = exp(a, &x.abs().neg())?;
    let tail = a.log1p(&exp)?;
    a.add(&x.max(&Span::point(Big::zero())), &tail)
}

pub(super) fn gaussian(a: &mut Arithmetic, x: &Span) -> Option<Span> {
    let square = a.square(x)?;
    exp(a, &square.neg())
}

/// erfc(−x/√2)/2.
pub(super) fn normal_cdf(a: &mut Arithmetic, x: &Span) -> Option<Span> {
    let root = a.sqrt(&Span::point(whole(2)))?;
    let scaled = a.div(&x.neg(), &root)?;
    Some(half(&a.erfc(&scaled)?))
}

/// e^(−x²/2)/√(2π).
pub(super) fn normal_pdf(a: &mut Arithmetic, x: &Span) -> Option<Span> {
    let square = a.square(x)?;
    let exp = exp(a, &half(&square).neg())?;
    let pi = a.pi()?;
    let two_pi = a.mul(&Span::point(whole(2)), &pi)?;
    let root = a.sqrt(&two_pi)?;
    a.div(&exp, &root)
}

pub(super) fn silu(a: &mut Arithmetic, x: &Span) -> Option<Span> {
    let gate = sigmoid(a, x)?;
    a.mul(x, &gate)
}

pub(super) fn gelu(a: &mut Arithmetic, x: &Span) -> Option<Span> {
    let gate = normal_cdf(a, x)?;
    a.mul(x, &gate)
}

pub(super) fn mish(a: &mut Arithmetic, x: &Span) -> Option<Span> {
    let softplus = softplus(a, x)?;
    let gate = tanh(a, &softplus)?;
    a.mul(x, &gate)
}

/// √(8/π)·(x + 0.044715·x³), and its derivative.
fn tanh_argument(a: &mut Arithmetic, x: &Span) -> Option<[Span; 2]> {
    let pi = a.pi()?;
    let scale = a.div(&Span::point(whole(8)), &pi)?;
    let scale = a.sqrt(&scale)?;
    let square = a.square(x)?;
    let cubic = decimal(a, 44_715, 6)?;
    let cubic = a.add(&one(), &a.mul(&cubic, &square)?)?;
    let slope = decimal(a, 134_145, 6)?;
    let slope = a.add(&one(), &a.mul(&slope, &square)?)?;
    let argument = a.mul(x, &cubic)?;
    Some([a.mul(&scale, &argument)?, a.mul(&scale, &slope)?])
}

pub(super) fn gelu_tanh(a: &mut Arithmetic, x: &Span) -> Option<Span> {
    let [argument, _] = tanh_argument(a, x)?;
    let gate = sigmoid(a, &argument)?;
    a.mul(x, &gate)
}

pub(super) fn gelu_tanh_grad(a: &mut Arithmetic, x: &Span) -> Option<Span> {
    let [argument, slope] = tanh_argument(a, x)?;
    let (gate, mirrored) = (sigmoid(a, &argument)?, sigmoid(a, &argument.neg())?);
    let growth = a.mul(&a.mul(x, &slope)?, &mirrored)?;
    a.mul(&gate, &a.add(&one(), &growth)?)
}

pub(super) fn elu(a: &mut Arithmetic, x: &Span) -> Option<Span> {
    let zero = Span::point(Big::zero());
    let below = expm1(a, &x.min(&zero))?;
    a.add(&x.max(&zero), &below)
}

pub(super) fn selu(a: &mut Arithmetic, x: &Span) -> Option<Span> {
    let zero = Span::point(Big::zero());
    let alpha = decimal(a, 16_732_632_423_543_772_848_170_429_916_717, 31)?;
    let scale = decimal(a, 10_507_009_873_554_804_934_193_349_852_946, 31)?;
    let below = expm1(a, &x.min(&zero))?;
    let below = a.mul(&alpha, &below)?;
    a.mul(&scale, &a.add(&x.max(&zero), &below)?)
}

pub(super) fn softsign(a: &mut Arithmetic, x: &Span) -> Option<Span> {
    a.div(x, &a.add(&one(), &x.abs())?)
}

pub(super) fn tanhshrink(a: &mut Arithmetic, x: &Span) -> Option<Span> {
    let tanh = tanh(a, x)?;
    a.sub(x, &tanh)
}

pub(super) fn soft_shrink(a: &mut Arithmetic, x: &Span) -> Option<Span> {
    let half = Span::point(power_of_two(-1));
    a.sub(x, &x.max(&half.neg()).min(&half))
}

pub(super) fn hard_shrink(_: &mut Arithmetic, x: &Span) -> Option<Span> {
    let half = power_of_two(-1);
    if x.low > half || x.high < -half.clone() {
        Some(x.clone())
    } else if x.low >= -half.clone() && x.high <= half {
        Some(Span::point(Big::zero()))
    } else {
        Some(x.join(&Span::point(Big::zero())))
    }
}

/// x·min(max(x + 3, 0), 6)/6.
pub(super) fn hard_swish(a: &mut Arithmetic, x: &Span) -> Option<Span> {
    let (zero, six) = (Span::point(Big::zero()), Span::point(whole(6)));
    let gate = a.add(x, &Span::point(whole(3)))?.max(&zero).min(&six);
    let product = a.mul(x, &gate)?;
    a.div(&product, &six)
}

pub(super) fn sigmoid_grad(a: &mut Arithmetic, x: &Span) -> Option<Span> {
    let (gate, mirrored) = (sigmoid(a, x)?, sigmoid(a, &x.neg())?);
    a.mul(&gate, &mirrored)
}

pub(super) fn tanh_grad(a: &mut Arithmetic, x: &Span) -> Option<Span> {
    let doubled = a.add(x, x)?;
    let slope = sigmoid_grad(a, &doubled)?;
    a.mul(&Span::point(whole(4)), &slope)
}

/// σ(x)·(1 + x·σ(−x)).
pub(super) fn silu_grad(a: &mut Arithmetic, x: &Span) -> Option<Span> {
    let (gate, mirrored) = (sigmoid(a, x)?, sigmoid(a, &x.neg())?);
    let growth = a.mul(x, &mirrored)?;
    a.mul(&gate, &a.add(&one(), &growth)?)
}

/// tanh(softplus(x)) + x·σ(x)/cosh²(softplus(x)).
pub(super) fn mish_grad(a: &mut Arithmetic, x: &Span) -> Option<Span> {
    let softplus = softplus(a, x)?;
    let (value, slope) = (tanh(a, &softplus)?, tanh_grad(a, &softplus)?);
    let gate = sigmoid(a, x)?;
    let growth = a.mul(&a.mul(x, &gate)?, &slope)?;
    a.add(&value, &growth)
}

pub(super) fn asinh_grad(a: &mut Arithmetic, x: &Span) -> Option<Span> {
    let root = a.sqrt(&a.add(&one(), &a.square(x)?)?)?;
    a.div(&one(), &root)
}

pub(super) fn atan_grad(a: &mut Arithmetic, x: &Span) -> Option<Span> {
    a.div(&one(), &a.add(&one(), &a.square(x)?)?)
}

pub(super) fn softsign_grad(a: &mut Arithmetic, x: &Span) -> Option<Span> {
    let divisor = a.square(&a.add(&one(), &x.abs())?)?;
    a.div(&one(), &divisor)
}

/// sin(πx)/(πx).
pub(super) fn sinc(a: &mut Arithmetic, x: &Span) -> Option<Span> {
    if x.is_zero() {
        return Some(one());
    }
    let pi = a.pi()?;
    let angle = a.mul(&pi, x)?;
    let sine = a.sin(&angle)?;
    a.div(&sine, &angle)
}

/// (cos(πx) − sinc(x))/x.
pub(super) fn sinc_grad(a: &mut Arithmetic, x: &Span) -> Option<Span> {
    if x.is_zero() {
        return Some(Span::point(Big::zero()));
    }
    let pi = a.pi()?;
    let angle = a.mul(&pi, x)?;
    let (cosine, sinc) = (a.cos(&angle)?, sinc(a, x)?);
    a.div(&a.sub(&cosine, &sinc)?, x)
}
