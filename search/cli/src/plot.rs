//! A plot of a function and its derivative beside well-known ones.

use std::error;
use std::ops::Range;

use actsmith_codegen::Formula;
use actsmith_search::error::{Error, Result};
use actsmith_search::experiment::Description;
use actsmith_search::report::Function;
use plotters::prelude::*;

/// The plot as a file of the run folder.
pub const PICTURE: Description = Description {
    name: "activation.svg",
    about: "its plot",
    text: |found, _, _| svg(&found.picked()?),
};

/// The inputs shown.
const INPUTS: Range<f64> = -6.0..6.0;
/// Points of a curve: a jump looks vertical.
const POINTS: usize = 481;
/// The outputs shown at most, from zero.
const LARGEST: f64 = 11.0;
/// Width of the picture, and height of its two panels, in pixels.
pub(crate) const WIDTH: u32 = 1080;
const PANELS: u32 = 460;
/// Height of a line of text, and of the key to the colours below the title.
pub(crate) const LINE: u32 = 21;
const KEY: u32 = 34;
/// Characters of a title's line, and its lines: what is longer ends with an ellipsis.
const TITLE_WIDTH: usize = 120;
const TITLE_LINES: usize = 6;
/// Units of the drawing a pixel: the backend rounds every point to whole units.
pub(crate) const SCALE: u32 = 8;
pub(crate) const FONT: &str = "sans-serif";
/// The functions to compare with, and their colours (Okabe and Ito's, which the colour-blind tell apart).
const KNOWN: [(&str, &str, RGBColor); 3] = [
    ("ReLU", "relu(x)", RGBColor(0, 114, 178)),
    ("GELU", "gelu(x)", RGBColor(230, 159, 0)),
    ("SiLU", "silu(x)", RGBColor(0, 158, 115)),
];
const FOUND: RGBColor = RGBColor(204, 51, 17);

/// One line of a panel.
struct Curve {
    name: &'static str,
    style: ShapeStyle,
    /// `(x, f(x))` and `(x, f'(x))`.
    points: [Vec<(f64, f64)>; 2],
}

impl Curve {
    fn new(name: &'static str, style: ShapeStyle, f: impl Fn(f64) -> [f64; 2]) -> Self {
        let span = INPUTS.end - INPUTS.start;
        let inputs = (0..POINTS).map(|i| INPUTS.start + span * i as f64 / (POINTS - 1) as f64);
        let (values, slopes) = inputs
            .map(|x| (x, f(x)))
            .map(|(x, [value, slope])| ((x, value), (x, slope)))
            .unzip();
        Self {
            name,
            style,
            points: [values, slopes],
        }
    }
}

/// The plot, as SVG.
///
/// # Errors
/// [`Error::Failure`] if it cannot be drawn.
pub fn svg(function: &Function) -> Result<String> {
    let title = title(&format!("f(x) = {}", function.formulas().simplified));
    let height = PANELS + KEY + LINE * title.len() as u32;
    let mut text = String::new();
    draw(function, &title, height, &mut text)
        .map_err(|error| Error::Failure(format!("cannot draw the plot: {error}")))?;
    let size = |scale| format!("width=\"{}\" height=\"{}\"", WIDTH * scale, height * scale);
    Ok(text.replacen(&size(SCALE), &size(1), 1))
}

/// The lines of a title, broken at blanks.
pub(crate) fn title(text: &str) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split(' ') {
        let last = lines.len() - 1;
        let length = lines[last].chars().count();
        if length == 0 {
            lines[last].push_str(word);
        } else if length + 1 + word.chars().count() <= TITLE_WIDTH {
            lines[last].extend([" ", word]);
        } else if lines.len() < TITLE_LINES {
            lines.push(word.to_owned());
        } else {
            lines[last].push_str(" …");
            break;
        }
    }
    lines
}

fn draw(
    function: &Function,
    title: &[String],
    height: u32,
    text: &mut String,
) -> std::result::Result<(), Box<dyn error::Error>> {
    let mut curves = Vec::new();
    for (name, formula, color) in KNOWN {
        let gradient = Formula::parse(formula)?.with_gradient();
        curves.push(Curve::new(name, color.stroke_width(2 * SCALE), |x| {
            let (value, derivatives) = gradient.at(&[x]);
            [value, derivatives[0]]
        }));
    }
    curves.push(Curve::new("found", FOUND.stroke_width(4 * SCALE), |x| {
        function.at(x)
    }));
    let area = SVGBackend::with_string(text, (WIDTH * SCALE, height * SCALE)).into_drawing_area();
    area.fill(&WHITE)?;
    let font = (FONT, units(16)).into_font();
    for (line, number) in title.iter().zip(0..) {
        let corner = (units(24), units(14 + LINE as i32 * number));
        area.draw(&Text::new(&line[..], corner, font.clone()))?;
    }
    let top = units(LINE as i32 * title.len() as i32);
    key(&area, &curves, top + units(30))?;
    let panels = area
        .margin(top + units(KEY as i32), units(12), units(12), units(12))
        .split_evenly((1, 2));
    for (index, title) in ["f(x)", "f'(x)"].into_iter().enumerate() {
        panel(&panels[index], title, &curves, index)?;
    }
    area.present()?;
    Ok(())
}

/// The names of the curves with their colours, in a row above the panels, where they cover nothing.
fn key(
    area: &DrawingArea<SVGBackend<'_>, plotters::coord::Shift>,
    curves: &[Curve],
    middle: i32,
) -> std::result::Result<(), Box<dyn error::Error>> {
    let position = plotters::style::text_anchor::Pos::new(
        plotters::style::text_anchor::HPos::Left,
        plotters::style::text_anchor::VPos::Center,
    );
    let style = (FONT, units(15)).into_text_style(area).pos(position);
    for (curve, index) in curves.iter().rev().zip(0..) {
        let left = units(24 + 100 * index);
        let line = [(left, middle), (left + units(24), middle)];
        area.draw(&PathElement::new(line, curve.style))?;
        area.draw(&Text::new(
            curve.name,
            (left + units(32), middle),
            style.clone(),
        ))?;
    }
    Ok(())
}

fn panel(
    area: &DrawingArea<SVGBackend<'_>, plotters::coord::Shift>,
    title: &str,
    curves: &[Curve],
    index: usize,
) -> std::result::Result<(), Box<dyn error::Error>> {
    let outputs = outputs(curves, index);
    let mut chart = ChartBuilder::on(area)
        .caption(title, (FONT, units(22)))
        .margin(units(8))
        .x_label_area_size(units(36))
        .y_label_area_size(units(44))
        .build_cartesian_2d(INPUTS, outputs.clone())?;
    chart
        .configure_mesh()
        .bold_line_style(BLACK.mix(0.12).stroke_width(SCALE))
        .light_line_style(TRANSPARENT)
        .axis_style(BLACK.mix(0.5).stroke_width(SCALE))
        .label_style((FONT, units(15)))
        .set_all_tick_mark_size(units(4))
        .x_labels(7)
        .y_labels(8)
        .x_desc("x")
        .draw()?;
    for Curve { style, points, .. } in curves {
        for piece in inside(&points[index], &outputs) {
            chart.draw_series(LineSeries::new(piece, *style))?;
        }
    }
    Ok(())
}

/// The pieces of a curve that lie within `range`. Where it leaves, a piece ends at the edge; where it has no value, with the last
/// one.
fn inside(points: &[(f64, f64)], range: &Range<f64>) -> Vec<Vec<(f64, f64)>> {
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

/// Pixels in units of the drawing.
pub(crate) fn units(pixels: i32) -> i32 {
    pixels * SCALE as i32
}

/// The range that holds all curves, as far as it goes.
fn outputs(curves: &[Curve], index: usize) -> Range<f64> {
    let values = || {
        curves
            .iter()
            .flat_map(|curve| &curve.points[index])
            .map(|&(_, y)| y)
            .filter(|y| y.is_finite())
    };
    let (low, high) = (values().fold(0.0, f64::min), values().fold(0.0, f64::max));
    let margin = 0.05 * (high - low);
    (low - margin).max(-LARGEST)..(high + margin).min(LARGEST)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

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

    /// No two points of a curve lie on the same edge of a panel, where the curve itself goes on outside.
    #[test]
    fn no_curve_runs_along_an_edge() -> Result<()> {
        let cube = Function::read("x * x * x", &BTreeMap::new())?;
        let curve = Curve::new("cube", FOUND.filled(), |x| cube.at(x));
        let range = outputs(std::slice::from_ref(&curve), 0);
        assert_eq!(range, -LARGEST..LARGEST);
        let pieces = inside(&curve.points[0], &range);
        assert_eq!(pieces.len(), 1);
        let edge = |y: f64| pieces[0].iter().filter(|point| point.1 == y).count();
        assert_eq!((edge(-LARGEST), edge(LARGEST)), (1, 1));
        Ok(())
    }

    #[test]
    fn the_title_is_the_formula_in_whole_words() -> Result<()> {
        assert_eq!(title("f(x) = x"), ["f(x) = x"]);
        let long = format!("f(x) = {}", ["tanh(x)"; 200].join(" + "));
        let lines = title(&long);
        assert_eq!(lines.len(), TITLE_LINES);
        assert!(
            lines
                .iter()
                .all(|line| line.chars().count() <= TITLE_WIDTH + 2)
        );
        assert!(lines[0].starts_with("f(x) = tanh(x) +") && lines[5].ends_with('…'));
        let picture = svg(&Function::read(
            "x * sigmoid(1.5 * x) - 0.25",
            &BTreeMap::new(),
        )?)?;
        assert!(
            picture.contains("f(x) = x * sigmoid(1.5 * x) - 0.25"),
            "{picture}"
        );
        Ok(())
    }
}
