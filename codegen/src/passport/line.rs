//! A function over the line of f64: the stretches on each of which it is one smooth graph, with three derivatives.

use crate::analysis::{Defined, Encloser, Interval};
use crate::front::bound::{Smooth, closed_in};
use crate::ir::{Dag, Node};
use crate::number::Number;
use crate::oracle::{Agreement, Comparison, Levels, Truth};

/// Numbers of this size stand for infinity: bounds on what has underflowed, times a number of this size, are still small.
pub(super) const END: f64 = 1e300;
/// How many derivatives are taken: those of the slope's square need the third one.
const ORDERS: usize = 3;
/// The part of the line in which places are looked for reaches at least so far from 0, and at most so far.
const WINDOW: (f64, f64) = (16.0, 4096.0);
/// If there are more stretches in the window, or in a tail, it is taken as one on which nothing is known but the value.
const MOST_STRETCHES: usize = 128;
/// A stretch that is narrower than this, beside its distance from 0, is a place.
pub(super) const NARROW: f64 = 1e-12;

/// Whether an interval is as narrow as a place.
pub(super) fn is_narrow(side: Interval) -> bool {
    side.high - side.low <= NARROW * side.low.abs().max(side.high.abs()).max(1.0)
}

/// An interval on which the function is one of some smooth graphs.
#[derive(Clone, Debug)]
pub(super) struct Stretch {
    pub side: Interval,
    /// The graphs, by their indices: several where it is open which one; none where there is no knowing.
    pub graphs: Vec<usize>,
    /// Whether derivatives count: they do not at a single place where pieces meet.
    pub derivable: bool,
}

impl Stretch {
    /// The graph of the stretch, if it has exactly one.
    pub(super) fn graph(&self) -> Option<usize> {
        match self.graphs[..] {
            [graph] if self.derivable => Some(graph),
            _ => None,
        }
    }
}

/// The function on the part of the line that is looked at.
pub(super) struct Line {
    /// The function as one graph.
    pub value: Dag,
    graphs: Vec<Smooth>,
    /// From left to right; together they fill the domain.
    pub stretches: Vec<Stretch>,
    pub domain: Interval,
    /// Where places are looked for.
    pub window: Interval,
}

impl Line {
    pub(super) fn new(value: &Dag, domain: Interval) -> Self {
        let reach = reach(value);
        let inside = |end: f64| end.clamp(domain.low, domain.high);
        let window = Interval {
            low: inside(-reach),
            high: inside(reach),
        };
        let mut line = Self {
            value: value.clone(),
            graphs: Vec::new(),
            stretches: Vec::new(),
            domain,
            window,
        };
        if domain.low < window.low {
            line.tail(domain.low, window.low);
        }
        if window.low < window.high {
            let found = line.divided(window);
            line.stretches.extend(found);
        }
        if window.high < domain.high {
            line.tail(window.high, domain.high);
        }
        line
    }

    /// Adds the stretches beyond the window.
    fn tail(&mut self, low: f64, high: f64) {
        let whole = Interval { low, high };
        let found = self.divided(whole);
        if found.iter().all(|stretch| stretch.graph().is_some()) {
            return self.stretches.extend(found);
        }
        // Comparisons are decided in parts of one magnitude each.
        let mut parts = Vec::new();
        for side in magnitudes(whole) {
            parts.extend(self.divided(side));
            if parts.len() > MOST_STRETCHES {
                return self.stretches.extend(found);
            }
        }
        self.stretches.extend(joined(parts));
    }

    /// The stretches of a part of the line.
    fn divided(&mut self, domain: Interval) -> Vec<Stretch> {
        let unknown = || {
            vec![Stretch {
                side: domain,
                graphs: Vec::new(),
                derivable: true,
            }]
        };
        let nothing = Dag::parse("0").unwrap_or_default();
        let Some(pieces) = Smooth::pieces_with(&self.value, &nothing, domain, ORDERS) else {
            return unknown();
        };
        let mut found: Vec<Stretch> = Vec::new();
        for piece in pieces {
            let known = self.graphs.iter();
            let known = known
                .enumerate()
                .find(|(_, own)| own.dag == piece.smooth.dag);
            let graph = known.map_or(self.graphs.len(), |(index, _)| index);
            if graph == self.graphs.len() {
                self.graphs.push(piece.smooth);
            }
            found.extend(piece.sides.into_iter().map(|(side, derivable)| Stretch {
                side,
                graphs: vec![graph],
                derivable,
            }));
        }
        found.sort_by(|a, b| {
            let by_low = a.side.low.total_cmp(&b.side.low);
            by_low.then(a.side.high.total_cmp(&b.side.high))
        });
        found.dedup_by(|next, stretch| {
            let same = next.side == stretch.side;
            if same {
                stretch.graphs.append(&mut next.graphs);
                stretch.derivable |= next.derivable;
            }
            same
        });
        let found = joined(found);
        match found.len() > MOST_STRETCHES {
            true => unknown(),
            false => found,
        }
    }

    pub(super) fn view(&self) -> View<'_> {
        View {
            line: self,
            whole: Encloser::new(&self.value),
            graphs: self.graphs.iter().map(|g| Encloser::new(&g.dag)).collect(),
        }
    }
}

/// Stretches of one graph that touch are one.
fn joined(stretches: Vec<Stretch>) -> Vec<Stretch> {
    let mut kept: Vec<Stretch> = Vec::new();
    for next in stretches {
        match kept.last_mut() {
            Some(last) if last.graph().is_some() && last.graph() == next.graph() => {
                last.side.high = last.side.high.max(next.side.high);
            }
            _ => kept.push(next),
        }
    }
    kept
}

/// How far the window reaches: twice as far as any literal of the formula, within limits.
fn reach(dag: &Dag) -> f64 {
    let sizes = dag.nodes().iter().filter_map(|node| match node {
        Node::Number(number) => Some(number.to_f64().abs()),
        Node::Variable(_) | Node::Apply(..) => None,
    });
    let most = sizes
        .filter(|size| *size <= WINDOW.1 / 2.0)
        .fold(0.0, f64::max);
    (2.0 * most).max(WINDOW.0).log2().ceil().exp2()
}

/// How many powers of two lie between the ends of a part of a tail at most: what is bisected stays narrow beside the whole.
const WIDEST: f64 = 32.0;

/// Parts of a tail, each a few times as far from 0 as the one before.
fn magnitudes(tail: Interval) -> Vec<Interval> {
    let (near, far, sign) = match tail.low >= 0.0 {
        true => (tail.low, tail.high, 1.0),
        false => (-tail.high, -tail.low, -1.0),
    };
    let mut ends = vec![near.max(0.0)];
    let mut exponent = near.max(1.0).log2().floor();
    while let Some(&last) = ends.last()
        && last < far
    {
        let next = (exponent * 1.25).clamp(exponent + 1.0, exponent + WIDEST);
        exponent = next.ceil();
        ends.push(exponent.exp2().min(far));
    }
    let part = |ends: &[f64]| {
        let (a, b) = (sign * ends[0], sign * ends[1]);
        Interval {
            low: a.min(b),
            high: a.max(b),
        }
    };
    let mut parts: Vec<Interval> = ends.windows(2).map(part).collect();
    parts.sort_by(|a, b| a.low.total_cmp(&b.low));
    parts
}

/// A place inside an interval that divides it in two: by magnitude far from 0, in the middle near it.
pub(super) fn middle(side: Interval) -> f64 {
    let Interval { low, high } = side;
    if high - low <= 64.0 {
        return side.middle();
    }
    if low < 0.0 && high > 0.0 {
        return 0.0;
    }
    let (near, far) = match low >= 0.0 {
        true => (low, high),
        false => (-high, -low),
    };
    let size = match (near < 8.0, far > 4.0 * near) {
        (true, _) => 16.0,
        (_, true) => near.sqrt() * far.sqrt(),
        _ => near / 2.0 + far / 2.0,
    };
    if low >= 0.0 { size } else { -size }
}

/// Both parts of an interval.
pub(super) fn parts(side: Interval) -> [Interval; 2] {
    let at = middle(side);
    [Interval { high: at, ..side }, Interval { low: at, ..side }]
}

/// A line with its graphs made ready for enclosures.
pub(super) struct View<'a> {
    pub line: &'a Line,
    whole: Encloser<'a>,
    graphs: Vec<Encloser<'a>>,
}

impl View<'_> {
    /// What holds the derivative of an order over a part of a stretch, that of order 0 being the value; `None` where that is not known.
    pub(super) fn over(&self, stretch: &Stretch, side: Interval, order: usize) -> Option<Interval> {
        let mut all: Option<Interval> = None;
        for &graph in &stretch.graphs {
            let dag = &self.line.graphs[graph].dag;
            let Some((range, _)) = closed_in(&self.graphs[graph], dag, side, order) else {
                all = None;
                break;
            };
            all = Some(all.map_or(range, |known| hull(known, range)));
        }
        if order > 0 {
            return all;
        }
        let whole = &self.whole.over(&[side])[usize::from(self.line.value.roots[0])];
        // Limits of a piece at its end are no values of the function.
        match all {
            Some(range) if stretch.derivable && side.low < side.high => {
                Some(range.meet(whole.interval))
            }
            Some(range) => Some(range),
            None => Some(whole.interval),
        }
    }

    /// What holds the derivative of an order at a number, as narrowly as is known.
    pub(super) fn at(&self, stretch: &Stretch, at: f64, order: usize) -> Option<Interval> {
        let place = Interval::point(at);
        let exact = stretch
            .graph()
            .and_then(|graph| self.limit(graph, place, order));
        let known = self.over(stretch, place, order);
        match (exact, known) {
            (Some(exact), Some(known)) => Some(exact.meet(known)),
            (exact, known) => exact.or(known),
        }
    }

    /// A derivative of one graph at a place, or over it; `None` where it has none, or may jump.
    pub(super) fn limit(&self, graph: usize, place: Interval, order: usize) -> Option<Interval> {
        let dag = &self.line.graphs[graph].dag;
        let root = usize::from(*dag.roots.get(order)?);
        let exact = place.single().and_then(Number::exactly);
        let known = match exact {
            Some(number) => self.graphs[graph].at(&[number])[root],
            None => self.graphs[graph].over(&[place])[root],
        };
        let usable = known.defined == Defined::Always && known.continuous;
        usable.then_some(known.interval)
    }

    /// The value of the function over an interval, and whether it has no value there, has one everywhere there, and cannot be 0.
    pub(super) fn value(&self, side: Interval) -> Value {
        let root = usize::from(self.line.value.roots[0]);
        let exact = side.single().and_then(Number::exactly);
        let known = match exact {
            Some(number) => self.whole.at(&[number])[root],
            None => self.whole.over(&[side])[root],
        };
        Value {
            range: known.interval,
            absent: known.defined == Defined::Never,
            present: known.defined == Defined::Always,
            nonzero: known.nonzero,
        }
    }

    /// Whether the function has a value all over an interval and jumps neither in it nor at its ends: at one number alone, every function
    /// is continuous.
    pub(super) fn is_continuous(&self, side: Interval) -> bool {
        let around = Interval {
            low: side.low.next_down(),
            high: side.high.next_up(),
        };
        let known = &self.whole.over(&[around])[usize::from(self.line.value.roots[0])];
        known.continuous && known.defined == Defined::Always
    }

    /// The true value of the function at a number, rounded; `None` where that is not known.
    pub(super) fn exactly(&self, at: f64) -> Option<f64> {
        let known =
            Truth::new(&self.line.value).at(&[Number::exactly(at)?], &mut Levels::default());
        known.first()?.to_f64()
    }

    /// The derivatives of an order of two graphs at a number, if they are not the same: the true values, rounded.
    pub(super) fn apart(&self, graphs: [usize; 2], at: f64, order: usize) -> Option<[f64; 2]> {
        let [left, right] = graphs.map(|graph| &self.line.graphs[graph].dag);
        if order >= left.roots.len().min(right.roots.len()) {
            return None;
        }
        let sides = Comparison::new(&left.select(&[order]), &right.select(&[order]));
        match sides.at(&[Number::exactly(at)?], &mut Levels::default())[..] {
            [Agreement::Apart { definition, form }] => Some([definition, form]),
            _ => None,
        }
    }

    /// The true values of a derivative of a graph.
    pub(super) fn truth(&self, graph: usize, order: usize) -> Option<Truth> {
        let dag = &self.line.graphs[graph].dag;
        (order < dag.roots.len()).then(|| Truth::new(&dag.select(&[order])))
    }

    /// Whether a derivative of a graph is the number 0.
    pub(super) fn is_zero(&self, graph: usize, order: usize) -> bool {
        let dag = &self.line.graphs[graph].dag;
        let root = dag.roots.get(order);
        root.is_some_and(|&root| matches!(dag.node(root), Node::Number(n) if n.is_zero()))
    }
}

/// What is known of the value over an interval.
pub(super) struct Value {
    pub range: Interval,
    pub absent: bool,
    pub present: bool,
    pub nonzero: bool,
}

/// The interval from the lower end to the upper end of two.
pub(super) fn hull(a: Interval, b: Interval) -> Interval {
    Interval {
        low: a.low.min(b.low),
        high: a.high.max(b.high),
    }
}
