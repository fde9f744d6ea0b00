//! Files as bytes, plain or compressed by gzip. Nothing is allocated because a file merely says that it is large.

use std::fmt::Display;
use std::fs::{self, File};
use std::io::{BufReader, Chain, Cursor, Read};
use std::path::{Path, PathBuf};

use flate2::read::MultiGzDecoder;

use super::memory;
use crate::error::{Error, Result};
use crate::files::at;

/// What gzip files begin with.
const GZIP: [u8; 2] = [0x1f, 0x8b];
/// No deflate stream is more than this many times as long once it is unpacked (RFC 1951: 258 bytes for two bits).
pub(super) const MOST_UNPACKED: u64 = 1032;
/// Bytes that are set aside for what a compressed file claims to hold; beyond, memory grows with what has been read.
const SET_ASIDE: usize = 64 << 20;

/// An error that names a file.
pub(super) fn wrong(path: &Path, what: impl Display) -> Error {
    Error::Data(format!("{}: {what}", path.display()))
}

/// What an error says, without its kind: the file is named instead.
pub(super) fn plain(error: Error) -> String {
    match error {
        Error::Data(what) => what,
        other => other.to_string(),
    }
}

/// Opens a file and says how long it is.
///
/// # Errors
/// If there is none, or it is not a regular file.
pub(super) fn regular(path: &Path) -> Result<(File, u64)> {
    // Opening a pipe would wait for someone to write into it.
    let about = fs::metadata(path).map_err(at(path))?;
    if !about.is_file() {
        return Err(wrong(path, "is not a regular file: give the data file"));
    }
    Ok((File::open(path).map_err(at(path))?, about.len()))
}

/// A file that is read from its beginning to its end.
pub(super) struct Source<'a> {
    name: PathBuf,
    pub(super) reader: Box<dyn Read + 'a>,
    /// Bytes that can come out of it at most.
    most: u64,
    packed: bool,
}

impl Source<'static> {
    /// Opens a file.
    ///
    /// # Errors
    /// If there is none, or it is not a regular file.
    pub(super) fn open(path: &Path) -> Result<Self> {
        let (file, length) = regular(path)?;
        Source::new(path.to_owned(), BufReader::new(file), length)
    }
}

impl<'a> Source<'a> {
    /// The bytes of a file that is in memory; `name` is for errors.
    pub(super) fn of_bytes(name: &str, bytes: &'a [u8]) -> Result<Self> {
        Self::new(PathBuf::from(name), bytes, bytes.len() as u64)
    }

    fn new(name: PathBuf, mut reader: impl Read + 'a, length: u64) -> Result<Self> {
        let mut start = Vec::new();
        (&mut reader)
            .take(GZIP.len() as u64)
            .read_to_end(&mut start)
            .map_err(at(&name))?;
        let packed = start == GZIP;
        let whole: Chain<Cursor<Vec<u8>>, _> = Cursor::new(start).chain(reader);
        Ok(Self {
            name,
            packed,
            most: length.saturating_mul(if packed { MOST_UNPACKED } else { 1 }),
            reader: match packed {
                true => Box::new(MultiGzDecoder::new(whole)),
                false => Box::new(whole),
            },
        })
    }

    /// A part of a file, of at most so many bytes, that comes out of a reader which unpacks it.
    pub(super) fn part(path: &Path, reader: impl Read + 'a, most: u64) -> Self {
        Self {
            name: path.to_owned(),
            reader: Box::new(reader),
            most,
            packed: true,
        }
    }

    /// An error that names the file.
    pub(super) fn wrong(&self, what: impl Display) -> Error {
        wrong(&self.name, what)
    }

    /// The next `N` bytes.
    ///
    /// # Errors
    /// If there are fewer.
    pub(super) fn array<const N: usize>(&mut self) -> Result<[u8; N]> {
        let bytes = self.bytes(N, "ends within its first bytes")?;
        Ok(bytes.try_into().unwrap_or([0; N]))
    }

    /// The next `count` bytes.
    ///
    /// # Errors
    /// If there are fewer, with what `short` says of it, or more than there is memory for.
    pub(super) fn bytes(&mut self, count: usize, short: &str) -> Result<Vec<u8>> {
        let cut = |source: &Self| source.wrong(format_args!("{short}: fetch it again"));
        if count as u64 > self.most {
            return Err(cut(self));
        }
        memory::check(count as u64).map_err(|what| self.wrong(what))?;
        let mut bytes = Vec::with_capacity(match self.packed {
            true => count.min(SET_ASIDE),
            false => count,
        });
        self.fill(count as u64, &mut bytes)?;
        match bytes.len() == count {
            true => Ok(bytes),
            false => Err(cut(self)),
        }
    }

    /// All that is left.
    ///
    /// # Errors
    /// If the file is damaged, or larger than the memory.
    pub(super) fn rest(&mut self) -> Result<Vec<u8>> {
        let mut bytes = Vec::new();
        if !self.packed {
            memory::check(self.most).map_err(|what| self.wrong(what))?;
            bytes.reserve_exact(usize::try_from(self.most).unwrap_or(0));
        }
        let limit = memory::available().unwrap_or(u64::MAX);
        self.fill(limit, &mut bytes)?;
        self.end(|| "is larger than the memory once it is unpacked".to_owned())?;
        Ok(bytes)
    }

    /// Refuses what comes after the end that a format sets, with what `more` says of it.
    pub(super) fn end(&mut self, more: impl FnOnce() -> String) -> Result<()> {
        let mut one = Vec::new();
        self.fill(1, &mut one)?;
        match one.is_empty() {
            true => Ok(()),
            false => Err(self.wrong(more())),
        }
    }

    /// Leaves out so many bytes, or what there is of them.
    pub(super) fn skip(&mut self, count: usize) -> Result<()> {
        self.fill(count as u64, &mut Vec::new())
    }

    /// Reads so many bytes, or what there is of them.
    pub(super) fn fill(&mut self, count: u64, bytes: &mut Vec<u8>) -> Result<()> {
        let read = (&mut self.reader).take(count).read_to_end(bytes);
        read.map(drop).map_err(|error| match self.packed {
            true => wrong(
                &self.name,
                format_args!("is cut short or damaged ({error}): fetch it again"),
            ),
            false => at(&self.name)(error),
        })
    }
}

/// The whole of a file, unpacked.
///
/// # Errors
/// As [`Source::open`] and [`Source::rest`].
pub(super) fn read(path: &Path) -> Result<Vec<u8>> {
    Source::open(path)?.rest()
}
