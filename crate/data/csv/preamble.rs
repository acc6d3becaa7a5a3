//! What may come before a table: a separator line, comments, a title, counts.

use super::cell::{self, Cells, Rows};
use super::places::Name;
use super::roles::names_a_role;
use crate::data::limits::MIN_SIDE;

/// The most cells with content in a row before the table.
const FEW: usize = 8;

/// The fewest cells of a row of the table.
const NARROWEST: usize = MIN_SIDE * MIN_SIDE;

/// The number of rows before the table, and notices about them.
pub(super) fn skipped(rows: &Rows) -> (usize, Vec<String>) {
    let widths: Vec<usize> = rows.iter().map(|row| row.cells.count()).collect();
    let is_before = |(at, cells): (usize, Cells)| {
        // A comment as wide as the table below it is its header, as numpy writes it.
        let header = widths[at] >= NARROWEST && widths.get(at + 1) == Some(&widths[at]);
        let comment = is_comment(cells) && !header;
        comment || (cells.filled() <= FEW && !names_columns(cells))
    };
    let cells = || rows.iter().map(|row| row.cells);
    let skipped = cells().enumerate().position(|row| !is_before(row)).unwrap_or_default();
    if widths.get(skipped).is_none_or(|&width| width < NARROWEST) {
        return (0, Vec::new());
    }
    let told: Vec<String> =
        cells().take(skipped).filter(|&cells| !is_separator(cells)).map(shown).collect();
    let notice = match &told[..] {
        [] => None,
        [only] => Some(format!("The line before the table was skipped: {only}")),
        [first, ..] => Some(format!(
            "The {} lines before the table were skipped; the first is {first}",
            told.len()
        )),
    };
    (skipped, notice.into_iter().collect())
}

/// Whether a row names the label or ids and pixels: a header, however short.
fn names_columns(cells: Cells) -> bool {
    let names_a_pixel = |cell: &[u8]| {
        let name = Name::new(&cell::text(cell));
        name.is_numbered() && !name.is_only_a_number()
    };
    cells.iter().any(names_a_role) && cells.iter().any(names_a_pixel)
}

fn is_comment(cells: Cells) -> bool {
    cells.get(0).starts_with(b"#") || cells.get(0).starts_with(b"%")
}

/// Whether this is a line such as `sep=;`, which declares the delimiter to spreadsheets.
fn is_separator(cells: Cells) -> bool {
    cells.get(0).get(..4).is_some_and(|start| start.eq_ignore_ascii_case(b"sep="))
}

/// The non-empty cells of a line, for a message.
fn shown(cells: Cells) -> String {
    let filled: Vec<&[u8]> = cells.iter().filter(|cell| !cell.is_empty()).take(FEW).collect();
    cell::shown(&filled.join(&b' '))
}
