//! Groups of sites, baselines on the budget of a search, other relaxations, and searches that have nothing to search.

use actsmith_search::cell::{Cell, Pass, Reach};
use actsmith_search::engine::{Event, Removal, Search, SearchConfig, StrategyKind};
use actsmith_search::error::{Error, Result};
use actsmith_search::relaxation::RelaxationKind;
use actsmith_search::seed;
use actsmith_search::space::{Choices, Space};
use actsmith_search::task::{Losses, Task};
use candle_core::{Device, Module, Tensor, Var};
use rand::RngExt;

fn config() -> SearchConfig {
    SearchConfig {
        periods: 6,
        steps_per_period: 4,
        report_every: 2,
        rate: 0.02,
        ..SearchConfig::default()
    }
}

/// A network `w₂·f(w₁ x)` with as many functions as there are sites, which fits `sin`.
fn network(sites: Vec<Box<dyn Module>>) -> Result<impl Task> {
    let mut rng = seed::rng(3, "network", 0);
    let mut draw = |rows: usize, columns: usize| -> Result<Var> {
        let values: Vec<f32> = (0..rows * columns)
            .map(|_| rng.random_range(-0.5..0.5))
            .collect();
        Ok(Var::from_vec(values, (rows, columns), &Device::Cpu)?)
    };
    let (first, second) = (draw(1, 8)?, draw(8, 1)?);
    let variables = [("first", &first), ("second", &second)];
    let variables = variables.map(|(name, var)| (name.to_owned(), var.clone()));
    let loss = move |stream: &str, number: u64| -> Result<Tensor> {
        let mut rng = seed::rng(5, stream, number);
        let x: Vec<f32> = (0..16).map(|_| rng.random_range(-2.0..2.0)).collect();
        let x = Tensor::from_vec(x, (16, 1), &Device::Cpu)?;
        let mut hidden = x.matmul(&first)?;
        for site in &sites {
            hidden = site.forward(&hidden)?;
        }
        Ok((hidden.matmul(&second)? - x.sin()?)?.sqr()?.mean_all()?)
    };
    let loss = std::rc::Rc::new(loss);
    let again = loss.clone();
    Ok(Losses::new(
        variables.to_vec(),
        move |number| loss("train", number),
        move |number| again("validate", number),
    ))
}

fn sites(cells: &[&Cell]) -> Vec<Box<dyn Module>> {
    let sites = cells.iter().enumerate();
    sites
        .map(|(i, cell)| Box::new(cell.site(&format!("site{i}"))) as Box<dyn Module>)
        .collect()
}

/// A search with one function at two sites.
fn search(config: SearchConfig, relaxation: RelaxationKind) -> Result<Search<impl Task>> {
    let cell = Cell::with_relaxation(Space::default(), 0, relaxation.build())?;
    let task = network(sites(&[&cell, &cell]))?;
    Search::new(config, cell, task)
}

fn refusal<T>(result: Result<T>) -> String {
    match result {
        Err(Error::Invalid(message)) => message,
        Err(other) => panic!("{other:?}"),
        Ok(_) => panic!("not refused"),
    }
}

#[test]
fn groups_have_numbers_and_functions_of_their_own() -> Result<()> {
    let cell = Cell::new(Space::default(), 1)?;
    let (attention, again) = (cell.group("attention")?, cell.group("attention")?);
    let feed_forward = cell.group("feed_forward")?;
    let task = network(sites(&[&attention, &feed_forward, &again]))?;
    let names: Vec<_> = cell
        .groups()
        .iter()
        .map(|group| (group.name().to_owned(), group.sites()))
        .collect();
    // The cell itself has no site.
    assert_eq!(
        names,
        [("attention".to_owned(), 2), ("feed_forward".to_owned(), 1)]
    );
    assert_ne!(
        attention.site_group().variables()[0].1.to_vec1::<f64>()?,
        feed_forward.site_group().variables()[0]
            .1
            .to_vec1::<f64>()?
    );

    let mut removed = [0, 0];
    let mut search = Search::new(config(), cell, task)?;
    let found = search.run(None, &mut |event| {
        if let Event::Removed { group, .. } = event {
            removed[usize::from(group == "feed_forward")] += 1;
        }
    })?;
    assert_eq!(removed, [104, 104]);
    assert_eq!(found.functions.len(), 2);
    assert_ne!(found.functions[0].genotype, found.functions[1].genotype);
    for (function, group) in found.functions.iter().zip(search.cell().groups()) {
        assert_eq!(function.group, group.name());
        assert_eq!(group.choices(), Choices::single(&function.genotype));
    }
    Ok(())
}

#[test]
fn names_of_groups_that_make_no_sense_are_refused() -> Result<()> {
    let cell = Cell::new(Space::default(), 1)?;
    for name in ["", "block.attention"] {
        assert!(refusal(cell.group(name)).contains("cannot name a group"));
    }
    Ok(())
}

/// By the loss, other operations leave than by the weight, as many and at the same times.
#[test]
fn operations_leave_by_the_loss() -> Result<()> {
    let removed = |removal: Removal| -> Result<Vec<(usize, String)>> {
        let config = SearchConfig {
            removal,
            ..config()
        };
        let mut removed = Vec::new();
        search(config, RelaxationKind::DrNas)?.run(None, &mut |event| {
            if let Event::Removed {
                step,
                slot,
                operation,
                ..
            } = event
            {
                removed.push((*step, format!("{} {operation}", slot.name())));
            }
        })?;
        Ok(removed)
    };
    let (by_weight, by_loss) = (removed(Removal::Weight)?, removed(Removal::Loss)?);
    let steps = |removed: &[(usize, String)]| removed.iter().map(|r| r.0).collect::<Vec<_>>();
    assert_eq!(steps(&by_loss), steps(&by_weight));
    assert_ne!(by_loss, by_weight);
    assert_eq!(by_loss, removed(Removal::Loss)?);
    Ok(())
}

/// Whatever spends the steps, a search that is resumed writes the bytes of one that is not, and its result is a function of its
/// seed.
#[test]
fn every_strategy_and_relaxation_resumes_to_the_same_bytes() -> Result<()> {
    let directory = tempfile::tempdir().expect("a directory");
    let [whole, part, rest] = ["whole", "part", "rest"].map(|name| directory.path().join(name));
    let (drnas, gradient) = (RelaxationKind::DrNas, StrategyKind::Gradient);
    let cases = [
        (gradient, Removal::Weight, RelaxationKind::Darts),
        (gradient, Removal::Weight, RelaxationKind::ReinMax),
        (gradient, Removal::Loss, drnas),
        (StrategyKind::Random(5), Removal::Weight, drnas),
        (StrategyKind::Halving(6), Removal::Weight, drnas),
    ];
    for (strategy, removal, relaxation) in cases {
        let config = SearchConfig {
            strategy,
            removal,
            ..config()
        };
        let expected = search(config.clone(), relaxation)?.run(Some(&whole), &mut |_| {})?;
        assert_eq!(expected.functions.len(), 1);
        assert!(expected.metrics.loss.is_finite());
        let mut first = search(config.clone(), relaxation)?;
        // Past the checkpoint of step 24, in the middle of a candidate.
        while first.step() < 17.min(first.steps() - 1) {
            first.advance(Some(&part), &mut |_| {})?;
        }
        let mut second = search(config.clone(), relaxation)?;
        second.load(&part)?;
        assert_eq!(
            second.run(Some(&rest), &mut |_| {})?,
            expected,
            "{strategy:?}"
        );
        let read = |path| std::fs::read(path).expect("a checkpoint");
        assert!(read(&rest) == read(&whole), "{strategy:?}");
    }
    // Another relaxation or strategy is another search.
    let load = |strategy, relaxation| {
        search(
            SearchConfig {
                strategy,
                ..config()
            },
            relaxation,
        )?
        .load(&whole)
    };
    for (strategy, relaxation, part) in [
        (
            StrategyKind::Halving(6),
            RelaxationKind::Darts,
            "another `relaxation`",
        ),
        (
            StrategyKind::Halving(4),
            RelaxationKind::DrNas,
            "another `strategy.halving` (6, not 4)",
        ),
    ] {
        match load(strategy, relaxation) {
            Err(Error::State(message)) => assert!(message.contains(part), "{message}"),
            other => panic!("{other:?}"),
        }
    }
    Ok(())
}

/// The number of a candidate, its rung and its loss.
type Judged = (usize, usize, f64);

/// The candidates in their order, the steps in all, and the loss of the network in the end.
fn candidates(strategy: StrategyKind) -> Result<(Vec<Judged>, usize, f64)> {
    let mut seen = Vec::new();
    let mut search = search(
        SearchConfig {
            strategy,
            ..config()
        },
        RelaxationKind::DrNas,
    )?;
    let steps = search.steps();
    let found = search.run(None, &mut |event| {
        if let Event::Candidate {
            candidate,
            rung,
            loss,
            ..
        } = event
        {
            seen.push((*candidate, *rung, *loss));
        }
    })?;
    Ok((seen, steps, found.metrics.loss))
}

#[test]
fn random_search_finds_its_best_candidate_within_the_budget() -> Result<()> {
    let (seen, steps, loss) = candidates(StrategyKind::Random(7))?;
    // 24 steps of two passes each; 6 for each of 7.
    assert_eq!(steps, 42);
    assert_eq!(
        seen.iter().map(|c| c.0).collect::<Vec<_>>(),
        [0, 1, 2, 3, 4, 5, 6]
    );
    let best = seen.iter().map(|c| c.2).fold(f64::INFINITY, f64::min);
    // The evaluation of this task is the very loss that judges; the winner's network and constants are in place.
    assert_eq!(loss, best);
    let losses: std::collections::BTreeSet<_> = seen.iter().map(|c| c.2.to_bits()).collect();
    assert_eq!(
        losses.len(),
        7,
        "candidates are different functions: {seen:?}"
    );
    Ok(())
}

#[test]
fn halving_keeps_the_better_half() -> Result<()> {
    let (seen, steps, loss) = candidates(StrategyKind::Halving(8))?;
    // 48 passes in 3 rungs: 8 of 2 steps, 4 of 4, 2 of 8.
    assert_eq!(steps, 48);
    let rung = |rung: usize| seen.iter().filter(move |c| c.1 == rung).copied();
    for (i, left) in [(0, 4), (1, 2), (2, 1)] {
        let mut sorted: Vec<_> = rung(i).collect();
        sorted.sort_by(|a, b| a.2.total_cmp(&b.2));
        let best: Vec<_> = sorted[..left].iter().map(|c| c.0).collect();
        if i < 2 {
            assert_eq!(rung(i + 1).map(|c| c.0).collect::<Vec<_>>(), best);
        } else {
            assert_eq!(loss, sorted[0].2);
        }
    }
    Ok(())
}

#[test]
fn a_candidate_that_diverges_loses() -> Result<()> {
    // A rate at which most functions diverge and some do not.
    let config = SearchConfig {
        strategy: StrategyKind::Random(8),
        rate: 1e19,
        clip: None,
        ..config()
    };
    let (mut fallen, mut stood) = (0, 0);
    let result = search(config, RelaxationKind::DrNas)?.run(None, &mut |event| {
        if let Event::Candidate { loss, .. } = event {
            if *loss == f64::MAX {
                fallen += 1
            } else {
                stood += 1
            }
        }
    });
    assert_eq!(fallen + stood, 8);
    assert!(fallen > 0);
    match result {
        Ok(found) => assert!(stood > 0 && found.metrics.loss.is_finite()),
        Err(error) => assert!(
            stood == 0 && error.to_string().contains("lower `rate`"),
            "{error}"
        ),
    }
    Ok(())
}

#[test]
fn budgets_that_are_too_small_are_refused() {
    let message = |strategy| {
        refusal(search(
            SearchConfig {
                strategy,
                ..config()
            },
            RelaxationKind::DrNas,
        ))
    };
    assert!(message(StrategyKind::Random(1)).contains("at least 2"));
    assert!(message(StrategyKind::Random(49)).contains("too few"));
    assert!(message(StrategyKind::Halving(1000)).contains("too few"));
    assert!(message(StrategyKind::Random(usize::MAX)).contains("too few"));
    assert!(message(StrategyKind::Halving(usize::MAX)).contains("too few"));
    for (periods, strategy) in [
        (usize::MAX / 2, StrategyKind::Gradient),
        (usize::MAX / 2, StrategyKind::Random(2)),
        (usize::MAX, StrategyKind::Gradient),
    ] {
        let huge = SearchConfig {
            periods,
            strategy,
            ..config()
        };
        assert!(refusal(search(huge, RelaxationKind::DrNas)).contains("choose fewer"));
    }
}

#[test]
fn a_cell_without_a_site_is_refused() -> Result<()> {
    let (cell, other) = (
        Cell::new(Space::default(), 0)?,
        Cell::new(Space::default(), 0)?,
    );
    let task = network(sites(&[&other]))?;
    assert!(refusal(Search::new(config(), cell, task)).contains("no site"));
    Ok(())
}

/// A search with a site `f` that the network uses as `wrap` says.
fn wrapped(
    wrap: impl Fn(&dyn Module, &Tensor) -> candle_core::Result<Tensor> + 'static,
) -> Result<()> {
    struct Wrapped<F>(actsmith_search::cell::Site, F);
    impl<F: Fn(&dyn Module, &Tensor) -> candle_core::Result<Tensor>> Module for Wrapped<F> {
        fn forward(&self, x: &Tensor) -> candle_core::Result<Tensor> {
            (self.1)(&self.0, x)
        }
    }
    let cell = Cell::new(Space::default(), 0)?;
    let task = network(vec![Box::new(Wrapped(cell.site("f"), wrap))])?;
    Search::new(config(), cell, task)?
        .run(None, &mut |_| {})
        .map(|_| ())
}

#[test]
fn a_loss_that_does_not_depend_on_the_cell_is_refused() {
    assert!(refusal(wrapped(|_, x| x.relu())).contains("none of them ran"));
    assert!(
        refusal(wrapped(|f, x| x.relu()? + f.forward(x)?.detach())).contains("no gradient reaches")
    );
    assert!(
        refusal(wrapped(
            |f, x| x.relu()? + f.forward(x)?.mul(&x.zeros_like()?)?
        ))
        .contains("are 0")
    );
    wrapped(|f, x| f.forward(x)).expect("a network with its activation");
}

#[test]
fn a_group_that_comes_too_late_is_refused() -> Result<()> {
    let cell = Cell::new(Space::default(), 0)?;
    let task = network(sites(&[&cell]))?;
    let mut search = Search::new(config(), cell.clone(), task)?;
    cell.group("late")?.site("late");
    assert!(refusal(search.advance(None, &mut |_| {})).contains("`late`"));
    Ok(())
}

#[test]
fn a_loss_that_is_no_number_is_refused() -> Result<()> {
    let cell = Cell::new(Space::default(), 0)?;
    let site = cell.site("f");
    let x = Tensor::new(&[0.5f32, 1.0], &Device::Cpu)?;
    let weight = Var::new(&[1f32, 2.0], &Device::Cpu)?;
    let w = weight.clone();
    let loss = move |_| Ok(site.forward(&x.mul(&w)?)?);
    let task = Losses::new(vec![("w".to_owned(), weight)], loss.clone(), loss);
    let message = refusal(Search::new(config(), cell, task)?.run(None, &mut |_| {}));
    assert!(
        message.contains("shape [2]") && message.contains("mean_all"),
        "{message}"
    );
    Ok(())
}

#[test]
fn a_pass_without_gradients_reaches_nothing() -> Result<()> {
    let cell = Cell::new(Space::default(), 0)?;
    let site = cell.site("f");
    let x = Tensor::new(&[0.5f32, 1.0], &Device::Cpu)?;
    let reach = |pass| -> Result<Reach> {
        cell.begin(pass, 0);
        let mut gradients = site.forward(&x)?.sum_all()?.backward()?;
        cell.site_group().gather(&mut gradients)
    };
    assert_eq!(reach(Pass::Weights)?, Reach::Unused);
    assert_eq!(reach(Pass::Architecture)?, Reach::Alpha);
    assert_eq!(reach(Pass::Evaluation)?, Reach::Unused);
    Ok(())
}

/// Evaluation has nothing random, and is the mean of the cell over its weights where the cell is linear in them.
#[test]
fn evaluation_takes_the_mean_weights() -> Result<()> {
    let cell = Cell::new(Space::default(), 0)?;
    let (one, other) = (cell.site("one"), cell.site("other"));
    let x = Tensor::new(&[0.5f64, -1.0], &Device::Cpu)?;
    cell.begin(Pass::Evaluation, 3);
    let y = one.forward(&x)?.to_vec1::<f64>()?;
    assert_eq!(y, other.forward(&x)?.to_vec1::<f64>()?);
    cell.begin(Pass::Evaluation, 4);
    assert_eq!(y, one.forward(&x)?.to_vec1::<f64>()?);
    let sum: f64 = cell.site_group().mean_weights()?.iter().sum();
    assert!((sum - 6.0).abs() < 1e-12);
    Ok(())
}

#[test]
fn the_cost_counts_every_step() -> Result<()> {
    let mut search = search(config(), RelaxationKind::DrNas)?;
    search.run(None, &mut |_| {})?;
    let cost = *search.cost();
    // 24 steps; reports after every 8, each with two batches for the discretisation gap, and at the end; a step with ReLU every 16.
    assert_eq!((cost.architecture.count, cost.weights.count), (24, 24));
    assert_eq!((cost.validation.count, cost.relu.count), (3 * 3 + 1, 2));
    let parts = cost.in_trainings(24).expect("steps with ReLU");
    let whole = cost.seconds() / (24.0 * cost.relu.mean());
    assert!((parts.iter().sum::<f64>() - whole).abs() < 1e-9 * whole);
    Ok(())
}
