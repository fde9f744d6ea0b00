use forge::activation;
use forge::runtime::candle_core::{Result, Tensor};

activation! {
    /// Every mistake of a formula is shown, each at its token.
    pub Misspelt(x) = sigmoyd(x) + softpluss(x) * x ^ 2;
    Nonsense(x) = fourier(x);
    Uncalled(x) = tanh * x;
    Pow(x) = x.pow(2) + x ** 3;
    Right(x) = silu(x);
}


// What uses the activations still compiles.
pub fn forward(x: &Tensor) -> Result<Tensor> {
    x.apply(&Misspelt)?.apply(&Nonsense)?.apply(&Uncalled)?.apply(&Pow)?.apply(&Right)
}
