//! Formulas as arguments: text or a genotype, as it stands or in a file, with values for constants.

use std::borrow::Cow;
use std::fs::File;
use std::io::Read;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use actsmith_codegen::number::{Number, NumberError};
use actsmith_codegen::syntax::{Source, function_names, nearest};
use actsmith_codegen::{Formula, Kinks, Region};

use super::found::refuse_folder;
use super::output::STREAM;
use crate::error::{Error, Result};
use actsmith_search::genotype::Genotype;

/// What turns text into a formula; every command that takes a formula takes these.
#[derive(Debug, clap::Args)]
pub(super) struct Options {
    /// Give a constant a value, such as beta=1.5, each at most once. For a genotype, `beta` sets beta0 to beta3 and `mix` sets
    /// mix0 and mix1, except those that are set by their own name
    #[arg(long = "set", value_name = "NAME=VALUE", value_parser = assignment, allow_hyphen_values = true)]
    pub(super) set: Vec<(String, Number)>,

    /// The values that a variable takes, such as x=-4..4, x=0.. or beta=..1; without it, every finite number
    #[arg(long, value_name = "NAME=LOW..HIGH", value_parser = bounds, allow_hyphen_values = true)]
    domain: Vec<Bounds>,

    /// Read genotypes without the bound that the search cell puts on growing operations
    #[arg(long)]
    unbounded: bool,

    /// What derivatives are at kinks: `free` is any number between the slopes of both sides, whichever is simple; `torch` is what
    /// PyTorch has for the formula as it is written, such as 0.5 where the arguments of max are equal
    #[arg(long, value_name = "free|torch", value_parser = kinks, default_value = "free", hide_default_value = true)]
    kinks: Kinks,

    /// The language of the formula: `python` (with the functions of PyTorch, NumPy and JAX), `sympy` as SymPy prints it, `fpcore`, or `aquasurf`. A formula may
    /// also begin with it, as `torch:F.gelu(x) * x` or `sympy:Max(0, x)`
    #[arg(long, value_name = "python|sympy|fpcore|aquasurf", value_parser = source)]
    from: Option<Source>,
}

/// What a formula in another language may begin with.
const PREFIXES: [(&str, Source); 5] = [
    ("torch:", Source::Python),
    ("python:", Source::Python),
    ("sympy:", Source::SymPy),
    ("fpcore:", Source::FpCore),
    ("aquasurf:", Source::Aquasurf),
];

/// A name and the ends of its interval; none where it has no end.
type Bounds = (String, Option<Number>, Option<Number>);

const GENOTYPE: &str = "genotype:";

/// The names of the functions, in their order.
pub(super) fn functions() -> Vec<&'static str> {
    let mut names: Vec<&str> = function_names().collect();
    // Former names are read, and not advertised.
    names.retain(|name| !name.ends_with("_slope"));
    names.sort_unstable();
    names.dedup();
    names
}

/// What `--help` says of the language.
pub(super) fn help() -> String {
    let names = functions();
    format!(
        "A FORMULA is a Rust expression in x: numbers, + - * /, calls, `if a < b {{ … }} else {{ … }}`, `let` in a block; any \
         other name is a constant to be trained. sinc(x) is sin(pi x) / (pi x), and ln is the natural logarithm. `genotype:u0-u1-b0-u2-u3-b1` stands for a function of the search space. `@FILE` reads it from a file, such as the \
         formula.txt of a search, and `-` from standard input. A formula of another language \
         begins with it: `torch:F.gelu(x) * x`, `python:x**2`, `sympy:Max(0, x)`, `fpcore:(* x (exp x))`, `aquasurf:mul(x,erf(x))`.\n\nFunctions: {}",
        names.join(", ")
    )
}

/// More than any formula that is read has.
const LARGEST: u64 = 16 << 20;

/// The text that an argument stands for: that of `@FILE`, that of standard input for `-`, else the argument.
pub(super) fn text(argument: &str) -> Result<Cow<'_, str>> {
    static TAKEN: AtomicBool = AtomicBool::new(false);
    let wrong = |reason: String| Error::Usage(reason);
    if argument.trim() == STREAM {
        if TAKEN.swap(true, Ordering::Relaxed) {
            let reason = "standard input can be read only once: give `-` for one formula";
            return Err(wrong(reason.to_owned()));
        }
        let text = read(std::io::stdin().lock());
        let text = text.map_err(|reason| wrong(format!("standard input: {reason}")))?;
        return Ok(Cow::Owned(text));
    }
    let Some(path) = argument.trim_start().strip_prefix('@') else {
        return Ok(Cow::Borrowed(argument));
    };
    let text = File::open(Path::new(path)).map_err(|error| error.to_string());
    let text = text.and_then(read).map_err(|reason| {
        let example = "write for example @runs/digits-seed1/formula.txt";
        wrong(format!(
            "cannot read the file `{path}`: {reason}; {example}"
        ))
    });
    text.map(Cow::Owned)
}

/// The same on one line, for what is kept in settings: without the comments of a file, and translated if it is of another language.
pub(super) fn on_one_line(argument: &str) -> Result<String> {
    let text = text(argument)?;
    if let Some((text, source)) = prefixed(&text) {
        return Ok(Formula::parse_from(text, source)?.to_string());
    }
    Ok(match text {
        Cow::Borrowed(typed) => typed.to_owned(),
        Cow::Owned(read) => one_line(&read),
    })
}

/// A formula on one line, without comments, which would reach to its end.
pub(super) fn one_line(text: &str) -> String {
    let lines = text
        .lines()
        .map(|line| line.split("//").next().unwrap_or(line));
    let words: Vec<&str> = lines.flat_map(str::split_whitespace).collect();
    words.join(" ")
}

/// The language that a text begins with, and what follows it.
pub(super) fn prefixed(text: &str) -> Option<(&str, Source)> {
    let text = text.trim_start();
    let mut prefixes = PREFIXES.iter();
    prefixes.find_map(|(prefix, source)| Some((text.strip_prefix(prefix)?, *source)))
}

fn read(from: impl Read) -> std::result::Result<String, String> {
    super::text::read(from, LARGEST, "a formula")
}

fn kinks(text: &str) -> std::result::Result<Kinks, String> {
    let named = Kinks::NAMED.iter().find(|(name, _)| *name == text);
    let named = named.map(|(_, kinks)| *kinks);
    named.ok_or_else(|| "give `free` or `torch`".to_owned())
}

fn source(text: &str) -> std::result::Result<Source, String> {
    let named = Source::NAMED.iter().find(|(name, _)| *name == text);
    let named = named.map(|(_, source)| *source);
    named.ok_or_else(|| "give `python`, `sympy`, `fpcore` or `aquasurf`".to_owned())
}

fn assignment(text: &str) -> std::result::Result<(String, Number), String> {
    let (name, value) = text
        .split_once('=')
        .ok_or_else(|| format!("`{text}` has no `=`; write for example beta=1.5"))?;
    let number = Number::read(value.trim()).map_err(|error| no_number(value, error))?;
    Ok((name.trim().to_owned(), number))
}

fn no_number(text: &str, error: NumberError) -> String {
    match error {
        NumberError::Malformed => format!("`{}` is not a finite number", shortened(text)),
        error => format!("`{}`: {error}", shortened(text)),
    }
}

/// A number as in a formula, or one of `inf`, `-inf` and `nan`.
pub(super) fn float(text: &str) -> std::result::Result<f64, String> {
    let text = text.trim();
    let unsigned = text.trim_start_matches(['-', '+']).to_lowercase();
    if let ("inf" | "infinity" | "nan", Ok(float)) = (unsigned.as_str(), text.parse()) {
        return Ok(float);
    }
    let number = Number::read(text).map_err(|error| match error {
        NumberError::Malformed => format!("`{}` is not a number", shortened(text)),
        error => no_number(text, error),
    })?;
    Ok(number.to_f64())
}

/// As much of a text as a message shows.
fn shortened(text: &str) -> Cow<'_, str> {
    match text.char_indices().nth(40) {
        Some((end, _)) => Cow::Owned(format!("{}…", &text[..end])),
        None => Cow::Borrowed(text),
    }
}

fn bounds(text: &str) -> std::result::Result<Bounds, String> {
    let example = "write for example x=-4..4, x=0.. or x=..1";
    let parts = text.split_once('=').and_then(|(name, interval)| {
        interval
            .split_once("..")
            .map(|(low, high)| (name, low, high))
    });
    let (name, low, high) =
        parts.ok_or_else(|| format!("`{text}` is not an interval; {example}"))?;
    let end = |text: &str| match text.trim() {
        "" => Ok(None),
        text => Number::read(text)
            .map(Some)
            .map_err(|error| format!("{}; {example}", no_number(text, error))),
    };
    Ok((name.trim().to_owned(), end(low)?, end(high)?))
}

impl Options {
    /// The options of a page: values of constants by their names, and from where to where x goes, as texts.
    pub(super) fn typed<'a>(
        set: impl IntoIterator<Item = (&'a String, &'a String)>,
        x: Option<&[String; 2]>,
    ) -> Result<Self> {
        let set = set.into_iter();
        let set = set.map(|(name, value)| assignment(&format!("{name}={value}")));
        let x = x.map(|[low, high]| bounds(&format!("x={low}..{high}")));
        let usage = Error::Usage;
        Ok(Self {
            set: set.collect::<std::result::Result<_, _>>().map_err(usage)?,
            domain: x.transpose().map_err(usage)?.into_iter().collect(),
            unbounded: false,
            kinks: Kinks::default(),
            from: None,
        })
    }

    /// Whether any option is there.
    pub(super) fn are_given(&self) -> bool {
        !self.set.is_empty()
            || !self.domain.is_empty()
            || self.unbounded
            || self.kinks != Kinks::default()
            || self.from.is_some()
    }

    /// Refuses bounds where every input counts.
    pub(super) fn refuse_domain(&self) -> Result<()> {
        if self.domain.is_empty() {
            return Ok(());
        }
        let reason = "--domain has no meaning here: values are computed at the inputs as they are; leave it out";
        Err(Error::Usage(reason.to_owned()))
    }

    /// The options as they are written behind a command.
    pub(super) fn text(&self) -> String {
        let set = self.set.iter();
        let mut text: String = set
            .map(|(name, value)| format!(" --set {name}={value}"))
            .collect();
        let end = |end: &Option<Number>| end.as_ref().map_or(String::new(), Number::to_string);
        for (name, low, high) in &self.domain {
            text.push_str(&format!(" --domain {name}={}..{}", end(low), end(high)));
        }
        if self.unbounded {
            text.push_str(" --unbounded");
        }
        if self.kinks == Kinks::Torch {
            text.push_str(" --kinks torch");
        }
        let from = |(_, source): &&(&str, Source)| Some(*source) == self.from;
        if let Some((name, _)) = Source::NAMED.iter().find(from) {
            text.push_str(&format!(" --from {name}"));
        }
        text
    }

    /// Where the variables of `formulas` lie.
    pub(super) fn region(&self, formulas: &[&Formula]) -> Result<Region> {
        once("--domain", self.domain.iter().map(|(name, ..)| name))?;
        let mut region = Region::default();
        for (name, low, high) in &self.domain {
            let known = || {
                formulas
                    .iter()
                    .flat_map(|f| &f.dag().variables)
                    .map(String::as_str)
            };
            if !known().any(|known| known == name) {
                return Err(unknown("--domain", "variable", name, known()));
            }
            region = region
                .with(name, low.as_ref(), high.as_ref())
                .map_err(|error| Error::Usage(format!("--domain: {error}")))?;
        }
        Ok(region)
    }

    /// The formula that an argument stands for, with its constants still named.
    pub(super) fn parse(&self, argument: &str) -> Result<Formula> {
        // A fraction of names is a formula where these have values.
        if self.set.is_empty() && self.from.is_none() {
            refuse_folder(argument)?;
        }
        self.read(&text(argument)?)
    }

    /// The formula of a text, which is no longer the name of a file.
    pub(super) fn read(&self, text: &str) -> Result<Formula> {
        let genotype = text.trim_start().starts_with(GENOTYPE);
        let spelled = match text.trim_start().strip_prefix(GENOTYPE) {
            Some(genotype) => genotype
                .trim_end()
                .parse::<Genotype>()?
                .formula(!self.unbounded),
            None => text.to_owned(),
        };
        let formula = match (prefixed(&spelled), self.from) {
            (Some((text, source)), _) => Formula::parse_from(text, source),
            (None, Some(source)) if !genotype => Formula::parse_from(&spelled, source),
            (None, _) => Formula::parse(&spelled),
        };
        Ok(formula?.with_kinks(self.kinks))
    }

    /// The values given for the names of `formula`.
    pub(super) fn constants(&self, formulas: &[&Formula]) -> Result<Vec<(String, Number)>> {
        let names = || {
            formulas
                .iter()
                .flat_map(|f| f.dag().variables.iter().skip(1))
        };
        once("--set", self.set.iter().map(|(name, _)| name))?;
        let by_name = |name: &String| self.set.iter().find(|(given, _)| given == name);
        let by_family = |name: &String| {
            let family = |given: &str| is_family(given) && member(name, given);
            self.set.iter().find(|(given, _)| family(given))
        };
        for (given, _) in &self.set {
            // Setting a whole family is harmless where a genotype has no member of it.
            if !is_family(given) && !names().any(|name| name == given) {
                return Err(unknown(
                    "--set",
                    "constant",
                    given,
                    names().map(String::as_str),
                ));
            }
        }
        let mut constants: Vec<(String, Number)> = Vec::new();
        for name in names() {
            let value = by_name(name).or_else(|| by_family(name));
            if let Some((_, value)) =
                value.filter(|_| constants.iter().all(|(known, _)| known != name))
            {
                constants.push((name.clone(), value.clone()));
            }
        }
        Ok(constants)
    }

    /// The formula with the given constants in place.
    pub(super) fn parse_and_set(&self, argument: &str) -> Result<Formula> {
        self.with_values(self.parse(argument)?)
    }

    /// A formula with the given constants in place.
    pub(super) fn with_values(&self, formula: Formula) -> Result<Formula> {
        let constants = self.constants(&[&formula])?;
        Ok(formula.with_constants(&constants))
    }
}

/// Refuses a name that is given twice.
fn once<'a>(option: &str, names: impl Iterator<Item = &'a String>) -> Result<()> {
    let mut seen: Vec<&String> = Vec::new();
    for name in names {
        if seen.contains(&name) {
            return Err(Error::Usage(format!(
                "{option}: `{name}` is given twice; give it once"
            )));
        }
        seen.push(name);
    }
    Ok(())
}

fn unknown<'a>(
    option: &str,
    kind: &str,
    name: &str,
    known: impl Iterator<Item = &'a str>,
) -> Error {
    let hint = match nearest(name, known) {
        Some(near) => format!("; did you mean `{near}`?"),
        None => String::new(),
    };
    Error::Usage(format!(
        "{option}: the formula has no {kind} `{name}`{hint}"
    ))
}

/// Whether the name stands for all constants of one kind in a genotype.
fn is_family(name: &str) -> bool {
    matches!(name, "beta" | "mix")
}

fn member(name: &str, family: &str) -> bool {
    let digit = name.strip_prefix(family);
    digit.is_some_and(|digit| digit.len() == 1 && digit.chars().all(|c| c.is_ascii_digit()))
}
