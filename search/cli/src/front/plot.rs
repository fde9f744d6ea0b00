//! A plot of a front: what its points cost, and how far they are from the formula.

use std::error;

use actsmith_codegen::front::Front;
use plotters::prelude::*;

use crate::error::{Error, Result};
use crate::plot::{FONT, LINE, SCALE, WIDTH, title, units};

/// Height of the panel in pixels.
const PANEL: u32 = 460;
/// Height of the key to the colours.
const KEY: u32 = 34;
/// The colours of value and derivative (Okabe and Ito's).
const VALUE: RGBColor = RGBColor(0, 114, 178);
const DERIVATIVE: RGBColor = RGBColor(230, 159, 0);
/// Differences below this share of the largest are drawn on the lower edge, the exact form among them.
const SPAN: f64 = 1e-9;

/// The plot, as SVG: cost from left to right, and the largest differences of value and derivative, on a logarithmic scale.
///
/// # Errors
/// [`Error::Failure`] if it cannot be drawn.
pub fn svg(front: &Front) -> Result<String> {
    let title = title(&format!("f(x) = {}, {}", front.formula, front.domain));
    let height = PANEL + KEY + LINE * title.len() as u32;
    let mut text = String::new();
    draw(front, &title, height, &mut text)
        .map_err(|error| Error::Failure(format!("cannot draw the plot: {error}")))?;
    let size = |scale| format!("width=\"{}\" height=\"{}\"", WIDTH * scale, height * scale);
    Ok(text.replacen(&size(SCALE), &size(1), 1))
}

fn draw(
    front: &Front,
    title: &[String],
    height: u32,
    text: &mut String,
) -> std::result::Result<(), Box<dyn error::Error>> {
    let area = SVGBackend::with_string(text, (WIDTH * SCALE, height * SCALE)).into_drawing_area();
    area.fill(&WHITE)?;
    let font = (FONT, units(16)).into_font();
    for (line, number) in title.iter().zip(0..) {
        let corner = (units(24), units(14 + LINE as i32 * number));
        area.draw(&Text::new(&line[..], corner, font.clone()))?;
    }
    let top = LINE as i32 * title.len() as i32;
    let series = [
        (
            "value",
            VALUE,
            differences(front, |point| point.value.at_most),
        ),
        (
            "derivative",
            DERIVATIVE,
            differences(front, |point| point.derivative.at_most),
        ),
    ];
    for ((name, color, _), index) in series.iter().zip(0..) {
        let (left, middle) = (units(24 + 120 * index), units(top + 30));
        area.draw(&Circle::new((left, middle), units(5), color.filled()))?;
        let corner = (left + units(14), middle - units(7));
        area.draw(&Text::new(*name, corner, (FONT, units(15)).into_font()))?;
    }
    let sizes = || {
        series
            .iter()
            .flat_map(|(_, _, points)| points)
            .map(|&(_, y)| y)
    };
    let most = sizes().fold(f64::MIN_POSITIVE, f64::max);
    let above = sizes().filter(|y| *y > SPAN * most);
    let least = above.fold(most, f64::min) / 4.0;
    let dearest = front.points.iter().map(|point| point.cost as f64 / 10.0);
    let dearest = dearest.fold(1.0, f64::max);
    let panel = area.margin(units(top + KEY as i32), units(12), units(12), units(12));
    let mut chart = ChartBuilder::on(&panel)
        .margin(units(8))
        .x_label_area_size(units(44))
        .y_label_area_size(units(64))
        .build_cartesian_2d(0.0..1.05 * dearest, (least..2.0 * most).log_scale())?;
    chart
        .configure_mesh()
        .bold_line_style(BLACK.mix(0.12).stroke_width(SCALE))
        .light_line_style(TRANSPARENT)
        .axis_style(BLACK.mix(0.5).stroke_width(SCALE))
        .label_style((FONT, units(15)))
        .set_all_tick_mark_size(units(4))
        .x_desc("cost of value and derivative, in vectorised additions")
        .y_desc("largest difference")
        .y_label_formatter(&|y| format!("{y:.0e}"))
        .draw()?;
    for (_, color, points) in &series {
        let shown = points.iter().map(|&(x, y)| (x, y.max(least)));
        let line = LineSeries::new(shown.clone(), color.stroke_width(2 * SCALE));
        chart.draw_series(line)?;
        let dots = shown.map(|at| Circle::new(at, units(4), color.filled()));
        chart.draw_series(dots)?;
    }
    area.present()?;
    Ok(())
}

/// Cost and difference of each point.
fn differences(
    front: &Front,
    of: impl Fn(&actsmith_codegen::front::Point) -> f64,
) -> Vec<(f64, f64)> {
    let points = front.points.iter();
    points
        .map(|point| (point.cost as f64 / 10.0, of(point)))
        .collect()
}

#[cfg(test)]
mod tests {
    use actsmith_codegen::Formula;
    use actsmith_codegen::front::{Domain, Effort, Front};

    use super::*;

    #[test]
    fn every_point_is_drawn_twice() -> Result<()> {
        let effort = Effort {
            expansions: 2,
            ..Effort::default()
        };
        for text in ["gelu(x)", "x", "0"] {
            let formula = Formula::parse(text)?;
            let front = Front::of(&formula, &Domain::default(), effort).expect("a front");
            let picture = svg(&front)?;
            // Two more are in the key.
            let dots = picture.matches("<circle").count();
            assert_eq!(dots, 2 * front.points.len() + 2, "{text}");
            assert!(
                picture.contains(&format!("f(x) = {text}, x=-8..8")),
                "{picture}"
            );
        }
        Ok(())
    }
}
