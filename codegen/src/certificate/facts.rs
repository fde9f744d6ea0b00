//! What the checker knows of the values of terms: by arithmetic of any precision, and by nothing that simplification goes by.
//!
//! An operation outside its domain counts as 0, and with that every term is a total function and every equation of a proof one of
//! total functions. Where a guard does not hold in that sense and does wherever its terms have values, the step *assumes* that they
//! have: the operations that this hangs on are kept, and a claim holds only if the formula asks for the same.

use std::collections::{BTreeSet, HashMap, HashSet};

use crate::analysis::Region;
use crate::ir::{Id, Node, Terms};
use crate::number::Number;
use crate::ops::Op;
use crate::precise::{
    Absent, Arithmetic, Constant, Defined, Ladder, Range, Value, apply, in_domain,
};
use crate::rules::Guard;

/// Terms by id.
pub(super) type Known = HashMap<Id, Value>;

/// What a rung of the precision costs, in terms of the work of looking at a term.
const COSTS: [usize; 4] = [64, 128, 512, 4096];

/// The values of terms, at each precision.
pub(super) struct Facts {
    ladder: Ladder,
    levels: Vec<Level>,
}

/// What is known at one precision.
struct Level {
    variables: Vec<Value>,
    /// Terms that are nowhere 0.
    nonzero: HashSet<Id>,
    /// With 0 for what has no value, and without.
    known: [Known; 2],
}

/// The guards of a rule are proven.
pub(super) struct Proven {
    /// What is known of what they are about, in the order of the names asked for.
    pub(super) values: Vec<Value>,
    /// The operations that must have a value for it.
    pub(super) assumed: BTreeSet<Id>,
}

impl Facts {
    /// Terms of `nonzero` are 0 at no point that counts.
    pub(super) fn new(variables: &[String], region: &Region, nonzero: &[Id]) -> Self {
        let mut ladder = Ladder::new();
        let level = |arithmetic: &mut Arithmetic| Level {
            variables: variables
                .iter()
                .map(|name| variable(region.ends(name), arithmetic))
                .collect(),
            nonzero: nonzero.iter().copied().collect(),
            known: [Known::new(), Known::new()],
        };
        let levels = ladder.rungs().map(level).collect();
        Self { ladder, levels }
    }

    /// Looks for a precision at which `holds` is true of the values of `wanted`, where each pair of `equal` terms in turn lends
    /// the facts of either to the other. `spend` is told of the work.
    pub(super) fn prove(
        &mut self,
        terms: &Terms,
        wanted: &[Id],
        equal: &[(Id, Id)],
        holds: impl Fn(&[Value]) -> bool,
        mut spend: impl FnMut(usize) -> Result<(), String>,
    ) -> Result<Option<Proven>, String> {
        let ends: Vec<Id> = equal.iter().flat_map(|&(a, b)| [a, b]).collect();
        let roots = [wanted, &ends].concat();
        let mut below: Option<Vec<Id>> = None;
        let rungs = self.ladder.rungs().zip(&mut self.levels).zip(COSTS);
        for ((arithmetic, level), cost) in rungs {
            for absent in [Absent::Zero, Absent::Nothing] {
                let known = &level.known[absent as usize];
                if !equal.is_empty() || !wanted.iter().all(|id| known.contains_key(id)) {
                    let below = below.get_or_insert_with(|| terms.below(&roots));
                    let fresh = |id: &&Id| !equal.is_empty() || !known.contains_key(*id);
                    spend(below.len() + cost * below.iter().filter(fresh).count())?;
                }
                let values = level.values(terms, wanted, equal, absent, arithmetic);
                if holds(&values) {
                    let assumed = match absent {
                        Absent::Zero => BTreeSet::new(),
                        Absent::Nothing => level.partial(terms, &terms.below(&roots), arithmetic),
                    };
                    return Ok(Some(Proven { values, assumed }));
                }
                if values.iter().all(|value| value.defined == Defined::Always) && equal.is_empty() {
                    break;
                }
            }
        }
        Ok(None)
    }

    /// The operations in terms that may lack a value.
    pub(super) fn partial(
        &mut self,
        terms: &Terms,
        roots: &[Id],
        mut spend: impl FnMut(usize) -> Result<(), String>,
    ) -> Result<BTreeSet<Id>, String> {
        let below = terms.below(roots);
        let mut found = BTreeSet::new();
        // As few as any precision leaves.
        for ((arithmetic, level), cost) in self.ladder.rungs().zip(&mut self.levels).zip(COSTS) {
            let known = &level.known[Absent::Nothing as usize];
            let fresh = |id: &&Id| !known.contains_key(*id);
            spend(below.len() + cost * below.iter().filter(fresh).count())?;
            found = level.partial(terms, &below, arithmetic);
            if found.is_empty() {
                break;
            }
        }
        Ok(found)
    }
}

impl Level {
    fn values(
        &mut self,
        terms: &Terms,
        wanted: &[Id],
        equal: &[(Id, Id)],
        absent: Absent,
        arithmetic: &mut Arithmetic,
    ) -> Vec<Value> {
        let Self {
            variables,
            nonzero,
            known,
        } = self;
        let known = &mut known[absent as usize];
        if equal.is_empty() {
            fill(
                terms,
                wanted,
                (variables, nonzero),
                known,
                absent,
                arithmetic,
            );
            return wanted.iter().map(|id| known[id].clone()).collect();
        }
        let mut lent = Known::new();
        for &(a, b) in equal {
            let [one, other] = [a, b].map(|id| {
                let mut known = lent.clone();
                fill(
                    terms,
                    &[id],
                    (variables, nonzero),
                    &mut known,
                    absent,
                    arithmetic,
                );
                known[&id].clone()
            });
            let both = one.meet(&other);
            lent.insert(a, both.clone());
            lent.insert(b, both);
        }
        fill(
            terms,
            wanted,
            (variables, nonzero),
            &mut lent,
            absent,
            arithmetic,
        );
        wanted.iter().map(|id| lent[id].clone()).collect()
    }

    fn partial(
        &mut self,
        terms: &Terms,
        below: &[Id],
        arithmetic: &mut Arithmetic,
    ) -> BTreeSet<Id> {
        let Self {
            variables,
            nonzero,
            known,
        } = self;
        let known = &mut known[Absent::Nothing as usize];
        fill(
            terms,
            below,
            (variables, nonzero),
            known,
            Absent::Nothing,
            arithmetic,
        );
        let lacks = |id: &Id| match terms.node(*id) {
            Node::Number(_) | Node::Variable(_) | Node::Apply(Op::If, _) => false,
            node @ Node::Apply(op, _) => {
                let arguments: Vec<&Value> = node.arguments().iter().map(|a| &known[a]).collect();
                in_domain(*op, &arguments) != Defined::Always
            }
        };
        below.iter().copied().filter(lacks).collect()
    }
}

/// Adds the values of `roots` and of all that they are made of, as far as they are not known.
fn fill(
    terms: &Terms,
    roots: &[Id],
    (variables, nonzero): (&[Value], &HashSet<Id>),
    known: &mut Known,
    absent: Absent,
    arithmetic: &mut Arithmetic,
) {
    let mut open: Vec<Id> = roots.to_vec();
    while let Some(&top) = open.last() {
        if known.contains_key(&top) {
            open.pop();
            continue;
        }
        let node = terms.node(top);
        let arguments = node.arguments();
        let missing: Vec<Id> = arguments
            .iter()
            .copied()
            .filter(|argument| !known.contains_key(argument))
            .collect();
        if !missing.is_empty() {
            open.extend(missing);
            continue;
        }
        let mut value = match node {
            Node::Number(number) => Value::constant(number.into(), arithmetic),
            Node::Variable(index) => variables[*index].clone(),
            Node::Apply(op, _) => {
                let values: Vec<&Value> =
                    arguments.iter().map(|argument| &known[argument]).collect();
                let same = arguments.len() == 2 && arguments[0] == arguments[1];
                apply(*op, &values, same, absent, arithmetic)
            }
        };
        value.range = value.range.without_zero(nonzero.contains(&top));
        known.insert(top, value);
        open.pop();
    }
}

/// Every value of a variable between its ends.
fn variable((low, high): (Option<&Number>, Option<&Number>), arithmetic: &mut Arithmetic) -> Value {
    match (low, high) {
        (Some(low), Some(high)) if low == high => Value::constant(low.into(), arithmetic),
        _ => {
            let mut end = |number: Option<&Number>| {
                number.map(|number| Value::constant(Constant::from(number), arithmetic).range)
            };
            let (low, high) = (end(low), end(high));
            Value::within(Range::from_ends(low.as_ref(), high.as_ref()))
        }
    }
}

/// Whether values prove a guard.
pub(super) fn holds<'a>(
    guard: Guard,
    value: impl Fn(&str) -> &'a Value,
    number: impl Fn(i32) -> Range,
) -> bool {
    let range = |name: &str| &value(name).range;
    match guard {
        Guard::NonZero(a) => range(a).excludes_zero(),
        Guard::Positive(a) => range(a).is_positive(),
        Guard::NonNegative(a) => range(a).is_not_negative(),
        Guard::NonPositive(a) => range(a).is_not_positive(),
        Guard::Zero(a) => range(a).is_zero(),
        Guard::Literal(a) => value(a).exact.is_some(),
        Guard::Even(a) => value(a).exact.as_ref().and_then(Constant::is_even) == Some(true),
        Guard::Odd(a) => value(a).exact.as_ref().and_then(Constant::is_even) == Some(false),
        Guard::AtMost(a, bound) => range(a).is_at_most(&number(bound)),
        Guard::AtLeast(a, bound) => number(bound).is_at_most(range(a)),
        Guard::Ordered(a, b) => range(a).is_at_most(range(b)),
    }
}
