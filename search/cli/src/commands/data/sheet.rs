//! A contact sheet: some images of each class, a row for each class.

use std::io::Cursor;

use actsmith_search::data::RawImages;
use image::{ImageFormat, Rgb, RgbImage};

use crate::error::{Error, Result};

/// Images of a class at most.
const COLUMNS: usize = 12;
/// Small images are shown this high at least.
const HEIGHT: usize = 48;
/// Between images.
const GAP: usize = 2;
const PAPER: Rgb<u8> = Rgb([255, 255, 255]);
/// The largest side of a sheet.
const LARGEST: usize = 16_384;

/// The sheet as the bytes of a PNG file.
pub(super) fn png(set: &RawImages) -> Result<Vec<u8>> {
    let (channels, height, width) = set.image_shape();
    let scale = HEIGHT.div_ceil(height).max(1);
    let (cell_height, cell_width) = (height * scale + GAP, width * scale + GAP);
    let columns = COLUMNS.min(LARGEST / cell_width);
    let rows = set.classes().min(LARGEST / cell_height);
    if columns == 0 || rows == 0 {
        let what = format!(
            "images of {height}×{width} pixels are too large for a contact sheet: leave out `--sheet`"
        );
        return Err(Error::Failure(what));
    }
    let mut members = vec![Vec::new(); rows];
    for (index, label) in set.labels().enumerate() {
        if let Some(members) = members.get_mut(label as usize)
            && members.len() < columns
        {
            members.push(index);
        }
    }
    let size = |cells: usize, cell: usize| (cells * cell + GAP) as u32;
    let mut sheet = RgbImage::from_pixel(size(columns, cell_width), size(rows, cell_height), PAPER);
    for (row, members) in members.iter().enumerate() {
        for (column, &index) in members.iter().enumerate() {
            let picture = set.picture(index);
            let colour = |pixel: usize| {
                let plane = |channel: usize| picture[channel * height * width + pixel];
                match channels {
                    3.. => Rgb([plane(0), plane(1), plane(2)]),
                    _ => Rgb([plane(0); 3]),
                }
            };
            let (top, left) = (row * cell_height + GAP, column * cell_width + GAP);
            for y in 0..height * scale {
                for x in 0..width * scale {
                    let pixel = colour(y / scale * width + x / scale);
                    sheet.put_pixel((left + x) as u32, (top + y) as u32, pixel);
                }
            }
        }
    }
    let mut bytes = Cursor::new(Vec::new());
    let written = sheet.write_to(&mut bytes, ImageFormat::Png);
    written.map_err(|error| Error::Failure(format!("the contact sheet: {error}")))?;
    Ok(bytes.into_inner())
}
