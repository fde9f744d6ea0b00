//! What a run tells of what the data bring to the found function, and of cheaper functions in its place.

use std::fs;
use std::path::Path;

use actsmith_codegen::Formula;
use actsmith_codegen::front::Domain;
use actsmith_search::error::{Error, Result};
use actsmith_search::experiment::{Folder, Registry, Specification};
use actsmith_search::report::{Finding, Front, Outcome, Pick};
use tempfile::TempDir;

use crate::STRAIGHT;
use crate::support::{Files, config, files, prepared, run};

fn outcome(of: &Files) -> Outcome {
    serde_json::from_slice(&of[Path::new("result.json")]).expect("a result")
}

fn finding(of: &Outcome) -> &Finding {
    of.functions.iter().next().expect("a function").1
}

fn front(of: &Outcome) -> &Front {
    finding(of).front.as_ref().expect("a front")
}

/// The text of a file, and the formula that it reads as.
fn formula(of: &Files) -> (String, Formula) {
    let text = String::from_utf8_lossy(&of[Path::new("formula.txt")]).into_owned();
    let formula = Formula::parse(&text).expect("a formula");
    (text, formula)
}

#[test]
fn a_run_counts_what_comes_to_its_sites() {
    let value: serde_json::Value =
        serde_json::from_slice(&STRAIGHT[Path::new("histogram.json")]).expect("an object");
    let numbers = |value: &serde_json::Value| -> Vec<f64> {
        let list = value.as_array().expect("a list").iter();
        list.map(|number| number.as_f64().expect("a number"))
            .collect()
    };
    let [edges, counts] = ["edges", "counts"].map(|key| numbers(&value[key]));
    let domain = Domain::histogram(&edges, &counts).expect("a domain");
    assert!(domain.is_weighted());
    let result = outcome(&STRAIGHT);
    let sites = value["sites"].as_object().expect("sites");
    let known: Vec<&String> = finding(&result).sites.keys().collect();
    assert_eq!(sites.keys().collect::<Vec<_>>(), known);
    let mut total = 0.0;
    for (name, reach) in &finding(&result).sites {
        let [edges, counts] = ["edges", "counts"].map(|key| numbers(&sites[name][key]));
        let last = edges.len() - 1;
        assert!((edges[0]..edges[1]).contains(&reach.low), "{name}");
        assert!(
            (edges[last - 1]..edges[last]).contains(&reach.high),
            "{name}"
        );
        total += counts.iter().sum::<f64>();
    }
    assert_eq!(counts.iter().sum::<f64>(), total);
    assert_eq!(
        [front(&result).low, front(&result).high],
        [edges[0], edges[edges.len() - 1]]
    );
}

#[test]
fn the_front_of_a_run_goes_from_exact_to_simple() {
    let result = outcome(&STRAIGHT);
    let (finding, front) = (finding(&result), front(&result));
    let exact = &front.points[0];
    assert_eq!(exact.formula, finding.formulas.simplified);
    assert_eq!((Some(exact.cost), exact.difference), (finding.cost, 0.0));
    assert_eq!((front.picked, front.missing.as_ref()), (0, None));
    assert!(front.points.len() > 2 && front.examples >= 64, "{front:?}");
    for pair in front.points.windows(2) {
        assert!(pair[0].cost > pair[1].cost, "{front:?}");
    }
    let within: Vec<bool> = front
        .points
        .iter()
        .map(|point| point.excess.is_some_and(|of| of.mean <= of.standard_error))
        .collect();
    assert!(within[front.simplest], "{front:?}");
    // The differences that are proven hold at numbers of the domain.
    let function = Formula::parse(&exact.formula).expect("a formula");
    for point in &front.points {
        let form = Formula::parse(&point.formula).expect("a formula");
        for step in 0..=200 {
            let x = front.low + (front.high - front.low) * f64::from(step) / 200.0;
            let [a, b] = [&function, &form].map(|of| of.dag().eval(&[x])[0]);
            // Constants are printed with nine digits.
            let printed = 1e-8 * (1.0 + a.abs());
            assert!(
                (a - b).abs() <= point.difference + printed,
                "{point:?} at {x}"
            );
        }
        let loss = point.validation_loss.expect("a loss");
        let excess = point.excess.expect("a difference");
        let expected = exact.validation_loss.expect("a loss") + excess.mean;
        assert!((loss - expected).abs() < 1e-9 * (1.0 + loss), "{point:?}");
    }
    let (text, read) = formula(&STRAIGHT);
    assert_eq!(
        read.to_string(),
        Formula::parse(&exact.formula).expect("one").to_string()
    );
    for point in &front.points {
        assert!(text.contains(&point.formula), "{text}");
    }
    let summary = result.to_string();
    for part in ["cost   ", "; gelu costs ", "inputs   ", "simplest   "] {
        assert!(summary.contains(part), "{summary}");
    }
}

/// Trainings take the point that is picked, and all else is as without it.
#[test]
fn a_point_is_trained_in_place_of_the_found_function() -> Result<()> {
    let exact = outcome(&STRAIGHT);
    let last = front(&exact).points.len() - 1;
    for (pick, picked) in [
        (Pick::Number(1), 1),
        (Pick::Number(99), last),
        (Pick::Simplest, front(&exact).simplest),
    ] {
        let directory = TempDir::new().expect("a folder");
        let path = directory.path().join("run");
        let mut config = config();
        config.retrain.epochs = 1;
        config.retrain.baselines.clear();
        config.retrain.pick = pick;
        assert_eq!(Specification::from_toml(&config.to_toml()?)?, config);
        let mut folder = Folder::create(&path, &config)?;
        let result = run(&config, &mut folder, &mut |_| {})?;
        drop(folder);
        assert_eq!(front(&result).picked, picked);
        assert_eq!(front(&result).points, front(&exact).points);
        assert_eq!(finding(&result).formulas, finding(&exact).formulas);
        let taken = &front(&result).points[picked].formula;
        let expected = Formula::parse(taken).expect("a formula").to_string();
        if picked > 0 {
            assert_eq!(result.retrained[0].formula, expected);
            assert!(
                result
                    .to_string()
                    .contains(&format!("taken       point {picked}"))
            );
        }
        let whole = files(&path);
        assert_eq!(formula(&whole).1.to_string(), expected);
        // What is lost is made again, and says the same.
        for name in ["formula.txt", "activation.rs"] {
            fs::remove_file(path.join(name)).expect("removed");
        }
        let (mut folder, again) = Folder::open(&path, &Registry::default())?;
        again.run(&mut folder, &[], &mut |_| {})?;
        assert!(files(&path) == whole);
    }
    Ok(())
}

#[test]
fn a_search_without_a_front_says_so() -> Result<()> {
    let directory = TempDir::new().expect("a folder");
    let path = directory.path().join("run");
    let mut config = config();
    config.retrain.epochs = 0;
    config.search.front = false;
    let mut folder = Folder::create(&path, &config)?;
    let result = run(&config, &mut folder, &mut |_| {})?;
    assert_eq!(finding(&result).front, None);
    assert_eq!(finding(&result).sites, finding(&outcome(&STRAIGHT)).sites);
    assert_eq!(
        finding(&result).picked(Pick::Number(0))?,
        finding(&result).formulas.raw
    );
    let message = finding(&result)
        .picked(Pick::Simplest)
        .expect_err("no front")
        .to_string();
    assert!(message.starts_with("the run has no front"), "{message}");
    config.retrain.pick = Pick::Number(2);
    match prepared(config).err() {
        Some(Error::Invalid(message)) => {
            assert!(message.contains("`retrain.pick` is 2"), "{message}")
        }
        other => panic!("{other:?}"),
    }
    Ok(())
}

/// The results of a version that knew no fronts.
#[test]
fn results_without_a_front_are_read() -> Result<()> {
    let mut old: serde_json::Value =
        serde_json::from_slice(&STRAIGHT[Path::new("result.json")]).expect("an object");
    for key in ["cost", "sites", "front"] {
        old.as_object_mut()
            .expect("an object")
            .remove(key)
            .expect(key);
    }
    let old: Outcome = serde_json::from_value(old).expect("a result");
    assert_eq!(
        finding(&old).picked(Pick::default())?,
        finding(&old).formulas.raw
    );
    assert!(finding(&old).picked(Pick::Number(1)).is_err());
    assert!(old.to_string().contains("derivative  "));
    Ok(())
}
