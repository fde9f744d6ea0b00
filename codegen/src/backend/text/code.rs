//! A graph as lines of a target's language.

use std::collections::HashSet;

use super::definitions::definition;
use super::form::{Expression, Spelling};
use super::names::Names;
use crate::ir::Dag;
use crate::kernel::{Schedule, Statement};
use crate::ops::Op;
use crate::syntax::of_row;

/// A language that computes with numbers.
pub(crate) trait Language {
    /// The longest text of an expression: what is longer is taken apart.
    const WIDTH: usize;

    /// How an operation is written.
    fn spelling(&self, op: Op) -> Spelling;

    /// How a number is written.
    fn number(&self, value: f64) -> Expression;

    /// What the function is called that stands for an operation which is not written in place.
    fn helper(&self, op: Op) -> String {
        format!("_{}", op.name())
    }

    /// What is written otherwise than its row says, because of what the arguments are.
    fn special(&self, _op: Op, _arguments: &[Expression], _like: &str) -> Option<Expression> {
        None
    }

    /// The text of a form, with what depends on the type in its place.
    fn typed(&self, text: Expression) -> Expression {
        text
    }

    /// Whether a name may not be that of a variable.
    fn is_reserved(&self, name: &str) -> bool;
}

/// A value that has a name.
#[derive(Debug)]
pub(crate) struct Line {
    pub(crate) name: String,
    pub(crate) expression: String,
    /// Whether the value is a truth value.
    pub(crate) is_condition: bool,
}

/// What a graph computes.
#[derive(Debug)]
pub(crate) struct Output {
    pub(crate) expression: String,
    pub(crate) reach: Reach,
}

/// What an output depends on.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Reach {
    Inputs,
    /// On parameters alone.
    Parameters,
    /// On nothing: it is a number.
    Nothing,
}

/// The code of a graph.
#[derive(Debug)]
pub(crate) struct Code {
    /// What the variables are called.
    pub(crate) variables: Vec<String>,
    pub(crate) lines: Vec<Line>,
    pub(crate) outputs: Vec<Output>,
    /// The operations that are called as functions.
    pub(crate) calls: HashSet<Op>,
}

impl Code {
    /// A name for what is used more than once, or does not fit on a line; everything else stands where it is used. The first `inputs`
    /// of the variables are the inputs.
    pub(crate) fn new<L: Language>(dag: &Dag, inputs: usize, language: &L) -> Self {
        let schedule = Schedule::new(dag);
        let mut names = Names::new(&dag.variables, |name| language.is_reserved(name));
        let mut code = Self {
            variables: names.variables.clone(),
            lines: Vec::new(),
            outputs: Vec::new(),
            calls: HashSet::new(),
        };
        let mut count = 0;
        let mut expressions: Vec<Expression> = Vec::with_capacity(schedule.statements.len());
        let mut conditions: Vec<bool> = Vec::with_capacity(schedule.statements.len());
        for (id, statement) in schedule.statements.iter().enumerate() {
            let mut is_condition = false;
            let expression = match statement {
                Statement::Constant(value) => language.number(*value),
                Statement::Variable(index) => Expression::atom(code.variables[*index].clone()),
                Statement::Apply(op, arguments) => {
                    is_condition = matches!(op, Op::Lt | Op::Le | Op::Eq);
                    let mut given: Vec<Expression> =
                        arguments.iter().map(|&a| expressions[a].clone()).collect();
                    let mut expression = code.apply(language, *op, &given);
                    // The longest argument gets a name, until the rest fits.
                    while expression.text().chars().count() > L::WIDTH {
                        let length = |&index: &usize| given[index].text().len();
                        let longest = (0..given.len()).max_by_key(length);
                        let Some(longest) = longest.filter(|&i| !given[i].is_name()) else {
                            break;
                        };
                        let name = names.fresh(&format!("t{count}"));
                        count += 1;
                        code.lines.push(Line {
                            name: name.clone(),
                            expression: given[longest].text().to_owned(),
                            is_condition: conditions[arguments[longest]],
                        });
                        given[longest] = Expression::atom(name);
                        expression = code.apply(language, *op, &given);
                    }
                    let shared = schedule.uses[id] > 1 && !expression.is_name();
                    if shared {
                        let name = names.fresh(&format!("t{count}"));
                        count += 1;
                        code.lines.push(Line {
                            name: name.clone(),
                            expression: expression.text().to_owned(),
                            is_condition,
                        });
                        Expression::atom(name)
                    } else {
                        expression
                    }
                }
            };
            expressions.push(expression);
            conditions.push(is_condition);
        }
        let mut reaches: Vec<bool> = Vec::with_capacity(schedule.statements.len());
        for statement in &schedule.statements {
            reaches.push(match statement {
                Statement::Constant(_) => false,
                Statement::Variable(index) => *index < inputs,
                Statement::Apply(_, arguments) => arguments.iter().any(|&a| reaches[a]),
            });
        }
        let output = |&output: &usize| Output {
            expression: expressions[output].text().to_owned(),
            reach: match schedule.statements[output] {
                _ if reaches[output] => Reach::Inputs,
                Statement::Constant(_) => Reach::Nothing,
                Statement::Variable(_) | Statement::Apply(..) => Reach::Parameters,
            },
        };
        code.outputs = schedule.outputs.iter().map(output).collect();
        code
    }

    fn apply<L: Language>(&mut self, language: &L, op: Op, arguments: &[Expression]) -> Expression {
        if let (Op::If, Some(condition)) = (op, arguments[0].value()) {
            return arguments[if condition != 0.0 { 1 } else { 2 }].clone();
        }
        let like = self.variables.first().map_or("", String::as_str);
        if let Some(special) = language.special(op, arguments, like) {
            return special;
        }
        match language.spelling(op) {
            Spelling::Form(form) => language.typed(form.on(arguments)),
            Spelling::Own(_) | Spelling::Defined => {
                self.calls.insert(op);
                let texts: Vec<&str> = arguments.iter().map(Expression::text).collect();
                Expression::atom(format!("{}({})", language.helper(op), texts.join(", ")))
            }
        }
    }
}

/// A function that stands for an operation.
pub(crate) struct Helper {
    pub(crate) op: Op,
    pub(crate) body: Body,
}

/// What a function computes.
pub(crate) enum Body {
    /// The text of the target.
    Own(&'static str),
    /// The code of the shared definition.
    Code(Code),
}

/// The functions that `codes` call, and those that these call, each behind all that it calls.
pub(crate) fn helpers<L: Language>(codes: &[&Code], language: &L) -> Vec<Helper> {
    let mut done: Vec<Helper> = Vec::new();
    let mut known: HashSet<Op> = HashSet::new();
    let ordered = |calls: &HashSet<Op>| {
        let mut ops: Vec<Op> = calls.iter().copied().collect();
        ops.sort_unstable();
        ops
    };
    let calls: HashSet<Op> = codes.iter().flat_map(|code| &code.calls).copied().collect();
    for op in ordered(&calls) {
        add(op, language, &mut known, &mut done);
    }
    return done;

    fn add<L: Language>(op: Op, language: &L, known: &mut HashSet<Op>, done: &mut Vec<Helper>) {
        if !known.insert(op) {
            return;
        }
        let body = match language.spelling(op) {
            Spelling::Own(text) => Body::Own(text),
            Spelling::Form(_) | Spelling::Defined => {
                let mut dag = of_row(definition(op).unwrap_or("a"));
                dag.variables.truncate(op.arity());
                if let [variable] = &mut dag.variables[..] {
                    *variable = "x".to_owned();
                }
                let code = Code::new(&dag, op.arity(), language);
                let mut calls: Vec<Op> = code.calls.iter().copied().collect();
                calls.sort_unstable();
                for call in calls {
                    add(call, language, known, done);
                }
                Body::Code(code)
            }
        };
        done.push(Helper { op, body });
    }
}
