//! The orientation of a file's images relative to what models read: ink on a dark background, rows
//! first.

use serde::{Deserialize, Serialize};

use crate::data::Dataset;

/// The most images examined for the brightness of their background.
const LOOKED_AT: usize = 1000;

/// What was done to the images of a file to make them ink (255) on background (0), rows first.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(default)]
pub struct Orientation {
    /// Light and dark were swapped.
    pub inverted: bool,
    /// Rows and columns were swapped.
    pub transposed: bool,
}

impl Orientation {
    /// Whether the images are as in the file.
    pub fn is_none(self) -> bool {
        self == Self::default()
    }

    /// The images of a file in this orientation.
    #[must_use]
    pub fn of(self, data: &Dataset) -> Dataset {
        match (self.inverted, self.transposed) {
            (false, false) => data.clone(),
            (true, false) => data.map_images(|_, image| inverted(image)),
            (false, true) => data.map_images(|_, image| transposed(image, data.side())),
            (true, true) => data.map_images(|_, image| inverted(&transposed(image, data.side()))),
        }
    }

    /// The change that turns images in this orientation into the `other`.
    #[must_use]
    pub fn to(self, other: Self) -> Self {
        Self {
            inverted: self.inverted != other.inverted,
            transposed: self.transposed != other.transposed,
        }
    }
}

fn inverted(image: &[u8]) -> Vec<u8> {
    image.iter().map(|pixel| 255 - pixel).collect()
}

fn transposed(image: &[u8], side: usize) -> Vec<u8> {
    (0..image.len()).map(|at| image[at % side * side + at / side]).collect()
}

/// Whether the images seem to be dark ink on a light background: in most of them both the border and most of the pixels
/// are light.
pub fn has_light_ground(data: &Dataset) -> bool {
    let stride = data.len().div_ceil(LOOKED_AT).max(1);
    let (mut light, mut all) = (0, 0);
    for index in (0..data.len()).step_by(stride) {
        light += usize::from(is_light(data.image(index), data.side()));
        all += 1;
    }
    light * 4 > all * 3
}

/// Whether the border of an image and most of its pixels are light.
fn is_light(image: &[u8], side: usize) -> bool {
    let at_border = |at: usize| {
        let (row, column) = (at / side, at % side);
        row == 0 || column == 0 || row == side - 1 || column == side - 1
    };
    let (mut border, mut light) = (0, 0);
    for (at, &pixel) in image.iter().enumerate() {
        light += usize::from(pixel > 127);
        border += usize::from(pixel > 127 && at_border(at));
    }
    border * 4 > 3 * 4 * (side - 1) && light * 2 > image.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn data() -> Dataset {
        let image = |ink: u8| (0..16).map(move |at| if at == 6 { ink } else { at });
        Dataset::new(4, image(200).chain(image(100)).collect(), Some(vec![3, 4])).unwrap()
    }

    #[test]
    fn an_orientation_is_undone_by_itself() {
        let data = data();
        for (inverted, transposed) in [(false, false), (true, false), (false, true), (true, true)] {
            let orientation = Orientation { inverted, transposed };
            let turned = orientation.of(&data);
            assert_eq!(orientation.of(&turned), data);
            assert_eq!(turned == data, orientation.is_none());
            let at = if transposed { 9 } else { 6 };
            assert_eq!(turned.image(0)[at], if inverted { 55 } else { 200 });
            for other in [Orientation::default(), Orientation { inverted: true, transposed: true }]
            {
                assert_eq!(orientation.to(other).of(&turned), other.of(&data));
            }
        }
    }

    #[test]
    fn a_light_background_is_detected() {
        let data = data();
        assert!(!has_light_ground(&data));
        assert!(has_light_ground(&Orientation { inverted: true, transposed: false }.of(&data)));
        let frame: Vec<u8> = (0..64)
            .map(|at| if matches!(at / 8, 0 | 7) || matches!(at % 8, 0 | 7) { 255 } else { 0 })
            .collect();
        assert!(!has_light_ground(&Dataset::new(8, frame, None).unwrap()), "a dark inside");
    }
}
