//! Random changes of images that keep their class: a shift within a black margin, and a mirror image.

use rand::{Rng, RngExt};
use serde::{Deserialize, Serialize};

/// How images are changed at random in a step of training.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Augmentation {
    /// The width of the black margin from which a part of the size of the image is cut; 0 to cut nothing.
    pub crop: usize,
    /// Whether half of the images are mirrored, left to right.
    pub flip: bool,
}

impl Augmentation {
    /// How the next image is changed.
    pub(super) fn draw(self, random: &mut dyn Rng) -> Change {
        let mut shift = || match self.crop {
            0 => 0,
            crop => random.random_range(0..=2 * crop) as isize - crop as isize,
        };
        Change {
            shift: (shift(), shift()),
            mirrored: self.flip && random.random(),
        }
    }
}

/// What happens to an image.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Change {
    /// How many rows further down and columns further to the right the image is looked at.
    shift: (isize, isize),
    mirrored: bool,
}

impl Change {
    pub(super) const NONE: Self = Self {
        shift: (0, 0),
        mirrored: false,
    };

    /// Writes the changed image, each pixel as the `number` that it is for its channel; beside the image everything is `black`.
    pub(super) fn apply<T>(
        self,
        image: &[T],
        black: &T,
        (height, width): (usize, usize),
        number: impl Fn(usize, &T) -> f32,
        into: &mut [f32],
    ) {
        let area = height * width;
        let planes = image.chunks_exact(area).zip(into.chunks_exact_mut(area));
        for (channel, (plane, into)) in planes.enumerate() {
            if self == Self::NONE {
                (into.iter_mut().zip(plane)).for_each(|(to, from)| *to = number(channel, from));
                continue;
            }
            for (y, row) in into.chunks_exact_mut(width).enumerate() {
                let from = within(y, self.shift.0, height);
                let from = from.map(|from| &plane[from * width..][..width]);
                for (x, to) in row.iter_mut().enumerate() {
                    let x = if self.mirrored { width - 1 - x } else { x };
                    let pixel = from.and_then(|row| Some(&row[within(x, self.shift.1, width)?]));
                    *to = number(channel, pixel.unwrap_or(black));
                }
            }
        }
    }
}

/// The place so far on, if there is one.
fn within(place: usize, shift: isize, length: usize) -> Option<usize> {
    place
        .checked_add_signed(shift)
        .filter(|place| *place < length)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::seed;

    fn changed(change: Change) -> [f32; 6] {
        let mut into = [9.0; 6];
        change.apply(
            &[1u8, 2, 3, 4, 5, 6],
            &0,
            (2, 3),
            |_, &v| f32::from(v),
            &mut into,
        );
        into
    }

    #[test]
    fn images_are_shifted_into_a_black_margin_and_mirrored() {
        let change = |down, right, mirrored| Change {
            shift: (down, right),
            mirrored,
        };
        assert_eq!(changed(Change::NONE), [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]);
        assert_eq!(changed(change(0, 0, true)), [3.0, 2.0, 1.0, 6.0, 5.0, 4.0]);
        assert_eq!(changed(change(1, 1, false)), [5.0, 6.0, 0.0, 0.0, 0.0, 0.0]);
        assert_eq!(
            changed(change(-1, -2, false)),
            [0.0, 0.0, 0.0, 0.0, 0.0, 1.0]
        );
        assert_eq!(changed(change(1, 1, true)), [0.0, 6.0, 5.0, 0.0, 0.0, 0.0]);
        assert_eq!(changed(change(isize::MAX, isize::MIN, true)), [0.0; 6]);
    }

    #[test]
    fn every_shift_and_both_mirrors_occur() {
        let augmentation = Augmentation {
            crop: 2,
            flip: true,
        };
        let mut random = seed::rng(1, "s", 0);
        let mut seen = std::collections::HashSet::new();
        for _ in 0..2_000 {
            let change = augmentation.draw(&mut random);
            assert!(change.shift.0.abs() <= 2 && change.shift.1.abs() <= 2);
            seen.insert((change.shift, change.mirrored));
        }
        assert_eq!(seen.len(), 5 * 5 * 2);
        let none = Augmentation::default();
        assert_eq!(none.draw(&mut random), Change::NONE);
    }
}
