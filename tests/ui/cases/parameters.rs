use forge::activation;
use forge::runtime::{VarBuilder, candle_core::Result};

activation! {
    pub Unused(x; alpha = 1.0, beta = 1.0) = x * sigmoyd(beta * x);
    pub Slip(x; beta = 1.0) = x * sigmoid(betta * x);
    pub Undeclared(x) = gamma * x + gamma;
    pub Twice(x; beta = 1.0, beta = 2.0) = beta * x;
    pub Gated(x, gate) = silu(x);
    pub Input(x; x = 1.0) = x;
    pub Text(x; beta = "1") = beta * x;
}


pub fn build(vb: VarBuilder<'_>) -> Result<(Unused, Slip, Twice, Text)> {
    Ok((Unused::new(vb.clone())?, Slip::new(vb.clone())?, Twice::new(vb.clone())?, Text::new(vb)?))
}
