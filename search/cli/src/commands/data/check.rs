//! `actsmith data check`: what a folder holds, and what is wrong with it.

use std::path::{Path, PathBuf};

use actsmith_search::data::{
    By, CONTEXT, Examples, FileKind, ImageFiles, Parts, Reading, Text, TextFiles, class_counts,
    image_remarks, read_text, text_remarks,
};
use serde_json::{Value, json};

use super::sheet;
use crate::commands::output::{number_grouped, print, print_json, quoted, table};
use crate::error::{Error, Result};
use actsmith_search::files;

/// Say what a folder or file holds, and what is wrong with it: classes, sizes, counts, or the length and vocabulary of a text; exit
/// code 1 if it cannot be used
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// The folder of a data set, or its file
    #[arg(value_name = "DIR")]
    dir: PathBuf,

    /// The data set that it is to be, such as `cifar10`; without this, what the files look like
    #[arg(long = "as", value_name = "NAME")]
    kind: Option<String>,

    /// Write some images of each class as a PNG file, a row for each class
    #[arg(long, value_name = "FILE")]
    sheet: Option<PathBuf>,

    /// Read a text by bytes instead of characters
    #[arg(long, conflicts_with = "tokenizer")]
    bytes: bool,

    /// Read a text with the tokenizer in this file (`tokenizer.json`)
    #[arg(long, value_name = "FILE")]
    tokenizer: Option<PathBuf>,

    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

/// What there is to say of a data set.
struct Report {
    rows: Vec<(String, String)>,
    json: Value,
    remarks: Vec<String>,
}

pub(super) fn run(arguments: &Arguments) -> Result<()> {
    let kinds = match &arguments.kind {
        Some(name) => vec![FileKind::named(name).ok_or_else(|| {
            Error::Usage(format!(
                "there is no data set `{name}` in files: leave out `--as` to see what the files look like"
            ))
        })?],
        None => FileKind::of(&arguments.dir)?,
    };
    let Some((kind, others)) = kinds.split_first() else {
        return Err(Error::Failure("no kind of files".to_owned()));
    };
    let mut report = match kind {
        FileKind::Images(files) => images(arguments, files)?,
        FileKind::Text(files) => text(arguments, files)?,
    };
    if !others.is_empty() {
        let others: Vec<String> = others
            .iter()
            .map(|kind| format!("`{}`", kind.name()))
            .collect();
        report.remarks.push(format!(
            "the files look like those of {}, too: say which with `--as`",
            others.join(" and ")
        ));
    }
    if arguments.json {
        report.json["data"] = kind.name().into();
        report.json["path"] = arguments.dir.to_string_lossy().into();
        report.json["remarks"] = report.remarks.into();
        return print_json(&report.json);
    }
    let remarks = report.remarks.into_iter();
    report
        .rows
        .extend(remarks.map(|remark| ("remark".to_owned(), remark)));
    print(&table(&report.rows))
}

fn row(label: &str, text: impl Into<String>) -> (String, String) {
    (label.to_owned(), text.into())
}

fn images(arguments: &Arguments, files: &ImageFiles) -> Result<Report> {
    if arguments.bytes || arguments.tokenizer.is_some() {
        return Err(Error::Usage(format!(
            "{} holds images: leave out `--bytes` and `--tokenizer`",
            arguments.dir.display()
        )));
    }
    let parts = files.read(&arguments.dir, &toml::Table::new())?;
    if let Some(path) = &arguments.sheet {
        write_sheet(path, &parts)?;
    }
    let (channels, height, width) = parts.train.image_shape();
    let train = class_counts(&parts.train);
    let test = parts.test.as_ref().map(class_counts);
    let count = |counts: &[usize]| number_grouped(counts.iter().sum::<usize>() as u64);
    let mut rows = vec![
        row("data", format!("`{}`: {}", files.name, files.title)),
        row("images", parts.train.kind().to_string()),
        row("to learn from", balance(&train)),
        row(
            "held out",
            match &test {
                Some(test) => balance(test),
                None => "a fifth of each class, by the seed, for the set does not come divided"
                    .to_owned(),
            },
        ),
    ];
    for (number, class) in parts.classes.iter().enumerate() {
        let held_out = test.as_ref().map_or_else(String::new, |test| {
            format!(" + {}", count(&test[number..=number]))
        });
        let label = if number == 0 { "classes" } else { "" };
        rows.push(row(
            label,
            format!("{class}: {}{held_out}", count(&train[number..=number])),
        ));
    }
    if let Some(path) = &arguments.sheet {
        rows.push(row("sheet", path.display().to_string()));
    }
    let classes = parts.classes.iter().enumerate().map(|(number, name)| {
        json!({ "name": name, "train": train[number], "test": test.as_ref().map(|test| test[number]) })
    });
    Ok(Report {
        json: json!({ "text": null, "images": {
            "channels": channels,
            "height": height,
            "width": width,
            "train": parts.train.len(),
            "test": parts.test.as_ref().map(Examples::len),
            "classes": classes.collect::<Vec<_>>(),
        }}),
        rows,
        remarks: image_remarks(&parts),
    })
}

/// A count with its noun.
fn counted(count: usize, noun: &str) -> String {
    let number = number_grouped(count as u64);
    match count {
        1 => format!("{number} {noun}"),
        _ => format!("{number} {noun}s"),
    }
}

/// How many images there are, and how they are spread over the classes.
fn balance(counts: &[usize]) -> String {
    let all = counted(counts.iter().sum(), "image");
    match (counts.iter().min(), counts.iter().max()) {
        (Some(least), Some(most)) if least == most => {
            format!("{all}, {} of each class", number_grouped(*most as u64))
        }
        (Some(least), Some(most)) => format!(
            "{all}, {} to {} of a class",
            number_grouped(*least as u64),
            number_grouped(*most as u64)
        ),
        _ => all,
    }
}

fn write_sheet(path: &Path, parts: &Parts) -> Result<()> {
    let end = path.extension().map(|end| end.to_ascii_lowercase());
    if let Some(end) = end.filter(|end| end != "png") {
        return Err(Error::Usage(format!(
            "a contact sheet is a PNG file, not `.{}`: write `--sheet {}`",
            end.display(),
            quoted(&path.with_extension("png"))
        )));
    }
    Ok(files::write(path, &sheet::png(&parts.train)?)?)
}

fn text(arguments: &Arguments, of: &TextFiles) -> Result<Report> {
    if arguments.sheet.is_some() {
        return Err(Error::Usage(format!(
            "{} holds text, of which there is no contact sheet: leave out `--sheet`",
            arguments.dir.display()
        )));
    }
    let reading = match (&arguments.tokenizer, arguments.bytes) {
        (Some(file), _) => Reading::Tokenizer(file.clone()),
        (None, true) => Reading::By(By::Bytes),
        (None, false) => Reading::By(By::Characters),
    };
    let unit = match reading {
        Reading::Tokenizer(_) => "tokens",
        Reading::By(By::Bytes) => "bytes",
        Reading::By(By::Characters) => "characters",
    };
    let read = read_text(&arguments.dir, &reading, of)?;
    let (tokens, vocabulary) = (read.tokens.len(), read.writing.vocabulary());
    let mut counts = vec![0usize; vocabulary];
    read.tokens
        .iter()
        .for_each(|&token| counts[token as usize] += 1);
    let used = counts.iter().filter(|count| **count > 0).count();
    let shares = counts
        .iter()
        .filter(|count| **count > 0)
        .map(|&count| count as f64 / tokens as f64);
    let entropy: f64 = shares.map(|share| -share * share.log2()).sum();
    let group = |number: usize| number_grouped(number as u64);
    let names: Vec<String> = read
        .files
        .iter()
        .map(|file| file.display().to_string())
        .collect();
    let mut rows = vec![
        row("data", format!("`{}`: text", of.name)),
        row("files", names.join(", ")),
        row(
            "length",
            match read.characters {
                Some(characters) if unit == "tokens" => format!(
                    "{} of {}",
                    counted(tokens, "token"),
                    counted(characters as usize, "character")
                ),
                _ => counted(tokens, unit.trim_end_matches('s')),
            },
        ),
        row(
            "vocabulary",
            match used == vocabulary {
                true => counted(vocabulary, unit.trim_end_matches('s')),
                false => format!("{}, of which {} occur", group(vocabulary), group(used)),
            },
        ),
        row(
            "entropy",
            format!(
                "{entropy:.3} bits of a token, {:.3} nats",
                entropy * std::f64::consts::LN_2
            ),
        ),
        row("held out", "the last tenth"),
    ];
    let text = read.writing.decode(&read.tokens)?;
    if unit == "characters" {
        let alphabet: String = text
            .chars()
            .collect::<std::collections::BTreeSet<_>>()
            .into_iter()
            .map(|c| match c.is_control() {
                true => c.escape_default().to_string(),
                false => c.to_string(),
            })
            .collect();
        rows.push(row("alphabet", alphabet));
    }
    let mut remarks = text_remarks(&text);
    let longest = Text::longest_context(tokens);
    if longest < CONTEXT {
        remarks.push(format!(
            "it is too short for pieces of {CONTEXT} tokens, the usual context, of which the last tenth has to hold one: {}",
            match longest {
                0 => "give a longer text".to_owned(),
                _ => format!("set `data.context` and `network.context` to at most {longest}, or give a longer text"),
            }
        ));
    }
    Ok(Report {
        json: json!({ "images": null, "text": {
            "files": names,
            "bytes": read.bytes,
            "characters": read.characters,
            "unit": unit,
            "tokens": tokens,
            "vocabulary": vocabulary,
            "used": used,
            "entropy": entropy,
        }}),
        rows,
        remarks,
    })
}
