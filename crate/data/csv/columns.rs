//! What the columns of a table are: label, row number or pixels. Decided from the header, where
//! there is one, and from the first rows.

use std::ops::Range;

use super::cell::{self, Cells, Row, Rows};
use crate::data::layout::{self, Found, LabelColumn};
use crate::data::limits::{MAX_SIDE, MIN_SIDE};
use crate::error::{Error, Result};

/// Names of a label column, without case, spaces and punctuation.
const LABEL_NAMES: &[&str] = &[
    "label",
    "labels",
    "class",
    "classes",
    "classid",
    "classlabel",
    "y",
    "target",
    "targets",
    "digit",
    "digits",
    "category",
    "letter",
    "character",
    "symbol",
    "output",
    "groundtruth",
];

/// Names of a column that only numbers the rows; pandas writes `Unnamed: 0`.
const INDEX_NAMES: &[&str] = &["index", "id", "idx", "imageid", "rowid", "row", "unnamed0"];

const WANTED: &str = "One row an image is expected: an optional label, then the pixels, such as \
                      785 columns for MNIST";

/// Labels up to this count as small; 62 classes are digits, upper- and lower-case letters.
const SMALL: f64 = 61.0;

/// What the columns of a table are. Columns are counted from 0 here.
pub(super) struct Columns {
    pub header: bool,
    /// Cells of a row.
    pub count: usize,
    /// Pixels per side.
    pub side: usize,
    pub label: Option<Label>,
    pub index: Option<usize>,
    /// The columns of pixels.
    pub pixels: Vec<Range<usize>>,
}

/// The label column.
pub(super) struct Label {
    pub column: usize,
    pub name: Option<String>,
    pub found: Found,
    /// The letter of class 0, where labels are letters.
    pub letters: Option<u8>,
}

impl Columns {
    /// Understands the columns from the first rows of a file.
    pub fn understand(rows: &Rows) -> Result<Self> {
        let Some(first) = rows.get(0) else {
            return Err(Error::data("the file is blank").help(WANTED));
        };
        let header = is_header(first.cells);
        if header && rows.len() == 1 {
            return Err(Error::data("the file has a header but no rows").help(WANTED));
        }
        rows.iter().take(2).try_for_each(refuse_paths)?;
        let count = first.cells.count();
        let names: Vec<String> =
            if header { first.cells.iter().map(plain_name).collect() } else { Vec::new() };
        let body: Vec<Cells> = rows.iter().skip(header.into()).map(|row| row.cells).collect();
        let mut roles = Roles::by_name(&names, count);
        let side = side(count, &roles).map_err(|error| error.at_row(first.line))?;
        roles.find_rest(count - side * side, &body);
        let label = roles.label.map(|(column, found)| Label {
            column,
            name: header.then(|| String::from_utf8_lossy(first.cells.get(column)).into_owned()),
            found,
            letters: first_letter(column, &body),
        });
        let pixels = roles.free_runs();
        Ok(Self { header, count, side, label, index: roles.index, pixels })
    }

    /// The label column as people count.
    pub fn label_layout(&self) -> Option<LabelColumn> {
        self.label.as_ref().map(|label| LabelColumn {
            column: label.column + 1,
            name: label.name.clone(),
            found: label.found,
            letters: label.letters.is_some(),
        })
    }
}

/// Which columns are label and row number, as far as known.
struct Roles {
    count: usize,
    label: Option<(usize, Found)>,
    index: Option<usize>,
}

impl Roles {
    /// What the header says; without one, `names` is empty.
    fn by_name(names: &[String], count: usize) -> Self {
        let names = &names[..count.min(names.len())];
        let label = names.iter().position(|name| LABEL_NAMES.contains(&name.as_str()));
        let index = names.iter().enumerate().position(|(column, name)| {
            INDEX_NAMES.contains(&name.as_str()) || (column == 0 && name.is_empty())
        });
        Self { count, label: label.map(|column| (column, Found::ByName)), index }
    }

    /// Columns with a role.
    fn known(&self) -> usize {
        usize::from(self.label.is_some()) + usize::from(self.index.is_some())
    }

    /// Columns without a role.
    fn free(&self) -> impl DoubleEndedIterator<Item = usize> + use<> {
        let taken = [self.label.map(|(column, _)| column), self.index];
        (0..self.count).filter(move |&column| !taken.contains(&Some(column)))
    }

    /// Gives roles to columns until `extra` have one; the rest are pixels.
    fn find_rest(&mut self, extra: usize, rows: &[Cells]) {
        if self.known() < extra && self.index.is_none() {
            let candidates: Vec<usize> =
                self.free().take(2).chain(self.free().next_back()).collect();
            let counting = candidates.iter().copied().find(|&column| counts_up(column, rows));
            // One extra column of a table without names is its label, unless it counts on and on.
            let alone = extra == 1;
            if !alone || (counting == candidates.first().copied() && rows.len() > SMALL as usize) {
                self.index = counting.or(candidates.first().copied());
            }
        }
        if self.known() < extra
            && let (Some(first), Some(last)) = (self.free().next(), self.free().next_back())
        {
            let column = if last_is_label(first, last, rows) { last } else { first };
            self.label = Some((column, Found::ByValues));
        }
    }

    /// The columns without a role, as runs.
    fn free_runs(&self) -> Vec<Range<usize>> {
        let mut runs: Vec<Range<usize>> = Vec::new();
        for column in self.free() {
            match runs.last_mut() {
                Some(run) if run.end == column => run.end += 1,
                _ => runs.push(column..column + 1),
            }
        }
        runs
    }
}

/// The side of the images in rows of `count` cells, of which up to two may be no pixels.
fn side(count: usize, roles: &Roles) -> Result<usize> {
    let (fewest, most) = (roles.known(), 2);
    for extra in fewest..=most {
        let pixels = count.saturating_sub(extra);
        let side = pixels.isqrt();
        if side * side == pixels && (MIN_SIDE..=MAX_SIDE).contains(&side) {
            return Ok(side);
        }
    }
    Err(width_error(count, fewest))
}

fn width_error(count: usize, known: usize) -> Error {
    let pixels = count.saturating_sub(known);
    let below = pixels.isqrt();
    if below < MIN_SIDE {
        let (columns, smallest) = (layout::count(count, "column"), MIN_SIDE * MIN_SIDE);
        return Error::data(format!(
            "the row has {columns}, too few for an image of at least {smallest} pixels"
        ))
        .help(WANTED);
    }
    let columns = match known {
        0 => format!("{count} columns"),
        _ => format!("{pixels} pixel columns"),
    };
    let size = |side: usize| {
        let (area, labelled) = (side * side, side * side + 1);
        match known {
            0 => format!("{side}×{side} ({area} columns, or {labelled} with a label)"),
            _ => format!("{side}×{side} ({area} pixel columns)"),
        }
    };
    Error::data(format!("{columns} make no square image")).help(format!(
        "The nearest sizes are {} and {}",
        size(below),
        size(below + 1)
    ))
}

/// Whether a row names columns. Numbers alone are a header where they count the columns up.
fn is_header(cells: Cells) -> bool {
    let filled = cells.iter().filter(|cell| !cell.is_empty());
    let texts = filled.clone().filter(|cell| cell::number(cell).is_none());
    let numbers: Vec<f64> = filled.clone().filter_map(cell::number).collect();
    let named = texts.clone().map(plain_name).any(|name| {
        name.len() > 1 && (LABEL_NAMES.contains(&&*name) || INDEX_NAMES.contains(&&*name))
    });
    let counting = numbers.windows(2).all(|pair| pair[1] == pair[0] + 1.0)
        && numbers.first().is_some_and(|&first| first == 0.0 || first == 1.0);
    // Pixels might count up too, but not beyond 255 and not beside a name.
    let no_pixels = numbers.last().is_some_and(|&last| last > 255.0)
        || texts.clone().next().is_some()
        || cells.get(0).is_empty();
    named || (counting && no_pixels) || texts.count() * 2 > filled.count()
}

/// A column name without case, spaces, quotes and punctuation.
fn plain_name(cell: &[u8]) -> String {
    let text = String::from_utf8_lossy(cell).to_lowercase();
    text.chars().filter(|character| character.is_alphanumeric()).collect()
}

/// Refuses lists of image files.
fn refuse_paths(row: Row) -> Result<()> {
    const ENDINGS: &[&str] = &[".png", ".jpg", ".jpeg", ".bmp", ".gif", ".tif", ".tiff", ".webp"];
    for (column, cell) in (1..).zip(row.cells.iter()) {
        let text = String::from_utf8_lossy(cell).to_lowercase();
        if ENDINGS.iter().any(|ending| text.ends_with(ending)) {
            return Err(Error::data(format!(
                "{} is the name of an image file; the table lists images instead of holding them",
                cell::shown(cell)
            ))
            .help("Make a table of the pixels themselves, one image a row")
            .at_row(row.line)
            .at_column(column));
        }
    }
    Ok(())
}

/// Whether a column holds consecutive whole numbers.
fn counts_up(column: usize, rows: &[Cells]) -> bool {
    let numbers = rows.iter().map(|row| cell::number(row.get(column)));
    numbers.clone().zip(numbers.skip(1)).all(|(one, next)| match (one, next) {
        (Some(one), Some(next)) => next == one + 1.0,
        _ => false,
    })
}

/// The single letter a cell is.
fn letter(cell: &[u8]) -> Option<u8> {
    match cell {
        [letter] if letter.is_ascii_alphabetic() => Some(*letter),
        _ => None,
    }
}

/// The letter of class 0, where most labels are letters.
fn first_letter(column: usize, rows: &[Cells]) -> Option<u8> {
    let mut letters = rows.iter().filter_map(|row| letter(row.get(column)));
    let first = letters.next()?;
    let most = (letters.count() + 1) * 2 > rows.len();
    most.then_some(if first.is_ascii_uppercase() { b'A' } else { b'a' })
}

/// What a column looks like in the first rows.
struct Evidence {
    /// Most cells are whole numbers up to [`SMALL`] or letters.
    like_labels: bool,
    /// Every cell is the same.
    constant: bool,
    /// Every cell is 0.
    zero: bool,
    /// The share of the most frequent cell.
    commonest: f64,
}

impl Evidence {
    fn gather(column: usize, rows: &[Cells]) -> Self {
        let mut cells: Vec<&[u8]> = rows.iter().map(|row| row.get(column)).collect();
        let total = cells.len().max(1) as f64;
        let is_small = |cell: &&&[u8]| {
            let small = |value: f64| (0.0..=SMALL).contains(&value) && value.fract() == 0.0;
            letter(cell).is_some() || cell::number(cell).is_some_and(small)
        };
        let small = cells.iter().filter(is_small).count() as f64;
        let zero = cells.iter().all(|cell| cell::number(cell) == Some(0.0));
        cells.sort_unstable();
        let commonest = cells.chunk_by(|a, b| a == b).map(<[_]>::len).max().unwrap_or(0) as f64;
        Self {
            like_labels: small >= 0.75 * total,
            constant: commonest == total,
            zero,
            commonest: commonest / total,
        }
    }
}

/// Whether the last column is the label rather than the first, where nothing names one. The other
/// of the two is a corner pixel: nearly always 0.
fn last_is_label(first: usize, last: usize, rows: &[Cells]) -> bool {
    let (first, last) = (Evidence::gather(first, rows), Evidence::gather(last, rows));
    if !last.like_labels || !first.like_labels {
        return last.like_labels;
    }
    if first.zero {
        // All of class 0, or the corner; a last column of one value is then rather a class.
        return !last.zero && (last.constant || last.commonest <= 0.8);
    }
    !first.constant && last.commonest + 0.1 < first.commonest
}
