//! A plot of a function and its derivative beside well-known ones, as a figure for print.

use std::ops::Range;

use actsmith_codegen::passport::Passport;
use actsmith_codegen::{Formula, Region};
use actsmith_search::error::{Error, Result};
use actsmith_search::experiment::{Description, FoundFunction};
use actsmith_search::report::Function;

use crate::report::chart::{element, escaped};
use crate::report::curves::{self, Curve};
use crate::report::{figures, page};

/// The plot as a file of the run folder.
pub const PICTURE: Description = Description {
    name: "activation.svg",
    about: "its plot",
    text: |found, _, _| svg(&found.picked()?, &inputs(found)),
};

/// The inputs shown where nothing is known of those that occur.
const INPUTS: Range<f64> = -5.0..5.0;
/// Inputs shown are no farther from 0 than this, and reach at least as far as 1.
const FARTHEST: f64 = 8.0;
/// The size of each of both charts.
const PANEL: (f64, f64) = (400.0, 300.0);

/// Width of the picture of a front in pixels.
pub(crate) const WIDTH: u32 = 1080;
/// Height of a line of text.
pub(crate) const LINE: u32 = 21;
/// Characters of a title's line, and its lines: what is longer ends with an ellipsis.
const TITLE_WIDTH: usize = 120;
const TITLE_LINES: usize = 6;
/// Units of the drawing a pixel: the backend rounds every point to whole units.
pub(crate) const SCALE: u32 = 8;
pub(crate) const FONT: &str = "sans-serif";

/// The inputs that the data bring to the sites of a function, as far as a plot shows them.
fn inputs(found: &FoundFunction) -> Range<f64> {
    if found.sites.is_empty() {
        return INPUTS;
    }
    let reaches = found.sites.values();
    let (low, high) = reaches.fold((-1.0_f64, 1.0_f64), |(low, high), reach| {
        (low.min(reach.low), high.max(reach.high))
    });
    low.max(-FARTHEST)..high.min(FARTHEST)
}

/// The plot over these inputs, as SVG: the function on the left, its derivative on the right, each line with its name at its end.
///
/// # Errors
/// [`Error::Failure`] if the function cannot be read.
pub fn svg(function: &Function, inputs: &Range<f64>) -> Result<String> {
    let formulas = function.formulas();
    let failed =
        |error: &dyn std::fmt::Display| Error::Failure(format!("cannot draw the plot: {error}"));
    let formula = Formula::parse(&formulas.raw).map_err(|error| failed(&error))?;
    // A function without a passport is drawn without its kinks.
    let passport = Passport::of(&formula, &Region::default());
    let joints = passport.map_or(Vec::new(), |passport| passport.joints);
    let own = Curve::new("found", "found", &formula, &joints);
    let all: Vec<Curve> = [own].into_iter().chain(figures::known()).collect();
    let lines = title(&format!("f(x) = {}", formulas.simplified));
    let top = 10.0 + f64::from(LINE) * lines.len() as f64;
    let mut body = page::style();
    body.push_str("<rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>");
    for (number, line) in lines.iter().enumerate() {
        let y = 20.0 + f64::from(LINE) * number as f64;
        body.push_str(&format!(
            "<text class=\"label\" x=\"14\" y=\"{y}\">{}</text>",
            escaped(line)
        ));
    }
    for output in [0, 1] {
        let chart = curves::chart(&all, inputs, output, None, PANEL);
        body.push_str(&format!(
            "<g transform=\"translate({} {top})\">{}</g>",
            PANEL.0 * output as f64,
            chart.drawing()
        ));
    }
    let title = format!(
        "f(x) = {} and its derivative beside ReLU, GELU and SiLU",
        formulas.simplified
    );
    Ok(element(2.0 * PANEL.0, top + PANEL.1, &title, &body) + "\n")
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

/// Pixels in units of the drawing.
pub(crate) fn units(pixels: i32) -> i32 {
    pixels * SCALE as i32
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

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
        let swish = Function::read("x * sigmoid(1.5 * x) - 0.25", &BTreeMap::new())?;
        let picture = svg(&swish, &INPUTS)?;
        assert!(
            picture.contains("f(x) = x * sigmoid(1.5 * x) - 0.25"),
            "{picture}"
        );
        Ok(())
    }
}
