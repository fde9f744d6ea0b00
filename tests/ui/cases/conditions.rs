//! `#[cfg(…)]` holds for all that a declaration becomes.
#![deny(warnings)]

use forge::activation;
use forge::runtime::VarBuilder;
use forge::runtime::candle_core::{Result, Tensor};

activation! {
    /// The one of two that is there.
    #[cfg(all())]
    pub Chosen(x) = tanh(x);
    #[cfg(not(all()))]
    pub Chosen(x, gate; beta = 1.0, const slope = 0.5) = silu(beta * gate) * slope * x;
    #[cfg(not(all()))]
    pub Undefined(x) = ln(x);
    #[cfg(not(all()))]
    pub Misspelt(x) = sigmoyd(x);
    #[cfg(not(all()))]
    pub Unread(x; beta = "1") = beta * x;
    #[cfg_attr(all(), doc = "With a name of its own.", cfg(not(all())))]
    pub Renamed(x; #[per_channel(dim = 1)] beta > 0 = 1.0) = sin(exp(beta * x));
    #[cfg_attr(not(all()), cfg(not(all())))]
    pub Renamed(x; #[per_channel(dim = 1)] beta > 0 = 1.0) = cos(exp(beta * x));
}

pub fn forward(x: &Tensor, vb: VarBuilder<'_>) -> Result<Tensor> {
    x.apply(&Chosen)?.apply(&Renamed::new(4, vb)?)
}
