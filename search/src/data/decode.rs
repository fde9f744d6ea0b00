//! PNG and JPEG files, by the crate `image`.

use std::path::Path;

use crate::error::Result;

/// What the beginning of a file says of the image.
#[derive(Clone, Copy, Debug)]
pub(super) struct Picture {
    /// Width and height.
    pub(super) size: (u32, u32),
    /// Whether it may have other colours than grey.
    pub(super) colour: bool,
}

#[cfg(not(feature = "images"))]
mod without_crate {
    use super::*;
    use crate::error::Error;

    fn cannot<T>() -> Result<T> {
        let what = "this build reads no PNG or JPEG files: build `actsmith-search` with the feature `images`";
        Err(Error::Invalid(what.to_owned()))
    }

    pub(in crate::data) fn about(_: &Path) -> Result<Picture> {
        cannot()
    }

    pub(in crate::data) fn decode(_: &Path, _: Picture, _: (u32, u32), _: bool) -> Result<Vec<u8>> {
        cannot()
    }
}

#[cfg(not(feature = "images"))]
pub(super) use without_crate::{about, decode};

#[cfg(feature = "images")]
pub(super) use with_crate::{about, decode};

#[cfg(feature = "images")]
mod with_crate {
    use std::fs::File;
    use std::io::BufReader;

    use image::imageops::FilterType;
    use image::{DynamicImage, ImageDecoder, ImageReader, Limits};

    use super::*;
    use crate::data::source::{regular, wrong};

    /// Bytes that one image may take while it is decoded.
    const MOST_MEMORY: u64 = 128 << 20;
    /// Bytes of a pixel in the widest format.
    const WIDEST: u64 = 8;

    fn open(path: &Path) -> Result<ImageReader<BufReader<File>>> {
        let (file, _) = regular(path)?;
        let reader = ImageReader::new(BufReader::new(file)).with_guessed_format();
        let mut reader = reader.map_err(crate::files::at(path))?;
        let mut limits = Limits::default();
        limits.max_alloc = Some(MOST_MEMORY);
        reader.limits(limits);
        Ok(reader)
    }

    fn damaged(path: &Path, error: image::ImageError) -> crate::error::Error {
        // Some of its errors have several lines.
        let error = error.to_string().replace('\n', " ");
        wrong(
            path,
            format_args!(
                "is not a whole PNG or JPEG image ({error}): remove it, or fetch it again"
            ),
        )
    }

    /// What the beginning of a file says of its image.
    pub(in crate::data) fn about(path: &Path) -> Result<Picture> {
        let decoder = open(path)?
            .into_decoder()
            .map_err(|error| damaged(path, error))?;
        let size = decoder.dimensions();
        if u64::from(size.0) * u64::from(size.1) * WIDEST > MOST_MEMORY {
            return Err(wrong(
                path,
                format_args!("has {}×{} pixels: make it smaller", size.1, size.0),
            ));
        }
        Ok(Picture {
            size,
            colour: decoder.color_type().has_color(),
        })
    }

    /// The planes of an image: grey, or red, green and blue; what is transparent is left out.
    pub(in crate::data) fn decode(
        path: &Path,
        about: Picture,
        size: (u32, u32),
        colour: bool,
    ) -> Result<Vec<u8>> {
        let decoder = open(path)?
            .into_decoder()
            .map_err(|error| damaged(path, error))?;
        let mut image =
            DynamicImage::from_decoder(decoder).map_err(|error| damaged(path, error))?;
        if about.size != size {
            image = image.resize_exact(size.0, size.1, FilterType::Triangle);
        }
        if !colour {
            return Ok(image.into_luma8().into_raw());
        }
        let pixels = image.into_rgb8().into_raw();
        let planes = (0..3).flat_map(|channel| pixels.iter().skip(channel).step_by(3).copied());
        Ok(planes.collect())
    }
}
