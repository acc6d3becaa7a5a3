//! `metrics.csv`: one row an epoch.

use crate::error::{Error, Result};
use crate::metrics::EpochRow;

/// The rows as CSV with a header. Numbers are written with as few digits as give the same number
/// back; a value there is not is an empty cell.
///
/// # Errors
/// Where the encoder fails.
pub fn encode(rows: &[EpochRow]) -> Result<Vec<u8>> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    let failed = |problem: String| Error::data(format!("the metrics cannot be written: {problem}"));
    if rows.is_empty() {
        writer.write_record(COLUMNS).map_err(|error| failed(error.to_string()))?;
    }
    for row in rows {
        writer.serialize(row).map_err(|error| failed(error.to_string()))?;
    }
    writer.into_inner().map_err(|error| failed(error.to_string()))
}

/// The rows of a `metrics.csv`, to go on with. Columns are found by name. A last line without its
/// line feed was cut off while it was written, and is left out.
///
/// # Errors
/// Where a column is missing or a cell is not what it should be, with row and reason.
pub fn decode(bytes: &[u8]) -> Result<Vec<EpochRow>> {
    let whole = bytes.iter().rposition(|&byte| byte == b'\n').map_or(0, |end| end + 1);
    let mut reader = csv::Reader::from_reader(&bytes[..whole]);
    let columns = reader.headers().map_err(|error| damaged(&error, None))?.clone();
    reader.deserialize().map(|row| row.map_err(|error| damaged(&error, Some(&columns)))).collect()
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

fn damaged(error: &csv::Error, columns: Option<&csv::StringRecord>) -> Error {
    let problem = match error.kind() {
        csv::ErrorKind::Deserialize { err, .. } => {
            match err.field().and_then(|field| columns?.get(field as usize)) {
                Some(column) => format!("a bad {column}: {}", err.kind()),
                None => err.kind().to_string(),
            }
        }
        csv::ErrorKind::UnequalLengths { expected_len, len, .. } => {
            format!("{len} cells where the header has {expected_len}")
        }
        _ => "this is no CSV text".to_owned(),
    };
    let error_at =
        Error::data(problem).help("Correct the row, or move the file away to start a new history");
    match error.position() {
        Some(position) => error_at.at_row(position.line()),
        None => error_at,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
    fn the_header_is_there_even_without_rows() {
        let empty = encode(&[]).unwrap();
        let full = encode(&[row(1)]).unwrap();
        assert!(full.starts_with(&empty), "the list of columns is out of step with the row");
        assert_eq!(decode(&empty).unwrap(), []);
        assert_eq!(decode(b"").unwrap(), []);
    }

    #[test]
    fn rows_come_back_bit_for_bit() {
        let mut rows = vec![row(1), row(2), row(3)];
        rows[1].validation_loss = None;
        rows[1].validation_accuracy = None;
        assert_eq!(decode(&encode(&rows).unwrap()).unwrap(), rows);
        rows[2].train_loss = f32::NAN;
        let back = decode(&encode(&rows).unwrap()).unwrap();
        assert!(back[2].train_loss.is_nan());
    }

    #[test]
    fn a_file_cut_anywhere_gives_the_whole_rows_before_the_cut() {
        let rows = vec![row(1), row(2), row(3)];
        let bytes = encode(&rows).unwrap();
        for cut in 0..=bytes.len() {
            let lines = bytes[..cut].iter().filter(|&&byte| byte == b'\n').count();
            assert_eq!(decode(&bytes[..cut]).unwrap(), rows[..lines.saturating_sub(1)], "at {cut}");
        }
    }

    #[test]
    fn a_bad_cell_is_named_with_its_row() {
        let good = String::from_utf8(encode(&[row(1), row(2)]).unwrap()).unwrap();
        let error = decode(good.replace("2,844,", "2,many,").as_bytes()).unwrap_err();
        assert_eq!(error.place.row, Some(3));
        assert!(error.problem.starts_with("a bad step: "), "{error}");
        let error = decode(good.replace("2,844,", "2,").as_bytes()).unwrap_err();
        assert!(error.problem.contains("8 cells where the header has 9"), "{error}");
        let error = decode(good.replacen("epoch", "age", 1).as_bytes()).unwrap_err();
        assert!(error.problem.contains("epoch"), "{error}");
        assert!(decode(b"\xff\xfe\n\x00\n").is_err());
    }
}
