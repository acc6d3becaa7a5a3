//! Predictions as CSV.

use super::confusion::name;
use crate::error::{Error, ErrorKind, Result};
use crate::metrics::largest;

/// The predictions of a model for the images of a file.
#[derive(Debug, Clone, Copy)]
pub struct Predictions<'a> {
    /// The probability of each class for each image, `[images, classes]`.
    pub probabilities: &'a [f32],
    /// Classes.
    pub classes: usize,
    /// Class names; empty if the classes are plain numbers.
    pub class_names: &'a [String],
    /// The file's own ids for its images; empty if it has none, and images are then counted from 1.
    pub ids: &'a [&'a str],
    /// The file's name for these ids.
    pub id_name: Option<&'a str>,
}

/// Kaggle's `ImageId,Label`: the file's own ids under their own name, or else images counted from 1; with
/// `detailed`, a column `p0`, `p1`, … (`p_cat`, … if classes have names) for the probability of each class.
///
/// # Errors
/// If the writer fails.
pub fn table(predictions: Predictions<'_>, detailed: bool) -> Result<Vec<u8>> {
    let Predictions { probabilities, classes, class_names, ids, id_name } = predictions;
    let failed = |error: csv::Error| Error::from_cause(ErrorKind::File, error);
    let mut writer = csv::Writer::from_writer(Vec::new());
    let shown = if detailed { classes } else { 0 };
    let head = [id_name.unwrap_or("ImageId").to_string(), "Label".to_string()].into_iter();
    let between = if class_names.is_empty() { "" } else { "_" };
    let details = (0..shown).map(|class| format!("p{between}{}", name(class_names, class)));
    writer.write_record(head.chain(details)).map_err(failed)?;
    for (index, row) in probabilities.chunks_exact(classes).enumerate() {
        let id = ids.get(index).map_or_else(|| (index + 1).to_string(), ToString::to_string);
        let cells = [id, name(class_names, largest(row))].into_iter();
        let details = row[..shown].iter().map(|probability| format!("{probability:.6}"));
        writer.write_record(cells.chain(details)).map_err(failed)?;
    }
    writer.into_inner().map_err(|error| failed(error.into_error().into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_submission_has_kaggles_format() {
        let probabilities = [0.1, 0.7, 0.2, 0.5, 0.25, 0.25];
        let predictions = Predictions {
            probabilities: &probabilities,
            classes: 3,
            class_names: &[],
            ids: &[],
            id_name: None,
        };
        let plain = table(predictions, false).expect("a table");
        assert_eq!(plain, b"ImageId,Label\n1,1\n2,0\n");
        let detailed = String::from_utf8(table(predictions, true).expect("a table"));
        let expected = "ImageId,Label,p0,p1,p2\n1,1,0.100000,0.700000,0.200000\n\
                        2,0,0.500000,0.250000,0.250000\n";
        assert_eq!(detailed.as_deref(), Ok(expected));
    }

    #[test]
    fn a_submission_uses_the_names_of_file_and_classes() {
        let names = ["cat", "dog"].map(String::from);
        let predictions = Predictions {
            probabilities: &[0.25, 0.75, 1.0, 0.0],
            classes: 2,
            class_names: &names,
            ids: &["b, 7", "a"],
            id_name: Some("file"),
        };
        let text = String::from_utf8(table(predictions, true).expect("a table"));
        let expected =
            "file,Label,p_cat,p_dog\n\"b, 7\",dog,0.250000,0.750000\na,cat,1.000000,0.000000\n";
        assert_eq!(text.as_deref(), Ok(expected));
    }
}
