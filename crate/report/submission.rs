//! Predictions as CSV.

use crate::error::{Error, ErrorKind, Result};
use crate::metrics::largest;

/// Kaggle's `ImageId,Label`, the images counted from 1; with `detailed`, a column `p0`, `p1`, … for
/// the probability of each class.
///
/// # Errors
/// Where the writer fails.
pub fn table(probabilities: &[f32], classes: usize, detailed: bool) -> Result<Vec<u8>> {
    let failed = |error: csv::Error| Error::new(ErrorKind::File, error.to_string());
    let mut writer = csv::Writer::from_writer(Vec::new());
    let shown = if detailed { classes } else { 0 };
    let head = ["ImageId".to_string(), "Label".to_string()].into_iter();
    writer.write_record(head.chain((0..shown).map(|c| format!("p{c}")))).map_err(failed)?;
    for (index, row) in probabilities.chunks_exact(classes).enumerate() {
        let cells = [index + 1, largest(row)].into_iter().map(|number| number.to_string());
        let details = row[..shown].iter().map(|probability| format!("{probability:.6}"));
        writer.write_record(cells.chain(details)).map_err(failed)?;
    }
    writer.into_inner().map_err(|error| Error::new(ErrorKind::File, error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_submission_has_kaggles_form() {
        let probabilities = [0.1, 0.7, 0.2, 0.5, 0.25, 0.25];
        let plain = table(&probabilities, 3, false).expect("a table");
        assert_eq!(plain, b"ImageId,Label\n1,1\n2,0\n");
        let detailed = String::from_utf8(table(&probabilities, 3, true).expect("a table"));
        let expected = "ImageId,Label,p0,p1,p2\n1,1,0.100000,0.700000,0.200000\n\
                        2,0,0.500000,0.250000,0.250000\n";
        assert_eq!(detailed.as_deref(), Ok(expected));
    }
}
