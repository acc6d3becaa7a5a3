//! The page's data and training: files as bytes, and at most one run.
//!
//! Plain library code, independent of browsers; `crate::web` exposes it to JavaScript.

mod corrections;
mod file_store;
mod kept;
mod predictions;
mod race;
#[cfg(feature = "report")]
mod report;
mod teacher;

use std::sync::Arc;

use burn::tensor::Device;

use crate::checkpoint::Checkpoint;
use crate::data::Dataset;
use crate::data::TrainTest;
use crate::device;
use crate::error::{Error, Result};
use crate::metrics::largest;
use crate::protocol::{
    Command, DataReport, EpochDetail, Evaluation, Event, FileReport, RunSettings, SamplePrediction,
};
use crate::train::workers::WorkerPool;
use crate::train::{Race, Session, orientation};
use crate::weights::{ModelCard, Storage, Weights};
use crate::words::counted;

pub use file_store::FileStore;
pub use kept::KeptFile;
pub use predictions::FilePredictions;
use predictions::Predicting;

/// The most images that a known-good model checks, since other calls wait for it.
const CHECKED: usize = 100;

/// The most mistakes of an epoch to report.
const MISTAKES: usize = 500;
/// Images whose predictions are reported each epoch.
const SAMPLES: usize = 60;

/// Data and at most one training run on one device.
#[derive(Debug)]
pub struct Workspace {
    device: Device,
    /// The user's files.
    pub files: FileStore,
    datasets: Option<TrainTest>,
    fractions: (f64, f64),
    session: Option<Session>,
    race: Option<Race>,
    tested: Option<Evaluation>,
    pool: Option<Arc<dyn WorkerPool>>,
    predicting: Option<Predicting>,
}

/// A choice of the weights of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WeightSet {
    /// The current weights.
    Current,
    /// The weights of the best epoch.
    Best,
}

impl Workspace {
    /// A workspace that computes on `device`.
    pub fn new(device: Device) -> Self {
        Self {
            device,
            files: FileStore::default(),
            datasets: None,
            fractions: (0.0, 0.0),
            session: None,
            race: None,
            tested: None,
            pool: None,
            predicting: None,
        }
    }

    /// A workspace that computes on the CPU and shares steps and evaluations with `pool`.
    pub fn with_workers(pool: Arc<dyn WorkerPool>) -> Self {
        Self { pool: Some(pool), ..Self::new(device::cpu().device) }
    }

    /// Combines the files into training, validation and test images.
    ///
    /// # Errors
    /// If there is nothing to train on, or files do not fit together.
    pub fn prepare(&mut self, validation: f64, test: f64, seed: u64) -> Result<DataReport> {
        self.datasets = None;
        let (datasets, report) = self.files.datasets(validation, test, seed)?;
        self.datasets = Some(datasets);
        self.fractions = (validation, test);
        Ok(report)
    }

    /// Starts a run on the prepared images, from fresh weights or from those of a safetensors file, whose
    /// model must match the settings except for dropout.
    ///
    /// # Errors
    /// If nothing is prepared, a setting is impossible, or the data does not fit the model.
    pub fn start(&mut self, settings: RunSettings, weights: Option<&[u8]>) -> Result<()> {
        let datasets = self.prepared()?.clone();
        let RunSettings { model, mut train } = settings;
        (train.validation_fraction, train.test_fraction) = self.fractions;
        self.tested = None;
        let session = match weights {
            None => Session::new(model, train, datasets, &self.device)?,
            Some(bytes) => {
                let (weights, card) = Weights::from_safetensors(bytes)?;
                let fit = datasets.fit_model(&card.class_names, weights.config.classes);
                let datasets = fit.unwrap_or(datasets);
                Session::start(weights.to_train_as(&model)?, train, datasets, &self.device)?
            }
        };
        self.begin(session)
    }

    /// Resumes a run from its checkpoint.
    ///
    /// # Errors
    /// If the checkpoint is damaged or the prepared images are not those the run started with.
    pub fn resume(&mut self, checkpoint: &[u8]) -> Result<()> {
        let datasets = self.prepared()?.clone();
        let checkpoint = Checkpoint::from_bytes(checkpoint)?;
        self.tested = None;
        self.begin(Session::resume(checkpoint, datasets, &self.device)?)
    }

    fn begin(&mut self, mut session: Session) -> Result<()> {
        // The workers that share them are about to get another model.
        self.predicting = None;
        self.race = None;
        if let Some(pool) = &self.pool {
            session.share(pool.clone())?;
        }
        self.session = Some(session);
        Ok(())
    }

    /// Discards the run.
    pub fn reset(&mut self) {
        self.session = None;
        self.tested = None;
    }

    /// Sends the run a command.
    pub fn command(&mut self, command: Command) -> Vec<Event> {
        self.session.as_mut().map_or_else(Vec::new, |session| session.command(command))
    }

    /// Does one small piece of work.
    ///
    /// # Errors
    /// If the device fails or the loss is no longer a number.
    pub async fn step(&mut self) -> Result<Vec<Event>> {
        let Some(session) = &mut self.session else { return Ok(Vec::new()) };
        let events = session.step().await?;
        for event in &events {
            if let Event::Tested(evaluation) = event {
                self.tested = Some(evaluation.clone());
            }
        }
        Ok(events)
    }

    /// The run.
    pub fn session(&self) -> Option<&Session> {
        self.session.as_ref()
    }

    /// The test figures, once evaluated.
    pub fn tested(&self) -> Option<&Evaluation> {
        self.tested.as_ref()
    }

    /// The run as checkpoint bytes.
    ///
    /// # Errors
    /// If there is no run, the device fails, or a weight is not a number.
    pub async fn checkpoint(&mut self) -> Result<Vec<u8>> {
        let session = self.session.as_mut().ok_or_else(no_run)?;
        session.checkpoint().await?.to_bytes()
    }

    /// The weights of the run as a safetensors file.
    ///
    /// # Errors
    /// If there is no run, or the device fails.
    pub async fn weights(&self, which: WeightSet) -> Result<Vec<u8>> {
        weights_of(self.running()?, which).await
    }

    /// Evaluates some images of a file with a known-good model (a safetensors file), as they are and with rows and
    /// columns swapped; the finding becomes one of the file's notices.
    ///
    /// # Errors
    /// If there is no such file, the model is damaged, or the device fails.
    pub async fn check_orientation(&mut self, file: u32, model: &[u8]) -> Result<FileReport> {
        let (weights, card) = Weights::from_safetensors(model)?;
        let all = self.files.data(file)?;
        let stride = all.len().div_ceil(CHECKED).max(1);
        let data = all.select(&(0..all.len()).step_by(stride).collect::<Vec<_>>());
        let model = (&weights, card.class_names.as_slice());
        let found = orientation::compare(model, &data, &self.device).await?;
        self.files.set_comparison(file, found)
    }

    /// The last validation results; `None` before the first.
    pub fn detail(&self) -> Option<EpochDetail> {
        self.session.as_ref().and_then(detail_of)
    }

    /// The pixels of training images by index, `[images, side, side]`.
    ///
    /// # Errors
    /// If there is no such image.
    pub fn images(&self, indices: &[u32]) -> Result<Vec<u8>> {
        pixels(&self.prepared()?.train, indices)
    }

    fn prepared(&self) -> Result<&TrainTest> {
        self.datasets.as_ref().ok_or_else(|| {
            Error::data("there are no images to learn from")
                .help("Add a file with labels, or use the real or the built-in digits")
        })
    }

    fn running(&self) -> Result<&Session> {
        self.session.as_ref().ok_or_else(no_run)
    }
}

/// The weights of a run as a safetensors file.
async fn weights_of(session: &Session, which: WeightSet) -> Result<Vec<u8>> {
    let weights = match which {
        WeightSet::Current => session.current().await?,
        WeightSet::Best => session.weights().await?,
    };
    let epochs = session.history().len();
    let recipe = format!("Trained with Patchwork for {} in a browser", counted(epochs, "epoch"));
    let class_names = session.class_names();
    weights.to_safetensors(&ModelCard { recipe, class_names }, Storage::F32)
}

/// The last validation results of a run; `None` before the first.
fn detail_of(session: &Session) -> Option<EpochDetail> {
    let evaluation = session.validation()?;
    let data = &session.datasets().train;
    let labels = data.labels()?;
    let classes = evaluation.confusion.classes();
    let rows = evaluation.probabilities.chunks_exact(classes);
    let seen: Vec<SamplePrediction> = session
        .split()
        .validation
        .iter()
        .zip(rows)
        .map(|(&index, row)| {
            let prediction = largest(row);
            let label = usize::from(labels[index]);
            SamplePrediction { index, label, prediction, confidence: row[prediction] }
        })
        .collect();
    let mut mistakes: Vec<SamplePrediction> =
        seen.iter().copied().filter(|seen| seen.label != seen.prediction).collect();
    mistakes.sort_by(|a, b| b.confidence.total_cmp(&a.confidence));
    mistakes.truncate(MISTAKES);
    let stride = seen.len().div_ceil(SAMPLES).max(1);
    Some(EpochDetail {
        epoch: session.history().len(),
        loss: evaluation.loss,
        accuracy: evaluation.accuracy,
        confusion: evaluation.confusion.clone(),
        mistakes,
        samples: seen.into_iter().step_by(stride).collect(),
    })
}

fn no_run() -> Error {
    Error::config("there is no run").help("Start one, or resume a kept one")
}

/// The pixels of some images of a set, `[images, side, side]`.
pub(crate) fn pixels(data: &Dataset, indices: &[u32]) -> Result<Vec<u8>> {
    let mut pixels = Vec::with_capacity(indices.len() * data.side() * data.side());
    for &index in indices {
        if index as usize >= data.len() {
            return Err(Error::data(format!("there is no image {index}")));
        }
        pixels.extend_from_slice(data.image(index as usize));
    }
    Ok(pixels)
}
