//! CSV: from text to rows of cells. [`columns`] decides what the cells mean, [`table`] reads them.
//!
//! [`csv_core`] splits rows, except those of plain small integers that lie wholly in one chunk:
//! these are read straight from the text ([`plain`]), several times as fast.

mod cell;
mod columns;
mod dialect;
mod notation;
mod one_hot;
mod places;
mod plain;
mod preamble;
mod roles;
mod table;

use csv_core::{ReadRecordResult, ReaderBuilder};

use crate::data::Dataset;
use crate::data::labels::Expected;
use crate::data::layout::{CsvLayout, Encoding, LabelColumn, LineEnds};
use crate::data::limits::MAX_SIDE;
use crate::error::{Error, Result};
use cell::Cells;
use dialect::Squeezer;
use table::{Outcome, Table};

/// The most cells of a row: the largest image, its label, a row number and a trailing delimiter.
const MAX_CELLS: usize = MAX_SIDE * MAX_SIDE + 3;

/// The most bytes of a cell; with [`MAX_CELLS`] it bounds the memory of a row.
const MAX_CELL: usize = 200;

/// Reads a text table from chunks of UTF-8.
pub(super) struct Csv {
    splitter: csv_core::Reader,
    encoding: Encoding,
    delimiter: u8,
    /// Set if cells are separated by spaces.
    squeezer: Option<Squeezer>,
    lines: Lines,
    table: Table,
    /// The row being split: its first line, its bytes and where its cells end.
    row: u64,
    inside_row: bool,
    bytes: Vec<u8>,
    filled: usize,
    ends: Vec<usize>,
    cells: usize,
}

impl Csv {
    /// A reader for text that starts with `head`, which is still to be pushed.
    pub fn new(head: &[u8], encoding: Encoding, expected: Expected) -> Self {
        let delimiter = dialect::delimiter(head);
        Self {
            splitter: ReaderBuilder::new().delimiter(delimiter).build(),
            encoding,
            delimiter,
            squeezer: (delimiter == b' ').then(Squeezer::default),
            lines: Lines::default(),
            table: Table::new(delimiter, expected),
            row: 0,
            inside_row: false,
            bytes: vec![0; 4096],
            filled: 0,
            ends: vec![0; 1024],
            cells: 0,
        }
    }

    /// Images read so far.
    pub fn images(&self) -> usize {
        self.table.images()
    }

    pub fn push(&mut self, text: &[u8]) -> Result<()> {
        let Some(mut squeezer) = self.squeezer.take() else { return self.take(text) };
        let taken = self.take(squeezer.squeeze(text));
        self.squeezer = Some(squeezer);
        taken
    }

    fn take(&mut self, mut text: &[u8]) -> Result<()> {
        while !text.is_empty() {
            if !self.inside_row {
                text = self.lines.skip_blank(text);
                if text.is_empty() {
                    break;
                }
                if let Some(length) = self.table.plain_row(self.lines.current(), text)? {
                    let (row, rest) = text.split_at(length);
                    // Digits and delimiters contain no line ends, so the end of the row is enough.
                    self.lines.count(&row[row.len().saturating_sub(2)..]);
                    text = rest;
                    continue;
                }
                self.row = self.lines.current();
                self.inside_row = true;
            }
            let length = self.split(text)?;
            text = &text[length..];
        }
        Ok(())
    }

    /// Splits off at most one row; an empty text ends the last row. Returns the number of bytes
    /// consumed.
    fn split(&mut self, text: &[u8]) -> Result<usize> {
        let (bytes, ends) = (&mut self.bytes[self.filled..], &mut self.ends[self.cells..]);
        let (result, read, written, ended) = self.splitter.read_record(text, bytes, ends);
        self.lines.count(&text[..read]);
        self.filled += written;
        self.cells += ended;
        self.check_lengths(self.cells - ended)?;
        match result {
            ReadRecordResult::Record => self.end_row(text.is_empty())?,
            ReadRecordResult::OutputFull => self.bytes.resize(self.bytes.len() * 2, 0),
            ReadRecordResult::OutputEndsFull if self.ends.len() >= MAX_CELLS => {
                return Err(too_many_cells().at_row(self.row));
            }
            ReadRecordResult::OutputEndsFull => {
                self.ends.resize((self.ends.len() * 2).min(MAX_CELLS), 0);
            }
            ReadRecordResult::End => self.inside_row = false,
            ReadRecordResult::InputEmpty => {}
        }
        Ok(read)
    }

    fn end_row(&mut self, at_end_of_file: bool) -> Result<()> {
        let cells = Cells::new(&self.bytes[..self.filled], &self.ends[..self.cells]);
        (self.filled, self.cells, self.inside_row) = (0, 0, false);
        self.table.row(self.row, cells, at_end_of_file)
    }

    /// Checks the cells from number `first` on, including the unfinished one.
    fn check_lengths(&self, first: usize) -> Result<()> {
        let mut start = first.checked_sub(1).map_or(0, |cell| self.ends[cell]);
        let ends = self.ends[first..self.cells].iter().copied().chain([self.filled]);
        for (cell, end) in (first..).zip(ends) {
            if end - start > MAX_CELL {
                return Err(too_long(&self.bytes[start..end])
                    .at_row(self.row)
                    .at_column(cell as u64 + 1));
            }
            start = end;
        }
        Ok(())
    }

    /// Ends the text; returns the images, the layout, and notices about the file.
    pub fn finish(mut self) -> Result<(Dataset, CsvLayout, Vec<String>)> {
        while self.inside_row {
            self.split(&[])?;
        }
        let line_ends = self.lines.kind();
        let Outcome { data, columns, form, scale, blank, notices } = self.table.finish()?;
        let label = columns.label.map(|label| LabelColumn {
            column: label.column + 1,
            name: label.name,
            found: label.found,
            form,
        });
        let layout = CsvLayout {
            encoding: self.encoding,
            delimiter: char::from(self.delimiter),
            line_ends,
            header: columns.header,
            columns: columns.count,
            label,
            index: columns.ids.map(|ids| ids.column + 1),
            scale,
            blank_rows: blank + self.lines.blank,
            reordered: columns.order.is_some(),
        };
        Ok((data, layout, notices))
    }
}

fn too_many_cells() -> Error {
    Error::data(format!("the row has more than {MAX_CELLS} cells"))
        .help(format!("The largest images that can be read are {MAX_SIDE}×{MAX_SIDE}"))
}

fn too_long(cell: &[u8]) -> Error {
    Error::data(format!("the cell {} has more than {MAX_CELL} characters", cell::shown(cell)))
        .help("Check for a quotation mark that is never closed, or that this is a table at all")
}

/// Counts lines for error messages.
#[derive(Default)]
struct Lines {
    line_feeds: u64,
    both: u64,
    carriage_returns: u64,
    after_carriage_return: bool,
    blank: u64,
}

impl Lines {
    /// The number of the next line, counted from 1.
    fn current(&self) -> u64 {
        self.line_feeds + self.both + self.carriage_returns + 1
    }

    fn count(&mut self, text: &[u8]) {
        for &byte in text {
            match byte {
                b'\n' if self.after_carriage_return => {
                    self.carriage_returns -= 1;
                    self.both += 1;
                }
                b'\n' => self.line_feeds += 1,
                b'\r' => self.carriage_returns += 1,
                _ => {}
            }
            self.after_carriage_return = byte == b'\r';
        }
    }

    /// Skips and counts blank lines between rows; returns the rest of the text.
    fn skip_blank<'a>(&mut self, text: &'a [u8]) -> &'a [u8] {
        let end = text.iter().position(|byte| !matches!(byte, b'\n' | b'\r'));
        let (blank, rest) = text.split_at(end.unwrap_or(text.len()));
        let before = self.current();
        self.count(blank);
        self.blank += self.current() - before;
        rest
    }

    fn kind(&self) -> LineEnds {
        match (self.line_feeds, self.both, self.carriage_returns) {
            (0, 0, 0) => LineEnds::None,
            (_, 0, 0) => LineEnds::Lf,
            (0, _, 0) => LineEnds::CrLf,
            (0, 0, _) => LineEnds::Cr,
            _ => LineEnds::Mixed,
        }
    }
}
