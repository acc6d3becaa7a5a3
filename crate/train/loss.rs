//! Cross-entropy.

use burn::tensor::activation::log_softmax;
use burn::tensor::{Device, FloatDType, Tensor, TensorData};

use crate::model::fused::{self, Kernels};

/// Target distributions, `[batch, classes]`. `smoothing` is the share spread evenly over all classes
/// (label smoothing, Szegedy et al. 2016, section 7). For an image of no class, whose label is beyond all, all classes are
/// equally probable (outlier exposure, Hendrycks et al. 2019, section 3).
pub fn targets(labels: &[u8], classes: usize, smoothing: f64, device: &Device) -> Tensor<2> {
    let even = (smoothing / classes as f64) as f32;
    let mut distribution = vec![even; labels.len() * classes];
    for (row, &label) in distribution.chunks_exact_mut(classes).zip(labels) {
        match row.get_mut(usize::from(label)) {
            Some(target) => *target += (1.0 - smoothing) as f32,
            None => row.fill((1.0 / classes as f64) as f32),
        }
    }
    Tensor::from_data(TensorData::new(distribution, [labels.len(), classes]), device)
}

/// The cross-entropy of each image, `[batch]`, computed in 32 bits.
///
/// # Shapes
/// - logits, targets: `[batch, classes]`
pub fn cross_entropy(logits: Tensor<2>, targets: Tensor<2>) -> Tensor<1> {
    let log_probabilities = log_softmax(logits.cast(FloatDType::F32), 1);
    (log_probabilities * targets).sum_dim(1).squeeze_dim(1).neg()
}

/// The mean cross-entropy of a batch, and the number of images whose largest logit is at their largest
/// target, `[2]`. Only the first has a gradient. Images of no class, whose targets are all equal, do not count as found.
///
/// # Shapes
/// - logits, targets: `[batch, classes]`
pub fn figures(kernels: Kernels, logits: Tensor<2>, targets: Tensor<2>) -> Tensor<1> {
    if kernels.known(&logits.device()) {
        return fused::cross_entropy(logits.cast(FloatDType::F32), targets);
    }
    let right = logits.clone().detach().argmax(1).equal(targets.clone().argmax(1));
    let classed = targets.clone().max_dim(1).greater(targets.clone().min_dim(1));
    let right = right.float().cast(FloatDType::F32) * classed.float().cast(FloatDType::F32);
    let right = right.sum();
    Tensor::cat(vec![cross_entropy(logits, targets).mean(), right], 0)
}
