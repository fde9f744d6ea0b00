//! What an e-graph is told while it grows, in order: enough to derive afterwards everything that it knows.
//!
//! The ids are those of the e-graph. Each stands for one term, that of the e-node it was made for, and so do derivations.

use egg::Id;

use crate::ir::Node;
use crate::number::Number;
use crate::ops::Op;
use crate::rules::PATTERN_NAMES;

/// The log of a run.
#[derive(Clone, Debug, Default)]
pub(super) struct Log {
    /// How the facts of classes were found; a derivation uses only earlier ones.
    pub derivations: Vec<Derivation>,
    /// What classes were united for.
    pub equations: Vec<Equation>,
}

impl Log {
    /// The index of a new derivation.
    pub(super) fn derive(&mut self, derivation: Derivation) -> usize {
        self.derivations.push(derivation);
        self.derivations.len() - 1
    }
}

/// Why something is known of a class.
#[derive(Clone, Debug)]
pub(super) enum Derivation {
    /// An e-node of the class has that fact if its arguments, which are indices of derivations, have theirs.
    Of(Node),
    /// Both are known of the class.
    Both(usize, usize),
}

/// Two terms that were found equal.
#[derive(Clone, Debug)]
pub(super) enum Equation {
    /// The sides of a rule.
    Rule {
        /// The rule.
        name: String,
        /// What the names of the rule stand for.
        arguments: [Option<Id>; PATTERN_NAMES.len()],
        /// The arguments that guards are about, with the derivations of what is known of them.
        premises: Vec<(Id, usize)>,
    },
    /// An operation on literals, and its exact value.
    Fold(Op, Vec<Number>, Number),
}
