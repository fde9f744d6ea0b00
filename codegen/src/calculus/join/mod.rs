//! The slope at a place where the chain rule does not tell it: where kinks cancel, as in `relu(x) + log1p(exp(-abs(x)))`, at a single
//! point, as in `if x == 0 { 1 } else { expm1(x) / x }`, and where a factor that is 0 meets one that is infinite, as in
//! `x * sqrt(max(x, 0))`.
//!
//! The function is expanded on both sides of the place, exactly. If both series tend to its value there, with one slope, that is its
//! slope, whatever the pieces say. What has no series keeps the slope that the chain rule gives.

mod doubt;
#[cfg(test)]
mod tests;

use crate::calculus::coefficient::Coefficient;
use crate::calculus::expand::{Expansion, Pinned};
use crate::calculus::places::{At, Level, Place};
use crate::calculus::series::{Assumption, Open, Series, not_zero};
use crate::ir::{Dag, Id, Node};
use crate::number::Number;
use crate::ops::{Kinks, Op};
use doubt::Doubtful;

impl Dag {
    /// The slope of the node `value` by `variable`: `slope`, but for places at which the function has another one, and kinks at which
    /// free choice does not reach as far as `slope`.
    pub(in crate::calculus) fn joined(
        &mut self,
        value: Id,
        variable: usize,
        slope: Id,
        kinks: Kinks,
    ) -> Id {
        let doubtful = self.places_worth_expanding(value, variable, slope, kinks);
        let (slope, doubtful) = match kinks {
            Kinks::Free if !doubtful.is_empty() => {
                self.slope_of_one_side(value, variable, slope, doubtful)
            }
            Kinks::Free | Kinks::Torch => (slope, doubtful),
        };
        let mut joined = slope;
        for Doubtful { place, roots, .. } in doubtful {
            let mut places = self.points_of(&place, roots, variable);
            places.insert(0, place);
            for (rank, place) in places.into_iter().enumerate() {
                let Some((tangent, assumed)) = self.tangent(value, variable, &place.at) else {
                    if kinks == Kinks::Free
                        && let Some(side) = self.side_instead_of(joined, value, variable, &place.at)
                    {
                        let side = side.write(self);
                        let condition = self.apply(Op::Eq, &[place.left, place.right]);
                        joined = self.choose(condition, side, joined);
                    }
                    continue;
                };
                if self.at_place(slope, variable, &place.at) != Some(tangent.clone()) {
                    let tangent = self.guarded(&tangent, assumed, joined);
                    let condition = self.apply(Op::Eq, &[place.left, place.right]);
                    joined = self.choose(condition, tangent, joined);
                }
                if rank == 0 {
                    break; // what holds wherever the pieces meet holds at each point
                }
            }
        }
        joined
    }

    /// The slope with respect to `variable` of the choice at `id`, where its condition singles out one value and the choice goes on through it as
    /// one function. `slopes` are those of all nodes before it.
    pub(in crate::calculus) fn filled_gap(
        &mut self,
        id: Id,
        slopes: &[Id],
        variable: usize,
    ) -> Option<Id> {
        let Node::Apply(Op::If, [condition, then, otherwise]) = *self.node(id) else {
            return None;
        };
        let Node::Apply(Op::Eq, [left, right, _]) = *self.node(condition) else {
            return None;
        };
        let [then, otherwise] = [then, otherwise].map(|branch| slopes[usize::from(branch)]);
        let Some(place) = self.crossing(left, right, variable) else {
            let (inner, value) = match (self.node(left), self.node(right)) {
                (_, Node::Number(number)) => (left, number.clone()),
                (Node::Number(number), _) => (right, number.clone()),
                _ => return None,
            };
            let outer = self.tangent_outside(id, inner, value, variable)?;
            let tangent = self.product(outer, slopes[usize::from(inner)]);
            return Some(self.choose(condition, tangent, otherwise));
        };
        let (tangent, assumed) = self.tangent(id, variable, &place.at)?;
        if assumed.is_empty()
            && self.at_place(otherwise, variable, &place.at).as_ref() == Some(&tangent)
        {
            return Some(otherwise);
        }
        let tangent = self.guarded(&tangent, assumed, then);
        Some(self.choose(condition, tangent, otherwise))
    }

    /// The slope of the node `id` by the node `inner` where that has a value, if `variable` reaches `id` through `inner` alone:
    /// by the chain rule, whatever `inner` is.
    fn tangent_outside(&mut self, id: Id, inner: Id, value: Number, variable: usize) -> Option<Id> {
        let mut outer = self.with_variable_for(id, inner);
        let (root, argument) = (outer.roots[0], self.variables.len());
        if outer.depends_on(root, variable) {
            return None;
        }
        let at = At::Point(Coefficient::number(value));
        let (tangent, assumed) = outer.tangent(root, argument, &at)?;
        if !assumed.is_empty() {
            return None;
        }
        outer.roots = vec![tangent.write(&mut outer)];
        let mut arguments: Vec<Id> = (0..argument).map(|v| self.variable(v)).collect();
        arguments.push(inner);
        Some(self.inline(&outer.compact(), &arguments)[0])
    }

    /// The graph of the node `id`, with one more variable in the place of the node `inner`.
    fn with_variable_for(&self, id: Id, inner: Id) -> Self {
        let variables = self.variables.iter().cloned().chain([String::new()]);
        let mut outer = Self::new(variables.collect());
        let mut ids: Vec<Id> = Vec::with_capacity(usize::from(id) + 1);
        for (index, node) in self.nodes()[..=usize::from(id)].iter().enumerate() {
            ids.push(match Id::from(index) == inner {
                true => outer.variable(self.variables.len()),
                false => outer.add(node.map(|argument| ids[usize::from(argument)])),
            });
        }
        outer.part(ids[usize::from(id)])
    }

    /// The points of a level that are rational numbers, as far as they are among those next to `roots`.
    fn points_of(&mut self, place: &Place, roots: Vec<f64>, variable: usize) -> Vec<Place> {
        let mut points: Vec<Place> = Vec::new();
        let At::Level(level) = &place.at else {
            return points;
        };
        for root in roots {
            let [below, above] = [root.next_down(), root.next_up()].map(Number::from_f64);
            let number = below
                .zip(above)
                .and_then(|(below, above)| Number::simplest_between(&below, &above));
            let Some(number) = number else {
                continue;
            };
            let at = At::Point(Coefficient::number(number.clone()));
            let mut value = |id: Id| self.at_place(id, variable, &at);
            let above = match level.against {
                Some(against) => value(against).and_then(|above| above.add(&level.value)),
                None => Some(level.value.clone()),
            };
            if above.is_some() && value(level.node) == above {
                let (left, right) = (self.variable(variable), self.number(number));
                points.push(Place { at, left, right });
            }
        }
        points
    }

    /// The slope of the node on one side of a point at which it has a kink, if `slope` is not between those of both sides there.
    fn side_instead_of(
        &mut self,
        slope: Id,
        id: Id,
        variable: usize,
        at: &At,
    ) -> Option<Coefficient> {
        let At::Point(point) = at else {
            return None;
        };
        let here = self.at_place(id, variable, at)?;
        let given = self.at_place(slope, variable, at)?;
        let mut expansion = Expansion::new(self);
        let mut side = |direction: i32| {
            let direction = Number::from(direction);
            let line = Series::line(point.clone(), direction.clone());
            let series = expansion.along(id, variable, &line).ok()?;
            let slope = series.slope().ok()?.scaled(&direction)?;
            (series.value().ok()? == here).then_some(slope)
        };
        let sides = [side(-1)?, side(1)?];
        expansion.assumed.is_empty().then_some(())?;
        // Either side is right, so it does no harm if f64 takes a slope at the edge for one outside.
        let [given, left, right] = [&given, &sides[0], &sides[1]].map(|slope| {
            let node = slope.write(self);
            let constant = !self.has_variable(node, |_| true);
            constant.then(|| self.part(node).eval(&vec![0.0; self.variables.len()])[0])
        });
        let (given, left, right) = (given?, left?, right?);
        let [side, _] = sides;
        (given < left.min(right) || given > left.max(right)).then_some(side)
    }

    /// The tangent under what it assumes, and else `otherwise`.
    fn guarded(&mut self, tangent: &Coefficient, assumed: Vec<Assumption>, otherwise: Id) -> Id {
        let zero = self.number(Number::zero());
        let mut guarded = tangent.write(self);
        for assumption in assumed {
            guarded = match assumption {
                Assumption::NotZero(id) => {
                    let fails = self.apply(Op::Eq, &[id, zero]);
                    self.choose(fails, otherwise, guarded)
                }
                Assumption::Positive(id) => {
                    let holds = self.apply(Op::Lt, &[zero, id]);
                    self.choose(holds, guarded, otherwise)
                }
            };
        }
        guarded
    }

    /// The slope of the node at a place, where it has one, and what that assumes of the other variables.
    fn tangent(
        &mut self,
        id: Id,
        variable: usize,
        at: &At,
    ) -> Option<(Coefficient, Vec<Assumption>)> {
        let (here, assumed) = self.value_at(id, variable, at)?;
        // On a level, a step of the node is the unit; this is how far the node goes with a step of the variable.
        let speed = match at {
            At::Point(_) => None,
            At::Level(level) => Some(self.speed(level, variable)),
        };
        let start = self.start(variable, at);
        let mut expansion = Expansion::new(self);
        expansion.assumed = assumed;
        let step = match &speed {
            None => Coefficient::number(Number::one()),
            Some(speed) => speed.reciprocal(expansion.dag)?,
        };
        let mut side = |direction: i32| {
            let direction = Number::from(direction);
            let line = match at {
                At::Point(_) => Series::line(start.clone(), direction.clone()),
                At::Level(level) => {
                    expansion.pinned = Some(level.pinned(direction.clone()));
                    let step = step.scaled(&direction).ok_or(Open::Unknown)?;
                    Series::nearly_line(start.clone(), step)
                }
            };
            let series = expansion.along(id, variable, &line)?;
            let slope = series.slope()?;
            let slope = slope.scaled(&direction).ok_or(Open::Unknown)?;
            Ok((series.value()?, slope))
        };
        let (left, right) = (side(-1), side(1));
        let (value, slope) = match (left, right) {
            (Ok(left), Ok(right)) if left == right => left,
            // At the edge of its domain, a function has the slope of the side that it has.
            (Ok(only), Err(Open::Undefined)) | (Err(Open::Undefined), Ok(only)) => only,
            _ => return None,
        };
        let mut assumed = expansion.assumed;
        let mut kept = Vec::new();
        for assumption in assumed.drain(..) {
            if !kept.contains(&assumption) {
                kept.push(assumption);
            }
        }
        if value != here {
            return None;
        }
        let slope = match speed {
            None => slope,
            Some(speed) => {
                let slope = slope.mul(&speed)?;
                // Of sides with equal slopes along both, the chain rule holds where the node stands still as well.
                if slope.divides_by(&speed) {
                    not_zero(&speed, self, &mut kept);
                }
                // As a polynomial in what stands in the formula, which the slope is compared with.
                let slope = slope.write(self);
                self.at_place(slope, variable, at)?
            }
        };
        Some((slope, kept))
    }

    /// The value of the variable at a place: on a level, that is what it is.
    fn start(&mut self, variable: usize, at: &At) -> Coefficient {
        match at {
            At::Point(at) => at.clone(),
            At::Level(_) => Coefficient::node(self.variable(variable)),
        }
    }

    /// The slope of what is constant on a level.
    fn speed(&mut self, level: &Level, variable: usize) -> Coefficient {
        let mut speed = self.derivative(level.node, variable, Kinks::Free);
        if let Some(against) = level.against {
            let other = self.derivative(against, variable, Kinks::Free);
            speed = self.apply(Op::Sub, &[speed, other]);
        }
        match self.node(speed) {
            Node::Number(number) => Coefficient::number(number.clone()),
            Node::Variable(_) | Node::Apply(..) => Coefficient::node(speed),
        }
    }

    /// The value of the node at a place, where that is known for all values of the other variables.
    fn at_place(&mut self, id: Id, variable: usize, at: &At) -> Option<Coefficient> {
        let (value, assumed) = self.value_at(id, variable, at)?;
        assumed.is_empty().then_some(value)
    }

    /// The value of the node at a place, and what that assumes of the other variables.
    fn value_at(
        &mut self,
        id: Id,
        variable: usize,
        at: &At,
    ) -> Option<(Coefficient, Vec<Assumption>)> {
        let start = Series::constant(self.start(variable, at));
        let mut expansion = Expansion::new(self);
        if let At::Level(level) = at {
            expansion.pinned = Some(level.pinned(Number::zero()));
        }
        let value = expansion.along(id, variable, &start);
        let value = value.ok()?.as_constant()?;
        Some((value, expansion.assumed))
    }
}

impl Level {
    /// The node as it moves away from the level.
    fn pinned(&self, direction: Number) -> Pinned {
        Pinned {
            node: self.node,
            above: self.against,
            series: Series::line(self.value.clone(), direction),
        }
    }
}
