//! Our own side: Patchwork's training state on a device.

use std::time::Instant;

use burn::tensor::{FloatDType, Tensor};
use patchwork::config::{ModelConfig, TrainConfig};
use patchwork::data::batch::Batch;
use patchwork::device::OpenDevice;
use patchwork::error::Result;
use patchwork::model::Network;
use patchwork::model::fused::Kernels;
use patchwork::predictor::Predictor;
use patchwork::train::step::{TrainState, compute_type, images};

use crate::report::Launches;
use crate::{Ahead, Case, Side, start};

/// The learning rate of all benchmarks.
pub const RATE: f64 = 1e-3;
/// The weight decay of all benchmarks.
pub const DECAY: f64 = 0.05;

/// Weights in training, and the same weights for predictions.
pub struct Ours {
    kernels: Kernels,
    train_state: TrainState,
    batch: Batch,
    first_loss: f64,
    predictor: Predictor,
    model: Network,
    images: Tensor<4>,
}

/// The recipe of a case: its preset's, without what other systems' benchmarks lack.
pub fn recipe(case: Case) -> TrainConfig {
    TrainConfig {
        clip_norm: 0.0,
        weight_decay: DECAY,
        ema_decay: 0.0,
        label_smoothing: 0.0,
        batch_size: case.batch,
        precision: case.precision,
        ..case.preset.training()
    }
}

/// The model of a case: its preset's, without dropout.
pub fn model(case: Case) -> ModelConfig {
    let preset = case.preset.model(28, 10);
    ModelConfig { dropout: 0.0, attention_dropout: 0.0, stochastic_depth: 0.0, ..preset }
}

impl Ours {
    /// A training state that has taken its first step.
    pub fn new(case: Case, found: &OpenDevice, kernels: Kernels) -> Result<Self> {
        let (weights, device) = (start::weights(&model(case)), &found.device);
        let mut train_state = TrainState::new(&weights, &recipe(case), device)?;
        train_state.kernels = kernels;
        let batch = start::batch(case.batch);
        let first_loss = step(&mut train_state, &batch);
        let dtype = compute_type(case.precision, device)?;
        let flat = Tensor::from_data(weights.flat.as_slice(), device);
        let model = Network::new(kernels, &weights.config.architecture(), flat, dtype, None);
        let images = images(batch.images.clone(), weights.config.image_size, device).cast(dtype);
        let predictor = Predictor::new(&weights, device)?;
        Ok(Self { kernels, train_state, batch, first_loss, predictor, model, images })
    }

    /// The kernels that a step launches, if the device has kernels; `listed` of them with their times.
    pub fn launches(&mut self, listed: usize) -> Option<Launches> {
        // The first step also launches kernels for autotuning.
        step(&mut self.train_state, &self.batch);
        self.watched(listed)
    }

    #[cfg(feature = "cube")]
    fn watched(&mut self, listed: usize) -> Option<Launches> {
        let mut watch =
            |timed| crate::launches::watch(timed, || _ = step(&mut self.train_state, &self.batch));
        let count = watch(false).iter().map(|kernel| kernel.launches).sum();
        let mut kernels = if listed > 0 { watch(true) } else { Vec::new() };
        let milliseconds = kernels.iter().map(|kernel| kernel.milliseconds).sum();
        kernels.truncate(listed);
        (count > 0).then_some(Launches { count, milliseconds, kernels })
    }

    #[cfg(not(feature = "cube"))]
    fn watched(&mut self, _listed: usize) -> Option<Launches> {
        None
    }
}

/// Takes one step and reads its loss.
fn step(train_state: &mut TrainState, batch: &Batch) -> f64 {
    read(train_state.step(batch, RATE, 0).expect("a step").values)
}

fn read(values: Tensor<1>) -> f64 {
    f64::from(values.into_data().try_to_vec::<f32>().expect("32-bit floats")[0])
}

fn milliseconds(work: impl FnOnce()) -> f64 {
    let start = Instant::now();
    work();
    start.elapsed().as_secs_f64() * 1e3
}

impl Side for Ours {
    fn name(&self) -> String {
        match self.kernels {
            Kernels::Fused => "Patchwork".into(),
            Kernels::Operations => "Patchwork, operation by operation".into(),
            Kernels::Reference => "Patchwork, layers".into(),
        }
    }

    fn first_loss(&self) -> f64 {
        self.first_loss
    }

    fn steps(&mut self, count: usize) -> Result<Vec<f64>> {
        let mut one = || milliseconds(|| _ = step(&mut self.train_state, &self.batch));
        Ok((0..count).map(|_| one()).collect())
    }

    fn ahead(&mut self, count: usize) -> Result<Ahead> {
        let (start, mut last) = (Instant::now(), None);
        let host = (0..count)
            .map(|_| {
                milliseconds(|| {
                    last = Some(self.train_state.step(&self.batch, RATE, 0).expect("a step").values)
                })
            })
            .collect();
        if let Some(values) = last {
            read(values);
        }
        Ok(Ahead { host, total: start.elapsed().as_secs_f64() * 1e3 })
    }

    fn predictions(&mut self, count: usize) -> Result<Vec<f64>> {
        let image: Vec<u8> =
            self.batch.images[..784].iter().map(|x| (x * 127.5 + 127.5) as u8).collect();
        let predict = || pollster::block_on(self.predictor.predict(&image));
        let timed = |_| {
            let start = Instant::now();
            predict().map(|_| start.elapsed().as_secs_f64() * 1e3)
        };
        (0..count).map(timed).collect()
    }

    fn forwards(&mut self, count: usize) -> Result<Vec<f64>> {
        let forward =
            || drop(self.model.forward(self.images.clone()).cast(FloatDType::F32).into_data());
        Ok((0..count).map(|_| milliseconds(forward)).collect())
    }
}

/// The losses after 60 steps on one batch: with weight decay on matrices and kernels only, as in this crate,
/// and with decay on all weights, as in the benchmarks of other systems.
pub fn losses(case: Case, found: &OpenDevice) -> Result<[f64; 2]> {
    const STEPS: usize = 60;
    let (weights, batch) = (start::weights(&model(case)), start::batch(case.batch));
    let mut ours = TrainState::new(&weights, &recipe(case), &found.device)?;
    for _ in 0..STEPS {
        step(&mut ours, &batch);
    }
    let undecayed = TrainConfig { weight_decay: 0.0, ..recipe(case) };
    let mut all = TrainState::new(&weights, &undecayed, &found.device)?;
    for _ in 0..STEPS {
        let before = all.weights.clone();
        step(&mut all, &batch);
        all.weights = all.weights.clone() - before * (RATE * DECAY);
    }
    Ok([step(&mut ours, &batch), step(&mut all, &batch)])
}
