//! The sides of a rule as graphs over the names that it matches.

use crate::ir::Dag;
use crate::syntax::{Names, parse_text};

/// The names that a rule may use for what it matches; `p` and `q` are conditions.
pub(crate) const PATTERN_NAMES: [&str; 6] = ["a", "b", "c", "d", "p", "q"];

/// One side of a rule as a graph over [`PATTERN_NAMES`].
pub(crate) fn side(text: &str) -> Dag {
    let names = PATTERN_NAMES.map(str::to_owned);
    parse_text(text, Names::Pattern(&names))
        .unwrap_or_else(|error| panic!("a side of a rule: {error}"))
}
