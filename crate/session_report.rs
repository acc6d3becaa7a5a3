//! The report of a training session, for the page and the command line.

use crate::data::Dataset;
use crate::error::{Error, ErrorKind, Result};
use crate::metrics::largest;
use crate::protocol::{EvaluatedSplit, Evaluation, RunSettings};
use crate::report::html::{self, Report, SplitSizes};
use crate::report::samples::Sample;
use crate::train::Session;
use crate::weights;

/// Digits shown in a report, and the most mistakes among them.
const SAMPLES: usize = 48;
const MISTAKES: usize = 24;

/// The names used in a report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Names {
    /// The heading.
    pub title: String,
    /// The preset, or `custom`.
    pub preset: String,
    /// The device that computed.
    pub device: String,
}

/// The report of a session whose last evaluation was `seen`; `finished` is in seconds since 1970.
/// The caller adds sources, notices, files and commands.
///
/// # Errors
/// If the settings cannot be written as JSON.
pub fn of_session(
    session: &Session,
    names: Names,
    finished: u64,
    seen: Option<(EvaluatedSplit, &Evaluation)>,
) -> Result<Report> {
    let (datasets, split) = (session.datasets(), session.split());
    let settings = RunSettings { model: session.model().clone(), train: session.recipe().clone() };
    Ok(Report {
        title: names.title,
        finished,
        preset: names.preset,
        parameters: weights::count(session.model()) as u64,
        facts: html::facts(session.model(), session.recipe()),
        sources: Vec::new(),
        notices: Vec::new(),
        split: SplitSizes {
            train: split.train.len() as u64,
            validation: split.validation.len() as u64,
            test: datasets.test.as_ref().map_or(split.test.len(), Dataset::len) as u64,
        },
        seed: session.recipe().seed,
        device: names.device,
        epochs: session.history().to_vec(),
        evaluation: seen.map(|(part, evaluation)| html::EvaluationSummary {
            set: if part == EvaluatedSplit::Test { "test" } else { "validation" }.into(),
            loss: evaluation.loss,
            confusion: evaluation.confusion.clone(),
        }),
        class_names: session.class_names(),
        side: datasets.train.side(),
        samples: seen.map_or_else(Vec::new, |(part, seen)| samples(session, part, seen)),
        settings: serde_json::to_string_pretty(&settings)
            .map_err(|error| Error::from_cause(ErrorKind::Config, error))?,
        files: Vec::new(),
        commands: Vec::new(),
        version: env!("CARGO_PKG_VERSION").into(),
    })
}

/// Some images of an evaluation with their predictions: the mistakes first, then others.
fn samples(session: &Session, part: EvaluatedSplit, evaluation: &Evaluation) -> Vec<Sample> {
    let (data, indices) = shown(session, part);
    let rows = evaluation.probabilities.chunks_exact(evaluation.confusion.classes());
    let (mistakes, rest): (Vec<Sample>, Vec<Sample>) = indices
        .iter()
        .zip(rows)
        .map(|(&index, row)| Sample {
            pixels: data.image(index).to_vec(),
            label: data.labels().map(|labels| usize::from(labels[index])),
            prediction: largest(row),
            confidence: row[largest(row)],
        })
        .partition(Sample::is_mistake);
    let mut samples: Vec<Sample> = mistakes.into_iter().take(MISTAKES).collect();
    samples.extend(rest.into_iter().take(SAMPLES - samples.len()));
    samples
}

/// The images of the evaluated split, in its order.
fn shown(session: &Session, part: EvaluatedSplit) -> (&Dataset, Vec<usize>) {
    let datasets = session.datasets();
    match (part, &datasets.test) {
        (EvaluatedSplit::Validation, _) => (&datasets.train, session.split().validation.clone()),
        (EvaluatedSplit::Test, Some(test)) => (test, (0..test.len()).collect()),
        (EvaluatedSplit::Test, None) => (&datasets.train, session.split().test.clone()),
    }
}
