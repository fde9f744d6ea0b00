//! Every layout of the inputs and of the gradient from above.

use actsmith_codegen::runtime::{SimdLevel, apply};
use candle_core::{Device, Result, Tensor, Var};

use super::{Swish, bits, both_ways, flat, numbers};

/// A way to look at a tensor of shape (30, 40, 50).
type Look = fn(&Tensor) -> Result<Tensor>;

/// Every kind of layout and rank; most cross the block and the chunk size of the driver.
const LAYOUTS: &[(&str, Look)] = &[
    ("contiguous", |t| Ok(t.clone())),
    ("transposed", |t| t.transpose(0, 2)),
    ("permuted", |t| t.permute((1, 2, 0))),
    ("narrowed outside", |t| t.narrow(0, 3, 9)),
    ("narrowed in the middle", |t| t.narrow(1, 3, 9)),
    ("narrowed inside", |t| t.narrow(2, 3, 9)),
    ("narrowed and transposed", |t| {
        t.narrow(2, 3, 9)?.transpose(0, 1)
    }),
    ("broadcast outside", |t| {
        t.narrow(0, 1, 1)?.broadcast_as((60, 40, 50))
    }),
    ("broadcast in the middle", |t| {
        t.narrow(1, 1, 1)?.broadcast_as((30, 70, 50))
    }),
    ("broadcast inside", |t| {
        t.narrow(2, 1, 1)?.broadcast_as((30, 40, 70))
    }),
    ("one number broadcast", |t| {
        t.get(3)?.get(4)?.get(5)?.broadcast_as((3, 5, 700))
    }),
    ("empty", |t| t.narrow(1, 4, 0)),
    ("empty and transposed", |t| {
        t.narrow(1, 4, 0)?.transpose(0, 2)
    }),
    ("one number without dimensions", |t| {
        t.get(3)?.get(4)?.get(5)
    }),
];

fn cube() -> Result<Tensor> {
    Tensor::from_vec(numbers(30 * 40 * 50), (30, 40, 50), &Device::Cpu)
}

#[test]
fn every_layout_gives_the_bits_of_a_copy() -> Result<()> {
    let (b, c) = (
        Tensor::new(1.3f32, &Device::Cpu)?,
        Tensor::new(&[0.2f32], &Device::Cpu)?,
    );
    for (name, look) in LAYOUTS {
        let x = look(&cube()?)?;
        let y = apply::<Swish, 1, 2>([&x], [(&b).into(), (&c).into()])?;
        assert_eq!(y.dims(), x.dims(), "{name}");
        let copied = flat(&x)?;
        let (want, _, _) = both_ways(SimdLevel::best(), &copied, &copied);
        assert_eq!(bits(&flat(&y)?), bits(&want), "{name}");
    }
    Ok(())
}

/// The gradient that reaches the operation is itself broadcast (from the sum) or transposed.
#[test]
fn gradients_of_every_layout_have_the_bits_of_a_copy() -> Result<()> {
    for (name, look) in LAYOUTS {
        for transposed in [false, true] {
            let base = Var::from_tensor(&cube()?)?;
            let (b, c) = (
                Var::new(1.3f32, &Device::Cpu)?,
                Var::new(&[0.2f32], &Device::Cpu)?,
            );
            let x = look(&base)?;
            let flip = transposed && x.rank() == 3;
            let y = apply::<Swish, 1, 2>([&x], [(&b).into(), (&c).into()])?;
            let weights = if flip {
                x.detach().transpose(0, 1)?.affine(0.5, 1.0)?
            } else {
                x.ones_like()?
            };
            let loss = if flip {
                (y.transpose(0, 1)? * &weights)?.sum_all()?
            } else {
                y.sum_all()?
            };
            let grads = loss.backward()?;

            let arriving = if flip {
                weights.transpose(0, 1)?
            } else {
                weights
            };
            let xs = flat(&x)?;
            let (_, grad_x, sums) = both_ways(SimdLevel::best(), &xs, &flat(&arriving)?);
            // candle carries the gradient from x back to the base, in both computations.
            let grad_x = Tensor::from_vec(grad_x, x.shape(), &Device::Cpu)?;
            let want = (x * grad_x)?.sum_all()?.backward()?;
            let of = |grads: &candle_core::backprop::GradStore| {
                flat(grads.get(&base).expect("a gradient for x"))
            };
            assert_eq!(of(&grads)?, of(&want)?, "{name}, {transposed}");
            let got = [
                flat(grads.get(&b).expect("a gradient for b"))?,
                flat(grads.get(&c).expect("a gradient for c"))?,
            ];
            assert_eq!(bits(&got.concat()), bits(&sums), "{name}, {transposed}");
        }
    }
    Ok(())
}
