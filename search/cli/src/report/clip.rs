//! Curves cut to the axes.

use std::ops::Range;

/// The pieces of a curve that lie within `range`. Where it leaves, a piece ends at the edge; where it has no value, with the last
/// one.
pub(super) fn inside(points: &[(f64, f64)], range: &Range<f64>) -> Vec<Vec<(f64, f64)>> {
    let mut pieces: Vec<Vec<(f64, f64)>> = Vec::new();
    for ends in points.windows(2) {
        let Some([from, to]) = clipped([ends[0], ends[1]], range) else {
            continue;
        };
        match pieces.last_mut() {
            Some(piece) if piece.last() == Some(&from) => piece.push(to),
            _ => pieces.push(vec![from, to]),
        }
    }
    pieces
}

/// The part of a segment that lies within `range`, if there is one.
fn clipped([from, to]: [(f64, f64); 2], range: &Range<f64>) -> Option<[(f64, f64); 2]> {
    if !(from.1.is_finite() && to.1.is_finite()) {
        return None;
    }
    let at = |edge: f64| {
        let share = (edge - from.1) / (to.1 - from.1);
        (from.0 + share * (to.0 - from.0), edge)
    };
    let end = |(x, y): (f64, f64)| {
        if y < range.start {
            at(range.start)
        } else if y > range.end {
            at(range.end)
        } else {
            (x, y)
        }
    };
    let outside = from.1.max(to.1) < range.start || from.1.min(to.1) > range.end;
    (!outside).then(|| [end(from), end(to)])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_curve_that_leaves_ends_at_the_edge() {
        let range = -1.0..1.0;
        // Up and out, far outside, back in and out at the bottom within one segment.
        let points = [
            (0.0, 0.0),
            (1.0, 2.0),
            (2.0, 9.0),
            (3.0, 2.0),
            (4.0, -2.0),
            (5.0, -2.0),
        ];
        let pieces = [
            vec![(0.0, 0.0), (0.5, 1.0)],
            vec![(3.25, 1.0), (3.75, -1.0)],
        ];
        assert_eq!(inside(&points, &range), pieces);
    }

    #[test]
    fn a_gap_stays_a_gap() {
        let points = [
            (0.0, 0.0),
            (1.0, 0.5),
            (2.0, f64::NAN),
            (3.0, 0.5),
            (4.0, 1.0),
            (5.0, f64::INFINITY),
        ];
        let pieces = [vec![(0.0, 0.0), (1.0, 0.5)], vec![(3.0, 0.5), (4.0, 1.0)]];
        assert_eq!(inside(&points, &(-1.0..1.0)), pieces);
    }
}
