//! Learning from a teacher (Hinton et al. 2015, "Distilling the knowledge in a neural network"; Touvron et al. 2021).
//!
//! The class token of a student learns the labels, and its distillation token what a trained model, the teacher, says of the
//! same images. Where images are not augmented the teacher sees each once.

use burn::tensor::{Device, Tensor, Transaction};
use patchwork_arch::Pool;

use crate::config::{Distillation, ModelConfig};
use crate::error::{Error, Result};
use crate::model::Network;
use crate::model::read::read_all;
use crate::train::distillation::TeacherTargets;
use crate::train::step;
use crate::weights::Weights;

/// A trained model from which another learns.
#[derive(Debug)]
pub struct Teacher {
    network: Network,
    settings: Distillation,
    classes: usize,
    fingerprint: u64,
    /// What it says of each image of the data as it was given, `[images, classes]`; no numbers where it has not seen the
    /// image yet.
    known: Vec<f32>,
}

impl Teacher {
    /// A teacher of a student, on a device, for data of so many images.
    ///
    /// # Errors
    /// Where the student has no distillation token, or reads other images or classes than the teacher.
    pub fn new(
        weights: &Weights,
        student: &ModelConfig,
        settings: Distillation,
        images: usize,
        device: &Device,
    ) -> Result<Self> {
        weights.check()?;
        check_fit(&weights.config, student)?;
        let flat = Tensor::from_data(weights.flat.as_slice(), &device.clone().without_autodiff());
        Ok(Self {
            network: step::model(&weights.config, flat),
            settings,
            classes: student.classes,
            fingerprint: fingerprint(weights),
            known: vec![f32::NAN; images * student.classes],
        })
    }

    /// A hash of its weights, which tells it from others.
    pub fn fingerprint(&self) -> u64 {
        self.fingerprint
    }

    /// What it says of images on the device, `[batch, 1, side, side]`, which are those at `indices` of the data as they were
    /// given.
    ///
    /// # Errors
    /// Where the device fails.
    pub async fn of_data(
        &mut self,
        images: Tensor<4>,
        indices: &[usize],
    ) -> Result<TeacherTargets> {
        let classes = self.classes;
        let row = |index: usize| index * classes..(index + 1) * classes;
        if indices.iter().any(|&index| self.known[index * classes].is_nan()) {
            let logits = self.logits(images).await?;
            for (&index, logits) in indices.iter().zip(logits.chunks_exact(classes)) {
                self.known[row(index)].copy_from_slice(logits);
            }
        }
        let logits: Vec<f32> =
            indices.iter().flat_map(|&index| &self.known[row(index)]).copied().collect();
        Ok(TeacherTargets::new(self.settings, classes, &logits))
    }

    /// What it says of images that were augmented.
    ///
    /// # Errors
    /// Where the device fails.
    pub async fn of_images(&self, images: Tensor<4>) -> Result<TeacherTargets> {
        let logits = self.logits(images).await?;
        Ok(TeacherTargets::new(self.settings, self.classes, &logits))
    }

    async fn logits(&self, images: Tensor<4>) -> Result<Vec<f32>> {
        let logits = self.network.forward(images);
        let [logits] = read_all(Transaction::default().register(logits)).await?;
        Ok(logits)
    }
}

/// Checks that a student can learn from a teacher.
fn check_fit(teacher: &ModelConfig, student: &ModelConfig) -> Result<()> {
    if student.architecture().head.pool != Pool::Distilled {
        return Err(Error::config(
            "the model has no distillation token that could learn from a teacher",
        )
        .help("Choose the preset deit, or leave the teacher out"));
    }
    let both = |model: &ModelConfig| (model.image_size, model.classes);
    if both(teacher) != both(student) {
        let told = |model: &ModelConfig| {
            format!("{0}×{0} pixels and {1} classes", model.image_size, model.classes)
        };
        return Err(Error::config(format!(
            "the teacher reads {}, but the student {}",
            told(teacher),
            told(student)
        ))
        .help("Choose a teacher that was trained on the same kind of images"));
    }
    Ok(())
}

/// A hash of weights (FNV-1a).
fn fingerprint(weights: &Weights) -> u64 {
    let bytes = weights.flat.iter().flat_map(|value| value.to_le_bytes());
    bytes.fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    })
}
