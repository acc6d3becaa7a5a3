//! Identifies the columns of a table (label, id or pixels) from the header, if any, and from the
//! first rows.

use std::collections::HashMap;
use std::ops::Range;

use super::cell::{self, Cells, Row, Rows};
use super::notation;
use super::one_hot::{self, OneHot};
use super::places::{self, Name, Order};
use super::preamble;
use super::roles::{ID_NAMES, LABEL_NAMES, names_a_role, plain_name};
use crate::data::layout::{self, LabelDetection};
use crate::data::limits::{MAX_SIDE, MIN_SIDE};
use crate::error::{Error, Result};

const WANTED: &str = "One row an image is expected: an optional label, then the pixels, such as \
                      785 columns for MNIST";

/// Labels up to this value count as small; 62 classes are digits, upper- and lower-case letters.
const SMALL: f64 = 61.0;

/// From this many rows on, a column without repeated values holds ids rather than labels.
const ROWS_OF_IDS: usize = 20;

/// The columns of a table, counted from 0 here.
pub(super) struct Columns {
    /// Rows before the table.
    pub skipped: usize,
    pub header: bool,
    /// Cells of a row.
    pub count: usize,
    /// Pixels per side.
    pub side: usize,
    pub label: Option<Label>,
    /// The file's own ids for its rows.
    pub ids: Option<Id>,
    /// Unused columns.
    pub ignored: Vec<usize>,
    /// The columns of pixels.
    pub pixels: Vec<Range<usize>>,
    /// The position of each pixel in the image, unless the columns are in that order.
    pub order: Option<Vec<usize>>,
    /// Notices about the columns.
    pub notices: Vec<String>,
}

/// The label column, or the first of several.
pub(super) struct Label {
    pub column: usize,
    pub name: Option<String>,
    pub found: LabelDetection,
    /// Set if each class has its own column.
    pub one_hot: Option<OneHot>,
}

/// The column of ids.
pub(super) struct Id {
    pub column: usize,
    pub name: Option<String>,
}

impl Columns {
    /// Identifies the columns from the first rows of a file.
    pub fn understand(rows: &Rows) -> Result<Self> {
        let (skipped, mut notices) = preamble::skipped(rows);
        let Some(first) = rows.get(skipped) else {
            return Err(Error::data("the file is blank").help(WANTED));
        };
        let header = is_header(first.cells);
        if header && rows.len() == skipped + 1 {
            return Err(Error::data("the file has a header but no rows").help(WANTED));
        }
        rows.iter().skip(skipped).take(2).try_for_each(refuse_paths)?;
        let count = first.cells.count();
        let names: Vec<String> = if header { names(first.cells, count) } else { Vec::new() };
        let body: Vec<Cells> =
            rows.iter().skip(skipped + usize::from(header)).map(|row| row.cells).collect();
        let table = Sample { names: &names, rows: &body };
        let mut roles = Roles::by_name(&names, count);
        let side = match roles.side_by_names(table) {
            Ok(None) => roles.side_by_width(table),
            found => found.map(Option::unwrap_or_default),
        }
        .map_err(|error| error.at_row(first.line))?;
        let pixels: Vec<usize> = roles.free().collect();
        let order = order(&names, &pixels, side).map_err(|error| error.at_row(first.line))?;
        let order = match order {
            Order::Named(places) => Some(places),
            Order::AsTheyAre(notice) => {
                notices.extend(notice);
                None
            }
        };
        notices.extend(roles.ignored_notice(&names));
        let name = |column: usize| names.get(column).filter(|name| !name.is_empty()).cloned();
        let one_hot = roles.one_hot;
        let label = roles.label.map(|(column, found)| {
            let name = names.get(column).cloned();
            Label { column, name, found, one_hot }
        });
        let id = |column: usize| {
            let pandas = |name: &String| plain_name(name.as_bytes()) != "unnamed0";
            Id { column, name: name(column).filter(pandas) }
        };
        let (ids, ignored) = (roles.ids.map(id), roles.ignored);
        let pixels = runs(&pixels);
        Ok(Self { skipped, header, count, side, label, ids, ignored, pixels, order, notices })
    }
}

/// The names in a header row, without a comment sign before the first.
fn names(cells: Cells, count: usize) -> Vec<String> {
    let mut names: Vec<String> = cells.iter().take(count).map(cell::text).collect();
    names.resize(count, String::new());
    if let Some(first) = names.first_mut() {
        *first = first.trim_start_matches(['#', '%', ' ']).to_string();
    }
    names
}

/// The order of the pixels, from the names of their columns.
fn order(names: &[String], pixels: &[usize], side: usize) -> Result<Order> {
    if names.is_empty() {
        return Ok(Order::AsTheyAre(None));
    }
    let named: Vec<(usize, String)> =
        pixels.iter().map(|&column| (column, names[column].clone())).collect();
    places::order(&named, side)
}

/// Columns as runs.
fn runs(columns: &[usize]) -> Vec<Range<usize>> {
    let mut runs: Vec<Range<usize>> = Vec::new();
    for &column in columns {
        match runs.last_mut() {
            Some(run) if run.end == column => run.end += 1,
            _ => runs.push(column..column + 1),
        }
    }
    runs
}

/// The names of the columns (none without a header) and the first rows.
#[derive(Clone, Copy)]
struct Sample<'a> {
    names: &'a [String],
    rows: &'a [Cells<'a>],
}

/// The roles of the columns as far as known.
struct Roles {
    count: usize,
    /// The label column, or the first of several.
    label: Option<(usize, LabelDetection)>,
    one_hot: Option<OneHot>,
    ids: Option<usize>,
    ignored: Vec<usize>,
}

impl Roles {
    /// Roles from the header; without one, `names` is empty.
    fn by_name(names: &[String], count: usize) -> Self {
        let plain: Vec<String> = names.iter().map(|name| plain_name(name.as_bytes())).collect();
        let label = plain.iter().position(|name| LABEL_NAMES.contains(&name.as_str()));
        let ids = plain.iter().enumerate().position(|(column, name)| {
            ID_NAMES.contains(&name.as_str()) || (column == 0 && name.is_empty())
        });
        let label = label.map(|column| (column, LabelDetection::ByName));
        Self { count, label, one_hot: None, ids, ignored: Vec::new() }
    }

    /// The number of columns with a role.
    fn known(&self) -> usize {
        let label = self.one_hot.as_ref().map_or(1, OneHot::columns);
        self.label.map_or(0, |_| label) + usize::from(self.ids.is_some())
    }

    fn is_free(&self, column: usize) -> bool {
        let in_label = self.label.as_ref().is_some_and(|&(label, _)| {
            let columns = self.one_hot.as_ref().map_or(1, OneHot::columns);
            (label..label + columns).contains(&column)
        });
        !in_label && self.ids != Some(column) && !self.ignored.contains(&column)
    }

    /// Columns without a role.
    fn free(&self) -> impl DoubleEndedIterator<Item = usize> {
        (0..self.count).filter(|&column| self.is_free(column))
    }

    /// The side of the images if most columns have numbered names of one kind and their count is a square: these are
    /// the pixels. The other columns get their roles.
    fn side_by_names(&mut self, table: Sample<'_>) -> Result<Option<usize>> {
        if table.names.is_empty() {
            return Ok(None);
        }
        let mut kinds: HashMap<String, Vec<usize>> = HashMap::new();
        for column in self.free() {
            let name = Name::new(&table.names[column]);
            if name.is_numbered() {
                kinds.entry(name.kind).or_default().push(column);
            }
        }
        let Some(pixels) = kinds.into_values().max_by_key(Vec::len) else { return Ok(None) };
        let Some(side) = square(pixels.len()).filter(|_| pixels.len() * 2 > self.count) else {
            return Ok(None);
        };
        let others: Vec<usize> =
            self.free().filter(|column| pixels.binary_search(column).is_err()).collect();
        self.place_others(&others, table)?;
        Ok(Some(side))
    }

    /// Gives roles to columns that are known not to be pixels.
    fn place_others(&mut self, others: &[usize], table: Sample<'_>) -> Result<()> {
        let rows = table.rows;
        if self.label.is_none()
            && let Some(run) = runs(others).into_iter().find(|run| one_hot::is(run.clone(), rows))
        {
            self.set_one_hot(run, table);
        }
        let mut rest: Vec<usize> =
            others.iter().copied().filter(|&column| self.is_free(column)).collect();
        if self.label.is_none() && !rest.is_empty() {
            let column = self.label_among(&rest, table)?;
            self.label = column.map(|column| (column, LabelDetection::ByValues));
            rest.retain(|other| Some(*other) != column);
        }
        if self.ids.is_none() {
            self.ids = rest.iter().copied().find(|&column| is_distinct(column, rows));
            rest.retain(|other| Some(*other) != self.ids);
        }
        self.ignored = rest;
        Ok(())
    }

    /// The label among columns that are not pixels; `None` if they look like ids.
    fn label_among(&self, columns: &[usize], table: Sample<'_>) -> Result<Option<usize>> {
        let rows = table.rows;
        let repeated: Vec<usize> =
            columns.iter().copied().filter(|&column| !is_distinct(column, rows)).collect();
        match (&repeated[..], columns) {
            ([only], _) => Ok(Some(*only)),
            ([], &[only]) => Ok((!is_like_ids(only, rows)).then_some(only)),
            // Too few rows for labels to repeat: ids count up, or come first.
            ([], _) => {
                let counting = columns.iter().find(|&&column| counts_up(column, rows));
                let label = columns.iter().rev().find(|&column| Some(column) != counting);
                Ok(label.copied())
            }
            (several, _) => {
                let names: Vec<&str> =
                    several.iter().map(|&column| table.names[column].as_str()).collect();
                Err(Error::data(format!(
                    "which of the columns '{}' holds the labels is not clear",
                    names.join("', '")
                ))
                .help("Name it 'label' in the header, or take the others away"))
            }
        }
    }

    fn set_one_hot(&mut self, columns: Range<usize>, table: Sample<'_>) {
        let names = table.names.get(columns.clone()).unwrap_or_default();
        self.label = Some((columns.start, LabelDetection::ByValues));
        self.one_hot = Some(OneHot::new(columns.len(), names));
    }

    /// The side of the images from the number of columns, with roles for those that are not pixels.
    fn side_by_width(&mut self, table: Sample<'_>) -> Result<usize> {
        match side(self.count, self.known()) {
            Ok(side) => {
                let extra = self.count - side * side;
                if extra == 2 && self.known() == 0 {
                    self.find_two_classes(table);
                }
                self.find_rest(extra, table.rows);
                Ok(side)
            }
            Err(error) => {
                if self.label.is_some() {
                    return Err(error);
                }
                self.find_one_hot(table).ok_or(error)
            }
        }
    }

    /// Checks whether two columns that are not pixels encode two classes.
    fn find_two_classes(&mut self, table: Sample<'_>) {
        let (last, enough) = (self.count - 2..self.count, table.rows.len() > 2);
        let found =
            [last, 0..2].into_iter().find(|run| enough && one_hot::is(run.clone(), table.rows));
        if let Some(run) = found {
            self.set_one_hot(run, table);
        }
    }

    /// The side of the images if the first or last columns are a one-hot encoding of the classes.
    fn find_one_hot(&mut self, table: Sample<'_>) -> Option<usize> {
        let free: Vec<usize> = self.free().collect();
        let counting = self.ids.is_none() && counts_up(*free.first()?, table.rows);
        for classes in 2..=one_hot::MOST.min(free.len()) {
            for more in 0..=usize::from(counting) {
                let Some(side) = square(free.len().saturating_sub(classes + more)) else {
                    continue;
                };
                let columns = &free[more..];
                let blocks = [&columns[columns.len() - classes..], &columns[..classes]];
                let blocks = blocks.into_iter().filter_map(|block| match runs(block).as_slice() {
                    [run] => Some(run.clone()),
                    _ => None,
                });
                for run in blocks {
                    if one_hot::is(run.clone(), table.rows) {
                        self.ids = self.ids.or((more == 1).then(|| free[0]));
                        self.set_one_hot(run, table);
                        return Some(side);
                    }
                }
            }
        }
        None
    }

    /// Gives roles to columns until `extra` have one; the rest are pixels.
    fn find_rest(&mut self, extra: usize, rows: &[Cells]) {
        let texts: Vec<usize> = self.free().filter(|&column| is_text(column, rows)).collect();
        for column in texts.into_iter().take(extra.saturating_sub(self.known())) {
            if self.label.is_none() && !is_like_ids(column, rows) {
                self.label = Some((column, LabelDetection::ByValues));
            } else if self.ids.is_none() {
                self.ids = Some(column);
            }
        }
        let mut missing = extra.saturating_sub(self.known());
        if missing > 0 && self.ids.is_none() {
            let candidates: Vec<usize> =
                self.free().take(2).chain(self.free().next_back()).collect();
            let find = |is: &dyn Fn(usize) -> bool| candidates.iter().copied().find(|&at| is(at));
            let counting = find(&|column| counts_up(column, rows));
            let first = candidates.first().copied();
            // A single extra column of a table without names is its label, unless it counts up or never repeats.
            let alone = extra == 1;
            let counts = counting == first && rows.len() > SMALL as usize;
            if !alone || counts || first.is_some_and(|first| is_like_ids(first, rows)) {
                let found = counting.or_else(|| find(&|column| is_distinct(column, rows)));
                match found.or(first) {
                    Some(column) if found.is_some() => self.ids = Some(column),
                    other => self.ignored.extend(other),
                }
                missing -= 1;
            }
        }
        let (Some(first), Some(last)) = (self.free().next(), self.free().next_back()) else {
            return;
        };
        if missing > 0 && self.label.is_none() {
            let column = if last_is_label(first, last, rows) { last } else { first };
            self.label = Some((column, LabelDetection::ByValues));
        } else if missing > 0 {
            self.ignored.push(first);
        }
    }

    /// The notice about unused columns.
    fn ignored_notice(&self, names: &[String]) -> Option<String> {
        let shown: Vec<String> = self
            .ignored
            .iter()
            .map(|&column| match names.get(column) {
                Some(name) => format!("{} ('{name}')", column + 1),
                None => (column + 1).to_string(),
            })
            .collect();
        match shown[..] {
            [] => None,
            [ref only] => {
                Some(format!("Column {only} is neither label nor pixel: it was not used"))
            }
            _ => Some(format!(
                "The columns {} are neither label nor pixel: they were not used",
                shown.join(", ")
            )),
        }
    }
}

/// The side of a square image with this many pixels.
fn square(pixels: usize) -> Option<usize> {
    let side = pixels.isqrt();
    (side * side == pixels && (MIN_SIDE..=MAX_SIDE).contains(&side)).then_some(side)
}

/// The side of the images in rows of `count` cells, of which up to two may not be pixels and `known` are
/// not.
fn side(count: usize, known: usize) -> Result<usize> {
    let found = (known..=2).find_map(|extra| square(count.saturating_sub(extra)));
    found.ok_or_else(|| width_error(count, known))
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

/// Whether a row is a header. A row of numbers is one only if they count up the columns.
fn is_header(cells: Cells) -> bool {
    let filled = cells.iter().filter(|cell| !cell.is_empty());
    let texts = filled.clone().filter(|cell| cell::number(cell).is_none());
    let numbers: Vec<f64> = filled.clone().filter_map(cell::number).collect();
    let named = texts.clone().any(names_a_role);
    let counting = numbers.windows(2).all(|pair| pair[1] == pair[0] + 1.0)
        && numbers.first().is_some_and(|&first| first == 0.0 || first == 1.0);
    // Pixels might count up too, but not beyond 255 and not beside a name.
    let no_pixels = numbers.last().is_some_and(|&last| last > 255.0)
        || texts.clone().next().is_some()
        || cells.get(0).is_empty();
    named || (counting && no_pixels) || texts.count() * 2 > filled.count()
}

/// Refuses lists of image files. A row with pixels may name its source file.
fn refuse_paths(row: Row) -> Result<()> {
    const ENDINGS: &[&str] = &[".png", ".jpg", ".jpeg", ".bmp", ".gif", ".tif", ".tiff", ".webp"];
    if row.cells.count() > MIN_SIDE * MIN_SIDE {
        return Ok(());
    }
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

/// Whether all cells of a column differ.
fn is_distinct(column: usize, rows: &[Cells]) -> bool {
    let mut cells: Vec<&[u8]> = rows.iter().map(|row| row.get(column)).collect();
    cells.sort_unstable();
    cells.windows(2).all(|pair| pair[0] != pair[1])
}

/// Whether a column looks like ids rather than labels: many rows, no repeats, and no small numbers.
fn is_like_ids(column: usize, rows: &[Cells]) -> bool {
    let is_small = |row: &Cells| {
        cell::number(row.get(column)).is_some_and(|value| (0.0..=SMALL).contains(&value))
    };
    rows.len() >= ROWS_OF_IDS && is_distinct(column, rows) && !rows.iter().all(is_small)
}

/// Whether most cells of a column are words.
fn is_text(column: usize, rows: &[Cells]) -> bool {
    let is_word = |row: &&Cells| is_word(row.get(column));
    rows.iter().filter(is_word).count() * 2 > rows.len()
}

fn is_word(cell: &[u8]) -> bool {
    !cell.is_empty() && cell::number(cell).is_none() && notation::ungrouped(cell).is_none()
}

/// Evidence about a column from the first rows.
struct Evidence {
    /// Most cells are whole numbers up to [`SMALL`] or words.
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
            is_word(cell) || cell::number(cell).is_some_and(small)
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

/// Whether the last column is the label rather than the first, if neither is named. The other one
/// is a corner pixel, nearly always 0.
fn last_is_label(first: usize, last: usize, rows: &[Cells]) -> bool {
    let (first, last) = (Evidence::gather(first, rows), Evidence::gather(last, rows));
    if !last.like_labels || !first.like_labels {
        return last.like_labels;
    }
    if first.zero {
        // Either all images are of class 0 or it is the corner; a constant last column is more
        // likely a class.
        return !last.zero && (last.constant || last.commonest <= 0.8);
    }
    !first.constant && last.commonest + 0.1 < first.commonest
}
