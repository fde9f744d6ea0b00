//! The warning of an undefined operation is silenced where it is meant.
#![deny(warnings)]

use forge::activation;

activation! {
    #[allow(deprecated)]
    pub Allowed(x) = ln(x);
    #[expect(deprecated)]
    pub Expected(x) = sqrt(x) / x;
    pub Inside(x) = ln(max(x, 0.001));
}

