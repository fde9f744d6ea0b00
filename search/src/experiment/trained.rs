//! A training of one network with activations that are given, without a search.

use std::fmt;

use candle_core::D;
use serde::{Deserialize, Serialize};

use super::retrain::{Contestant, Retraining};
use super::{Experiment, Folder, Provenance, Update};
use crate::data::{Examples, Kind};
use crate::error::{Error, Result, counted};
use crate::models::Sampling;
use crate::objective::Metrics;
use crate::state;
use crate::task::Supervised;

/// What a training has come to, as `result.json` holds it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Trained {
    /// The seed of the initial weights and of the order of the examples.
    pub seed: u64,
    /// The data set.
    pub data: String,
    /// What the network is called.
    pub network: String,
    /// The formula of its activation; those of several parts one after the other, each after the name of its part.
    pub activation: String,
    /// Numbers that were trained.
    pub parameters: usize,
    /// Passes over the training set, or what `steps_per_epoch` makes of them.
    pub epochs: usize,
    /// Steps in all.
    pub steps: usize,
    /// Examples held out.
    pub held_out: usize,
    /// How good it is on them.
    #[serde(flatten)]
    pub score: Metrics,
    /// Of a text, the bits that the network needs for one of its characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bits_per_character: Option<f64>,
}

impl fmt::Display for Trained {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            network,
            data,
            parameters,
            epochs,
            steps,
            held_out,
            score,
            ..
        } = self;
        writeln!(
            f,
            "{network} on {data}, {}, {}, {}",
            counted(*parameters, "parameter"),
            counted(*epochs, "epoch"),
            counted(*steps, "step")
        )?;
        writeln!(f, "activation  {}", self.activation)?;
        write!(f, "held out    loss {:.4} nats", score.loss)?;
        if let Some(bits) = self.bits_per_character {
            write!(f, ", {bits:.4} bits per character")?;
        }
        if let Some(accuracy) = score.accuracy {
            write!(f, ", accuracy {:.2} %", 100.0 * accuracy)?;
        }
        write!(f, ", on {}", counted(*held_out, "example"))
    }
}

/// A network at the end of its training.
pub struct Training {
    /// What it has come to.
    pub trained: Trained,
    model: Supervised,
}

impl Experiment {
    /// Trains the network with the setting `activation`, or what is left of that; the weights are written to the folder.
    ///
    /// # Errors
    /// [`Error::Invalid`] if the experiment is a search. Whatever fails while training; the folder then holds all epochs that have a
    /// checkpoint.
    pub fn train(
        &self,
        folder: &mut Folder,
        watch: &mut dyn FnMut(Update<'_>),
    ) -> Result<Training> {
        let Some(chosen) = &self.specification.activation else {
            return Err(Error::Invalid(
                "a training needs its activations: set `activation`, as `activation=gelu(x)`"
                    .to_owned(),
            ));
        };
        folder.note(Provenance::here())?;
        let contestant = Contestant::chosen(chosen)?;
        let training = Retraining::new(self, &self.stages[0], &contestant)?;
        let score = training.run(None, folder, watch)?;
        let model = training.model;
        let test = &*self.data.test;
        let characters = characters_per_token(test)?;
        let trained = Trained {
            seed: self.specification.seed,
            data: self.specification.data.name.clone(),
            network: self.architecture.title(),
            activation: contestant.formula.clone(),
            parameters: model
                .trained()
                .iter()
                .map(|(_, var)| var.elem_count())
                .sum(),
            epochs: self.specification.retrain.epochs,
            steps: self.training_steps(),
            held_out: test.len(),
            score,
            bits_per_character: characters
                .map(|characters| score.loss / std::f64::consts::LN_2 / characters),
        };
        folder.write_model(&state::save(&model.variables())?)?;
        folder.finish(&trained)?;
        Ok(Training { trained, model })
    }

    /// Text of so many characters that a network which was [trained](Self::train) on text goes on with after a line break, or after
    /// the first token if a line break is none.
    ///
    /// # Errors
    /// [`Error::Invalid`] if the data are no text, or the temperature is not from 0.
    pub fn sample(&self, from: &Training, characters: usize, how: &Sampling) -> Result<String> {
        let invalid = |what: &str| Err(Error::Invalid(what.to_owned()));
        let (Some(writing), Kind::Text { context, .. }) =
            (self.data.test.writing(), self.data.test.kind())
        else {
            return invalid("only a network that learns from text has text to sample");
        };
        if !(how.temperature >= 0.0 && how.temperature.is_finite()) {
            return invalid("the temperature is a finite number from 0");
        }
        let mut tokens = writing.encode("\n").unwrap_or_default();
        if tokens.is_empty() {
            tokens.push(0);
        }
        let start = tokens.len();
        let mut text = String::new();
        let mut step = 0;
        // A token may be of several characters, or a part of one.
        while text.chars().count() < characters && step < characters.saturating_mul(4) {
            tokens.push(from.model.next(how, &tokens, context, step as u64)?);
            step += 1;
            if step.is_multiple_of(64) || step >= characters {
                text = writing.decode(&tokens[start..])?;
            }
        }
        Ok(text.chars().take(characters).collect())
    }
}

/// How many characters a token of a text has on average; none if the examples are no text.
fn characters_per_token(set: &dyn Examples) -> Result<Option<f64>> {
    let Some(writing) = set.writing() else {
        return Ok(None);
    };
    let (mut characters, mut count) = (0, 0);
    for index in 0..set.len() as u32 {
        let (_, targets) = set.batch(&[index])?;
        let tokens: Vec<u32> = targets.flatten(0, D::Minus1)?.to_vec1()?;
        characters += writing.decode(&tokens)?.chars().count();
        count += tokens.len();
    }
    Ok(Some(characters as f64 / count as f64))
}
