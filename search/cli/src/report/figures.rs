//! The figures of a report.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::ops::Range;

use actsmith_codegen::Formula;
use actsmith_codegen::Region;
use actsmith_codegen::passport::Passport;
use actsmith_search::report::Measure;
use actsmith_search::space::Slot;
use actsmith_search::statistics::Spread;
use serde_json::Value;

use super::chart::{Axis, Chart, element, escaped, number};
use super::curves::{self, Curve};
use super::load::{Forms, Found, Histogram, Run};

/// The size of a chart of which two stand side by side, on a phone below each other.
const HALF: (f64, f64) = (360.0, 280.0);
/// The size of a small chart.
const SMALL: (f64, f64) = (300.0, 190.0);
/// The classes of lines that are not the found one.
const OTHERS: [&str; 6] = ["a", "b", "c", "d", "e", "f"];
/// The share of inputs on each side of the range that a figure leaves out.
const LEFT_OUT: f64 = 0.001;

/// The inputs that a figure shows: where nearly all pre-activations are, or those around 0.
pub(super) fn range(histogram: Option<&Histogram>) -> Range<f64> {
    let Some(found) = histogram else {
        return -5.0..5.0;
    };
    let whole: f64 = found.counts.iter().sum();
    let (mut low, mut high) = (found.edges[0], found.edges[found.edges.len() - 1]);
    let mut below = 0.0;
    for (count, edges) in found.counts.iter().zip(found.edges.windows(2)) {
        if below <= LEFT_OUT * whole {
            low = edges[0];
        }
        below += count;
        if below >= (1.0 - LEFT_OUT) * whole {
            high = edges[1];
            break;
        }
    }
    // 0, where activations bend, is always there.
    low.min(-1.0)..high.max(1.0)
}

/// Functions that a found one is drawn beside.
pub(crate) fn known() -> Vec<Curve> {
    let known = [
        ("ReLU", "relu(x)"),
        ("GELU", "gelu(x)"),
        ("SiLU", "silu(x)"),
    ];
    let curve = |((name, text), class): ((&str, &str), &&'static str)| {
        let formula = Formula::parse(text).ok()?;
        let passport = Passport::of(&formula, &Region::default()).ok()?;
        Some(Curve::new(name, class, &formula, &passport.joints))
    };
    known.into_iter().zip(&OTHERS).filter_map(curve).collect()
}

/// The found function and its derivative beside well-known ones: two charts.
pub(super) fn function(found: &Found, name: &str) -> [String; 2] {
    let range = range(found.histogram.as_ref());
    let own = Curve::new(name, "found", &found.formula, found.joints());
    let all: Vec<Curve> = [own].into_iter().chain(known()).collect();
    let bars = found.histogram.as_ref().map(bars);
    [0, 1].map(|output| {
        let what = if output == 0 {
            "The found function"
        } else {
            "Its derivative"
        };
        let title = format!(
            "{what} beside ReLU, GELU and SiLU, for x from {} to {}",
            number(range.start),
            number(range.end)
        );
        curves::chart(&all, &range, output, bars.as_deref(), HALF).finish(&title)
    })
}

/// Several found functions in one chart, and their derivatives in another.
pub(super) fn together(functions: &[(String, &Found)]) -> [String; 2] {
    let ranges = functions
        .iter()
        .map(|(_, found)| range(found.histogram.as_ref()));
    let range = ranges.fold(-1.0..1.0, |all: Range<f64>, own| {
        all.start.min(own.start)..all.end.max(own.end)
    });
    let classes = ["found"].into_iter().chain(OTHERS).cycle();
    let curve = |((name, found), class): (&(String, &Found), &'static str)| {
        Curve::new(name, class, &found.formula, found.joints())
    };
    let all: Vec<Curve> = functions.iter().zip(classes).map(curve).collect();
    [0, 1].map(|output| {
        let title = if output == 0 {
            "The functions of all runs"
        } else {
            "Their derivatives"
        };
        curves::chart(&all, &range, output, None, HALF).finish(title)
    })
}

/// Bars of a histogram: counts by width.
fn bars(found: &Histogram) -> Vec<(f64, f64, f64)> {
    let bins = found.edges.windows(2).zip(&found.counts);
    bins.map(|(edges, count)| (edges[0], edges[1], count / (edges[1] - edges[0])))
        .collect()
}

/// The cell as a picture: what is in each of its slots.
pub(super) fn cell(genotype: &str) -> String {
    let names: Vec<&str> = genotype.split('-').collect();
    let name = |index: usize| names.get(index).copied().unwrap_or("?");
    let mut body = String::new();
    // The middle of each box.
    let boxes = [
        (112.0, 45.0, name(0), "u0", "unary"),
        (112.0, 105.0, name(1), "u1", "unary"),
        (222.0, 75.0, name(2), "b0", "binary"),
        (332.0, 75.0, name(3), "u2", "unary"),
        (222.0, 165.0, name(4), "u3", "unary"),
        (442.0, 120.0, name(5), "b1", "binary"),
    ];
    let mut arrow = |from: (f64, f64), to: (f64, f64)| {
        let middle = (from.0 + to.0) / 2.0;
        let _ = write!(
            body,
            "<path class=\"arrow\" d=\"M{} {}C{middle} {} {middle} {} {} {}\" marker-end=\"url(#arrow)\"/>",
            from.0,
            from.1,
            from.1,
            to.1,
            to.0 - 3.0,
            to.1
        );
    };
    let (half, x) = (44.0, (22.0, 105.0));
    let start = (x.0 + 14.0, x.1);
    arrow(start, (112.0 - half, 45.0));
    arrow(start, (112.0 - half, 105.0));
    arrow(start, (222.0 - half, 165.0));
    arrow((112.0 + half, 45.0), (222.0 - half, 67.0));
    arrow((112.0 + half, 105.0), (222.0 - half, 83.0));
    arrow((222.0 + half, 75.0), (332.0 - half, 75.0));
    arrow((332.0 + half, 75.0), (442.0 - half, 112.0));
    arrow((222.0 + half, 165.0), (442.0 - half, 128.0));
    arrow((442.0 + half, 120.0), (520.0, 120.0));
    let _ = write!(
        body,
        "<circle class=\"box\" cx=\"{}\" cy=\"{}\" r=\"14\"/><text class=\"name\" x=\"{}\" y=\"{}\" text-anchor=\"middle\">x</text><text class=\"name\" x=\"536\" y=\"124\" text-anchor=\"middle\">f(x)</text>",
        x.0,
        x.1,
        x.0,
        x.1 + 4.0
    );
    for (cx, cy, text, slot, kind) in boxes {
        let _ = write!(
            body,
            "<rect class=\"box {kind}\" x=\"{}\" y=\"{}\" width=\"{}\" height=\"34\" rx=\"8\"/><text class=\"name\" x=\"{cx}\" y=\"{}\" text-anchor=\"middle\">{}</text><text class=\"tick\" x=\"{cx}\" y=\"{}\" text-anchor=\"middle\">{slot}</text>",
            cx - half,
            cy - 17.0,
            2.0 * half,
            cy + 4.0,
            escaped(text),
            cy + 30.0
        );
    }
    let marker = "<defs><marker id=\"arrow\" viewBox=\"0 0 8 8\" refX=\"6\" refY=\"4\" markerWidth=\"7\" markerHeight=\"7\" orient=\"auto\"><path class=\"head\" d=\"M0 0L8 4L0 8z\"/></marker></defs>";
    element(
        560.0,
        215.0,
        &format!("The cell with {genotype}"),
        &format!("{marker}{body}"),
    )
}

/// A number of a line of the metrics.
fn field(line: &Value, name: &str) -> Option<f64> {
    line.get(name)
        .and_then(Value::as_f64)
        .filter(|value| value.is_finite())
}

fn is(line: &Value, name: &str, text: &str) -> bool {
    line.get(name).and_then(Value::as_str) == Some(text)
}

/// The weights of the operations of each slot over the epochs of the search, a chart for each slot.
pub(super) fn weights(run: &Run, found: &Found) -> Vec<(String, String)> {
    let names: Vec<&str> = found.finding.genotype.split('-').collect();
    let states: Vec<(f64, &Value)> = run
        .metrics
        .iter()
        .filter(|line| is(line, "event", "searched"))
        .filter_map(|line| {
            let state = match &found.group {
                Some(group) => line.get("groups")?.get(group)?,
                None => line,
            };
            Some((field(line, "epoch")?, state.get("weights")?))
        })
        .collect();
    if states.is_empty() {
        return Vec::new();
    }
    let chart = |(slot, last): (Slot, &&str)| {
        let mut lines: BTreeMap<&str, Vec<(f64, f64)>> = BTreeMap::new();
        for (epoch, weights) in &states {
            let own = weights.get(slot.name()).and_then(Value::as_object);
            for (operation, weight) in own.into_iter().flatten() {
                if let Some(weight) = weight.as_f64() {
                    lines.entry(operation).or_default().push((*epoch, weight));
                }
            }
        }
        let first = states.first().map_or(0.0, |state| state.0);
        let end = states.last().map_or(1.0, |state| state.0);
        let x = Axis::between((first - 1.0).max(0.0), end.max(first + 1.0), "epoch");
        let mut chart =
            Chart::new(SMALL.0, SMALL.1, x, Axis::between(0.0, 1.05, "weight")).with_names([*last]);
        chart.axes();
        for (operation, points) in &lines {
            let class = if operation == last { "found" } else { "faint" };
            let name = (operation == last).then_some(*operation);
            chart.line(class, std::slice::from_ref(points), name);
            for (epoch, weight) in points {
                let title = format!("{operation}: {weight:.3} in epoch {epoch}");
                chart.dot(class, *epoch, *weight, 2.0, &title);
            }
        }
        let title = format!(
            "Weights of the operations of slot {}: {last} is left",
            slot.name()
        );
        (slot.name().to_owned(), chart.finish(&title))
    };
    Slot::ALL.into_iter().zip(&names).map(chart).collect()
}

/// The operations that left, by epoch.
pub(super) fn removals(run: &Run, group: Option<&str>) -> Vec<(u64, Vec<String>)> {
    let mut removed: BTreeMap<u64, Vec<String>> = BTreeMap::new();
    for line in run
        .metrics
        .iter()
        .filter(|line| is(line, "event", "removed"))
    {
        let text = |name: &str| line.get(name).and_then(Value::as_str).unwrap_or_default();
        if group.is_none_or(|group| text("group") == group) {
            let epoch = line
                .get("epoch")
                .and_then(Value::as_u64)
                .unwrap_or_default();
            let left = format!("{} {}", text("slot"), text("operation"));
            removed.entry(epoch).or_default().push(left);
        }
    }
    removed.into_iter().collect()
}

/// A line of losses.
struct Line {
    name: String,
    class: &'static str,
    points: Vec<(f64, f64)>,
}

/// The losses over the epochs: of the search, and of each training from scratch (the mean over its seeds).
pub(super) fn losses(run: &Run) -> Vec<(&'static str, String)> {
    let of = |stage: &str, name: &str| -> Vec<(f64, f64)> {
        let mut epochs: BTreeMap<u64, Vec<f64>> = BTreeMap::new();
        for line in run.metrics.iter().filter(|line| is(line, "stage", stage)) {
            let epoch = line.get("epoch").and_then(Value::as_u64);
            if let (Some(epoch), Some(loss)) = (epoch, field(line, name)) {
                epochs.entry(epoch).or_default().push(loss);
            }
        }
        let mean = |(epoch, all): (u64, Vec<f64>)| {
            (epoch as f64, all.iter().sum::<f64>() / all.len() as f64)
        };
        epochs.into_iter().map(mean).collect()
    };
    let chart = |lines: Vec<Line>, title: &str| {
        let points = || lines.iter().flat_map(|line| &line.points);
        let last = points().map(|point| point.0).fold(1.0, f64::max);
        let first = points().map(|point| point.0).fold(last, f64::min);
        let x = Axis::between(first.min(last - 1.0), last, "epoch");
        let y = Axis::around(points().map(|point| point.1), "loss in nats");
        let mut chart = Chart::new(HALF.0, HALF.1, x, y)
            .with_names(lines.iter().map(|line| line.name.as_str()));
        chart.axes();
        for Line {
            name,
            class,
            points,
        } in lines.iter().rev()
        {
            chart.line(class, std::slice::from_ref(points), Some(name));
            if points.len() < 20 {
                for (epoch, loss) in points {
                    chart.dot(
                        class,
                        *epoch,
                        *loss,
                        2.0,
                        &format!("{name}: {loss:.4} in epoch {epoch}"),
                    );
                }
            }
        }
        chart.finish(title)
    };
    let mut charts = Vec::new();
    let search: Vec<Line> = [
        ("held out", "found", "test_loss"),
        ("validation", "a", "validation_loss"),
        ("training", "b", "train_loss"),
    ]
    .into_iter()
    .map(|(name, class, key)| Line {
        name: name.to_owned(),
        class,
        points: of("search", key),
    })
    .filter(|line| !line.points.is_empty())
    .collect();
    if !search.is_empty() {
        charts.push(("Search", chart(search, "Losses of the search")));
    }
    let stages: BTreeSet<&str> = run
        .metrics
        .iter()
        .filter(|line| is(line, "event", "trained"))
        .filter_map(|line| line.get("stage")?.as_str())
        .collect();
    let trained: Vec<Line> = stages
        .iter()
        .filter(|stage| **stage == "found")
        .chain(stages.iter().filter(|stage| **stage != "found"))
        .zip(["found"].into_iter().chain(OTHERS).cycle())
        .map(|(stage, class)| Line {
            name: (*stage).to_owned(),
            class,
            points: of(stage, "test_loss"),
        })
        .filter(|line| !line.points.is_empty())
        .collect();
    if !trained.is_empty() {
        charts.push((
            "Trainings from scratch, held out",
            chart(trained, "Held-out losses of the trainings from scratch"),
        ));
    }
    charts
}

/// An activation with its scores.
pub(super) struct Scored {
    pub name: String,
    pub is_found: bool,
    /// Seed and score; none where the training diverged.
    pub scores: Vec<(u64, Option<f64>)>,
}

/// The mean and the standard deviation of scores, which is 0 of a single one; none without any.
fn spread(values: &[f64]) -> Option<(f64, f64)> {
    let spread = (!values.is_empty()).then(|| Spread::of(values))?;
    Some((spread.mean, spread.deviation.unwrap_or(0.0)))
}

/// The scores of activations: every seed a dot, with the mean and the standard deviation.
pub(super) fn scores(rows: &[Scored], measure: Measure) -> String {
    let factor = if measure == Measure::Accuracy {
        100.0
    } else {
        1.0
    };
    let label = match measure {
        Measure::Accuracy => "accuracy in %, more is better",
        _ => "loss in nats, less is better",
    };
    let known = |row: &Scored| -> Vec<f64> {
        row.scores
            .iter()
            .filter_map(|score| Some(score.1? * factor))
            .collect()
    };
    const ROW: f64 = 30.0;
    let ends = |row: &Scored| -> Vec<f64> {
        let values = known(row);
        let (mean, deviation) = spread(&values).unwrap_or((f64::NAN, 0.0));
        [values, vec![mean - deviation, mean + deviation]].concat()
    };
    let x = Axis::around(rows.iter().flat_map(ends), label);
    let height = 60.0 + ROW * rows.len() as f64;
    let width = 560.0;
    let y = Axis::between(0.0, rows.len() as f64, "");
    let mut chart = Chart::new(width, height, x, y);
    let longest = rows
        .iter()
        .map(|row| row.name.chars().count())
        .max()
        .unwrap_or(0);
    chart.frame.left = (18.0 + 6.8 * longest as f64).clamp(60.0, 220.0);
    chart.x_axis();
    for (index, row) in rows.iter().enumerate() {
        let at = rows.len() as f64 - 0.5 - index as f64;
        let class = if row.is_found { "found" } else { "a" };
        let values = known(row);
        let middle = chart.at_y(at);
        let mut text = format!(
            "<text class=\"name {}\" x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"end\">{}</text>",
            if row.is_found { "found" } else { "" },
            chart.frame.left - 8.0,
            middle + 4.0,
            escaped(&row.name)
        );
        match spread(&values) {
            None => {
                let _ = write!(
                    text,
                    "<text class=\"tick\" x=\"{:.1}\" y=\"{:.1}\">every training diverged</text>",
                    chart.frame.left + 8.0,
                    middle + 4.0
                );
            }
            Some((mean, deviation)) => {
                let [low, x, high] =
                    [mean - deviation, mean, mean + deviation].map(|value| chart.at_x(value));
                let _ = write!(
                    text,
                    "<path class=\"spread {class}\" d=\"M{low:.1} {middle:.1}H{high:.1}\"/><path class=\"mean {class}\" d=\"M{x:.1} {:.1}V{:.1}\"><title>mean {}</title></path>",
                    middle - 9.0,
                    middle + 9.0,
                    number(mean)
                );
            }
        }
        chart.raw(&text);
        let others = values.len().max(2) as f64 - 1.0;
        for (order, (seed, score)) in row.scores.iter().enumerate() {
            if let Some(score) = score {
                // Dots of equal scores lie beside each other.
                let aside = 0.24 * (order as f64 / others - 0.5);
                let title = format!("{}, seed {seed}: {}", row.name, number(score * factor));
                chart.dot(class, score * factor, at + aside, 3.2, &title);
            }
        }
    }
    chart.finish("The scores of each activation, a dot for each seed")
}

/// Cost against the largest difference of forms.
pub(super) fn front(forms: &Forms) -> Option<String> {
    let away = forms
        .points
        .iter()
        .map(|form| form.difference)
        .filter(|away| *away > 0.0);
    let least = away.clone().fold(f64::INFINITY, f64::min);
    let most = away.fold(0.0, f64::max);
    if most <= 0.0 {
        return None;
    }
    // The exact form lies on the lower edge.
    let bottom = 10f64.powf(least.log10().floor() - 1.0);
    let top = 10f64.powf(most.log10().ceil());
    let dearest = forms
        .points
        .iter()
        .map(|form| form.cost)
        .fold(1.0, f64::max);
    let x = Axis::between(0.0, 1.05 * dearest, "cost, in vectorised additions");
    let y = Axis::logarithmic(bottom, top, "largest difference");
    let mut chart = Chart::new(HALF.0, HALF.1, x, y);
    chart.axes();
    let line: Vec<(f64, f64)> = forms
        .points
        .iter()
        .map(|form| (form.cost, form.difference.max(bottom)))
        .collect();
    chart.line("a", std::slice::from_ref(&line), None);
    let mut written: Vec<(f64, f64)> = Vec::new();
    for (number, ((cost, away), form)) in line.into_iter().zip(&forms.points).enumerate() {
        let (class, what) = match form.difference > 0.0 {
            true => ("a", format!("at most {:.1e}", form.difference)),
            false => ("found", "exact".to_owned()),
        };
        chart.dot(
            class,
            cost,
            away,
            4.0,
            &format!("form {number}: cost {cost}, {what}"),
        );
        let at = (chart.at_x(cost), chart.at_y(away));
        // Where points crowd, the first of them has its number.
        let hides =
            |other: &(f64, f64)| (at.0 - other.0).abs() < 18.0 && (at.1 - other.1).abs() < 14.0;
        if written.iter().any(hides) {
            continue;
        }
        written.push(at);
        chart.raw(&format!(
            "<text class=\"tick\" x=\"{:.1}\" y=\"{:.1}\">{number}</text>",
            at.0 + 6.0,
            at.1 - 5.0
        ));
    }
    Some(chart.finish("Forms of the function: cost against the largest difference"))
}
