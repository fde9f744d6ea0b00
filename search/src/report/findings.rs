//! The functions that a search found, as `result.json` holds them.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::LazyLock;

use serde::{Deserialize, Serialize};

use super::{Formulas, Front, Function, Pick, UnreachedBound};
use crate::error::{Result, counted};

/// A function that was found.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Finding {
    /// The names of its operations.
    pub genotype: String,
    /// The trained constants that the function holds, by the names that they have in the genotype's formula.
    pub constants: BTreeMap<String, f64>,
    /// The function with its trained constants.
    pub formulas: Formulas,
    /// The cost of its value and derivative together, in vectorised additions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cost: Option<f64>,
    /// By the name of each site, the numbers that the data bring there in the network as the search has left it.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub sites: BTreeMap<String, Reach>,
    /// Cheaper functions, unless the search was not to look for any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub front: Option<Front>,
}

/// From which number to which.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Reach {
    /// The smallest.
    pub low: f64,
    /// The largest.
    pub high: f64,
}

impl Finding {
    /// The formula of a point of the front; that of the found function is as it was searched.
    ///
    /// # Errors
    /// [`Error::Invalid`](crate::error::Error::Invalid) if there is no front, or none of its points has this number.
    pub fn picked(&self, pick: Pick) -> Result<&str> {
        let number = pick.of(self.front.as_ref())?;
        let point = self.front.as_ref().map(|front| &front.points[number]);
        Ok(match point.filter(|_| number > 0) {
            Some(point) => &point.formula,
            None => &self.formulas.raw,
        })
    }
}

/// The function, what it costs, what the data bring to it, and the simplest one that is as good.
impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "genotype    {}", self.genotype)?;
        write!(f, "{}", self.formulas)?;
        if let Some(cost) = self.cost {
            write!(
                f,
                "cost        {cost:.1} vectorised additions, value and derivative"
            )?;
            match *GELU {
                Some(gelu) => writeln!(f, "; gelu costs {gelu:.1}")?,
                None => writeln!(f)?,
            }
        }
        if let Some(range) = self.range() {
            let sites = counted(self.sites.len(), "site");
            writeln!(
                f,
                "inputs      {:.2} to {:.2}, at {sites}",
                range.low, range.high
            )?;
        }
        let Some(front) = &self.front else {
            return Ok(());
        };
        for (number, UnreachedBound { bound, part }) in front.unreached.iter().enumerate() {
            let label = if number == 0 { "unreached" } else { "" };
            writeln!(f, "{label:<12}{bound} in {part}")?;
        }
        simplest(front, f)?;
        match front.picked {
            0 => Ok(()),
            picked => writeln!(
                f,
                "taken       point {picked} of the front, in place of the found function"
            ),
        }
    }
}

/// The lines of the simplest function.
fn simplest(front: &Front, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let (number, last) = (front.simplest, front.points.len() - 1);
    if let Some(missing) = &front.missing {
        return writeln!(f, "simplest    the found function: {missing}");
    }
    if last == 0 {
        return writeln!(
            f,
            "simplest    the found function: no cheaper one was found"
        );
    }
    if number == 0 {
        return writeln!(
            f,
            "simplest    the found function: {} a loss that is higher by more than one standard error",
            match last {
                1 => "1 cheaper form has".to_owned(),
                _ => format!("{last} cheaper forms have"),
            }
        );
    }
    let point = &front.points[number];
    writeln!(f, "simplest    {}", point.formula)?;
    write!(
        f,
        "            point {number} of {last}, cost {:.1}",
        point.cost
    )?;
    match point.difference > 0.0 {
        true => write!(
            f,
            ", at most {} from the found function there",
            upward(point.difference)
        )?,
        false => write!(f, ", equal to the found function there")?,
    }
    let excess = point.excess.map(|excess| {
        let spread = [excess.mean, excess.standard_error].map(|value| format!("{value:.4}"));
        format!(
            ", validation loss {}{} ± {}",
            sign(excess.mean),
            spread[0],
            spread[1]
        )
    });
    writeln!(f, "{}", excess.unwrap_or_default())
}

/// A bound, rounded up to three decimals; a small one, to three digits.
fn upward(value: f64) -> String {
    let unit = match value {
        0.001.. => 1e3,
        _ => 10f64.powi(2 - value.log10().floor() as i32),
    };
    let up = (value * unit).ceil() / unit;
    match value {
        0.001.. => format!("{up}"),
        _ => format!("{up:.2e}"),
    }
}

/// The sign that a number does not bring along.
fn sign(value: f64) -> &'static str {
    if value < 0.0 { "" } else { "+" }
}

/// What GELU costs.
static GELU: LazyLock<Option<f64>> = LazyLock::new(|| {
    let gelu = Function::read("gelu(x)", &BTreeMap::new());
    gelu.ok().map(|gelu| gelu.cost())
});

impl Finding {
    /// From the smallest number at any site to the largest.
    fn range(&self) -> Option<Reach> {
        let sites = self.sites.values().copied();
        sites.reduce(|a, b| Reach {
            low: a.low.min(b.low),
            high: a.high.max(b.high),
        })
    }
}

/// The functions that a search found.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Findings {
    /// That of all sites.
    One(Box<Finding>),
    /// One for each group of sites, by the name of the group.
    Several {
        /// The functions.
        groups: BTreeMap<String, Finding>,
    },
}

impl Findings {
    /// Functions, each with the name of its group where there are several.
    pub(crate) fn new(functions: impl Iterator<Item = (Option<String>, Finding)>) -> Self {
        let mut groups = BTreeMap::new();
        for (group, finding) in functions {
            match group {
                None => return Self::One(Box::new(finding)),
                Some(group) => groups.insert(group, finding),
            };
        }
        Self::Several { groups }
    }

    /// The functions, each with the name of its group where there are several.
    pub fn iter(&self) -> impl Iterator<Item = (Option<&str>, &Finding)> {
        let (one, several) = match self {
            Self::One(finding) => (Some((None, &**finding)), None),
            Self::Several { groups } => (None, Some(groups)),
        };
        let several = several.into_iter().flatten();
        one.into_iter()
            .chain(several.map(|(group, finding)| (Some(group.as_str()), finding)))
    }

    /// The names of the groups; no name for that of all sites.
    pub(crate) fn names(&self) -> Vec<Option<String>> {
        self.iter()
            .map(|(group, _)| group.map(str::to_owned))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::{Excess, Point};

    fn point(formula: &str, cost: f64, difference: f64) -> Point {
        Point {
            formula: formula.to_owned(),
            derivative: "1".to_owned(),
            cost,
            difference,
            difference_derivative: difference,
            rules: Vec::new(),
            validation_loss: Some(0.1),
            validation_accuracy: Some(0.9),
            excess: Some(Excess {
                mean: 0.001,
                standard_error: 0.002,
            }),
        }
    }

    #[test]
    fn a_finding_is_told_line_by_line() {
        let bound = |bound: &str| UnreachedBound {
            bound: bound.to_owned(),
            part: "clamp(x, -9, 8)".to_owned(),
        };
        let reach = |low, high| Reach { low, high };
        let mut finding = Finding {
            genotype: "g".to_owned(),
            constants: BTreeMap::new(),
            formulas: Formulas {
                raw: "clamp(x, -9, 8)".to_owned(),
                simplified: "clamp(x, -9, 8)".to_owned(),
                derivative: "if x <= -9 { 0 } else if x < 8 { 1 } else { 0 }".to_owned(),
            },
            cost: Some(5.0),
            sites: [("a", reach(-1.0, 2.0)), ("b", reach(-3.0, 1.0))]
                .map(|(name, reach)| (name.to_owned(), reach))
                .into(),
            front: Some(Front {
                low: -3.0,
                high: 2.0,
                unreached: vec![bound("-9"), bound("8")],
                examples: 10,
                points: vec![point("clamp(x, -9, 8)", 5.0, 0.0), point("x", 0.0, 0.0)],
                simplest: 1,
                picked: 1,
                missing: None,
            }),
        };
        let text = finding.to_string();
        let expected = "\
genotype    g
formula     clamp(x, -9, 8)
derivative  if x <= -9 { 0 } else if x < 8 { 1 } else { 0 }
cost        5.0 vectorised additions, value and derivative; gelu costs 54.0
inputs      -3.00 to 2.00, at 2 sites
unreached   -9 in clamp(x, -9, 8)
            8 in clamp(x, -9, 8)
simplest    x
            point 1 of 1, cost 0.0, equal to the found function there, validation loss +0.0010 ± 0.0020
taken       point 1 of the front, in place of the found function
";
        assert_eq!(text, expected);
        let mut with = |change: &dyn Fn(&mut Front)| {
            let front = finding.front.as_mut().expect("a front");
            change(front);
            finding.to_string()
        };
        let text = with(&|front| front.points[1].difference = 0.25);
        assert!(text.contains("cost 0.0, at most 0.25 from the found function there, "));
        for (value, text) in [(2.0991, "2.1"), (0.0123, "0.013"), (1.2341e-5, "1.24e-5")] {
            assert_eq!(upward(value), text);
        }
        let text = with(&|front| (front.simplest, front.picked) = (0, 0));
        assert!(
            text.ends_with("simplest    the found function: 1 cheaper form has a loss that is higher by more than one standard error\n"),
            "{text}"
        );
        let text = with(&|front| front.points.truncate(1));
        assert!(text.ends_with("no cheaper one was found\n"), "{text}");
        let text = with(&|front| front.missing = Some("unbounded".to_owned()));
        assert!(
            text.ends_with("simplest    the found function: unbounded\n"),
            "{text}"
        );
    }
}
