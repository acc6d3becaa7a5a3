//! Figures counted image by image: calibration, how often the model is sure, and the accuracy per
//! writer.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::Serialize;

use patchwork::confidence::ConfidenceRule;
use patchwork::metrics::calibration::{BINS, Bin, Calibration};
use patchwork::metrics::{largest, ratio};
use patchwork::report::format::{integer, percent};
use patchwork::report::table::markdown;

/// Calibration figures.
#[derive(Serialize)]
pub struct Calibrated {
    expected_calibration_error: f64,
    /// In nats.
    negative_log_likelihood: f64,
    brier_score: f64,
    bins: Vec<Bin>,
}

impl Calibrated {
    /// The figures as a line for people.
    pub fn line(&self) -> String {
        format!(
            "calibration: expected error {} ({BINS} bins), negative log-likelihood {:.4} nats, Brier score \
             {:.4}",
            percent(self.expected_calibration_error, 2),
            self.negative_log_likelihood,
            self.brier_score,
        )
    }
}

/// How often the model is sure, and how often it is then correct.
#[derive(Serialize)]
pub struct Sureness {
    sure: u64,
    sure_share: f64,
    /// `None` if the model is sure of no image.
    accuracy_where_sure: Option<f64>,
    not_sure: u64,
    /// `None` if the model is sure of every image.
    accuracy_where_not_sure: Option<f64>,
}

impl Sureness {
    /// The figures as a line for people.
    pub fn line(&self) -> String {
        format!(
            "sure of {} of the images and right about {} of those; 'not sure' of {}, with {} read correctly",
            percent(self.sure_share, 2),
            percent(self.accuracy_where_sure.unwrap_or(f64::NAN), 2),
            integer(self.not_sure),
            percent(self.accuracy_where_not_sure.unwrap_or(f64::NAN), 1),
        )
    }
}

/// Counts the predictions of a model.
pub struct Tally {
    confidence_rule: ConfidenceRule,
    sure: Calibration,
    not_sure: Calibration,
    all: Calibration,
}

impl Tally {
    pub fn new(confidence_rule: ConfidenceRule) -> Self {
        let none = Calibration::default;
        Self { confidence_rule, sure: none(), not_sure: none(), all: none() }
    }

    /// Counts images: `probabilities` is `[images, classes]`.
    pub fn of(
        confidence_rule: ConfidenceRule,
        probabilities: &[f32],
        labels: &[u8],
        classes: usize,
    ) -> Self {
        let mut tally = Self::new(confidence_rule);
        tally.add(probabilities, labels, classes);
        tally
    }

    /// Counts more images.
    pub fn add(&mut self, probabilities: &[f32], labels: &[u8], classes: usize) {
        for (row, &label) in probabilities.chunks_exact(classes).zip(labels) {
            self.record(row, usize::from(label));
        }
    }

    /// Counts one image.
    fn record(&mut self, probabilities: &[f32], label: usize) {
        let sure = self.confidence_rule.is_sure(probabilities);
        let part = if sure { &mut self.sure } else { &mut self.not_sure };
        part.record(probabilities, label);
        self.all.record(probabilities, label);
    }

    /// All images.
    pub fn all(&self) -> &Calibration {
        &self.all
    }

    /// The share of images that the model is not sure of.
    pub fn not_sure_share(&self) -> f64 {
        ratio(self.not_sure.images(), self.all.images())
    }

    /// The calibration; `loss` is the mean negative log-likelihood.
    pub fn calibrated(&self, loss: f64) -> Calibrated {
        Calibrated {
            expected_calibration_error: self.all.expected_error(),
            negative_log_likelihood: loss,
            brier_score: self.all.brier_score(),
            bins: self.all.bins().to_vec(),
        }
    }

    pub fn sureness(&self) -> Sureness {
        let accuracy = |part: &Calibration| (part.images() > 0).then(|| part.accuracy());
        Sureness {
            sure: self.sure.images(),
            sure_share: ratio(self.sure.images(), self.all.images()),
            accuracy_where_sure: accuracy(&self.sure),
            not_sure: self.not_sure.images(),
            accuracy_where_not_sure: accuracy(&self.not_sure),
        }
    }
}

/// The accuracy on one writer's images.
#[derive(Serialize)]
pub struct WriterFigures {
    writer: String,
    images: u64,
    correct: u64,
    accuracy: f64,
}

/// The known writers, the lowest accuracy first; `readings` are probabilities with labels.
pub fn by_writer<'a>(
    writers: &[Arc<str>],
    readings: impl Iterator<Item = (&'a [f32], usize)>,
) -> Vec<WriterFigures> {
    let mut counts: BTreeMap<&str, (u64, u64)> = BTreeMap::new();
    let known = |(writer, _): &(&Arc<str>, _)| !writer.is_empty();
    for (writer, (probabilities, label)) in writers.iter().zip(readings).filter(known) {
        let (images, correct) = counts.entry(writer).or_default();
        *images += 1;
        *correct += u64::from(largest(probabilities) == label);
    }
    let figures = |(writer, (images, correct)): (&str, (u64, u64))| WriterFigures {
        writer: writer.into(),
        images,
        correct,
        accuracy: ratio(correct, images),
    };
    let mut all: Vec<WriterFigures> = counts.into_iter().map(figures).collect();
    all.sort_by(|one, other| one.accuracy.total_cmp(&other.accuracy));
    all
}

/// The writers as a table.
pub fn writers_table(writers: &[WriterFigures]) -> String {
    let row = |figures: &WriterFigures| {
        vec![figures.writer.clone(), integer(figures.images), percent(figures.accuracy, 2)]
    };
    markdown(&["writer", "images", "accuracy"], &writers.iter().map(row).collect::<Vec<_>>())
}

#[cfg(test)]
mod tests {
    use super::*;
    use patchwork::families::vit;
    use patchwork::weights::Weights;

    #[test]
    fn accuracy_where_sure_is_none_for_a_model_that_is_never_sure() {
        let weights = Weights::init(&vit::TINY.model(28, 2), 1);
        let mut tally = Tally::new(ConfidenceRule::new(&weights));
        tally.record(&[0.9, 0.1], 0);
        tally.record(&[0.9, 0.1], 1);
        let found = tally.sureness();
        assert_eq!((found.accuracy_where_sure, found.accuracy_where_not_sure), (None, Some(0.5)));
        assert_eq!((found.sure, found.not_sure, tally.not_sure_share()), (0, 2, 1.0));
        assert!(found.line().contains("right about – of those"), "{}", found.line());
    }

    #[test]
    fn writers_are_sorted_worst_first() {
        let writers: Vec<Arc<str>> = ["ann", "bob", "ann", "bob", "cid"].map(Arc::from).to_vec();
        let (zero, one) = ([0.9, 0.1], [0.1, 0.9]);
        let readings = [(&zero[..], 0), (&zero, 1), (&one, 0), (&zero, 1), (&one, 1)];
        let found = by_writer(&writers, readings.into_iter());
        let figures: Vec<_> =
            found.iter().map(|f| (f.writer.as_str(), f.images, f.correct, f.accuracy)).collect();
        assert_eq!(figures, [("bob", 2, 0, 0.0), ("ann", 2, 1, 0.5), ("cid", 1, 1, 1.0)]);
        assert!(writers_table(&found).contains("| bob    |      2 |"), "{}", writers_table(&found));
    }
}
