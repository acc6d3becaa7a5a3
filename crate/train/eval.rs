//! Evaluation: logits of many images, and what they are worth.

use burn::tensor::activation::softmax;
use burn::tensor::{Device, FloatDType, Tensor, Transaction};

use crate::config::ModelConfig;
use crate::data::Dataset;
use crate::data::batch;
use crate::error::Result;
use crate::metrics::{Confusion, largest};
use crate::model::Vit;
use crate::model::fused::Kernels;
use crate::model::read::read_all;
use crate::protocol::Evaluation;
use crate::train::loss;
use crate::train::step;

/// Images in a batch, at most.
const BATCH: usize = 256;

/// Goes through a set of images batch by batch.
#[derive(Debug)]
pub struct Evaluator {
    model: Vit,
    config: ModelConfig,
    indices: Vec<usize>,
    batch_size: usize,
    done: usize,
    loss: f64,
    confusion: Confusion,
    probabilities: Vec<f32>,
}

impl Evaluator {
    /// An evaluation of the images at `indices` by the model whose weights are `flat`.
    pub fn new(config: &ModelConfig, flat: Tensor<1>, indices: Vec<usize>) -> Self {
        Self {
            model: Vit::with_kernels(Kernels::Fused, config, flat.inner(), FloatDType::F32, None),
            config: config.clone(),
            batch_size: BATCH.min(indices.len()).max(1),
            indices,
            done: 0,
            loss: 0.0,
            confusion: Confusion::new(config.classes),
            probabilities: Vec::new(),
        }
    }

    /// Images done, and images in all.
    pub fn progress(&self) -> (usize, usize) {
        (self.done, self.indices.len())
    }

    /// Evaluates the next batch of `data`; does nothing when all are done.
    ///
    /// # Errors
    /// Where the device fails.
    pub async fn step(&mut self, data: &Dataset, device: &Device) -> Result<()> {
        let end = (self.done + self.batch_size).min(self.indices.len());
        if self.done == end {
            return Ok(());
        }
        let batch = batch::evaluation(data, &self.indices[self.done..end], self.batch_size);
        let images = step::images(batch.images, self.config.image_size, device);
        let targets = loss::targets(&batch.labels, self.config.classes, 0.0, device);
        let logits = self.model.forward(images);
        let losses = loss::cross_entropy(logits.clone(), targets);
        let read = Transaction::default().register(softmax(logits, 1)).register(losses);
        let [probabilities, losses] = read_all(read).await?;
        let classes = self.config.classes;
        for (row, &label) in probabilities.chunks_exact(classes).zip(&batch.labels[..batch.counted])
        {
            self.confusion.record(usize::from(label), largest(row))?;
        }
        self.loss += losses[..batch.counted].iter().map(|&loss| f64::from(loss)).sum::<f64>();
        self.probabilities.extend(&probabilities[..batch.counted * classes]);
        self.done = end;
        Ok(())
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
}

/// Evaluates the whole of `data`, reporting images done and images in all after each batch.
///
/// # Errors
/// Where the device fails.
pub async fn evaluate(
    config: &ModelConfig,
    flat: Tensor<1>,
    data: &Dataset,
    mut progress: impl FnMut(usize, usize),
) -> Result<Evaluation> {
    let device = flat.device();
    let mut evaluator = Evaluator::new(config, flat, (0..data.len()).collect());
    loop {
        let (done, total) = evaluator.progress();
        progress(done, total);
        if done == total {
            return Ok(evaluator.finish());
        }
        evaluator.step(data, &device).await?;
    }
}
