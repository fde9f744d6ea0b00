//! Arrays of numbers in MATLAB files of version 5, which is that of SVHN ("MAT-File Format", The MathWorks).
//!
//! A header of 128 bytes is followed by elements: a type and a length, four bytes each, and the data. An array is an element whose data are
//! elements: flags, dimensions, a name and the numbers; it may be compressed as a whole. Numbers may be stored in a smaller type than
//! theirs. The crate `matfile` reads this format too, but trusts the lengths that a file gives.

use std::io::{Read, copy, sink};
use std::path::Path;

use flate2::read::ZlibDecoder;

use super::array::{self, Array, Element};
use super::source::{MOST_UNPACKED, Source};
use crate::error::Result;

const HEADER: usize = 128;
/// The types of elements.
const INT32: u32 = 5;
const UINT32: u32 = 6;
const MATRIX: u32 = 14;
const COMPRESSED: u32 = 15;
/// The classes of arrays whose elements are numbers, from double to uint64.
const NUMBERS: std::ops::RangeInclusive<u8> = 6..=15;
/// More than the flags, the dimensions or the name of any array take.
const MOST_SHORT: usize = 4096;

/// The arrays of a file with these names, in their order.
///
/// # Errors
/// [`crate::error::Error::Data`], naming the file, if it is damaged or lacks one.
pub(super) fn read<const N: usize>(path: &Path, names: [&str; N]) -> Result<[Array; N]> {
    let mut file = Source::open(path)?;
    let header = file.bytes(HEADER, "ends within its first bytes")?;
    match &header[124..] {
        [0, 1, b'I', b'M'] => {}
        _ if header.starts_with(b"MATLAB 7.3") => {
            return Err(file.wrong(
                "is of MATLAB 7.3 (HDF5): get the file of the authors, or save it with `save -v7`",
            ));
        }
        [1, 0, b'M', b'I'] => {
            return Err(
                file.wrong("has its most significant bytes first: get the file of the authors")
            );
        }
        _ => return Err(file.wrong("is not a MATLAB file of version 5: fetch it again")),
    }
    let mut found = names.map(|_| None);
    while let Some((kind, length)) = file.tag()? {
        let mut data = (&mut file.reader).take(length);
        let array = {
            let mut element = match kind {
                COMPRESSED => {
                    let most = length.saturating_mul(MOST_UNPACKED);
                    let mut inner = Source::part(path, ZlibDecoder::new(&mut data), most);
                    match inner.tag()? {
                        Some((MATRIX, _)) => inner,
                        _ => return Err(inner.wrong(
                            "is damaged: it has compressed data that are no array; fetch it again",
                        )),
                    }
                }
                MATRIX => Source::part(path, &mut data, length),
                _ => {
                    return Err(Source::part(path, &mut data, 0)
                        .wrong("is damaged: it has data that are no array; fetch it again"));
                }
            };
            let array = array(&mut element, &names)?;
            // The checksum stands at the end.
            if array.is_some() && kind == COMPRESSED {
                element.end(|| {
                    "is damaged: an array is longer than it says; fetch it again".to_owned()
                })?;
            }
            array
        };
        if let Some((place, array)) = array {
            found[place] = Some(array);
        }
        copy(&mut data, &mut sink()).map_err(crate::files::at(path))?;
        if found.iter().all(Option::is_some) {
            break;
        }
    }
    let lacking: Vec<&str> = (names.iter().zip(&found))
        .filter_map(|(name, found)| found.is_none().then_some(*name))
        .collect();
    let whole = found.into_iter().flatten().collect::<Vec<_>>().try_into();
    whole.map_err(|_| {
        file.wrong(format_args!(
            "has no array `{}`: is it the file of another data set, or cut short?",
            lacking.join("`, `")
        ))
    })
}

/// The array that an element holds, with the place of its name, if it is one of these.
fn array(element: &mut Source, names: &[&str]) -> Result<Option<(usize, Array)>> {
    let flags = short(element, UINT32)?;
    let is_numbers = flags.first().is_some_and(|class| NUMBERS.contains(class));
    let dims: Vec<usize> = (short(element, INT32)?.chunks_exact(4))
        .map(|dim| {
            dim.iter()
                .rev()
                .fold(0, |all, &byte| all << 8 | usize::from(byte))
        })
        .collect();
    let (_, name) = field(element, MOST_SHORT)?;
    let Some(place) = names.iter().position(|known| known.as_bytes() == name) else {
        return Ok(None);
    };
    let wrong = |element: &Source, what: &str| {
        element.wrong(format_args!("the array `{}` {what}", names[place]))
    };
    if !is_numbers {
        return Err(wrong(element, "is not of plain numbers"));
    }
    let (kind, bytes) = field(element, usize::MAX)?;
    let Some(element_type) = element_of(kind) else {
        return Err(wrong(element, "is not of plain numbers"));
    };
    if array::bytes(&dims, element_type) != bytes.len() {
        return Err(wrong(
            element,
            &format!(
                "has the dimensions {dims:?} and {} bytes: the file is damaged; fetch it again",
                bytes.len()
            ),
        ));
    }
    Ok(Some((
        place,
        Array {
            dims,
            element: element_type,
            bytes,
        },
    )))
}

/// The data of an element that has to be short and of this type.
fn short(source: &mut Source, of: u32) -> Result<Vec<u8>> {
    match field(source, MOST_SHORT)? {
        (kind, bytes) if kind == of => Ok(bytes),
        _ => Err(source.wrong("is damaged: an array does not begin as one; fetch it again")),
    }
}

/// The type and the data of an element of at most so many bytes.
fn field(source: &mut Source, most: usize) -> Result<(u32, Vec<u8>)> {
    let start: [u8; 4] = source.array()?;
    // A short element has its length in the first four bytes, and its data in the other four.
    if let [kind, 0, length @ 1..=u8::MAX, 0] = start {
        let data: [u8; 4] = source.array()?;
        let data = data.get(..usize::from(length));
        let data = data.ok_or_else(|| {
            source.wrong("is damaged: an element is longer than it can be; fetch it again")
        })?;
        return Ok((kind.into(), data.to_vec()));
    }
    let length = u32::from_le_bytes(source.array()?) as usize;
    if length > most {
        return Err(source.wrong("is damaged: an element is longer than it can be; fetch it again"));
    }
    let data = source.bytes(length, "ends within an array")?;
    // Elements begin at multiples of eight bytes; nothing follows the last one.
    source.skip((8 - length % 8) % 8)?;
    Ok((u32::from_le_bytes(start), data))
}

fn element_of(kind: u32) -> Option<Element> {
    Some(match kind {
        1 => Element::I8,
        2 => Element::U8,
        3 => Element::I16,
        4 => Element::U16,
        INT32 => Element::I32,
        UINT32 => Element::U32,
        7 => Element::F32,
        9 => Element::F64,
        12 => Element::I64,
        13 => Element::U64,
        _ => return None,
    })
}

impl Source<'_> {
    /// The type and the length of the next element of a MATLAB file, if there is one.
    fn tag(&mut self) -> Result<Option<(u32, u64)>> {
        let mut start = Vec::new();
        self.fill(8, &mut start)?;
        let word = |at: usize| {
            start
                .get(at..at + 4)
                .and_then(|b| b.try_into().ok())
                .map(u32::from_le_bytes)
        };
        match (start.len(), word(0), word(4)) {
            (0, ..) => Ok(None),
            (_, Some(kind), Some(length)) => Ok(Some((kind, length.into()))),
            _ => Err(self.wrong("ends within an array: fetch it again")),
        }
    }
}
