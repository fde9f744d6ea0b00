//! The front of a found function: cheaper functions, each as good as the search's own network is with it in place of what was found.

use std::fmt;
use std::str::FromStr;

use serde::de::{self, Deserializer};
use serde::{Deserialize, Serialize, Serializer};

use crate::error::Error;
use crate::statistics::Spread;

/// The functions on the front of a found one, from exact to simple, tried in the network as the search has left it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Front {
    /// The inputs that the points were compared over: what the data reach.
    pub low: f64,
    /// The largest of them.
    pub high: f64,
    /// Bounds of the found function that no such input reaches.
    pub unreached: Vec<UnreachedBound>,
    /// How many examples of the validation split each point was tried on.
    pub examples: usize,
    /// The points, each cheaper than those before it; the first one is the found function itself.
    pub points: Vec<Point>,
    /// The number of the cheapest point whose loss is within one standard error of that of the found function.
    pub simplest: usize,
    /// The number of the point that the networks trained from scratch took.
    pub picked: usize,
    /// Why there are no cheaper points, if none could be looked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub missing: Option<String>,
}

/// A bound that no input reaches.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct UnreachedBound {
    /// The bound.
    pub bound: String,
    /// The part of the function that it stands in.
    pub part: String,
}

/// A function on a front.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Point {
    /// The function.
    pub formula: String,
    /// Its derivative.
    pub derivative: String,
    /// The cost of both together, in vectorised additions.
    pub cost: f64,
    /// The largest difference of its value from that of the found function over the inputs, proven.
    pub difference: f64,
    /// That of its derivative.
    pub difference_derivative: f64,
    /// The lossy rules that led to it.
    pub rules: Vec<String>,
    /// The mean loss on the validation split; none if it is not finite.
    pub validation_loss: Option<f64>,
    /// The share of correct answers there, where the task has such.
    pub validation_accuracy: Option<f64>,
    /// By how much its loss is above that of the found function, example by example; none if it is not finite.
    pub excess: Option<Excess>,
}

/// A mean difference of losses.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Excess {
    /// The mean over the examples.
    pub mean: f64,
    /// Its standard error.
    pub standard_error: f64,
}

impl Excess {
    /// That of the losses of the same examples with two functions; none if one is not finite.
    pub(crate) fn of(losses: &[f64], exact: &[f64]) -> Option<Self> {
        let differences: Vec<f64> = losses.iter().zip(exact).map(|(a, b)| a - b).collect();
        let finite = differences.iter().all(|value| value.is_finite());
        finite.then(|| Self {
            mean: Spread::of(&differences).mean,
            standard_error: standard_error(&differences),
        })
    }
}

/// The standard error of the mean of these numbers; 0 of a single one.
pub(crate) fn standard_error(values: &[f64]) -> f64 {
    let deviation = Spread::of(values).deviation.unwrap_or(0.0);
    deviation / (values.len() as f64).sqrt()
}

impl Front {
    /// The last point whose loss is above that of the first by at most one standard error of the difference, and by at most one of
    /// the first's own loss.
    pub(crate) fn simplest(points: &[Point], standard_error: f64) -> usize {
        let within = |point: &Point| {
            let excess = point.excess;
            excess.is_some_and(|excess| excess.mean <= excess.standard_error.min(standard_error))
        };
        points.iter().rposition(within).unwrap_or(0)
    }

    /// The number of a point; the last one, if there are not so many.
    pub(crate) fn nearest(&self, pick: Pick) -> usize {
        match pick {
            Pick::Number(number) => number.min(self.points.len() - 1),
            Pick::Simplest => self.simplest,
        }
    }

    /// The comments of a file with the found function: a line each point.
    pub(crate) fn comments(&self) -> String {
        let mut text = String::from(
            "// Its front, from exact to simple: cost, loss on the validation split, formula\n",
        );
        for (number, point) in self.points.iter().enumerate() {
            let loss = point.validation_loss;
            let loss = loss.map_or_else(|| "NaN".to_owned(), |loss| format!("{loss:.4}"));
            let note = match number == self.simplest {
                true => "  (the simplest within one standard error)",
                false => "",
            };
            let Point { cost, formula, .. } = point;
            text += &format!("// {number:>3}  {cost:>6.1}  {loss:>8}  {formula}{note}\n");
        }
        text
    }
}

/// Which point of a front is taken.
///
/// ```
/// use actsmith_search::report::Pick;
///
/// assert_eq!("2".parse(), Ok(Pick::Number(2)));
/// assert_eq!("simplest".parse(), Ok(Pick::Simplest));
/// assert_eq!(Pick::default(), Pick::Number(0));
/// assert!("best".parse::<Pick>().is_err_and(|error| error.contains("`simplest`")));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pick {
    /// That of a number; 0 is the found function itself.
    Number(usize),
    /// The cheapest one whose loss is within one standard error of that of the found function.
    Simplest,
}

const SIMPLEST: &str = "simplest";

impl Default for Pick {
    fn default() -> Self {
        Self::Number(0)
    }
}

impl Pick {
    /// Whether the found function itself is taken.
    #[allow(
        clippy::trivially_copy_pass_by_ref,
        reason = "serde asks for a reference"
    )]
    pub(crate) fn is_default(&self) -> bool {
        *self == Self::default()
    }

    /// The number of the point on a front.
    ///
    /// # Errors
    /// [`Error::Invalid`] if there is no front, or none of its points has this number.
    pub(crate) fn of(self, front: Option<&Front>) -> Result<usize, Error> {
        let Some(front) = front else {
            return match self {
                Self::Number(0) => Ok(0),
                _ => Err(Error::Invalid(
                    "the run has no front: its search made none, or was one of a version that did not; search again for one, or \
                     take point 0, the found function itself"
                        .to_owned(),
                )),
            };
        };
        let last = front.points.len() - 1;
        match self {
            Self::Simplest => Ok(front.simplest),
            Self::Number(number) if number <= last => Ok(number),
            Self::Number(number) => Err(Error::Invalid(match last {
                0 => format!(
                    "the front has no point {number}: take point 0, the found function itself, for there is no cheaper one"
                ),
                _ => format!(
                    "the front has no point {number}: choose from 0, the found function itself, to {last}, or `{SIMPLEST}`"
                ),
            })),
        }
    }
}

impl fmt::Display for Pick {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(number) => number.fmt(f),
            Self::Simplest => f.write_str(SIMPLEST),
        }
    }
}

impl FromStr for Pick {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.trim() {
            SIMPLEST => Ok(Self::Simplest),
            text => text.parse().map(Self::Number).map_err(|_| {
                format!("give the number of a point of the front, from 0, or `{SIMPLEST}`")
            }),
        }
    }
}

impl Serialize for Pick {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Number(number) => number.serialize(serializer),
            Self::Simplest => SIMPLEST.serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for Pick {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Written {
            Number(usize),
            Text(String),
        }
        let wrong = || {
            de::Error::custom(format!(
                "it is the number of a point of the front, from 0, or `{SIMPLEST}`"
            ))
        };
        match Written::deserialize(deserializer).map_err(|_| wrong())? {
            Written::Number(number) => Ok(Self::Number(number)),
            Written::Text(text) => text.parse().map_err(|_| wrong()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn point(mean: f64, standard_error: f64) -> Point {
        Point {
            formula: "x".to_owned(),
            derivative: "1".to_owned(),
            cost: 1.0,
            difference: 0.0,
            difference_derivative: 0.0,
            rules: Vec::new(),
            validation_loss: Some(1.0 + mean),
            validation_accuracy: None,
            excess: mean.is_finite().then_some(Excess {
                mean,
                standard_error,
            }),
        }
    }

    #[test]
    fn losses_are_compared_example_by_example() {
        // Losses that vary by 1 from example to example, and a difference that varies by 0.01.
        let exact = [1.0, 2.0, 3.0, 4.0];
        let losses = [1.01, 2.0, 3.02, 4.01];
        let excess = Excess::of(&losses, &exact).unwrap();
        assert!((excess.mean - 0.01).abs() < 1e-12);
        let expected = (2.0 * 0.01f64.powi(2) / 3.0 / 4.0).sqrt();
        assert!((excess.standard_error - expected).abs() < 1e-12);
        assert!(standard_error(&exact) > 0.6);
        assert_eq!(Excess::of(&[f64::NAN, 0.0], &[0.0; 2]), None);
        assert_eq!(standard_error(&[3.0]), 0.0);
    }

    #[test]
    fn the_simplest_is_the_last_within_a_standard_error() {
        let simplest = |points: &[(f64, f64)]| {
            let points: Vec<Point> = points.iter().map(|(m, s)| point(*m, *s)).collect();
            Front::simplest(&points, 0.1)
        };
        assert_eq!(simplest(&[(0.0, 0.0)]), 0);
        assert_eq!(simplest(&[(0.0, 0.0), (0.02, 0.03), (0.04, 0.03)]), 1);
        // One that is worse may come before one that is not.
        assert_eq!(simplest(&[(0.0, 0.0), (0.05, 0.03), (-0.04, 0.03)]), 2);
        // A difference that is uncertain because it is large.
        assert_eq!(simplest(&[(0.0, 0.0), (5.0, 6.0)]), 0);
        assert_eq!(simplest(&[(0.0, 0.0), (f64::NAN, 0.0)]), 0);
    }

    #[test]
    fn picks_beyond_the_front_are_refused() {
        let front = Front {
            low: -1.0,
            high: 1.0,
            unreached: Vec::new(),
            examples: 1,
            points: vec![point(0.0, 0.0), point(0.1, 0.0), point(-0.1, 0.0)],
            simplest: 2,
            picked: 0,
            missing: None,
        };
        let of = |pick| Pick::of(pick, Some(&front)).map_err(|error| error.to_string());
        assert_eq!([of(Pick::Number(1)), of(Pick::Simplest)], [Ok(1), Ok(2)]);
        let message = of(Pick::Number(3)).unwrap_err();
        assert!(message.contains("no point 3: choose from 0") && message.contains("to 2"));
        assert_eq!(front.nearest(Pick::Number(7)), 2);
        assert_eq!(Pick::of(Pick::Number(0), None).unwrap(), 0);
        for pick in [Pick::Number(1), Pick::Simplest] {
            let message = pick.of(None).unwrap_err().to_string();
            assert!(message.starts_with("the run has no front"), "{message}");
        }
    }

    #[test]
    fn settings_are_numbers_or_a_word() {
        let read = |text: &str| serde_json::from_str::<Pick>(text).map_err(|e| e.to_string());
        assert_eq!(read("3"), Ok(Pick::Number(3)));
        assert_eq!(read("\"simplest\""), Ok(Pick::Simplest));
        for wrong in ["-1", "1.5", "\"best\"", "[]"] {
            assert!(
                read(wrong).unwrap_err().contains("from 0, or `simplest`"),
                "{wrong}"
            );
        }
        for pick in [Pick::Number(3), Pick::Simplest] {
            let text = serde_json::to_string(&pick).unwrap();
            assert_eq!(read(&text), Ok(pick));
            assert_eq!(pick.to_string().parse(), Ok(pick));
        }
    }
}
