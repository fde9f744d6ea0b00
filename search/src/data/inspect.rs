//! What a folder holds, and what looks wrong about it.

use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::Path;

use super::files::entries;
use super::source::wrong;
use super::text_files::text_files;
use super::{Examples, IMAGE_FILES, ImageFiles, Parts, RawImages, TEXT_FILES, TextFiles};
use crate::error::{Result, counted};

/// A kind of files that a folder may hold.
#[derive(Clone, Copy, Debug)]
pub enum FileKind {
    /// Labelled images.
    Images(ImageFiles),
    /// Text.
    Text(TextFiles),
}

impl FileKind {
    /// The kind of this name.
    pub fn named(name: &str) -> Option<Self> {
        let images = IMAGE_FILES.into_iter().map(Self::Images);
        let texts = TEXT_FILES.into_iter().map(Self::Text);
        images.chain(texts).find(|kind| kind.name() == name)
    }

    /// Its name in settings.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Images(files) => files.name,
            Self::Text(files) => files.name,
        }
    }

    /// The kinds that the files in a folder look like, or that a file looks like; the likeliest comes first.
    ///
    /// # Errors
    /// [`crate::error::Error::Data`] if there is no such folder or no kind is known.
    pub fn of(path: &Path) -> Result<Vec<Self>> {
        if !path.exists() {
            return Err(wrong(path, "there is no such file or folder"));
        }
        let images = IMAGE_FILES
            .into_iter()
            .filter(|files| files.recognises(path));
        let kinds: Vec<Self> = images.map(Self::Images).collect();
        if !kinds.is_empty() {
            return Ok(kinds);
        }
        let is_text = match path.is_dir() {
            true => text_files(path, &TEXT_FILES[1]).is_ok(),
            false => path
                .extension()
                .is_some_and(|end| end == "txt" || end == "gz"),
        };
        if is_text {
            return Ok(vec![Self::Text(TEXT_FILES[1])]);
        }
        let there = match path.is_dir() {
            true => entries(path)?,
            false => Vec::new(),
        };
        let name = |path: &std::path::PathBuf| {
            path.file_name()
                .unwrap_or_default()
                .to_string_lossy()
                .into_owned()
        };
        let few: Vec<String> = there.iter().take(5).map(name).collect();
        let names: Vec<&str> = (IMAGE_FILES.iter().map(|files| files.name))
            .chain(TEXT_FILES.iter().map(|files| files.name))
            .collect();
        Err(wrong(
            path,
            format_args!(
                "is no data set of a known kind ({}); there are `{}`",
                match few.is_empty() {
                    true => "it holds nothing that can be read".to_owned(),
                    false => format!(
                        "it holds {}{}",
                        few.join(", "),
                        if there.len() > few.len() {
                            " and more"
                        } else {
                            ""
                        }
                    ),
                },
                names.join("`, `")
            ),
        ))
    }
}

/// How many images a set has of each class.
pub fn class_counts(set: &RawImages) -> Vec<usize> {
    let mut counts = vec![0; set.classes()];
    set.labels().for_each(|label| counts[label as usize] += 1);
    counts
}

/// How many times as many images the largest class may have as the smallest one.
const UNBALANCED: usize = 10;

/// What is allowed, and hardly meant: classes without images or with far fewer than others, images that occur twice or show nothing.
pub fn image_remarks(parts: &Parts) -> Vec<String> {
    let mut remarks = parts.remarks.clone();
    let mut of_part = |name: &str, set: &RawImages| {
        let counts = class_counts(set);
        let empty = counts
            .iter()
            .zip(&parts.classes)
            .filter(|(count, _)| **count == 0);
        let empty: Vec<&str> = empty.map(|(_, class)| class.as_str()).collect();
        match empty.len() {
            0 => {}
            more @ 10.. => remarks.push(format!("{name}: {more} classes have no images")),
            _ => remarks.push(format!("{name}: no images of {}", empty.join(", "))),
        }
        let some = || counts.iter().filter(|count| **count > 0);
        if let (Some(&least), Some(&most)) = (some().min(), some().max())
            && most > UNBALANCED * least
        {
            remarks.push(format!(
                "{name}: the classes are unbalanced, with {least} to {most} images"
            ));
        }
    };
    of_part("to learn from", &parts.train);
    if let Some(test) = &parts.test {
        of_part("held out", test);
    }
    let (known, repeated, plain) = fingerprints(&parts.train);
    if repeated > 0 {
        remarks.push(format!(
            "to learn from: {repeated} images are copies of others"
        ));
    }
    if plain > 0 {
        remarks.push(format!(
            "to learn from: {plain} images are of a single colour"
        ));
    }
    if let Some(test) = &parts.test {
        let seen = (0..test.len()).filter(|&index| known.contains(&fingerprint(test, index).0));
        match seen.count() {
            0 => {}
            seen => remarks.push(format!("held out: {seen} images are among those to learn from, too, which flatters the results")),
        }
        if test.len() > parts.train.len() {
            remarks.push(
                "more images are held out than are learned from: are the parts swapped?".to_owned(),
            );
        }
    }
    remarks
}

/// The fingerprints of all images, how many are not new, and how many are of a single colour.
fn fingerprints(set: &RawImages) -> (HashSet<u64>, usize, usize) {
    let mut known = HashSet::new();
    let (mut repeated, mut plain) = (0, 0);
    for index in 0..set.len() {
        let (print, is_plain) = fingerprint(set, index);
        repeated += usize::from(!known.insert(print));
        plain += usize::from(is_plain);
    }
    (known, repeated, plain)
}

/// A number that two images hardly share unless they are copies, and whether each channel is constant.
fn fingerprint(set: &RawImages, index: usize) -> (u64, bool) {
    let (_, height, width) = set.image_shape();
    let picture = set.picture(index);
    let mut hasher = DefaultHasher::new();
    picture.hash(&mut hasher);
    let is_constant = |plane: &[u8]| plane.iter().all(|byte| *byte == plane[0]);
    let is_plain = height * width > 1 && picture.chunks(height * width).all(is_constant);
    (hasher.finish(), is_plain)
}

/// What is allowed in a text, and hardly meant.
pub fn text_remarks(text: &str) -> Vec<String> {
    /// Of a character that occurs less often, hardly anything is learned.
    const RARE: usize = 10;
    let mut remarks = Vec::new();
    let mut counts = std::collections::BTreeMap::new();
    text.chars()
        .for_each(|c| *counts.entry(c).or_insert(0usize) += 1);
    let rare = counts.iter().filter(|(_, count)| **count < RARE);
    let rare: Vec<char> = rare.map(|(c, _)| *c).collect();
    if !rare.is_empty() {
        let shown: String = rare.iter().filter(|c| !c.is_control()).take(20).collect();
        remarks.push(format!(
            "{} less than {RARE} times{}: {shown}",
            match rare.len() {
                1 => "1 character occurs".to_owned(),
                count => format!("{count} characters occur"),
            },
            if rare.len() == 1 { "" } else { " each" }
        ));
    }
    if text.contains("\r\n") {
        remarks.push(
            "lines end as on Windows, which makes each end two tokens: convert them (`dos2unix`)"
                .to_owned(),
        );
    }
    let control = counts
        .iter()
        .filter(|(c, _)| c.is_control() && !['\n', '\t', '\r'].contains(c));
    let control: usize = control.map(|(_, count)| *count).sum();
    if control > 0 {
        let characters = counted(control, "control character");
        remarks.push(format!("{characters}: is it a text?"));
    }
    if counts.contains_key(&char::REPLACEMENT_CHARACTER) {
        remarks.push("there are replacement characters (U+FFFD): the text was converted from an encoding that it does not have".to_owned());
    }
    remarks
}
