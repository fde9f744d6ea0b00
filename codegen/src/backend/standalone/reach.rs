//! What of the runtime an activation needs: everything that its code names, then what that names, and so on.
//!
//! Names are resolved through modules and imports. Of a method or another member only the name counts, for its type is not known
//! here: the members of that name are kept for all types that are kept.

use std::collections::{BTreeMap, BTreeSet};

use super::parts::{Kind, Leaf, Node, Part};

/// A module by its path below the runtime.
pub(super) type Path = Vec<String>;

/// The parts of every module.
pub(super) type Modules = BTreeMap<Path, Vec<Part>>;

/// A name of a module, as an item or as an import.
type Link = (Path, String, Sort);

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Sort {
    Item,
    Import,
}

/// What has been reached.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Reached {
    names: BTreeSet<Link>,
    /// Members of traits and types.
    members: BTreeSet<String>,
    /// The members that each module names.
    mentions: BTreeSet<(Path, String)>,
}

impl Reached {
    /// What `root` needs, code beside the runtime, which it calls `runtime`.
    pub(super) fn from(root: &[Node], modules: &Modules) -> Self {
        let mut reached = Self::default();
        loop {
            let before = reached.clone();
            let mut search = Search {
                modules,
                reached: &mut reached,
            };
            search.scan(root, None);
            for (path, parts) in modules {
                parts.iter().for_each(|part| search.visit(part, path));
            }
            if reached == before {
                return reached;
            }
        }
    }

    /// Whether anything of the module, or below it, is needed.
    pub(super) fn has_module(&self, path: &Path) -> bool {
        self.names
            .iter()
            .any(|(module, ..)| module.starts_with(path))
    }

    /// Whether a part of the module at `path` is needed.
    pub(super) fn has(&self, part: &Part, path: &Path, modules: &Modules) -> bool {
        let known = |name: &Option<String>| {
            let item = name
                .as_ref()
                .and_then(|name| definition(modules, path, name));
            item.is_none_or(|item| self.names.contains(&item))
        };
        match &part.kind {
            Kind::Named(name) => self.has_name(path, name, Sort::Item),
            Kind::Use(_, leaves) => leaves.iter().any(|leaf| self.has_leaf(leaf, path, modules)),
            Kind::Implementation(of, target) => known(of) && known(target) && self.is_used(path),
            Kind::Member(Some(name)) => self.members.contains(name),
            Kind::Member(None) | Kind::Functions(_) => true,
            Kind::Invocation => self.is_used(path),
            Kind::Module(..) | Kind::Test => false,
        }
    }

    /// Whether a name that the module imports is needed: because it is named, or because it is a trait of which a member is.
    pub(super) fn has_leaf(&self, leaf: &Leaf, path: &Path, modules: &Modules) -> bool {
        if matches!(leaf.name.as_str(), "*" | "_") {
            return self.is_used(path);
        }
        let mentioned = |node: &Node| match node {
            Node::Part(Part {
                kind: Kind::Member(Some(name)),
                ..
            }) => self.mentions.contains(&(path.clone(), name.clone())),
            _ => false,
        };
        let by_member = || {
            let (path, name, _) = definition(modules, path, &leaf.name)?;
            let mut parts = modules[&path].iter();
            parts.find(|part| matches!(&part.kind, Kind::Named(named) if *named == name))
        };
        self.has_name(path, &leaf.name, Sort::Import)
            || by_member().is_some_and(|item| item.body.iter().any(mentioned))
    }

    /// Whether the member is needed.
    pub(super) fn has_member(&self, name: &str) -> bool {
        self.members.contains(name)
    }

    fn has_name(&self, path: &Path, name: &str, sort: Sort) -> bool {
        self.names.contains(&(path.clone(), name.to_owned(), sort))
    }

    fn is_used(&self, path: &Path) -> bool {
        self.names.iter().any(|(module, ..)| module == path)
    }
}

/// Goes through the needed parts for what they need in turn.
struct Search<'a> {
    modules: &'a Modules,
    reached: &'a mut Reached,
}

impl Search<'_> {
    /// Goes through a part if it is needed.
    fn visit(&mut self, part: &Part, path: &Path) {
        if !self.reached.has(part, path, self.modules) {
            return;
        }
        if let Kind::Functions(lists) = &part.kind {
            self.follow(&["functions".to_owned()], path);
            for (module, names) in lists {
                for name in names {
                    if self.reached.has_member(name) {
                        self.follow(&[module.clone(), name.clone()], path);
                    }
                }
            }
        }
        // A trait that is not the runtime's asks for all of its members.
        if let Kind::Implementation(Some(of), _) = &part.kind
            && definition(self.modules, path, of).is_none()
        {
            for node in &part.body {
                if let Node::Part(Part {
                    kind: Kind::Member(Some(name)),
                    ..
                }) = node
                {
                    self.reached.members.insert(name.clone());
                }
            }
        }
        self.scan(&part.body, Some(path));
    }

    /// Goes through tokens; without a path they stand beside the runtime.
    fn scan(&mut self, nodes: &[Node], path: Option<&Path>) {
        let mut at = 0;
        while let Some(node) = nodes.get(at) {
            match (node, path) {
                (Node::Part(part), Some(path)) => self.visit(part, path),
                (Node::Part(part), None) => self.scan(&part.body, None),
                (Node::Word(_), _) => at = self.word(nodes, at, path),
                (Node::Sign(_) | Node::Other, _) => {}
            }
            at += 1;
        }
    }

    /// Marks what the word at `at`, or the path that begins there, names; returns where it ends.
    fn word(&mut self, nodes: &[Node], at: usize, path: Option<&Path>) -> usize {
        let sign = |back: usize| match at.checked_sub(back).map(|at| &nodes[at]) {
            Some(Node::Sign(sign)) => Some(*sign),
            _ => None,
        };
        let (mut end, mut words) = (at, Vec::new());
        while let Some(Node::Word(word)) = nodes.get(end) {
            words.push(word.clone());
            let colon = |node: Option<&Node>| matches!(node, Some(Node::Sign(':')));
            let next = matches!(nodes.get(end + 3), Some(Node::Word(_)));
            if !(next && colon(nodes.get(end + 1)) && colon(nodes.get(end + 2))) {
                break;
            }
            end += 3;
        }
        let member = sign(1) == Some('.') && sign(2) != Some('.')
            || sign(1) == Some(':') && sign(2) == Some(':');
        match path {
            _ if member => self.members(words, path),
            Some(path) => self.follow(&words, path),
            None if words[0] == "runtime" => self.follow(&words[1..], &Path::new()),
            None => self.members(words.split_off(1), path),
        }
        end
    }

    /// Marks every name of a path that is seen from a module.
    fn follow(&mut self, words: &[String], path: &Path) {
        let mut steps = Vec::new();
        if let Err(known) = resolve(self.modules, words, path, &mut steps) {
            self.members(words[known..].to_vec(), Some(path));
        }
        self.reached.names.extend(steps);
    }

    /// Marks members, except where the numbers are plain and the members those of the standard library.
    fn members(&mut self, names: Vec<String>, path: Option<&Path>) {
        let plain = path.is_some_and(|path| path.first().is_some_and(|first| first == "math"));
        if plain {
            return;
        }
        if let Some(path) = path {
            let mentions = names.iter().map(|name| (path.clone(), name.clone()));
            self.reached.mentions.extend(mentions);
        }
        self.reached.members.extend(names);
    }
}

/// Appends the items and the imports that a path goes through as it is seen from a module. The module that it leads to; or the
/// number of words up to the item, or to what is not of the runtime: what follows are members.
fn resolve(
    modules: &Modules,
    words: &[String],
    path: &Path,
    steps: &mut Vec<Link>,
) -> Result<Path, usize> {
    let mut module = path.clone();
    for (index, word) in words.iter().enumerate() {
        let child = [module.as_slice(), std::slice::from_ref(word)].concat();
        // A module may have the name of the function that it exports.
        let last = index + 1 == words.len();
        let named = last && has_import(modules, &module, word);
        if word == "super" {
            module.pop();
        } else if modules.contains_key(&child) && !named {
            module = child;
        } else if word != "self" {
            let inside = module == *path;
            module = name(modules, &module, word, inside, steps).ok_or(index + 1)?;
        }
    }
    Ok(module)
}

fn has_import(modules: &Modules, path: &Path, name: &str) -> bool {
    let leaves = |part: &Part| match &part.kind {
        Kind::Use(_, leaves) => leaves.iter().any(|leaf| leaf.name == name),
        _ => false,
    };
    modules
        .get(path)
        .is_some_and(|parts| parts.iter().any(leaves))
}

/// Appends the item or the imports of a name in a module; the module that is imported, if it is one. From outside a module its
/// macros are seen through their imports.
fn name(
    modules: &Modules,
    path: &Path,
    name: &str,
    inside: bool,
    steps: &mut Vec<Link>,
) -> Option<Path> {
    let parts = || modules.get(path).into_iter().flatten();
    let import = parts().find_map(|part| match &part.kind {
        Kind::Use(_, leaves) => leaves.iter().find(|leaf| leaf.name == name),
        _ => None,
    });
    let item = parts().any(|part| matches!(&part.kind, Kind::Named(named) if named == name));
    let mut step = |sort| steps.push((path.clone(), name.to_owned(), sort));
    if import.is_some() && !(inside && item) {
        step(Sort::Import);
    }
    if item {
        step(Sort::Item);
        return None;
    }
    // A crate is imported by its own name.
    let leaf = import.filter(|leaf| leaf.path.len() > 1)?;
    resolve(modules, &leaf.path, path, steps).ok()
}

/// The item of the runtime that a name stands for in a module.
fn definition(modules: &Modules, path: &Path, word: &str) -> Option<Link> {
    let mut steps = Vec::new();
    let _ = name(modules, path, word, true, &mut steps);
    steps.pop().filter(|(.., sort)| *sort == Sort::Item)
}
