//! The graphs of the formulas in the operation table.

#[cfg(feature = "oracle")]
use std::sync::LazyLock;

use super::{Names, parse_text};
use crate::ir::Dag;
use crate::ops::ARGUMENTS;
#[cfg(feature = "oracle")]
use crate::ops::Op;

/// The graph of a formula of the table, over the arguments of its operation.
pub(crate) fn of_row(text: &str) -> Dag {
    let names = ARGUMENTS.map(str::to_owned);
    parse_text(text, Names::Declared(&names)).unwrap_or_else(|error| panic!("{text}: {error}"))
}

/// The graph by which true values of an operation are computed, if its row has one.
#[cfg(feature = "oracle")]
pub(crate) fn formula(op: Op) -> Option<&'static Dag> {
    static FORMULAS: LazyLock<Vec<Option<Dag>>> = LazyLock::new(|| {
        let graph = |op: &Op| op.row().formula().map(of_row);
        Op::ALL.iter().map(graph).collect()
    });
    FORMULAS[op as usize].as_ref()
}
