//! The fused cell against the same cell written in PyTorch.

use actsmith_search::cell::fused;
use actsmith_search::cell::packed::{BETAS, BETAS_PER_SLOT, PACKED};
use actsmith_search::genotype::Genotype;
use actsmith_search::space::{Choices, Slot, Space};
use candle_core::{DType, Device, Result, Tensor, Var};
use serde::Deserialize;

#[derive(Deserialize)]
struct Reference {
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    x: Vec<f64>,
    y: Vec<f64>,
    grad_y: Vec<f64>,
    weights: Vec<Vec<f64>>,
    betas: Vec<[f64; BETAS_PER_SLOT]>,
    mixes: [f64; 2],
    grad_x: Vec<f64>,
    grad_weights: Vec<Vec<f64>>,
    grad_betas: Vec<[f64; BETAS_PER_SLOT]>,
    grad_mixes: [f64; 2],
}

fn cases() -> Vec<Case> {
    serde_json::from_str::<Reference>(include_str!("data/cell.json"))
        .expect("reference data")
        .cases
}

/// The packed form of numbers that are given for the default space only.
fn pack(weights: &[Vec<f64>], betas: &[[f64; BETAS_PER_SLOT]], mixes: [f64; 2]) -> Vec<f64> {
    let mut packed = vec![0.0; PACKED];
    for slot in Slot::ALL {
        let weights = &weights[slot as usize];
        packed[slot.range()][..weights.len()].copy_from_slice(weights);
    }
    packed[Slot::OPERATIONS..][..BETAS].copy_from_slice(&betas.concat());
    packed[Slot::OPERATIONS + BETAS..].copy_from_slice(&mixes);
    packed
}

fn packed_of(case: &Case) -> Vec<f64> {
    pack(&case.weights, &case.betas, case.mixes)
}

struct Outcome {
    y: Vec<f64>,
    grad_x: Vec<f64>,
    grad_packed: Vec<f64>,
}

/// Values and gradients of the cell at `x`, computed in `dtype`.
fn run(
    choices: Choices,
    x: &[f64],
    packed: &[f64],
    grad_y: &[f64],
    dtype: DType,
) -> Result<Outcome> {
    let tensor = |values: &[f64]| Tensor::new(values, &Device::Cpu)?.to_dtype(dtype);
    let (x, packed) = (
        Var::from_tensor(&tensor(x)?)?,
        Var::from_tensor(&tensor(packed)?)?,
    );
    let y = fused::apply(choices, &x, &packed)?;
    let grads = (&y * tensor(grad_y)?)?.sum_all()?.backward()?;
    let values = |t: &Tensor| t.to_dtype(DType::F64)?.flatten_all()?.to_vec1::<f64>();
    let grad = |t: &Tensor| values(grads.get(t).expect("a gradient arrives"));
    Ok(Outcome {
        y: values(&y)?,
        grad_x: grad(&x)?,
        grad_packed: grad(&packed)?,
    })
}

/// Each value within `relative` of itself or `of_largest` of the largest.
fn assert_close(what: &str, ours: &[f64], theirs: &[f64], relative: f64, of_largest: f64) {
    let largest = theirs.iter().fold(0.0, |m: f64, v| m.max(v.abs()));
    assert_eq!(ours.len(), theirs.len(), "{what}");
    for (i, (a, b)) in ours.iter().zip(theirs).enumerate() {
        assert!(
            (a - b).abs() <= relative * b.abs() + of_largest * largest,
            "{what} {i}: {a} is not {b}"
        );
    }
}

/// In f64 the two differ by the order of sums of about 100 terms (10⁻¹⁴ of the largest term) and the last bits of the
/// elementary functions. In f32 the cell's inner values carry an error of about 100 roundings, which outer slopes up to 30
/// multiply: 100 · 6·10⁻⁸ · few.
#[test]
fn values_and_gradients_match_pytorch() -> Result<()> {
    for (dtype, relative, of_largest) in [(DType::F64, 1e-9, 1e-13), (DType::F32, 0.0, 2e-5)] {
        for case in cases() {
            let ours = run(
                Space::default().choices(),
                &case.x,
                &packed_of(&case),
                &case.grad_y,
                dtype,
            )?;
            let grad_packed = pack(&case.grad_weights, &case.grad_betas, case.grad_mixes);
            assert_close("y", &ours.y, &case.y, relative, of_largest);
            assert_close("grad x", &ours.grad_x, &case.grad_x, relative, of_largest);
            let constants = Slot::OPERATIONS..PACKED;
            for range in Slot::ALL.into_iter().map(Slot::range).chain([constants]) {
                assert_close(
                    "grad packed",
                    &ours.grad_packed[range.clone()],
                    &grad_packed[range],
                    relative,
                    of_largest,
                );
            }
        }
    }
    Ok(())
}

/// Every row of the tables, alone in its slot, has the slope of its own values; also those that only the wide space has.
#[test]
fn slopes_are_those_of_the_values() -> Result<()> {
    let x: Vec<f64> = (0..160).map(|i| 0.0513 * f64::from(i) - 4.13).collect();
    let ones = vec![1.0; x.len()];
    let all = Space::wide().choices();
    let plain: Genotype = "identity-add_beta-left-identity-add_beta-left"
        .parse()
        .expect("a genotype");
    for slot in Slot::ALL {
        for index in all.indices(slot) {
            let mut indices = Slot::ALL.map(|slot| plain.index(slot));
            indices[slot as usize] = index;
            // The operation's output is what the cell returns.
            if slot.unary_index() == Some(3) || slot == Slot::U1 {
                indices[if slot == Slot::U1 { Slot::B0 } else { Slot::B1 } as usize] = 8;
            }
            let genotype = Genotype::from_indices(all.space(), indices);
            let packed = numbers(&genotype);
            let ours = run(Choices::single(&genotype), &x, &packed, &ones, DType::F64)?;
            let step = 1e-6;
            let at = |shift: f64| -> Result<Vec<f64>> {
                let x: Vec<f64> = x.iter().map(|x| x + shift).collect();
                Ok(run(Choices::single(&genotype), &x, &packed, &ones, DType::F64)?.y)
            };
            for (i, (right, left)) in at(step)?.iter().zip(&at(-step)?).enumerate() {
                // A central difference of step h errs by ε·f/h ≈ 10⁻⁹ and h²·f‴/6; the third derivative reaches 10⁵ (log_abs at the
                // point nearest 0).
                let difference = (right - left) / (2.0 * step);
                let error = (ours.grad_x[i] - difference).abs();
                assert!(
                    error <= 1e-6 * (1.0 + difference.abs()),
                    "{genotype} at {}: {} is not {difference}",
                    x[i],
                    ours.grad_x[i]
                );
            }
        }
    }
    Ok(())
}

/// Weight 1 for each operation of the genotype, and some constants.
fn numbers(genotype: &Genotype) -> Vec<f64> {
    let mut packed = vec![0.0; PACKED];
    for slot in Slot::ALL {
        packed[slot.offset(genotype.index(slot))] = 1.0;
    }
    for (i, number) in packed[Slot::OPERATIONS..].iter_mut().enumerate() {
        *number = 0.7 + 0.13 * i as f64;
    }
    packed
}

/// Removed operations have no part in values or gradients, whatever their weights.
#[test]
fn what_is_removed_has_no_part() -> Result<()> {
    let case = &cases()[0];
    let genotype: Genotype = "silu-tanh-mul-cube-mul_beta-mix"
        .parse()
        .expect("a genotype");
    let (alone, mut with_others) = (numbers(&genotype), numbers(&genotype));
    for weight in with_others[..Slot::OPERATIONS]
        .iter_mut()
        .filter(|weight| **weight == 0.0)
    {
        *weight = 0.25;
    }
    let run = |packed: &[f64]| {
        run(
            Choices::single(&genotype),
            &case.x,
            packed,
            &case.grad_y,
            DType::F64,
        )
    };
    let (a, b) = (run(&alone)?, run(&with_others)?);
    assert_eq!(a.y, b.y);
    assert_eq!(a.grad_x, b.grad_x);
    assert_eq!(a.grad_packed, b.grad_packed);
    let others = alone[..Slot::OPERATIONS]
        .iter()
        .zip(&b.grad_packed)
        .filter(|(weight, _)| **weight == 0.0);
    assert!(others.into_iter().all(|(_, grad)| *grad == 0.0));
    Ok(())
}

/// Where the packed numbers are constants, slopes are kept instead of computed again: the same values, and the same gradient but for the
/// order of its products.
#[test]
fn constant_numbers_give_the_same_gradient_of_the_input() -> Result<()> {
    let case = &cases()[1];
    for (dtype, rounding) in [(DType::F64, 2f64.powi(-53)), (DType::F32, 2f64.powi(-24))] {
        let packed = Tensor::new(packed_of(case).as_slice(), &Device::Cpu)?.to_dtype(dtype)?;
        let values: Vec<f64> = (0..20_003).map(|i| (i as f64 * 0.37).sin() * 4.0).collect();
        let x = Var::from_tensor(&Tensor::new(values, &Device::Cpu)?.to_dtype(dtype)?)?;
        let grad = x.cos()?;
        let evaluate = |packed: &Tensor| -> Result<[Vec<f64>; 2]> {
            let y = fused::apply(Space::default().choices(), x.as_tensor(), packed)?;
            let grads = (&y * &grad)?.sum_all()?.backward()?;
            let flat = |t: &Tensor| t.to_dtype(DType::F64)?.to_vec1::<f64>();
            Ok([flat(&y)?, flat(grads.get(&x).expect("grad"))?])
        };
        let [y, along] = evaluate(&packed)?;
        let variable = Var::from_tensor(&packed)?;
        let [same, again] = evaluate(&variable)?;
        assert_eq!(y, same);
        for (along, again) in along.iter().zip(again) {
            // Sums of three products of up to four factors.
            let allowed = 40.0 * rounding * (1.0 + again.abs());
            assert!((along - again).abs() < allowed, "{along}, not {again}");
        }
    }
    Ok(())
}

/// Layout, length and threads change no bit of an element's value and gradient.
#[test]
fn bits_depend_on_the_values_alone() -> Result<()> {
    let case = &cases()[1];
    let packed = Var::new(packed_of(case).as_slice(), &Device::Cpu)?;
    let (rows, columns) = (301, 97);
    let values: Vec<f64> = (0..rows * columns)
        .map(|i| (i as f64 * 0.37).sin() * 4.0)
        .collect();
    let evaluate = |x: &Tensor, grad: &Tensor| -> Result<[Vec<f64>; 3]> {
        let x = Var::from_tensor(x)?;
        let grads = (fused::apply(Space::default().choices(), &x, &packed)? * grad)?
            .sum_all()?
            .backward()?;
        let y = fused::apply(Space::default().choices(), &x, &packed)?;
        let flat = |t: &Tensor| t.flatten_all()?.to_vec1::<f64>();
        Ok([
            flat(&y)?,
            flat(grads.get(&x).expect("grad"))?,
            flat(grads.get(&packed).expect("grad"))?,
        ])
    };
    let x = Tensor::from_vec(values, (rows, columns), &Device::Cpu)?;
    let grad = x.cos()?;
    let whole = evaluate(&x, &grad)?;

    // Transposed storage, and a gradient that is a broadcast view.
    let strided = x.t()?.contiguous()?.t()?;
    assert_eq!(evaluate(&strided, &grad)?, whole);
    let one = Tensor::ones((1, 1), DType::F64, &Device::Cpu)?;
    assert_eq!(
        evaluate(&x, &one.broadcast_as((rows, columns))?)?,
        evaluate(&x, &x.ones_like()?)?
    );

    // A part by itself.
    let part = evaluate(&x.narrow(0, 3, 100)?, &grad.narrow(0, 3, 100)?)?;
    assert_eq!(part[0], whole[0][3 * columns..][..100 * columns]);
    assert_eq!(part[1], whole[1][3 * columns..][..100 * columns]);

    // One thread.
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(1)
        .build()
        .expect("a pool");
    assert_eq!(pool.install(|| evaluate(&x, &grad))?, whole);

    // Nothing at all.
    let empty = Tensor::zeros((0, 3), DType::F64, &Device::Cpu)?;
    assert_eq!(evaluate(&empty, &empty)?[2], vec![0.0; PACKED]);
    Ok(())
}

#[test]
fn other_types_are_refused() -> Result<()> {
    let packed = Tensor::zeros(PACKED, DType::F32, &Device::Cpu)?;
    let x = Tensor::zeros(3, DType::U32, &Device::Cpu)?;
    let error = fused::apply(Space::default().choices(), &x, &packed)
        .expect_err("u32")
        .to_string();
    assert!(error.contains("F32, F64, F16 or BF16"), "{error}");
    let x = Tensor::zeros(3, DType::F64, &Device::Cpu)?;
    assert!(fused::apply(Space::default().choices(), &x, &packed).is_err());
    // Half precision is computed in f32, and so are its numbers.
    let half = packed.to_dtype(DType::F16)?;
    let x = Tensor::zeros(3, DType::F16, &Device::Cpu)?;
    assert!(fused::apply(Space::default().choices(), &x, &half).is_err());
    Ok(())
}
