//! Numbers that are not finite, and settings that make no sense.

use actsmith_search::cell::Cell;
use actsmith_search::engine::{Search, SearchConfig};
use actsmith_search::error::{Error, Result};
use actsmith_search::space::Space;

use crate::support::{Regression, config, search};

#[test]
fn a_loss_that_is_not_finite_names_step_and_checkpoint() -> Result<()> {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("good");
    let cell = Cell::new(Space::default(), 11)?;
    let mut task = Regression::new(&cell)?;
    task.poison = Some(8);
    let error = Search::new(config(), cell, task)?
        .run(Some(&path), &mut |_| {})
        .expect_err("a NaN");
    match &error {
        Error::SearchDiverged {
            pass: "weight",
            what,
            step: 8,
            checkpoint: Some(checkpoint),
        } => {
            assert!(what == "the loss of the weight step is NaN" && *checkpoint == path);
        }
        other => panic!("{other:?}"),
    }
    for part in ["step 8", "good", "a lower `rate`"] {
        assert!(error.to_string().contains(part), "{error}");
    }
    // What was written before is whole, and of step 6.
    let mut search = search(config())?;
    search.load(&path)?;
    assert_eq!(search.step(), 6);
    Ok(())
}

/// `√(x − x)` adds 0 to a loss and ∞ − ∞ to its gradient: the loss stays finite, and the step makes NaN of what it moves.
#[test]
fn a_number_that_is_not_finite_names_step_setting_and_checkpoint() -> Result<()> {
    for (steep, pass, name, setting) in [
        ("train", "weight", "`first`", "a lower `rate`"),
        (
            "validate",
            "architecture",
            "`cell.alpha`",
            "`architecture_rate`, or",
        ),
    ] {
        let directory = tempfile::tempdir().expect("a directory");
        let path = directory.path().join("good");
        let cell = Cell::new(Space::default(), 11)?;
        let mut task = Regression::new(&cell)?;
        task.steep = Some((steep, 8));
        let mut search = Search::new(config(), cell, task)?;
        let error = search.run(Some(&path), &mut |_| {}).expect_err("a NaN");
        match &error {
            Error::SearchDiverged {
                pass: failed,
                step: 8,
                checkpoint: Some(_),
                ..
            } => {
                assert_eq!(*failed, pass);
            }
            other => panic!("{other:?}"),
        }
        for part in [name, setting, "step 8", "good"] {
            assert!(error.to_string().contains(part), "{error}");
        }
        // Nothing overwrites the checkpoint of step 6.
        let whole = std::fs::read(&path).expect("a checkpoint");
        let refused = search.save(&path).expect_err("NaN").to_string();
        assert!(refused.contains("not finite"), "{refused}");
        assert_eq!(std::fs::read(&path).expect("a checkpoint"), whole);
        let mut search = self::search(config())?;
        search.load(&path)?;
        assert_eq!(search.step(), 6);
    }
    Ok(())
}

#[test]
fn settings_that_make_no_sense_are_named() {
    let message = |config: SearchConfig| search(config).err().expect("refused").to_string();
    assert!(
        message(SearchConfig {
            accumulate: 0,
            ..config()
        })
        .contains("`accumulate`")
    );
    assert!(
        message(SearchConfig {
            rate: f64::NAN,
            ..config()
        })
        .contains("`rate`")
    );
    assert!(
        message(SearchConfig {
            shrink_start: 12,
            ..config()
        })
        .contains("start from 1 to 11")
    );
    assert!(
        message(SearchConfig {
            warm_periods: 13,
            ..config()
        })
        .contains("`warm_periods`")
    );
}
