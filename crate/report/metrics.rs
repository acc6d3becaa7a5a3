//! `metrics.csv`: one row per epoch.

use crate::error::{Error, Result};
use crate::metrics::EpochRow;

/// The rows as CSV with a header. Numbers are written with the fewest digits that round-trip; a
/// missing value is an empty cell.
///
/// # Errors
/// If the encoder fails.
pub fn encode(rows: &[EpochRow]) -> Result<Vec<u8>> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    let failed = |error: csv::Error| {
        Error::data(format!("the metrics cannot be written: {error}")).because(error)
    };
    if rows.is_empty() {
        writer.write_record(COLUMNS).map_err(failed)?;
    }
    for row in rows {
        writer.serialize(row).map_err(failed)?;
    }
    writer.into_inner().map_err(|error| failed(error.into_error().into()))
}

/// The columns, in the order of [`EpochRow`].
const COLUMNS: [&str; 9] = [
    "epoch",
    "step",
    "train_loss",
    "train_accuracy",
    "validation_loss",
    "validation_accuracy",
    "learning_rate",
    "images_per_second",
    "seconds",
];

#[cfg(test)]
mod tests {
    use super::*;

    fn decode(bytes: &[u8]) -> Vec<EpochRow> {
        csv::Reader::from_reader(bytes).deserialize().map(|row| row.unwrap()).collect()
    }

    fn row(epoch: u32) -> EpochRow {
        EpochRow {
            epoch,
            step: u64::from(epoch) * 422,
            train_loss: 0.1,
            train_accuracy: 1.0 / 3.0,
            validation_loss: Some(0.25),
            validation_accuracy: Some(0.975),
            learning_rate: 3e-7,
            images_per_second: 1234.5,
            seconds: 60.25,
        }
    }

    #[test]
    fn the_header_is_written_even_without_rows() {
        let empty = encode(&[]).unwrap();
        let full = encode(&[row(1)]).unwrap();
        assert!(full.starts_with(&empty), "the list of columns is out of step with the row");
        assert_eq!(decode(&empty), []);
    }

    #[test]
    fn rows_round_trip_bit_for_bit() {
        let mut rows = vec![row(1), row(2), row(3)];
        rows[1].validation_loss = None;
        rows[1].validation_accuracy = None;
        assert_eq!(decode(&encode(&rows).unwrap()), rows);
        rows[2].train_loss = f32::NAN;
        let back = decode(&encode(&rows).unwrap());
        assert!(back[2].train_loss.is_nan());
    }
}
