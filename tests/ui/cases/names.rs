use forge::activation;
use forge::runtime::candle_core::{Result, Tensor};

activation! {
    pub Setter(x; const a = 1.0, with_a = 2.0) = a * x + with_a;
    pub Keyword(x; type = 1.0) = x * type;
    pub Later(x; const gen = 1.0) = x * gen;
    pub Input(x, fn) = x;
    pub Circle(x; pi = 3.0) = pi * x;
    pub Function(x; const threshold = 3.0) = threshold * x;
    pub Member(x; FORMULA = 1.0) = FORMULA * x;
    pub Method(x; from_tensors = 1.0) = from_tensors * x;
    pub Raw(x; r#beta = 1.0) = r#beta * x;
}

pub fn forward(x: &Tensor) -> Result<Tensor> {
    Input.forward(x, x)
}
