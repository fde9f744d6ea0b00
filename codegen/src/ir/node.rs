//! A node of the graph, and the same node as an e-node of egg.

use std::fmt;

use egg::{FromOp, Id, Language};

use crate::number::Number;
use crate::ops::Op;

/// A literal, a variable or an operation; its arguments are nodes of a graph or e-classes.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Node {
    /// An exact literal.
    Number(Number),
    /// A variable, by its index among the names of the formula.
    Variable(usize),
    /// An operation. Arguments past its arity are `Id::from(0)`, so that equal nodes compare equal.
    Apply(Op, [Id; 3]),
}

/// What egg indexes e-nodes by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Head {
    /// Any literal.
    Number,
    /// Any variable.
    Variable,
    /// One operation.
    Apply(Op),
}

impl Node {
    /// The operation on `arguments`, of which there are as many as it takes.
    pub fn apply(op: Op, arguments: &[Id]) -> Self {
        assert_eq!(arguments.len(), op.arity(), "{}", op.name());
        let mut ids = [Id::from(0); 3];
        ids[..arguments.len()].copy_from_slice(arguments);
        Self::Apply(op, ids)
    }

    /// The arguments.
    pub fn arguments(&self) -> &[Id] {
        self.children()
    }

    /// The same node with other arguments.
    pub fn map(&self, f: impl FnMut(Id) -> Id) -> Self {
        self.clone().map_children(f)
    }
}

impl Language for Node {
    type Discriminant = Head;

    fn discriminant(&self) -> Head {
        match self {
            Self::Number(_) => Head::Number,
            Self::Variable(_) => Head::Variable,
            Self::Apply(op, _) => Head::Apply(*op),
        }
    }

    fn matches(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Number(a), Self::Number(b)) => a == b,
            (Self::Variable(a), Self::Variable(b)) => a == b,
            (Self::Apply(a, _), Self::Apply(b, _)) => a == b,
            _ => false,
        }
    }

    fn children(&self) -> &[Id] {
        match self {
            Self::Apply(op, arguments) => &arguments[..op.arity()],
            Self::Number(_) | Self::Variable(_) => &[],
        }
    }

    fn children_mut(&mut self) -> &mut [Id] {
        match self {
            Self::Apply(op, arguments) => &mut arguments[..op.arity()],
            Self::Number(_) | Self::Variable(_) => &mut [],
        }
    }
}

impl fmt::Display for Node {
    /// The head alone, as egg prints e-nodes.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(number) => write!(f, "{number}"),
            Self::Variable(index) => write!(f, "v{index}"),
            Self::Apply(op, _) => f.write_str(op.name()),
        }
    }
}

impl FromOp for Node {
    type Error = String;

    fn from_op(op: &str, children: Vec<Id>) -> Result<Self, String> {
        if let Some(known) = Op::from_call(op, children.len()) {
            return Ok(Self::apply(known, &children));
        }
        Number::parse(op)
            .filter(|_| children.is_empty())
            .map(Self::Number)
            .ok_or_else(|| format!("no operation `{op}` of {} arguments", children.len()))
    }
}
