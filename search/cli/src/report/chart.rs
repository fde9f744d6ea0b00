//! Charts as SVG: axes with labelled ticks, lines that carry their names, bars and dots. Colours are classes, which a style sheet
//! names, so that one chart is light or dark as its page is.

use std::fmt::Write;

/// The sides of the drawing area, in pixels of the chart.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Frame {
    pub left: f64,
    pub right: f64,
    pub top: f64,
    pub bottom: f64,
}

/// The numbers along one side of a chart.
#[derive(Clone, Debug)]
pub(crate) struct Axis {
    pub low: f64,
    pub high: f64,
    pub label: String,
    /// Whether equal factors have equal lengths.
    pub logarithmic: bool,
}

/// About how many ticks an axis has.
const TICKS: f64 = 6.0;
/// The least distance of two names at the end of lines, in pixels.
const NAME: f64 = 15.0;
/// The width that a character takes at most on the mean, in pixels.
const CHARACTER: f64 = 7.4;

impl Axis {
    /// An axis of plain numbers that holds all values, with a little room.
    pub(crate) fn around(values: impl IntoIterator<Item = f64>, label: &str) -> Self {
        let (mut low, mut high) = (f64::INFINITY, f64::NEG_INFINITY);
        for value in values.into_iter().filter(|value| value.is_finite()) {
            (low, high) = (low.min(value), high.max(value));
        }
        if low > high {
            (low, high) = (0.0, 1.0);
        }
        let room = match high > low {
            true => 0.05 * (high - low),
            false => 0.5 * high.abs().max(1.0),
        };
        Self::between(low - room, high + room, label)
    }

    pub(crate) fn between(low: f64, high: f64, label: &str) -> Self {
        Self {
            low,
            high,
            label: label.to_owned(),
            logarithmic: false,
        }
    }

    /// An axis on which equal factors have equal lengths.
    pub(crate) fn logarithmic(low: f64, high: f64, label: &str) -> Self {
        Self {
            logarithmic: true,
            ..Self::between(low, high.max(low * 1.001), label)
        }
    }

    /// How far along the axis a value is, from 0 to 1.
    fn share(&self, value: f64) -> f64 {
        match self.logarithmic {
            true => (value / self.low).ln() / (self.high / self.low).ln(),
            false => (value - self.low) / (self.high - self.low),
        }
    }

    /// The ticks: round numbers.
    pub(crate) fn ticks(&self) -> Vec<f64> {
        if self.logarithmic {
            let (low, high) = (
                self.low.log10().ceil() as i32,
                self.high.log10().floor() as i32,
            );
            let step = ((f64::from(high - low) / TICKS).ceil() as i32).max(1);
            return (low..=high)
                .step_by(step as usize)
                .map(|e| 10f64.powi(e))
                .collect();
        }
        let rough = (self.high - self.low) / TICKS;
        let power = 10f64.powf(rough.log10().floor());
        let step = [1.0, 2.0, 5.0, 10.0].map(|digit| digit * power);
        let step = step
            .into_iter()
            .find(|step| *step >= rough)
            .unwrap_or(10.0 * power);
        let first = (self.low / step).ceil() as i64;
        let last = (self.high / step).floor() as i64;
        (first..=last).map(|count| count as f64 * step).collect()
    }
}

/// A number on an axis: no digit more than it has.
pub(crate) fn number(value: f64) -> String {
    let text = actsmith_codegen::passport::short(value, 6);
    text.replace('-', "−")
}

/// Text in SVG and HTML.
pub(crate) fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            // What XML has no place for.
            '\u{0}'..='\u{8}' | '\u{b}' | '\u{c}' | '\u{e}'..='\u{1f}' => escaped.push('\u{fffd}'),
            other => escaped.push(other),
        }
    }
    escaped
}

/// A chart in the making.
pub(crate) struct Chart {
    pub width: f64,
    pub height: f64,
    pub frame: Frame,
    pub x: Axis,
    pub y: Axis,
    /// The height of a strip below the frame, above the axis of x.
    pub strip: f64,
    body: String,
    /// Names at the right end: where they belong, the class, the text.
    names: Vec<(f64, String, String)>,
}

impl Chart {
    pub(crate) fn new(width: f64, height: f64, x: Axis, y: Axis) -> Self {
        // Left of the axis stand its ticks, and left of these its label.
        let ticks = y.ticks().into_iter();
        let widest = ticks.map(|tick| number(tick).chars().count()).max();
        Self {
            width,
            height,
            frame: Frame {
                left: (28.0 + CHARACTER * widest.unwrap_or(0) as f64).max(52.0),
                right: width - 12.0,
                top: 14.0,
                bottom: height - 42.0,
            },
            x,
            y,
            strip: 0.0,
            body: String::new(),
            names: Vec::new(),
        }
    }

    /// The same with room for names at the right end of lines.
    pub(crate) fn with_names<'a>(mut self, names: impl IntoIterator<Item = &'a str>) -> Self {
        let longest = names.into_iter().map(|name| name.chars().count()).max();
        self.frame.right = self.width - 26.0 - CHARACTER * longest.unwrap_or(0) as f64;
        self
    }

    pub(crate) fn at_x(&self, value: f64) -> f64 {
        self.frame.left + self.x.share(value) * (self.frame.right - self.frame.left)
    }

    pub(crate) fn at_y(&self, value: f64) -> f64 {
        self.frame.bottom - self.y.share(value) * (self.frame.bottom - self.frame.top)
    }

    /// Draws the ticks, the grid and the labels of both axes.
    pub(crate) fn axes(&mut self) {
        self.x_axis();
        self.y_axis();
    }

    /// Draws the ticks, the grid and the label of the axis of x alone.
    pub(crate) fn x_axis(&mut self) {
        let Frame {
            left,
            right,
            top,
            bottom,
        } = self.frame;
        let bottom = bottom + self.strip;
        let room = (right - left) / 44.0;
        let ticks = self.x.ticks();
        let every = (ticks.len() as f64 / room).ceil().max(1.0) as usize;
        for tick in ticks.into_iter().step_by(every) {
            let x = self.at_x(tick);
            let _ = write!(
                self.body,
                "<path class=\"grid\" d=\"M{x:.1} {top:.1}V{bottom:.1}\"/><text class=\"tick\" x=\"{x:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{}</text>",
                bottom + 16.0,
                number(tick)
            );
        }
        let _ = write!(
            self.body,
            "<path class=\"axis\" d=\"M{left:.1} {bottom:.1}H{right:.1}\"/><text class=\"label\" x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{}</text>",
            (left + right) / 2.0,
            bottom + 34.0,
            escaped(&self.x.label)
        );
    }

    fn y_axis(&mut self) {
        let Frame {
            left,
            right,
            top,
            bottom,
        } = self.frame;
        for tick in self.y.ticks() {
            let y = self.at_y(tick);
            let _ = write!(
                self.body,
                "<path class=\"grid\" d=\"M{left:.1} {y:.1}H{right:.1}\"/><text class=\"tick\" x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"end\">{}</text>",
                left - 6.0,
                y + 4.0,
                number(tick)
            );
        }
        let middle = (top + bottom) / 2.0;
        let _ = write!(
            self.body,
            "<path class=\"axis\" d=\"M{left:.1} {top:.1}V{bottom:.1}\"/><text class=\"label\" x=\"14\" y=\"{middle:.1}\" text-anchor=\"middle\" transform=\"rotate(-90 14 {middle:.1})\">{}</text>",
            escaped(&self.y.label)
        );
    }

    /// Draws SVG as it is.
    pub(crate) fn raw(&mut self, svg: &str) {
        self.body.push_str(svg);
    }

    /// Draws bars in the strip below the frame: from where to where each reaches, and how high it is beside the others.
    pub(crate) fn bars(&mut self, bars: &[(f64, f64, f64)]) {
        let bottom = self.frame.bottom + self.strip;
        let most = bars
            .iter()
            .map(|bar| bar.2)
            .fold(f64::MIN_POSITIVE, f64::max);
        for &(from, to, height) in bars {
            let (from, to) = (from.max(self.x.low), to.min(self.x.high));
            if from >= to || height <= 0.0 {
                continue;
            }
            let (left, right) = (self.at_x(from), self.at_x(to));
            let height = (self.strip - 6.0) * height / most;
            let _ = write!(
                self.body,
                "<rect class=\"bar\" x=\"{left:.2}\" y=\"{:.1}\" width=\"{:.2}\" height=\"{height:.1}\"/>",
                bottom - height,
                right - left
            );
        }
    }

    /// Draws a line in pieces, each of points inside the axes, and remembers its name for the right end.
    pub(crate) fn line(&mut self, class: &str, pieces: &[Vec<(f64, f64)>], name: Option<&str>) {
        let mut path = String::new();
        for piece in pieces {
            for (index, &(x, y)) in piece.iter().enumerate() {
                let verb = if index == 0 { 'M' } else { 'L' };
                let _ = write!(path, "{verb}{:.1} {:.1}", self.at_x(x), self.at_y(y));
            }
        }
        if path.is_empty() {
            return;
        }
        let _ = write!(self.body, "<path class=\"line {class}\" d=\"{path}\"/>");
        let last = pieces.last().and_then(|piece| piece.last());
        if let (Some(name), Some(&(_, y))) = (name, last) {
            self.names
                .push((self.at_y(y), class.to_owned(), name.to_owned()));
        }
    }

    /// Draws a dot with a text that is shown on demand.
    pub(crate) fn dot(&mut self, class: &str, x: f64, y: f64, radius: f64, title: &str) {
        let _ = write!(
            self.body,
            "<circle class=\"dot {class}\" cx=\"{:.1}\" cy=\"{:.1}\" r=\"{radius}\"><title>{}</title></circle>",
            self.at_x(x),
            self.at_y(y),
            escaped(title)
        );
    }

    /// What is drawn, as a part of a larger drawing.
    pub(crate) fn drawing(mut self) -> String {
        self.write_names();
        self.body
    }

    /// The chart as an SVG element. `title` says what it shows, for those who do not see it.
    pub(crate) fn finish(mut self, title: &str) -> String {
        self.write_names();
        element(self.width, self.height, title, &self.body)
    }

    /// Writes the names at the right end, as near to their lines as they go without overlapping, each with a thread to its line.
    fn write_names(&mut self) {
        let right = self.frame.right;
        let mut names = std::mem::take(&mut self.names);
        names.sort_by(|a, b| a.0.total_cmp(&b.0));
        let mut places: Vec<f64> = names.iter().map(|name| name.0).collect();
        for index in 1..places.len() {
            places[index] = places[index].max(places[index - 1] + NAME);
        }
        // What is pushed past the lower end moves up again.
        let mut most = self.frame.bottom - 2.0;
        for place in places.iter_mut().rev() {
            *place = place.min(most);
            most = *place - NAME;
        }
        for ((end, class, name), place) in names.into_iter().zip(places) {
            let _ = write!(
                self.body,
                "<path class=\"thread {class}\" d=\"M{right:.1} {end:.1}L{:.1} {place:.1}\"/><text class=\"name {class}\" x=\"{:.1}\" y=\"{:.1}\">{}</text>",
                right + 10.0,
                right + 13.0,
                place + 4.0,
                escaped(&name)
            );
        }
    }
}

/// An SVG element of this size around a drawing.
pub(crate) fn element(width: f64, height: f64, title: &str, body: &str) -> String {
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"figure\" viewBox=\"0 0 {width} {height}\" width=\"{width}\" height=\"{height}\" role=\"img\"><title>{}</title>{body}</svg>",
        escaped(title)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_round_and_have_no_idle_zeros() {
        let ticks = |low, high| -> Vec<String> {
            let axis = Axis::between(low, high, "");
            axis.ticks().into_iter().map(number).collect()
        };
        assert_eq!(ticks(-4.0, 4.0), ["−4", "−2", "0", "2", "4"]);
        assert_eq!(ticks(0.0, 0.31), ["0", "0.1", "0.2", "0.3"]);
        let axis = Axis::logarithmic(0.002, 30.0, "");
        let names: Vec<String> = axis.ticks().into_iter().map(number).collect();
        assert_eq!(names, ["0.01", "0.1", "1", "10"]);
    }

    #[test]
    fn names_do_not_overlap_and_are_escaped() {
        let axis = || Axis::between(0.0, 1.0, "<x>");
        let mut chart = Chart::new(400.0, 200.0, axis(), axis()).with_names(["<b>", "other"]);
        chart.axes();
        for name in ["<b>", "other", "third"] {
            chart.line("a", &[vec![(0.0, 0.0), (1.0, 0.5)]], Some(name));
        }
        let svg = chart.finish("a & b");
        assert!(svg.contains("&lt;b&gt;") && svg.contains("a &amp; b") && !svg.contains("<b>"));
        let places = |text: &str| -> Vec<f64> {
            let names = text.split("<text class=\"name").skip(1);
            let place = |name: &str| name.split("y=\"").nth(1)?.split('"').next()?.parse().ok();
            names.filter_map(place).collect()
        };
        let places = places(&svg);
        assert!(
            places.len() == 3
                && places
                    .windows(2)
                    .all(|pair| pair[1] - pair[0] >= NAME - 0.11)
        );
    }
}
