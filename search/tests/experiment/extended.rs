//! Experiments with what a user adds: a data set, a model family, groups of sites, other baselines.

use std::fs;
use std::sync::Arc;

use actsmith_search::data::{DataSet, Examples, ImageSet, Kind, Splits, digits};
use actsmith_search::error::{Error, Result};
use actsmith_search::experiment::{Baseline, Experiment, Folder, Network, Registry, Specification};
use actsmith_search::models::{Activations, Architecture, Family, initialize};
use candle_core::{DType, Device, Module, Tensor};
use candle_nn::{Linear, ModuleT, VarBuilder, VarMap, linear};
use tempfile::TempDir;

use crate::support::{files, prepared};

/// The digits up to four.
struct Few;

impl DataSet for Few {
    fn name(&self) -> &str {
        "few"
    }

    fn load(&self, seed: u64) -> Result<Splits> {
        let all = digits()?;
        let labels = all.labels().to_vec1::<u32>()?;
        let few: Vec<u32> = (0..)
            .zip(&labels)
            .filter(|(_, label)| **label < 5)
            .map(|(i, _)| i)
            .collect();
        let (images, labels) = all.batch(&few)?;
        Splits::new(&ImageSet::new(images, labels, 5)?, seed)
    }
}

/// Two hidden layers.
struct Perceptrons;

struct Perceptron {
    width: usize,
}

struct Layers {
    layers: [Linear; 3],
    activations: [Box<dyn Module + Send + Sync>; 2],
}

impl Family for Perceptrons {
    fn name(&self) -> &str {
        "perceptron"
    }

    fn configure(&self, settings: &toml::Table) -> Result<Box<dyn Architecture>> {
        let width = settings.get("width").and_then(toml::Value::as_integer);
        match width.and_then(|width| usize::try_from(width).ok()) {
            Some(width @ 1..) => Ok(Box::new(Perceptron { width })),
            _ => Err(Error::Invalid(
                "a perceptron has a `width` from 1".to_owned(),
            )),
        }
    }
}

impl Architecture for Perceptron {
    fn title(&self) -> String {
        format!("perceptron of width {}", self.width)
    }

    fn depth(&self) -> usize {
        3
    }

    fn accepts(&self, kind: &Kind) -> Result<()> {
        match kind {
            Kind::Images { classes: 5, .. } => Ok(()),
            other => Err(Error::Invalid(format!("five classes, not {other}"))),
        }
    }

    fn build(
        &self,
        activations: &dyn Activations,
        vars: &VarMap,
        device: &Device,
        seed: u64,
    ) -> candle_core::Result<Box<dyn ModuleT>> {
        let vb = VarBuilder::from_varmap(vars, DType::F32, device);
        let layers = Layers {
            layers: [
                linear(64, self.width, vb.pp("first"))?,
                linear(self.width, self.width, vb.pp("second"))?,
                linear(self.width, 5, vb.pp("head"))?,
            ],
            activations: [activations.at("first")?, activations.at("second")?],
        };
        initialize(vars, seed)?;
        Ok(Box::new(layers))
    }
}

impl ModuleT for Layers {
    fn forward_t(&self, images: &Tensor, _: bool) -> candle_core::Result<Tensor> {
        let [first, second, head] = &self.layers;
        let [f, g] = &self.activations;
        let hidden = f.forward(&first.forward(&images.flatten_from(1)?)?)?;
        head.forward(&g.forward(&second.forward(&hidden)?)?)
    }
}

fn registry() -> Registry {
    Registry::default()
        .with_data_set(Arc::new(Few))
        .with_family(Arc::new(Perceptrons))
}

fn specification() -> Specification {
    let mut specification = Specification {
        data: "few".into(),
        batch: 128,
        rate: 0.01,
        network: Network {
            family: "perceptron".to_owned(),
            settings: toml::Table::from_iter([("width".to_owned(), 12.into())]),
        },
        ..Specification::default()
    };
    specification.groups.0 = [("early".to_owned(), vec!["first".to_owned()])].into();
    specification.search.epochs = 4;
    specification.retrain.epochs = 1;
    specification.retrain.baselines = vec![
        Baseline::new("silu"),
        Baseline::new("steep(x) = x * sigmoid(3 * x)"),
    ];
    specification
}

/// Two groups of sites find a function each, both of which reach the folder; and an interruption changes nothing.
#[test]
fn data_models_groups_and_baselines_of_a_user_make_an_experiment() -> Result<()> {
    let directory = TempDir::new().expect("a folder");
    let [whole, stopped] = ["whole", "stopped"].map(|name| directory.path().join(name));
    let experiment = Experiment::new(specification(), &registry())?;
    let mut folder = Folder::create(&whole, experiment.specification())?;
    let outcome = experiment.run(&mut folder, &[], &mut |_| {})?;
    drop(folder);
    assert_eq!(outcome.title(), "perceptron of width 12");
    let groups: Vec<_> = outcome.functions.iter().map(|(group, _)| group).collect();
    assert_eq!(groups, [Some("cell"), Some("early")]);
    let names: Vec<&str> = outcome
        .retrained
        .iter()
        .map(|r| &r.activation[..])
        .collect();
    assert_eq!(names, ["found", "silu", "steep"]);
    assert_eq!(outcome.retrained[2].formula, "x * sigmoid(3 * x)");
    let whole_files = files(&whole);
    for name in [
        "genotype-cell.json",
        "genotype-early.json",
        "formula-early.txt",
        "histogram-cell.json",
        "histogram-early.json",
        "activation-cell.rs",
        "checkpoint/retrain-steep-seed1.safetensors",
    ] {
        assert!(
            whole_files.keys().any(|path| path.ends_with(name)),
            "{name}"
        );
    }
    let metrics = fs::read_to_string(whole.join("metrics.jsonl")).expect("lines");
    let searched: Vec<serde_json::Value> = metrics
        .lines()
        .filter(|line| line.contains("\"searched\""))
        .map(|line| serde_json::from_str(line).expect("an object"))
        .collect();
    assert_eq!(searched.len(), 4);
    for group in ["cell", "early"] {
        let genotype = &searched[3]["groups"][group]["genotype"];
        let (_, finding) = (outcome.functions.iter())
            .find(|(name, _)| *name == Some(group))
            .expect("a function");
        assert_eq!(*genotype, finding.genotype);
    }
    // What is finished reads back, and gets back the files of each group that are gone.
    fs::remove_file(whole.join("formula-early.txt")).expect("removed");
    let (mut folder, again) = Folder::open(&whole, &registry())?;
    assert_eq!(again.specification(), &specification());
    assert_eq!(again.run(&mut folder, &[], &mut |_| {})?, outcome);
    assert!(files(&whole) == whole_files);

    let mut folder = Folder::create(&stopped, experiment.specification())?;
    let mut records = 0;
    let interruption = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        experiment.run(&mut folder, &[], &mut |update| {
            records += usize::from(matches!(
                update,
                actsmith_search::experiment::Update::Record(_)
            ));
            if records == 150 {
                std::panic::resume_unwind(Box::new(()));
            }
        })
    }));
    assert!(interruption.is_err());
    drop(folder);
    let (mut folder, again) = Folder::open(&stopped, &registry())?;
    again.run(&mut folder, &[], &mut |_| {})?;
    assert!(files(&stopped) == whole_files);
    Ok(())
}

#[test]
fn what_a_specification_cannot_mean_is_refused() {
    let refused = |change: &dyn Fn(&mut Specification)| {
        let mut specification = Specification::default();
        change(&mut specification);
        match prepared(specification) {
            Err(Error::Invalid(message)) => message,
            Err(other) => panic!("{other:?}"),
            Ok(_) => panic!("not refused"),
        }
    };
    for (message, parts) in [
        (
            refused(&|of| of.data = "letters".into()),
            ["no data set `letters`", "choose `digits`"],
        ),
        (
            refused(&|of| of.network.family = "mixer".to_owned()),
            ["no model family `mixer`", "choose `resnet`"],
        ),
        (
            refused(&|of| {
                of.network.settings.remove("depth");
            }),
            ["the setting", "`depth` is missing"],
        ),
        (
            refused(&|of| {
                of.network.settings.insert("heads".to_owned(), 8.into());
            }),
            ["unknown field", "heads"],
        ),
        (
            refused(&|of| of.retrain.baselines.push(Baseline::new("rellu"))),
            ["the baseline `rellu`", "relu"],
        ),
        (
            refused(&|of| of.retrain.baselines.push(Baseline::new("relu"))),
            ["`relu`", "twice"],
        ),
        (
            refused(&|of| of.retrain.baselines.push(Baseline::new("found(x) = x"))),
            ["`found(x) = x`", "another stage"],
        ),
        (
            refused(&|of| of.groups.0.extend([("a/b".to_owned(), Vec::new())])),
            ["`a/b`", "letters"],
        ),
    ] {
        for part in parts {
            assert!(message.contains(part), "{message}");
        }
    }
}
