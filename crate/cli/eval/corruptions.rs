//! `--corruptions`: evaluation on corrupted images (rotated, shifted, blurred and so on).

use serde::Serialize;

use super::Measured;
use super::figures::Tally;
use crate::show::work_progress;
use patchwork::data::corrupt::{Corruption, Row, suite};
use patchwork::error::Result;
use patchwork::metrics::interval;
use patchwork::report::format::percent;
use patchwork::report::table::markdown;

/// The results of a model under one corruption.
#[derive(Serialize)]
pub struct Corrupted {
    corruption: &'static str,
    /// Images; if a corruption has several variants, each image counts once per variant.
    images: u64,
    accuracy: f64,
    /// For as many cases as there are images: the variants of one image are not independent.
    accuracy_interval: (f64, f64),
    expected_calibration_error: f64,
    not_sure_share: f64,
}

/// Evaluates without corruption, then under each.
pub fn measure(measured: &Measured) -> Result<Vec<Corrupted>> {
    let rows = suite();
    let images = measured.labels.len();
    let total = images * rows.iter().map(|row| row.variants.len()).sum::<usize>();
    let (mut show, mut before) = (work_progress("Corruptions"), 0);
    let mut found = vec![corrupted("none", images, &measured.tally)];
    for Row { name, variants } in rows {
        let mut tally = Tally::new(measured.confidence_rule);
        for corruption in variants {
            read(measured, corruption, &mut tally, |done| show(before + done, total))?;
            before += images;
        }
        found.push(corrupted(name, images, &tally));
    }
    Ok(found)
}

/// Evaluates the model on all images under one corruption.
fn read(
    measured: &Measured,
    corruption: Corruption,
    tally: &mut Tally,
    mut progress: impl FnMut(usize),
) -> Result<()> {
    let opened = &measured.opened;
    let data = corruption.of(&opened.images.data, measured.seed);
    let evaluation = opened.evaluate_on(&data, |done, _| progress(done))?;
    let classes = opened.weights.config.classes;
    tally.add(&evaluation.probabilities, &measured.labels, classes);
    Ok(())
}

fn corrupted(corruption: &'static str, images: usize, tally: &Tally) -> Corrupted {
    let accuracy = tally.all().accuracy();
    Corrupted {
        corruption,
        images: images as u64,
        accuracy,
        accuracy_interval: interval(accuracy, images as u64),
        expected_calibration_error: tally.all().expected_error(),
        not_sure_share: tally.not_sure_share(),
    }
}

/// The corruptions as a table.
pub fn table(corruptions: &[Corrupted]) -> String {
    let row = |found: &Corrupted| {
        let (low, high) = found.accuracy_interval;
        vec![
            found.corruption.into(),
            percent(found.accuracy, 2),
            format!("{} to {}", percent(low, 2), percent(high, 2)),
            percent(found.expected_calibration_error, 2),
            percent(found.not_sure_share, 1),
        ]
    };
    let head = ["corruption", "accuracy", "95 % interval", "calibration error", "not sure"];
    markdown(&head, &corruptions.iter().map(row).collect::<Vec<_>>())
}
