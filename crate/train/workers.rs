//! A step in parts, computed by several workers in parallel.
//!
//! A browser gives a module one thread. More workers have modules of their own: they share no memory, and need
//! neither a special build nor a cross-origin isolated page. A batch is cut into the same parts whatever the number
//! of workers, and their results are added in the order of the parts, so the run is the same. The same holds for
//! evaluations.

use std::fmt::Debug;

use burn::tensor::{Tensor, Transaction};

use crate::config::ModelConfig;
use crate::data::Dataset;
use crate::data::augment::Augment;
use crate::data::batch::{self, Batch};
use crate::device;
use crate::error::{Error, ErrorKind, Result};
use crate::model::read::read_all;
use crate::platform::{BoxFuture, MaybeSend};
use crate::protocol::RunSettings;
use crate::rng::{self, Purpose};
use crate::train::step::{self, TrainState};
use crate::weights::{self, Weights};

pub use crate::cost::micro_batch_count;

/// A part of a batch: what a worker needs besides settings and weights.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MicroBatch {
    /// Epoch, step in it, and index of the part in the batch, all counted from 0.
    pub moment: [u32; 3],
    /// The indices of the images in the data, `[images]`, which determine their augmentation.
    pub indices: Vec<u32>,
    /// The images without augmentation, `[images, side, side]`.
    pub pixels: Vec<u8>,
    /// Their labels, `[images]`.
    pub labels: Vec<u8>,
}

/// The result of one part. In training the gradient of its mean loss, then mean loss and number of correct images,
/// `[parameters + 2]`; in evaluation the logits, `[images, classes]`.
pub type PartialResult = Vec<f32>;

/// The future results of the parts of a batch, in their order.
pub type PendingResults<'a> = BoxFuture<'a, Result<Vec<PartialResult>>>;

/// Workers that compute in parallel.
pub trait WorkerPool: Debug + MaybeSend {
    /// Sets the settings of the parts to come.
    ///
    /// # Errors
    /// If the settings cannot be passed on.
    fn configure(&self, settings: &RunSettings) -> Result<()>;

    /// Computes the gradients of `parts` at `weights`.
    fn gradients(&self, weights: &[f32], parts: &[MicroBatch]) -> PendingResults<'_>;

    /// Computes the logits of images, `[images, side, side]` in each part, at `weights`.
    fn logits(&self, weights: &[f32], parts: &[Vec<u8>]) -> PendingResults<'_>;
}

/// Cuts the images at `indices`, the batch of a step, into `parts` parts.
pub fn micro_batches(
    data: &Dataset,
    indices: &[usize],
    parts: usize,
    epoch: usize,
    step: usize,
) -> Vec<MicroBatch> {
    let part = |(place, indices): (usize, &[usize])| MicroBatch {
        moment: [epoch, step, place].map(|count| count as u32),
        indices: indices.iter().map(|&index| index as u32).collect(),
        pixels: pixels(data, indices),
        labels: batch::labels(data, indices),
    };
    indices.chunks(indices.len().div_ceil(parts)).enumerate().map(part).collect()
}

/// The images at `indices` without augmentation, `[images, side, side]`.
pub fn pixels(data: &Dataset, indices: &[usize]) -> Vec<u8> {
    indices.iter().flat_map(|&index| data.image(index)).copied().collect()
}

/// Combines the results of the parts into that of the batch: the gradient of the mean loss, `[parameters]`; mean loss
/// and number of correct images.
///
/// # Errors
/// If a result is missing.
pub fn combine(
    parts: &[MicroBatch],
    found: &[PartialResult],
    parameters: usize,
) -> Result<(Vec<f32>, [f32; 2])> {
    if parts.len() != found.len() || found.iter().any(|found| found.len() != parameters + 2) {
        return Err(unanswered("a gradient"));
    }
    let images: usize = parts.iter().map(|part| part.labels.len()).sum();
    let mut gradient = vec![0.0; parameters];
    let [mut loss, mut correct] = [0.0; 2];
    for (part, found) in parts.iter().zip(found) {
        let share = part.labels.len() as f32 / images as f32;
        for (sum, value) in gradient.iter_mut().zip(found) {
            *sum += share * value;
        }
        loss += share * found[parameters];
        correct += found[parameters + 1];
    }
    Ok((gradient, [loss, correct]))
}

/// Computes the gradients of parts on the CPU.
#[derive(Debug)]
pub struct Worker {
    train_state: TrainState,
}

impl Worker {
    /// A worker for a run with these settings.
    ///
    /// # Errors
    /// If they are impossible.
    pub fn new(settings: &RunSettings) -> Result<Self> {
        settings.validate()?;
        let RunSettings { model, train } = settings;
        let nothing = Weights { config: model.clone(), flat: vec![0.0; weights::count(model)] };
        let train_state = TrainState::new(&nothing, train, &device::cpu().device)?;
        Ok(Self { train_state })
    }

    /// The result of a part at `weights`, `[parameters]`.
    ///
    /// # Errors
    /// If the number of weights or images is wrong.
    pub async fn gradient(&mut self, weights: &[f32], part: &MicroBatch) -> Result<PartialResult> {
        let batch = self.batch(part)?;
        self.train_state.weights = self.taken(weights)?;
        let (_, recipe) = self.train_state.settings();
        let seed = rng::derive(recipe.seed, Purpose::Dropout, &part.moment.map(u64::from));
        let (gradient, figures) = self.train_state.gradient(&batch, seed)?;
        let read = Transaction::default().register(gradient).register(figures);
        let [mut found, figures] = read_all(read).await?;
        found.extend(figures);
        Ok(found)
    }

    /// The logits of images, `[images, side, side]`, at `weights`, `[parameters]`: `[images, classes]`.
    ///
    /// # Errors
    /// If the number of weights or pixels is wrong.
    pub async fn logits(&self, weights: &[f32], pixels: &[u8]) -> Result<PartialResult> {
        let (config, _) = self.train_state.settings();
        let side = config.image_size;
        let images: Vec<_> = pixels.chunks(side * side).map(|image| (0, image)).collect();
        if images.is_empty() || !pixels.len().is_multiple_of(side * side) {
            return Err(mismatch("images"));
        }
        let weights = self.taken(weights)?;
        let images = batch::augmented(&images, side, &Augment::NONE, 0, 0);
        let images = step::images(images, side, &weights.device());
        let logits = step::model(config, weights).forward(images);
        let [found] = read_all(Transaction::default().register(logits)).await?;
        Ok(found)
    }

    /// Weights on the device.
    fn taken(&self, weights: &[f32]) -> Result<Tensor<1>> {
        let known = &self.train_state.weights;
        if weights.len() != known.dims()[0] {
            return Err(mismatch("weights"));
        }
        Ok(Tensor::from_data(weights, &known.device()))
    }

    /// A part as a batch of augmented images.
    fn batch(&self, part: &MicroBatch) -> Result<Batch> {
        let count = part.labels.len();
        let (&ModelConfig { image_size: side, .. }, recipe) = self.train_state.settings();
        if part.indices.len() != count || part.pixels.len() != count * side * side {
            return Err(mismatch("images"));
        }
        let [epoch, ..] = part.moment;
        let (augment, seed) = (recipe.augment_of(epoch as usize), recipe.seed);
        let numbers = part.indices.iter().map(|&index| index as usize);
        let images: Vec<_> = numbers.zip(part.pixels.chunks_exact(side * side)).collect();
        let images = batch::augmented(&images, side, &augment, seed, u64::from(epoch));
        Ok(Batch { images, labels: part.labels.clone() })
    }
}

/// The error for a missing or unexpected answer of a worker.
pub(super) fn unanswered(what: &str) -> Error {
    Error::new(ErrorKind::Device, format!("a worker did not answer with {what}"))
        .help("Resume from the last checkpoint")
}

fn mismatch(what: &str) -> Error {
    Error::new(ErrorKind::Device, format!("a part of a batch came with another number of {what}"))
        .help("Resume from the last checkpoint")
}
