//! The outcome of a run.

use std::collections::BTreeMap;

use patchwork::metrics::EpochRow;
use patchwork::protocol::Evaluation;
use patchwork::train::Session;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// The state of a run after some steps. Numbers are written with enough digits to round-trip.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Outcome {
    /// Mean losses as reported: over the steps since the previous report.
    pub losses: Vec<f64>,
    /// Training loss and accuracy, validation loss and accuracy of each finished epoch.
    pub epochs: Vec<[f64; 4]>,
    /// Weights, moments, and the other arrays of a checkpoint.
    pub arrays: BTreeMap<String, Array>,
    /// Figures on held-out images, if evaluated.
    pub test: Option<Test>,
}

/// Figures on held-out images.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Test {
    /// Their mean loss.
    pub loss: f64,
    /// How many are classified correctly.
    pub correct: u64,
}

impl Test {
    pub fn of(Evaluation { loss, confusion, .. }: &Evaluation) -> Self {
        Self { loss: *loss, correct: confusion.correct() }
    }
}

/// A summary of an array of numbers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Array {
    /// Of its bits.
    pub hash: String,
    /// The root of the sum of its squares.
    pub norm: f64,
}

impl Array {
    pub fn of(values: &[f32]) -> Self {
        let bytes: Vec<u8> = values.iter().flat_map(|value| value.to_le_bytes()).collect();
        let squares: f64 = values.iter().map(|&value| f64::from(value).powi(2)).sum();
        Self { hash: hash(&bytes), norm: squares.sqrt() }
    }
}

/// The first half of a SHA-256 in hexadecimal digits.
pub fn hash(bytes: &[u8]) -> String {
    Sha256::digest(bytes)[..16].iter().map(|byte| format!("{byte:02x}")).collect()
}

impl Outcome {
    /// The outcome of a session. `losses` are those that it has reported.
    pub fn of(session: &mut Session, losses: Vec<f64>, test: Option<Test>) -> Self {
        let checkpoint = pollster::block_on(session.checkpoint()).expect("a checkpoint");
        let arrays = [
            ("weights", Some(checkpoint.weights)),
            ("first moment", Some(checkpoint.first_moment)),
            ("second moment", Some(checkpoint.second_moment)),
            ("average", checkpoint.average),
            ("best", checkpoint.best),
        ];
        let arrays = arrays
            .into_iter()
            .filter_map(|(name, values)| Some((name.into(), Array::of(&values?))))
            .collect();
        let epochs = session.history().iter().map(figures).collect();
        Self { losses, epochs, arrays, test }
    }

    /// The differences from another outcome, one line for each kind of figure: all figures and bits without a tolerance;
    /// else losses, norms and correct images within this relative tolerance.
    pub fn differences(&self, expected: &Self, tolerance: Option<f64>) -> Vec<String> {
        if tolerance.is_none() && self == expected {
            return Vec::new();
        }
        let mut problems = Vec::new();
        let recorded = expected.figures();
        let figures = self.figures();
        if figures.keys().ne(recorded.keys()) {
            let names = |map: &BTreeMap<String, Vec<f64>>| map.keys().cloned().collect::<Vec<_>>();
            problems.push(format!("has {:?}, recorded {:?}", names(&figures), names(&recorded)));
        }
        for (name, got) in &figures {
            let Some(expected) = recorded.get(name) else { continue };
            let near = |(a, b): (&f64, &f64)| {
                (a - b).abs() <= tolerance.unwrap_or(0.0) * a.abs().max(b.abs())
            };
            if got.len() != expected.len() || !got.iter().zip(expected).all(near) {
                problems.push(format!("{name}: {got:?}, recorded {expected:?}"));
            }
        }
        for (name, array) in self.arrays.iter().filter(|_| tolerance.is_none()) {
            if expected.arrays.get(name).is_none_or(|recorded| recorded.hash != array.hash) {
                problems.push(format!("{name}: other bits"));
            }
        }
        problems
    }

    /// Everything that can be compared within a tolerance, by name.
    fn figures(&self) -> BTreeMap<String, Vec<f64>> {
        let epochs = |place: usize| self.epochs.iter().map(|figures| figures[place]).collect();
        let mut figures = BTreeMap::from([
            ("losses".to_string(), self.losses.clone()),
            ("training losses of the epochs".to_string(), epochs(0)),
            ("validation losses of the epochs".to_string(), epochs(2)),
        ]);
        if let Some(Test { loss, correct }) = &self.test {
            figures.insert(
                "loss of the test, and correct images".into(),
                vec![*loss, *correct as f64],
            );
        }
        for (name, array) in &self.arrays {
            figures.insert(format!("norm of the {name}"), vec![array.norm]);
        }
        figures
    }
}

/// The figures of an epoch that do not depend on the clock.
fn figures(row: &EpochRow) -> [f64; 4] {
    let validated = |figure: Option<f32>| figure.expect("every epoch is validated");
    [
        row.train_loss,
        row.train_accuracy,
        validated(row.validation_loss),
        validated(row.validation_accuracy),
    ]
    .map(f64::from)
}
