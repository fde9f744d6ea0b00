use forge::activation;
use forge::runtime::candle_core::{Result, Tensor};

activation! {
    pub NoEnd(x) = silu(x)
    pub Next(x) = tanh(x);
    pub NoFormula(x);
    pub Empty(x) = ;
    pub BreaksOff(x) = x * tanh(x) +;
    pub NoInput = tanh(x);
}


pub fn forward(x: &Tensor) -> Result<Tensor> {
    x.apply(&NoEnd)?.apply(&Next)?.apply(&NoFormula)?.apply(&Empty)?.apply(&BreaksOff)?.apply(&NoInput)
}
