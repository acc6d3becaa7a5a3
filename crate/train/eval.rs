//! Evaluation: logits of many images, and the resulting figures.

use std::sync::Arc;

use burn::tensor::{Tensor, Transaction};

use crate::config::ModelConfig;
use crate::data::Dataset;
use crate::data::batch;
use crate::error::Result;
use crate::metrics::{Confusion, largest, log_softmax};
use crate::model::Network;
use crate::model::read::read_all;
use crate::protocol::Evaluation;
use crate::train::step;
use crate::train::workers::{self, WorkerPool};
use crate::weights;

/// The most images in a batch.
const BATCH: usize = 256;
/// The most images in a batch shared by several workers: few enough that a waiting request need not wait long
/// for the batch to end.
const SHARED_BATCH: usize = 512;

/// Evaluates a set of images batch by batch.
#[derive(Debug)]
pub struct Evaluator {
    model: Network,
    flat: Tensor<1>,
    config: ModelConfig,
    pool: Option<Arc<dyn WorkerPool>>,
    indices: Vec<usize>,
    batch_size: usize,
    done: usize,
    loss: f64,
    confusion: Confusion,
    probabilities: Vec<f32>,
}

impl Evaluator {
    /// An evaluation of the images at `indices` by the model whose weights are `flat`.
    ///
    /// # Errors
    /// If the model is impossible, or has another number of weights.
    pub fn new(config: &ModelConfig, flat: Tensor<1>, indices: Vec<usize>) -> Result<Self> {
        weights::check_count(config, flat.dims()[0])?;
        Ok(Self::of(config, flat, indices))
    }

    /// [`Evaluator::new`] for weights that are known to match the model.
    pub(super) fn of(config: &ModelConfig, flat: Tensor<1>, indices: Vec<usize>) -> Self {
        let flat = flat.inner();
        Self {
            model: step::model(config, flat.clone()),
            flat,
            config: config.clone(),
            pool: None,
            batch_size: BATCH.min(indices.len()).max(1),
            indices,
            done: 0,
            loss: 0.0,
            confusion: Confusion::new(config.classes),
            probabilities: Vec::new(),
        }
    }

    /// Shares the remaining batches with `pool`, which must be configured for the model
    /// ([`WorkerPool::configure`]).
    pub fn share(&mut self, pool: Arc<dyn WorkerPool>) {
        self.pool = Some(pool);
        self.batch_size = SHARED_BATCH.min(self.indices.len()).max(1);
    }

    /// Images done, and images in all.
    pub fn progress(&self) -> (usize, usize) {
        (self.done, self.indices.len())
    }

    /// Evaluates the next batch of `data`; does nothing when all are done.
    ///
    /// # Errors
    /// If the device fails.
    pub async fn step(&mut self, data: &Dataset) -> Result<()> {
        let end = (self.done + self.batch_size).min(self.indices.len());
        if self.done == end {
            return Ok(());
        }
        let indices = &self.indices[self.done..end];
        let parts = workers::micro_batch_count(&self.config, indices.len());
        let logits = match &self.pool {
            Some(pool) if parts > 1 => self.shared(&**pool, data, indices, parts).await?,
            _ => self.alone(data, indices).await?,
        };
        let labels = batch::labels(data, indices);
        for (row, &label) in logits.chunks_exact(self.config.classes).zip(&labels) {
            self.confusion.record(usize::from(label), largest(row))?;
            let found = log_softmax(row);
            self.loss -= f64::from(found[usize::from(label)]);
            self.probabilities.extend(found.into_iter().map(f32::exp));
        }
        self.done = end;
        Ok(())
    }

    /// The logits of the images at `indices`, `[images, classes]`; extra rows may follow.
    async fn alone(&self, data: &Dataset, indices: &[usize]) -> Result<Vec<f32>> {
        let pixels = batch::evaluation(data, indices, self.batch_size);
        let images = step::images(pixels, self.config.image_size, &self.flat.device());
        let logits = self.model.forward(images);
        let [logits] = read_all(Transaction::default().register(logits)).await?;
        Ok(logits)
    }

    /// [`Self::alone`] with the help of the worker pool.
    async fn shared(
        &self,
        pool: &dyn WorkerPool,
        data: &Dataset,
        indices: &[usize],
        parts: usize,
    ) -> Result<Vec<f32>> {
        let pixels = |indices: &[usize]| workers::pixels(data, indices);
        let parts: Vec<_> = indices.chunks(indices.len().div_ceil(parts)).map(pixels).collect();
        let [weights] = read_all(Transaction::default().register(self.flat.clone())).await?;
        let logits = pool.logits(&weights, &parts).await?.concat();
        if logits.len() != indices.len() * self.config.classes {
            return Err(workers::unanswered("logits"));
        }
        Ok(logits)
    }

    /// The figures of the images done.
    pub fn finish(self) -> Evaluation {
        Evaluation {
            loss: self.loss / self.done.max(1) as f64,
            accuracy: self.confusion.accuracy(),
            confusion: self.confusion,
            probabilities: self.probabilities,
        }
    }

    /// Evaluates the rest of `data`, reporting images done and images in all before each batch.
    ///
    /// # Errors
    /// If the device fails.
    pub async fn run(
        mut self,
        data: &Dataset,
        mut progress: impl FnMut(usize, usize),
    ) -> Result<Evaluation> {
        loop {
            let (done, total) = self.progress();
            progress(done, total);
            if done == total {
                return Ok(self.finish());
            }
            self.step(data).await?;
        }
    }
}

/// Evaluates all of `data`, reporting images done and images in all.
///
/// # Errors
/// If the device fails.
pub async fn evaluate(
    config: &ModelConfig,
    flat: Tensor<1>,
    data: &Dataset,
    progress: impl FnMut(usize, usize),
) -> Result<Evaluation> {
    Evaluator::new(config, flat, (0..data.len()).collect())?.run(data, progress).await
}
