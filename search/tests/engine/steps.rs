//! What each step may move, removals, the result.

use actsmith_search::cell::{Base, Cell, Mode, Pass};
use actsmith_search::engine::{Event, SearchConfig, StrategyKind};
use actsmith_search::error::Result;
use actsmith_search::space::{Choices, Slot, Space};
use actsmith_search::task::Task;
use candle_core::{DType, Device, Module, Tensor};

use crate::support::{Regression, bits, config, run, search};

#[test]
fn an_architecture_step_leaves_weights_and_buffers() -> Result<()> {
    // With a learning rate of 0 the weight step moves nothing: whatever moves is the architecture step's doing.
    let mut search = search(SearchConfig {
        rate: 0.0,
        ..config()
    })?;
    let (weights, cell) = (
        bits(&search.task().variables())?,
        bits(&search.cell().site_group().variables())?,
    );
    search.advance(None, &mut |_| {})?;
    assert_eq!(bits(&search.task().variables())?, weights);
    let moved = bits(&search.cell().site_group().variables())?;
    let unmoved = moved
        .iter()
        .zip(&cell)
        .filter(|(after, before)| after == before)
        .count();
    // The wide space's rows have no gradient, but all of the default space's do.
    assert!(unmoved <= Slot::OPERATIONS - 110, "{unmoved}");

    // The running mean is that of the training batch alone.
    let expected = {
        let cell = Cell::new(Space::default(), 11)?;
        cell.set_mode(Mode::Base(Base::Gelu));
        let mut fresh = Regression::new(&cell)?;
        fresh.training_loss(0)?;
        bits(&fresh.buffers())?
    };
    assert_eq!(bits(&search.task().buffers())?, expected);
    Ok(())
}

#[test]
fn a_weight_step_leaves_the_cell() -> Result<()> {
    let mut search = search(SearchConfig {
        architecture_rate: 0.0,
        warm_periods: 0,
        ..config()
    })?;
    let (weights, cell) = (
        bits(&search.task().variables())?,
        bits(&search.cell().site_group().variables())?,
    );
    search.advance(None, &mut |_| {})?;
    assert_eq!(bits(&search.cell().site_group().variables())?, cell);
    assert!(
        bits(&search.task().variables())?
            .iter()
            .zip(&weights)
            .all(|(after, before)| after != before)
    );
    Ok(())
}

/// A weight step's result does not depend on whether an architecture step ran before it: no gradient is carried over.
#[test]
fn no_gradient_leaks_between_the_steps() -> Result<()> {
    let weights_after = |architecture: bool| -> Result<Vec<u64>> {
        let cell = Cell::new(Space::default(), 1)?;
        let mut task = Regression::new(&cell)?;
        let mut optimizer = config().optimizer.build(task.variables())?;
        if architecture {
            cell.begin(Pass::Architecture, 0);
            let mut gradients = task.validation_loss(0)?.backward()?;
            cell.site_group().gather(&mut gradients)?;
        }
        cell.begin(Pass::Weights, 0);
        let mut gradients = task.training_loss(0)?.backward()?;
        assert!(
            cell.site_group()
                .variables()
                .iter()
                .all(|(_, var)| gradients.get(var).is_none())
        );
        optimizer.step(&gradients, 0.1)?;
        cell.site_group().gather(&mut gradients)?;
        for (_, var) in cell.site_group().variables() {
            let gradient: Vec<f64> = gradients.get(&var).expect("gathered").to_vec1()?;
            assert!(
                gradient.iter().all(|g| *g == 0.0),
                "a weight pass has no use to gather from"
            );
        }
        bits(&task.variables())
    };
    assert_eq!(weights_after(true)?, weights_after(false)?);
    Ok(())
}

/// Each use of the cell has a sample of its own, and what is gathered for α, β and m is the sum over the uses.
#[test]
fn sites_draw_independently_and_reproducibly() -> Result<()> {
    let cell = Cell::new(Space::default(), 2)?;
    let x = Tensor::new(&[0.3f64, -1.2, 2.0], &Device::Cpu)?;
    let values = |site: &str| -> Result<Vec<f64>> { Ok(cell.site(site).forward(&x)?.to_vec1()?) };
    cell.begin(Pass::Weights, 4);
    let (a, b, again) = (values("a")?, values("b")?, values("a")?);
    assert!(a != b && a != again);
    cell.begin(Pass::Weights, 4);
    assert_eq!(values("a")?, a);
    cell.begin(Pass::Weights, 5);
    assert_ne!(values("a")?, a);

    let gathered = |sites: &[&str]| -> Result<Vec<f64>> {
        cell.begin(Pass::Architecture, 4);
        let ys = sites
            .iter()
            .map(|site| Ok(cell.site(site).forward(&x)?.sum_all()?))
            .collect::<Result<Vec<_>>>()?;
        let mut gradients = Tensor::stack(&ys, 0)?.sum_all()?.backward()?;
        cell.site_group().gather(&mut gradients)?;
        let mut all = Vec::new();
        for (_, var) in cell.site_group().variables() {
            all.extend(gradients.get(&var).expect("gathered").to_vec1::<f64>()?);
        }
        Ok(all)
    };
    let (first, second, both) = (gathered(&["a"])?, gathered(&["b"])?, gathered(&["a", "b"])?);
    for ((first, second), both) in first.iter().zip(second).zip(both) {
        assert!((first + second - both).abs() <= 1e-14 * both.abs().max(1.0));
    }
    Ok(())
}

#[test]
fn the_function_that_is_left_is_evaluated_and_returned() -> Result<()> {
    let mut search = search(config())?;
    let (found, events) = run(&mut search)?;
    let function = found.functions[0].clone();
    let removed: Vec<_> = events
        .iter()
        .filter_map(|event| match event {
            Event::Removed { step, .. } => Some(*step),
            _ => None,
        })
        .collect();
    assert_eq!(removed.len(), 104);
    // Everything has left before the last period begins.
    assert_eq!(
        removed.last(),
        Some(&((config().periods - 1) * config().steps_per_period))
    );
    assert_eq!(
        removed[0],
        config().shrink_start * config().steps_per_period
    );
    assert_eq!(
        search.cell().site_group().choices(),
        Choices::single(&function.genotype)
    );

    // The metrics are those of this function with these constants, put into the network by hand.
    let choices = search.cell().site_group().choices();
    let formula = function
        .genotype
        .formula_with_constants(true, &function.constants);
    let mut packed = vec![0.0f64; actsmith_search::cell::packed::PACKED];
    for slot in Slot::ALL {
        packed[slot.offset(function.genotype.index(slot))] = 1.0;
    }
    packed[Slot::OPERATIONS..].copy_from_slice(
        &search.cell().site_group().variables()[1]
            .1
            .to_vec1::<f64>()?,
    );
    let packed = Tensor::new(packed.as_slice(), &Device::Cpu)?.to_dtype(DType::F32)?;
    struct Fixed(Choices, Tensor);
    impl Module for Fixed {
        fn forward(&self, x: &Tensor) -> candle_core::Result<Tensor> {
            actsmith_search::cell::fused::apply(self.0.clone(), x, &self.1)
        }
    }
    let cell = Cell::new(Space::default(), 0)?;
    let mut fresh = Regression::new(&cell)?;
    for ((_, to), (_, from)) in fresh.variables().iter().zip(search.task().variables()) {
        to.set(&from)?;
    }
    fresh.sites = [
        Box::new(Fixed(choices.clone(), packed.clone())),
        Box::new(Fixed(choices, packed)),
    ];
    assert_eq!(fresh.evaluate()?, found.metrics, "{formula}");

    let again = run(&mut self::search(config())?)?;
    assert_eq!((again.0, again.1), (found, events));
    Ok(())
}

/// A weight on costs moves a search to cheap operations, and one of 0 changes nothing.
#[test]
fn costs_count_where_they_are_given_weight() -> Result<()> {
    let found = |cost_weight: f64| -> Result<(f64, Vec<Event>)> {
        let config = SearchConfig {
            cost_weight,
            architecture_rate: 0.1,
            ..config()
        };
        let (found, events) = run(&mut search(config)?)?;
        let genotype = &found.functions[0].genotype;
        let costs = genotype.space().costs()?;
        let slots = Slot::ALL.into_iter();
        let cost = slots
            .map(|slot| costs[slot.offset(genotype.index(slot))])
            .sum();
        Ok((cost, events))
    };
    let (free, heavy) = (found(0.0)?, found(10.0)?);
    assert!(heavy.0 < 0.5 * free.0, "{} and {}", heavy.0, free.0);
    let error = search(SearchConfig {
        cost_weight: -1.0,
        ..config()
    });
    let error = error.err().expect("refused").to_string();
    assert!(error.contains("`cost_weight` is -1"), "{error}");
    Ok(())
}

#[test]
fn the_discretisation_gap_closes() -> Result<()> {
    let gaps = |config: SearchConfig| -> Result<Vec<Option<f64>>> {
        let (_, events) = run(&mut search(config)?)?;
        let gap = |event: &Event| match event {
            Event::Epoch {
                discretisation_gap, ..
            } => Some(*discretisation_gap),
            _ => None,
        };
        Ok(events.iter().filter_map(gap).collect())
    };
    let [Some(first), .., Some(last)] = gaps(config())?[..] else {
        panic!("no gaps");
    };
    assert!(first.abs() > 1e-3 && last == 0.0, "{first} and {last}");
    let random = SearchConfig {
        strategy: StrategyKind::Random(2),
        ..config()
    };
    assert!(gaps(random)?.iter().all(Option::is_none));
    Ok(())
}

#[test]
fn the_rate_falls_over_exactly_the_steps() -> Result<()> {
    let (_, events) = run(&mut search(config())?)?;
    let rates: Vec<f64> = events
        .iter()
        .filter_map(|event| match event {
            Event::Step { rate, .. } => Some(*rate),
            _ => None,
        })
        .collect();
    let steps = config().steps();
    assert_eq!(rates.len(), steps);
    assert_eq!(rates[0], config().rate);
    assert!(rates.windows(2).all(|pair| pair[1] < pair[0]));
    // One more step would have the final rate.
    let last = config().rate
        * 0.5
        * (1.0 + (std::f64::consts::PI * (steps - 1) as f64 / steps as f64).cos());
    assert!((rates[steps - 1] - last).abs() < 1e-15);
    Ok(())
}
