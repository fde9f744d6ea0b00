//! Arrays in `.npz` files of NumPy: archives of `.npy` files, compressed or not.
//!
//! A `.npy` file has a magic number, a version, the length of a header, and the header: a Python dictionary with the type, the order and
//! the shape. candle reads such files, too, but not those that are compressed, and it trusts the shape.

use std::fs::File;
use std::io::BufReader;
use std::path::{Path, PathBuf};

use zip::ZipArchive;

use super::array::{self, Array, Element};
use super::source::{MOST_UNPACKED, Source, regular, wrong};
use crate::error::Result;

const MAGIC: &[u8; 6] = b"\x93NUMPY";
/// The header of a plain array has about a hundred bytes.
const MOST_HEADER: usize = 1 << 16;

/// An archive of arrays.
pub(super) struct Npz {
    path: PathBuf,
    archive: ZipArchive<BufReader<File>>,
    length: u64,
}

impl Npz {
    pub(super) fn open(path: &Path) -> Result<Self> {
        let (file, length) = regular(path)?;
        let archive = ZipArchive::new(BufReader::new(file));
        Ok(Self {
            archive: archive.map_err(|error| {
                wrong(
                    path,
                    format_args!("is not a whole .npz file ({error}): save it again"),
                )
            })?,
            path: path.to_owned(),
            length,
        })
    }

    /// The names of the arrays.
    pub(super) fn names(&self) -> Vec<String> {
        let names = self.archive.file_names().flatten();
        let names = names.filter_map(|name| Some(name.strip_suffix(".npy")?.to_owned()));
        names.collect()
    }

    /// The array of this name.
    pub(super) fn array(&mut self, name: &str) -> Result<Array> {
        let path = &self.path;
        let damaged = |what: String| {
            wrong(
                path,
                format_args!("the array `{name}` is damaged ({what}): save it again"),
            )
        };
        let file = self.archive.by_name(&format!("{name}.npy"));
        let file = file.map_err(|error| damaged(error.to_string()))?;
        let most = file.size().min(self.length.saturating_mul(MOST_UNPACKED));
        let mut source = Source::part(path, file, most);
        let array = npy(&mut source).map_err(|error| match error {
            Wrong::Array(what) => wrong(path, format_args!("the array `{name}` {what}")),
            Wrong::File(error) => error,
        })?;
        source.end(|| {
            format!(
                "the array `{name}` is longer than its shape {:?} says: save it again",
                array.dims
            )
        })?;
        Ok(array)
    }
}

enum Wrong {
    /// What is wrong with the array.
    Array(String),
    File(crate::error::Error),
}

impl From<crate::error::Error> for Wrong {
    fn from(error: crate::error::Error) -> Self {
        Self::File(error)
    }
}

fn npy(source: &mut Source) -> Result<Array, Wrong> {
    let wrong = |what: &str| Err(Wrong::Array(what.to_owned()));
    let start: [u8; 8] = source.array()?;
    let length = match start {
        _ if start[..6] != *MAGIC => {
            return wrong("is not of NumPy's format: save it with numpy.savez");
        }
        [.., 1, _] => usize::from(u16::from_le_bytes(source.array()?)),
        [.., 2 | 3, _] => u32::from_le_bytes(source.array()?) as usize,
        _ => return wrong("is of an unknown version of the format: save it with numpy.savez"),
    };
    if length > MOST_HEADER {
        return wrong("is damaged: its header is too long; save it again");
    }
    let header = source.bytes(length, "ends within the header of an array")?;
    let header = String::from_utf8_lossy(&header);
    let (element, dims) = parse(&header).map_err(Wrong::Array)?;
    let short = format!("has an array with fewer elements than its shape {dims:?} says");
    let bytes = source.bytes(array::bytes(&dims, element), &short)?;
    Ok(Array {
        dims,
        element,
        bytes,
    })
}

/// The type and the shape that a header gives.
fn parse(header: &str) -> Result<(Element, Vec<usize>), String> {
    let value = |key: &str| {
        let place = header.split_once(&format!("'{key}':"));
        let place =
            place.ok_or_else(|| format!("is damaged: its header has no `{key}`; save it again"));
        place.map(|(_, rest)| rest.trim_start())
    };
    let kind = value("descr")?
        .strip_prefix('\'')
        .and_then(|rest| rest.split_once('\''));
    let kind = kind.map_or("of several fields", |(kind, _)| kind);
    let element = match kind.trim_start_matches(['<', '|', '=']) {
        "b1" | "?" => Element::Bool,
        "u1" => Element::U8,
        "i1" => Element::I8,
        "u2" => Element::U16,
        "i2" => Element::I16,
        "u4" => Element::U32,
        "i4" => Element::I32,
        "u8" => Element::U64,
        "i8" => Element::I64,
        "f4" => Element::F32,
        "f8" => Element::F64,
        _ => {
            return Err(format!(
                "has elements of the type `{kind}`: save it as .astype('uint8'), 'float32' or 'int64'"
            ));
        }
    };
    if !value("fortran_order")?.starts_with("False") {
        return Err("is in Fortran's order: save numpy.ascontiguousarray of it".to_owned());
    }
    let shape = value("shape")?
        .strip_prefix('(')
        .and_then(|rest| rest.split_once(')'));
    let (shape, _) = shape.ok_or("is damaged: its header has no shape; save it again")?;
    let dims = shape
        .split(',')
        .map(str::trim)
        .filter(|dim| !dim.is_empty());
    let dims: Result<Vec<usize>, _> = dims.map(str::parse).collect();
    let dims = dims.map_err(|_| format!("has the shape ({shape}): save it again"))?;
    Ok((element, dims))
}
