//! A passport as rows for a reader: what it is about, what is known, and on what basis.

use actsmith_codegen::Definedness;
use actsmith_codegen::analysis::Interval;
use actsmith_codegen::passport::{
    Bend, Change, Extreme, Figure, Joint, Part, Tail, Trend, Zero, short,
};

use super::Measured;
use super::formats::{Accuracy, Output};

/// A row of a passport.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// What it is about.
    pub label: String,
    /// What is known.
    pub text: String,
    /// `proved`, `sampled` or nothing.
    pub basis: &'static str,
}

/// Units are too small to be a measure where errors have more of them than this.
const NEAR_ZERO: f64 = 4.0;
/// How many places a row names.
const NAMED: usize = 8;
const PROVED: &str = "proved";
const SAMPLED: &str = "sampled";

/// The rows, in the order in which they are read.
pub(super) fn rows(measured: &Measured) -> Vec<Row> {
    let passport = &measured.passport;
    let mut rows: Vec<Row> = Vec::new();
    let mut add = |label: &str, text: String, basis: &'static str| {
        rows.push(Row {
            label: label.to_owned(),
            text,
            basis,
        });
    };
    let formula = passport.formula.to_string();
    let form = passport.form.to_string();
    if form != formula {
        add("simplified", form, "");
    }
    add("inputs", part_text(passport.domain, "finite x"), "");
    let (defined, basis) = defined(&passport.definedness);
    add("defined", defined, basis);
    let range = &passport.range;
    add(
        "range",
        format!(
            "from {} up to {}",
            range.low.at_least(),
            range.high.at_most()
        ),
        PROVED,
    );
    if let Some(value) = &passport.at_zero {
        add("f(0)", value.to_string(), value.basis());
    }
    let (mut zeros, mut basis) = listed(&passport.zeros, zero_text, |zero| zero.proved);
    if !passport.zeros_open.is_empty() {
        zeros += &undecided(&passport.zeros_open);
        basis = SAMPLED;
    }
    add("zeros", zeros, basis);
    for (label, is_minimum) in [("minima", true), ("maxima", false)] {
        let own = passport
            .extremes
            .iter()
            .filter(|e| e.is_minimum == is_minimum);
        let own: Vec<Extreme> = own.cloned().collect();
        let (text, basis) = listed(&own, extreme_text, |extreme| {
            extreme.value.enclosure().is_some()
        });
        add(label, text, basis);
    }
    let changes = [
        ("jumps", Change::Value),
        ("kinks", Change::Slope),
        ("curvature jumps", Change::Curvature),
        ("unclear joints", Change::Open),
    ];
    for (label, change) in changes {
        let own = passport
            .joints
            .iter()
            .filter(|joint| joint.change == change);
        let own: Vec<Joint> = own.cloned().collect();
        if own.is_empty() && matches!(change, Change::Curvature | Change::Open) {
            continue;
        }
        let (mut text, mut basis) = listed(&own, joint_text, |joint| joint.proved);
        let unclear = |joint: &Joint| joint.change == Change::Open;
        if change != Change::Open && passport.joints.iter().any(unclear) {
            text += "; undecided at the unclear joints below";
            basis = SAMPLED;
        }
        if !passport.joints_open.is_empty() {
            text += &undecided(&passport.joints_open);
            basis = SAMPLED;
        }
        add(label, text, basis);
    }
    let text = |p: &Part<Trend>| stretch(p, p.kind.name());
    let (text, basis) = listed(&passport.monotone, text, Part::is_proved);
    add("monotone", text, in_part(basis, &passport.monotone));
    let text = |p: &Part<Bend>| stretch(p, p.kind.name());
    let (text, basis) = listed(&passport.bends, text, Part::is_proved);
    add("bending", text, in_part(basis, &passport.bends));
    add(
        "Lipschitz bound",
        passport.lipschitz.at_most(),
        passport.lipschitz.basis(),
    );
    for (end, tail) in ["−∞", "∞"].into_iter().zip(&passport.tails) {
        if let Some(tail) = tail {
            let (text, basis) = tail_text(tail);
            add(&format!("x → {end}"), text, basis);
        }
    }
    if let Some(moments) = &passport.moments {
        let figures = [
            ("E f(z)", &moments.mean),
            ("E f(z)²", &moments.square),
            ("E f′(z)²", &moments.slope_square),
            ("init gain", &moments.gain),
        ];
        for (label, figure) in figures {
            match figure {
                Some(figure) => add(label, figure.to_string(), figure.basis()),
                None => add(label, "none: no finite number above 0".to_owned(), SAMPLED),
            }
        }
        if let Some(dead) = &moments.dead {
            add("dead inputs", share(dead), dead.basis());
        }
    }
    for accuracy in &measured.formats {
        let basis = match accuracy.are_all {
            true => "all inputs",
            false => SAMPLED,
        };
        add(accuracy.dtype.name(), accuracy_text(accuracy), basis);
    }
    rows
}

fn defined(definedness: &Definedness) -> (String, &'static str) {
    match definedness {
        Definedness::Everywhere => ("everywhere".to_owned(), PROVED),
        Definedness::Unproved(gap) => (
            format!("everywhere that was looked at; not proved {gap}"),
            SAMPLED,
        ),
        Definedness::Partly(_) | Definedness::Nowhere(_) => {
            let gaps: Vec<String> = definedness.gaps().iter().map(ToString::to_string).collect();
            (format!("not {}", gaps.join("; not ")), PROVED)
        }
    }
}

/// The items of a list, as many as are read; `sampled` if one of them is.
fn listed<T>(
    items: &[T],
    text: impl Fn(&T) -> String,
    proved: impl Fn(&T) -> bool,
) -> (String, &'static str) {
    let basis = if items.iter().all(proved) {
        PROVED
    } else {
        SAMPLED
    };
    if items.is_empty() {
        return ("none".to_owned(), basis);
    }
    let mut shown: Vec<String> = items.iter().take(NAMED).map(text).collect();
    if items.len() > NAMED {
        shown.push(format!("and {} more", items.len() - NAMED));
    }
    (shown.join("; "), basis)
}

/// Where something is undecided, after what is known.
fn undecided(parts: &[Interval]) -> String {
    let (shown, _) = listed(parts, |side| part_text(*side, "x"), |_| true);
    format!("; undecided on {}", shown.replace("; ", ", "))
}

/// A place: one number, or both ends where it is an interval.
fn place(at: Interval) -> String {
    Figure::Proved(at).to_string()
}

/// An end of a part: a short number as it is, others with as many digits as places have.
fn end(value: f64) -> String {
    short(value, 9)
}

/// A part of the line as a condition; `all` says what stands for the whole line.
fn part_text(side: Interval, all: &str) -> String {
    match (side.low.is_infinite(), side.high.is_infinite()) {
        (true, true) => format!("every {all}"),
        (true, false) => format!("x ≤ {}", end(side.high)),
        (false, true) => format!("x ≥ {}", end(side.low)),
        (false, false) => format!("{} ≤ x ≤ {}", end(side.low), end(side.high)),
    }
}

fn zero_text(zero: &Zero) -> String {
    match zero.all && zero.place.low < zero.place.high {
        true => format!("{} (all of it)", part_text(zero.place, "x")),
        false => format!("x = {}", place(zero.place)),
    }
}

fn extreme_text(extreme: &Extreme) -> String {
    let wide = extreme.place.high - extreme.place.low > 1e-6;
    match wide {
        true => format!("{} for {}", extreme.value, part_text(extreme.place, "x")),
        false => format!("{} at x = {}", extreme.value, place(extreme.place)),
    }
}

fn joint_text(joint: &Joint) -> String {
    let at = place(joint.place);
    let Some([left, right]) = &joint.sides else {
        return format!("x = {at}: slopes or values that intervals do not tell apart");
    };
    let what = match joint.change {
        Change::Value => "from",
        Change::Slope => "slope from",
        Change::Curvature => "second derivative from",
        Change::Open => "from",
    };
    let value = match (&joint.value, joint.change) {
        (Some(value), Change::Value) => format!(", {value} there"),
        _ => String::new(),
    };
    let texts = [left, right].map(ToString::to_string);
    let [left, right] = match texts[0] == texts[1] {
        true => [left, right].map(|side| short(side.value(), 17)),
        false => texts,
    };
    format!("x = {at}: {what} {left} to {right}{value}")
}

/// A part of the line with its property, and where that is proved if not everywhere.
fn stretch<K>(part: &Part<K>, kind: &str) -> String {
    let text = format!("{kind} on {}", part_text(part.side, "x"));
    match part.proved {
        _ if part.is_proved() || kind == "undecided" => text,
        Some(proved) => format!("{text} (proved on {})", part_text(proved, "x")),
        None => format!("{text} (sampled)"),
    }
}

/// The basis of a row of parts.
fn in_part<K>(basis: &'static str, parts: &[Part<K>]) -> &'static str {
    match basis == SAMPLED && parts.iter().any(|part| part.proved.is_some()) {
        true => "in part",
        false => basis,
    }
}

fn tail_text(tail: &Tail) -> (String, &'static str) {
    match tail {
        Tail::Limit(limit) => (format!("approaches {limit}"), limit.basis()),
        Tail::Line { slope, offset } => {
            let (a, b) = (slope.to_string(), offset.to_string());
            let line = match (a.as_str(), offset.value()) {
                ("1", 0.0) => "x".to_owned(),
                ("1", _) => format!("x + {b}"),
                (a, 0.0) => format!("{a} · x"),
                (a, _) => format!("{a} · x + {b}"),
            };
            let basis = if slope.basis() == PROVED && offset.basis() == PROVED {
                PROVED
            } else {
                SAMPLED
            };
            (
                format!("approaches the line {}", line.replace("+ -", "− ")),
                basis,
            )
        }
        Tail::Slope(slope) => (
            format!("its slope approaches {slope}; it approaches no line that was found"),
            slope.basis(),
        ),
        Tail::Steep { up, proved } => (
            format!(
                "goes to {}, faster than any line",
                if *up { "∞" } else { "−∞" }
            ),
            if *proved { PROVED } else { SAMPLED },
        ),
        Tail::Absent => ("has no value".to_owned(), PROVED),
        Tail::Open => ("no limit and no line was found".to_owned(), SAMPLED),
    }
}

/// A probability as a percentage.
fn share(dead: &Figure) -> String {
    let percent = |value: f64| Figure::Sampled(100.0 * value).to_string();
    match dead.enclosure() {
        Some(range) if range.high < 1e-9 => "0 %".to_owned(),
        Some(range) if range.high - range.low > 1e-6 => {
            format!(
                "between {} and {} %",
                percent(range.low),
                percent(range.high)
            )
        }
        _ => format!("{} %", percent(dead.value())),
    }
}

fn accuracy_text(accuracy: &Accuracy) -> String {
    let [value, slope] = &accuracy.outputs;
    let overflow: Vec<String> = accuracy
        .overflow
        .iter()
        .flatten()
        .map(|x| format!("x = {}", Figure::Sampled(*x)))
        .collect();
    let overflow = match overflow.is_empty() {
        true => "no overflow".to_owned(),
        false => format!("overflows from {}", overflow.join(" and ")),
    };
    format!(
        "value {}; derivative {}; {overflow}",
        output(value),
        output(slope)
    )
}

fn output(output: &Output) -> String {
    let mut text = match &output.worst {
        Some(worst) => {
            let at = Figure::Sampled(worst.case.x);
            format!("within {} ULP (x = {at})", ulp(worst.error))
        }
        None => format!("within {} ULP", ulp(output.max_ulp.min(0.5))),
    };
    if output.max_ulp > NEAR_ZERO.max(output.worst.map_or(0.0, |worst| worst.error)) {
        text.push_str(&format!(", or {:.0e} where it is nearly 0", output.small));
    }
    if let Some(x) = output.lost_at {
        text.push_str(&format!(
            ", lost at {} inputs (x = {})",
            output.lost,
            Figure::Sampled(x)
        ));
    }
    if output.undecided > 0 {
        text.push_str(&format!(", {} undecided", output.undecided));
    }
    text
}

/// Units with two digits, rounded up.
fn ulp(error: f64) -> String {
    if error > 1e6 {
        return format!("{error:.1e}");
    }
    format!("{}", (error * 100.0).ceil() / 100.0)
}
