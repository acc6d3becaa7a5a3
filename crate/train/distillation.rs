//! The objective of distillation: what a teacher says of a batch, and the loss of a student that learns from it.

use burn::tensor::Tensor;
#[cfg(feature = "operations")]
use burn::tensor::{FloatDType, TensorData};

use crate::config::{Distillation, DistillationKind};
use crate::metrics::{largest, log_softmax};
use crate::model::Network;
#[cfg(feature = "operations")]
use crate::model::direct;
use crate::model::fused::Kernels;
#[cfg(feature = "operations")]
use crate::train::loss;

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
