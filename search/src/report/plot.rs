//! A plot of a function and its derivative beside well-known ones.

use std::error;
use std::ops::Range;

use actsmith_codegen::Formula;
use plotters::prelude::*;

use super::Function;
use crate::error::{Error, Result};

/// The inputs shown.
const INPUTS: Range<f64> = -6.0..6.0;
/// Points of a curve: a jump looks vertical.
const POINTS: usize = 601;
/// The outputs shown at most, from zero.
const LARGEST: f64 = 11.0;
/// Width and height of the picture.
const SIZE: (u32, u32) = (1080, 500);
const FONT: &str = "sans-serif";
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
    let mut text = String::new();
    draw(function, &mut text)
        .map_err(|error| Error::Failure(format!("cannot draw the plot: {error}")))?;
    Ok(text)
}

fn draw(function: &Function, text: &mut String) -> std::result::Result<(), Box<dyn error::Error>> {
    let mut curves = Vec::new();
    for (name, formula, color) in KNOWN {
        let dag = Formula::parse(formula)?.with_gradient();
        curves.push(Curve::new(name, color.stroke_width(2), |x| {
            let outputs = dag.eval(&[x]);
            [outputs[0], outputs[1]]
        }));
    }
    curves.push(Curve::new("found", FOUND.stroke_width(4), |x| {
        function.at(x)
    }));
    let area = SVGBackend::with_string(text, SIZE).into_drawing_area();
    area.fill(&WHITE)?;
    let panels = area.margin(12, 12, 12, 12).split_evenly((1, 2));
    for (index, title) in ["f(x)", "f'(x)"].into_iter().enumerate() {
        panel(&panels[index], title, &curves, index)?;
    }
    area.present()?;
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
        .caption(title, (FONT, 22))
        .margin(8)
        .x_label_area_size(36)
        .y_label_area_size(44)
        .build_cartesian_2d(INPUTS, outputs.clone())?;
    chart
        .configure_mesh()
        .bold_line_style(BLACK.mix(0.12))
        .light_line_style(TRANSPARENT)
        .axis_style(BLACK.mix(0.5))
        .label_style((FONT, 15))
        .x_labels(7)
        .y_labels(8)
        .x_desc("x")
        .draw()?;
    for Curve {
        name,
        style,
        points,
    } in curves
    {
        let shown: Vec<_> = points[index]
            .iter()
            .filter(|(_, y)| y.is_finite())
            .map(|&(x, y)| (x, y.clamp(outputs.start, outputs.end)))
            .collect();
        let style = *style;
        chart
            .draw_series(LineSeries::new(shown, style))?
            .label(*name)
            .legend(move |(x, y)| PathElement::new([(x, y), (x + 24, y)], style));
    }
    chart
        .configure_series_labels()
        .position(SeriesLabelPosition::UpperLeft)
        .margin(12)
        .legend_area_size(32)
        .label_font((FONT, 15))
        .background_style(WHITE.mix(0.85))
        .border_style(BLACK.mix(0.2))
        .draw()?;
    Ok(())
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
