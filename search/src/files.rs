//! Files are written whole or not at all.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::Path;

use crate::error::{Error, Result};

/// Writes a file, or leaves what was there: the bytes go to a hidden file beside it, which then takes its name. What an
/// interruption leaves of the hidden file is overwritten by the next attempt, and a failure leaves nothing of it. Who may read and
/// write a file stays as it was. A link stays one: what it leads to is written. What is not a file, such as a pipe or a device, takes the
/// bytes as they come.
///
/// # Errors
/// [`Error::Failure`] if the folder does not exist; [`Error::Io`] if it cannot be written, or the disk is full.
pub fn write(path: &Path, bytes: &[u8]) -> Result<()> {
    if let Some(folder) = path
        .parent()
        .filter(|parent| !parent.as_os_str().is_empty())
        && !folder.is_dir()
    {
        let reason = format!("{}: no such folder; create it first", folder.display());
        return Err(Error::Failure(reason));
    }
    let attempt = || -> io::Result<()> {
        let there = fs::metadata(path);
        if there
            .as_ref()
            .is_ok_and(|there| !there.is_file() && !there.is_dir())
        {
            return fs::OpenOptions::new()
                .write(true)
                .open(path)?
                .write_all(bytes);
        }
        let path = &match there {
            Ok(_) => fs::canonicalize(path)?,
            Err(_) => path.to_owned(),
        };
        let name = path.file_name().ok_or(io::ErrorKind::InvalidInput)?;
        let hidden = path.with_file_name(format!(".{}.new", name.display()));
        let replaced = (|| {
            let mut file = File::create(&hidden)?;
            if let Ok(there) = &there {
                // Before there is anything to read in it.
                file.set_permissions(there.permissions())?;
            }
            file.write_all(bytes)?;
            file.sync_all()?;
            fs::rename(&hidden, path)
        })();
        match replaced {
            // The name lies in the folder, and has to reach the disk before what is written after it.
            Ok(()) => sync_folder(path),
            // On a full disk what is there of it is in the way of everything else.
            Err(_) => drop(fs::remove_file(&hidden)),
        }
        replaced
    };
    attempt().map_err(at(path))
}

/// Brings the names in the folder of `path` to the disk, where the system can do that: Windows opens no folder.
fn sync_folder(path: &Path) {
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    let _ = File::open(folder).and_then(|folder| folder.sync_all());
}

/// Makes a folder with everything in it, or none: `fill` gets the path of a hidden folder beside it, which then takes its name.
///
/// # Errors
/// [`Error::Io`] if there is something of that name, or the folder cannot be made; [`Error::Invalid`] if the path ends with no
/// name; whatever `fill` fails with.
pub fn make_folder(path: &Path, fill: impl FnOnce(&Path) -> Result<()>) -> Result<()> {
    if path.symlink_metadata().is_ok() {
        return Err(at(path)(io::ErrorKind::AlreadyExists.into()));
    }
    let name = path.file_name().ok_or_else(|| {
        Error::Invalid(format!(
            "`{}` cannot name a new folder: choose a name like `runs/first`",
            path.display()
        ))
    })?;
    // Of this process alone: another one may be making the same folder.
    let hidden = path.with_file_name(format!(".{}.{}.new", name.display(), std::process::id()));
    let made = fs::create_dir(&hidden)
        .map_err(at(path))
        .and_then(|()| fill(&hidden))
        .and_then(|()| fs::rename(&hidden, path).map_err(at(path)));
    match made {
        Ok(()) => sync_folder(path),
        Err(_) => drop(fs::remove_dir_all(&hidden)),
    }
    made
}

/// Names the path that a failure of the system concerns.
pub fn at(path: &Path) -> impl FnOnce(io::Error) -> Error {
    let path = path.to_owned();
    move |source| Error::Io { path, source }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn a_link_stays_a_link() -> Result<()> {
        let folder = tempfile::tempdir().map_err(at(Path::new("a folder")))?;
        let [real, link] = ["real", "link"].map(|name| folder.path().join(name));
        write(&real, b"old")?;
        std::os::unix::fs::symlink("real", &link).map_err(at(&link))?;
        write(&link, b"new")?;
        assert_eq!(fs::read(&real).map_err(at(&real))?, b"new");
        assert!(link.is_symlink());
        Ok(())
    }

    #[test]
    fn a_file_keeps_its_mode() -> Result<()> {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().map_err(at(Path::new("a folder")))?;
        let file = folder.path().join("private");
        for mode in [0o600, 0o640, 0o755] {
            write(&file, b"old")?;
            fs::set_permissions(&file, fs::Permissions::from_mode(mode)).map_err(at(&file))?;
            write(&file, b"new")?;
            let kept = fs::metadata(&file).map_err(at(&file))?.permissions().mode();
            assert_eq!(kept & 0o777, mode);
        }
        Ok(())
    }

    #[test]
    fn a_device_stays_a_device() {
        let full = Path::new("/dev/full");
        if full.exists() {
            assert!(matches!(write(full, b"x"), Err(Error::Io { .. })));
            assert!(!full.is_file());
        }
    }
}
