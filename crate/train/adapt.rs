//! Adapting a model to one person's handwriting from a few drawings, within seconds.
//!
//! All weights are trained for a short while: a third of each batch are the person's drawings, written again each time
//! ([`synth::rewrite`]), the others are images by many writers, so that the model forgets none of them (rehearsal, Robins
//! 1995, "Catastrophic forgetting, rehearsal and pseudorehearsal").

use burn::tensor::{Device, Transaction};

use crate::config::{OptimizerKind, TrainConfig};
use crate::data::augment::Augment;
use crate::data::batch::Batch;
use crate::data::{Dataset, synth};
use crate::error::{Error, Result};
use crate::model::read::read_all;
use crate::platform;
use crate::rng::{self, Purpose, RngExt};
use crate::train::schedule::learning_rate;
use crate::train::step::TrainState;
use crate::weights::Weights;

/// How a model is adapted.
#[derive(Debug, Clone, PartialEq)]
pub struct AdaptConfig {
    /// Training steps.
    pub steps: usize,
    /// Images in a step: a third of them the person's, the rest by others.
    pub batch_size: usize,
    /// Peak learning rate of AdamW; it falls along half a cosine.
    pub learning_rate: f64,
    /// Random deformation of all images.
    pub augment: Augment,
    /// Seed of everything random.
    pub seed: u64,
}

impl Default for AdaptConfig {
    fn default() -> Self {
        let augment = Augment { rotate: 8.0, shift: 1.0, scale: 0.08, shear: 8.0, ..Augment::NONE };
        Self { steps: 60, batch_size: 64, learning_rate: 4e-4, augment, seed: 0 }
    }
}

/// One in so many images of a batch is the person's. With one in two, MNIST's images were read worse than they may.
const OWN_OF: usize = 3;

/// The two kinds of images in a batch, as parts of their random streams.
const OWN: u64 = 0;
const OTHERS: u64 = 1;

/// The model's weights after it has learned from `drawings`; `others` are images by many writers, which it should still know.
///
/// # Errors
/// If a data set has no labels, images of another size than the model's or labels that it does not have, or the device fails.
pub async fn adapt(
    weights: &Weights,
    drawings: &Dataset,
    others: &Dataset,
    settings: &AdaptConfig,
    device: &Device,
) -> Result<Weights> {
    check(weights, drawings)?;
    check(weights, others)?;
    let recipe = recipe(settings);
    let mut state = TrainState::new(weights, &recipe, device)?;
    for step in 0..settings.steps {
        let rate = learning_rate(&recipe, step as u64, settings.steps as u64);
        let seed = rng::derive(settings.seed, Purpose::Dropout, &[step as u64]);
        state.step(&batch(drawings, others, settings, step), rate, seed)?;
    }
    let [flat] = read_all(Transaction::default().register(state.kept_weights())).await?;
    Ok(Weights { config: weights.config.clone(), flat })
}

fn check(weights: &Weights, data: &Dataset) -> Result<()> {
    let (side, classes) = (weights.config.image_size, weights.config.classes);
    if data.side() != side {
        return Err(Error::data(format!(
            "the images are {0}×{0}, but the model reads {side}×{side}",
            data.side()
        )));
    }
    match data.labels() {
        None => Err(Error::data("the drawings have no labels to learn from")),
        Some(labels) if labels.iter().any(|&label| usize::from(label) >= classes) => {
            Err(Error::data(format!("some labels are beyond the model's {classes} classes")))
        }
        Some(_) => Ok(()),
    }
}

fn recipe(settings: &AdaptConfig) -> TrainConfig {
    TrainConfig {
        epochs: 1,
        batch_size: settings.batch_size,
        optimizer: OptimizerKind::AdamW,
        learning_rate: settings.learning_rate,
        warmup_epochs: 0.1,
        weight_decay: 0.01,
        augment: settings.augment,
        seed: settings.seed,
        ..TrainConfig::default()
    }
}

/// The batch of a step: first the person's drawings, each written again where its strokes are known, then images of others.
fn batch(drawings: &Dataset, others: &Dataset, settings: &AdaptConfig, step: usize) -> Batch {
    let area = drawings.side().pow(2);
    let own = settings.batch_size.div_ceil(OWN_OF);
    let chosen = |place: usize| {
        let (kind, data) = if place < own { (OWN, drawings) } else { (OTHERS, others) };
        let parts = [kind, step as u64, place as u64];
        let mut rng = rng::stream(settings.seed, Purpose::Rewrite, &parts);
        let image = rng.random_range(0..data.len());
        (data, image, rng)
    };
    let mut images = vec![0.0; settings.batch_size * area];
    platform::for_each_chunk(&mut images, area, |place, out| {
        let (data, image, mut rng) = chosen(place);
        let strokes = data.drawings().map(|all| &all[image]).filter(|strokes| !strokes.is_empty());
        match strokes.filter(|_| place < own) {
            Some(strokes) => {
                let again = synth::rewrite(strokes, &mut rng);
                settings.augment.apply(&again, data.side(), &mut rng, out);
            }
            None => settings.augment.apply(data.image(image), data.side(), &mut rng, out),
        }
    });
    let label = |place: usize| {
        let (data, image, _) = chosen(place);
        data.labels().map_or(0, |labels| labels[image])
    };
    Batch { images, labels: (0..settings.batch_size).map(label).collect() }
}
