//! The report of a run: what a session knows of itself, for the page and for the command line.

use crate::data::Dataset;
use crate::error::{Error, Result};
use crate::metrics::largest;
use crate::protocol::{EvaluatedSplit, Evaluation, FileReport, FileRole, RunSettings};
use crate::report::html::{self, Report, SplitSizes};
use crate::report::samples::Sample;
use crate::train::Session;
use crate::weights;
use crate::workspace::Workspace;

/// Digits that a report shows, and how many of them at most are mistakes.
const SAMPLES: usize = 48;
const MISTAKES: usize = 24;

/// What a report calls things.
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
/// Sources, notices, files and commands are for the caller to add.
///
/// # Errors
/// Where the settings cannot be written as JSON.
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
            .map_err(|error| Error::config(error.to_string()))?,
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

/// The images that an evaluation of `part` looked at, in its order.
fn shown(session: &Session, part: EvaluatedSplit) -> (&Dataset, Vec<usize>) {
    let datasets = session.datasets();
    match (part, &datasets.test) {
        (EvaluatedSplit::Validation, _) => (&datasets.train, session.split().validation.clone()),
        (EvaluatedSplit::Test, Some(test)) => (test, (0..test.len()).collect()),
        (EvaluatedSplit::Test, None) => (&datasets.train, session.split().test.clone()),
    }
}

impl Workspace {
    /// The report of the run as one page of HTML; `finished` is in seconds since 1970.
    ///
    /// # Errors
    /// Where there is no run.
    pub fn report(&self, names: Names, finished: u64) -> Result<String> {
        let session = self.running()?;
        let tested = self.tested().map(|evaluation| (EvaluatedSplit::Test, evaluation));
        let validated =
            session.validation().map(|evaluation| (EvaluatedSplit::Validation, evaluation));
        let report = of_session(session, names, finished, tested.or(validated))?;
        Report { sources: self.sources(), notices: self.notices(), ..report }.html()
    }

    /// What is odd about the files of the run.
    fn notices(&self) -> Vec<String> {
        let used = |file: &FileReport| matches!(file.part, FileRole::Train | FileRole::Test);
        let files = self.files.reports().into_iter().filter(used);
        files
            .flat_map(|FileReport { name, notices, .. }| {
                notices.into_iter().map(move |notice| format!("{name}: {notice}"))
            })
            .collect()
    }

    fn sources(&self) -> Vec<html::Source> {
        let role = |part| match part {
            FileRole::Train => Some("training"),
            FileRole::Test => Some("test"),
            FileRole::Unlabelled | FileRole::Ignored => None,
        };
        self.files
            .reports()
            .into_iter()
            .filter_map(|file| {
                let role = role(file.part)?.into();
                Some(html::Source { role, origin: file.name, images: file.images as u64 })
            })
            .collect()
    }
}
