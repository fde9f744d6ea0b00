//! The activations of a training that is not a search: one for the whole network, or one for each part of it.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Mutex;

use actsmith_codegen::syntax::nearest;
use actsmith_codegen::{Formula, Interpreted, Layer};
use candle_core::{DType, Device, Module};
use candle_nn::{Activation, VarBuilder, VarMap};
use serde::{Deserialize, Serialize};

use super::Groups;
use crate::cell::ROOT;
use crate::error::{Error, Result};
use crate::genotype::{Constants, Genotype};
use crate::models::Architecture;

/// Activations that are chosen by hand, as formulas in `x`.
///
/// ```
/// use actsmith_search::experiment::Chosen;
///
/// assert_eq!(Chosen::parse(&["relu2"])?, Chosen::One("square(relu(x))".to_owned()));
/// let Chosen::ByPart(parts) = Chosen::parse(&["stem=gelu, inner=max(x, 0.1 * x)"])? else { panic!() };
/// assert_eq!(parts["inner"], "max(x, 0.1 * x)");
/// # Ok::<(), actsmith_search::error::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
#[non_exhaustive]
pub enum Chosen {
    /// One for all sites.
    One(String),
    /// By the name of a group of sites, or by a part of their names, such as `stem` or `layer1`.
    ByPart(BTreeMap<String, String>),
    /// One for all sites, with constants that each site trains along with the weights.
    Trained(Trained),
}

/// A formula with constants that are trained along with the weights.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Trained {
    /// The formula, in `x` and the names of the constants.
    pub formula: String,
    /// Where each constant starts.
    pub start: BTreeMap<String, f64>,
}

impl Chosen {
    /// One formula for all sites, with constants that each site trains, and where these start.
    ///
    /// # Errors
    /// [`Error::Invalid`] if the formula is malformed, or the constants are not those of the formula.
    pub fn trained(formula: &str, start: BTreeMap<String, f64>) -> Result<Self> {
        let read = Formula::parse(formula)?;
        let invalid = |message: String| Err(Error::Invalid(message));
        let names = &read.dag().variables;
        if let Some(name) = start.keys().find(|name| !names.contains(name)) {
            return invalid(format!(
                "the constant `{name}` does not occur in `{formula}`: leave it out"
            ));
        }
        let missing = names
            .iter()
            .find(|name| *name != "x" && !start.contains_key(*name));
        if let Some(name) = missing {
            return invalid(format!(
                "`{name}` of `{formula}` has no value to start from: give one, as `f(x; {name} = 1) = …`"
            ));
        }
        if let Some((name, value)) = start.iter().find(|(_, value)| !value.is_finite()) {
            return invalid(format!(
                "the constant `{name}` starts at {value}: choose a finite number"
            ));
        }
        Ok(Self::Trained(Trained {
            formula: formula.to_owned(),
            start,
        }))
    }

    /// Reads `FORMULA`, or `PART=FORMULA` several times: in several texts, or in one with commas between them. A formula may be the
    /// name of an activation, as [`actsmith::zoo::by_name`] finds it, or a genotype, whose constants are those that a search starts
    /// with.
    ///
    /// # Errors
    /// [`Error::Invalid`] if a formula is malformed or has constants without a value, or a part is given twice.
    pub fn parse(texts: &[impl AsRef<str>]) -> Result<Self> {
        let texts: Vec<&str> = texts
            .iter()
            .flat_map(|text| pieces(text.as_ref()))
            .collect();
        let mut parts = BTreeMap::new();
        for &text in &texts {
            match part(text) {
                None if texts.len() == 1 => return Ok(Self::One(formula(text)?)),
                None => {
                    return Err(Error::Invalid(format!(
                        "`{}` is for no part of the network, though there are several activations: write for example `mlp=relu2`",
                        text.trim()
                    )));
                }
                Some((name, text)) => {
                    let formula = formula(text)?;
                    if parts.insert(name.to_owned(), formula).is_some() {
                        return Err(Error::Invalid(format!(
                            "the activation of `{name}` is given twice: give it once"
                        )));
                    }
                }
            }
        }
        match parts.is_empty() {
            true => Err(Error::Invalid(
                "there is no activation: write for example `gelu`".to_owned(),
            )),
            false => Ok(Self::ByPart(parts)),
        }
    }

    /// Finds the activation of each site of a network.
    ///
    /// # Errors
    /// [`Error::Invalid`] if a site has none or two, or a part is that of no site.
    pub(super) fn check(&self, of: &dyn Architecture, groups: &Groups) -> Result<()> {
        if let Self::Trained(trained) = self {
            Self::trained(&trained.formula, trained.start.clone())?;
            trained.layer(&VarBuilder::zeros(DType::F32, &Device::Cpu))?;
        } else {
            self.interpreted()?;
        }
        let Self::ByPart(parts) = self else {
            return Ok(());
        };
        let sites = Mutex::new(Vec::new());
        let record = |site: &str| -> candle_core::Result<Box<dyn Module + Send + Sync>> {
            let mut sites = sites
                .lock()
                .unwrap_or_else(|poisoned| poisoned.into_inner());
            sites.push(site.to_owned());
            Ok(Box::new(Activation::Relu))
        };
        of.build(&record, &VarMap::new(), &Device::Cpu, 0)?;
        let sites = sites
            .into_inner()
            .unwrap_or_else(|poisoned| poisoned.into_inner());
        if let Some(part) =
            (parts.keys()).find(|part| !sites.iter().any(|site| fits(part, site, groups)))
        {
            let names = part_names(&sites, groups);
            let near = nearest(part, names.iter().map(String::as_str));
            let hint = near.map_or_else(String::new, |near| format!("did you mean `{near}`? "));
            return Err(Error::Invalid(format!(
                "the network applies no activation in a part `{part}`: {hint}its parts are `{}`",
                names.join("`, `")
            )));
        }
        for site in &sites {
            self.part_of(site, groups)?;
        }
        Ok(())
    }

    /// The part that a site belongs to; none where there is one activation for all.
    fn part_of(&self, site: &str, groups: &Groups) -> Result<Option<&str>> {
        let Self::ByPart(parts) = self else {
            return Ok(None);
        };
        // A longer name says more of a site.
        let mut fitting: Vec<&str> = (parts.keys())
            .map(String::as_str)
            .filter(|part| fits(part, site, groups))
            .collect();
        fitting.sort_by_key(|part| std::cmp::Reverse(part.split('.').count()));
        let alike = |one: &str, two: &str| one.split('.').count() == two.split('.').count();
        match fitting[..] {
            [] => Err(Error::Invalid(format!(
                "the site `{site}` has no activation: add one, as `{site}=relu`"
            ))),
            [one, two, ..] if alike(one, two) => Err(Error::Invalid(format!(
                "the site `{site}` is of `{one}` and of `{two}`: name it in full, as `{site}=relu`"
            ))),
            [one, ..] => Ok(Some(one)),
        }
    }

    /// The activation of a site.
    pub(super) fn at<'a>(
        &self,
        site: &str,
        groups: &Groups,
        from: &'a [(Option<String>, Interpreted)],
    ) -> Result<&'a Interpreted> {
        let part = self.part_of(site, groups)?;
        let of = from.iter().find(|(known, _)| known.as_deref() == part);
        of.map(|(_, activation)| activation)
            .ok_or_else(|| Error::Failure(format!("the site `{site}` has no activation")))
    }

    /// The formulas by their parts.
    pub(super) fn formulas(&self) -> Vec<(Option<String>, String)> {
        match self {
            Self::One(formula) => vec![(None, formula.clone())],
            Self::ByPart(parts) => (parts.iter())
                .map(|(part, formula)| (Some(part.clone()), formula.clone()))
                .collect(),
            Self::Trained(trained) => vec![(None, trained.to_string())],
        }
    }

    /// What runs at the sites of each part; nothing where constants are trained, for each site has its own.
    pub(super) fn interpreted(&self) -> Result<Vec<(Option<String>, Interpreted)>> {
        if matches!(self, Self::Trained(_)) {
            return Ok(Vec::new());
        }
        let formulas = self.formulas().into_iter();
        let interpreted = formulas.map(|(part, formula)| Ok((part, activation(&formula)?)));
        interpreted.collect()
    }
}

impl Trained {
    /// What runs at a site, with constants that `vb` has or that start here.
    pub(super) fn layer(&self, vb: &VarBuilder<'_>) -> Result<Layer> {
        let mut layer = Formula::parse(&self.formula)?.layer();
        for (name, start) in &self.start {
            layer = layer.scalar_from(vb, name, *start)?;
        }
        Ok(layer.build()?)
    }
}

/// The formula, and where its constants start.
impl fmt::Display for Trained {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let start = self.start.iter();
        let start = start.map(|(name, value)| format!("{name} = {value}"));
        let start: Vec<String> = start.collect();
        write!(f, "{} with trained {}", self.formula, start.join(", "))
    }
}

/// Whether a site is in the group `part`, which is that of the cell itself for sites of no other, or has the words of it in its name, as
/// `layer1.0.inner` has `layer1` and `0.inner`.
fn fits(part: &str, site: &str, groups: &Groups) -> bool {
    let words: Vec<&str> = part.split('.').collect();
    let of_site: Vec<&str> = site.split('.').collect();
    let of_group = !groups.is_empty() && groups.name_of(site) == part;
    of_group || of_site.windows(words.len()).any(|window| window == words)
}

/// The parts that sites can be chosen by, in the order in which they occur: the groups, then the words of the names that are no numbers.
fn part_names(sites: &[String], groups: &Groups) -> Vec<String> {
    let words = sites.iter().flat_map(|site| site.split('.'));
    let words = words.filter(|word| word.parse::<usize>().is_err());
    let mut names: Vec<String> = groups.0.keys().cloned().collect();
    if !groups.is_empty() && sites.iter().any(|site| groups.of(site).is_none()) {
        names.push(ROOT.to_owned());
    }
    for word in words {
        if !names.iter().any(|known| known == word) {
            names.push(word.to_owned());
        }
    }
    names
}

/// The parts of a text between commas that stand in no bracket.
pub fn pieces(text: &str) -> Vec<&str> {
    let mut depth = 0usize;
    text.split(|c: char| {
        match c {
            '(' | '[' | '{' => depth += 1,
            ')' | ']' | '}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        c == ',' && depth == 0
    })
    .collect()
}

/// `PART` and `FORMULA` of `PART=FORMULA`; a formula has no `=` but that of `==`, `<=`, `>=`, `!=` or of a `let`.
pub fn part(text: &str) -> Option<(&str, &str)> {
    let (part, formula) = text.split_once('=')?;
    let part = part.trim();
    let word = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
    let named = !part.is_empty() && part.chars().all(word);
    (named && !formula.starts_with('=')).then_some((part, formula))
}

/// The formula that a text is, or names.
fn formula(text: &str) -> Result<String> {
    let text = text.trim();
    let word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let formula = match text.chars().all(word) && text != "x" && !text.is_empty() {
        true => named(text)?,
        false => match genotype(text) {
            Some(genotype) => genotype?,
            None => text.to_owned(),
        },
    };
    activation(&formula)?;
    Ok(formula)
}

/// A formula without constants as an activation that runs.
pub(super) fn activation(text: &str) -> Result<Interpreted> {
    let formula = Formula::parse(text)?;
    if let Some(constant) = formula.dag().variables.get(1) {
        return Err(Error::Invalid(format!(
            "`{constant}` of `{text}` has no value, and only the weights are trained here: write a number in its place"
        )));
    }
    Ok(formula.activation()?)
}

/// The formula of an activation by its name, or of a function of one argument.
fn named(name: &str) -> Result<String> {
    if let Ok(named) = actsmith::zoo::by_name(name) {
        return Ok(named.formula());
    }
    let called = format!("{name}(x)");
    if Formula::parse(&called).is_ok() {
        return Ok(called);
    }
    let what = if let Some(gated) = actsmith::zoo::gated(name) {
        let gate = match gated {
            "Glu" => "sigmoid",
            "GeGlu" => "gelu",
            "ReGlu" => "relu",
            _ => "silu",
        };
        format!(
            "`{gated}` takes two tensors: set `network.gated=true` for a transformer with gates, and give the activation of its gates, `{gate}`"
        )
    } else if let Some(trained) = actsmith::zoo::trained(name) {
        format!(
            "`{trained}` has a parameter that is trained with the weights, which is not done here: write a formula with a number in its place, such as `max(x, 0.25 * x)`"
        )
    } else {
        let known = actsmith::zoo::NAMES.iter().flat_map(|names| *names);
        match nearest(name, known.copied()) {
            Some(near) => format!("there is no activation `{name}`; did you mean `{near}`?"),
            None => format!(
                "there is no activation `{name}`: write a name such as `gelu`, a formula such as `x * sigmoid(x)`, or a genotype"
            ),
        }
    };
    Err(Error::Invalid(what))
}

/// The formula of a genotype with the constants that a search starts with; none if a text has not its form of six names.
fn genotype(text: &str) -> Option<Result<String>> {
    let names: Vec<&str> = text.split('-').collect();
    let name = |name: &&str| {
        name.starts_with(|c: char| c.is_ascii_alphabetic())
            && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
    };
    if names.len() != 6 || !names.iter().all(name) || Formula::parse(text).is_ok() {
        return None;
    }
    let constants = Constants {
        beta: [1.0; 4],
        mix: [0.0; 2],
    };
    let genotype = text.parse::<Genotype>();
    Some(genotype.map(|genotype| genotype.formula_with_constants(true, &constants)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::models::{GptConfig, ResNetConfig};

    #[test]
    fn names_and_formulas_are_read() -> Result<()> {
        for (text, formula) in [
            ("relu", "relu(x)"),
            ("ReLU", "relu(x)"),
            ("gelu_pytorch_tanh", "gelu_tanh(x)"),
            ("tanh", "tanh(x)"),
            ("x * sigmoid(1.5 * x)", "x * sigmoid(1.5 * x)"),
            ("if x == 0 { 1 } else { x }", "if x == 0 { 1 } else { x }"),
            ("max(x, 0.1 * x)", "max(x, 0.1 * x)"),
            (
                "silu-silu-mul-max0-identity-add",
                "relu(clamp(silu(x), -sqrt(10), sqrt(10)) * clamp(silu(x), -sqrt(10), sqrt(10))) + x",
            ),
        ] {
            assert_eq!(Chosen::parse(&[text])?, Chosen::One(formula.to_owned()));
        }
        let parts = Chosen::parse(&[
            "stem=relu, layer1 = max(x, 0)",
            "layer2=if x == 0 { x } else { 1 }",
        ])?;
        let Chosen::ByPart(parts) = parts else {
            panic!("{parts:?}");
        };
        let parts: Vec<_> = parts
            .iter()
            .map(|(k, v)| (k.as_str(), v.as_str()))
            .collect();
        let expected = [
            ("layer1", "max(x, 0)"),
            ("layer2", "if x == 0 { x } else { 1 }"),
            ("stem", "relu(x)"),
        ];
        assert_eq!(parts, expected);
        Ok(())
    }

    #[test]
    fn malformed_activations_are_errors() {
        for (texts, part) in [
            (&[][..], "there is no activation"),
            (&["reluu"], "did you mean `relu`?"),
            (&["x *"], "x *"),
            (
                &["x * sigmoid(beta * x)"],
                "`beta` of `x * sigmoid(beta * x)` has no value",
            ),
            (&["x + y"], "`y` of `x + y` has no value"),
            (
                &["nope"],
                "there is no activation `nope`: write a name such as `gelu`",
            ),
            (&["swiglu"], "set `network.gated=true`"),
            (&["prelu"], "write a formula with a number"),
            (&["silu-silu-mull-relu-identity-add"], "did you mean `mul`?"),
            (&["silu-silu-mul-relu-identity"], "`silu` is a function"),
            (&[""], ""),
            (&["relu, gelu"], "for no part"),
            (&["mlp=relu", "gelu"], "for no part"),
            (&["mlp=relu,mlp=gelu"], "`mlp` is given twice"),
            (&["mlp="], ""),
        ] {
            match Chosen::parse(texts) {
                Err(Error::Invalid(message)) => assert!(message.contains(part), "{message}"),
                other => panic!("{texts:?}: {other:?}"),
            }
        }
    }

    #[test]
    fn every_site_has_one_activation() -> Result<()> {
        let resnet = ResNetConfig {
            depth: 8,
            width: 2,
            channels: 1,
            classes: 10,
        };
        let gpt = GptConfig {
            layers: 2,
            heads: 1,
            width: 4,
            context: 4,
            vocabulary: 4,
            tied: true,
            bias: false,
            gated: false,
            dropout: 0.0,
        };
        let mut groups = Groups::default();
        groups.0.insert(
            "early".to_owned(),
            vec!["stem".to_owned(), "layer1".to_owned()],
        );
        let check = |architecture: &dyn Architecture, text: &str, groups: &Groups| {
            Chosen::parse(&[text])?.check(architecture, groups)
        };
        let none = Groups::default();
        check(&gpt, "mlp=relu", &none)?;
        check(&gpt, "mlp=relu,h.1=gelu", &none)?;
        check(&resnet, "stem=relu,inner=gelu,outer=silu", &none)?;
        check(
            &resnet,
            "stem=relu,inner=gelu,outer=silu,layer2.0.inner=relu",
            &none,
        )?;
        check(&resnet, "early=relu,layer2=gelu,layer3=silu", &groups)?;
        // Those of no group, as a search with groups names them.
        check(&resnet, "early=relu,cell=gelu", &groups)?;
        for (architecture, text, part) in [
            (
                &gpt as &dyn Architecture,
                "attention=relu",
                "no activation in a part `attention`: its parts are `h`, `mlp`",
            ),
            (&gpt, "mlpp=relu", "did you mean `mlp`?"),
            (
                &resnet,
                "layer4=relu",
                "did you mean `layer1`? its parts are `stem`, `layer1`, `inner`, `outer`, `layer2`, `layer3`",
            ),
            (&gpt, "h.0=relu", "the site `h.1.mlp` has no activation"),
            (&resnet, "stem=relu,inner=gelu", "has no activation"),
            (
                &resnet,
                "stem=relu,inner=gelu,outer=silu,layer1=relu",
                "is of `inner` and of `layer1`",
            ),
        ] {
            let error = check(architecture, text, &none)
                .expect_err(text)
                .to_string();
            assert!(error.contains(part), "{error}");
        }
        Ok(())
    }
}
