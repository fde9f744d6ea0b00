//! What the page asks about formulas, and the answers: JSON in, JSON out, and nothing else is read or written.

use std::collections::BTreeMap;
use std::path::PathBuf;

use actsmith_codegen::diagnostic::Diagnostics;
use actsmith_codegen::front::Effort;
use actsmith_codegen::ir::Dag;
use actsmith_codegen::number::Number;
use actsmith_codegen::{Component, Formula, Gradient, Region};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::super::emit::{self, Target};
use super::super::formula::{Options, prefixed};
use super::super::front;
use super::super::simplify::Simplified;
use super::{curves, proof};
use crate::error::{Error, Result};
use crate::passport::Measured;
use crate::report::{EFFORT, Format, report};

/// More bytes than any formula has that is typed.
const LONGEST: usize = 4_000;
/// The most functions that are drawn at a time.
const MOST: usize = 12;

/// A question of the page.
#[derive(Debug, Serialize, Deserialize)]
#[serde(tag = "ask", rename_all = "snake_case")]
pub(super) enum Question {
    /// Value and derivative between two ends, beside other functions.
    Curves {
        #[serde(flatten)]
        subject: Subject,
        /// Formulas of `x` alone.
        #[serde(default)]
        beside: Vec<String>,
    },
    /// The simplified form with its proof.
    Simplify(Subject),
    /// Forms from exact to simple.
    Front {
        #[serde(flatten)]
        subject: Subject,
        /// Whether to look as far as the command line does.
        #[serde(default)]
        far: bool,
    },
    /// What is known of the function.
    Passport(Subject),
    /// Its code.
    Code {
        #[serde(flatten)]
        subject: Subject,
        name: String,
        target: String,
    },
    /// The report of a run folder. The page cannot ask it: the server does, of folders that it shows.
    #[serde(skip_deserializing)]
    Report { folder: PathBuf },
}

/// What a question is about.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Subject {
    /// The formula, as it is typed.
    formula: String,
    /// Values of constants, as they are typed.
    #[serde(default)]
    set: BTreeMap<String, String>,
    /// From where to where x goes, as it is typed.
    x: [String; 2],
    /// Whether x is only there; otherwise it takes every value, and the ends are those of the drawing.
    #[serde(default)]
    within: bool,
}

/// A question whose formula has been read.
struct Read {
    /// With its constants still named.
    written: Formula,
    options: Options,
    ends: [f64; 2],
    within: bool,
}

impl Subject {
    fn read(&self) -> Result<Read> {
        let long = |text: &String| text.len() > LONGEST;
        if long(&self.formula)
            || self
                .set
                .iter()
                .any(|(name, value)| long(name) || long(value))
        {
            return Err(Error::Usage(format!(
                "the formula has more than {LONGEST} bytes: split it, or use the command line"
            )));
        }
        let options = Options::typed(&self.set, Some(&self.x))?;
        let written = options.read(&self.formula)?;
        let end = |text: &String| Number::read(text.trim()).map_or(f64::NAN, |n| n.to_f64());
        let ends = [&self.x[0], &self.x[1]].map(end);
        if ends[0] < ends[1] && (ends[1] - ends[0]).is_finite() {
            return Ok(Read {
                written,
                options,
                ends,
                within: self.within,
            });
        }
        Err(Error::Usage(
            "x goes from a smaller number to a larger one, such as -5 to 5".to_owned(),
        ))
    }
}

impl Read {
    /// The formula with the values of its constants. A value for what it does not name is left from another formula.
    fn formula(&self) -> Formula {
        self.written.with_constants(&self.options.set)
    }

    /// Where x is.
    fn region(&self) -> Result<Region> {
        match self.within {
            true => self.options.region(&[&self.written]),
            false => Ok(Region::default()),
        }
    }
}

/// The answer to a question: an object, with the key `error` if there is a mistake in the question.
pub(super) fn answer(question: &Question) -> Value {
    let formula = match question {
        Question::Curves { subject, .. }
        | Question::Front { subject, .. }
        | Question::Code { subject, .. } => &subject.formula,
        Question::Simplify(subject) | Question::Passport(subject) => &subject.formula,
        Question::Report { .. } => "",
    };
    answered(question).unwrap_or_else(|error| mistake(&error, formula))
}

fn answered(question: &Question) -> Result<Value> {
    match question {
        Question::Curves { subject, beside } => {
            let read = subject.read()?;
            drawn(&read, beside)
        }
        Question::Simplify(subject) => simplified(&subject.read()?),
        Question::Front { subject, far } => {
            let read = subject.read()?;
            let formula = read.formula();
            let domain = front::bounded(&formula, &read.options)?;
            let effort = if *far { Effort::default() } else { EFFORT };
            let found = front::of(&formula, &domain, effort)?;
            let mut answer = front::json(&found);
            for (object, point) in answer["points"]
                .as_array_mut()
                .into_iter()
                .flatten()
                .zip(&found.points)
            {
                object["latex"] = proof::latex(&point.form.value.dag).into();
            }
            Ok(answer)
        }
        Question::Passport(subject) => {
            let read = subject.read()?;
            let measured = Measured::of(&read.formula(), &read.region()?)?;
            let mut answer = measured.json();
            let rows = measured.rows().into_iter();
            let rows =
                rows.map(|row| json!({ "label": row.label, "text": row.text, "basis": row.basis }));
            answer["rows"] = rows.collect();
            Ok(answer)
        }
        Question::Code {
            subject,
            name,
            target,
        } => code(&subject.read()?, &subject.formula, name, target),
        Question::Report { folder } => {
            let html = report(std::slice::from_ref(folder), Format::Html, |_| {})?;
            Ok(json!({ "html": html }))
        }
    }
}

/// The formula as it was read, and its curve beside others. Constants without a value start where training starts them.
fn drawn(read: &Read, beside: &[String]) -> Result<Value> {
    if beside.len() > MOST {
        return Err(Error::Usage(format!(
            "at most {MOST} functions are drawn beside it"
        )));
    }
    let names = &read.written.dag().variables[1..];
    let one = |name: &String| (name.clone(), Number::from(1));
    let start: Vec<_> = names.iter().map(one).collect();
    let mut formulas = vec![read.formula().with_constants(&start)];
    let mut apart = Vec::new();
    for text in beside {
        let other = read.options.read(text).map_err(|error| error.about(text))?;
        let names = &other.dag().variables[1..];
        if !names.is_empty() {
            apart.push(json!({ "formula": text, "needs": names }));
        }
        let start: Vec<_> = names.iter().map(one).collect();
        formulas.push(
            other
                .with_constants(&read.options.set)
                .with_constants(&start),
        );
    }
    let mut answer = curves::sampled(&formulas, read.ends[0], read.ends[1]);
    answer["input"] = read.written.to_string().into();
    answer["latex"] = proof::latex(read.written.dag()).into();
    answer["constants"] = names.into();
    answer["with_constants"] = apart.into();
    Ok(answer)
}

/// The simplified form of the formula, constants and all, as `actsmith simplify --json` has it, with LaTeX and the steps of the proof.
fn simplified(read: &Read) -> Result<Value> {
    let simplified = Simplified::of(read.written.clone(), read.region()?, false)?;
    let derivation = simplified.derivation();
    let passages = derivation.passages()?;
    let (value, gradient) = simplified.forms();
    let mut answer = simplified.json(Some(&derivation), None);
    answer["latex"] = display(read, value, gradient);
    answer["proof"] = passages.iter().map(proof::passage).collect();
    Ok(answer)
}

/// The formula and its derivatives, before and after.
fn display(read: &Read, value: &Dag, gradient: &Gradient) -> Value {
    let names = gradient.variables.iter().enumerate();
    let derivatives = names.map(|(index, name)| {
        let latex = proof::latex(&gradient.graph(Component::Derivative(index)));
        json!({ "by": name, "latex": latex })
    });
    json!({
        "input": proof::latex(read.written.dag()),
        "value": proof::latex(value),
        "derivatives": derivatives.collect::<Vec<_>>(),
    })
}

/// The code of the formula, as `actsmith emit --json` has it.
fn code(read: &Read, typed: &str, name: &str, target: &str) -> Result<Value> {
    let Some(kind) = Target::named(target) else {
        return Err(Error::Usage(format!("there is no target `{target}`")));
    };
    let formula = read.written.clone();
    let (declaration, gaps) = emit::named(name, &formula, &read.region()?)?;
    let text = super::super::formula::one_line(typed);
    let quoted = shlex::try_quote(&text).map_or_else(|_| text.clone(), Into::into);
    let command = format!("actsmith emit {quoted} --name {name} --target {target}");
    let source = kind.source(&declaration, false, &command)?;
    let remarks = [gaps, kind.remarks(&declaration)].concat();
    let activation = &declaration.activation;
    let shown = match kind {
        Target::Export(export) => export.name_of(&activation.name),
        Target::Rust | Target::Standalone => activation.name.clone(),
    };
    Ok(json!({
        "name": shown,
        "target": target,
        "input": activation.source,
        "formula": activation.value.formula(0),
        "output": null,
        "source": source,
        "command": command,
        "remarks": remarks,
    }))
}

/// What is wrong with a question, as commands tell it with `--json`. Mistakes in the formula are located: `start` and `end` count the
/// UTF-16 units of the text that was typed, as browsers do.
fn mistake(error: &Error, typed: &str) -> Value {
    let kind = if error.exit_code() == 2 {
        "usage"
    } else {
        "failure"
    };
    let located = match error {
        Error::Formula(mistakes) => located(mistakes, typed),
        _ => Vec::new(),
    };
    json!({ "error": { "kind": kind, "message": error.to_string(), "at": located } })
}

fn located(mistakes: &Diagnostics, typed: &str) -> Vec<Value> {
    // The name of a language stands before the text that was read.
    let before = prefixed(typed).map_or(0, |(rest, _)| typed.len() - rest.len());
    let units = |byte: usize| {
        let byte = (before + byte).min(typed.len());
        typed
            .char_indices()
            .take_while(|(at, _)| *at < byte)
            .map(|(_, c)| c.len_utf16())
            .sum::<usize>()
    };
    mistakes
        .iter()
        .map(|mistake| {
            json!({
                "start": units(mistake.range.start),
                "end": units(mistake.range.end),
                "message": mistake.message,
                "help": mistake.help,
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(question: Value) -> Value {
        answer(&serde_json::from_value(question).expect("a question"))
    }

    #[test]
    fn a_mistake_is_located_in_what_was_typed() {
        for (formula, start, end) in [
            ("x * sigmod(x)", 4, 10),
            ("  torch:x * F.sigmod(x)", 14, 20),
            ("𝑥 + sigmod(x)", 5, 11),
        ] {
            let answer = asked(json!({ "ask": "curves", "formula": formula, "x": ["-1", "1"] }));
            let at = &answer["error"]["at"][0];
            assert_eq!(
                (at["start"].as_u64(), at["end"].as_u64()),
                (Some(start), Some(end)),
                "{answer}"
            );
        }
    }

    #[test]
    fn no_file_is_read_and_no_report_made_for_a_page() {
        for formula in ["@/etc/hostname", "-", " @Cargo.toml"] {
            let answer = asked(json!({ "ask": "curves", "formula": formula, "x": ["-1", "1"] }));
            assert_eq!(answer["error"]["kind"], "usage", "{answer}");
        }
        let report = json!({ "ask": "report", "folder": "/" });
        assert!(serde_json::from_value::<Question>(report).is_err());
    }
}
