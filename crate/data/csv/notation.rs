//! Whether commas and points in numbers are decimal separators: decided for the whole file, from all its
//! cells.
//!
//! `1,020` may be 1.02 or 1020. Separators are assumed to be decimal while reading; by the end some number, such as
//! `0,5` or `12,25`, must have confirmed it. Otherwise the file is refused.

use super::cell;
use crate::error::{Error, Result};

/// Evidence from a file's numbers about points and commas.
#[derive(Default)]
pub(super) struct Notation {
    point: Sign,
    comma: Sign,
}

/// The evidence about one of the two.
#[derive(Default)]
struct Sign {
    /// Some number shows that it is the decimal separator.
    decimal: bool,
    /// The first number that could also have groups of three digits: row, column and text.
    doubtful: Option<(u64, u64, String)>,
}

impl Notation {
    /// Records a numeric cell.
    #[inline]
    pub fn note(&mut self, cell: &[u8], row: u64, column: usize) {
        let Some(at) = cell.iter().rposition(|&byte| matches!(byte, b'.' | b',')) else { return };
        let sign = if cell[at] == b',' { &mut self.comma } else { &mut self.point };
        if sign.decimal {
            return;
        }
        if is_grouped(cell, at) {
            sign.doubtful.get_or_insert_with(|| (row, column as u64 + 1, cell::text(cell)));
        } else {
            sign.decimal = true;
        }
    }

    /// Ends the file.
    ///
    /// # Errors
    /// If a number is ambiguous and no other number resolves it.
    pub fn finish(&self) -> Result<()> {
        for (sign, mark, name) in [(&self.comma, ',', "comma"), (&self.point, '.', "point")] {
            if let (false, Some((row, column, text))) = (sign.decimal, &sign.doubtful) {
                let (decimal, grouped) = (text.replace(mark, "."), text.replace(mark, ""));
                return Err(Error::data(format!(
                    "'{text}' may be {decimal} with a decimal {name} or {grouped} with a {name} between thousands, and \
                     no other number of the file says which"
                ))
                .help("Write numbers without separators of thousands, and pixels as 0–255 or 0–1")
                .at_row(*row)
                .at_column(*column));
            }
        }
        Ok(())
    }
}

/// Whether a number with its last point or comma at `at` could also have groups of three digits.
fn is_grouped(cell: &[u8], at: usize) -> bool {
    let (before, after) = (&cell[..at], &cell[at + 1..]);
    let before = before.strip_prefix(b"-").or(before.strip_prefix(b"+")).unwrap_or(before);
    let digits = |text: &[u8]| text.iter().all(u8::is_ascii_digit);
    after.len() == 3
        && digits(after)
        && (1..=3).contains(&before.len())
        && digits(before)
        && before[0] != b'0'
}

/// The number in a cell with digit groups of three: `65,535`, `65 535`, `65'535`, `65.535`.
pub(super) fn ungrouped(cell: &[u8]) -> Option<u64> {
    let text = std::str::from_utf8(cell).ok()?;
    let is_separator = |character: char| ",.'’ \u{a0}\u{202f}_".contains(character);
    let separator = text.chars().find(|&character| is_separator(character))?;
    let mut groups = text.split(separator);
    let first = groups.next().filter(|first| (1..=3).contains(&first.len()))?;
    let groups: Vec<&str> = groups.collect();
    let digits = |group: &str| group.bytes().all(|byte| byte.is_ascii_digit());
    let grouped = groups.iter().all(|group| group.len() == 3 && digits(group)) && digits(first);
    if grouped { (first.to_string() + &groups.concat()).parse().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn finish(cells: &[&str]) -> Result<()> {
        let mut notation = Notation::default();
        for (row, cell) in (1..).zip(cells) {
            notation.note(cell.as_bytes(), row, 2);
        }
        notation.finish()
    }

    #[test]
    fn one_certainly_decimal_number_is_enough() {
        for sure in ["0,5", "0,125", "12,25", "1234,567", ",5", "1,5e-3", "1,0"] {
            assert!(finish(&["1,020", sure]).is_ok(), "{sure}");
            assert!(finish(&["1.020", &sure.replace(',', ".")]).is_ok(), "{sure}");
            assert!(finish(&["1.020", sure]).is_err(), "a comma says nothing of points");
        }
        assert!(finish(&["1", "255", "-3"]).is_ok());
    }

    #[test]
    fn ambiguous_numbers_are_refused_with_both_readings() {
        let error = finish(&["0", "1,020", "65,535"]).unwrap_err();
        assert!(error.problem.contains("'1,020' may be 1.020"), "{error}");
        assert!(error.problem.contains("or 1020 with"), "{error}");
        assert_eq!((error.place.row, error.place.column), (Some(2), Some(3)));
        assert!(finish(&["1.000"]).is_err());
    }

    #[test]
    fn digit_groups_are_recognised() {
        for cell in ["65,535", "65 535", "65'535", "65’535", "65.535", "65\u{a0}535"] {
            assert_eq!(ungrouped(cell.as_bytes()), Some(65535), "{cell}");
        }
        assert_eq!(ungrouped(b"1,234,567"), Some(1_234_567));
        for cell in ["65,53", "65535", "a,535", "65,535.5", ",535"] {
            assert_eq!(ungrouped(cell.as_bytes()), None, "{cell}");
        }
    }
}
