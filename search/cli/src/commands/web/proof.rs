//! The steps of a proof as JSON, with formulas as text and in LaTeX.

use actsmith_codegen::Formula;
use actsmith_codegen::certificate::{Link, Passage};
use actsmith_codegen::ir::Dag;
use serde_json::{Value, json};

/// Larger formulas are no longer read as mathematics, and where parts are shared they may be far larger in one expression than as a graph.
const LARGEST: usize = 160;

/// A formula in LaTeX, unless it is too large for it.
pub(super) fn latex(dag: &Dag) -> Option<String> {
    let mut sizes: Vec<usize> = Vec::with_capacity(dag.nodes().len());
    for node in dag.nodes() {
        let below = node.arguments().iter().map(|&id| sizes[usize::from(id)]);
        sizes.push(below.fold(1, usize::saturating_add));
    }
    let size = sizes[usize::from(dag.roots[0])];
    (size <= LARGEST).then(|| Formula::from_dag(dag).to_latex())
}

/// A formula as text and in LaTeX.
pub(super) fn formula(dag: &Dag) -> Value {
    json!({ "formula": dag.formula(0), "latex": latex(dag) })
}

/// A part of an explanation.
pub(super) fn passage(passage: &Passage) -> Value {
    match passage {
        Passage::Proof {
            of,
            left,
            links,
            form,
        } => json!({
            "of": of,
            "from": formula(left),
            "to": form,
            "steps": links.iter().map(link).collect::<Vec<_>>(),
        }),
        Passage::Same { of, proved_by } => json!({ "of": of, "same_as": proved_by }),
        Passage::Measured {
            of,
            form,
            agreement,
        } => json!({
            "of": of,
            "to": form,
            "points": agreement.points,
            "ulp": agreement.ulp,
        }),
    }
}

fn link(link: &Link) -> Value {
    json!({
        "whole": formula(&link.whole),
        "before": formula(&link.before),
        "after": formula(&link.after),
        "why": link.why,
        "rule": link.rule,
        "guards": link.guards,
    })
}
