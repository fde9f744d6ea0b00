use super::super::batch_norm::{Source, normalize};
use super::super::tests::{assert_agree, assert_gradient, normal};
use super::super::{conv2d, shortcut};
use super::*;

const EPSILON: f64 = 1e-5;

fn ours(x: &[Tensor], stride: usize, moments: Option<&Moments>) -> Result<Tensor> {
    Ok(apply_to(x, stride, moments)?.0)
}

/// `x` is the maps, the kernel, γ, β and perhaps a shortcut.
fn apply_to(x: &[Tensor], stride: usize, moments: Option<&Moments>) -> Result<(Tensor, Moments)> {
    let convolution = Convolution {
        kernel: &x[1],
        stride,
        padding: 1,
    };
    let normalization = Normalization {
        gamma: &x[2],
        beta: &x[3],
        epsilon: EPSILON,
        moments,
    };
    convolution.normalized(&normalization, &x[0], x.get(4))
}

fn theirs(x: &[Tensor], stride: usize, given: Option<&Moments>) -> Result<Tensor> {
    let y = conv2d(&x[0], &x[1], stride, 1)?;
    let (moments, source) = match given {
        Some(moments) => (moments.clone(), Source::Constant),
        None => (Moments::of(&y)?, Source::Input),
    };
    let y = normalize(&y, &x[2], &x[3], &moments, source, EPSILON)?;
    match x.get(4) {
        Some(shortcut) => y + shortcut,
        None => Ok(y),
    }
}

#[test]
fn values_and_gradients_agree_with_one_layer_after_the_other() -> Result<()> {
    let constant = Moments {
        mean: vec![0.5, -1.0, 2.0],
        variance: vec![2.0, 0.25, 3.0],
    };
    // Groups and blocks of unequal size, and one of everything.
    for ([c, n, h, w], stride) in [([4, 35, 20, 21], 1), ([2, 3, 6, 6], 2), ([1, 2, 3, 3], 1)] {
        let maps = normal((c, n, h, w), 1)?;
        let all = [
            maps.clone(),
            normal((3, c, 3, 3), 2)?,
            normal(3, 3)?,
            normal(3, 4)?,
            normal((3, n, h.div_ceil(stride), w.div_ceil(stride)), 5)?,
        ];
        let all = all.each_ref();
        for moments in [None, Some(&constant)] {
            for count in [4, 5] {
                assert_agree(
                    &all[..count],
                    |x| ours(x, stride, moments),
                    |x| theirs(x, stride, moments),
                )?;
            }
        }
    }
    Ok(())
}

#[test]
fn gradients_agree_with_finite_differences() -> Result<()> {
    let x = normal((2, 3, 4, 4), 1)?;
    let (kernel, gamma, beta) = (normal((2, 2, 3, 3), 2)?, normal(2, 3)?, normal(2, 4)?);
    let all =
        |x: &Tensor, kernel: &Tensor| [x.clone(), kernel.clone(), gamma.clone(), beta.clone()];
    assert_gradient(&x, |x| ours(&all(x, &kernel), 2, None))?;
    assert_gradient(&kernel, |kernel| ours(&all(&x, kernel), 1, None))?;
    // The maps are also what is added.
    assert_gradient(&x, |x| {
        let shortcut = shortcut(x, 1, 0, 0)?;
        ours(
            &[
                x.clone(),
                kernel.clone(),
                gamma.clone(),
                beta.clone(),
                shortcut,
            ],
            1,
            None,
        )
    })
}

#[test]
fn the_moments_are_those_of_the_output() -> Result<()> {
    let (x, kernel) = (normal((2, 20, 9, 9), 1)?, normal((3, 2, 3, 3), 2)?);
    let all = [x.clone(), kernel.clone(), normal(3, 3)?, normal(3, 4)?];
    let (_, ours) = apply_to(&all, 1, None)?;
    let theirs = Moments::of(&conv2d(&x, &kernel, 1, 1)?)?;
    let pairs = ours.mean.iter().zip(&theirs.mean);
    for (ours, theirs) in pairs.chain(ours.variance.iter().zip(&theirs.variance)) {
        // A few roundings of sums of values of order one.
        assert!((ours - theirs).abs() < 1e-12, "{ours} {theirs}");
    }
    Ok(())
}

#[test]
fn misfits_are_errors() -> Result<()> {
    let all = [
        normal((1, 2, 3, 3), 1)?,
        normal((2, 1, 3, 3), 2)?,
        normal(2, 3)?,
        normal(2, 4)?,
        normal((2, 2, 3, 3), 5)?,
    ];
    ours(&all, 1, None)?;
    let with = |place: usize, other: Tensor| {
        let mut all = all.clone();
        all[place] = other;
        ours(&all, 1, None)
    };
    assert!(with(0, normal((2, 2, 3, 3), 1)?).is_err());
    assert!(with(2, normal(3, 1)?).is_err());
    assert!(with(3, normal(1, 1)?).is_err());
    assert!(with(4, normal((2, 2, 3, 2), 1)?).is_err());
    Ok(())
}
