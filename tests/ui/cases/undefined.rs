//! What has no value for some inputs is a warning, which a build may deny.
#![deny(deprecated)]

use forge::activation;

activation! {
    pub Partly(x) = 2 * ln(x) + 1 / (x - 3);
    #[allow(deprecated)]
    pub Meant(x) = ln(x);
    pub Nowhere(x) = x + sqrt(-1 - square(x));
    pub TooLarge(x) = x * exp(1000);
}

