//! Softmax cross-entropy.

/// The mean cross-entropy of some images, and the number of correct ones: those whose largest logit
/// is at the largest target. An image whose targets are all equal has no class to find.
///
/// # Shapes
/// - logits, targets (distributions over the classes): `[images, classes]`
pub fn forward(classes: usize, logits: &[f32], targets: &[f32]) -> [f32; 2] {
    let mut loss = 0.0;
    let mut right = 0.0;
    for (logits, targets) in logits.chunks_exact(classes).zip(targets.chunks_exact(classes)) {
        let log_sum = log_sum(logits);
        let terms = logits.iter().zip(targets).map(|(logit, target)| (log_sum - logit) * target);
        loss += terms.sum::<f32>();
        let classed = targets.iter().any(|&target| target != targets[0]);
        right += f32::from(classed && largest(logits) == largest(targets));
    }
    [loss / (logits.len() / classes) as f32, right]
}

/// The gradient of `factor` times the mean cross-entropy.
///
/// # Shapes
/// - logits, targets, out (written): `[images, classes]`
pub fn backward(classes: usize, logits: &[f32], targets: &[f32], factor: f32, out: &mut [f32]) {
    let factor = factor / (logits.len() / classes) as f32;
    let known = logits.chunks_exact(classes).zip(targets.chunks_exact(classes));
    for ((logits, targets), out) in known.zip(out.chunks_exact_mut(classes)) {
        let log_sum = log_sum(logits);
        let weight: f32 = targets.iter().sum();
        for ((logit, target), out) in logits.iter().zip(targets).zip(out) {
            *out = factor * (weight * (logit - log_sum).exp() - target);
        }
    }
}

/// The logarithm of the sum of the exponentials.
fn log_sum(logits: &[f32]) -> f32 {
    let highest = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    highest + logits.iter().map(|logit| (logit - highest).exp()).sum::<f32>().ln()
}

/// The index of the first largest value.
fn largest(values: &[f32]) -> usize {
    let mut best = 0;
    for (place, value) in values.iter().enumerate() {
        if *value > values[best] {
            best = place;
        }
    }
    best
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_image_of_no_class_is_never_found() {
        let third = 1.0 / 3.0;
        let logits = [2.0, 0.0, 0.0, 0.0, 0.0, 0.0];
        let targets = [1.0, 0.0, 0.0, third, third, third];
        let [loss, right] = forward(3, &logits, &targets);
        let of_first = (2.0f32.exp() + 2.0).ln() - 2.0;
        assert!((loss - (of_first + 3.0f32.ln()) / 2.0).abs() < 1e-6, "{loss}");
        assert_eq!(right, 1.0);
    }
}
