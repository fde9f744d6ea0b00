//! Text in files, by characters, by bytes, or as the tokens of a tokenizer.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::Deserialize;
use toml::Table;

use super::files::{entries, setting};
use super::source::{self, plain, wrong};
use super::writing::{Bytes, Characters, Writing};
use super::{DataSet, Splits, Text, tokenizer};
use crate::error::{Error, Result};

/// Tokens of a piece of a text in files, unless the settings say otherwise.
pub const CONTEXT: usize = 128;

/// A data set of text in files: a row of [`TEXT_FILES`](super::TEXT_FILES).
#[derive(Clone, Copy, Debug)]
pub struct TextFiles {
    /// The name in settings.
    pub name: &'static str,
    /// The names of the files that belong into the folder.
    pub expected: &'static str,
    /// Where they come from.
    pub origin: &'static str,
}

/// Any text.
pub(super) const TEXT: TextFiles = TextFiles {
    name: "text",
    expected: "files .txt, which are read in the order of their names",
    origin: "anywhere; UTF-8 if it is read by characters or with a tokenizer",
};

/// Tiny Shakespeare: the million characters of A. Karpathy's char-rnn (2015).
pub(super) const SHAKESPEARE: TextFiles = TextFiles {
    name: "shakespeare",
    expected: "input.txt",
    origin: "https://raw.githubusercontent.com/karpathy/char-rnn/master/data/tinyshakespeare/input.txt",
};

/// What a token is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum By {
    /// A character.
    #[default]
    Characters,
    /// A byte.
    Bytes,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Settings {
    /// A file, or the folder of the files.
    dir: Option<PathBuf>,
    by: Option<By>,
    /// The file of a tokenizer.
    tokenizer: Option<PathBuf>,
    context: Option<usize>,
}

/// How to read a text.
#[derive(Clone, Debug)]
pub enum Reading {
    /// By characters or bytes.
    By(By),
    /// With the tokenizer of a file.
    Tokenizer(PathBuf),
}

/// A text that has been read.
pub struct Read {
    /// The files, in the order in which they follow each other.
    pub files: Vec<PathBuf>,
    /// Its bytes.
    pub bytes: u64,
    /// Its characters, where it is read as such.
    pub characters: Option<u64>,
    /// Its tokens.
    pub tokens: Vec<u32>,
    /// How they are written.
    pub writing: Arc<dyn Writing>,
}

/// Reads a text file, or those of a folder one after the other.
///
/// # Errors
/// [`Error::Data`], naming the file and the remedy, if there is none, it is empty or not of the encoding, or the tokenizer does not fit.
pub fn read_text(path: &Path, reading: &Reading, of: &TextFiles) -> Result<Read> {
    let files = text_files(path, of)?;
    let mut bytes = Vec::new();
    for file in &files {
        let more = source::read(file)?;
        let needs_break = !bytes.is_empty() && !bytes.ends_with(b"\n");
        bytes.extend(needs_break.then_some(b'\n'));
        match reading {
            Reading::By(By::Bytes) => bytes.extend(more),
            _ => bytes.extend_from_slice(unicode(file, &more)?.as_bytes()),
        }
    }
    if bytes.is_empty() {
        return Err(wrong(path, "is empty: give a text"));
    }
    let length = bytes.len() as u64;
    // What does not decode has been refused file by file.
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).map_err(|error| wrong(path, error));
    let mut characters = None;
    let (tokens, writing): (Vec<u32>, Arc<dyn Writing>) = match reading {
        Reading::By(By::Bytes) => (bytes.into_iter().map(u32::from).collect(), Arc::new(Bytes)),
        Reading::By(By::Characters) => {
            let text = text(bytes)?;
            let alphabet = Characters::of(&text);
            let tokens = alphabet.encode(&text)?;
            characters = Some(tokens.len() as u64);
            (tokens, Arc::new(alphabet))
        }
        Reading::Tokenizer(file) => {
            let text = text(bytes)?;
            characters = Some(text.chars().count() as u64);
            tokenizer::read(file, &text, path)?
        }
    };
    Ok(Read {
        files,
        bytes: length,
        characters,
        tokens,
        writing,
    })
}

/// The text files of a folder, in the order of their names, or the file itself.
pub(super) fn text_files(path: &Path, of: &TextFiles) -> Result<Vec<PathBuf>> {
    if !path.exists() {
        return Err(wrong(
            path,
            format_args!(
                "there is no such file or folder: it should hold {}, from {}",
                of.expected, of.origin
            ),
        ));
    }
    if !path.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let is_text = |path: &PathBuf| {
        let name = path
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .to_lowercase();
        path.is_file() && (name.ends_with(".txt") || name.ends_with(".txt.gz"))
    };
    let mut files = entries(path)?;
    files.retain(is_text);
    match files.is_empty() {
        true => Err(wrong(
            path,
            format_args!(
                "has no text: it should hold {}, from {}",
                of.expected, of.origin
            ),
        )),
        false => Ok(files),
    }
}

/// The text of a file in UTF-8, without a byte order mark.
fn unicode<'a>(file: &Path, bytes: &'a [u8]) -> Result<&'a str> {
    if bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]) {
        return Err(wrong(
            file,
            "is in UTF-16: convert it to UTF-8 (`iconv -f UTF-16 -t UTF-8`)",
        ));
    }
    let text = std::str::from_utf8(bytes).map_err(|error| {
        wrong(file, format_args!(
            "is not UTF-8 at byte {}: convert it (`iconv -f LATIN1 -t UTF-8`), or read it by bytes (`data.by = \"bytes\"`)",
            error.valid_up_to()
        ))
    })?;
    Ok(text.strip_prefix('\u{feff}').unwrap_or(text))
}

impl DataSet for TextFiles {
    fn name(&self) -> &str {
        self.name
    }

    fn load(&self, seed: u64) -> Result<Splits> {
        self.load_with(&Table::new(), seed)
    }

    fn load_with(&self, settings: &Table, _seed: u64) -> Result<Splits> {
        let invalid = |what: String| Err(Error::Invalid(what));
        let settings: Settings = settings.clone().try_into().map_err(|error| {
            Error::Invalid(format!("the settings of the data: {}", setting(&error)))
        })?;
        let Some(path) = settings.dir else {
            return invalid(format!(
                "the data set `{}` is read from files: set `data.dir` to a text file, or to the folder of {}, which come from {}",
                self.name, self.expected, self.origin
            ));
        };
        let reading = match (settings.by, settings.tokenizer) {
            (Some(_), Some(_)) => {
                return invalid(
                    "the settings of the data have `by` and `tokenizer`: give one of them"
                        .to_owned(),
                );
            }
            (_, Some(file)) => Reading::Tokenizer(file),
            (by, None) => Reading::By(by.unwrap_or_default()),
        };
        let context = settings.context.unwrap_or(CONTEXT);
        if context == 0 {
            return invalid(
                "`data.context` is 0: a piece of text has at least one token".to_owned(),
            );
        }
        let read = read_text(&path, &reading, self)?;
        let text = Text::written(read.tokens, read.writing, context);
        let splits = text.and_then(|text| text.splits());
        splits.map_err(|error| wrong(&path, plain(error)))
    }
}
