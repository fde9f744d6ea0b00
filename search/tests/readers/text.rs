//! Text in files.

use actsmith_search::data::{Kind, Splits};
use actsmith_search::error::Error;

use super::support::{Files, gzip, load, read, refused};

const WORDS: &str =
    "It is a truth universally acknowledged, that a single man in possession of a good fortune.\n";

fn text(text: impl Into<Vec<u8>>) -> Files {
    vec![("input.txt".to_owned(), text.into())]
}

fn words() -> Files {
    text(WORDS.repeat(40))
}

/// The start of what is learned from, and its vocabulary.
fn start(splits: &Splits) -> (String, usize) {
    let writing = splits.train.writing().expect("a text");
    let (inputs, _) = splits.train.batch(&[0]).expect("a piece");
    let tokens: Vec<u32> = inputs
        .flatten_all()
        .and_then(|t| t.to_vec1())
        .expect("tokens");
    (
        writing.decode(&tokens).expect("a text"),
        writing.vocabulary(),
    )
}

#[test]
fn text_is_read_by_characters_and_by_bytes() {
    let of = |settings| read("text", &words(), settings).expect("a text");
    let letters: std::collections::BTreeSet<char> = WORDS.chars().collect();
    assert_eq!(
        start(&of("context = 8")),
        ("It is a ".to_owned(), letters.len())
    );
    let bytes = of("context = 8\nby = 'bytes'");
    assert_eq!(start(&bytes), ("It is a ".to_owned(), 256));
    assert_eq!(
        bytes.train.kind(),
        Kind::Text {
            vocabulary: 256,
            context: 8
        }
    );
    assert_eq!(
        of("").train.kind(),
        Kind::Text {
            vocabulary: letters.len(),
            context: 128
        }
    );
}

#[test]
fn files_follow_each_other_in_the_order_of_their_names() {
    let files = ["b.txt", "a.TXT", "c.txt.gz", "notes.md"];
    let bodies = [
        b"bb\n".repeat(200),
        b"aa".repeat(20),
        gzip(&b"cc".repeat(20)),
        b"x".to_vec(),
    ];
    let files: Files = files.map(str::to_owned).into_iter().zip(bodies).collect();
    let splits = read("text", &files, "context = 43").expect("a text");
    let expected = format!("{}\nbb", "aa".repeat(20));
    assert_eq!(start(&splits), (expected, 4));
    let one = tempfile::tempdir().expect("a folder");
    let path = one.path().join("some text");
    std::fs::write(&path, WORDS.repeat(40)).expect("written");
    assert_eq!(
        start(&load("shakespeare", &path, "context = 5").expect("a text")).0,
        "It is"
    );
}

#[test]
fn what_is_wrong_is_named_with_its_file() {
    let refused = |files: &Files, settings, parts: &[&str]| refused("text", files, settings, parts);
    refused(&text(""), "", &["is empty: give a text"]);
    refused(
        &text("short"),
        "",
        &[
            "5 tokens has no piece of 128",
            "choose a shorter context, or a longer text",
        ],
    );
    refused(
        &text("x".repeat(200)),
        "context = 30",
        &["200 tokens cannot be cut", "a shorter context"],
    );
    refused(
        &text([WORDS.as_bytes(), &[0xe4]].concat()),
        "",
        &[
            "input.txt: is not UTF-8 at byte 91",
            "LATIN1",
            "`data.by = \"bytes\"`",
        ],
    );
    refused(
        &text([0xff, 0xfe, b'a', 0]),
        "",
        &["input.txt: is in UTF-16"],
    );
    refused(
        &vec![("a.md".to_owned(), vec![])],
        "",
        &["has no text: it should hold files .txt"],
    );
    let nowhere = load("shakespeare", "/nowhere/at all".as_ref(), "")
        .expect_err("no file")
        .to_string();
    assert!(
        nowhere.contains(
            "there is no such file or folder: it should hold input.txt, from https://raw."
        ),
        "{nowhere}"
    );
    assert!(
        read(
            "text",
            &text([WORDS.as_bytes(), &[0xe4]].concat().repeat(40)),
            "by = 'bytes'"
        )
        .is_ok()
    );
    let marked = text(format!("\u{feff}{}", WORDS.repeat(40)));
    assert_eq!(
        start(&read("text", &marked, "context = 5").expect("a text")).0,
        "It is"
    );
}

#[test]
fn settings_that_make_no_sense_are_named() {
    let invalid = |settings, part: &str| match read("text", &words(), settings) {
        Err(Error::Invalid(message)) => assert!(message.contains(part), "{message}"),
        other => panic!("{other:?}"),
    };
    invalid("context = 0", "`data.context` is 0");
    invalid(
        "by = 'words'",
        "unknown variant `words`, expected `characters` or `bytes`",
    );
    invalid(
        "by = 'bytes'\ntokenizer = 'x'",
        "`by` and `tokenizer`: give one of them",
    );
    invalid("file = 'x'", "unknown field `file`");
    match super::support::load_with("shakespeare", &toml::Table::new()) {
        Err(Error::Invalid(message)) => assert!(
            message.contains("set `data.dir` to a text file"),
            "{message}"
        ),
        other => panic!("{other:?}"),
    }
}

#[cfg(feature = "tokenizers")]
mod tokenizers {
    use super::super::made;
    use super::*;

    fn with_tokenizer(files: &Files, tokenizer: &std::path::Path) -> Result<Splits, Error> {
        read(
            "text",
            files,
            &format!("context = 8\ntokenizer = '{}'", tokenizer.display()),
        )
    }

    #[test]
    fn a_tokenizer_makes_the_tokens() {
        let splits = with_tokenizer(&words(), &made::path("tokenizer.json")).expect("a text");
        let (inputs, _) = splits.train.batch(&[0]).expect("a piece");
        let tokens: Vec<u32> = inputs
            .flatten_all()
            .and_then(|t| t.to_vec1())
            .expect("tokens");
        // As the Python package says.
        assert_eq!(tokens[..7], [268, 220, 281, 256, 220, 295, 262]);
        let (start, vocabulary) = start(&splits);
        assert!(start.starts_with("It is a truth"), "{start}");
        assert_eq!(vocabulary, 300);
    }

    #[test]
    fn one_that_does_not_match_is_refused() {
        let folder = tempfile::tempdir().expect("a folder");
        let written = |name: &str, text: &str| {
            let path = folder.path().join(name);
            std::fs::write(&path, text).expect("written");
            path
        };
        let refused = |files: &Files, path: &std::path::Path, parts: &[&str]| match with_tokenizer(
            files, path,
        ) {
            Err(Error::Data(message)) => {
                assert!(message.starts_with(&*path.to_string_lossy()), "{message}");
                assert!(parts.iter().all(|part| message.contains(part)), "{message}");
            }
            other => panic!("{parts:?}: {other:?}"),
        };
        let model = |model: &str| {
            format!(
                r#"{{"version": "1.0", "truncation": null, "padding": null, "added_tokens": [], "normalizer": null,
                "pre_tokenizer": {{"type": "Whitespace"}}, "post_processor": null, "decoder": null, "model": {model}}}"#
            )
        };
        let words_only = model(
            r###"{"type": "WordLevel", "vocab": {"[UNK]": 0, "truth": 7}, "unk_token": "[UNK]"}"###,
        );
        let few_letters = model(
            r#"{"type": "BPE", "dropout": null, "unk_token": null, "continuing_subword_prefix": null, "end_of_word_suffix": null,
            "fuse_unk": false, "byte_fallback": false, "vocab": {"a": 0, "b": 1}, "merges": []}"#,
        );
        refused(
            &words(),
            &written("words.json", &words_only),
            &["does not match", "tokens are unknown to it"],
        );
        refused(
            &words(),
            &written("letters.json", &few_letters),
            &["does not match", "it leaves out"],
        );
        refused(
            &text("xyz ".repeat(400)),
            &written("letters.json", &few_letters),
            &["it makes no tokens of it"],
        );
        refused(
            &words(),
            &written("other.json", "{}"),
            &["is not a tokenizer of the crate `tokenizers`"],
        );
        refused(
            &words(),
            &written("tokenizer.model", "\u{8}\u{1}"),
            &["is not a tokenizer of the crate `tokenizers`"],
        );
        let nowhere = folder.path().join("nowhere.json");
        assert!(
            matches!(with_tokenizer(&words(), &nowhere), Err(Error::Io { path, .. }) if path == nowhere)
        );
        // A vocabulary with gaps is as large as its largest token needs.
        let splits = with_tokenizer(
            &text("truth ".repeat(400)),
            &written("words.json", &words_only),
        );
        let kind = splits.expect("a text").train.kind();
        assert_eq!(
            kind,
            Kind::Text {
                vocabulary: 8,
                context: 8
            }
        );
    }
}
