//! The mean cross-entropy of logits, `−Σ tᵢ ln softmax(z)ᵢ` in nats, where the target `t` has the right class, smoothed: `1 − s` of it,
//! and `s` shared out among all classes.
//!
//! Its gradient is `(softmax(z) − t) / rows`; the probabilities are computed again.

use std::mem::MaybeUninit;

use actsmith_codegen::runtime::Real;
use candle_core::backend::BackendStorage;
use candle_core::{CpuStorage, CustomOp2, DType, Layout, Result, Shape, Tensor, WithDType, bail};
use rayon::prelude::*;

use super::attention::largest;
use super::element::{
    Element, contiguous, dispatch, in_groups, vectorised, with_elements, written,
};
use super::sums::{SHORT, sum};

/// Elements that a task takes, rounded up to rows.
const TASK: usize = 1 << 14;

/// The mean cross-entropy of `logits [n, classes]` with the right classes `targets [n]`, of u32, and the label `smoothing` in 0..=1: a
/// scalar.
///
/// # Errors
/// If there is no row, a target is no class, the shapes do not fit each other, the tensors are not on the CPU, or the logits are
/// neither f32 nor f64.
pub fn cross_entropy(logits: &Tensor, targets: &Tensor, smoothing: f64) -> Result<Tensor> {
    let (rows, classes) = logits.dims2()?;
    if targets.dims1()? != rows || logits.elem_count() == 0 {
        bail!(
            "logits {:?} for targets {:?}",
            logits.shape(),
            targets.shape()
        )
    }
    if targets.dtype() != DType::U32 {
        bail!("targets are u32, not {:?}", targets.dtype())
    }
    let op = CrossEntropy { classes, smoothing };
    logits.contiguous()?.apply_op2(&targets.contiguous()?, op)
}

#[derive(Clone, Copy)]
struct CrossEntropy {
    classes: usize,
    smoothing: f64,
}

vectorised! {
    /// The sum of the rows' losses.
    fn losses<'a, T, S>(logits: &'a [T], targets: &'a [u32], smoothing: f64) -> f64 {
        let classes = logits.len() / targets.len();
        let mut total = 0.0;
        for (logits, target) in logits.chunks(classes).zip(targets) {
            let largest = largest(logits);
            let powers = sum::<T, SHORT>(logits, logits, |z, _| {
                T::leave::<S>((z - largest).enter::<S>().exp())
            });
            let right = Real::to_f64(logits[*target as usize] - largest);
            let mean = match smoothing {
                0.0 => 0.0,
                _ => sum::<T, SHORT>(logits, logits, |z, _| z - largest) / classes as f64,
            };
            total += powers.ln() - (1.0 - smoothing) * right - smoothing * mean;
        }
        total
    }
}

vectorised! {
    /// `scale · (softmax(z) − t)`
    fn gradients<'a, T, S>(logits: &'a [T], targets: &'a [u32], smoothing: f64, scale: f64, to: &'a mut [MaybeUninit<T>]) -> () {
        let classes = logits.len() / targets.len();
        let every = T::of(scale * smoothing / classes as f64);
        for ((logits, target), to) in logits.chunks(classes).zip(targets).zip(to.chunks_mut(classes)) {
            let largest = largest(logits);
            for (to, z) in to.iter_mut().zip(logits) {
                to.write(T::leave::<S>((*z - largest).enter::<S>().exp()));
            }
            // SAFETY: the loop above has written all of the row.
            let to = unsafe { &mut *(to as *mut [MaybeUninit<T>] as *mut [T]) };
            let share = T::of(scale / sum::<T, SHORT>(to, to, |p, _| p));
            to.iter_mut().for_each(|to| *to = *to * share - every);
            let right = &mut to[*target as usize];
            *right -= T::of(scale * (1.0 - smoothing));
        }
    }
}

impl CrossEntropy {
    fn rows(&self) -> usize {
        TASK.div_ceil(self.classes)
    }

    fn forward<T: Element>(&self, logits: &[T], targets: &[u32]) -> T {
        let tasks = logits.par_chunks(self.rows() * self.classes);
        let tasks = tasks.zip(targets.par_chunks(self.rows()));
        let losses = in_groups(tasks, |(logits, targets)| {
            losses(logits, targets, self.smoothing)
        });
        T::of(losses.iter().sum::<f64>() / targets.len() as f64)
    }

    fn backward<T: Element>(&self, logits: &[T], targets: &[u32], grad: T) -> Vec<T> {
        let scale = Real::to_f64(grad) / targets.len() as f64;
        let write = |to: &mut [MaybeUninit<T>]| {
            let len = self.rows() * self.classes;
            let tasks = to.par_chunks_mut(len).zip(logits.par_chunks(len));
            in_groups(
                tasks.zip(targets.par_chunks(self.rows())),
                |((to, logits), targets)| gradients(logits, targets, self.smoothing, scale, to),
            );
        };
        // SAFETY: each task writes all of its rows.
        unsafe { written(logits.len(), write).0 }
    }
}

impl CustomOp2 for CrossEntropy {
    fn name(&self) -> &'static str {
        "cross-entropy"
    }

    fn cpu_fwd(
        &self,
        logits: &CpuStorage,
        layout: &Layout,
        targets: &CpuStorage,
        targets_layout: &Layout,
    ) -> Result<(CpuStorage, Shape)> {
        let targets = contiguous::<u32>(targets, targets_layout)?;
        if let Some(target) = targets
            .iter()
            .find(|target| **target as usize >= self.classes)
        {
            bail!("the target {target} is none of {} classes", self.classes)
        }
        let loss = dispatch!(logits.dtype(), "cross-entropy", T => {
            let loss = self.forward::<T>(contiguous(logits, layout)?, targets);
            Ok(T::to_cpu_storage_owned(vec![loss]))
        })?;
        Ok((loss, ().into()))
    }

    fn bwd(
        &self,
        logits: &Tensor,
        targets: &Tensor,
        _loss: &Tensor,
        grad: &Tensor,
    ) -> Result<(Option<Tensor>, Option<Tensor>)> {
        let grad_logits = dispatch!(logits.dtype(), "cross-entropy", T => {
            let grad = grad.to_scalar::<T>()?;
            let to = with_elements::<T, _>(logits, |logits| {
                with_elements(targets, |targets| Ok(self.backward(logits, targets, grad)))
            })?;
            Tensor::from_vec(to, logits.shape(), logits.device())
        })?;
        Ok((Some(grad_logits), None))
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{assert_agree, normal};
    use super::*;
    use candle_core::Device;

    #[test]
    fn values_and_gradients_agree_with_candle() -> Result<()> {
        // More rows than one task takes; less than a lane.
        for (rows, classes) in [(70, 300), (5, 3)] {
            let logits = (normal((rows, classes), 1)? * 10.0)?;
            let targets = (0..rows).map(|row| (row * 7 % classes) as u32);
            let targets = Tensor::from_vec(targets.collect::<Vec<_>>(), rows, &Device::Cpu)?;
            let plain = |x: &[Tensor]| candle_nn::loss::cross_entropy(&x[0], &targets);
            assert_agree(&[&logits], |x| cross_entropy(&x[0], &targets, 0.0), plain)?;
            let smoothed = |x: &[Tensor]| {
                let log = candle_nn::ops::log_softmax(&x[0], 1)?;
                (plain(x)? * 0.9)? - (log.mean_all()? * 0.1)?
            };
            assert_agree(
                &[&logits],
                |x| cross_entropy(&x[0], &targets, 0.1),
                smoothed,
            )?;
        }
        Ok(())
    }

    #[test]
    fn large_logits_give_numbers() -> Result<()> {
        let logits = Tensor::new(&[[1000f32, -1000.0]], &Device::Cpu)?;
        let loss = |target: u32| -> Result<f32> {
            cross_entropy(&logits, &Tensor::new(&[target], &Device::Cpu)?, 0.0)?.to_scalar()
        };
        assert_eq!([loss(0)?, loss(1)?], [0.0, 2000.0]);
        Ok(())
    }

    #[test]
    fn misfits_are_errors() -> Result<()> {
        let logits = normal((2, 3), 1)?;
        let targets = |targets: &[u32]| Tensor::new(targets, &Device::Cpu);
        assert!(cross_entropy(&logits, &targets(&[0, 3])?, 0.0).is_err());
        assert!(cross_entropy(&logits, &targets(&[0])?, 0.0).is_err());
        assert!(cross_entropy(&logits, &Tensor::new(&[0i64, 1], &Device::Cpu)?, 0.0).is_err());
        assert!(cross_entropy(&normal((0, 3), 1)?, &targets(&[])?, 0.0).is_err());
        Ok(())
    }
}
