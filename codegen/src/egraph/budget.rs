//! How far an e-graph may grow, and why it stopped.

use std::fmt;

/// How far an e-graph may grow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Budget {
    /// Rounds of applying every rule.
    pub iterations: usize,
    /// E-nodes.
    pub nodes: usize,
}

impl Default for Budget {
    /// Twice the nodes gain less than 1 % in cost on formulas of the search space and double the time, which a macro expansion in
    /// an unoptimised build feels.
    fn default() -> Self {
        Self {
            iterations: 5,
            nodes: 1_000,
        }
    }
}

impl Budget {
    /// The rungs of the ladder within the budget: e-graphs of growing size, each started from the best form so far. A larger
    /// budget adds rungs and changes none, so it never gives a worse form.
    pub(super) fn rungs(self) -> impl Iterator<Item = Self> {
        const FIRST: Budget = Budget {
            iterations: 3,
            nodes: 300,
        };
        let rung = |step: u32| Self {
            iterations: FIRST.iterations + 2 * step as usize,
            nodes: FIRST.nodes << step,
        };
        (0..usize::BITS / 2)
            .map(rung)
            .take_while(move |rung| rung.iterations <= self.iterations && rung.nodes <= self.nodes)
    }
}

/// Why saturation stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StopReason {
    /// No rule has anything left to add.
    Saturated,
    /// The rounds were used up.
    IterationLimit,
    /// The e-graph is as large as it may get.
    NodeLimit,
    /// A larger e-graph, started from the best form, has nothing better.
    Settled,
}

impl fmt::Display for StopReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Saturated => "saturated",
            Self::IterationLimit => "iteration limit",
            Self::NodeLimit => "node limit",
            Self::Settled => "settled",
        })
    }
}
