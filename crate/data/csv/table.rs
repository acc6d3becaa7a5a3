//! From rows of cells to images and labels.

use super::cell::{self, Cells, Rows};
use super::columns::{Columns, Label};
use super::plain;
use crate::data::Dataset;
use crate::data::labels::{Expected, Labels};
use crate::data::layout::{self, Scale};
use crate::data::limits;
use crate::error::{Error, Result};

/// Rows that are looked at before the columns are understood.
const ROWS_KEPT: usize = 256;

/// Bytes of rows that are enough to understand the columns, however few the rows.
const BYTES_KEPT: usize = 4 << 20;

/// Takes the rows of a table and keeps its images.
pub(super) struct Table {
    delimiter: u8,
    /// The first rows, until the columns are understood.
    kept: Rows,
    columns: Option<Columns>,
    /// Unknown as long as every pixel is 0 or 1.
    scale: Option<Scale>,
    labels: Labels,
    pixels: Vec<u8>,
    /// The row that is being read, a value for each cell.
    row: Vec<u8>,
    blank: u64,
}

/// What a table turned out to hold.
pub(super) struct Outcome {
    pub data: Dataset,
    pub columns: Columns,
    pub scale: Scale,
    /// Rows of empty cells.
    pub blank: u64,
}

impl Table {
    pub fn new(delimiter: u8, expected: Expected) -> Self {
        Self {
            delimiter,
            kept: Rows::default(),
            columns: None,
            scale: None,
            labels: Labels::new(expected),
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

    /// Takes a row of plain small integers off the start of `text`, if there is a whole one. Gives
    /// its length in bytes.
    pub fn plain_row(&mut self, line: u64, text: &[u8]) -> Result<Option<usize>> {
        let Some(columns) = &self.columns else { return Ok(None) };
        let letters = columns.label.as_ref().is_some_and(|label| label.letters.is_some());
        if letters || self.scale == Some(Scale::Unit) {
            return Ok(None);
        }
        let length = plain::parse(text, self.delimiter, columns.index, &mut self.row);
        if length.is_some() {
            if self.scale.is_none() && self.row_pixels(columns).any(|&pixel| pixel > 1) {
                self.scale = Some(Scale::Bytes);
            }
            self.store(line)?;
        }
        Ok(length)
    }

    fn row_pixels(&self, columns: &Columns) -> impl Iterator<Item = &u8> {
        columns.pixels.iter().flat_map(|run| &self.row[run.clone()])
    }

    /// Decides what the columns are from the rows kept, then reads those.
    fn understand(&mut self) -> Result<()> {
        let kept = std::mem::take(&mut self.kept);
        let columns = Columns::understand(&kept)?;
        let mut body = kept.iter().skip(columns.header.into());
        self.scale = scale(&columns, body.clone().map(|row| row.cells));
        self.row = vec![0; columns.count];
        self.columns = Some(columns);
        body.try_for_each(|row| self.read(row.line, row.cells, row.at_end_of_file))
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
        let label = columns.label.as_ref();
        for (column, (value, cell)) in self.row.iter_mut().zip(cells.iter()).enumerate() {
            let read = match label {
                _ if columns.index == Some(column) => continue,
                Some(label) if label.column == column => read_label(label, cell),
                _ => read_pixel(self.scale, cell),
            };
            *value = read.map_err(|error| error.at_row(line).at_column(column as u64 + 1))?;
        }
        self.store(line)
    }

    /// Adds the row that has been read to the images.
    fn store(&mut self, line: u64) -> Result<()> {
        let Some(columns) = &self.columns else { return Ok(()) };
        if let Some(Label { column, .. }) = columns.label {
            let place = |error: Error| error.at_row(line).at_column(column as u64 + 1);
            self.labels.push(line, self.row[column]).map_err(place)?;
        }
        limits::reserve(&mut self.pixels, columns.side * columns.side)?;
        for run in &columns.pixels {
            self.pixels.extend_from_slice(&self.row[run.clone()]);
        }
        Ok(())
    }

    /// Ends the table.
    pub fn finish(mut self) -> Result<Outcome> {
        if self.columns.is_none() {
            self.understand()?;
        }
        let columns = self.columns.take().ok_or_else(|| Error::data("the file is blank"))?;
        if self.scale.is_none() {
            // Nothing but 0 and 1 in the whole file.
            self.pixels.iter_mut().for_each(|pixel| *pixel *= 255);
        }
        let labels = match &columns.label {
            Some(Label { letters: Some(_), .. }) => Some(self.labels.into_values()),
            Some(Label { column, .. }) => {
                Some(self.labels.finish().map_err(|error| error.at_column(*column as u64 + 1))?)
            }
            None => None,
        };
        self.pixels.shrink_to_fit();
        let data = Dataset::new(columns.side, self.pixels, labels)?;
        let scale = self.scale.unwrap_or(Scale::Unit);
        Ok(Outcome { data, columns, scale, blank: self.blank })
    }
}

/// The scale of the pixels in some rows, unless all are 0 or 1. Fractions between 0 and 1 say that
/// ink is 1; values above 1 say that it is 255, unless they are so few that they rather are wrong.
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

fn read_label(label: &Label, cell: &[u8]) -> Result<u8> {
    if let Some(first) = label.letters {
        return match cell {
            [letter] if (first..first + 26).contains(letter) => Ok(letter - first),
            _ => Err(Error::data(format!(
                "the label is {} where the others are letters {}–{}",
                cell::shown(cell),
                char::from(first),
                char::from(first + 25),
            ))
            .help("Use one kind of labels: letters of one case, or numbers")),
        };
    }
    match cell::number(cell) {
        Some(value) if (0.0..=255.0).contains(&value) && value.fract() == 0.0 => Ok(value as u8),
        _ => Err(Error::data(format!("the label is {}, not a whole number 0–255", found(cell)))
            .help("Labels are whole numbers from 0, or letters A–Z")),
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
    let help = match cell::number(cell) {
        Some(value) if value.is_nan() => "Replace missing values by 0",
        Some(_) if ink == 1.0 => "The first rows hold pixels 0–1; scale all rows the same way",
        Some(_) => "Scale the pixels to 0–255 or 0–1",
        None => "Every cell but label and row number is a pixel; check the columns of this row",
    };
    Error::data(format!("the pixel is {}, not a number 0–{ink}", found(cell))).help(help)
}

/// What a cell holds, for an error message.
fn found(cell: &[u8]) -> String {
    if cell.is_empty() { "missing".into() } else { cell::shown(cell) }
}
