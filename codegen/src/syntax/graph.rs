//! The graph of a parsed formula.

use super::{Names, Parsed, parse_text};
use crate::diagnostic::Diagnostics;
use crate::ir::Dag;

impl Dag {
    /// Parses a formula in `x`; any other name in it becomes a parameter.
    pub fn parse(text: &str) -> Result<Self, Diagnostics> {
        parse_text(text, Names::Open)
    }
}

impl Parsed {
    /// The formula without what it does not use, and the token behind each of its nodes.
    pub fn compact(&self) -> Self {
        let used = self.dag.used();
        Self {
            dag: self.dag.compact(),
            spans: used.map(|id| self.spans[usize::from(id)]).collect(),
        }
    }
}
