//! Images with labels, and their split.

use std::collections::{BTreeSet, HashSet};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::data::drawing::Stroke;
use crate::data::{Ids, names};
use crate::error::{Error, Result};
use crate::platform;
use crate::rng::{self, Purpose, RngExt, Stream};
use crate::words::counted;

/// The label of an image that belongs to no class.
pub const NO_CLASS: u8 = u8::MAX;

/// Square greyscale images as bytes, with or without labels. Clones share the pixels.
#[derive(Debug, Clone, PartialEq)]
pub struct Dataset {
    side: usize,
    pixels: Arc<Vec<u8>>,
    labels: Option<Vec<u8>>,
    writers: Option<Vec<Arc<str>>>,
    drawings: Option<Vec<Arc<[Stroke]>>>,
    ids: Option<Arc<Ids>>,
    classes: usize,
    class_names: Arc<[String]>,
}

impl Dataset {
    /// A data set of `pixels`, `[images, side, side]` in row order (0 is background, 255 is ink), and one
    /// label per image. The number of classes is the largest label plus one, at least 2.
    ///
    /// # Errors
    /// If the pixels are not a whole number of images, or the number of labels differs from that of
    /// images.
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
        let class_names = Arc::default();
        let (writers, drawings, ids) = (None, None, None);
        Ok(Self { side, pixels, labels, writers, drawings, ids, classes, class_names })
    }

    /// The same images with at least `classes` classes, for labels that may not include all of
    /// them.
    #[must_use]
    pub fn with_classes(mut self, classes: usize) -> Self {
        self.classes = self.classes.max(classes);
        self
    }

    /// The same images with one label each. The number of classes is as in [`Dataset::new`], and at least the number
    /// of class names.
    ///
    /// # Errors
    /// If the number of labels differs from that of images, or a label has no class name.
    pub fn with_labels(self, labels: Vec<u8>) -> Result<Self> {
        let Self { side, pixels, writers, drawings, ids, class_names, .. } = self;
        let labelled = Self::sharing(side, pixels, Some(labels))?;
        let labelled = Self { writers, drawings, ids, ..labelled };
        if class_names.is_empty() { Ok(labelled) } else { labelled.with_class_names(class_names) }
    }

    /// The same images with class names, at least one for each label. An empty list means plain numbers.
    ///
    /// # Errors
    /// If they cannot be the names of these classes.
    pub fn with_class_names(self, class_names: impl Into<Arc<[String]>>) -> Result<Self> {
        let class_names = class_names.into();
        names::check(&class_names)?;
        let needed = self.labels.iter().flatten().max().map_or(0, |&label| usize::from(label) + 1);
        if !class_names.is_empty() && class_names.len() < needed {
            let names = class_names.len();
            return Err(Error::data(format!("{names} class names for {needed} classes"))
                .help("Give each class a name"));
        }
        let classes = self.classes.max(class_names.len());
        Ok(Self { class_names, classes, ..self })
    }

    /// The same images with the ids from their file.
    ///
    /// # Errors
    /// If the number of ids differs from that of images.
    pub fn with_ids(self, ids: Ids) -> Result<Self> {
        if ids.len() != self.len() {
            let images = self.len();
            return Err(Error::data(format!("{} ids for {images} images", ids.len())));
        }
        Ok(Self { ids: Some(Arc::new(ids)), ..self })
    }

    /// The same images with their classes renumbered to match, by name, the classes of `whose`, which are called
    /// `class_names`. Classes without names go by their numbers, and `zero` is 0.
    ///
    /// # Errors
    /// If an image belongs to a class that is not among those; the error shows both lists.
    pub fn aligned(&self, class_names: &[String], classes: usize, whose: &str) -> Result<Self> {
        let theirs = names::keys(class_names, classes);
        let ours = names::keys(&self.class_names, self.classes);
        let counts = self.class_counts();
        let numbers: Vec<Option<u8>> = ours
            .iter()
            .map(|key| theirs.iter().position(|other| other == key).map(|class| class as u8))
            .collect();
        if (0..counts.len()).any(|class| counts[class] > 0 && numbers[class].is_none()) {
            return Err(Error::data(format!(
                "the classes of the file are {}, those of {whose} are {}",
                names::list(&self.class_names, self.classes),
                names::list(class_names, classes),
            ))
            .help("Use images of the same classes; their labels need the same names"));
        }
        let number = |&label: &u8| numbers[usize::from(label)].unwrap_or_default();
        Ok(Self {
            labels: self.labels.as_ref().map(|labels| labels.iter().map(number).collect()),
            classes: classes.max(2),
            class_names: class_names.into(),
            ..self.clone()
        })
    }

    /// The same images with the writer of each; an empty name stands for an unknown one.
    ///
    /// # Errors
    /// If the number of names differs from that of images.
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

    /// The same images with the strokes that each was drawn with; none for an image that was not drawn.
    ///
    /// # Errors
    /// If the number of drawings differs from that of images.
    pub fn with_drawings(self, drawings: Vec<Arc<[Stroke]>>) -> Result<Self> {
        if drawings.len() != self.len() {
            let images = self.len();
            return Err(Error::data(format!(
                "{} for {}",
                counted(drawings.len(), "drawing"),
                counted(images, "image")
            )));
        }
        Ok(Self { drawings: Some(drawings), ..self })
    }

    /// Images of the same size, labels and writers, each mapped by `change`, which gets an image's
    /// index and pixels and returns as many pixels. Their strokes would show other images and are left out.
    #[must_use]
    pub fn map_images(&self, change: impl Fn(usize, &[u8]) -> Vec<u8> + Send + Sync) -> Self {
        let mut pixels = vec![0; self.pixels.len()];
        platform::for_each_chunk(&mut pixels, self.side * self.side, |index, out| {
            out.copy_from_slice(&change(index, self.image(index)));
        });
        Self { pixels: Arc::new(pixels), drawings: None, ..self.clone() }
    }

    /// These images followed by others of the same size, one after the other in `pixels`, that belong to no class: their
    /// label is [`NO_CLASS`].
    ///
    /// # Errors
    /// If [`NO_CLASS`] is the label of a class here, there are no labels, or memory does not suffice.
    pub fn with_outliers(&self, pixels: Vec<u8>) -> Result<Self> {
        if self.classes > usize::from(NO_CLASS) {
            return Err(Error::data(format!(
                "with {} classes, no label is left for images of no class",
                self.classes
            )));
        }
        let outliers = Self::new(self.side, pixels, None)?;
        let labels = vec![0; outliers.len()];
        let joined = self.joined(&Self {
            classes: self.classes,
            class_names: Arc::clone(&self.class_names),
            ..outliers.with_labels(labels)?
        })?;
        let mut labels = joined.labels.ok_or_else(|| Error::data("the images have no labels"))?;
        labels[self.len()..].fill(NO_CLASS);
        Ok(Self { labels: Some(labels), ..joined })
    }

    /// The same images without their labels, keeping the number of classes.
    #[must_use]
    pub fn without_labels(&self) -> Self {
        Self { labels: None, ..self.clone() }
    }

    /// These images followed by those of `other`. Labels and ids are kept if both have them, writers and strokes if one of
    /// them has: for the other's images they are unknown. Classes are merged by name: those that only `other` has come last,
    /// and its labels are renumbered.
    ///
    /// # Errors
    /// If the image sizes differ, there are too many classes, or memory does not suffice.
    pub fn joined(&self, other: &Self) -> Result<Self> {
        if self.side != other.side {
            let (side, expected) = (other.side, self.side);
            return Err(Error::data(format!(
                "these images are {side}×{side}, those before are {expected}×{expected}"
            ))
            .help("Choose files with images of one size"));
        }
        let (class_names, numbers) = self.united(other)?;
        let second = other.labels.as_ref().map(|labels| renumbered(labels, &numbers));
        let labels = self.labels.as_ref().zip(second);
        let labels = labels.map(|(first, second)| [first.as_slice(), &second].concat());
        let both = [self, other];
        let writers = joined_lists(both.map(|data| (data.writers.as_deref(), data.len())), "");
        let none = Vec::new();
        let drawings = joined_lists(both.map(|data| (data.drawings.as_deref(), data.len())), none);
        let ids = self.ids.as_ref().zip(other.ids.as_ref());
        let ids = ids.map(|(first, second)| Arc::new(first.joined(second)));
        let mut pixels = reserved(self.pixels.len().saturating_add(other.pixels.len()))?;
        pixels.extend_from_slice(self.pixels());
        pixels.extend_from_slice(other.pixels());
        let classes = if class_names.is_empty() { other.classes } else { class_names.len() };
        let joined = Self::new(self.side, pixels, labels)?.with_classes(self.classes.max(classes));
        Self { writers, drawings, ids, ..joined }.with_class_names(class_names)
    }

    /// The merged class names, and the new number of each class of `other`.
    fn united(&self, other: &Self) -> Result<(Vec<String>, Vec<u8>)> {
        if self.class_names.is_empty() && other.class_names.is_empty() {
            return Ok((Vec::new(), (0..=u8::MAX).collect()));
        }
        let mut class_names = names::all(&self.class_names, self.classes);
        if class_names.is_empty() {
            class_names = (0..self.classes).map(|class| class.to_string()).collect();
        }
        let mut keys = names::keys(&self.class_names, self.classes);
        let mut numbers = Vec::new();
        for class in 0..other.classes.max(other.class_names.len()) {
            let name = names::of(&other.class_names, class);
            let known = keys.iter().position(|key| *key == names::key(&name));
            numbers.push(known.unwrap_or(keys.len()) as u8);
            if known.is_none() {
                keys.push(names::key(&name));
                class_names.push(name);
            }
        }
        names::check(&class_names)?;
        Ok((class_names, numbers))
    }

    /// The number of images.
    pub fn len(&self) -> usize {
        self.pixels.len() / (self.side * self.side)
    }

    /// Whether there are no images.
    pub fn is_empty(&self) -> bool {
        self.pixels.is_empty()
    }

    /// Pixels per side of an image.
    pub fn side(&self) -> usize {
        self.side
    }

    /// The number of classes: the largest label plus one. 2 if there are no labels.
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

    /// The labels, `[images]`, if any.
    pub fn labels(&self) -> Option<&[u8]> {
        self.labels.as_deref()
    }

    /// The strokes of each image, `[images]`, if some were drawn; an image without strokes was not.
    pub fn drawings(&self) -> Option<&[Arc<[Stroke]>]> {
        self.drawings.as_deref()
    }

    /// The writer of each image, `[images]`, if some are known; an empty name stands for an unknown one.
    pub fn writers(&self) -> Option<&[Arc<str>]> {
        self.writers.as_deref()
    }

    /// The ids of the images from their file, if any.
    pub fn ids(&self) -> Option<&Ids> {
        self.ids.as_deref()
    }

    /// The same, shared.
    pub fn shared_ids(&self) -> Option<Arc<Ids>> {
        self.ids.clone()
    }

    /// Class names; empty if the classes are plain numbers. There may be more classes than
    /// names: see [`names::of`].
    pub fn class_names(&self) -> &[String] {
        &self.class_names
    }

    /// How many images each class has, `[classes]`.
    pub fn class_counts(&self) -> Vec<usize> {
        let mut counts = vec![0; self.classes];
        for &label in self.labels.iter().flatten().filter(|&&label| label != NO_CLASS) {
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
            drawings: self.drawings.as_ref().map(|all| picked(all, indices)),
            ids: self.ids.as_ref().map(|ids| Arc::new(ids.select(indices))),
            class_names: Arc::clone(&self.class_names),
            ..*self
        }
    }

    /// A hash (FNV-1a, 64 bits) of size, pixels, labels and class names. It tells data sets apart and is not
    /// cryptographic.
    pub fn fingerprint(&self) -> u64 {
        let names = self.class_names.iter().flat_map(|name| name.as_bytes().iter().chain(&[0]));
        let bytes = self.pixels.iter().chain(self.labels.iter().flatten()).chain(names);
        bytes.fold(0xcbf2_9ce4_8422_2325 ^ self.side as u64, |hash, &byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
        })
    }

    /// The number of images of `other` that are also here, pixel for pixel.
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

/// Two lists with an item for each image one after the other; where one is missing, its items are `unknown`. Nothing if both
/// are.
fn joined_lists<T: ?Sized>(
    lists: [(Option<&[Arc<T>]>, usize); 2],
    unknown: impl Into<Arc<T>>,
) -> Option<Vec<Arc<T>>> {
    if lists.iter().all(|(list, _)| list.is_none()) {
        return None;
    }
    let unknown = unknown.into();
    let part = |(list, images): (Option<&[Arc<T>]>, usize)| match list {
        Some(list) => list.to_vec(),
        None => vec![Arc::clone(&unknown); images],
    };
    Some(lists.map(part).concat())
}

/// Labels renumbered through `numbers`.
fn renumbered(labels: &[u8], numbers: &[u8]) -> Vec<u8> {
    labels.iter().map(|&label| numbers[usize::from(label)]).collect()
}

/// The items at `indices`, in that order.
fn picked<T: Clone>(items: &[T], indices: &[usize]) -> Vec<T> {
    indices.iter().map(|&index| items[index].clone()).collect()
}

/// The part of the random streams that split writers, which those that split images lack.
const WRITERS: u64 = 1;

/// Which images are for training, validation and the final test.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Split {
    /// Training images.
    pub train: Vec<usize>,
    /// Images that choose the best epoch.
    pub validation: Vec<usize>,
    /// Images evaluated once, at the end.
    pub test: Vec<usize>,
}

impl Split {
    /// Splits by class (stratified), so that every part has the same class proportions.
    /// `validation` and `test` are fractions of each class. The same seed gives the same split.
    pub fn stratified(data: &Dataset, validation: f64, test: f64, seed: u64) -> Self {
        let mut split = Self::default();
        split.add_by_class(data, |_| true, validation, test, seed);
        split.sorted()
    }

    /// The same, but no writer's images are in two parts: `validation` and `test` are fractions of the writers, at least one
    /// for each fraction above 0 as long as one stays to train on. Images of unknown writers are split by class.
    pub fn by_writer(data: &Dataset, validation: f64, test: f64, seed: u64) -> Self {
        let known = data.writers().unwrap_or_default();
        let names: BTreeSet<&str> =
            known.iter().map(|name| &**name).filter(|name| !name.is_empty()).collect();
        if names.len() < 2 {
            return Self::stratified(data, validation, test, seed);
        }
        let mut names: Vec<&str> = names.into_iter().collect();
        shuffle(&mut names, &mut rng::stream(seed, Purpose::Split, &[WRITERS]));
        let all = names.len() as f64;
        let mut taken = |fraction: f64| -> HashSet<&str> {
            let wanted = (fraction * all).round() as usize;
            let count = if fraction > 0.0 { wanted.max(1) } else { 0 };
            names.drain(..count.min(names.len() - 1)).collect()
        };
        let (validating, testing) = (taken(validation), taken(test));
        let mut split = Self::default();
        for (index, name) in known.iter().enumerate().filter(|(_, name)| !name.is_empty()) {
            let part = match &**name {
                name if validating.contains(name) => &mut split.validation,
                name if testing.contains(name) => &mut split.test,
                _ => &mut split.train,
            };
            part.push(index);
        }
        split.add_by_class(data, |index| known[index].is_empty(), validation, test, seed);
        split.sorted()
    }

    /// Adds the images for which `counts` holds, class by class.
    fn add_by_class(
        &mut self,
        data: &Dataset,
        counts: impl Fn(usize) -> bool,
        validation: f64,
        test: f64,
        seed: u64,
    ) {
        let split = self;
        let mut rng = rng::stream(seed, Purpose::Split, &[]);
        for class in 0..data.classes {
            let mut members: Vec<usize> = match &data.labels {
                Some(labels) => {
                    (0..data.len()).filter(|&i| usize::from(labels[i]) == class).collect()
                }
                None if class == 0 => (0..data.len()).collect(),
                None => Vec::new(),
            };
            members.retain(|&index| counts(index));
            shuffle(&mut members, &mut rng);
            let count = |fraction: f64| (members.len() as f64 * fraction).round() as usize;
            let (validation, test) = (count(validation), count(test));
            split.validation.extend(members.drain(..validation.min(members.len())));
            split.test.extend(members.drain(..test.min(members.len())));
            split.train.extend(members);
        }
    }

    fn sorted(mut self) -> Self {
        for part in [&mut self.train, &mut self.validation, &mut self.test] {
            part.sort_unstable();
        }
        self
    }
}

/// An empty vector with capacity for `bytes` pixels.
///
/// # Errors
/// If memory does not suffice: a tab has little, and a panic would lose all files.
pub(super) fn reserved(bytes: usize) -> Result<Vec<u8>> {
    let mut pixels = Vec::new();
    pixels.try_reserve_exact(bytes).map_err(|_| {
        Error::data(format!("there is no memory for images of {} MB", bytes / 1_000_000))
            .help("Take fewer images")
    })?;
    Ok(pixels)
}

/// Shuffles `items` (Fisher and Yates).
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
        let with_unknown = written.joined(&data(5)).unwrap();
        let names: Vec<&str> = with_unknown.writers().unwrap().iter().map(|name| &**name).collect();
        assert_eq!(names, ["ann", "bob", "ann", "", "", ""]);
        assert_eq!(data(0).joined(&data(5)).unwrap().writers(), None);
        assert!(data(0).with_writers(vec!["ann".into()]).is_err());
    }

    /// 200 images: the first 100 by ten writers, those after them by nobody known.
    fn partly_written() -> Dataset {
        let labels: Vec<u8> = (0..100).map(|image| image % 5).collect();
        let plain = Dataset::new(1, vec![0; 100], Some(labels)).unwrap();
        let names = (0..100).map(|image| format!("writer {}", image / 10).into()).collect();
        plain.clone().with_writers(names).unwrap().joined(&plain).unwrap()
    }

    #[test]
    fn a_split_by_writer_never_has_a_writer_in_two_parts() {
        let data = partly_written();
        let split = Split::by_writer(&data, 0.2, 0.1, 7);
        let writers = |part: &[usize]| -> HashSet<String> {
            let names = part.iter().map(|&image| data.writers().unwrap()[image].to_string());
            names.filter(|name| !name.is_empty()).collect()
        };
        let parts = [&split.train, &split.validation, &split.test].map(|part| writers(part));
        assert_eq!(parts.each_ref().map(HashSet::len), [7, 2, 1]);
        assert_eq!(parts.iter().flatten().collect::<HashSet<_>>().len(), 10);
        // Images of unknown writers go by class.
        let unknown = |part: &[usize]| part.iter().filter(|&&image| image >= 100).count();
        assert_eq!(
            [&split.train, &split.validation, &split.test].map(|part| unknown(part)),
            [70, 20, 10]
        );
        assert_ne!(split, Split::by_writer(&data, 0.2, 0.1, 8));
        // A small fraction takes one writer, and one always stays to train on.
        assert_eq!(writers(&Split::by_writer(&data, 0.001, 0.0, 7).validation).len(), 1);
        assert_eq!(writers(&Split::by_writer(&data, 0.5, 0.5, 7).train).len(), 1);
        let nobody = data.select(&(100..200).collect::<Vec<_>>());
        assert_eq!(Split::by_writer(&nobody, 0.2, 0.1, 7), Split::stratified(&nobody, 0.2, 0.1, 7));
    }

    #[test]
    fn outliers_have_no_class_and_change_nothing_else() {
        let data = partly_written();
        let more = data.with_outliers(vec![9; 3]).unwrap();
        assert_eq!((more.len(), more.classes()), (203, data.classes()));
        assert_eq!(more.class_counts(), data.class_counts());
        assert_eq!(more.labels().unwrap()[199..], [4, NO_CLASS, NO_CLASS, NO_CLASS]);
        assert!(data.without_labels().with_outliers(vec![9]).is_err());
        let full = Dataset::new(1, vec![0; 1], Some(vec![255])).unwrap();
        assert!(full.with_outliers(vec![9]).is_err());
    }

    #[test]
    fn strokes_stay_with_their_images_until_the_images_change() {
        let data = partly_written();
        let line = |x: f32| -> Arc<[Stroke]> {
            [Stroke { points: vec![[x, 0.0], [x, 1.0]], ..Stroke::default() }].into()
        };
        let first = data.select(&[0, 1]).with_drawings(vec![line(0.0), line(1.0)]).unwrap();
        let both = first.joined(&data.select(&[5])).unwrap();
        assert_eq!(both.drawings().unwrap()[1][0].points[0], [1.0, 0.0]);
        assert!(both.drawings().unwrap()[2].is_empty());
        assert_eq!(both.select(&[2, 1]).drawings().unwrap()[1], line(1.0));
        assert_eq!(both.map_images(|_, image| image.to_vec()).drawings(), None);
        assert!(data.with_drawings(vec![line(0.0)]).is_err());
    }

    fn named(labels: &[u8], names: &[&str]) -> Dataset {
        let names: Vec<String> = names.iter().map(ToString::to_string).collect();
        let data = Dataset::new(2, vec![7; 4 * labels.len()], Some(labels.to_vec())).unwrap();
        data.with_class_names(names).unwrap()
    }

    #[test]
    fn class_names_and_ids_stay_with_their_images() {
        let ids = Ids::of(Some("id".into()), ["x", "y", "z"]);
        let data = named(&[0, 1, 1], &["cat", "dog", "bird"]).with_ids(ids.clone()).unwrap();
        assert_eq!((data.classes(), data.class_counts()), (3, vec![1, 2, 0]));
        let one = data.select(&[2]);
        assert_eq!((one.ids().unwrap().get(0), one.class_names()), ("z", data.class_names()));
        assert_eq!(data.without_labels().class_names(), data.class_names());
        assert_eq!(data.map_images(|_, image| image.to_vec()), data);
        let relabelled = data.clone().with_labels(vec![2; 3]).unwrap();
        assert_eq!((relabelled.ids(), relabelled.classes()), (Some(&ids), 3));
        assert!(data.clone().with_labels(vec![3; 3]).is_err(), "there is no fourth name");
        assert!(data.with_ids(Ids::of(None, ["x"])).is_err());
    }

    #[test]
    fn class_names_change_the_fingerprint_and_data_without_names_keep_theirs() {
        let plain = named(&[0, 1], &[]);
        assert_eq!(plain.fingerprint(), 0xc8be_46ad_1519_06f4);
        let (one, other) = (named(&[0, 1], &["cat", "dog"]), named(&[0, 1], &["dog", "cat"]));
        assert_ne!(one.fingerprint(), plain.fingerprint());
        assert_ne!(one.fingerprint(), other.fingerprint());
    }

    #[test]
    fn joined_sets_merge_their_classes_by_name() {
        let joined = named(&[0, 1], &["cat", "dog"])
            .joined(&named(&[0, 1, 2], &["bird", "cat", "dog"]))
            .unwrap();
        assert_eq!(joined.class_names(), ["cat", "dog", "bird"]);
        assert_eq!(joined.labels(), Some(&[0, 1, 2, 0, 1][..]));
        let mixed = named(&[0, 1], &[]).joined(&named(&[0, 1], &["A", "one"])).unwrap();
        assert_eq!(mixed.class_names(), ["0", "1", "A"]);
        assert_eq!(mixed.labels(), Some(&[0, 1, 2, 1][..]));
        let words = named(&[0, 1], &["zero", "one"]).joined(&named(&[1, 2], &[])).unwrap();
        assert_eq!(words.class_names(), ["zero", "one", "2"]);
        assert_eq!(words.labels(), Some(&[0, 1, 1, 2][..]));
    }

    #[test]
    fn classes_are_aligned_by_name_or_refused_with_both_lists() {
        let names = |words: &[&str]| words.iter().map(ToString::to_string).collect::<Vec<_>>();
        let data = named(&[0, 1, 1], &["dog", "cat"]);
        let aligned = data.aligned(&names(&["bird", "cat", "dog"]), 3, "the model").unwrap();
        assert_eq!(aligned.labels(), Some(&[2, 1, 1][..]));
        assert_eq!((aligned.classes(), aligned.class_names().len()), (3, 3));
        let error = data.aligned(&[], 10, "the model").unwrap_err().to_string();
        assert!(error.contains("are dog, cat, those of the model are 0–9"), "{error}");
        let words = named(&[0, 2], &["zero", "one", "two"]);
        assert_eq!(words.aligned(&[], 10, "the model").unwrap().labels(), Some(&[0, 2][..]));
        let unused = named(&[0, 0], &["one", "nowhere"]).aligned(&[], 10, "it").unwrap();
        assert_eq!(unused.labels(), Some(&[1, 1][..]), "a class without images asks for nothing");
    }

    #[test]
    fn too_little_memory_is_an_error() {
        let error = reserved(usize::MAX).expect_err("more than any machine has");
        assert!(error.to_string().contains("no memory"), "{error}");
        assert!(reserved(8).is_ok_and(|pixels| pixels.is_empty() && pixels.capacity() >= 8));
    }

    #[test]
    fn map_images_passes_each_index() {
        let data = Dataset::new(2, (0..12).collect(), Some(vec![0, 1, 2])).unwrap();
        let changed = data.map_images(|index, image| {
            image.iter().map(|pixel| pixel + 100 * (index == 1) as u8).collect()
        });
        assert_eq!(changed.pixels(), [0, 1, 2, 3, 104, 105, 106, 107, 8, 9, 10, 11]);
        assert_eq!((changed.labels(), changed.classes()), (data.labels(), 3));
    }
}
