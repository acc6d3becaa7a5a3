//! The generated images that a run trains on besides its data: built-in digits, strokes written again, ink that is no digit.
//! They come after the images of the data, and none of them is used for validation or test.

use crate::config::TrainConfig;
use crate::data::dataset::Split;
use crate::data::drawing::{AREA, SIDE};
use crate::data::{Dataset, TrainTest, not_digits, synth};
use crate::error::{Error, Result};
use crate::platform;
use crate::rng::{self, Purpose};

/// Adds what the recipe asks for to the training images and to the training part of the split.
///
/// # Errors
/// If such images do not fit the data, or memory does not suffice.
pub(super) fn add(
    datasets: TrainTest,
    classes: usize,
    train: &TrainConfig,
    split: &mut Split,
) -> Result<TrainTest> {
    let TrainTest { train: given, test } = datasets;
    let learned = split.train.clone();
    let first = given.len();
    let mut all = given;
    if train.builtin_digits > 0 {
        all = with_builtin(&all, classes, train)?;
    }
    if train.stroke_copies > 0 {
        all = with_copies(&all, &learned, train)?;
    }
    if train.not_digits > 0 {
        all = with_outliers(&all, classes, train)?;
    }
    split.train.extend(first..all.len());
    Ok(TrainTest { train: all, test })
}

/// The images with built-in digits, which differ from those used as data.
fn with_builtin(data: &Dataset, classes: usize, train: &TrainConfig) -> Result<Dataset> {
    if data.side() != SIDE || classes < synth::CLASSES {
        return Err(Error::config(format!(
            "built-in digits are {SIDE}×{SIDE} images of {} classes, the images here are {1}×{1} of {classes}",
            synth::CLASSES,
            data.side(),
        ))
        .setting("builtin_digits")
        .help("Choose 0 built-in digits"));
    }
    let seed = rng::derive(train.seed, Purpose::Synth, &[]);
    let builtin = synth::generate_with(train.builtin_digits, seed, train.rare_styles)?
        .aligned(data.class_names(), classes, "the training images")
        .map_err(|error| error.help("Choose 0 built-in digits"))?;
    data.joined(&builtin)
}

/// The images with copies of those at `learned` that were drawn, each written again. Neither those of validation nor those of
/// the test are copied.
fn with_copies(data: &Dataset, learned: &[usize], train: &TrainConfig) -> Result<Dataset> {
    let drawings = data.drawings().unwrap_or_default();
    let drawn = |index: &usize| drawings.get(*index).is_some_and(|strokes| !strokes.is_empty());
    let drawn: Vec<usize> = learned.iter().copied().filter(drawn).collect();
    if drawn.is_empty() {
        return Err(Error::config("none of the training images came as strokes")
            .setting("stroke_copies")
            .help("Choose 0 copies, or add a file of pen strokes"));
    }
    let originals: Vec<usize> =
        (0..train.stroke_copies).flat_map(|_| drawn.iter().copied()).collect();
    let copies = data.select(&originals).map_images(|copy, _| {
        let mut rng = rng::stream(train.seed, Purpose::Rewrite, &[copy as u64]);
        synth::rewrite(&drawings[originals[copy]], &mut rng).to_vec()
    });
    data.joined(&copies)
}

/// The images with ink that is no digit.
fn with_outliers(data: &Dataset, classes: usize, train: &TrainConfig) -> Result<Dataset> {
    if data.side() != SIDE {
        return Err(Error::config(format!(
            "ink that is no digit is drawn in {SIDE}×{SIDE} images, those here are {0}×{0}",
            data.side()
        ))
        .setting("not_digits")
        .help("Choose 0 images that are no digits"));
    }
    let mut pixels = vec![0; train.not_digits * AREA];
    platform::for_each_chunk(&mut pixels, AREA, |index, image| {
        image.copy_from_slice(&not_digits::training_image(train.seed, index as u64));
    });
    data.clone().with_classes(classes).with_outliers(pixels)
}
