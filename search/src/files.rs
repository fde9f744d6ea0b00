//! Files that are there whole or not at all.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::Path;

use crate::error::{Error, Result};

/// Writes the file, or leaves what was there: the bytes go to a hidden file beside it, which then takes its name. What an
/// interruption leaves of the hidden file is overwritten by the next attempt.
///
/// # Errors
/// [`Error::Failure`] if the folder does not exist, [`Error::Io`] with the path if the file cannot be written.
pub fn write(path: &Path, bytes: &[u8]) -> Result<()> {
    let folder = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    if let Some(folder) = folder.filter(|folder| !folder.is_dir()) {
        let reason = format!("{}: no such folder; create it first", folder.display());
        return Err(Error::Failure(reason));
    }
    let attempt = || -> io::Result<()> {
        let name = path.file_name().ok_or(io::ErrorKind::InvalidInput)?;
        let hidden = path.with_file_name(format!(".{}.new", name.display()));
        let mut file = File::create(&hidden)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        fs::rename(&hidden, path)
    };
    attempt().map_err(at(path))
}

/// Names the path that a failure of the system concerns.
pub fn at(path: &Path) -> impl FnOnce(io::Error) -> Error {
    let path = path.to_owned();
    move |source| Error::Io { path, source }
}
