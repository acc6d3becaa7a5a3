//! The figures of a run and of a model: rows of the training history, the confusion matrix, calibration.

pub mod calibration;
pub mod separation;

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};

/// One epoch of training as it is kept in `metrics.csv`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct EpochRow {
    /// The epoch, counted from 1.
    pub epoch: u32,
    /// Optimizer steps taken since the start of the run.
    pub step: u64,
    /// Mean loss over the (augmented) training images, in nats.
    pub train_loss: f32,
    /// Share of the training images classified correctly, 0 to 1.
    pub train_accuracy: f32,
    /// Mean loss over the validation images, in nats; `None` without validation.
    pub validation_loss: Option<f32>,
    /// Share of the validation images classified correctly, 0 to 1; `None` without validation.
    pub validation_accuracy: Option<f32>,
    /// The learning rate of the last step.
    pub learning_rate: f32,
    /// Training images per second, excluding validation.
    pub images_per_second: f32,
    /// Seconds since the start of the run, excluding pauses.
    pub seconds: f32,
}

/// The epoch with the highest validation accuracy; a tie goes to the lower loss, then to the
/// earlier epoch. `None` if no epoch has a validation accuracy that is a number.
pub fn best_epoch(rows: &[EpochRow]) -> Option<&EpochRow> {
    let accuracy = |row: &EpochRow| row.validation_accuracy.filter(|value| value.is_finite());
    let loss = |row: &EpochRow| {
        row.validation_loss.filter(|value| value.is_finite()).unwrap_or(f32::INFINITY)
    };
    // `min_by` keeps the first of equals: the earlier epoch.
    rows.iter().filter(|row| accuracy(row).is_some()).min_by(|a, b| {
        let by_accuracy = accuracy(b).unwrap_or(0.0).total_cmp(&accuracy(a).unwrap_or(0.0));
        by_accuracy.then(loss(a).total_cmp(&loss(b)))
    })
}

/// The index of the largest value; 0 for an empty slice.
pub fn largest(values: &[f32]) -> usize {
    values
        .iter()
        .enumerate()
        .fold(0, |best, (i, value)| if *value > values[best] { i } else { best })
}

/// The logarithm of each class's probability, from the logits.
pub fn log_softmax(logits: &[f32]) -> Vec<f32> {
    let highest = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let sum: f32 = logits.iter().map(|logit| (logit - highest).exp()).sum();
    logits.iter().map(|logit| logit - highest - sum.ln()).collect()
}

/// How often images of each class were predicted as each class: `[classes, classes]`, rows are true
/// labels, columns predictions.
///
/// As JSON it is the list of its rows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[cfg_attr(test, ts(as = "Vec<Vec<u64>>"))]
#[serde(try_from = "Vec<Vec<u64>>", into = "Vec<Vec<u64>>")]
pub struct Confusion {
    classes: usize,
    counts: Vec<u64>,
}

/// How well one class was recognised, or the mean over all classes. A share of zero images is 0.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Scores {
    /// Of the images predicted as the class, the share that belong to it.
    pub precision: f64,
    /// Of the images of the class, the share predicted as it.
    pub recall: f64,
    /// The harmonic mean of precision and recall.
    pub f1: f64,
    /// How many images the class has.
    pub support: u64,
}

/// A kind of mistake and how often it was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mistake {
    /// The true class.
    pub label: usize,
    /// The class that was predicted.
    pub prediction: usize,
    /// How many images.
    pub count: u64,
}

impl Confusion {
    /// An empty matrix.
    pub fn new(classes: usize) -> Self {
        Self { classes, counts: vec![0; classes * classes] }
    }

    /// Counts one image.
    ///
    /// # Errors
    /// If the label or the prediction is not below the number of classes.
    pub fn record(&mut self, label: usize, prediction: usize) -> Result<()> {
        if label.max(prediction) >= self.classes {
            let (largest, classes) = (label.max(prediction), self.classes);
            return Err(Error::data(format!("class {largest} where there are {classes} classes"))
                .help("Use data with the labels that the model was trained on"));
        }
        self.counts[label * self.classes + prediction] += 1;
        Ok(())
    }

    /// The number of classes.
    pub fn classes(&self) -> usize {
        self.classes
    }

    /// How many images of class `label` were predicted as `prediction`; 0 for a class that does not
    /// exist.
    pub fn count(&self, label: usize, prediction: usize) -> u64 {
        if label.max(prediction) >= self.classes {
            return 0;
        }
        self.counts[label * self.classes + prediction]
    }

    /// How many images were counted.
    pub fn total(&self) -> u64 {
        self.counts.iter().sum()
    }

    /// How many images were classified correctly.
    pub fn correct(&self) -> u64 {
        (0..self.classes).map(|class| self.count(class, class)).sum()
    }

    /// The share of images classified correctly, 0 to 1; 0 if there are none.
    pub fn accuracy(&self) -> f64 {
        ratio(self.correct(), self.total())
    }

    /// The 95 % confidence interval of the accuracy; see [`interval`].
    pub fn accuracy_interval(&self) -> (f64, f64) {
        interval(self.accuracy(), self.total())
    }

    /// How many images class `label` has.
    pub fn support(&self, label: usize) -> u64 {
        (0..self.classes).map(|prediction| self.count(label, prediction)).sum()
    }

    /// Precision, recall and F1 of one class.
    pub fn scores(&self, class: usize) -> Scores {
        let hits = self.count(class, class);
        let taken: u64 = (0..self.classes).map(|label| self.count(label, class)).sum();
        let support = self.support(class);
        // 2PR / (P + R), written in counts so that it is 0 if nothing is correct.
        let f1 = ratio(2 * hits, taken + support);
        Scores { precision: ratio(hits, taken), recall: ratio(hits, support), f1, support }
    }

    /// The unweighted mean of the classes' scores; its support is the number of images.
    pub fn macro_average(&self) -> Scores {
        let mut sum = Scores { precision: 0.0, recall: 0.0, f1: 0.0, support: self.total() };
        let share = 1.0 / self.classes.max(1) as f64;
        for class in 0..self.classes {
            let scores = self.scores(class);
            sum.precision += scores.precision * share;
            sum.recall += scores.recall * share;
            sum.f1 += scores.f1 * share;
        }
        sum
    }

    /// The kinds of mistake, the most frequent first.
    pub fn mistakes(&self) -> Vec<Mistake> {
        let mut mistakes: Vec<Mistake> = (0..self.classes)
            .flat_map(|label| (0..self.classes).map(move |prediction| (label, prediction)))
            .filter(|(label, prediction)| label != prediction)
            .map(|(label, prediction)| Mistake {
                label,
                prediction,
                count: self.count(label, prediction),
            })
            .filter(|mistake| mistake.count > 0)
            .collect();
        mistakes.sort_by_key(|mistake| std::cmp::Reverse(mistake.count));
        mistakes
    }
}

impl TryFrom<Vec<Vec<u64>>> for Confusion {
    type Error = Error;

    fn try_from(rows: Vec<Vec<u64>>) -> Result<Self> {
        let classes = rows.len();
        if rows.iter().any(|row| row.len() != classes) {
            return Err(Error::data("a confusion matrix that is not square"));
        }
        Ok(Self { classes, counts: rows.concat() })
    }
}

impl From<Confusion> for Vec<Vec<u64>> {
    fn from(confusion: Confusion) -> Self {
        let row = |label| {
            (0..confusion.classes).map(|prediction| confusion.count(label, prediction)).collect()
        };
        (0..confusion.classes).map(row).collect()
    }
}

/// The 95 % interval of a share observed in `count` independent cases: Wilson's score interval
/// (1927), which stays within 0 and 1. (0, 1) if there are no cases.
pub fn interval(share: f64, count: u64) -> (f64, f64) {
    /// The 97.5 % quantile of the normal distribution.
    const Z: f64 = 1.959_964;
    let n = count as f64;
    if n == 0.0 {
        return (0.0, 1.0);
    }
    let centre = share + Z * Z / (2.0 * n);
    let spread = Z * (share * (1.0 - share) / n + Z * Z / (4.0 * n * n)).sqrt();
    let scale = 1.0 + Z * Z / n;
    (((centre - spread) / scale).max(0.0), ((centre + spread) / scale).min(1.0))
}

/// `part` of `whole`; 0 if the whole is 0.
pub fn ratio(part: u64, whole: u64) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Three classes; the third has no images and was predicted once.
    fn example() -> Confusion {
        Confusion::try_from(vec![vec![8, 1, 1], vec![2, 6, 0], vec![0, 0, 0]]).unwrap()
    }

    fn close(a: f64, b: f64) -> bool {
        (a - b).abs() < 1e-9
    }

    #[test]
    fn log_probabilities_do_not_overflow_and_propagate_nan() {
        let found = log_softmax(&[1.0, 2.0, 3.0]);
        let expected = [-2.407_606, -1.407_606, -0.407_606];
        assert!(found.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-6), "{found:?}");
        assert_eq!(log_softmax(&[1000.0, 0.0]), [0.0, -1000.0]);
        assert_eq!(log_softmax(&[-1000.0; 2]), log_softmax(&[0.0; 2]));
        assert!(log_softmax(&[f32::NAN, 0.0]).iter().all(|value| value.is_nan()));
    }

    fn row(epoch: u32, accuracy: Option<f32>, loss: Option<f32>) -> EpochRow {
        EpochRow {
            epoch,
            step: 0,
            train_loss: 0.5,
            train_accuracy: 0.5,
            validation_loss: loss,
            validation_accuracy: accuracy,
            learning_rate: 1e-3,
            images_per_second: 1.0,
            seconds: 1.0,
        }
    }

    #[test]
    fn figures_equal_those_worked_out_by_hand() {
        let confusion = example();
        assert_eq!((confusion.total(), confusion.correct()), (18, 14));
        assert!(close(confusion.accuracy(), 14.0 / 18.0));
        let first = confusion.scores(0);
        assert!(close(first.precision, 0.8) && close(first.recall, 0.8) && close(first.f1, 0.8));
        assert_eq!(first.support, 10);
        let second = confusion.scores(1);
        assert!(close(second.precision, 6.0 / 7.0) && close(second.recall, 0.75));
        assert!(close(second.f1, 0.8));
        let mean = confusion.macro_average();
        assert!(close(mean.precision, (0.8 + 6.0 / 7.0) / 3.0));
        assert!(close(mean.recall, 1.55 / 3.0) && close(mean.f1, 1.6 / 3.0));
        assert_eq!(mean.support, 18);
    }

    #[test]
    fn shares_of_zero_images_are_zero() {
        let none = Scores { precision: 0.0, recall: 0.0, f1: 0.0, support: 0 };
        assert_eq!(example().scores(2), none);
        for classes in [0, 1, 10] {
            let empty = Confusion::new(classes);
            assert_eq!(empty.accuracy(), 0.0);
            assert_eq!(empty.macro_average(), none);
            assert_eq!(empty.scores(99), none);
            assert_eq!(empty.accuracy_interval(), (0.0, 1.0));
        }
    }

    #[test]
    fn the_interval_is_wilsons() {
        // 90 of 100: 0.8256 to 0.9448 in any table of Wilson intervals.
        let confusion = Confusion::try_from(vec![vec![90, 10], vec![0, 0]]).unwrap();
        let (low, high) = confusion.accuracy_interval();
        assert!((low - 0.8256).abs() < 1e-4 && (high - 0.9448).abs() < 1e-4, "{low} {high}");
    }

    #[test]
    fn rows_are_labels_and_columns_are_predictions() {
        let mut confusion = Confusion::new(3);
        confusion.record(0, 2).unwrap();
        assert_eq!((confusion.count(0, 2), confusion.count(2, 0)), (1, 0));
        assert_eq!((confusion.count(0, 3), confusion.count(7, 0)), (0, 0));
        let error = confusion.record(3, 0).unwrap_err();
        assert!(error.to_string().contains("class 3 where there are 3 classes"), "{error}");
    }

    #[test]
    fn mistakes_are_sorted_most_frequent_first() {
        let kinds: Vec<_> =
            example().mistakes().iter().map(|m| (m.label, m.prediction, m.count)).collect();
        assert_eq!(kinds, [(1, 0, 2), (0, 1, 1), (0, 2, 1)]);
    }

    #[test]
    fn json_is_a_list_of_rows_and_must_be_square() {
        let json = serde_json::to_string(&example()).unwrap();
        assert_eq!(json, "[[8,1,1],[2,6,0],[0,0,0]]");
        assert_eq!(serde_json::from_str::<Confusion>(&json).unwrap(), example());
        assert!(serde_json::from_str::<Confusion>("[[1,2],[3]]").is_err());
    }

    #[test]
    fn the_best_epoch_has_the_highest_accuracy_then_the_lowest_loss() {
        assert_eq!(best_epoch(&[]), None);
        assert_eq!(best_epoch(&[row(1, None, None), row(2, Some(f32::NAN), Some(0.1))]), None);
        let rows = [
            row(1, Some(0.5), Some(0.1)),
            row(2, Some(0.9), Some(0.4)),
            row(3, Some(0.9), Some(0.3)),
            row(4, Some(0.9), Some(0.3)),
            row(5, Some(0.9), Some(f32::NAN)),
            row(6, Some(f32::NAN), Some(0.0)),
        ];
        assert_eq!(best_epoch(&rows).map(|row| row.epoch), Some(3));
    }
}
