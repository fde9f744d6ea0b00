//! Experiments by name, which the command calls tasks: a row each, and a file of settings.

use super::{Registry, Specification};
use crate::data::files_of;
use crate::error::{Error, Result};

/// An experiment that comes with this crate: a model on a data set, with a budget that suits them.
///
/// ```
/// use actsmith_search::experiment::{NamedTask, Specification};
///
/// let task = NamedTask::find("austen-gpt")?;
/// let specification = Specification::layered(&[task.settings], &["batch=8"])?;
/// assert_eq!((&*specification.data.name, specification.batch), ("austen", 8));
/// assert!(NamedTask::find("austen-gtp").is_err_and(|error| error.to_string().contains("`austen-gpt`?")));
/// # Ok::<(), actsmith_search::error::Error>(())
/// ```
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct NamedTask {
    /// The name.
    pub name: &'static str,
    /// The text of its specification: what differs from the default.
    pub settings: &'static str,
    /// What is learned from.
    pub examples: &'static str,
    /// How many minutes a whole run takes on two cores, roughly.
    pub minutes: u32,
}

macro_rules! tasks {
    ($($name:literal $minutes:literal $examples:literal;)*) => {
        /// The experiments that come with this crate.
        pub const TASKS: &[NamedTask] = &[$(NamedTask {
            name: $name,
            settings: include_str!(concat!("../../tasks/", $name, ".toml")),
            examples: $examples,
            minutes: $minutes,
        },)*];
    };
}

tasks! {
    "digits-resnet8" 2 "1,797 handwritten digits of 8×8 pixels";
    "digits-vit" 3 "1,797 handwritten digits of 8×8 pixels";
    "austen-gpt" 6 "Pride and Prejudice, 684,768 characters";
    "austen-gpt4" 14 "Pride and Prejudice, 684,768 characters";
    "fashion-small-resnet8" 3 "2,500 images of Fashion-MNIST, 28×28 pixels";
    "fashion-small-resnet20" 8 "2,500 images of Fashion-MNIST, 28×28 pixels";
    "fashion-small-vit" 8 "2,500 images of Fashion-MNIST, 28×28 pixels";
    "fashion-small-vit8" 16 "2,500 images of Fashion-MNIST, 28×28 pixels";
    "fashion-resnet8" 25 "Fashion-MNIST, 70,000 images of 28×28 pixels";
    "fashion-vit" 35 "Fashion-MNIST, 70,000 images of 28×28 pixels";
    "mnist-resnet8" 25 "MNIST, 70,000 digits of 28×28 pixels";
    "mnist-vit" 35 "MNIST, 70,000 digits of 28×28 pixels";
    "cifar10-resnet20" 165 "CIFAR-10, 60,000 colour images of 32×32 pixels";
    "cifar100-resnet20" 165 "CIFAR-100, 60,000 colour images of 32×32 pixels in 100 classes";
    "svhn-resnet20" 120 "99,289 house numbers, colour images of 32×32 pixels";
    "shakespeare-gpt" 6 "Tiny Shakespeare, 1,115,394 characters";
    "text-gpt" 6 "any text, by bytes";
}

impl NamedTask {
    /// The experiment of this name.
    ///
    /// # Errors
    /// [`Error::Invalid`], with the nearest name, if there is none.
    pub fn find(name: &str) -> Result<&'static Self> {
        let named = TASKS.iter().find(|task| task.name == name);
        named.ok_or_else(|| {
            let names = TASKS.iter().map(|task| task.name);
            let longer = || {
                names
                    .clone()
                    .find(|known| known.starts_with(name) && !name.is_empty())
            };
            let near = actsmith_codegen::syntax::nearest(name, names.clone()).or_else(longer);
            let hint = match near {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("there are `{}`", names.collect::<Vec<_>>().join("`, `")),
            };
            Error::Invalid(format!("there is no task `{name}`; {hint}"))
        })
    }

    /// Its specification.
    ///
    /// # Errors
    /// None, for the settings of every row are tested.
    pub fn specification(&self) -> Result<Specification> {
        let none: [&str; 0] = [];
        Specification::layered(&[self.settings], &none)
    }

    /// What its network is called.
    ///
    /// # Errors
    /// None, for the settings of every row are tested.
    pub fn model(&self) -> Result<String> {
        let network = self.specification()?.network;
        let family = Registry::default().family(&network.family)?;
        Ok(family.configure(&network.settings)?.title())
    }

    /// Which files it reads, and where they come from; none if its data are embedded.
    ///
    /// # Errors
    /// None, for the settings of every row are tested.
    pub fn files(&self) -> Result<Option<(&'static str, &'static str)>> {
        Ok(files_of(&self.specification()?.data.name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::experiment::Experiment;

    #[test]
    fn every_task_is_an_experiment_that_makes_sense() -> Result<()> {
        for task in TASKS {
            let specification = task.specification()?;
            // The share of a training that the published searches take.
            let share = match specification.network.family.as_str() {
                "resnet" => 4,
                _ => 10,
            };
            let [search, training] = [
                (
                    specification.search.epochs,
                    specification.search.steps_per_epoch,
                ),
                (
                    specification.retrain.epochs,
                    specification.retrain.steps_per_epoch,
                ),
            ]
            .map(|(epochs, steps)| epochs * steps.unwrap_or(1));
            assert_eq!(share * search, training, "{}", task.name);
            assert!(!task.model()?.is_empty());
            // With files, all but the folder is there.
            let data = specification.data.name.clone();
            match (
                task.files()?,
                Experiment::new(specification, &Registry::default()),
            ) {
                (None, made) => {
                    let made = made?;
                    let kind = made.data.train.kind();
                    let footprint = made.architecture.footprint(&kind).expect("our own model");
                    assert_eq!(footprint.evaluation_batch(), 256, "{}", task.name);
                }
                (Some(_), Err(Error::Invalid(message))) => {
                    let lacks = format!("the data set `{data}` is read from files");
                    assert!(
                        message.starts_with(&lacks) || message.contains("data.dir"),
                        "{message}"
                    );
                }
                (Some(_), other) => panic!("{}: {:?}", task.name, other.err()),
            }
        }
        Ok(())
    }

    #[test]
    fn unknown_names_are_errors_with_the_nearest_one() {
        let refused = |name: &str| NamedTask::find(name).expect_err(name).to_string();
        assert!(refused("digit-resnet8").contains("did you mean `digits-resnet8`?"));
        assert!(refused("fashion_small_vit").contains("did you mean `fashion-small-vit`?"));
        assert!(refused("shakespear-gpt").contains("did you mean `shakespeare-gpt`?"));
        assert!(refused("austen").contains("did you mean `austen-gpt`?"));
        assert!(refused("translation").contains("there are `digits-resnet8`, "));
        assert!(refused("").contains("there are `digits-resnet8`, "));
    }
}
