//! Cuts a source file of the runtime into the parts that a standalone file takes or leaves: items, the members of traits and
//! their implementations, the leaves of `use`, the entries of a list of functions. What is left out is cut out of the text, so that
//! all else stays as it was written, comments included.

use std::ops::Range;

use proc_macro2::{Delimiter, TokenStream, TokenTree};

/// A token, or a part in its place. Groups are flattened.
#[derive(Debug)]
pub(super) enum Node {
    Word(String),
    Sign(char),
    /// A literal, or the end of a group.
    Other,
    Part(Part),
}

/// A piece of a file.
#[derive(Debug)]
pub(super) struct Part {
    /// Where its text is, with the comments above it.
    pub(super) range: Range<usize>,
    pub(super) kind: Kind,
    pub(super) body: Vec<Node>,
}

#[derive(Debug)]
pub(super) enum Kind {
    /// What is known by a name: a function, a type, a trait, a constant, a macro.
    Named(String),
    /// `mod name;` by name and the visibility in front.
    Module(String, String),
    /// A part for tests, or for another device than the CPU.
    Test,
    /// The text in front of `use`, and its leaves.
    Use(String, Vec<Leaf>),
    /// The implementation of a trait, or of methods, for a type; by their last names, if they have any.
    Implementation(Option<String>, Option<String>),
    /// What a macro makes.
    Invocation,
    /// A member of a trait or of an implementation; without a name it goes with the rest.
    Member(Option<String>),
    /// `module: name, …;` for each module: methods that functions of that name and module are.
    Functions(Vec<(String, Vec<String>)>),
}

/// A name that is imported.
#[derive(Clone, Debug)]
pub(super) struct Leaf {
    /// `*` for all that there is, `_` for a trait without its name.
    pub(super) name: String,
    pub(super) path: Vec<String>,
}

/// The items of a file; also where the text after its documentation begins.
pub(super) fn items(text: &str) -> Result<(Vec<Part>, usize), proc_macro2::LexError> {
    let tokens: Vec<TokenTree> = text.parse::<TokenStream>()?.into_iter().collect();
    let mut at = 0;
    while is_sign(tokens.get(at), '#') && is_sign(tokens.get(at + 1), '!') {
        at += 3;
    }
    let start = at.checked_sub(1).map_or(0, |last| end(text, &tokens[last]));
    let cutter = Cutter { text };
    Ok((cutter.parts(&tokens[at..], start, false), start))
}

fn is_sign(token: Option<&TokenTree>, sign: char) -> bool {
    matches!(token, Some(TokenTree::Punct(punct)) if punct.as_char() == sign)
}

fn is_word(token: Option<&TokenTree>, word: &str) -> bool {
    matches!(token, Some(TokenTree::Ident(ident)) if ident == word)
}

fn is_group(token: Option<&TokenTree>, delimiter: Delimiter) -> bool {
    matches!(token, Some(TokenTree::Group(group)) if group.delimiter() == delimiter)
}

fn word(token: Option<&TokenTree>) -> Option<String> {
    match token {
        Some(TokenTree::Ident(ident)) => Some(ident.to_string()),
        _ => None,
    }
}

/// Where a token ends, with the comment behind it on the same line.
fn end(text: &str, token: &TokenTree) -> usize {
    let end = token.span().byte_range().end;
    let line = text[end..].lines().next().unwrap_or_default();
    let comment = line.trim_start().starts_with("//");
    if comment { end + line.len() } else { end }
}

struct Cutter<'a> {
    text: &'a str,
}

impl Cutter<'_> {
    /// The items or the members that `tokens` hold; the first begins at `start`.
    fn parts(&self, tokens: &[TokenTree], start: usize, members: bool) -> Vec<Part> {
        let mut parts = Vec::new();
        let (mut rest, mut start) = (tokens, start);
        while !rest.is_empty() {
            let head = head(rest);
            let length = length(rest, head);
            let (part, later) = rest.split_at(length);
            let end = end(self.text, &part[length - 1]);
            parts.push(self.part(part, head, start..end, members));
            (rest, start) = (later, end);
        }
        parts
    }

    fn part(&self, tokens: &[TokenTree], head: usize, range: Range<usize>, member: bool) -> Part {
        let keyword = keyword(tokens, head);
        let named = word(tokens.get(keyword + 1));
        let kind = match word(tokens.get(keyword)).as_deref() {
            _ if tokens[..head].iter().any(is_test) => Kind::Test,
            Some("fn" | "const" | "type") if member => Kind::Member(named),
            Some("use") => {
                let mut leaves = Vec::new();
                let last = tokens.len() - 1;
                use_tree(&tokens[keyword + 1..last], &[], &mut leaves);
                Kind::Use(self.between(tokens, head, keyword), leaves)
            }
            Some("mod") => Kind::Module(
                named.unwrap_or_default(),
                self.between(tokens, head, keyword),
            ),
            Some("impl") => implementation(&tokens[keyword..]),
            Some("macro_rules") => Kind::Named(word(tokens.get(keyword + 2)).unwrap_or_default()),
            Some("functions") => functions(tokens),
            Some("fn" | "const" | "static" | "type" | "struct" | "enum" | "trait") => {
                Kind::Named(named.unwrap_or_default())
            }
            _ => Kind::Invocation,
        };
        let body = match kind {
            Kind::Test | Kind::Use(..) | Kind::Module(..) | Kind::Functions(_) => Vec::new(),
            Kind::Implementation(..) => self.with_members(&tokens[keyword + 1..]),
            _ if is_word(tokens.get(keyword), "trait") => self.with_members(tokens),
            _ => self.nodes(tokens),
        };
        Part { range, kind, body }
    }

    fn between(&self, tokens: &[TokenTree], from: usize, to: usize) -> String {
        if from == to {
            return String::new();
        }
        let at = |index: usize| tokens[index].span().byte_range();
        format!("{} ", &self.text[at(from).start..at(to - 1).end])
    }

    /// The tokens of an item whose last group holds members.
    fn with_members(&self, tokens: &[TokenTree]) -> Vec<Node> {
        let Some((TokenTree::Group(group), rest)) = tokens.split_last() else {
            return self.nodes(tokens);
        };
        let mut nodes = self.nodes(rest);
        let inside: Vec<TokenTree> = group.stream().into_iter().collect();
        let start = group.span_open().byte_range().end;
        let members = self.parts(&inside, start, true);
        nodes.extend(members.into_iter().map(Node::Part));
        nodes
    }

    /// Tokens, flattened, in which implementations and lists of functions are found: those that a macro makes.
    fn nodes(&self, tokens: &[TokenTree]) -> Vec<Node> {
        let mut nodes = Vec::new();
        let mut at = 0;
        while let Some(token) = tokens.get(at) {
            let list = is_word(Some(token), "functions")
                && is_sign(tokens.get(at + 1), '!')
                && is_group(tokens.get(at + 2), Delimiter::Brace);
            let body = tokens[at..]
                .iter()
                .position(|token| is_group(Some(token), Delimiter::Brace));
            match (token, body) {
                _ if list => {
                    let part = &tokens[at..at + 3];
                    let range = part[0].span().byte_range().start..end(self.text, &part[2]);
                    nodes.push(Node::Part(self.part(part, 0, range, false)));
                    at += 2;
                }
                (TokenTree::Ident(ident), Some(length)) if ident == "impl" => {
                    let part = &tokens[at..=at + length];
                    let range = part[0].span().byte_range().start..end(self.text, &part[length]);
                    nodes.push(Node::Part(self.part(part, 0, range, false)));
                    at += length;
                }
                (TokenTree::Ident(ident), _) => nodes.push(Node::Word(ident.to_string())),
                (TokenTree::Punct(punct), _) => nodes.push(Node::Sign(punct.as_char())),
                (TokenTree::Literal(_), _) => nodes.push(Node::Other),
                (TokenTree::Group(group), _) => {
                    nodes.push(Node::Other);
                    let inside: Vec<TokenTree> = group.stream().into_iter().collect();
                    nodes.extend(self.nodes(&inside));
                    nodes.push(Node::Other);
                }
            }
            at += 1;
        }
        nodes
    }
}

/// How many tokens the attributes of the first item are.
fn head(tokens: &[TokenTree]) -> usize {
    let mut at = 0;
    while is_sign(tokens.get(at), '#') {
        at += 2;
    }
    at
}

/// Where the word is that says what an item is, after the visibility.
fn keyword(tokens: &[TokenTree], head: usize) -> usize {
    let mut at = head;
    if is_word(tokens.get(at), "pub") {
        at += 1;
        at += usize::from(is_group(tokens.get(at), Delimiter::Parenthesis));
    }
    let function = is_word(tokens.get(at + 1), "fn");
    at + usize::from(function && !is_word(tokens.get(at), "fn"))
}

/// How many tokens the first item is: up to its body, or to a semicolon.
fn length(tokens: &[TokenTree], head: usize) -> usize {
    let keyword = word(tokens.get(keyword(tokens, head)));
    let to_semicolon = matches!(
        keyword.as_deref(),
        Some("use" | "const" | "static" | "type")
    );
    let last = |token: &TokenTree| {
        is_sign(Some(token), ';') || !to_semicolon && is_group(Some(token), Delimiter::Brace)
    };
    let body = tokens[head..].iter().position(last);
    body.map_or(tokens.len(), |length| head + length + 1)
}

fn is_test(token: &TokenTree) -> bool {
    let left_out = ["[cfg(test)]", "[cfg(feature=\"cuda\")]"];
    matches!(token, TokenTree::Group(attribute) if left_out.contains(&&*attribute.to_string().replace(' ', "")))
}

/// Appends the leaves of a tree of imports below `path`.
fn use_tree(tokens: &[TokenTree], path: &[String], leaves: &mut Vec<Leaf>) {
    let mut path = path.to_vec();
    let mut at = 0;
    while let Some(token) = tokens.get(at) {
        match token {
            TokenTree::Group(group) => {
                let inside: Vec<TokenTree> = group.stream().into_iter().collect();
                for branch in inside.split(|token| is_sign(Some(token), ',')) {
                    use_tree(branch, &path, leaves);
                }
                return;
            }
            TokenTree::Ident(ident) if ident == "as" => {
                let name = word(tokens.get(at + 1)).unwrap_or_default();
                leaves.push(Leaf { name, path });
                return;
            }
            TokenTree::Ident(ident) => path.push(ident.to_string()),
            TokenTree::Punct(punct) if punct.as_char() == '*' => path.push("*".to_owned()),
            TokenTree::Punct(_) | TokenTree::Literal(_) => {}
        }
        at += 1;
    }
    if tokens.is_empty() {
        return;
    }
    if path.last().is_some_and(|last| last == "self") {
        path.pop();
    }
    let name = path.last().cloned().unwrap_or_default();
    leaves.push(Leaf { name, path });
}

/// The names in `impl<…> Trait<…> for Type<…> {…}`.
fn implementation(tokens: &[TokenTree]) -> Kind {
    let mut names: Vec<Option<String>> = vec![None];
    let mut depth = 0;
    for (index, token) in tokens[1..].iter().enumerate() {
        let arrow = is_sign(tokens.get(index), '-');
        match token {
            TokenTree::Punct(punct) if punct.as_char() == '<' => depth += 1,
            TokenTree::Punct(punct) if punct.as_char() == '>' && !arrow => depth -= 1,
            TokenTree::Ident(ident) if depth == 0 && ident == "for" => names.push(None),
            TokenTree::Ident(ident) if depth == 0 && ident == "where" => break,
            TokenTree::Ident(ident) if depth == 0 => {
                // A name that a macro fills in is not known.
                let known = !is_sign(tokens.get(index), '$');
                let name = known.then(|| ident.to_string());
                names.pop();
                names.push(name);
            }
            _ => {}
        }
    }
    let type_name = names.pop().flatten();
    Kind::Implementation(names.pop().flatten(), type_name)
}

/// The lists in `functions! { …; module: name, …; … }`; what stands in front of the first is for the macro alone.
fn functions(tokens: &[TokenTree]) -> Kind {
    let Some(TokenTree::Group(group)) = tokens.last() else {
        return Kind::Invocation;
    };
    let inside: Vec<TokenTree> = group.stream().into_iter().collect();
    let lists = inside.split(|token| is_sign(Some(token), ';'));
    let lists = lists.filter(|list| is_sign(list.get(1), ':'));
    let names = |list: &[TokenTree]| list.iter().filter_map(|token| word(Some(token))).collect();
    Kind::Functions(
        lists
            .map(|list| (word(list.first()).unwrap_or_default(), names(&list[2..])))
            .collect(),
    )
}
