//! Writes what has been reached of the runtime as one module, each of its files a module in it.

use super::parts::{Kind, Leaf, Node, Part};
use super::reach::{Modules, Path, Reached};

/// A file of the runtime.
#[derive(Debug)]
pub(super) struct File {
    pub(super) path: Path,
    pub(super) text: String,
    /// Where the text after the documentation begins.
    pub(super) start: usize,
}

/// The modules, in the order in which they are printed.
pub(super) struct Printer<'a> {
    pub(super) files: &'a [File],
    pub(super) modules: &'a Modules,
    pub(super) reached: &'a Reached,
}

impl Printer<'_> {
    /// What the module holds: its imports, the modules below it, everything else. A macro comes after the modules, which would see
    /// it without importing it.
    pub(super) fn inside(&self, file: &File) -> String {
        let parts = &self.modules[&file.path];
        let first = |part: &Part| matches!(part.kind, Kind::Use(..) | Kind::Module(..));
        let imports = parts.iter().take_while(|part| first(part)).count();
        let text = |part: &Part| match self.reached.has(part, &file.path, self.modules) {
            true => self.part(part, file),
            false => String::new(),
        };
        let (front, rest) = parts.split_at(imports);
        let front: String = front.iter().map(text).collect();
        let children = self.files.iter().filter(|child| {
            let parent = child.path.split_last().map(|(_, parent)| parent);
            parent == Some(&file.path) && self.reached.has_module(&child.path)
        });
        let children: String = children.map(|child| self.module(child)).collect();
        let rest: String = rest.iter().map(text).collect();
        front + &children + &rest
    }

    fn module(&self, file: &File) -> String {
        let Some((name, parent)) = file.path.split_last() else {
            return String::new();
        };
        let declaration = |part: &Part| match &part.kind {
            Kind::Module(module, visibility) if module == name => Some(visibility.clone()),
            _ => None,
        };
        let visibility = self.modules[parent].iter().find_map(declaration);
        let visibility = visibility.unwrap_or_default();
        let inside = self.inside(file);
        let text = format!("{}\n\n{}", &file.text[..file.start], inside);
        format!(
            "\n\n{visibility}mod {name} {{\n{}\n}}",
            indented(text.trim())
        )
    }

    /// The text of a part, without what is not needed of it.
    fn part(&self, part: &Part, file: &File) -> String {
        let all = &file.text[part.range.clone()];
        let space = &all[..all.len() - all.trim_start().len()];
        match &part.kind {
            Kind::Use(visibility, leaves) => {
                let needed = leaves.iter();
                let needed =
                    needed.filter(|leaf| self.reached.has_leaf(leaf, &file.path, self.modules));
                format!(
                    "{space}{}",
                    imports(visibility, &needed.collect::<Vec<_>>())
                )
            }
            Kind::Functions(lists) => {
                let head = all.find('{').map_or(all.len(), |at| at + 1);
                // What stands in front of the lists.
                let front = all[head..].split_once(';').map(|(front, _)| front.trim());
                let front = front.filter(|front| !front.contains(':'));
                let front = front.map_or(String::new(), |front| format!(" {front};"));
                let mut text = format!("{}{front}", &all[..head]);
                let column = column(&file.text, part.range.start + space.len());
                for (module, names) in lists {
                    let needed = names.iter().filter(|name| self.reached.has_member(name));
                    let needed: Vec<&str> = needed.map(String::as_str).collect();
                    if !needed.is_empty() {
                        let margin = " ".repeat(column + 4);
                        text.push_str(&format!("\n{margin}{module}: {};", needed.join(", ")));
                    }
                }
                text.push_str(&format!("\n{}}}", " ".repeat(column)));
                text
            }
            _ => {
                let mut text = String::new();
                let mut at = part.range.start;
                for node in &part.body {
                    if let Node::Part(inner) = node {
                        text.push_str(&file.text[at..inner.range.start]);
                        if self.reached.has(inner, &file.path, self.modules) {
                            text.push_str(&self.part(inner, file));
                        }
                        at = inner.range.end;
                    }
                }
                text.push_str(&file.text[at..part.range.end]);
                text
            }
        }
    }
}

/// How far from its line's beginning the position is.
fn column(text: &str, at: usize) -> usize {
    at - text[..at].rfind('\n').map_or(0, |line| line + 1)
}

/// One line of imports for each path.
fn imports(visibility: &str, leaves: &[&Leaf]) -> String {
    let mut lines: Vec<(&[String], Vec<String>)> = Vec::new();
    for leaf in leaves {
        let Some((last, path)) = leaf.path.split_last() else {
            continue;
        };
        let name = match *last == leaf.name {
            true => last.clone(),
            false => format!("{last} as {}", leaf.name),
        };
        match lines.iter_mut().find(|(known, _)| *known == path) {
            Some((_, names)) => names.push(name),
            None => lines.push((path, vec![name])),
        }
    }
    let line = |(path, names): &(&[String], Vec<String>)| {
        let path: String = path.iter().map(|word| format!("{word}::")).collect();
        let names = match names.as_slice() {
            [name] => name.clone(),
            names => format!("{{{}}}", names.join(", ")),
        };
        format!("{visibility}use {path}{names};")
    };
    lines.iter().map(line).collect::<Vec<_>>().join("\n")
}

/// The text, with four spaces in front of every line.
pub(super) fn indented(text: &str) -> String {
    let line = |line: &str| match line.is_empty() {
        true => String::new(),
        false => format!("    {line}"),
    };
    text.lines().map(line).collect::<Vec<_>>().join("\n")
}

/// The text without the blank lines that a cut leaves at the beginning or the end of a block, or beside another.
pub(super) fn closed_up(text: &str) -> String {
    let mut lines: Vec<&str> = Vec::new();
    for line in text.lines() {
        let last = lines.last().copied().unwrap_or_default();
        if line.trim().is_empty() {
            if !last.is_empty() && !last.ends_with('{') {
                lines.push("");
            }
            continue;
        }
        if line.trim_start().starts_with('}') && last.is_empty() {
            lines.pop();
        }
        lines.push(line);
    }
    lines.join("\n") + "\n"
}
