//! Simplification: a value and its derivatives go into one e-graph, rules saturate it, and the cheapest shared form comes out.
//!
//! Everything is bounded by counts, never by time, and egg's order is deterministic: the same formula gives the same form.

mod absorb;
mod compile;
#[cfg(feature = "oracle")]
mod congruence;
mod definedness;
mod demands;
#[cfg(feature = "oracle")]
mod derived;
mod difference;
mod enclose;
mod equality;
#[cfg(feature = "oracle")]
mod exactly;
mod exponents;
mod extract;
mod facts;
mod interval;
#[cfg_attr(
    not(feature = "oracle"),
    allow(dead_code, reason = "only certificates read it")
)]
mod log;
mod magnitudes;
mod points;
mod present;
mod price;
#[cfg(feature = "oracle")]
mod proof;
mod quality;
mod region;
mod rules;

use std::fmt;
use std::sync::LazyLock;
use std::time::Duration;

use egg::{Rewrite, Runner, StopReason as EggStop};

use crate::ir::{Dag, Id, Node};
use crate::ops::Op;
use extract::{Avoided, Taste};
use facts::{Facts, Graph};
use present::Present;

#[cfg(feature = "oracle")]
pub(crate) use compile::PATTERN_NAMES;
#[cfg(feature = "oracle")]
pub(crate) use congruence::{Link, Why};
pub use definedness::{Definedness, Gap, definedness};
#[cfg(feature = "oracle")]
pub(crate) use derived::{Derived, Reason};
#[cfg(feature = "oracle")]
pub(crate) use difference::where_both_defined;
pub use difference::{Agreement, Difference};
pub use enclose::range;
pub use equality::{Equality, equality};
#[cfg(feature = "oracle")]
pub(crate) use facts::fold;
#[cfg(all(test, feature = "oracle"))]
pub(crate) use facts::image;
pub use interval::Interval;
#[cfg(feature = "oracle")]
pub(crate) use interval::error;
pub(crate) use points::smooth_between;
pub use price::{cost, written_cost};
#[cfg(feature = "oracle")]
pub(crate) use proof::{ROWS, Run, Sides, derive};
pub use quality::{Judge, Witness};
pub use region::{EmptyInterval, Region};
pub use rules::{Guard, REFUTED, Refuted, Rule};

/// Every rule, those that serve proofs alone included.
pub fn every_rule() -> Vec<Rule> {
    rules::all()
}

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
    fn rungs(self) -> impl Iterator<Item = Self> {
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

/// A simplified graph, and how it came about.
#[derive(Clone, Debug)]
pub struct Simplified {
    /// Equal to the input, output by output.
    pub dag: Dag,
    /// The forms on the way: each was found from those before it. The last one is `dag`, unless the input stands.
    pub steps: Vec<Dag>,
    /// Why saturation stopped.
    pub stop_reason: StopReason,
    /// Whether no form in the last e-graph is cheaper, which is proven.
    pub optimal: bool,
    /// Where the cheapest form that was found is worse than the input, so that it was passed over, if it is.
    pub refused: Option<Witness>,
}

impl Simplified {
    /// The same, where a slope after the first output that would be NaN at an argument of f32, by 0·∞, is 0 there.
    pub(crate) fn without_nan(mut self, region: &Region) -> Self {
        if let Some(form) = absorb::zero_factors(&self.dag, region) {
            self.steps.push(form.clone());
            self.dag = form;
        }
        self
    }

    /// A graph as it is: it leaves no room for rules.
    pub(crate) fn untouched(dag: &Dag) -> Self {
        Self {
            dag: dag.compact(),
            steps: Vec::new(),
            stop_reason: StopReason::NodeLimit,
            optimal: false,
            refused: None,
        }
    }
}

/// Simplifies all outputs of `dag` together: what they share is paid for once.
pub fn simplify(dag: &Dag, region: &Region, budget: Budget) -> Simplified {
    simplify_known(dag, &[], region, budget)
}

/// As [`simplify`], with other graphs over the same variables whose outputs are known to equal those of `dag`, one by one.
pub fn simplify_known(dag: &Dag, equal: &[Dag], region: &Region, budget: Budget) -> Simplified {
    let mut best = Best::new(dag, region);
    for known in equal
        .iter()
        .filter(|known| known.roots.len() == dag.roots.len())
    {
        best.consider(known.compact()).ok();
    }
    let (mut stop_reason, mut optimal) = (StopReason::NodeLimit, false);
    for rung in budget.rungs() {
        let mut graph = Graph::new(Facts::new(region, &dag.variables));
        let roots = insert(&mut graph, &best.form);
        for other in equal {
            for (known, root) in insert(&mut graph, other).into_iter().zip(&roots) {
                graph.union(known, *root);
            }
        }
        let before = best.steps.len();
        let (graph, reason) = saturate(graph, &FORM_RULES, rung);
        stop_reason = reason;
        let mut avoid = Avoided::default();
        let extract = |taste: Taste, avoid: &Avoided| {
            extract::extract(&graph, &roots, &dag.variables, taste, avoid, EFFORT)
        };
        // A part that leaves the range of a format is avoided, and the rest of the form stays.
        let mut taken = false;
        for _ in 0..=REPAIRS {
            let found = extract(Taste::Cheap, &avoid);
            optimal = found.optimal;
            let Err(refused) = best.consider(found.dag) else {
                taken = true;
                break;
            };
            if !refused.avoid(&graph, &best.form, &mut avoid) {
                break;
            }
        }
        if !taken {
            best.consider(extract(Taste::Cautious, &avoid).dag).ok();
        }
        if reason == StopReason::Saturated {
            break;
        }
        // A small graph is worth another look: its e-graph had room left.
        if reason == StopReason::NodeLimit && best.steps.len() == before {
            stop_reason = StopReason::Settled;
            break;
        }
    }
    Simplified {
        dag: best.form,
        steps: best.steps,
        stop_reason,
        optimal,
        refused: best.refused,
    }
}

/// How many branches extraction looks at before it settles for the best that it knows.
const EFFORT: usize = 100;
/// How often extraction is told to avoid what leaves the range of a format.
const REPAIRS: usize = 6;

/// A form that is worse than the original at a point.
struct RefusedForm {
    form: Dag,
    point: Vec<f64>,
}

impl RefusedForm {
    /// Notes the classes whose value leaves the range of a format at the point, and what uses them, unless `better` has them too.
    /// Whether there is anything new.
    fn avoid(&self, graph: &Graph, better: &Dag, avoid: &mut Avoided) -> bool {
        let (own, kept) = (Placed::new(graph, &self.form), Placed::new(graph, better));
        let strained = Judge::strained(&self.form, &self.point);
        let classes = strained
            .iter()
            .filter_map(|&id| own.classes[usize::from(id)]);
        let classes = classes.filter(|class| !kept.classes.contains(&Some(*class)));
        let uses = |node: &Node| node.arguments().iter().any(|a| strained.contains(a));
        let users = self.form.nodes().iter().zip(&own.nodes);
        let users = users.filter(|(node, _)| uses(node));
        let users = users.filter_map(|(_, place)| place.clone());
        let users = users.filter(|node| !kept.nodes.contains(&Some(node.clone())));
        let known = (avoid.classes.len(), avoid.nodes.len());
        avoid.classes.extend(classes);
        avoid.nodes.extend(users);
        known != (avoid.classes.len(), avoid.nodes.len())
    }
}

/// The nodes of a graph as the e-graph has them, and their classes; none for what it does not have.
struct Placed {
    nodes: Vec<Option<Node>>,
    classes: Vec<Option<Id>>,
}

impl Placed {
    fn new(graph: &Graph, dag: &Dag) -> Self {
        let mut placed = Self {
            nodes: Vec::with_capacity(dag.nodes().len()),
            classes: Vec::with_capacity(dag.nodes().len()),
        };
        for node in dag.nodes() {
            let place = |id: &Id| placed.classes[usize::from(*id)];
            let known = node.arguments().iter().all(|id| place(id).is_some());
            let node = known.then(|| node.map(|id| place(&id).unwrap_or(id)));
            let class = node.clone().and_then(|node| graph.lookup(node));
            placed.nodes.push(node);
            placed.classes.push(class);
        }
        placed
    }
}

/// The best form so far, and the judge of the next.
struct Best<'a> {
    judge: Judge<'a>,
    region: &'a Region,
    form: Dag,
    price: (f64, usize),
    steps: Vec<Dag>,
    refused: Option<Witness>,
}

impl<'a> Best<'a> {
    fn new(dag: &'a Dag, region: &'a Region) -> Self {
        let judge = Judge::new(dag, region);
        let form = dag.compact();
        let price = price(&form, judge.assess_original(), region);
        Self {
            judge,
            region,
            form,
            price,
            steps: Vec::new(),
            refused: None,
        }
    }

    /// Takes `form` if it is better; an error if it is not safe to take, though worth it.
    fn consider(&mut self, form: Dag) -> Result<(), Box<RefusedForm>> {
        let form = form.without_decided_choices();
        if cost(&form, self.region) as f64 > self.price.0
            || self.form == form
            || !is_readable(&form)
        {
            return Ok(());
        }
        let bits_lost = match self.judge.assess(&form) {
            Ok(bits_lost) => bits_lost,
            Err(witness) => {
                let point = witness.point.clone();
                self.refused.get_or_insert(witness);
                return Err(Box::new(RefusedForm { form, point }));
            }
        };
        let price = price(&form, bits_lost, self.region);
        if price < self.price {
            self.price = price;
            self.steps.push(form.clone());
            self.form = form;
        }
        Ok(())
    }
}

/// Whether the text of a form reads back: a literal 0 that something is divided by does not. Such a form has no value anywhere.
fn is_readable(form: &Dag) -> bool {
    let is_zero = |id: &Id| matches!(form.node(*id), Node::Number(number) if number.is_zero());
    !form.nodes().iter().any(|node| match node {
        Node::Apply(Op::Div | Op::Celu, [_, divisor, _]) => is_zero(divisor),
        Node::Apply(..) | Node::Number(_) | Node::Variable(_) => false,
    })
}

/// What forms are compared by: the cost, which lost digits raise, and then how much there is to read. Losing one bit on the
/// mean outweighs a tenth of the cost, so only forms of nearly one cost are told apart by their digits.
fn price(form: &Dag, bits_lost: f64, region: &Region) -> (f64, usize) {
    let cost = cost(form, region) as f64;
    (cost * (1.0 + 0.1 * bits_lost), form.arguments())
}

/// Whether the rules prove the first outputs of two graphs over the same variables equal.
pub fn proves_equal(a: &Dag, b: &Dag, region: &Region, budget: Budget) -> bool {
    let mut graph = Graph::new(Facts::new(region, &a.variables));
    let (a, b) = (insert(&mut graph, a)[0], insert(&mut graph, b)[0]);
    let (graph, _) = saturate(graph, &PROOF_RULES, budget);
    graph.find(a) == graph.find(b)
}

/// The rules that may change the form that is written.
static FORM_RULES: LazyLock<Vec<Rewrite<Node, Facts>>> = LazyLock::new(|| {
    let rules = rules::all();
    rules
        .iter()
        .filter(|r| !r.proof_only)
        .map(compile::compile)
        .collect()
});

/// Every rule.
static PROOF_RULES: LazyLock<Vec<Rewrite<Node, Facts>>> =
    LazyLock::new(|| rules::all().iter().map(compile::compile).collect());

fn insert(graph: &mut Graph, dag: &Dag) -> Vec<Id> {
    let mut places: Vec<Id> = Vec::with_capacity(dag.nodes().len());
    for node in dag.nodes() {
        let place = graph.add(node.map(|id| places[usize::from(id)]));
        places.push(place);
    }
    graph.rebuild();
    dag.roots
        .iter()
        .map(|&root| places[usize::from(root)])
        .collect()
}

fn saturate(graph: Graph, rules: &[Rewrite<Node, Facts>], budget: Budget) -> (Graph, StopReason) {
    saturate_until(graph, rules, budget, |_| false)
}

/// Stops between two rounds as soon as the e-graph is `done`.
fn saturate_until(
    graph: Graph,
    rules: &[Rewrite<Node, Facts>],
    budget: Budget,
    done: impl Fn(&Graph) -> bool + 'static,
) -> (Graph, StopReason) {
    let runner = Runner::<Node, Facts>::new(graph.analysis.clone())
        .with_egraph(graph)
        .with_scheduler(Present::default())
        .with_hook(move |runner| {
            let reached = done(&runner.egraph).then(|| Err("done".to_owned()));
            reached.unwrap_or(Ok(()))
        })
        .with_iter_limit(budget.iterations)
        .with_node_limit(budget.nodes)
        // The clock decides nothing.
        .with_time_limit(Duration::MAX)
        .run(rules);
    let stop_reason = match runner.stop_reason {
        Some(EggStop::Saturated) => StopReason::Saturated,
        Some(EggStop::NodeLimit(_)) => StopReason::NodeLimit,
        Some(EggStop::IterationLimit(_) | EggStop::TimeLimit(_) | EggStop::Other(_)) | None => {
            StopReason::IterationLimit
        }
    };
    (runner.egraph, stop_reason)
}

#[cfg(test)]
mod tests {
    use super::*;

    const CORPUS: [&str; 10] = [
        "x / (1 + exp(-x))",
        "x * tanh(ln(1 + exp(x)))",
        "sigmoid(gelu(sigmoid(silu(x)) * silu(x))) * silu(x)",
        "clamp(square(tanh(x)), -10, 10) + softplus(beta * x)",
        "sigmoid(m) * (x + beta) + (1 - sigmoid(m)) * leaky_relu(x)",
        "max(erf(x), relu(x)) * exp(min(x, ln(10)))",
        "asinh(sinh(clamp(x, -asinh(10), asinh(10))) + cube(x)) - gelu(x)",
        "sqrt(max(sigmoid(x) * atan(x), 0.001))",
        "(exp(x) - exp(-x)) / (exp(x) + exp(-x)) * x",
        "silu(leaky_relu(x) + sigmoid(x))",
    ];

    /// Each rung starts from the best form of those before it, so a budget with more rungs cannot lose.
    #[test]
    fn a_larger_budget_never_gives_a_worse_form() {
        let region = Region::default();
        let mut improved = 0;
        for text in CORPUS {
            let dag = Dag::parse(text).unwrap().with_gradient();
            let judge = Judge::new(&dag, &region);
            let price = |form: &Dag| price(form, judge.assess(form).unwrap(), &region);
            let mut last = price(&dag);
            let first = last;
            for (iterations, nodes) in [(3, 300), (5, 600), (7, 1_200), (9, 2_400)] {
                let form = simplify(&dag, &region, Budget { iterations, nodes }).dag;
                let next = price(&form);
                assert!(
                    next <= last,
                    "{text}: {next:?} with {nodes} nodes, {last:?} with fewer"
                );
                last = next;
            }
            improved += u32::from(last < first);
        }
        assert!(improved >= 8, "only {improved} are simplified at all");
    }

    /// Forms stay finite wherever the formula is, in f64 and in f32, at the ends of both too.
    #[test]
    fn no_form_turns_a_finite_value_into_another() {
        let region = Region::default();
        let ends = [
            1e4, 3e38, 88.9, 709.9, 1e-38, 5e-324, 1e19, 1e300, 0.0, 17.3, 40.1,
        ];
        for text in CORPUS {
            let dag = Dag::parse(text).unwrap().with_gradient();
            let form = simplify(&dag, &region, Budget::default()).dag;
            let point = |x: f64| [x, 1.3, -0.6][..dag.variables.len()].to_vec();
            let points = ends.into_iter().flat_map(|end| [point(end), point(-end)]);
            assert_eq!(Judge::at(&dag, points).find_loss(&form), None, "{text}");
        }
    }

    /// Every comparison that never holds is in the class of 0, and a rule of several choices would pick from all of them. Without a
    /// bound, this takes a minute.
    #[test]
    fn choices_on_conditions_that_never_hold_do_not_multiply() {
        let text = "if 0.8 > (1.262 + x) * (x + x) {
            let t = if x == 1e40 { -6 } else { x };
            sigmoid(t) * (2.841 * x / x) + t
        } else {
            (if 0 == clamp(0, -9, -3) { x } else { 0 }) * (x - x)
        }";
        let formula = crate::Formula::parse(text).unwrap();
        let form = formula
            .simplify(&Region::default(), Budget::default())
            .value
            .dag;
        assert_eq!(form.eval(&[2.0]), [0.0]);
        assert_eq!(form.eval(&[-0.5]), formula.dag().eval(&[-0.5]));
    }

    /// What is divided by 0 everywhere keeps the text that it has: `1 / 0` is no formula.
    #[test]
    fn every_form_reads_back() {
        for text in [
            "(beta - x) / (x - x)",
            "gaussian(x) / (x - x)",
            "(if x != x { -10 } else { 0 }) / (if x != x { -10 } else { 0 })",
            "x + celu(x, x - x)",
            "log_abs(x / threshold(x, x, 0))",
            "exp(x / (max(x, x) - x))",
        ] {
            let dag = Dag::parse(text).unwrap().with_gradient();
            let form = simplify(&dag, &Region::default(), Budget::default()).dag;
            for root in 0..form.roots.len() {
                let written = form.formula(root);
                assert!(Dag::parse(&written).is_ok(), "{text}: {written}");
            }
        }
    }

    #[test]
    fn bounds_that_cannot_bind_and_dead_branches_go() {
        let simplified = |text: &str, region: &Region| {
            let value = simplify(&Dag::parse(text).unwrap(), region, Budget::default());
            value.dag.formula(0)
        };
        for (text, expected) in [
            ("clamp(square(tanh(x)), -10, 10)", "square(tanh(x))"),
            ("max(relu(x), gelu(x))", "relu(x)"),
            ("min(tanh(x), relu(x))", "tanh(x)"),
            ("if softplus(x) > relu(x) { x } else { exp(x) }", "x"),
            ("abs(sigmoid(x)) - relu(sigmoid(x))", "0"),
            ("relu(square(x) + 1)", "square(x) + 1"),
            ("abs(softplus(x) - x)", "softplus(-x)"),
        ] {
            assert_eq!(simplified(text, &Region::default()), expected, "{text}");
        }
        let bounds = [-2, 3].map(crate::number::Number::from);
        let narrow = Region::default()
            .with("x", Some(&bounds[0]), Some(&bounds[1]))
            .unwrap();
        assert_eq!(
            simplified("relu(x + 2) + clamp(x, -5, 4)", &narrow),
            "2 + 2 * x"
        );
    }
}
