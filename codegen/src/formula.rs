//! The front door: a formula in `x` and its parameters.

use std::fmt;

use crate::analysis::{self, Definedness, Interval, Region};
use crate::backend::{fpcore, latex, rust, sympy};
use crate::calculus::{Basis, Gradient};
#[cfg(feature = "oracle")]
use crate::certificate::{Certificate, Forms, certify};
use crate::diagnostic::Diagnostics;
use crate::egraph::{self, Budget, Equality, Simplified};
use crate::ir::{Dag, Id};
use crate::number::Number;
use crate::ops::Kinks;
use crate::refinement::Refinement;
use crate::syntax::{Source, nearest, parse_foreign};

/// A formula in the input `x`; every other name is a parameter.
///
/// ```
/// use actsmith_codegen::{Budget, Formula, Region};
///
/// let swish = Formula::parse("x / (1 + exp(-beta * x))")?;
/// let forms = swish.simplify(&Region::default(), Budget::default());
/// assert_eq!(forms.value.dag.formula(0), "x * sigmoid(beta * x)");
///
/// // A mistake is shown at its characters, with the fix.
/// let error = Formula::parse("x * sigmod(x)").expect_err("a slip").to_string();
/// assert!(error.contains("did you mean `sigmoid`?"));
/// # Ok::<(), actsmith_codegen::diagnostic::Diagnostics>(())
/// ```
///
/// It becomes a candle module at run time by `activation`, and with trained numbers or a second input by `layer`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Formula {
    dag: Dag,
    kinks: Kinks,
}

/// A formula in its best form for each use.
#[derive(Clone, Debug)]
pub struct Simplification {
    /// The value alone: what a reader wants to see, and the forward pass computes.
    pub value: Simplified,
    /// The value and its derivatives with all that they share: what the backward pass computes.
    pub gradient: Simplified<Gradient>,
    /// What the derivatives are taken of.
    pub basis: Basis,
    /// The form that all this is of, if it has values where the formula has none.
    pub refinement: Option<Refinement>,
}

impl Formula {
    /// Parses a formula.
    pub fn parse(text: &str) -> Result<Self, Diagnostics> {
        Dag::parse(text).map(Self::of)
    }

    /// Parses a formula in another language.
    ///
    /// ```
    /// use actsmith_codegen::Formula;
    /// use actsmith_codegen::syntax::Source;
    ///
    /// let formula = Formula::parse_from("Piecewise((x, x > 0), (0, True))", Source::SymPy)?;
    /// assert_eq!(formula.to_string(), "if x > 0 { x } else { 0 }");
    /// # Ok::<(), actsmith_codegen::diagnostic::Diagnostics>(())
    /// ```
    pub fn parse_from(text: &str, source: Source) -> Result<Self, Diagnostics> {
        parse_foreign(text, source).map(Self::of)
    }

    /// The formula as SymPy reads it, in one expression.
    ///
    /// ```
    /// use actsmith_codegen::Formula;
    ///
    /// let formula = Formula::parse("relu(x) + square(sigmoid(x))")?;
    /// assert_eq!(formula.to_sympy(), "Max(0, x) + (1 / (1 + exp(-x))) ** 2");
    /// # Ok::<(), actsmith_codegen::diagnostic::Diagnostics>(())
    /// ```
    pub fn to_sympy(&self) -> String {
        sympy::expression(&self.dag)
    }

    /// The formula as an expression of FPCore.
    ///
    /// ```
    /// use actsmith_codegen::Formula;
    ///
    /// let formula = Formula::parse("x * exp(x / 3)")?;
    /// assert_eq!(formula.to_fpcore(), "(* x (exp (/ x 3)))");
    /// # Ok::<(), actsmith_codegen::diagnostic::Diagnostics>(())
    /// ```
    pub fn to_fpcore(&self) -> String {
        fpcore::expression(&self.dag)
    }

    /// The formula in LaTeX, in one expression.
    ///
    /// ```
    /// use actsmith_codegen::Formula;
    ///
    /// let formula = Formula::parse("x / (1 + exp(-beta * x))")?;
    /// assert_eq!(formula.to_latex(), r"\frac{x}{1 + e^{-\beta \, x}}");
    /// # Ok::<(), actsmith_codegen::diagnostic::Diagnostics>(())
    /// ```
    pub fn to_latex(&self) -> String {
        latex::expression(&self.dag)
    }

    /// A formula of the first output of a graph.
    pub fn from_dag(dag: &Dag) -> Self {
        Self::of(dag.select(&[0]))
    }

    fn of(dag: Dag) -> Self {
        Self {
            dag,
            kinks: Kinks::default(),
        }
    }

    /// The same formula with a choice of what its derivatives are at kinks.
    ///
    /// ```
    /// use actsmith_codegen::{Formula, Kinks};
    ///
    /// let bounded = Formula::parse("min(x, 3)")?;
    /// assert_eq!(bounded.with_gradient().at(&[3.0]), (3.0, vec![0.0]));
    /// assert_eq!(bounded.with_kinks(Kinks::Torch).with_gradient().at(&[3.0]), (3.0, vec![0.5]));
    /// # Ok::<(), actsmith_codegen::diagnostic::Diagnostics>(())
    /// ```
    #[must_use]
    pub fn with_kinks(self, kinks: Kinks) -> Self {
        Self { kinks, ..self }
    }

    /// What the derivatives are at kinks.
    pub fn kinks(&self) -> Kinks {
        self.kinks
    }

    /// The graph of the formula.
    pub fn dag(&self) -> &Dag {
        &self.dag
    }

    /// The value and its derivatives, without any rule applied.
    pub fn with_gradient(&self) -> Gradient {
        self.dag.with_gradient_as(self.kinks)
    }

    /// As [`Formula::with_gradient`], but 0 where a derivative would be NaN because one factor of it underflows and another overflows,
    /// and their product is proven to be negligible.
    pub fn with_finite_gradient(&self, region: &Region) -> Gradient {
        Simplified::untouched(&self.with_gradient())
            .of_gradient()
            .without_nan(region)
            .dag
    }

    /// Simplifies the value alone, and the value together with its derivatives. At kinks, derivatives are those of the simplified value
    /// with [`Kinks::Free`], and those of the formula as it is written with [`Kinks::Torch`]. Where the formula has no value because it
    /// divides by 0, and a limit, the form may have that for its value. A formula with more nodes than the budget comes back as it is.
    pub fn simplify(&self, region: &Region, budget: Budget) -> Simplification {
        match Refinement::of(&self.dag, region, budget) {
            Some(refinement) => {
                let form = Self::of(refinement.form.clone()).with_kinks(self.kinks);
                Simplification {
                    refinement: Some(refinement),
                    ..form.simplify_exactly(region, budget)
                }
            }
            None => self.simplify_exactly(region, budget),
        }
    }

    /// The same without values where the formula has none.
    fn simplify_exactly(&self, region: &Region, budget: Budget) -> Simplification {
        let raw = self.with_gradient();
        if raw.nodes().len() > budget.nodes {
            return Simplification {
                value: Simplified::untouched(&self.dag),
                gradient: Simplified::untouched(&raw).of_gradient(),
                basis: Basis::Formula,
                refinement: None,
            };
        }
        // A value alone is a small graph, whose names lie some steps further.
        let wider = Budget {
            iterations: budget.iterations + 2,
            nodes: 2 * budget.nodes,
        };
        let value = egraph::simplify(&self.dag, region, wider, rust::cost);
        let value = value.into_written(region, rust::cost);
        // Equal smooth functions have equal derivatives, and those of the simplified value are often the shorter way.
        let smooth = self.dag.is_smooth() && value.dag.is_smooth();
        let through = value.dag.with_gradient_as(self.kinks);
        // At a single point, equal functions may have different derivatives.
        let free = self.kinks == Kinks::Free && region.is_open(&self.dag.variables);
        let from_form = (free && !smooth && value.dag != self.dag)
            .then(|| egraph::simplify_from(&through, &raw, region, budget, rust::cost))
            .flatten();
        let basis = match from_form {
            Some(_) => Basis::Form,
            None => Basis::Formula,
        };
        let gradient = from_form.unwrap_or_else(|| {
            let known = if smooth {
                Dag::clone(&through)
            } else {
                value.dag.clone()
            };
            egraph::simplify_known(&raw, &[known], region, budget, rust::cost)
        });
        let gradient = gradient.into_written(region, rust::cost);
        let gradient = gradient.of_gradient().without_nan(region);
        Simplification {
            value,
            gradient,
            basis,
            refinement: None,
        }
    }

    /// Why `simplification` equals this formula, which it was made of over the same region with the same budget: proofs for its
    /// value and derivatives where they are found, and measurements where not.
    #[cfg(feature = "oracle")]
    pub fn certify(
        &self,
        simplification: &Simplification,
        region: &Region,
        budget: Budget,
    ) -> Certificate {
        let forms = Forms {
            value: &simplification.value.steps,
            gradient: &simplification.gradient.steps,
            basis: simplification.basis,
            kinks: self.kinks,
        };
        let Some(refinement) = &simplification.refinement else {
            return certify(&self.dag, forms, region, budget);
        };
        let refines = refinement.certify(&self.dag, self.kinks, region, budget);
        Certificate {
            refines: Some(Box::new(refines)),
            ..certify(&refinement.form, forms, region, budget)
        }
    }

    /// The same formula with constants in place of the named parameters; names that it lacks are ignored.
    pub fn with_constants(&self, constants: &[(String, Number)]) -> Self {
        let mut dag = Dag::new(self.dag.variables.clone());
        let arguments: Vec<Id> = (0..dag.variables.len())
            .map(|index| {
                let name = &self.dag.variables[index];
                match constants.iter().find(|(constant, _)| constant == name) {
                    Some((_, value)) => dag.number(value.clone()),
                    None => dag.variable(index),
                }
            })
            .collect();
        dag.roots = dag.inline(&self.dag, &arguments);
        let kept = |name: &String| constants.iter().all(|(constant, _)| constant != name);
        let names: Vec<String> = dag
            .variables
            .iter()
            .filter(|name| kept(name))
            .cloned()
            .collect();
        Self {
            dag: over(&dag, &names),
            kinks: self.kinks,
        }
    }

    /// The same formula with a number in place of a parameter.
    ///
    /// ```
    /// use actsmith_codegen::Formula;
    ///
    /// let swish = Formula::parse("x * sigmoid(beta * x)")?.with_constant("beta", 1.5)?;
    /// assert_eq!(swish.to_string(), "x * sigmoid(1.5 * x)");
    /// # Ok::<(), actsmith_codegen::diagnostic::Diagnostics>(())
    /// ```
    ///
    /// # Errors
    /// If the formula has no such parameter, or the number is not finite.
    pub fn with_constant(&self, name: &str, value: f64) -> Result<Self, Diagnostics> {
        let mut diagnostics = Diagnostics::default();
        let parameters = &self.dag.variables[1..];
        if !parameters.iter().any(|known| known == name) {
            let help = match nearest(name, parameters.iter().map(String::as_str)) {
                Some(near) => format!("did you mean `{near}`?"),
                None if parameters.is_empty() => "it has none".to_owned(),
                None => format!("it has: {}", parameters.join(", ")),
            };
            diagnostics.note(format!("`{self}` has no parameter `{name}`"), help);
        }
        let number = Number::try_from(value);
        if let Err(error) = &number {
            diagnostics.note(
                format!("`{name}` cannot be {value}: {error}"),
                "give a finite number",
            );
        }
        diagnostics.into_result(())?;
        let constants = number.map(|number| (name.to_owned(), number));
        Ok(self.with_constants(&constants.into_iter().collect::<Vec<_>>()))
    }

    /// The same formula over `names`, in this order: they hold every variable that it uses.
    #[cfg(feature = "candle")]
    pub(crate) fn over(&self, names: &[String]) -> Self {
        Self {
            dag: over(&self.dag, names),
            kinks: self.kinks,
        }
    }

    /// Whether two formulas are the same function of the same names; also these names, which a witness counts.
    pub fn equality(
        &self,
        other: &Self,
        region: &Region,
        budget: Budget,
    ) -> (Vec<String>, Equality) {
        let (a, b) = self.over_all_names(other);
        let equality = egraph::equality(&a, &b, region, budget);
        (a.variables, equality)
    }

    /// Where the formula has a value while the variables are in `region`.
    pub fn definedness(&self, region: &Region) -> Definedness {
        analysis::definedness(&self.dag, region)
    }

    /// Holds every value of the formula while the variables are in `region`; it may be wider than it need be.
    pub fn range(&self, region: &Region) -> Interval {
        analysis::range(&self.dag, region)
    }

    /// Both graphs over the names of either.
    fn over_all_names(&self, other: &Self) -> (Dag, Dag) {
        let mut names = self.dag.variables.clone();
        names.extend(
            other
                .dag
                .variables
                .iter()
                .filter(|name| !self.dag.variables.contains(name))
                .cloned(),
        );
        (over(&self.dag, &names), over(&other.dag, &names))
    }
}

/// The same graph over `names`, which hold every variable that it uses.
fn over(dag: &Dag, names: &[String]) -> Dag {
    let mut result = Dag::new(names.to_vec());
    let index = |name: &String| names.iter().position(|known| known == name);
    // A variable that is not among the names is not used: what stands in for it is dropped again.
    let arguments: Vec<Id> = dag
        .variables
        .iter()
        .map(|name| result.variable(index(name).unwrap_or(0)))
        .collect();
    result.roots = result.inline(dag, &arguments);
    result.compact()
}

impl fmt::Display for Formula {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.dag.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::calculus::Component;
    use crate::ops::Op;

    fn simplified(text: &str) -> Simplification {
        Formula::parse(text)
            .unwrap()
            .simplify(&Region::default(), Budget::default())
    }

    #[test]
    fn what_equals_a_named_function_comes_out_under_its_name() {
        for (text, name) in [
            ("x / (1 + exp(-x))", "silu(x)"),
            ("x * sigmoid(x)", "silu(x)"),
            ("1 / (1 + exp(-x))", "sigmoid(x)"),
            ("x * tanh(ln(1 + exp(x)))", "mish(x)"),
            ("0.5 * x * (1 + erf(x / sqrt(2)))", "gelu(x)"),
            ("max(0, x)", "relu(x)"),
            ("if x > 0 { x } else { exp(x) - 1 }", "elu(x)"),
            ("min(max(x, 0), 6)", "relu6(x)"),
            ("ln(exp(x) + 1)", "softplus(x)"),
            ("clamp(square(tanh(x)), -10, 10)", "square(tanh(x))"),
            ("silu(x) - silu(-x)", "x"),
            ("gelu(x) - gelu(-x)", "x"),
            ("tanh(x) + tanhshrink(x)", "x"),
            ("exp(-x) / square(1 + exp(-x))", "sigmoid_grad(x)"),
            ("sigmoid(x) * (1 - sigmoid(x))", "sigmoid_grad(x)"),
            ("4 / square(exp(x) + exp(-x))", "tanh_grad(x)"),
            ("1 / square(cosh(x))", "tanh_grad(x)"),
            (
                "x * (exp(2 * x) + 2 * exp(x)) / (exp(2 * x) + 2 * exp(x) + 2)",
                "mish(x)",
            ),
            ("gelu(x) + gelu(-x)", "x * erf(x / sqrt(2))"),
            ("silu(x) + silu(-x)", "x * tanh(x / 2)"),
            ("square(tanh(x)) + 1 / square(cosh(x))", "1"),
            ("ln(exp(x) - 1)", "ln(expm1(x))"),
            ("min(abs(leaky_relu(x)), relu(x))", "relu(x)"),
            ("min(abs(elu(x)), relu(x))", "relu(x)"),
            ("max(1.2 * x, relu(x))", "1.2 * relu(x)"),
            ("max(0.3 * x, relu(x))", "relu(x)"),
            ("max(-0.3 * x, relu(x))", "leaky_relu(x, -0.3)"),
            ("abs(leaky_relu(x, 0.3))", "leaky_relu(x, -0.3)"),
        ] {
            assert_eq!(simplified(text).value.dag.formula(0), name, "{text}");
        }
    }

    /// A bound of a function that rises is one of its argument, and joins the one that is there.
    #[test]
    fn bounds_move_inside_and_meet() {
        for (text, value, slope) in [
            (
                "min(exp(min(x, ln(10))), sqrt(10))",
                "exp(min(x, ln(sqrt(10))))",
                "if x < ln(sqrt(10)) { exp(min(x, ln(sqrt(10)))) } else { 0 }",
            ),
            (
                "min(exp(min(ln(abs(x) + 0.001), ln(10))), sqrt(10))",
                "min(abs(x) + 0.001, sqrt(10))",
                "if abs(x) + 0.001 < sqrt(10) { sign(x) } else { 0 }",
            ),
            (
                "min(sqrt(max(x, 0.001)), sqrt(10))",
                "sqrt(clamp(x, 0.001, 10))",
                "if x > 0.001 && x < 10 { 0.5 / sqrt(clamp(x, 0.001, 10)) } else { 0 }",
            ),
            (
                "clamp(sinh(clamp(x, -3, 3)), -2, 2)",
                "sinh(clamp(x, asinh(-2), asinh(2)))",
                "if abs(x) < asinh(2) { cosh(clamp(x, asinh(-2), asinh(2))) } else { 0 }",
            ),
            (
                "min(square(clamp(x, -5, 5)), 9)",
                "square(clamp(x, -3, 3))",
                "if abs(x) < 3 { 2 * clamp(x, -3, 3) } else { 0 }",
            ),
        ] {
            let forms = simplified(text);
            assert_eq!(forms.value.dag.formula(0), value, "{text}");
            let derivative = forms.gradient.dag.graph(Component::Derivative(0));
            assert_eq!(derivative.formula(0), slope, "{text}");
        }
    }

    #[test]
    fn value_and_derivative_share_their_work() {
        let swish = simplified("x * sigmoid(x)").gradient.dag;
        // One exponential, a division for each of the two, and a handful of additions and products.
        let [exponential, addition] = [Op::Exp, Op::Add].map(|op| u64::from(rust::cost(op)));
        assert!(
            egraph::cost(&swish, &Region::default(), rust::cost) <= exponential + 16 * addition,
            "{} costs {}",
            swish.graph(Component::Derivative(0)),
            egraph::cost(&swish, &Region::default(), rust::cost)
        );
    }

    #[test]
    fn constants_take_the_place_of_parameters() {
        let formula = Formula::parse("beta0 * x + beta1").unwrap();
        let constants = [("beta0".to_owned(), Number::from(3))];
        let fixed = formula.with_constants(&constants);
        assert_eq!(fixed.to_string(), "3 * x + beta1");
        assert_eq!(fixed.dag().variables, ["x", "beta1"]);
    }

    #[test]
    fn the_same_formula_gives_the_same_form() {
        let text = "sigmoid(gelu(sigmoid(silu(x)) * silu(x))) * silu(x)";
        let form = || simplified(text).gradient.dag;
        let first = form();
        for _ in 0..3 {
            assert_eq!(form(), first);
        }
    }
}
