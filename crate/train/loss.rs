//! Cross-entropy.

use burn::tensor::activation::log_softmax;
use burn::tensor::{Device, FloatDType, Int, Tensor, TensorData};

/// Labels on a device, in the two forms that loss and accuracy need.
#[derive(Debug, Clone)]
pub struct Targets {
    /// The distribution the model should predict, `[batch, classes]`.
    pub distribution: Tensor<2>,
    /// The class numbers, `[batch]`.
    pub classes: Tensor<1, Int>,
}

impl Targets {
    /// Targets of `labels`; `smoothing` is the share spread evenly over all classes (Szegedy et al.
    /// 2016, section 7).
    pub fn new(labels: &[u8], classes: usize, smoothing: f64, device: &Device) -> Self {
        let even = (smoothing / classes as f64) as f32;
        let mut distribution = vec![even; labels.len() * classes];
        for (row, &label) in distribution.chunks_exact_mut(classes).zip(labels) {
            row[usize::from(label)] += (1.0 - smoothing) as f32;
        }
        let numbers: Vec<i32> = labels.iter().map(|&label| i32::from(label)).collect();
        Self {
            distribution: Tensor::from_data(
                TensorData::new(distribution, [labels.len(), classes]),
                device,
            ),
            classes: Tensor::from_data(numbers.as_slice(), device),
        }
    }
}

/// The cross-entropy of each image, `[batch]`, computed in 32 bits.
///
/// # Shapes
/// - logits: `[batch, classes]`
pub fn cross_entropy(logits: Tensor<2>, targets: &Targets) -> Tensor<1> {
    let log_probabilities = log_softmax(logits.cast(FloatDType::F32), 1);
    (log_probabilities * targets.distribution.clone()).sum_dim(1).squeeze_dim(1).neg()
}

/// 1 for each image whose largest logit is that of its label, else 0, `[batch]`.
pub fn correct(logits: Tensor<2>, targets: &Targets) -> Tensor<1> {
    let predicted = logits.argmax(1).squeeze_dim::<1>(1);
    predicted.equal(targets.classes.clone()).float().cast(FloatDType::F32)
}
