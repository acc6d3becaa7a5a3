//! Learning from a teacher (Hinton et al. 2015, "Distilling the knowledge in a neural network"; Touvron et al. 2021).
//!
//! The class token of a student learns the labels, and its distillation token what a trained model, the teacher, says of the
//! same images. Where images are not augmented the teacher sees each once.

use burn::tensor::{Device, Tensor, Transaction};
#[cfg(feature = "operations")]
use burn::tensor::{FloatDType, TensorData};
use patchwork_arch::Pool;

use crate::config::{Distillation, DistillationKind, ModelConfig};
use crate::error::{Error, Result};
use crate::metrics::{largest, log_softmax};
use crate::model::Network;
#[cfg(feature = "operations")]
use crate::model::direct;
use crate::model::fused::Kernels;
use crate::model::read::read_all;
#[cfg(feature = "operations")]
use crate::train::loss;
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

/// What a teacher says of the images of a batch.
#[derive(Debug, Clone)]
#[cfg_attr(
    not(feature = "operations"),
    expect(dead_code, reason = "no model of such a build has a distillation token")
)]
pub struct TeacherTargets {
    settings: Distillation,
    /// The distributions that the student should have, `[images, classes]`.
    targets: Vec<f32>,
    /// What the student's cross-entropy would be if it had them, as a mean over the images.
    entropy: f64,
    classes: usize,
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

impl TeacherTargets {
    /// From a teacher's scores, `[images, classes]`.
    pub fn new(settings: Distillation, classes: usize, logits: &[f32]) -> Self {
        let images = logits.len() / classes;
        let (mut targets, mut entropy) = (Vec::with_capacity(logits.len()), 0.0);
        for logits in logits.chunks_exact(classes) {
            match settings.kind {
                DistillationKind::Hard => {
                    let best = largest(logits);
                    targets.extend((0..classes).map(|class| f32::from(u8::from(class == best))));
                }
                DistillationKind::Soft => {
                    let temperature = settings.temperature as f32;
                    let softened: Vec<f32> = logits.iter().map(|&l| l / temperature).collect();
                    for logarithm in log_softmax(&softened) {
                        targets.push(logarithm.exp());
                        entropy -= f64::from(logarithm.exp() * logarithm);
                    }
                }
            }
        }
        Self { settings, targets, entropy: entropy / images as f64, classes }
    }

    #[cfg(not(feature = "operations"))]
    pub(super) fn figures(&self, _: Kernels, _: &Network, _: Tensor<4>, _: Tensor<2>) -> Tensor<1> {
        unreachable!("no model of this build has a distillation token")
    }

    /// The loss of a student, and the number of images whose label its class token finds, `[2]`. `targets` are those of the
    /// labels. Only the first has a gradient.
    #[cfg(feature = "operations")]
    pub(super) fn figures(
        &self,
        kernels: Kernels,
        student: &Network,
        images: Tensor<4>,
        targets: Tensor<2>,
    ) -> Tensor<1> {
        let Distillation { kind, weight, temperature } = self.settings;
        let (softening, share) = match kind {
            DistillationKind::Hard => (1.0, weight),
            DistillationKind::Soft => {
                (temperature.recip(), weight * temperature * temperature / self.classes as f64)
            }
        };
        let [scores, of_teacher] = student.forward_both(images);
        let of_teacher = direct::multiply(of_teacher.cast(FloatDType::F32), softening);
        let device = targets.device();
        let shape = [self.targets.len() / self.classes, self.classes];
        let taught = Tensor::from_data(TensorData::new(self.targets.clone(), shape), &device);
        let by_labels = loss::figures(kernels, scores, targets);
        let by_teacher = loss::figures(kernels, of_teacher, taught);
        let loss = direct::add(
            direct::multiply(direct::narrow(by_labels.clone(), 0, 0, 1), 1.0 - weight),
            direct::multiply(direct::narrow(by_teacher, 0, 0, 1), share),
        );
        let known = Tensor::from_data([(-share * self.entropy) as f32], &device);
        let correct = direct::narrow(by_labels, 0, 1, 1);
        direct::cat(vec![direct::add(loss, known), correct], 0)
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
