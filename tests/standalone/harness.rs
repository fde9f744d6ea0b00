//! What an activation computes, as text: compiled into the tests and into the program beside standalone files.

use candle_core::{D, DType, Device, Result, Tensor, Var};

/// A forward pass, and the variables behind it.
pub type Made = (Box<dyn Fn(&[Tensor]) -> Result<Tensor>>, Vec<Var>);

/// Channels of the inputs, which lie along dimension 1.
pub const CHANNELS: usize = 3;

/// Such that threads, if there are any, share an input.
const LONG: usize = 110;

/// Lines `name type layout what: bits`, for an activation of `inputs` inputs.
pub fn report(name: &str, inputs: usize, make: &dyn Fn(DType) -> Result<Made>) -> Result<String> {
    let mut lines = String::new();
    for dtype in [DType::F32, DType::F64, DType::F16, DType::BF16] {
        let (forward, variables) = make(dtype)?;
        for (layout, shape) in [
            ("dense", [4, CHANNELS, 101]),
            ("long", [LONG, CHANNELS, 200]),
            ("transposed", [4, CHANNELS, 7]),
            ("broadcast", [4, CHANNELS, 5]),
            ("narrowed", [4, CHANNELS, 33]),
            ("empty", [0, CHANNELS, 4]),
        ] {
            let leaves =
                (0..inputs).map(|index| Var::from_tensor(&leaf(layout, shape, index, dtype)?));
            let leaves = leaves.collect::<Result<Vec<_>>>()?;
            let inputs = leaves.iter().map(|leaf| seen(layout, shape, leaf));
            let y = forward(&inputs.collect::<Result<Vec<_>>>()?)?;
            let weights = numbers(shape.iter().product(), 7).to_dtype(dtype)?;
            let loss = (&y * weights.reshape(&shape)?)?.sum_all()?;
            let gradients = loss.backward()?;
            let mut line = |what: &str, tensor: Option<&Tensor>| -> Result<()> {
                let bits = tensor.map(bits).transpose()?;
                lines.push_str(&format!("{name} {dtype:?} {layout} {what}: {bits:x?}\n"));
                Ok(())
            };
            line("value", Some(&y))?;
            for (index, leaf) in leaves.iter().enumerate() {
                line(&format!("gradient {index}"), gradients.get(leaf))?;
            }
            for (index, variable) in variables.iter().enumerate() {
                line(&format!("parameter {index}"), gradients.get(variable))?;
            }
        }
    }
    Ok(lines)
}

/// Numbers spread over ±7, in no order.
fn numbers(count: usize, seed: usize) -> Tensor {
    let number = |i: usize| ((i + seed) as f64 * 0.618_033_988_7).fract() * 14.0 - 7.0;
    let numbers: Vec<f64> = (0..count).map(number).collect();
    Tensor::from_vec(numbers, count, &Device::Cpu).expect("a tensor")
}

/// What the input of a shape and a layout is made of.
fn leaf(layout: &str, [a, b, c]: [usize; 3], index: usize, dtype: DType) -> Result<Tensor> {
    let shape = match layout {
        "transposed" => [c, b, a],
        "broadcast" => [1, b, 1],
        "narrowed" => [a, b, c + 5],
        _ => [a, b, c],
    };
    let numbers = numbers(shape.iter().product(), 1 + 100 * index);
    numbers.to_dtype(dtype)?.reshape(&shape)
}

fn seen(layout: &str, shape: [usize; 3], leaf: &Tensor) -> Result<Tensor> {
    match layout {
        "transposed" => leaf.transpose(0, 2),
        "broadcast" => leaf.broadcast_as(&shape),
        "narrowed" => leaf.narrow(D::Minus1, 2, shape[2]),
        _ => Ok(leaf.clone()),
    }
}

/// The bits of the elements as f64, which hold all types exactly.
fn bits(tensor: &Tensor) -> Result<Vec<u64>> {
    let elements = tensor
        .to_dtype(DType::F64)?
        .flatten_all()?
        .to_vec1::<f64>()?;
    Ok(elements.into_iter().map(f64::to_bits).collect())
}
