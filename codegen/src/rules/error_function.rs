//! The error function and the normal distribution.

use super::{Identity, row};

/// Symmetry of erf: DLMF §7.4; definitions §7.2; Φ(a) = erfc(−a/√2)/2: §7.18(i).
const ERROR: &str = "DLMF §7.2, §7.4";

#[rustfmt::skip]
pub(super) const ROWS: &[Identity] = &[
    row("normal-cdf-complement", "1 - normal_cdf(a)", "normal_cdf(-a)", ERROR),
    row("normal-cdf-mirrored", "normal_cdf(-a)", "1 - normal_cdf(a)", ERROR).proof(),
    row("normal-cdf-from-erf", "0.5 * (1 + erf(a / sqrt(2)))", "normal_cdf(a)", ERROR),
    row("normal-cdf-from-scaled-erf", "0.5 * (1 + erf(a * sqrt(0.5)))", "normal_cdf(a)", ERROR),
    row("normal-cdf-from-half-erf", "0.5 * erf(a / sqrt(2)) + 0.5", "normal_cdf(a)", ERROR),
    row("gelu-from-erf", "a * (1 + erf(a / sqrt(2)))", "2 * gelu(a)", ERROR),
    row("gelu-from-sum", "a + a * erf(a / sqrt(2))", "2 * gelu(a)", ERROR),
    row("erf-from-erfc", "1 - erfc(a)", "erf(a)", ERROR),
    row("erf-plus-erfc", "erf(a) + erfc(a)", "1", ERROR),
    row("erfc-pair", "erfc(a) + erfc(-a)", "2", ERROR),
    row("normal-cdf-pair", "normal_cdf(a) + normal_cdf(-a)", "1", ERROR),
    row("erf-from-cdfs", "normal_cdf(a) - normal_cdf(-a)", "erf(a / sqrt(2))", ERROR),
    row("erfc-complement", "2 - erfc(a)", "erfc(-a)", ERROR),
    row("erfc-mirrored", "erfc(-a)", "2 - erfc(a)", ERROR).proof(),
    row("one-plus-erf", "1 + erf(a)", "erfc(-a)", ERROR),
    row("normal-cdf-of-0", "normal_cdf(0)", "0.5", ERROR),
];
