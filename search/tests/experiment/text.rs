//! A language model finds a function on a text of a user.

use std::sync::Arc;

use actsmith_search::data::{DataSet, Splits, Text};
use actsmith_search::error::{Error, Result};
use actsmith_search::experiment::{Experiment, Folder, Network, Registry, Specification};
use actsmith_search::models::GptConfig;
use actsmith_search::optim::{AdamConfig, OptimizerConfig};
use tempfile::TempDir;

/// A rhyme, over and over.
struct Rhyme;

impl DataSet for Rhyme {
    fn name(&self) -> &str {
        "rhyme"
    }

    fn load(&self, _seed: u64) -> Result<Splits> {
        let text = "one two three four five, once I caught a fish alive. ".repeat(60);
        let (tokens, alphabet) = Text::characters(&text);
        Text::new(tokens, alphabet.len(), 16)?.splits()
    }
}

fn specification() -> Specification {
    let mut specification = Specification {
        data: "rhyme".into(),
        batch: 64,
        rate: 0.01,
        network: Network::new(&GptConfig {
            layers: 2,
            heads: 2,
            width: 16,
            context: 16,
            vocabulary: 20,
            tied: true,
            bias: false,
            gated: false,
            dropout: 0.0,
        })
        .expect("small counts"),
        optimizer: OptimizerConfig::Adam(AdamConfig::default()),
        ..Specification::default()
    };
    specification.search.epochs = 6;
    specification.retrain.epochs = 4;
    specification
}

#[test]
fn a_language_model_finds_a_function() -> Result<()> {
    let registry = Registry::default().with_data_set(Arc::new(Rhyme));
    let directory = TempDir::new().expect("a folder");
    let experiment = Experiment::new(specification(), &registry)?;
    let mut folder = Folder::create(&directory.path().join("run"), experiment.specification())?;
    let outcome = experiment.run(&mut folder, &[], &mut |_| {})?;
    assert_eq!(outcome.title(), "GPT of 2 layers and width 16");
    // Alone, the letters of the rhyme have an entropy of 2.8 nats; it says the same over and over.
    for retrained in &outcome.retrained {
        let loss = retrained.scores[0].score.loss;
        assert!(loss < 1.5, "{}: {loss}", retrained.activation);
    }
    Ok(())
}

#[test]
fn models_and_data_that_do_not_fit_are_refused() {
    let registry = Registry::default().with_data_set(Arc::new(Rhyme));
    let refused =
        |specification: Specification, part: &str| match Experiment::new(specification, &registry)
            .map(|_| ())
        {
            Err(Error::Invalid(message)) => assert!(message.contains(part), "{message}"),
            other => panic!("{other:?}"),
        };
    let images = Specification {
        data: "digits".into(),
        ..specification()
    };
    refused(
        images,
        "a GPT learns from text, not from images of 8×8 pixels",
    );
    let network = Specification::default().network;
    refused(
        Specification {
            network,
            ..specification()
        },
        "a ResNet learns from images, not from text of 20 tokens",
    );
    let mut short = specification();
    short
        .network
        .settings
        .insert("context".to_owned(), 8.into());
    refused(short, "a context of 8, the text 20 and 16");
}
