//! The least values of functions that fall and then rise, and bounds of functions that go up and down.

use super::monotone::Valley;

pub(super) const SILU: Valley = Valley {
    at: [-1.278_464_543, -1.278_464_542],
    floor: -0.278_464_542_762,
    strict: true,
};
pub(super) const GELU: Valley = Valley {
    at: [-0.751_791_525, -0.751_791_524],
    floor: -0.169_971_207_481,
    strict: true,
};
pub(super) const GELU_TANH: Valley = Valley {
    at: [-0.752_461_423, -0.752_461_422],
    floor: -0.170_040_750_573,
    strict: true,
};
pub(super) const MISH: Valley = Valley {
    at: [-1.192_431_215, -1.192_431_214],
    floor: -0.308_843_413_022,
    strict: true,
};
pub(super) const HARD_SWISH: Valley = Valley {
    at: [-1.5, -1.5],
    floor: -0.375,
    strict: false,
};

/// What a function that is bounded on both sides stays within, and how steep it is at most.
pub(super) struct Bounded {
    pub within: [f64; 2],
    pub slope: f64,
}

pub(super) const SINC: Bounded = Bounded {
    within: [-0.217_234, 1.0],
    slope: 1.371,
};
pub(super) const SINC_SLOPE: Bounded = Bounded {
    within: [-1.371, 1.371],
    slope: 3.29,
};
pub(super) const SILU_SLOPE: Bounded = Bounded {
    within: [-0.099_84, 1.099_84],
    slope: 0.5,
};
pub(super) const GELU_TANH_SLOPE: Bounded = Bounded {
    within: [-0.129_1, 1.129_1],
    slope: 0.798,
};
pub(super) const MISH_SLOPE: Bounded = Bounded {
    within: [-0.112_8, 1.088_5],
    slope: 0.65,
};
