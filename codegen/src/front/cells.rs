//! Where the pieces of functions lie: an interval divided until it is known how every comparison stands in each part.

use std::cmp::Ordering;

use super::difference::{difference, with_derivatives};
use super::pieces::{Pieces, Signature, Switch};
use crate::analysis::{Defined, Encloser, Interval};
use crate::ir::Dag;
use crate::number::Number;
use crate::ops::Op;

/// Where a comparison is open over so small a part of the domain, all that it may say counts.
const NARROW: f64 = 1e-14;
/// If more parts than these are open at once, those that lie beside so many others stay so: sides that touch, or are equal, are never told
/// apart.
const MOST_OPEN: usize = 256;
const MOST_TOUCHING: usize = 16;

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

/// How many derivatives of a gap are looked at where its sides touch: those of sinh(x) and x do up to the second one.
const ORDERS: usize = 3;

/// What the nodes of a switch differ by, with its derivative.
fn gap(pieces: &Pieces, switch: &Switch) -> Option<Dag> {
    let Switch::Nodes(a, b) = switch else {
        return None;
    };
    let mut sides = pieces.dag.clone();
    sides.roots = vec![*a, *b];
    Some(with_derivatives(difference(&sides.compact()), 1))
}

impl Decider<'_> {
    /// How the switches stand inside an interval. An end of it at which sides meet is added to the ties.
    fn signature(&self, side: Interval, ties: &mut Vec<f64>) -> Signature {
        let known = self.nodes.as_ref().map(|nodes| nodes.over(&[side]));
        let stands = |(switch, gap): (&Switch, &Option<(&Dag, Encloser<'_>)>)| match switch {
            Switch::Input(root) => beside(side, Interval::exactly(root)),
            Switch::Nodes(a, b) => {
                let known = known.as_ref()?;
                let sides = [a, b].map(|&id| &known[usize::from(id)]);
                let [a, b] = sides.map(|side| side.interval);
                // What has underflowed is on its side of 0 all the same.
                let nonzero = sides.iter().any(|side| side.nonzero);
                let below = |a: Interval, b: Interval| {
                    a.high < b.low || a.high <= 0.0 && b.low >= 0.0 && nonzero
                };
                if below(a, b) {
                    Some(Ordering::Less)
                } else if below(b, a) {
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
        // On a piece of both, sides may be one, as |x| and max(x, 0) where x > 0, or touch at an end: intervals never tell these apart.
        for (index, switch) in switches.iter().enumerate() {
            let (None, Switch::Nodes(a, b)) = (signature[index], switch) else {
                continue;
            };
            let Ok(sides) = self.pieces.resolve_nodes(&[*a, *b], &signature) else {
                continue;
            };
            if sides.roots[0] == sides.roots[1] {
                signature[index] = Some(Ordering::Equal);
            } else if let Some((end, order)) = self.beside_touch(index, &sides, side) {
                ties.push(end);
                signature[index] = Some(order);
            }
        }
        signature
    }

    /// How the smooth sides of a switch stand inside an interval at one of whose ends they meet, and that end.
    fn beside_touch(&self, switch: usize, sides: &Dag, side: Interval) -> Option<(f64, Ordering)> {
        let (gap, known) = self.gaps[switch].as_ref()?;
        let may_meet = |end: &f64| {
            let at = Number::exactly(*end).map(|end| known.at(&[end]));
            at.is_some_and(|at| {
                !at[usize::from(gap.roots[0])]
                    .interval
                    .misses(Interval::point(0.0))
            })
        };
        let ends: Vec<f64> = [side.low, side.high].into_iter().filter(may_meet).collect();
        if ends.is_empty() {
            return None;
        }
        let gap = with_derivatives(difference(sides), ORDERS);
        let known = Encloser::new(&gap);
        let mut ends = ends.into_iter();
        ends.find_map(|end| Some((end, sign_beside(&gap, &known, side, end)?)))
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
    let mut met = Vec::new();
    while !round.is_empty() {
        let mut open = Vec::new();
        for side in round {
            let cell = Cell {
                side,
                signature: decider.signature(side, &mut met),
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
            let clusters = clusters(open);
            let apart = clusters.iter().filter(|cells| cells.len() <= MOST_TOUCHING);
            let all = apart.map(Vec::len).sum::<usize>() > MOST_OPEN;
            let stay = |cells: &Vec<Cell>| all || cells.len() > MOST_TOUCHING;
            let (crowded, apart): (Vec<_>, Vec<_>) = clusters.into_iter().partition(stay);
            cells.extend(crowded.into_iter().filter_map(joined));
            open = apart.concat();
        }
        round = open.iter().flat_map(|cell| halves(cell.side)).collect();
    }
    met.sort_by(f64::total_cmp);
    met.dedup();
    for place in met {
        let side = Interval::point(place);
        let signature = decider.signature(side, &mut Vec::new());
        cells.push(Cell {
            side,
            signature,
            is_tie: true,
        });
    }
    cells.sort_by(|a, b| a.side.low.total_cmp(&b.side.low));
    // A root of a switch may be met by others.
    cells.dedup_by(|a, b| a.side == b.side && a.signature == b.signature);
    cells
}

/// Cells that touch, together, from left to right.
fn clusters(mut cells: Vec<Cell>) -> Vec<Vec<Cell>> {
    cells.sort_by(|a, b| a.side.low.total_cmp(&b.side.low));
    let touch = |a: &Cell, b: &Cell| a.side.high == b.side.low;
    cells.chunk_by(touch).map(<[Cell]>::to_vec).collect()
}

/// Cells that touch as one, in which a switch stands as it does in all of them.
fn joined(cells: Vec<Cell>) -> Option<Cell> {
    cells.into_iter().reduce(|mut all, next| {
        all.side.high = next.side.high;
        for (known, other) in all.signature.iter_mut().zip(next.signature) {
            *known = known.filter(|stands| Some(*stands) == other);
        }
        all
    })
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

/// The sign of a function inside an interval from its derivatives at an end of it, by Taylor's theorem: it is above 0 where none of the
/// value and the first k − 1 derivatives is below 0 at the end, each times a power of the signed distance, and the k-th one is above 0 all over
/// the interval. The outputs are the function and its derivatives.
fn sign_beside(dag: &Dag, known: &Encloser<'_>, side: Interval, end: f64) -> Option<Ordering> {
    let over = known.over(&[side]);
    let at = known.at(&[Number::exactly(end)?]);
    let mirrored = |range: Interval, order: usize| match end == side.high && order % 2 == 1 {
        true => Interval::of(Op::Neg, &[range]),
        false => range,
    };
    let mut open = [Ordering::Greater, Ordering::Less].to_vec();
    for (order, root) in dag.roots.iter().enumerate() {
        let [over, at] = [&over, &at].map(|all| all[usize::from(*root)]);
        if over.defined != Defined::Always {
            return None;
        }
        let range = mirrored(over.interval, order);
        let holds = |sign: &Ordering| match sign {
            Ordering::Greater => range.low > 0.0,
            _ => range.high < 0.0,
        };
        if let Some(sign) = open.iter().copied().find(holds) {
            return Some(sign);
        }
        let range = mirrored(at.interval, order);
        open.retain(|sign| match sign {
            Ordering::Greater => range.low >= 0.0,
            _ => range.high <= 0.0,
        });
        if at.defined != Defined::Always || !over.continuous {
            return None;
        }
    }
    None
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
            // Both sides touch, to the second derivative.
            ("max(sinh(x), relu(x))", 2),
            ("min(tanh(x), x)", 2),
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
