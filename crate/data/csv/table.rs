//! From rows of cells to images and labels.

use std::ops::Range;

use super::cell::{self, Cells, Rows};
use super::columns::Columns;
use super::notation::{self, Notation};
use super::{one_hot, plain};
use crate::data::labels::{Classes, Expected, Labels};
use crate::data::layout::{self, LabelForm, Scale};
use crate::data::limits;
use crate::data::{Dataset, Ids};
use crate::error::{Error, Result};

/// Rows examined before the columns are identified.
const ROWS_KEPT: usize = 256;

/// Bytes of rows that are enough to identify the columns, however few the rows.
const BYTES_KEPT: usize = 4 << 20;

/// Takes the rows of a table and stores its images.
pub(super) struct Table {
    delimiter: u8,
    /// The first rows, until the columns are identified.
    kept: Rows,
    columns: Option<Columns>,
    /// The meaning of each cell of a row.
    kinds: Vec<Kind>,
    /// Columns whose text is not read as numbers.
    texts: Vec<usize>,
    /// Their ranges in the text of the row.
    places: Vec<Range<usize>>,
    /// `None` as long as every pixel is 0 or 1.
    scale: Option<Scale>,
    notation: Notation,
    labels: Labels,
    ids: Ids,
    pixels: Vec<u8>,
    /// The row being read, one value per cell.
    row: Vec<u8>,
    blank: u64,
}

/// The meaning of a cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Pixel,
    Label,
    /// Whether the image is of one class.
    OneHot,
    Id,
    Ignored,
}

/// A label as written in the file.
#[derive(Clone, Copy)]
enum Label<'a> {
    Number(u8),
    Word(&'a [u8]),
}

/// The content of a table.
pub(super) struct Outcome {
    pub data: Dataset,
    pub columns: Columns,
    pub form: LabelForm,
    pub scale: Scale,
    /// Rows of empty cells.
    pub blank: u64,
    /// Notices about the table.
    pub notices: Vec<String>,
}

impl Table {
    pub fn new(delimiter: u8, expected: Expected) -> Self {
        Self {
            delimiter,
            kept: Rows::default(),
            columns: None,
            kinds: Vec::new(),
            texts: Vec::new(),
            places: Vec::new(),
            scale: None,
            notation: Notation::default(),
            labels: Labels::new(expected),
            ids: Ids::default(),
            pixels: Vec::new(),
            row: Vec::new(),
            blank: 0,
        }
    }

    /// Images read so far.
    pub fn images(&self) -> usize {
        self.columns.as_ref().map_or(0, |columns| self.pixels.len() / (columns.side * columns.side))
    }

    /// Takes the row that starts on line `line`.
    pub fn row(&mut self, line: u64, cells: Cells, at_end_of_file: bool) -> Result<()> {
        if cells.are_blank() {
            self.blank += 1;
            return Ok(());
        }
        if self.columns.is_some() {
            return self.read(line, cells, at_end_of_file);
        }
        self.kept.push(line, cells, at_end_of_file);
        if self.kept.len() >= ROWS_KEPT || (self.kept.len() > 1 && self.kept.size() > BYTES_KEPT) {
            self.understand()?;
        }
        Ok(())
    }

    /// Takes a row of plain small integers from the start of `text`, if it holds a whole one.
    /// Returns its length in bytes.
    pub fn plain_row(&mut self, line: u64, text: &[u8]) -> Result<Option<usize>> {
        let Some(columns) = &self.columns else { return Ok(None) };
        if self.scale == Some(Scale::Unit) {
            return Ok(None);
        }
        let (row, places) = (&mut self.row, &mut self.places);
        let Some(length) = plain::parse(text, self.delimiter, &self.texts, row, places) else {
            return Ok(None);
        };
        if self.scale.is_none() && self.row_pixels(columns).any(|&pixel| pixel > 1) {
            self.scale = Some(Scale::Bytes);
        }
        let text_of = |kind: Kind| {
            let at = self.texts.iter().position(|&column| self.kinds[column] == kind)?;
            Some(cell::trim(&text[self.places[at].clone()]))
        };
        let label = match text_of(Kind::Label) {
            Some(cell) => {
                let column = columns.label.as_ref().map_or(0, |label| label.column);
                self.notation.note(cell, line, column);
                Some(read_label(cell).map_err(|error| at(error, line, column))?)
            }
            None => self.label_of_row(line)?,
        };
        let id = text_of(Kind::Id);
        self.store(line, label, id)?;
        Ok(Some(length))
    }

    fn row_pixels(&self, columns: &Columns) -> impl Iterator<Item = &u8> {
        columns.pixels.iter().flat_map(|run| &self.row[run.clone()])
    }

    /// The label of the row, from a number or from one-hot columns.
    fn label_of_row(&self, line: u64) -> Result<Option<Label<'static>>> {
        let Some(label) = self.columns.as_ref().and_then(|columns| columns.label.as_ref()) else {
            return Ok(None);
        };
        let Some(one_hot) = &label.one_hot else {
            return Ok(Some(Label::Number(self.row[label.column])));
        };
        let row = &self.row[label.column..label.column + one_hot.columns()];
        let class = one_hot.class(row).ok_or_else(|| {
            let (first, last) = (label.column + 1, label.column + one_hot.columns());
            let error = Error::data(format!(
                "the columns {first}–{last} hold a 1 for the class of each row, but not exactly one here"
            ))
            .help("Correct the row: one of these columns is 1, the others are 0");
            at(error, line, label.column)
        })?;
        Ok(Some(Label::Number(class)))
    }

    /// Identifies the columns from the buffered rows, then reads these.
    fn understand(&mut self) -> Result<()> {
        let kept = std::mem::take(&mut self.kept);
        let columns = Columns::understand(&kept)?;
        if columns.label.as_ref().is_some_and(|label| label.one_hot.is_some()) {
            // One-hot columns are classes, however rare.
            self.labels = Labels::new(Expected::Any);
        }
        let mut body = kept.iter().skip(columns.skipped + usize::from(columns.header));
        self.scale = scale(&columns, body.clone().map(|row| row.cells));
        self.row = vec![0; columns.count];
        self.kinds = kinds(&columns);
        self.ids = Ids::new(columns.ids.as_ref().and_then(|ids| ids.name.clone()));
        self.columns = Some(columns);
        self.find_texts();
        body.try_for_each(|row| self.read(row.line, row.cells, row.at_end_of_file))
    }

    /// Notes which columns the fast path must not read as numbers.
    fn find_texts(&mut self) {
        let is_text = |kind: &Kind| match kind {
            Kind::Id | Kind::Ignored => true,
            Kind::Label => self.labels.has_words(),
            Kind::Pixel | Kind::OneHot => false,
        };
        let columns = self.kinds.iter().enumerate().filter(|(_, kind)| is_text(kind));
        self.texts = columns.map(|(column, _)| column).collect();
    }

    /// Reads a row of any cells.
    fn read(&mut self, line: u64, cells: Cells, at_end_of_file: bool) -> Result<()> {
        let Some(columns) = &self.columns else { return Ok(()) };
        check_width(columns, cells, at_end_of_file).map_err(|error| error.at_row(line))?;
        if self.scale.is_none() {
            self.scale = scale(columns, std::iter::once(cells));
            if self.scale == Some(Scale::Unit) {
                self.pixels.iter_mut().for_each(|pixel| *pixel *= 255);
            }
        }
        let (mut label, mut id) = (None, None);
        let row = self.row.iter_mut().zip(&self.kinds).zip(cells.iter());
        for (column, ((value, kind), cell)) in row.enumerate() {
            let read = match kind {
                Kind::Pixel => {
                    self.notation.note(cell, line, column);
                    read_pixel(self.scale, cell)
                }
                Kind::Label => {
                    self.notation.note(cell, line, column);
                    read_label(cell).map(|found| {
                        label = Some(found);
                        0
                    })
                }
                Kind::OneHot => one_hot::value(cell).ok_or_else(|| class_error(cell)),
                Kind::Id => {
                    id = Some(cell);
                    Ok(0)
                }
                Kind::Ignored => Ok(0),
            };
            *value = read.map_err(|error| at(error, line, column))?;
        }
        let label = match label {
            None => self.label_of_row(line)?,
            some => some,
        };
        self.store(line, label, id)
    }

    /// Adds the current row to the images.
    fn store(&mut self, line: u64, label: Option<Label<'_>>, id: Option<&[u8]>) -> Result<()> {
        let Some(columns) = &self.columns else { return Ok(()) };
        let had_words = self.labels.has_words();
        let pushed = match label {
            Some(Label::Number(number)) => self.labels.push(line, number),
            Some(Label::Word(word)) => self.labels.push_word(line, word),
            None => Ok(()),
        };
        let column = columns.label.as_ref().map_or(0, |label| label.column);
        pushed.map_err(|error| at(error, line, column))?;
        if let Some(id) = id {
            self.ids.push(&String::from_utf8_lossy(id));
        }
        limits::reserve(&mut self.pixels, columns.side * columns.side)?;
        match &columns.order {
            None => {
                for run in &columns.pixels {
                    self.pixels.extend_from_slice(&self.row[run.clone()]);
                }
            }
            Some(order) => {
                let start = self.pixels.len();
                self.pixels.resize(start + columns.side * columns.side, 0);
                let row = columns.pixels.iter().flat_map(|run| &self.row[run.clone()]);
                for (&place, &pixel) in order.iter().zip(row) {
                    self.pixels[start + place] = pixel;
                }
            }
        }
        if self.labels.has_words() != had_words {
            self.find_texts();
        }
        Ok(())
    }

    /// Ends the table.
    pub fn finish(mut self) -> Result<Outcome> {
        if self.columns.is_none() {
            self.understand()?;
        }
        let mut columns = self.columns.take().ok_or_else(|| Error::data("the file is blank"))?;
        self.notation.finish()?;
        if self.scale.is_none() {
            // The whole file contains only 0 and 1.
            self.pixels.iter_mut().for_each(|pixel| *pixel *= 255);
        }
        let mut notices = std::mem::take(&mut columns.notices);
        let (mut labels, mut names, mut form) = (None, Vec::new(), LabelForm::Numbers);
        if let Some(label) = &columns.label {
            let column = label.column as u64 + 1;
            let found = self.labels.finish().map_err(|error| error.at_column(column))?;
            let Classes { labels: values, names: words, form: written, notices: odd } = found;
            notices.extend(odd);
            labels = Some(values);
            (names, form) = match &label.one_hot {
                None => (words, written),
                Some(one_hot) => (one_hot.names.clone(), LabelForm::OneHot(one_hot.columns())),
            };
        }
        self.pixels.shrink_to_fit();
        let mut data = Dataset::new(columns.side, self.pixels, labels)?.with_class_names(names)?;
        if let LabelForm::OneHot(classes) = form {
            data = data.with_classes(classes);
        }
        if columns.ids.is_some() {
            data = data.with_ids(self.ids)?;
        }
        let scale = self.scale.unwrap_or(Scale::Unit);
        Ok(Outcome { data, columns, form, scale, blank: self.blank, notices })
    }
}

/// The meaning of each cell of a row.
fn kinds(columns: &Columns) -> Vec<Kind> {
    let mut kinds = vec![Kind::Pixel; columns.count];
    if let Some(label) = &columns.label {
        match &label.one_hot {
            Some(one_hot) => {
                kinds[label.column..label.column + one_hot.columns()].fill(Kind::OneHot);
            }
            None => kinds[label.column] = Kind::Label,
        }
    }
    if let Some(ids) = &columns.ids {
        kinds[ids.column] = Kind::Id;
    }
    columns.ignored.iter().for_each(|&column| kinds[column] = Kind::Ignored);
    kinds
}

/// Adds the place to an error; columns are counted from 0 here.
fn at(error: Error, line: u64, column: usize) -> Error {
    error.at_row(line).at_column(column as u64 + 1)
}

/// The scale of the pixels in some rows, unless all are 0 or 1. Fractions between 0 and 1 mean that
/// ink is 1; values above 1 mean that it is 255, unless they are so few that they are probably
/// errors.
fn scale<'a>(columns: &Columns, rows: impl Iterator<Item = Cells<'a>>) -> Option<Scale> {
    let (mut fractions, mut above) = (0_usize, 0_usize);
    for row in rows {
        for column in columns.pixels.iter().flat_map(Clone::clone) {
            match cell::number(row.get(column)) {
                Some(value) if value > 1.0 => above += 1,
                Some(value) if value > 0.0 && value < 1.0 => fractions += 1,
                _ => {}
            }
        }
    }
    match (fractions, above) {
        (0, 0) => None,
        _ if fractions > 4 * above => Some(Scale::Unit),
        _ => Some(Scale::Bytes),
    }
}

fn check_width(columns: &Columns, cells: Cells, at_end_of_file: bool) -> Result<()> {
    let (found, expected) = (cells.iter().len(), columns.count);
    // A trailing delimiter adds an empty cell.
    if found == expected || (found == expected + 1 && cells.count() == expected) {
        return Ok(());
    }
    let reference = if columns.header { "the header" } else { "the first row" };
    let problem = format!("{} where {reference} has {expected}", layout::count(found, "cell"));
    if found < expected && at_end_of_file {
        return Err(Error::data(format!("the last row is cut off: {problem}"))
            .help("Fetch the file again, or delete its last row"));
    }
    Err(Error::data(problem).help("Every row needs the same number of cells"))
}

fn read_label(cell: &[u8]) -> Result<Label<'_>> {
    match cell::number(cell) {
        Some(value) if (0.0..=255.0).contains(&value) && value.fract() == 0.0 => {
            Ok(Label::Number(value as u8))
        }
        None if !cell.is_empty() && notation::ungrouped(cell).is_none() => Ok(Label::Word(cell)),
        _ => Err(Error::data(format!("the label is {}, not a whole number 0–255", found(cell)))
            .help("Labels are whole numbers from 0, or words")),
    }
}

fn read_pixel(scale: Option<Scale>, cell: &[u8]) -> Result<u8> {
    let ink = if scale == Some(Scale::Unit) { 1.0 } else { 255.0 };
    match cell::number(cell) {
        Some(value) if (0.0..=ink).contains(&value) => Ok(match scale {
            Some(Scale::Unit) => (value * 255.0).round() as u8,
            _ => value.round() as u8,
        }),
        _ => Err(pixel_error(ink, cell)),
    }
}

fn pixel_error(ink: f64, cell: &[u8]) -> Error {
    let number = cell::number(cell);
    let grouped = notation::ungrouped(cell);
    let large = number.filter(|value| value.fract() == 0.0).or(grouped.map(|value| value as f64));
    let help = match number {
        _ if ink == 255.0 && large.is_some_and(|value| (256.0..=65535.0).contains(&value)) => {
            "These may be 16-bit images: divide all pixels by 257, or scale them to 0–255 or 0–1 otherwise"
        }
        Some(value) if value.is_nan() => "Replace missing values by 0",
        Some(_) if ink == 1.0 => "The first rows hold pixels 0–1; scale all rows the same way",
        Some(_) => "Scale the pixels to 0–255 or 0–1",
        None if grouped.is_some() => "Write numbers without separators of thousands",
        None => "Every cell but label and row number is a pixel; check the columns of this row",
    };
    let problem = format!("the pixel is {}, not a number 0–{ink}", found(cell));
    match grouped.filter(|_| number.is_none()) {
        Some(value) => {
            Error::data(format!("{problem} (with separators of thousands it is {value})"))
        }
        None => Error::data(problem),
    }
    .help(help)
}

fn class_error(cell: &[u8]) -> Error {
    Error::data(format!("the cell is {}, not 0 or 1: this column is for one class", found(cell)))
        .help("Of the columns of classes one is 1 in each row, the others are 0")
}

/// The content of a cell, for an error message.
fn found(cell: &[u8]) -> String {
    if cell.is_empty() { "missing".into() } else { cell::shown(cell) }
}
