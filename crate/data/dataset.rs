//! Images with labels, and their split.

use std::collections::HashSet;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::platform;
use crate::rng::{self, Purpose, RngExt, Stream};
use crate::words::counted;

/// Square greyscale images, kept as the bytes they came as, with or without labels. A clone shares the
/// pixels.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dataset {
    side: usize,
    pixels: Arc<Vec<u8>>,
    labels: Option<Vec<u8>>,
    writers: Option<Vec<Arc<str>>>,
    classes: usize,
}

impl Dataset {
    /// A data set of `pixels`, `[images, side, side]` in row order (0 is paper, 255 is ink), and one
    /// label an image. The number of classes is the largest label plus one, at least 2.
    ///
    /// # Errors
    /// Where the pixels are no whole number of images, or the labels are not as many as the images.
    pub fn new(side: usize, pixels: Vec<u8>, labels: Option<Vec<u8>>) -> Result<Self> {
        Self::sharing(side, Arc::new(pixels), labels)
    }

    fn sharing(side: usize, pixels: Arc<Vec<u8>>, labels: Option<Vec<u8>>) -> Result<Self> {
        let area = side * side;
        if area == 0 || pixels.is_empty() || !pixels.len().is_multiple_of(area) {
            return Err(Error::data(format!(
                "{} pixels are no whole number of {side}×{side} images",
                pixels.len()
            )));
        }
        let images = pixels.len() / area;
        if let Some(labels) = labels.as_ref().filter(|labels| labels.len() != images) {
            return Err(Error::data(format!(
                "{} for {}",
                counted(labels.len(), "label"),
                counted(images, "image")
            )));
        }
        let largest = labels.as_ref().and_then(|labels| labels.iter().max().copied());
        let classes = (usize::from(largest.unwrap_or(0)) + 1).max(2);
        Ok(Self { side, pixels, labels, writers: None, classes })
    }

    /// The same images with at least `classes` classes, where the labels at hand may not show them
    /// all.
    #[must_use]
    pub fn with_classes(mut self, classes: usize) -> Self {
        self.classes = self.classes.max(classes);
        self
    }

    /// The same images with one label each. The number of classes is as in [`Dataset::new`].
    ///
    /// # Errors
    /// Where the labels are not as many as the images.
    pub fn with_labels(self, labels: Vec<u8>) -> Result<Self> {
        let writers = self.writers;
        Ok(Self { writers, ..Self::sharing(self.side, self.pixels, Some(labels))? })
    }

    /// The same images with the name of each one's writer.
    ///
    /// # Errors
    /// Where the names are not as many as the images.
    pub fn with_writers(self, writers: Vec<Arc<str>>) -> Result<Self> {
        if writers.len() != self.len() {
            let images = self.len();
            return Err(Error::data(format!(
                "{} for {}",
                counted(writers.len(), "writer"),
                counted(images, "image")
            )));
        }
        Ok(Self { writers: Some(writers), ..self })
    }

    /// Images of the same size, labels and writers, each made of one of these by `change`, which gets
    /// its number and its pixels and gives as many.
    #[must_use]
    pub fn map_images(&self, change: impl Fn(usize, &[u8]) -> Vec<u8> + Send + Sync) -> Self {
        let mut pixels = vec![0; self.pixels.len()];
        platform::for_each_chunk(&mut pixels, self.side * self.side, |index, out| {
            out.copy_from_slice(&change(index, self.image(index)));
        });
        Self { pixels: Arc::new(pixels), ..self.clone() }
    }

    /// The same images without their labels, for as many classes.
    #[must_use]
    pub fn without_labels(&self) -> Self {
        Self { labels: None, ..self.clone() }
    }

    /// These images and then those of `other`. Labels are kept where both have them, and so are writers.
    ///
    /// # Errors
    /// Where the images are not of one size, or there is no memory for all of them.
    pub fn joined(&self, other: &Self) -> Result<Self> {
        if self.side != other.side {
            let (side, expected) = (other.side, self.side);
            return Err(Error::data(format!(
                "these images are {side}×{side}, those before are {expected}×{expected}"
            ))
            .help("Choose files with images of one size"));
        }
        let labels = self.labels.as_ref().zip(other.labels.as_ref());
        let labels = labels.map(|(first, second)| [first.as_slice(), second].concat());
        let writers = self.writers.as_ref().zip(other.writers.as_ref());
        let writers = writers.map(|(first, second)| [first.as_slice(), second].concat());
        let mut pixels = reserved(self.pixels.len().saturating_add(other.pixels.len()))?;
        pixels.extend_from_slice(self.pixels());
        pixels.extend_from_slice(other.pixels());
        let classes = self.classes.max(other.classes);
        Ok(Self { writers, ..Self::new(self.side, pixels, labels)?.with_classes(classes) })
    }

    /// The number of images.
    pub fn len(&self) -> usize {
        self.pixels.len() / (self.side * self.side)
    }

    /// Whether there is no image.
    pub fn is_empty(&self) -> bool {
        self.pixels.is_empty()
    }

    /// Pixels per side of an image.
    pub fn side(&self) -> usize {
        self.side
    }

    /// The number of classes: the largest label plus one. 2 where there are no labels.
    pub fn classes(&self) -> usize {
        self.classes
    }

    /// The pixels of image `index`, `[side, side]` in row order.
    pub fn image(&self, index: usize) -> &[u8] {
        let area = self.side * self.side;
        &self.pixels[index * area..(index + 1) * area]
    }

    /// All pixels, `[images, side, side]`.
    pub fn pixels(&self) -> &[u8] {
        &self.pixels
    }

    /// The labels, `[images]`, where there are any.
    pub fn labels(&self) -> Option<&[u8]> {
        self.labels.as_deref()
    }

    /// The name of each image's writer, `[images]`, where they are known.
    pub fn writers(&self) -> Option<&[Arc<str>]> {
        self.writers.as_deref()
    }

    /// How many images each class has, `[classes]`.
    pub fn class_counts(&self) -> Vec<usize> {
        let mut counts = vec![0; self.classes];
        for &label in self.labels.iter().flatten() {
            counts[usize::from(label)] += 1;
        }
        counts
    }

    /// The images at `indices`, in that order.
    pub fn select(&self, indices: &[usize]) -> Self {
        let pixels: Vec<u8> =
            indices.iter().flat_map(|&index| self.image(index)).copied().collect();
        Self {
            pixels: Arc::new(pixels),
            labels: self.labels.as_ref().map(|all| picked(all, indices)),
            writers: self.writers.as_ref().map(|all| picked(all, indices)),
            ..*self
        }
    }

    /// A hash (FNV-1a, 64 bits) of size, pixels and labels: tells data sets apart, keeps no secrets.
    pub fn fingerprint(&self) -> u64 {
        let bytes = self.pixels.iter().chain(self.labels.iter().flatten());
        bytes.fold(0xcbf2_9ce4_8422_2325 ^ self.side as u64, |hash, &byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
        })
    }

    /// How many images of `other` are also here, pixel for pixel.
    pub fn shared_images(&self, other: &Self) -> usize {
        if self.side != other.side {
            return 0;
        }
        let mine: HashSet<&[u8]> = self.pixels.chunks_exact(self.side * self.side).collect();
        other
            .pixels
            .chunks_exact(self.side * self.side)
            .filter(|image| mine.contains(image))
            .count()
    }
}

/// The items at `indices`, in that order.
fn picked<T: Clone>(items: &[T], indices: &[usize]) -> Vec<T> {
    indices.iter().map(|&index| items[index].clone()).collect()
}

/// Which images are for training, for validation and for the final test.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Split {
    /// Images the weights learn from.
    pub train: Vec<usize>,
    /// Images that choose the best epoch.
    pub validation: Vec<usize>,
    /// Images looked at once, at the end.
    pub test: Vec<usize>,
}

impl Split {
    /// Splits by class (stratified), so that every part has every class in the same proportion.
    /// `validation` and `test` are fractions of each class. The same seed gives the same split.
    pub fn stratified(data: &Dataset, validation: f64, test: f64, seed: u64) -> Self {
        let mut split = Self { train: Vec::new(), validation: Vec::new(), test: Vec::new() };
        let mut rng = rng::stream(seed, Purpose::Split, &[]);
        for class in 0..data.classes {
            let mut members: Vec<usize> = match &data.labels {
                Some(labels) => {
                    (0..data.len()).filter(|&i| usize::from(labels[i]) == class).collect()
                }
                None if class == 0 => (0..data.len()).collect(),
                None => Vec::new(),
            };
            shuffle(&mut members, &mut rng);
            let count = |fraction: f64| (members.len() as f64 * fraction).round() as usize;
            let (validation, test) = (count(validation), count(test));
            split.validation.extend(members.drain(..validation.min(members.len())));
            split.test.extend(members.drain(..test.min(members.len())));
            split.train.extend(members);
        }
        for part in [&mut split.train, &mut split.validation, &mut split.test] {
            part.sort_unstable();
        }
        split
    }
}

/// An empty vector that can hold `bytes` pixels.
///
/// # Errors
/// Where there is not so much memory: a tab has little, and a panic would take all files with it.
pub(super) fn reserved(bytes: usize) -> Result<Vec<u8>> {
    let mut pixels = Vec::new();
    pixels.try_reserve_exact(bytes).map_err(|_| {
        Error::data(format!("there is no memory for images of {} MB", bytes / 1_000_000))
            .help("Take fewer images")
    })?;
    Ok(pixels)
}

/// Puts `items` in random order (Fisher and Yates).
pub fn shuffle<T>(items: &mut [T], rng: &mut Stream) {
    for i in (1..items.len()).rev() {
        items.swap(i, rng.random_range(0..=i));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writers_stay_with_their_images() {
        let data = |first: u8| {
            let pixels = (first..first + 3).flat_map(|value| [value; 4]).collect();
            Dataset::new(2, pixels, Some(vec![first, 1, 2])).unwrap()
        };
        let names: Vec<Arc<str>> = ["ann", "bob", "ann"].map(Arc::from).to_vec();
        let written = data(0).with_writers(names.clone()).unwrap();
        assert_eq!(written.writers(), Some(names.as_slice()));
        assert_eq!(written.select(&[2, 1]).writers(), Some(&names[..2]));
        assert_eq!(written.clone().with_labels(vec![0; 3]).unwrap().writers(), written.writers());
        let twice = written.joined(&written).unwrap();
        assert_eq!(twice.writers(), Some([&names[..], &names].concat().as_slice()));
        assert_eq!(written.joined(&data(5)).unwrap().writers(), None);
        assert!(data(0).with_writers(names[1..].to_vec()).is_err());
    }

    #[test]
    fn memory_that_is_not_there_is_an_error() {
        let error = reserved(usize::MAX).expect_err("more than any machine has");
        assert!(error.to_string().contains("no memory"), "{error}");
        assert!(reserved(8).is_ok_and(|pixels| pixels.is_empty() && pixels.capacity() >= 8));
    }

    #[test]
    fn images_are_changed_each_by_its_number() {
        let data = Dataset::new(2, (0..12).collect(), Some(vec![0, 1, 2])).unwrap();
        let changed = data.map_images(|index, image| {
            image.iter().map(|pixel| pixel + 100 * (index == 1) as u8).collect()
        });
        assert_eq!(changed.pixels(), [0, 1, 2, 3, 104, 105, 106, 107, 8, 9, 10, 11]);
        assert_eq!((changed.labels(), changed.classes()), (data.labels(), 3));
    }
}
