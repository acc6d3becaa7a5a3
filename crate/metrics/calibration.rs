//! Calibration: how well probabilities match outcomes.

use serde::{Deserialize, Serialize};

use crate::metrics::{largest, ratio};

/// Bins of the confidence, from 0 to 1, as in Guo et al. (2017).
pub const BINS: usize = 15;

/// The images whose confidence (the largest probability) lies in one bin.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct Bin {
    /// How many images.
    pub images: u64,
    /// How many of them were classified correctly.
    pub correct: u64,
    /// The sum of their confidences.
    pub confidence: f64,
}

/// Counts, image by image, of confidence against correctness.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Calibration {
    bins: [Bin; BINS],
    squares: f64,
}

impl Calibration {
    /// Counts one image by the probabilities of its classes.
    pub fn record(&mut self, probabilities: &[f32], label: usize) {
        let prediction = largest(probabilities);
        let confidence = f64::from(probabilities.get(prediction).copied().unwrap_or_default());
        // A bin includes its upper end but not its lower one: 1 belongs to the last.
        let bin = (confidence * BINS as f64).ceil() as usize;
        let bin = &mut self.bins[bin.clamp(1, BINS) - 1];
        bin.images += 1;
        bin.correct += u64::from(prediction == label);
        bin.confidence += confidence;
        let target = |class: usize| f64::from(u8::from(class == label));
        self.squares += probabilities
            .iter()
            .enumerate()
            .map(|(class, &p)| (f64::from(p) - target(class)).powi(2))
            .sum::<f64>();
    }

    /// The bins of the confidence, `[BINS]`, the lowest first.
    pub fn bins(&self) -> &[Bin] {
        &self.bins
    }

    /// How many images were counted.
    pub fn images(&self) -> u64 {
        self.bins.iter().map(|bin| bin.images).sum()
    }

    /// How many images were classified correctly.
    pub fn correct(&self) -> u64 {
        self.bins.iter().map(|bin| bin.correct).sum()
    }

    /// The expected calibration error (Guo et al. 2017, "On calibration of modern neural networks"):
    /// the difference between a bin's confidence and accuracy, averaged over images. 0 if there are
    /// none.
    pub fn expected_error(&self) -> f64 {
        let apart = |bin: &Bin| (bin.correct as f64 - bin.confidence).abs();
        self.bins.iter().map(apart).sum::<f64>() / self.images().max(1) as f64
    }

    /// The Brier score (1950): the squared distance of the probabilities from the one-hot label, from 0
    /// to 2, averaged over images. 0 if there are none.
    pub fn brier_score(&self) -> f64 {
        self.squares / self.images().max(1) as f64
    }

    /// The share of images classified correctly; 0 if there are none.
    pub fn accuracy(&self) -> f64 {
        ratio(self.correct(), self.images())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn close(a: f64, b: f64) -> bool {
        (a - b).abs() < 1e-6
    }

    #[test]
    fn figures_equal_those_worked_out_by_hand() {
        let mut seen = Calibration::default();
        // Two images at 0.8, one of them correct; one at 0.6, correct.
        seen.record(&[0.8, 0.1, 0.1], 0);
        seen.record(&[0.1, 0.8, 0.1], 2);
        seen.record(&[0.3, 0.1, 0.6], 2);
        assert_eq!((seen.images(), seen.correct()), (3, 2));
        assert!(close(seen.accuracy(), 2.0 / 3.0));
        assert!(close(seen.expected_error(), ((1.6 - 1.0) + (1.0 - 0.6)) / 3.0));
        let squares = [0.04 + 0.01 + 0.01, 0.01 + 0.64 + 0.81, 0.09 + 0.01 + 0.16];
        assert!(close(seen.brier_score(), squares.iter().sum::<f64>() / 3.0));
    }

    #[test]
    fn bins_have_equal_width_and_include_their_upper_end() {
        let bin = |confidence: f32| {
            let mut seen = Calibration::default();
            seen.record(&[confidence, 0.0], 0);
            seen.bins().iter().position(|bin| bin.images == 1)
        };
        assert_eq!([0.0, 0.01, 0.07, 0.5, 0.99, 1.0].map(bin), [0, 0, 1, 7, 14, 14].map(Some));
    }

    #[test]
    fn calibrated_probabilities_have_no_error_and_overconfident_ones_do() {
        let (mut honest, mut boasting) = (Calibration::default(), Calibration::default());
        for image in 0..100 {
            honest.record(&[0.75, 0.25], usize::from(image % 4 == 0));
            boasting.record(&[1.0, 0.0], usize::from(image % 4 == 0));
        }
        assert!(close(honest.expected_error(), 0.0) && close(honest.brier_score(), 0.375));
        assert!(close(boasting.expected_error(), 0.25) && close(boasting.brier_score(), 0.5));
        assert_eq!(Calibration::default().expected_error(), 0.0);
    }
}
