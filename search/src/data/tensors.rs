//! Arrays in `.safetensors` files: the length of a header, a header in JSON that says where which array lies, and the arrays.

use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use safetensors::Dtype;
use safetensors::tensor::Metadata;

use super::array::{self, Array, Element};
use super::source::{Source, regular, wrong};
use crate::error::Result;
use crate::files::at;

/// A file of arrays.
pub(super) struct Tensors {
    path: PathBuf,
    metadata: Metadata,
    /// Where the arrays begin.
    start: u64,
    length: u64,
}

impl Tensors {
    pub(super) fn open(path: &Path) -> Result<Self> {
        let (file, length) = regular(path)?;
        let damaged = |what: &str| {
            wrong(
                path,
                format_args!("is not a whole .safetensors file: {what}; save it again"),
            )
        };
        let mut source = Source::part(path, file, length);
        let header = u64::from_le_bytes(source.array()?);
        let start = header.checked_add(8).filter(|start| *start <= length);
        let start = start.ok_or_else(|| damaged("its header is longer than the file"))?;
        let header = source.bytes(
            usize::try_from(header).unwrap_or(usize::MAX),
            "ends within its header",
        )?;
        let metadata: Metadata =
            serde_json::from_slice(&header).map_err(|error| damaged(&error.to_string()))?;
        Ok(Self {
            path: path.to_owned(),
            metadata,
            start,
            length,
        })
    }

    /// The names of the arrays.
    pub(super) fn names(&self) -> Vec<String> {
        self.metadata.tensors().into_keys().collect()
    }

    /// The array of this name.
    pub(super) fn array(&self, name: &str) -> Result<Array> {
        let wrong = |what: String| wrong(&self.path, format_args!("the array `{name}` {what}"));
        let info = self
            .metadata
            .info(name)
            .ok_or_else(|| wrong("is missing".to_owned()))?;
        let element = match info.dtype {
            Dtype::BOOL => Element::Bool,
            Dtype::U8 => Element::U8,
            Dtype::I8 => Element::I8,
            Dtype::U16 => Element::U16,
            Dtype::I16 => Element::I16,
            Dtype::U32 => Element::U32,
            Dtype::I32 => Element::I32,
            Dtype::U64 => Element::U64,
            Dtype::I64 => Element::I64,
            Dtype::F32 => Element::F32,
            Dtype::F64 => Element::F64,
            other => {
                return Err(wrong(format!(
                    "has elements of the type {other:?}: save it as uint8, float32 or int64"
                )));
            }
        };
        let dims = info.shape.clone();
        let (from, to) = info.data_offsets;
        let place = self.start.checked_add(from as u64);
        let end = self
            .start
            .checked_add(to as u64)
            .filter(|end| *end <= self.length);
        let size = to.checked_sub(from);
        let (Some(place), Some(_), Some(size)) = (place, end, size) else {
            return Err(wrong(
                "ends after the file: it is cut short; save it again".to_owned(),
            ));
        };
        if array::bytes(&dims, element) != size {
            return Err(wrong(format!(
                "has the shape {dims:?} and {size} bytes: save it again"
            )));
        }
        let (mut file, _) = regular(&self.path)?;
        file.seek(SeekFrom::Start(place)).map_err(at(&self.path))?;
        let mut source = Source::part(&self.path, file.take(size as u64), size as u64);
        let bytes = source.bytes(size, "ends within an array")?;
        Ok(Array {
            dims,
            element,
            bytes,
        })
    }
}
