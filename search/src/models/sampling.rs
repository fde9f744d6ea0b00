//! Text from a language model, one token after the other.

use candle_core::{D, DType, Device, Result, Tensor};
use candle_nn::ModuleT;
use rand::RngExt;

use crate::seed;

/// How text is drawn from a language model.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sampling {
    /// By how much probabilities are evened out: the logits are divided by it. At 0 the likeliest token comes next.
    pub temperature: f64,
    /// Of what is drawn.
    pub seed: u64,
}

impl Sampling {
    /// The token that follows `before`, of which the model sees the last `context`; `step` tells the draws of a seed apart.
    ///
    /// # Errors
    /// If the model does not fit the tokens, or there are none before.
    pub fn next(
        &self,
        model: &dyn ModuleT,
        before: &[u32],
        context: usize,
        step: u64,
    ) -> Result<u32> {
        let seen = &before[before.len().saturating_sub(context)..];
        let inputs = Tensor::new(seen, &Device::Cpu)?.unsqueeze(0)?;
        let logits = model.forward_t(&inputs, false)?.detach();
        let last = logits.get(0)?.get(seen.len().saturating_sub(1))?;
        let logits: Vec<f64> = last.to_dtype(DType::F64)?.to_vec1()?;
        if self.temperature <= 0.0 {
            return last.argmax(D::Minus1)?.to_scalar();
        }
        let most = logits.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let weights = logits.iter().map(|l| ((l - most) / self.temperature).exp());
        let weights: Vec<f64> = weights.collect();
        let mut rest = weights.iter().sum::<f64>()
            * seed::rng(self.seed, "sampled text", step).random::<f64>();
        let drawn = weights.iter().position(|weight| {
            rest -= weight;
            rest < 0.0
        });
        // Rounding may leave a rest; the likeliest token is as good as any other then.
        match drawn {
            Some(token) => Ok(token as u32),
            None => last.argmax(D::Minus1)?.to_scalar(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Logits of a model that knows three tokens: after `t`, the token `t + 1` is as likely as `e` others.
    struct Counting;

    impl ModuleT for Counting {
        fn forward_t(&self, tokens: &Tensor, _: bool) -> Result<Tensor> {
            let next: Vec<Vec<u32>> = tokens.to_vec2()?;
            let row = |token: &u32| {
                (0..3)
                    .map(|t| f32::from(u8::from(t == (token + 1) % 3)))
                    .collect()
            };
            let rows: Vec<Vec<f32>> = next[0].iter().map(row).collect();
            Tensor::new(rows, &Device::Cpu)?.unsqueeze(0)
        }
    }

    #[test]
    fn tokens_come_as_often_as_the_model_says() -> Result<()> {
        let sampling = |temperature, seed| Sampling { temperature, seed };
        let e = std::f64::consts::E;
        for (temperature, share) in [
            (1.0, e / (e + 2.0)),
            (0.5, e * e / (e * e + 2.0)),
            (1e6, 1.0 / 3.0),
        ] {
            let count = 3000;
            let hits = (0..count)
                .filter(|&step| {
                    sampling(temperature, 1)
                        .next(&Counting, &[0, 1], 8, step)
                        .ok()
                        == Some(2)
                })
                .count() as f64;
            // Five standard errors.
            let error = (share * (1.0 - share) / count as f64).sqrt();
            assert!(
                (hits / count as f64 - share).abs() < 5.0 * error,
                "{temperature}: {hits}"
            );
        }
        for step in 0..20 {
            assert_eq!(sampling(0.0, step).next(&Counting, &[1], 8, step)?, 2);
        }
        // The same draw again, and what is past the context changes nothing.
        let draw = |before: &[u32], seed| sampling(1.0, seed).next(&Counting, before, 2, 5);
        assert_eq!(draw(&[0, 1, 2], 3)?, draw(&[2, 2, 1, 2], 3)?);
        Ok(())
    }
}
