//! The report as one HTML file, with everything in it.

use maud::{DOCTYPE, Markup, PreEscaped, html};

use super::figures::{self, Scored};
use super::load::{Evaluation, Folder, Found, Run};
use super::tables::{self, Table};

const FIGURE: &str = include_str!("figure.css");
const LIGHT: &str = include_str!("light.css");
const DARK: &str = "--ink:#e6e9ed;--quiet:#a0a9b3;--grid:#333a42;--faint:#6b7580;--page:#14181c;--panel:#1f252b;--found:#ff9a6b;--a:#7cc4ff;--b:#f2c14e;--c:#5fd9ae;--d:#c9b0ff;--e:#ff9ecb;--f:#cbd5e1;";
const PAGE: &str = include_str!("page.css");

/// A chart of one figure as an SVG file of its own: light, for print.
pub(crate) fn style() -> String {
    format!("<style>.figure{{{}}}{FIGURE}</style>", LIGHT.trim())
}

/// The whole page.
pub(super) fn page(folders: &[Folder]) -> String {
    let title = tables::title(folders);
    let style = format!(
        ":root{{color-scheme:light dark;{}}}@media(prefers-color-scheme:dark){{:root{{{DARK}}}}}{PAGE}{FIGURE}",
        LIGHT.trim()
    );
    let several = folders.len() > 1;
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:";
                title { (title) }
                style { (PreEscaped(style)) }
            }
            body {
                main {
                    h1 { (title) }
                    @if several { (beside(folders)) }
                    @for folder in folders {
                        @match folder {
                            Folder::Run(run) => (run_section(run)),
                            Folder::Evaluation(found) => (evaluation_section(found)),
                        }
                    }
                    p.quiet { "Written by actsmith " (env!("CARGO_PKG_VERSION")) ". Figures name their numbers when the pointer rests on a dot." }
                }
            }
        }
    }
    .into_string()
}

/// A drawing with a caption.
fn figure(svg: &str, caption: &str) -> Markup {
    html! {
        figure {
            (PreEscaped(svg))
            figcaption { (caption) }
        }
    }
}

fn table(of: &Table) -> Markup {
    html! {
        div.scroll {
            table {
                thead { tr { @for (column, head) in of.head.iter().enumerate() { th class=[of.class(column)] { (head) } } } }
                tbody {
                    @for row in &of.rows {
                        tr { @for (column, cell) in row.iter().enumerate() { td class=[of.class(column)] { (cell) } } }
                    }
                }
            }
        }
    }
}

/// All folders beside one another.
fn beside(folders: &[Folder]) -> Markup {
    let found = tables::functions(folders);
    html! {
        h2 { "Beside one another" }
        @if found.len() > 1 {
            @let [values, slopes] = figures::together(&found);
            div.figures {
                (figure(&values, "The found functions."))
                (figure(&slopes, "Their derivatives."))
            }
        }
        (table(&tables::beside(folders)))
    }
}

fn run_section(run: &Run) -> Markup {
    html! {
        h2 { (run.name) }
        p.quiet { (tables::about(run)) }
        @for found in &run.functions { (function(run, found)) }
        (results(run))
        @if let Some(found) = &run.evaluation { (evaluation(found)) }
        h3 { "Losses" }
        div.figures {
            @for (name, svg) in figures::losses(run) { (figure(&svg, name)) }
        }
        h3 { "Cost" }
        p { (run.timing.search.report(run.outcome.training_steps).to_string()) }
        (table(&tables::seconds(run)))
        h3 { "Settings and seeds" }
        p { "Seed " (run.outcome.seed) "." }
        details {
            summary { "All settings" }
            pre { (run.settings) }
        }
        (table(&tables::provenance(run)))
    }
}

/// All that concerns one function of a run.
fn function(run: &Run, found: &Found) -> Markup {
    let formulas = &found.finding.formulas;
    let [values, slopes] = figures::function(found, "found");
    let weights = figures::weights(run, found);
    let removals = figures::removals(run, found.group.as_deref());
    html! {
        @if let Some(group) = &found.group { h3 { "Sites " (group) } }
        p.formula { code { "f(x) = " (formulas.simplified) } }
        p.formula { code { "f′(x) = " (formulas.derivative) } }
        div.figures {
            (figure(&values, tables::values_caption(found)))
            (figure(&slopes, "The derivative. Where it jumps, the line has a gap."))
        }
        h3 { "Code to paste" }
        pre { (found.macro_call()) }
        details {
            summary { "One file that needs candle-core alone" }
            pre { (found.standalone) }
        }
        h3 { "Passport" }
        @match &found.passport {
            Ok(passport) => {
                div.scroll {
                    table {
                        tbody {
                            @for row in passport.rows() {
                                tr { th { (row.label) } td { (row.text) } td.basis { (row.basis) } }
                            }
                        }
                    }
                }
            }
            Err(reason) => p { "There is none: " (reason) "." }
        }
        h3 { "From the cell to the formula" }
        (figure(&figures::cell(&found.finding.genotype), "The cell with the operation that is left in each slot."))
        (table(&tables::steps(found)))
        h3 { "From exact to simple" }
        @match &found.front {
            Ok(front) => {
                @if let Some(svg) = figures::front(front) {
                    div.figures { (figure(&svg, "Cheaper forms of the function, by their numbers in the table.")) }
                }
                @if let Some(taken) = tables::taken(front) { p { (taken) } }
                (table(&tables::front(front)))
            }
            Err(reason) => p { "There are no cheaper forms: " (reason) "." }
        }
        @if !weights.is_empty() {
            h3 { "Weights of the operations" }
            div.figures.small {
                @for (slot, svg) in &weights { (figure(svg, slot)) }
            }
        }
        @if !removals.is_empty() {
            details {
                summary { "Operations in the order in which they left" }
                (table(&tables::removals(&removals)))
            }
        }
    }
}

/// The trainings from scratch of a run.
fn results(run: &Run) -> Markup {
    let rows: Vec<Scored> = tables::retrained(run);
    html! {
        h3 { "Evaluation" }
        @if rows.is_empty() {
            p { "Nothing was trained from scratch." }
        } @else {
            @if let Some(verdict) = run.outcome.verdict() { p { (verdict) } }
            (figure(&figures::scores(&rows, run.outcome.measure), SCORES))
            (table(&tables::scores(&rows, run.outcome.measure)))
        }
    }
}

const SCORES: &str = "Each dot is a training from scratch with one seed; the stroke is the mean, the bar one standard deviation to each side.";

fn evaluation(found: &Evaluation) -> Markup {
    let rows = tables::evaluated(found);
    html! {
        h3 { "Evaluation of " (found.network) " on " (found.data) }
        ul { @for verdict in &found.verdicts { li { (verdict) } } }
        (figure(&figures::scores(&rows, found.measure), SCORES))
        (table(&tables::evaluation(found)))
        @if !found.comparisons.is_empty() { (table(&tables::comparisons(found))) }
    }
}

fn evaluation_section(found: &Evaluation) -> Markup {
    html! {
        h2 { (found.name) }
        p.quiet { (tables::about_evaluation(found)) }
        (evaluation(found))
    }
}
