//! The report as Markdown: the same tables and sentences, without the figures.

use std::fmt::Write;

use super::load::{Evaluation, Folder, Found, Run};
use super::tables::{self, Table};

/// The whole text.
pub(super) fn text(folders: &[Folder]) -> String {
    let mut out = format!("# {}\n", plain(&tables::title(folders)));
    if folders.len() > 1 {
        section(&mut out, 2, "Beside one another");
        table(&mut out, &tables::beside(folders));
    }
    for folder in folders {
        match folder {
            Folder::Run(of) => run(&mut out, of),
            Folder::Evaluation(of) => {
                section(&mut out, 2, &of.name);
                let _ = writeln!(out, "{}\n", plain(&tables::about_evaluation(of)));
                evaluation(&mut out, of);
            }
        }
    }
    out
}

fn section(out: &mut String, level: usize, title: &str) {
    let _ = writeln!(out, "\n{} {}\n", "#".repeat(level), plain(title));
}

/// Text in which Markdown sees no marks.
fn plain(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '\n' | '\r' => escaped.push(' '),
            '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '#' | '|' | '&' => {
                escaped.push('\\');
                escaped.push(character);
            }
            other => escaped.push(other),
        }
    }
    escaped
}

/// A block of code, between fences longer than any in it.
fn code(out: &mut String, language: &str, text: &str) {
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest.max(2) + 1);
    let _ = writeln!(out, "{fence}{language}\n{}\n{fence}\n", text.trim_end());
}

fn table(out: &mut String, of: &Table) {
    if of.rows.is_empty() {
        return;
    }
    let line = |cells: Vec<String>| format!("| {} |\n", cells.join(" | "));
    out.push_str(&line(of.head.iter().map(|head| plain(head)).collect()));
    let rule = (0..of.head.len()).map(|column| match of.class(column) {
        Some(_) => "---:".to_owned(),
        None => "---".to_owned(),
    });
    out.push_str(&line(rule.collect()));
    for row in &of.rows {
        out.push_str(&line(row.iter().map(|cell| plain(cell)).collect()));
    }
    out.push('\n');
}

fn run(out: &mut String, of: &Run) {
    section(out, 2, &of.name);
    let _ = writeln!(out, "{}\n", plain(&tables::about(of)));
    for found in &of.functions {
        function(out, found);
    }
    section(out, 3, "Evaluation");
    let rows = tables::retrained(of);
    if rows.is_empty() {
        out.push_str("Nothing was trained from scratch.\n");
    }
    if let Some(verdict) = of.outcome.verdict() {
        let _ = writeln!(out, "{}\n", plain(&verdict));
    }
    table(out, &tables::scores(&rows, of.outcome.measure));
    if let Some(found) = &of.evaluation {
        evaluation(out, found);
    }
    section(out, 3, "Cost");
    let cost = of
        .timing
        .search
        .report(of.outcome.training_steps)
        .to_string();
    let _ = writeln!(out, "{}\n", plain(&cost));
    table(out, &tables::seconds(of));
    section(out, 3, "Settings and seeds");
    code(out, "toml", &of.settings);
    table(out, &tables::provenance(of));
}

fn function(out: &mut String, found: &Found) {
    if let Some(group) = &found.group {
        section(out, 3, &format!("Sites {group}"));
    }
    let formulas = &found.finding.formulas;
    code(
        out,
        "",
        &format!(
            "f(x)  = {}\nf'(x) = {}",
            formulas.simplified, formulas.derivative
        ),
    );
    code(out, "rust", &found.macro_call());
    section(out, 3, "Passport");
    match &found.passport {
        Ok(passport) => {
            out.push_str("| | | |\n| --- | --- | --- |\n");
            for row in passport.rows() {
                let (label, text) = (plain(&row.label), plain(&row.text));
                let _ = writeln!(out, "| {label} | {text} | {} |", row.basis);
            }
        }
        Err(reason) => {
            let _ = writeln!(out, "There is none: {}.", plain(reason));
        }
    }
    section(out, 3, "From the cell to the formula");
    table(out, &tables::steps(found));
    section(out, 3, "From exact to simple");
    match &found.front {
        Ok(front) => {
            if let Some(taken) = tables::taken(front) {
                let _ = writeln!(out, "{}\n", plain(&taken));
            }
            table(out, &tables::front(front));
        }
        Err(reason) => {
            let _ = writeln!(out, "There are no cheaper forms: {}.", plain(reason));
        }
    }
}

fn evaluation(out: &mut String, of: &Evaluation) {
    section(
        out,
        3,
        &format!("Evaluation of {} on {}", of.network, of.data),
    );
    for verdict in &of.verdicts {
        let _ = writeln!(out, "- {}", plain(verdict));
    }
    out.push('\n');
    table(out, &tables::evaluation(of));
    table(out, &tables::comparisons(of));
}
