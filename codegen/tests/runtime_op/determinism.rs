//! Bits depend on the values alone.

use actsmith_codegen::runtime::{Element, SimdLevel, apply};
use candle_core::{DType, Result, Var, WithDType};
use half::{bf16, f16};

use super::{Gated, bits, both_ways, elements, flat, variable};

/// The bits, as those of numbers that hold every element exactly.
fn wide_bits<T: WithDType>(values: &[T]) -> Vec<u64> {
    values.iter().map(|v| v.to_f64().to_bits()).collect()
}

fn for_every_length_and_offset<T: Element + WithDType>() {
    let (x, grad) = elements::<T>(100);
    for &level in SimdLevel::ALL {
        for len in 0..=67 {
            for offset in [0, 1, 7, 16, 31] {
                let (x, grad) = (&x[offset..offset + len], &grad[..len]);
                let (y, dx, _) = both_ways(level, x, grad);
                for k in 0..len {
                    let one = both_ways(SimdLevel::Baseline, &x[k..=k], &grad[k..=k]);
                    assert_eq!(
                        (wide_bits(&y[k..=k]), wide_bits(&dx[k..=k])),
                        (wide_bits(&one.0), wide_bits(&one.1)),
                        "{:?}, {level:?}, {len} from {offset}",
                        T::DTYPE
                    );
                }
            }
        }
    }
}

#[test]
fn bits_do_not_depend_on_length_or_offset_or_instructions() {
    for_every_length_and_offset::<f32>();
    for_every_length_and_offset::<f64>();
    for_every_length_and_offset::<f16>();
    for_every_length_and_offset::<bf16>();
}

fn for_every_number_of_threads<T: Element + WithDType>() {
    // Both sides of a block, of a chunk, and of the length from which threads share the work.
    for len in [1023, 1025, 16_383, 16_385, 65_535, 65_536, 65_537, 200_001] {
        let (x, grad) = elements::<T>(len);
        let run = |threads, level| {
            let pool = rayon::ThreadPoolBuilder::new()
                .num_threads(threads)
                .build()
                .unwrap();
            let (y, dx, sums) = pool.install(|| both_ways(level, &x, &grad));
            (wide_bits(&y), wide_bits(&dx), wide_bits(&sums))
        };
        let serial = run(1, SimdLevel::Baseline);
        for &level in SimdLevel::ALL {
            for threads in [1, 2, 7] {
                assert!(
                    run(threads, level) == serial,
                    "{:?}, {len}, {threads}, {level:?}",
                    T::DTYPE
                );
            }
        }
    }
}

#[test]
fn bits_do_not_depend_on_the_number_of_threads() {
    for_every_number_of_threads::<f32>();
    for_every_number_of_threads::<f64>();
    for_every_number_of_threads::<f16>();
    for_every_number_of_threads::<bf16>();
}

#[test]
fn channel_gradients_do_not_depend_on_the_number_of_threads() -> Result<()> {
    for shape in [&[3, 5, 40, 900][..], &[2, 70_000], &[200, 700]] {
        let run = |threads| -> Result<Vec<u32>> {
            let pool = rayon::ThreadPoolBuilder::new()
                .num_threads(threads)
                .build()
                .unwrap();
            pool.install(|| {
                let single = |var: Var| Var::from_tensor(&var.to_dtype(DType::F32)?);
                let (x, gate) = (
                    single(variable(shape, 1.0)?)?,
                    single(variable(shape, -0.4)?)?,
                );
                let shift = single(variable(&shape[1..2], 0.3)?)?;
                let y = apply::<Gated, 2, 2>([&x, &gate], [shift.as_tensor().into(), 1.7.into()])?;
                let grads = y.sum_all()?.backward()?;
                Ok(bits(&flat(grads.get(&shift).expect("a gradient"))?))
            })
        };
        let serial = run(1)?;
        assert_eq!(run(2)?, serial, "{shape:?}");
        assert_eq!(run(5)?, serial, "{shape:?}");
    }
    Ok(())
}
