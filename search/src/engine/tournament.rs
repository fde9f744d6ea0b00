//! Baselines: random functions, each trained from the same start; the better ones go on.

use candle_core::{Device, Tensor};
use rand::RngExt;

use super::bilevel::Bilevel;
use super::rungs::{Rung, plan};
use super::strategy::{StepLosses, Strategy};
use super::{Event, SearchConfig};
use crate::error::{Error, Result};
use crate::optim::Rates;
use crate::seed;
use crate::space::{Choices, Slot};
use crate::state::{self, State};
use crate::task::Task;

/// Rungs with half as many candidates each, and as many steps in all. One rung is random search.
///
/// A step trains the weights together with the candidate's β and `m`. A candidate's learning rate falls along the steps that it
/// gets if it goes on to the end.
pub(super) struct Tournament {
    seed: u64,
    /// The operations to draw from.
    space: Choices,
    /// Candidates of each rung, and the steps of each of them.
    rungs: Vec<Rung>,
    rates: Rates,
    /// The network before the first step.
    start: State,
    /// The candidates of this rung, the best first from the second rung on.
    alive: Vec<usize>,
    /// Where those stand that may go on: after the last rung, or after this one.
    standing: Vec<Standing>,
    /// Whether the candidate that has its share now has diverged: it makes no more steps.
    fallen: bool,
}

/// The loss of a candidate that diverged: a number, so that checkpoints can hold it.
const FALLEN: f64 = f64::MAX;

/// A candidate after its steps.
struct Standing {
    rung: usize,
    candidate: usize,
    loss: f64,
    state: State,
}

impl Tournament {
    /// # Errors
    /// [`Error::Invalid`] if there are too few steps for so many candidates, or fewer than two.
    pub(super) fn new<T: Task>(
        config: &SearchConfig,
        network: &Bilevel<T>,
        candidates: usize,
        rungs: usize,
    ) -> Result<Self> {
        let rungs = plan(config.training_steps(), candidates, rungs)?;
        let own_steps = rungs.iter().map(|rung| rung.steps).sum();
        Ok(Self {
            seed: network.cell.seed(),
            space: network.cell.space().choices(),
            rungs,
            rates: config.rates(own_steps),
            start: network.state()?,
            alive: (0..candidates).collect(),
            standing: Vec::new(),
            fallen: false,
        })
    }

    /// The rung of a step, the index among its candidates, and the step within their share.
    fn position(&self, step: usize) -> (usize, usize, usize) {
        let rung = self.rungs.partition_point(|rung| rung.start <= step) - 1;
        let within = step - self.rungs[rung].start;
        let steps = self.rungs[rung].steps;
        (rung, within / steps, within % steps)
    }

    /// How many candidates of a rung go on.
    fn go_on(&self, rung: usize) -> usize {
        self.rungs.get(rung + 1).map_or(1, |next| next.candidates)
    }

    /// Puts the candidate into the network, as it was left or at its start.
    fn seat<T: Task>(&self, rung: usize, candidate: usize, network: &mut Bilevel<T>) -> Result<()> {
        let left =
            |standing: &&Standing| standing.rung + 1 == rung && standing.candidate == candidate;
        if let Some(standing) = self.standing.iter().find(left) {
            return network.load_state(&standing.state);
        }
        network.load_state(&self.start)?;
        for group in &network.groups {
            let stream = format!("candidate.{}", group.name());
            let mut rng = seed::rng(self.seed, &stream, candidate as u64);
            let chosen = Slot::ALL.map(|slot| {
                let open: Vec<usize> = self.space.indices(slot).collect();
                1 << open[rng.random_range(0..open.len())]
            });
            let choices = Choices::from_bits(self.space.space(), chosen);
            group.set_choices(choices.unwrap_or_else(|| self.space.clone()));
        }
        Ok(())
    }

    /// Judges the candidate that had its share, and forgets those that cannot go on.
    fn judge<T: Task>(
        &mut self,
        step: usize,
        network: &mut Bilevel<T>,
        observe: &mut dyn FnMut(&Event),
    ) -> Result<()> {
        let (rung, index, _) = self.position(step);
        let candidate = self.alive[index];
        let loss = if self.fallen {
            FALLEN
        } else {
            // NaN is less than nothing: `min` takes the other.
            network.validate(step as u64)?.min(FALLEN)
        };
        observe(&Event::Candidate {
            step: step + 1,
            rung,
            candidate,
            groups: network.report()?,
            loss,
        });
        self.standing.push(Standing {
            rung,
            candidate,
            loss,
            state: network.state()?,
        });
        // Those of this rung first, by loss; of equals the first stays first.
        self.standing.sort_by(|a, b| {
            let rungs = b.rung.cmp(&a.rung);
            rungs.then(a.loss.total_cmp(&b.loss))
        });
        let over = index + 1 == self.rungs[rung].candidates;
        // Where all of a rung fall, the best of the rung before stands.
        let best = self.standing.iter().find(|standing| standing.loss < FALLEN);
        if let (true, Some(best)) = (over && rung + 1 == self.rungs.len(), best) {
            return network.load_state(&best.state);
        }
        let (mut current, keep) = (0, self.go_on(rung));
        self.standing.retain(|standing| {
            let is_current = standing.rung == rung;
            current += usize::from(is_current);
            if is_current { current <= keep } else { !over }
        });
        if over {
            self.alive = self
                .standing
                .iter()
                .map(|standing| standing.candidate)
                .collect();
            if self.standing[0].loss == FALLEN {
                return Err(Error::SearchDiverged {
                    pass: "weight",
                    what: "every candidate that was left has diverged".to_owned(),
                    step,
                    checkpoint: None,
                });
            }
        }
        Ok(())
    }
}

impl<T: Task> Strategy<T> for Tournament {
    fn steps(&self) -> usize {
        self.rungs
            .iter()
            .map(|rung| rung.candidates * rung.steps)
            .sum()
    }

    fn step(
        &mut self,
        step: usize,
        network: &mut Bilevel<T>,
        observe: &mut dyn FnMut(&Event),
    ) -> Result<StepLosses> {
        let (rung, index, within) = self.position(step);
        if within == 0 {
            self.seat(rung, self.alive[index], network)?;
            self.fallen = false;
        }
        let own_step = self.rungs[rung].before + within;
        let rate = self.rates.at(own_step);
        let mut train = f64::NAN;
        if !self.fallen {
            match network.joint_step(own_step as u64, rate) {
                Ok(loss) => train = loss,
                Err(Error::SearchDiverged { .. }) => {
                    self.fallen = true;
                    // Nothing that is not finite gets into a checkpoint.
                    network.load_state(&self.start)?;
                }
                Err(error) => return Err(error),
            }
        }
        if within + 1 == self.rungs[rung].steps {
            self.judge(step, network, observe)?;
        }
        Ok(StepLosses {
            train,
            validation: None,
            rate,
        })
    }

    fn state(&self) -> Result<State> {
        let mut state: State = state::nest("start", self.start.clone()).collect();
        state.insert("fallen".to_owned(), state::count(usize::from(self.fallen))?);
        let alive: Vec<i64> = self.alive.iter().map(|&i| i as i64).collect();
        state.insert("alive".to_owned(), Tensor::new(alive, &Device::Cpu)?);
        for (i, standing) in self.standing.iter().enumerate() {
            let name = format!("standing.{i:04}");
            let numbers = [
                standing.rung as f64,
                standing.candidate as f64,
                standing.loss,
            ];
            state.insert(
                format!("{name}.place"),
                Tensor::new(&numbers, &Device::Cpu)?,
            );
            state.extend(state::nest(
                &format!("{name}.state"),
                standing.state.clone(),
            ));
        }
        Ok(state)
    }

    fn load_state(&mut self, state: &State) -> Result<()> {
        let alive = state
            .get("alive")
            .ok_or_else(|| Error::State("`alive` is missing".to_owned()))?;
        let alive = alive.to_vec1::<i64>()?.into_iter();
        let alive = alive.map(|candidate| candidate as usize).collect();
        let saved = state::part(state, "standing");
        let like = Tensor::new(&[0f64; 3], &Device::Cpu)?;
        let mut standing = Vec::new();
        loop {
            let part = state::part(&saved, &format!("{:04}", standing.len()));
            if part.is_empty() {
                break;
            }
            let numbers: Vec<f64> = state::get(&part, "place", &like)?.to_vec1()?;
            standing.push(Standing {
                rung: numbers[0] as usize,
                candidate: numbers[1] as usize,
                loss: numbers[2],
                state: state::part(&part, "state"),
            });
        }
        self.fallen = state::get_count(state, "fallen")? > 0;
        self.start = state::part(state, "start");
        self.alive = alive;
        self.standing = standing;
        Ok(())
    }
}
