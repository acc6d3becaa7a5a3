//! The report of a run that has no folder.

use crate::error::{Error, Result};
use crate::metrics::largest;
use crate::protocol::FilePart;
use crate::report::html::{self, Report, SplitSizes};
use crate::report::samples::Sample;
use crate::studio::Studio;
use crate::weights;

/// Samples of the report: mistakes first.
const SAMPLES: usize = 50;

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

impl Studio {
    /// The report of the run as one page of HTML; `finished` is in seconds since 1970.
    ///
    /// # Errors
    /// Where there is no run.
    pub fn report(&self, names: Names, finished: u64) -> Result<String> {
        let session = self.running()?;
        let (material, split) = (session.material(), session.split());
        let count = |number: usize| number as u64;
        let (set, evaluation) = match self.tested() {
            Some(evaluation) => ("test", Some(evaluation)),
            None => ("validation", session.validation()),
        };
        let settings = (session.model(), session.recipe());
        Report {
            title: names.title,
            finished,
            preset: names.preset,
            parameters: weights::count(session.model()) as u64,
            facts: html::facts(session.model(), session.recipe()),
            sources: self.sources(),
            notices: Vec::new(),
            split: SplitSizes {
                train: count(split.train.len()),
                validation: count(split.validation.len()),
                test: count(material.test.as_ref().map_or(split.test.len(), |test| test.len())),
            },
            seed: session.recipe().seed,
            device: names.device,
            epochs: session.history().to_vec(),
            evaluation: evaluation.map(|evaluation| html::Evaluation {
                set: set.into(),
                loss: evaluation.loss,
                confusion: evaluation.confusion.clone(),
            }),
            class_names: Vec::new(),
            side: material.train.side(),
            samples: self.samples(),
            settings: serde_json::to_string_pretty(&settings)
                .map_err(|error| Error::config(error.to_string()))?,
            files: Vec::new(),
            commands: Vec::new(),
            version: env!("CARGO_PKG_VERSION").into(),
        }
        .html()
    }

    fn sources(&self) -> Vec<html::Source> {
        let role = |part| match part {
            FilePart::Train => Some("training"),
            FilePart::Test => Some("test"),
            FilePart::Unlabelled | FilePart::Ignored => None,
        };
        self.shelf
            .reports()
            .into_iter()
            .filter_map(|file| {
                let role = role(file.part)?.into();
                Some(html::Source { role, origin: file.name, images: file.images as u64 })
            })
            .collect()
    }

    /// Validation images with their predictions: the mistakes first, then others.
    fn samples(&self) -> Vec<Sample> {
        let Some(session) = self.session() else { return Vec::new() };
        let Some(evaluation) = session.validation() else { return Vec::new() };
        let data = &session.material().train;
        let rows = evaluation.probabilities.chunks_exact(evaluation.confusion.classes());
        let (mut samples, rest): (Vec<Sample>, Vec<Sample>) = session
            .split()
            .validation
            .iter()
            .zip(rows)
            .map(|(&index, row)| Sample {
                pixels: data.image(index).to_vec(),
                label: data.labels().map(|labels| usize::from(labels[index])),
                prediction: largest(row),
                confidence: row[largest(row)],
            })
            .partition(Sample::is_mistake);
        samples.truncate(SAMPLES);
        samples.extend(rest.into_iter().take(SAMPLES - samples.len()));
        samples
    }
}
