//! `--not-digits`: evaluation on ink that is not a digit.

use serde::Serialize;

use super::Measured;
use crate::show::work_progress;
use patchwork::data::Dataset;
use patchwork::data::drawing::{self, AREA, SIDE};
use patchwork::data::not_digits::NotDigitKind;
use patchwork::data::pen;
use patchwork::error::{Error, Result};
use patchwork::metrics::separation::auroc;
use patchwork::metrics::{largest, ratio};
use patchwork::report::format::{integer, percent};
use patchwork::report::letters::{self, LETTERS};
use patchwork::report::table::markdown;
use patchwork::rng::{self, Purpose, RngExt};

/// Images of each kind.
const IMAGES: usize = 1000;

/// Letters whose shapes no model was trained on ([`patchwork::data::synth::sign`] draws none of them).
const KEPT_BACK: [char; 6] = ['F', 'K', 'R', 'W', 'h', 'm'];

/// The number of letters among the kinds, for their random streams.
const LETTERS_KIND: u64 = NotDigitKind::ALL.len() as u64;

/// The results of a model on one kind of ink.
#[derive(Serialize)]
pub struct Shown {
    kind: &'static str,
    images: u64,
    not_sure_share: f64,
    /// The mean probability of the top class.
    mean_confidence: f64,
    /// How well the logit margin separates the evaluated digits from this kind.
    auroc: f64,
}

/// Evaluates the model on all kinds.
///
/// # Errors
/// If it takes images of another size, or the device fails.
pub fn measure(measured: &Measured) -> Result<Vec<Shown>> {
    let side = measured.opened.weights.config.image_size;
    if side != SIDE {
        return Err(Error::config(format!(
            "the built-in non-digits are {SIDE}×{SIDE}, but the model reads {side}×{side}"
        ))
        .help("Leave --not-digits out"));
    }
    let digits: Vec<f64> = measured
        .readings()
        .map(|(row, _)| f64::from(measured.confidence_rule.margin(row)))
        .collect();
    let total = IMAGES * (NotDigitKind::ALL.len() + 2);
    let (mut show, mut before) = (work_progress("Non-digits"), 0);
    let mut found = Vec::new();
    for (name, images) in kinds(measured.seed)? {
        let progress = |done, _| show(before + done, total);
        let evaluation = measured.opened.evaluate_on(&images, progress)?;
        before += IMAGES;
        found.push(shown(measured, name, &evaluation.probabilities, &digits));
    }
    Ok(found)
}

fn shown(measured: &Measured, kind: &'static str, probabilities: &[f32], digits: &[f64]) -> Shown {
    let rows = || probabilities.chunks_exact(measured.opened.weights.config.classes);
    let images = rows().len() as u64;
    let not_sure = rows().filter(|row| !measured.confidence_rule.is_sure(row)).count() as u64;
    let confidence: f64 = rows().map(|row| f64::from(row[largest(row)])).sum();
    let margin: Vec<f64> =
        rows().map(|row| f64::from(measured.confidence_rule.margin(row))).collect();
    Shown {
        kind,
        images,
        not_sure_share: ratio(not_sure, images),
        mean_confidence: confidence / images as f64,
        auroc: auroc(&margin, digits),
    }
}

/// Images of each kind, with its name.
fn kinds(seed: u64) -> Result<Vec<(&'static str, Dataset)>> {
    let made = |kind: NotDigitKind| -> Result<(&'static str, Dataset)> {
        let pixels = (0..IMAGES as u64).flat_map(|index| kind.image(seed, index)).collect();
        Ok((kind.name(), Dataset::new(SIDE, pixels, None)?))
    };
    let printed = |wanted: &dyn Fn(&char) -> bool| -> Result<Dataset> {
        let chosen: Vec<char> = LETTERS.iter().copied().filter(wanted).collect();
        let images: Vec<[u8; AREA]> =
            (0..IMAGES as u64).map(|index| letter(&chosen, seed, index)).collect::<Result<_>>()?;
        Dataset::new(SIDE, images.concat(), None)
    };
    let mut all = vec![
        ("letters, printed", printed(&|letter| !KEPT_BACK.contains(letter))?),
        ("printed letters kept back from training", printed(&|letter| KEPT_BACK.contains(letter))?),
    ];
    for kind in NotDigitKind::ALL {
        all.push(made(kind)?);
    }
    Ok(all)
}

/// One of the letters `chosen`: rotated and slanted by up to 10° and with strokes up to 0.8 px wider or thinner.
fn letter(chosen: &[char], seed: u64, index: u64) -> Result<[u8; AREA]> {
    let mut rng = rng::stream(seed, Purpose::NotDigits, &[LETTERS_KIND, index]);
    let letter = chosen[index as usize % chosen.len()];
    let mut upto = |limit: f32| limit * (2.0 * rng.random::<f32>() - 1.0);
    let ink = letters::ink(letter, upto(10.0), upto(10.0))?;
    let image = drawing::normalise_ink(&ink, letters::SIDE, letters::SIDE).unwrap_or([0; AREA]);
    let changed = pen::change_width(&image, SIDE, upto(0.8));
    Ok(std::array::from_fn(|pixel| changed[pixel]))
}

/// The kinds as a table.
pub fn table(kinds: &[Shown]) -> String {
    let row = |shown: &Shown| {
        vec![
            shown.kind.into(),
            integer(shown.images),
            percent(shown.not_sure_share, 1),
            percent(shown.mean_confidence, 1),
            format!("{:.3}", shown.auroc),
        ]
    };
    let head = ["no digits", "images", "not sure", "mean confidence", "AUROC"];
    markdown(&head, &kinds.iter().map(row).collect::<Vec<_>>())
}
