//! Cells of a row, and a cell as a number.

/// The cells of one row.
#[derive(Clone, Copy)]
pub(super) struct Cells<'a> {
    bytes: &'a [u8],
    /// Where each cell ends in `bytes`; it starts where the one before ends.
    ends: &'a [usize],
}

impl<'a> Cells<'a> {
    pub fn new(bytes: &'a [u8], ends: &'a [usize]) -> Self {
        Self { bytes, ends }
    }

    /// The cells without spaces around them.
    pub fn iter(self) -> impl ExactSizeIterator<Item = &'a [u8]> + DoubleEndedIterator + Clone {
        (0..self.ends.len()).map(move |index| self.get(index))
    }

    /// Cell `index` without spaces around it; empty if there is none.
    pub fn get(self, index: usize) -> &'a [u8] {
        let start = index.checked_sub(1).and_then(|before| self.ends.get(before));
        let end = self.ends.get(index).copied().unwrap_or(self.bytes.len());
        trim(self.bytes.get(start.copied().unwrap_or(0)..end).unwrap_or_default())
    }

    /// The number of cells, not counting one empty cell after a trailing delimiter.
    pub fn count(self) -> usize {
        self.iter().len() - usize::from(self.iter().next_back().is_some_and(<[u8]>::is_empty))
    }

    /// The number of cells with content.
    pub fn filled(self) -> usize {
        self.iter().filter(|cell| !cell.is_empty()).count()
    }

    /// Whether no cell has any content.
    pub fn are_blank(self) -> bool {
        self.iter().all(<[u8]>::is_empty)
    }
}

/// Rows buffered until the columns are identified.
#[derive(Default)]
pub(super) struct Rows {
    bytes: Vec<u8>,
    ends: Vec<usize>,
    rows: Vec<Span>,
}

/// A row in [`Rows`]: its line, whether it is the last of the file, and where its parts end.
struct Span {
    line: u64,
    at_end_of_file: bool,
    bytes: usize,
    ends: usize,
}

/// One of [`Rows`].
#[derive(Clone, Copy)]
pub(super) struct Row<'a> {
    pub line: u64,
    pub at_end_of_file: bool,
    pub cells: Cells<'a>,
}

impl Rows {
    pub fn push(&mut self, line: u64, cells: Cells<'_>, at_end_of_file: bool) {
        self.bytes.extend_from_slice(cells.bytes);
        self.ends.extend_from_slice(cells.ends);
        let (bytes, ends) = (self.bytes.len(), self.ends.len());
        self.rows.push(Span { line, at_end_of_file, bytes, ends });
    }

    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Bytes of all cells.
    pub fn size(&self) -> usize {
        self.bytes.len()
    }

    pub fn iter(&self) -> impl Iterator<Item = Row<'_>> + Clone {
        (0..self.rows.len()).filter_map(|index| self.get(index))
    }

    pub fn get(&self, index: usize) -> Option<Row<'_>> {
        let Span { line, at_end_of_file, bytes, ends } = *self.rows.get(index)?;
        let before = index.checked_sub(1).and_then(|before| self.rows.get(before));
        let (first_byte, first_end) = before.map_or((0, 0), |row| (row.bytes, row.ends));
        let cells = Cells::new(&self.bytes[first_byte..bytes], &self.ends[first_end..ends]);
        Some(Row { line, at_end_of_file, cells })
    }
}

/// A cell without surrounding spaces, and without quotes that spaces hid from the splitter.
pub(super) fn trim(cell: &[u8]) -> &[u8] {
    match cell.trim_ascii() {
        [b'"', inner @ .., b'"'] => inner.trim_ascii(),
        trimmed => trimmed,
    }
}

/// A trimmed cell as a number, which may be infinite or NaN. A comma is a decimal point.
pub(super) fn number(cell: &[u8]) -> Option<f64> {
    integer(cell).map(f64::from).or_else(|| float(cell))
}

/// One to three digits, with nothing but zeros after a point.
#[inline]
fn integer(cell: &[u8]) -> Option<u16> {
    let point = cell.iter().position(|&byte| byte == b'.');
    let (digits, fraction) = cell.split_at(point.unwrap_or(cell.len()));
    if !(1..=3).contains(&digits.len()) || fraction.iter().skip(1).any(|&byte| byte != b'0') {
        return None;
    }
    digits.iter().try_fold(0, |value, byte| {
        byte.is_ascii_digit().then(|| value * 10 + u16::from(byte - b'0'))
    })
}

fn float(cell: &[u8]) -> Option<f64> {
    let text = std::str::from_utf8(cell).ok()?;
    text.parse().ok().or_else(|| text.replace(',', ".").parse().ok())
}

/// A cell as text, for messages that quote it in full.
pub(super) fn text(cell: &[u8]) -> String {
    String::from_utf8_lossy(cell).into_owned()
}

/// A cell for an error message: in quotes, on one line, shortened.
pub(super) fn shown(cell: &[u8]) -> String {
    const MOST: usize = 24;
    let text = String::from_utf8_lossy(&cell[..cell.len().min(4 * MOST + 4)]);
    let mut short: String = text.chars().take(MOST).flat_map(char::escape_debug).collect();
    if text.chars().count() > MOST {
        short.push('…');
    }
    format!("'{short}'")
}
