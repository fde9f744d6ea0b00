//! Where the pieces of functions lie: an interval divided until it is known how every comparison stands in each part.

use std::cmp::Ordering;

use super::difference::difference;
use super::pieces::{Pieces, Signature, Switch};
use crate::analysis::{Defined, Encloser, Interval};
use crate::ir::Dag;
use crate::ops::Op;

/// Where a comparison is open over so small a part of the domain, all that it may say counts.
const NARROW: f64 = 1e-14;
/// If more parts than these are open at once, they stay so: sides that touch, or are equal, are never told apart.
const MOST_OPEN: usize = 256;

/// An interval with how the switches stand inside it.
#[derive(Clone, Debug)]
pub(super) struct Cell {
    pub side: Interval,
    pub signature: Signature,
    /// Whether it is a place where pieces meet, so that its values count and its derivatives do not.
    pub is_tie: bool,
}

/// What decides how switches stand over an interval.
struct Decider<'a> {
    pieces: &'a Pieces,
    /// All nodes, unless no switch needs them.
    nodes: Option<Encloser<'a>>,
    /// Of each switch of two nodes what one is above the other, with its derivative.
    gaps: Vec<Option<(&'a Dag, Encloser<'a>)>>,
}

/// What the nodes of a switch differ by, with its derivative.
fn gap(pieces: &Pieces, switch: &Switch) -> Option<Dag> {
    let Switch::Nodes(a, b) = switch else {
        return None;
    };
    let mut sides = pieces.dag.clone();
    sides.roots = vec![*a, *b];
    let gap = difference(&sides.compact()).with_gradient();
    Some(gap.value_and_derivatives_of(&[0]))
}

impl Decider<'_> {
    fn signature(&self, side: Interval) -> Signature {
        let known = self.nodes.as_ref().map(|nodes| nodes.over(&[side]));
        let stands = |(switch, gap): (&Switch, &Option<(&Dag, Encloser<'_>)>)| match switch {
            Switch::Input(root) => beside(side, Interval::exactly(root)),
            Switch::Nodes(a, b) => {
                let known = known.as_ref()?;
                let [a, b] = [a, b].map(|&id| known[usize::from(id)].interval);
                if a.high < b.low {
                    Some(Ordering::Less)
                } else if a.low > b.high {
                    Some(Ordering::Greater)
                } else if a.single().is_some() && a == b {
                    Some(Ordering::Equal)
                } else {
                    gap.as_ref().and_then(|(dag, known)| sign(dag, known, side))
                }
            }
        };
        let switches = &self.pieces.switches;
        let mut signature: Signature = switches.iter().zip(&self.gaps).map(stands).collect();
        // Intervals never tell equal sides apart: on a piece of both, such as |x| and max(x, 0) where x > 0, they may be one.
        for (index, switch) in switches.iter().enumerate() {
            if let (None, Switch::Nodes(a, b)) = (signature[index], switch)
                && self.pieces.are_one(*a, *b, &signature)
            {
                signature[index] = Some(Ordering::Equal);
            }
        }
        signature
    }
}

/// How the numbers of an interval stand to a root, given by its enclosure. An interval that ends at the root is on one side of it: the
/// root itself is looked at as well.
fn beside(side: Interval, root: Interval) -> Option<Ordering> {
    if side.single().is_some() && side == root {
        Some(Ordering::Equal)
    } else if side.high <= root.low {
        Some(Ordering::Less)
    } else if side.low >= root.high {
        Some(Ordering::Greater)
    } else {
        None
    }
}

/// The parts into which the roots of the switches divide a domain, and the roots and ends themselves.
fn divided(pieces: &Pieces, domain: Interval) -> Vec<Interval> {
    let mut cuts = vec![domain.low, domain.high];
    for switch in &pieces.switches {
        if let Switch::Input(root) = switch {
            let root = Interval::exactly(root);
            let inside = |end: &f64| domain.low < *end && *end < domain.high;
            cuts.extend([root.low, root.high].iter().filter(|end| inside(end)));
        }
    }
    cuts.sort_by(f64::total_cmp);
    cuts.dedup();
    let between = cuts.windows(2).map(|ends| Interval {
        low: ends[0],
        high: ends[1],
    });
    cuts.iter()
        .copied()
        .map(Interval::point)
        .chain(between)
        .collect()
}

/// The cells that fill a domain, from left to right.
pub(super) fn cells(pieces: &Pieces, domain: Interval) -> Vec<Cell> {
    let gaps: Vec<Option<Dag>> = pieces.switches.iter().map(|s| gap(pieces, s)).collect();
    let gaps: Vec<Option<(&Dag, Encloser<'_>)>> = gaps
        .iter()
        .map(|gap| gap.as_ref().map(|dag| (dag, Encloser::new(dag))))
        .collect();
    let decider = Decider {
        pieces,
        nodes: gaps
            .iter()
            .any(Option::is_some)
            .then(|| Encloser::new(&pieces.dag)),
        gaps,
    };
    let narrow = NARROW * (domain.high - domain.low);
    let mut cells = Vec::new();
    let mut round = divided(pieces, domain);
    while !round.is_empty() {
        let mut open = Vec::new();
        for side in round {
            let cell = Cell {
                side,
                signature: decider.signature(side),
                is_tie: side.single().is_some(),
            };
            let is_open = pieces.resolve(&cell.signature).is_err();
            let ties = cell.signature.contains(&Some(Ordering::Equal));
            if is_open && side.high - side.low > narrow {
                open.push(cell);
            } else if is_open || ties || !cell.is_tie {
                cells.push(cell);
            }
        }
        if open.len() > MOST_OPEN {
            cells.append(&mut open);
        }
        round = open.iter().flat_map(|cell| halves(cell.side)).collect();
    }
    cells.sort_by(|a, b| a.side.low.total_cmp(&b.side.low));
    cells
}

/// Both halves of an interval.
pub(super) fn halves(side: Interval) -> [Interval; 2] {
    let middle = side.middle();
    let (high, low) = (middle, middle);
    [Interval { high, ..side }, Interval { low, ..side }]
}

/// The sign of a continuous function over an interval, by the mean value theorem: the outputs are the function and its derivative.
fn sign(dag: &Dag, known: &Encloser<'_>, side: Interval) -> Option<Ordering> {
    let over = known.over(&[side]);
    let [value, slope] = [0, 1].map(|output: usize| over[usize::from(dag.roots[output])]);
    let middle = known.output(&[side.middle()], 0);
    if !value.continuous || slope.defined != Defined::Always {
        return None;
    }
    let step = Interval::of(Op::Sub, &[side, Interval::point(side.middle())]);
    let growth = Interval::of(Op::Mul, &[slope.interval, step]);
    let range = Interval::of(Op::Add, &[middle.interval, growth]).meet(value.interval);
    match range {
        range if range.high < 0.0 => Some(Ordering::Less),
        range if range.low > 0.0 => Some(Ordering::Greater),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_are_smooth_and_fill_the_domain() {
        let domain = Interval {
            low: -8.0,
            high: 8.0,
        };
        for (text, least) in [
            ("relu(x)", 2),
            ("clamp(x, -0.1, 0.3)", 3),
            ("max(sin(x), 0.5)", 5),
            ("elu(x) + softsign(x)", 2),
            ("if x * x < 2 { x } else { tanh(x) }", 3),
            // Where x > 0, both sides are x.
            ("min(abs(leaky_relu(x)), relu(x))", 2),
        ] {
            let [text, line] = [text, "x"].map(|text| Dag::parse(text).unwrap());
            let pieces = Pieces::new(&text, &line);
            let cells = cells(&pieces, domain);
            let wide = |cell: &&Cell| cell.side.high - cell.side.low > 1e-6;
            assert!(cells.iter().filter(wide).count() >= least, "{text}");
            let mut end = domain.low;
            for cell in &cells {
                assert!(cell.side.low <= end, "{text}: a gap at {end}");
                end = end.max(cell.side.high);
                if let Ok(smooth) = pieces.resolve(&cell.signature) {
                    assert!(smooth.compact().is_smooth(), "{text}: {smooth}");
                }
            }
            assert_eq!(end, domain.high, "{text}");
        }
    }
}
