//! `--mistakes`: the misclassified images on one sheet.

use super::Measured;
use crate::complain;
use crate::output::Output;
use patchwork::error::Result;
use patchwork::files::write;
use patchwork::metrics::largest;
use patchwork::report::samples::Sample;
use patchwork::report::sheet::sheet;
use patchwork::words::counted;

/// Writes the misclassified images as PNG, the most confident mistakes first; no file if there are
/// none.
pub fn write(measured: &Measured, output: &Output) -> Result<()> {
    let data = &measured.opened.images.data;
    let sample = |(index, (probabilities, label)): (usize, (&[f32], usize))| {
        let prediction = largest(probabilities);
        (prediction != label).then(|| Sample {
            pixels: data.image(index).to_vec(),
            label: Some(label),
            prediction,
            confidence: probabilities[prediction],
        })
    };
    let mut mistakes: Vec<Sample> = measured.readings().enumerate().filter_map(sample).collect();
    if mistakes.is_empty() {
        complain(&format!("No image was misread: {} is not written", output.path().display()));
        return Ok(());
    }
    mistakes.sort_by(|one, other| other.confidence.total_cmp(&one.confidence));
    write::atomic(output.path(), &sheet(data.side(), &mistakes, &measured.opened.class_names)?)?;
    complain(&format!("{} in {}", counted(mistakes.len(), "mistake"), output.said()));
    Ok(())
}
