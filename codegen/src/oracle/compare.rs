//! Two graphs over the same variables, compared at a point by their true values, in any number of variables.
//!
//! Enclosures are made at rising precision until they are apart, which refutes that the graphs are equal, or until both are narrow
//! and meet. The numbers of digits are few and fixed, so that a comparison ends; what they do not tell is undecided.

use dashu_float::Context;
use dashu_float::round::mode::HalfEven;
use dashu_int::IBig;
use num_bigint::BigInt;
use num_rational::BigRational;

use super::exact::{Exact, Known, Levels};
use super::format::Format;
use super::outcome::{Outcome, is_narrow as is_narrow_in};
use crate::ir::Dag;
use crate::number::Number;
use crate::precise::span::{Arithmetic, Big, Span, power_of_two};

/// The levels of precision that are tried: 128, 512, 1024 bits; the last is over 300 decimal digits.
const TRIED: [usize; 3] = [0, 2, 3];
/// Enclosures that meet and are narrower than this many bits of their size are equal.
const NARROW: isize = 60;
/// So are, at the last level, enclosures of a cancellation that are narrower than two to minus this power.
const CANCELLED: isize = 200;
/// The level at which difference quotients are taken, 512 bits.
const QUOTIENT: usize = 2;
/// The steps of difference quotients lie between two to minus twice this power and two to minus this power.
const STEP: isize = 100;
/// The step is shortened by so many bits once: the quotients of a jump grow with it.
const SHORTER: usize = 20;
/// The quotients on both sides of a smooth point agree to this many bits.
const SMOOTH: isize = 30;
/// A slope and a quotient beside it that differ by less than this many bits are equal.
const ALIKE: isize = 20;
/// Quotients below two to minus this power are 0.
const FLAT: isize = 140;

/// How an output of a form compares with that of its definition.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Agreement {
    /// Both have this value.
    Equal(f64),
    /// They have different values.
    Apart {
        /// The value of the definition, rounded.
        definition: f64,
        /// The value of the form, rounded.
        form: f64,
    },
    /// The definition has this value, and the form has none.
    Lost(f64),
    /// The definition has no value.
    Undefined,
    /// The precision does not tell.
    Undecided,
}

/// What difference quotients say of the slope at a point.
#[derive(Clone, Debug)]
pub enum Slope {
    /// The quotients on both sides agree.
    Smooth(Quotient),
    /// They do not: a kink or a jump, or one is near. Of a kink, the hull of the quotients on both sides.
    Kinked(Option<Quotient>),
    /// The function has no value on one side, or the precision does not tell.
    Unknown,
}

/// An enclosure of the difference quotients on both sides of a point.
#[derive(Clone, Debug)]
pub struct Quotient(Span);

impl Quotient {
    /// Its middle, rounded.
    pub fn to_f64(&self) -> f64 {
        middle(&self.0)
    }

    /// How a computed slope compares. Quotients are as narrow as their step lets them be: close to a number that is not finite, all
    /// that they tell is that it is lost.
    pub(super) fn outcome(&self, got: f64, format: Format) -> Outcome {
        if is_narrow_in(&self.0, format) {
            Outcome::of_span(&self.0, got, format)
        } else if got.is_finite() {
            Outcome::Undecided
        } else {
            Outcome::Lost {
                truth: self.to_f64(),
            }
        }
    }

    /// Whether the quotients are too small to tell a slope from 0.
    pub fn is_flat(&self) -> bool {
        is_below(&self.0, -FLAT)
    }

    /// Whether an output may lie between the ends, as far as quotients tell where these are.
    pub fn may_hold(&self, output: &Enclosure) -> bool {
        match &output.0 {
            Known::Undefined => false,
            Known::Nothing => true,
            Known::Inside(span) => {
                let is_end = |end: &Big| {
                    let hull = Span::point(end.clone()).join(span);
                    is_narrow(&hull, ALIKE) || is_below(&hull, -FLAT)
                };
                meet(&self.0, span) || is_end(&self.0.low) || is_end(&self.0.high)
            }
        }
    }

    /// Whether a computed number lies between the ends, or within so much of their size beside them.
    pub fn is_around(&self, got: f64, slack: f64) -> bool {
        let (low, high) = (self.0.low.to_f64().value(), self.0.high.to_f64().value());
        let slack = slack * low.abs().max(high.abs());
        (low - slack..=high + slack).contains(&got)
    }

    /// Whether an output has the slope that the quotients show.
    pub fn is(&self, output: &Enclosure) -> Option<bool> {
        match &output.0 {
            Known::Undefined => Some(false),
            Known::Nothing => None,
            Known::Inside(span) => {
                let hull = self.0.join(span);
                let alike = is_narrow(&hull, ALIKE) || is_below(&hull, -FLAT);
                // A wide enclosure may still hold the slope.
                (alike || !meet(&self.0, span)).then_some(alike)
            }
        }
    }
}

/// What is known of an output at a point.
#[derive(Clone, Debug)]
pub struct Enclosure(Known);

impl Enclosure {
    /// Whether there is no value.
    pub fn is_undefined(&self) -> bool {
        matches!(self.0, Known::Undefined)
    }

    /// The value, rounded, if it is known to many digits.
    pub fn to_f64(&self) -> Option<f64> {
        match &self.0 {
            Known::Inside(span) if is_narrow(span, NARROW) || is_below(span, -CANCELLED) => {
                Some(middle(span))
            }
            Known::Inside(_) | Known::Undefined | Known::Nothing => None,
        }
    }

    /// The value as a decimal of so many digits, rounded towards 0, if that many are known.
    pub fn decimal(&self, digits: usize) -> Option<String> {
        let Known::Inside(span) = &self.0 else {
            return None;
        };
        let end = |end: &Big| (!end.is_infinite()).then(|| decimal(end, digits)).flatten();
        let (low, high) = (end(&span.low)?, end(&span.high)?);
        (low == high).then_some(low)
    }
}

/// The outputs of a graph at points.
#[derive(Debug)]
pub struct Truth(Exact);

impl Truth {
    /// The outputs of `dag`, as they are written.
    pub fn new(dag: &Dag) -> Self {
        Self(Exact::new(dag))
    }

    /// What is known of each output at `point`, in about 300 digits.
    pub fn at(&self, point: &[Number], levels: &mut Levels) -> Vec<Enclosure> {
        let last = TRIED[TRIED.len() - 1];
        let known = self.0.outputs(point, &mut levels.0[last]);
        known.into_iter().map(Enclosure).collect()
    }

    /// The slope of the first output with respect to one variable at `point`, by difference quotients of values alone.
    pub fn slope(&self, point: &[Number], variable: usize, levels: &mut Levels) -> Slope {
        if self.0.frequencies().any(is_faster) {
            return Slope::Unknown;
        }
        let arithmetic = &mut levels.0[QUOTIENT];
        let step = step(&point[variable]);
        let mut moved = point.to_vec();
        let mut value = |offset: &BigRational, arithmetic: &mut Arithmetic| {
            moved[variable] = Number::from(rational(&point[variable]) + offset);
            match self.0.outputs(&moved, arithmetic).swap_remove(0) {
                Known::Inside(span) => Some(span),
                Known::Undefined | Known::Nothing => None,
            }
        };
        let small = &step * BigRational::new_raw(1.into(), BigInt::from(1) << SHORTER);
        let zero = BigRational::from_integer(0.into());
        let offsets = [&-&step, &-&small, &zero, &small, &step];
        let [
            Some(left),
            Some(beside_left),
            Some(here),
            Some(beside_right),
            Some(right),
        ] = offsets.map(|offset| value(offset, arithmetic))
        else {
            return Slope::Unknown;
        };
        let quotient = |high: &Span, low: &Span, width: &BigRational| {
            let difference = arithmetic.sub(high, low)?;
            arithmetic.div(
                &difference,
                &arithmetic.number(&Number::from(width.clone()))?,
            )
        };
        let sides = [
            (&here, &left, &step),
            (&here, &beside_left, &small),
            (&beside_right, &here, &small),
            (&right, &here, &step),
        ];
        let [Some(before), Some(until), Some(from), Some(after)] =
            sides.map(|(high, low, width)| quotient(high, low, width))
        else {
            return Slope::Unknown;
        };
        let sides = [before.join(&until), from.join(&after)];
        let hull = sides[0].join(&sides[1]);
        let is_one = |span: &Span| is_narrow(span, SMOOTH) || is_below(span, -FLAT);
        // Quotients that do not shrink with the step are slopes, however small.
        let is_bend =
            !meet(&sides[0], &sides[1]) && sides.iter().all(|side| is_narrow(side, SMOOTH));
        if is_one(&hull) && (is_narrow(&hull, SMOOTH) || !is_bend) {
            Slope::Smooth(Quotient(hull))
        } else if meet(&before, &after) && meet(&from, &after) {
            Slope::Unknown
        } else {
            let is_kink = sides.iter().all(is_one);
            Slope::Kinked(is_kink.then_some(Quotient(hull)))
        }
    }
}

/// A definition and a form of it.
#[derive(Debug)]
pub struct Comparison {
    definition: Exact,
    form: Exact,
}

impl Comparison {
    /// Compares two graphs over the same variables, output by output.
    pub fn new(definition: &Dag, form: &Dag) -> Self {
        Self {
            definition: Exact::new(definition),
            form: Exact::new(form),
        }
    }

    /// How each output of the form compares with that of the definition at `point`.
    pub fn at(&self, point: &[Number], levels: &mut Levels) -> Vec<Agreement> {
        let mut found: Vec<Option<Agreement>> = Vec::new();
        for (round, level) in TRIED.into_iter().enumerate() {
            let arithmetic = &mut levels.0[level];
            let definition = self.definition.outputs(point, arithmetic);
            let form = self.form.outputs(point, arithmetic);
            let is_last = round + 1 == TRIED.len();
            found.resize(definition.len(), None);
            for (slot, (definition, form)) in found.iter_mut().zip(definition.iter().zip(&form)) {
                if slot.is_none() {
                    *slot = agreement(definition, form, is_last);
                }
            }
            if found.iter().all(Option::is_some) {
                break;
            }
        }
        let known = found.into_iter();
        known
            .map(|agreement| agreement.unwrap_or(Agreement::Undecided))
            .collect()
    }
}

/// What two enclosures say, if they say anything.
fn agreement(definition: &Known, form: &Known, is_last: bool) -> Option<Agreement> {
    match (definition, form) {
        (Known::Undefined, _) => Some(Agreement::Undefined),
        (Known::Inside(span), Known::Undefined) => {
            (is_last || is_narrow(span, NARROW)).then(|| Agreement::Lost(middle(span)))
        }
        (Known::Inside(definition), Known::Inside(form)) => {
            if !meet(definition, form) {
                return Some(Agreement::Apart {
                    definition: middle(definition),
                    form: middle(form),
                });
            }
            let hull = definition.join(form);
            let equal = is_narrow(&hull, NARROW) || is_last && is_below(&width(&hull), -CANCELLED);
            equal.then(|| Agreement::Equal(middle(&hull)))
        }
        (Known::Nothing, _) | (_, Known::Nothing) => None,
    }
}

fn meet(a: &Span, b: &Span) -> bool {
    a.low <= b.high && b.low <= a.high
}

/// Whether the interval is narrower than its size over 2^`bits`.
fn is_narrow(span: &Span, bits: isize) -> bool {
    if !span.is_bounded() {
        return false;
    }
    let size = span.abs().high;
    let width = width(span).high;
    let (digits, exponent) = size.into_parts();
    width <= Big::new(digits, exponent - bits)
}

/// Whether all of the interval is at most 2^`exponent` in size.
fn is_below(span: &Span, exponent: isize) -> bool {
    span.abs().high <= power_of_two(exponent)
}

fn width(span: &Span) -> Span {
    if !span.is_bounded() {
        return Span::point(Big::infinity());
    }
    let context = Context::<HalfEven>::new(64);
    let width = context.sub(&span.high, &span.low);
    Span::point(width.map_or(Big::infinity(), |width| width.value().into_repr()))
}

fn middle(span: &Span) -> f64 {
    let (low, high) = (span.low.to_f64().value(), span.high.to_f64().value());
    if low == high {
        low
    } else {
        low / 2.0 + high / 2.0
    }
}

fn rational(number: &Number) -> BigRational {
    let (numerator, denominator) = number.ratio();
    BigRational::new_raw(numerator.clone(), denominator.clone())
}

/// Whether a wave of this frequency goes through whole periods within a step, so that quotients say nothing of its slope.
fn is_faster(frequency: &Number) -> bool {
    frequency.to_f64().abs() > 2f64.powi(STEP as i32 - 10)
}

/// The step of difference quotients at `x`: 2⁻¹⁰⁰ of its size where that is at most 1.
fn step(x: &Number) -> BigRational {
    let size = x.to_f64().abs().clamp(2f64.powi(-(STEP as i32)), 1.0);
    let exponent = STEP - size.log2().floor() as isize;
    BigRational::new_raw(1.into(), BigInt::from(1) << exponent as usize)
}

/// `value` as a decimal of so many digits, rounded towards 0; none if its size is far from 1.
fn decimal(value: &Big, digits: usize) -> Option<String> {
    const FAR: isize = 2_000;
    let magnitude = value.exponent() + value.digits() as isize;
    if *value == Big::zero() || magnitude.abs() > FAR {
        return None;
    }
    let ten = IBig::from(10);
    let (significand, exponent) = value.clone().into_parts();
    let negative = significand < IBig::ZERO;
    let significand = if negative { -significand } else { significand };
    // About so many digits stand before the point.
    let before = (magnitude as f64 * std::f64::consts::LOG10_2).floor() as isize;
    let shift = digits as isize - before;
    let scaled = |power: isize| {
        let up = ten.pow(power.unsigned_abs());
        let product = if power >= 0 {
            &significand * &up
        } else {
            significand.clone()
        };
        let product = if exponent >= 0 {
            product << exponent as usize
        } else {
            product >> exponent.unsigned_abs()
        };
        if power >= 0 { product } else { product / up }
    };
    let mut text = scaled(shift).to_string();
    let exponent = text.len() as isize - digits as isize - shift;
    text.truncate(digits);
    let sign = if negative { "-" } else { "" };
    Some(format!("{sign}{text}e{exponent}"))
}
