//! The folders that may be looked at: those that were given, and the runs in them. A request names a folder by its number and a run by the name
//! that is found there, so no request can lead anywhere else; and no link in a run leads out of the folder that was given.

use std::fs;
use std::path::{Path, PathBuf};

use crate::error::{Error, Result};

/// Files that tell a run, an evaluation, or what is left of a run.
const MARKS: [&str; 5] = [
    "config.toml",
    "evaluation.toml",
    "evaluation.json",
    "result.json",
    "metrics.jsonl",
];
/// More than any file of a folder has that is read whole.
const LARGEST: u64 = 64 << 20;

/// The folders that were given.
#[derive(Debug)]
pub(super) struct Folders(Vec<Root>);

#[derive(Debug)]
struct Root {
    /// As it was given.
    shown: PathBuf,
    /// In full, without links.
    path: PathBuf,
}

/// The folder of a run or an evaluation.
#[derive(Clone, Debug)]
pub(super) struct Folder {
    /// The number of the folder that it was found in.
    pub(super) root: usize,
    pub(super) name: String,
    /// As a person would write it.
    pub(super) shown: PathBuf,
    path: PathBuf,
    /// What its files lie in.
    within: PathBuf,
}

impl Folders {
    /// Reads what was given: each a run, an evaluation, or a folder that holds such, or is to hold such later.
    ///
    /// # Errors
    /// [`Error::Usage`] if there is no such folder, or something else is in it.
    pub(super) fn read(given: &[PathBuf]) -> Result<Self> {
        given
            .iter()
            .map(|path| Root::read(path))
            .collect::<Result<_>>()
            .map(Self)
    }

    /// The runs, folder by folder, in the order of their names.
    pub(super) fn all(&self) -> Vec<Folder> {
        let roots = self.0.iter().enumerate();
        roots.flat_map(|(number, root)| root.runs(number)).collect()
    }

    /// The run of this name in the folder of this number.
    pub(super) fn find(&self, root: usize, name: &str) -> Option<Folder> {
        let runs = self.0.get(root)?.runs(root);
        runs.into_iter().find(|run| run.name == name)
    }
}

impl Root {
    fn read(shown: &Path) -> Result<Self> {
        let wrong = |what: &str| Error::Usage(format!("{} {what}", shown.display()));
        let path = fs::canonicalize(shown).map_err(|error| match error.kind() {
            std::io::ErrorKind::NotFound => {
                wrong("is not there: give the folder of a run, or of several, such as runs")
            }
            _ => wrong(&format!("cannot be read: {error}")),
        })?;
        if !path.is_dir() {
            return Err(wrong(
                "is a file: give the folder of a run, or of several, such as runs",
            ));
        }
        let root = Self {
            shown: shown.to_owned(),
            path,
        };
        let empty = fs::read_dir(&root.path)
            .map_err(|error| wrong(&format!("cannot be read: {error}")))?
            .next()
            .is_none();
        if !empty && root.runs(0).is_empty() {
            return Err(wrong(
                "holds no run: give the folder of a search or an evaluation, or one that holds such, such as runs",
            ));
        }
        Ok(root)
    }

    fn runs(&self, number: usize) -> Vec<Folder> {
        let folder = |name: String, path: PathBuf, shown: PathBuf| Folder {
            root: number,
            name,
            shown,
            path,
            within: self.path.clone(),
        };
        if is_run(&self.path) {
            let name = self.path.file_name().unwrap_or(self.path.as_os_str());
            let name = name.to_string_lossy().into_owned();
            return vec![folder(name, self.path.clone(), self.shown.clone())];
        }
        let entries = fs::read_dir(&self.path).into_iter().flatten().flatten();
        let mut runs: Vec<Folder> = entries
            .filter_map(|entry| {
                let name = entry.file_name().into_string().ok()?;
                // A folder that is being made is hidden.
                if name.starts_with('.') {
                    return None;
                }
                let path = fs::canonicalize(entry.path()).ok()?;
                let inside = path.starts_with(&self.path) && path != self.path;
                (inside && is_run(&path))
                    .then(|| folder(name.clone(), path, self.shown.join(&name)))
            })
            .collect();
        runs.sort_by(|a, b| a.name.cmp(&b.name));
        runs
    }
}

fn is_run(path: &Path) -> bool {
    path.is_dir() && MARKS.iter().any(|mark| path.join(mark).exists())
}

impl Folder {
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    pub(super) fn holds(&self, file: &str) -> bool {
        self.path.join(file).exists()
    }

    /// The text of a file; none if there is no such file.
    ///
    /// # Errors
    /// What is wrong with the file: it is too large or no text, or a link that leads elsewhere.
    pub(super) fn text(&self, file: &str) -> std::result::Result<Option<String>, String> {
        let path = match fs::canonicalize(self.path.join(file)) {
            Ok(path) => path,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(format!("{file} cannot be read: {error}")),
        };
        if !path.starts_with(&self.within) {
            return Err(format!("{file} is a link that leads out of the folder"));
        }
        let about =
            fs::metadata(&path).map_err(|error| format!("{file} cannot be read: {error}"))?;
        if !about.is_file() {
            return Err(format!("{file} is no file"));
        }
        if about.len() > LARGEST {
            return Err(format!("{file} is too long"));
        }
        let bytes = fs::read(&path).map_err(|error| format!("{file} cannot be read: {error}"))?;
        let text = String::from_utf8(bytes);
        text.map(Some)
            .map_err(|_| format!("{file} is damaged: it is no text"))
    }

    /// Refuses a folder with links that lead elsewhere, for what reads all of its files.
    ///
    /// # Errors
    /// [`Error::Failure`] with the name of the link.
    pub(super) fn refuse_links(&self) -> Result<()> {
        for entry in fs::read_dir(&self.path).into_iter().flatten().flatten() {
            let leads = fs::canonicalize(entry.path());
            if leads.is_ok_and(|path| !path.starts_with(&self.within)) {
                return Err(Error::Failure(format!(
                    "{} is a link that leads out of the folder",
                    entry.file_name().to_string_lossy()
                )));
            }
        }
        Ok(())
    }
}
