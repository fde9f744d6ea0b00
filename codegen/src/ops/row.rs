//! What a row of the operation table can say.

use crate::number::Number;

/// The exact value at literals, where it is rational and short.
pub type Exact = fn(&[&Number]) -> Option<Number>;

/// All that is known of one operation.
#[derive(Debug)]
pub struct Row {
    /// The name in formulas and prefix forms.
    pub name: &'static str,
    /// Other names that the parser takes for it.
    pub aliases: &'static [&'static str],
    /// How many arguments it takes.
    pub arity: usize,
    /// The value in f64.
    pub value: fn(&[f64]) -> f64,
    /// One formula in `a`, `b`, `c` an argument: the partial derivative. At a kink it is a number between those of both sides.
    /// Empty where differentiation is structural (`if`, `powi`) or there is no argument.
    pub derivatives: &'static [&'static str],
    /// The same with the numbers that PyTorch has at kinks, where these are others.
    pub torch_derivatives: Option<&'static [&'static str]>,
    /// Whether the operation is not differentiable somewhere inside its domain.
    pub kinked: bool,
    /// The first arguments at which pieces meet or the domain ends.
    pub joins: &'static [f64],
    /// The pairs of arguments, by their indices, at which pieces meet where they are equal.
    pub meets: &'static [[usize; 2]],
    /// An equal formula in `a`, `b`, `c` made of simpler operations.
    pub definition: Option<&'static str>,
    /// Whether the definition is as accurate as the operation itself, so that simplification may write it out.
    pub expands: bool,
    /// An equal formula by which true values are computed, where that is not the definition: there is none for rules to recognise, or
    /// it loses digits or has no value somewhere.
    pub reference: Option<&'static str>,
    /// The exact value at literals, where it is rational and short. It is `None` for what is irrational at nearly every rational number,
    /// whose exact points have rules, and for what the definition reduces to others.
    pub exact: Option<Exact>,
    /// A bound on the size of the value by that of the argument, which reaches further than f64 does.
    pub bound: Option<Bound>,
    /// Where the operation is defined.
    pub domain: Domain,
    /// How the value follows a single argument.
    pub shape: Shape,
    /// No value lies outside this closed interval.
    pub range: (f64, f64),
    /// Whether no value is 0.
    pub nonzero: bool,
    /// Whether the value is 0 only where the first argument is.
    pub zero_at_zero: bool,
    /// What a change of sign of a single argument does.
    pub parity: Parity,
}

/// What a derivative is at a kink, where the function has none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
pub enum Kinks {
    /// A number between those of both sides, whichever makes the derivative simple: that of `min(x, 3)` is 0 at 3. Those of named
    /// activations are PyTorch's.
    #[default]
    Free,
    /// The number that PyTorch has for the formula as it is written: that of `min(x, 3)` is 1/2 at 3.
    Torch,
}

impl Kinks {
    /// All of them, by the name that they have in options.
    pub const NAMED: [(&'static str, Self); 2] = [("free", Self::Free), ("torch", Self::Torch)];
}

/// The set of arguments at which an operation is defined.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Domain {
    /// Every argument.
    All,
    /// The first argument is at least 0.
    NonNegative,
    /// The first argument is above 0.
    Positive,
    /// The first argument is above −1.
    AboveMinusOne,
    /// The second argument is not 0.
    NonZeroDivisor,
    /// The base is not 0, or the exponent is not negative.
    Power,
}

impl Domain {
    /// Whether a single argument lies in the domain.
    pub fn contains(self, x: f64) -> bool {
        match self {
            Self::All | Self::NonZeroDivisor | Self::Power => true,
            Self::NonNegative => x >= 0.0,
            Self::Positive => x > 0.0,
            Self::AboveMinusOne => x > -1.0,
        }
    }
}

/// How the value of an operation follows its single argument.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Shape {
    /// Never falls.
    Increasing,
    /// Never rises.
    Decreasing,
    /// Falls up to the point, rises after it.
    Valley(f64),
    /// Rises up to the point, falls after it.
    Peak(f64),
    /// None of these, or more than one argument.
    Other,
}

/// What a change of sign of the argument does to the value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Parity {
    /// f(−a) = f(a).
    Even,
    /// f(−a) = −f(a).
    Odd,
    /// Neither.
    None,
}

/// For arguments `a` on some side of 0, no value is larger than `2^scale · |a|^power · e^(−rate·|a|^steepness)`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bound {
    /// Where it holds.
    pub side: Side,
    /// The power of two.
    pub scale: f64,
    /// The power of the argument.
    pub power: f64,
    /// `rate` and `steepness`, if the bound falls exponentially.
    pub decay: Option<(f64, f64)>,
}

/// A side of 0, which belongs to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// Every argument.
    Both,
    /// The arguments that are not above 0.
    Below,
    /// The arguments that are not below 0.
    Above,
}

impl Bound {
    /// |a|^power.
    pub(super) const fn power(power: f64) -> Self {
        Self {
            side: Side::Both,
            scale: 0.0,
            power,
            decay: None,
        }
    }

    /// e^(−rate·|a|^steepness).
    pub(super) const fn decay(rate: f64, steepness: f64) -> Self {
        Self {
            decay: Some((rate, steepness)),
            ..Self::power(0.0)
        }
    }

    pub(super) const fn times_argument(mut self) -> Self {
        self.power += 1.0;
        self
    }

    pub(super) const fn scaled(mut self, scale: f64) -> Self {
        self.scale = scale;
        self
    }

    pub(super) const fn below(mut self) -> Self {
        self.side = Side::Below;
        self
    }

    pub(super) const fn above(mut self) -> Self {
        self.side = Side::Above;
        self
    }
}

impl Row {
    /// The formula by which true values are computed, if any.
    pub fn formula(&self) -> Option<&'static str> {
        self.reference.or(self.definition)
    }

    /// The partial derivatives, with such numbers at kinks.
    pub fn derivatives_as(&self, kinks: Kinks) -> &'static [&'static str] {
        match kinks {
            Kinks::Free => self.derivatives,
            Kinks::Torch => self.torch_derivatives.unwrap_or(self.derivatives),
        }
    }

    /// A row with nothing known but name, arity and value.
    pub(super) const fn new(name: &'static str, arity: usize, value: fn(&[f64]) -> f64) -> Self {
        Self {
            name,
            aliases: &[],
            arity,
            value,
            derivatives: &[],
            torch_derivatives: None,
            kinked: false,
            joins: &[],
            meets: &[],
            definition: None,
            expands: false,
            reference: None,
            exact: None,
            bound: None,
            domain: Domain::All,
            shape: Shape::Other,
            range: (f64::NEG_INFINITY, f64::INFINITY),
            nonzero: false,
            zero_at_zero: false,
            parity: Parity::None,
        }
    }

    pub(super) const fn aliases(mut self, aliases: &'static [&'static str]) -> Self {
        self.aliases = aliases;
        self
    }

    pub(super) const fn slope(mut self, derivatives: &'static [&'static str]) -> Self {
        self.derivatives = derivatives;
        self
    }

    pub(super) const fn torch_slope(mut self, derivatives: &'static [&'static str]) -> Self {
        self.torch_derivatives = Some(derivatives);
        self
    }

    pub(super) const fn kinked(mut self) -> Self {
        self.kinked = true;
        self
    }

    pub(super) const fn meets(mut self, pairs: &'static [[usize; 2]]) -> Self {
        self.meets = pairs;
        self
    }

    pub(super) const fn joins(mut self, joins: &'static [f64]) -> Self {
        self.joins = joins;
        self
    }

    /// The definition is equal, and as accurate.
    pub(super) const fn equals(mut self, definition: &'static str) -> Self {
        self.definition = Some(definition);
        self.expands = true;
        self
    }

    /// The definition is equal over the reals, but loses digits or overflows: it is recognised, never written out.
    pub(super) const fn is(mut self, definition: &'static str) -> Self {
        self.definition = Some(definition);
        self
    }

    /// True values are computed by this formula, with which no rule is made.
    pub(super) const fn reference(mut self, formula: &'static str) -> Self {
        self.reference = Some(formula);
        self
    }

    pub(super) const fn exact(mut self, value: Exact) -> Self {
        self.exact = Some(value);
        self
    }

    pub(super) const fn bound(mut self, bound: Bound) -> Self {
        self.bound = Some(bound);
        self
    }

    pub(super) const fn domain(mut self, domain: Domain) -> Self {
        self.domain = domain;
        self
    }

    pub(super) const fn increasing(mut self) -> Self {
        self.shape = Shape::Increasing;
        self
    }

    pub(super) const fn decreasing(mut self) -> Self {
        self.shape = Shape::Decreasing;
        self
    }

    pub(super) const fn valley(mut self, at: f64) -> Self {
        self.shape = Shape::Valley(at);
        self
    }

    pub(super) const fn peak(mut self, at: f64) -> Self {
        self.shape = Shape::Peak(at);
        self
    }

    pub(super) const fn within(mut self, low: f64, high: f64) -> Self {
        self.range = (low, high);
        self
    }

    pub(super) const fn nonzero(mut self) -> Self {
        self.nonzero = true;
        self
    }

    pub(super) const fn zero_at_zero(mut self) -> Self {
        self.zero_at_zero = true;
        self
    }

    pub(super) const fn odd(mut self) -> Self {
        self.parity = Parity::Odd;
        self
    }

    pub(super) const fn even(mut self) -> Self {
        self.parity = Parity::Even;
        self
    }
}
