//! How a file was interpreted, as plain data for programs and as one line for people.

use std::fmt;

use serde::{Deserialize, Serialize};

/// How a file was interpreted; shown to the user. [`Display`](fmt::Display) gives one readable
/// line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Layout {
    /// Whether the file was packed with gzip.
    pub gzip: bool,
    /// The format inside, with its specific details.
    pub format: Format,
    /// The number of images; of labels in an IDX label file.
    pub images: usize,
    /// Pixels per side of an image, if the file contains images.
    pub side: Option<usize>,
    /// The number of images of each class, `[classes]`, if the file contains labels.
    pub class_counts: Option<Vec<usize>>,
    /// Class names; empty if the classes are plain numbers.
    #[serde(default)]
    pub class_names: Vec<String>,
    /// Notices about the file, one sentence each.
    #[serde(default)]
    pub notices: Vec<String>,
}

/// The format of a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Format {
    /// A text table with one image per row.
    Csv(CsvLayout),
    /// IDX with three dimensions.
    IdxImages,
    /// IDX with one dimension.
    IdxLabels,
    /// Pen strokes as JSON, one drawing per line.
    Strokes(StrokesLayout),
}

/// Details of a file of pen strokes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StrokesLayout {
    /// The character encoding.
    pub encoding: Encoding,
    /// The number of writers, if the file names them.
    pub writers: Option<usize>,
}

/// The dialect and columns of a text table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct CsvLayout {
    /// The character encoding.
    pub encoding: Encoding,
    /// The delimiter of cells.
    pub delimiter: char,
    /// The line ends.
    pub line_ends: LineEnds,
    /// Whether the first row names the columns.
    pub header: bool,
    /// Cells of a row, not counting an empty one after a trailing delimiter.
    pub columns: usize,
    /// The column of the labels, if any.
    pub label: Option<LabelColumn>,
    /// The column that numbers or names the rows, counted from 1, if any.
    pub index: Option<usize>,
    /// The pixel value of full ink.
    pub scale: Scale,
    /// Empty rows, which were skipped.
    pub blank_rows: u64,
    /// Whether the pixels are in another order than in the image, as their names show.
    #[serde(default)]
    pub reordered: bool,
}

/// The column of the labels.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LabelColumn {
    /// Its number, counted from 1.
    pub column: usize,
    /// Its name in the header, if any.
    pub name: Option<String>,
    /// How it was recognised.
    pub found: LabelDetection,
    /// How classes are written.
    #[serde(default)]
    pub form: LabelForm,
}

/// How classes are written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum LabelForm {
    /// As whole numbers from 0.
    #[default]
    Numbers,
    /// As letters of one case: A is class 0, Z is class 25.
    Letters,
    /// As words: the names of the classes.
    Words,
    /// As one-hot columns, this many.
    OneHot(usize),
}

/// How a column was identified.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LabelDetection {
    /// By its name in the header.
    ByName,
    /// By its values in the first rows.
    ByValues,
}

/// A character encoding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub enum Encoding {
    /// UTF-8, and with it plain ASCII.
    #[serde(rename = "utf-8")]
    Utf8,
    /// UTF-16, low byte first.
    #[serde(rename = "utf-16le")]
    Utf16Le,
    /// UTF-16, high byte first.
    #[serde(rename = "utf-16be")]
    Utf16Be,
}

/// A kind of line end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum LineEnds {
    /// The file has no line end.
    None,
    /// Line feed.
    Lf,
    /// Carriage return and line feed.
    CrLf,
    /// Carriage return alone.
    Cr,
    /// More than one kind.
    Mixed,
}

/// The pixel value of full ink.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Scale {
    /// 255.
    Bytes,
    /// 1.
    Unit,
}

impl fmt::Display for Layout {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.format {
            Format::Csv(csv) => write!(f, "CSV, {csv}")?,
            Format::IdxImages => f.write_str("IDX images")?,
            Format::IdxLabels => f.write_str("IDX labels")?,
            Format::Strokes(strokes) => write!(f, "pen strokes{strokes}")?,
        }
        if self.gzip {
            f.write_str(", gzip")?;
        }
        match self.side {
            Some(side) => write!(f, ", {} of {side}×{side}", count(self.images, "image"))?,
            None => write!(f, ", {}", count(self.images, "label"))?,
        }
        match &self.class_counts {
            Some(counts) => write!(f, ", {}", count(counts.len(), "class")),
            None => Ok(()),
        }
    }
}

impl fmt::Display for CsvLayout {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let delimiter = match self.delimiter {
            ',' => "comma",
            ';' => "semicolon",
            '\t' => "tab",
            ' ' => "spaces",
            '|' => "bar",
            _ => "other delimiter",
        };
        write!(f, "{delimiter}, {}", if self.header { "header" } else { "no header" })?;
        match &self.label {
            Some(label) => write!(f, ", {label}")?,
            None => f.write_str(", no label")?,
        }
        if let Some(index) = self.index {
            write!(f, ", row numbers in column {index}")?;
        }
        if self.scale == Scale::Unit {
            f.write_str(", pixels 0–1")?;
        }
        if self.reordered {
            f.write_str(", pixels in the order of their names")?;
        }
        if self.encoding != Encoding::Utf8 {
            f.write_str(", UTF-16")?;
        }
        if self.blank_rows > 0 {
            write!(f, ", {} skipped", count(self.blank_rows as usize, "blank row"))?;
        }
        Ok(())
    }
}

impl fmt::Display for StrokesLayout {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(writers) = self.writers {
            write!(f, " of {}", count(writers, "writer"))?;
        }
        if self.encoding != Encoding::Utf8 {
            f.write_str(", UTF-16")?;
        }
        Ok(())
    }
}

impl fmt::Display for LabelColumn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let LabelForm::OneHot(classes) = self.form {
            let last = self.column + classes - 1;
            return write!(f, "label in columns {}–{last}, one for each class", self.column);
        }
        write!(f, "label in column {}", self.column)?;
        if let (LabelDetection::ByName, Some(name)) = (self.found, &self.name) {
            write!(f, " ('{name}')")?;
        }
        match self.form {
            LabelForm::Letters => f.write_str(" as letters"),
            LabelForm::Words => f.write_str(" as words"),
            LabelForm::Numbers | LabelForm::OneHot(_) => Ok(()),
        }
    }
}

/// `1 image`, `60,000 images`, `10 classes`.
pub(super) fn count(number: usize, noun: &str) -> String {
    let plural = match (number, noun.ends_with('s')) {
        (1, _) => "",
        (_, true) => "es",
        (_, false) => "s",
    };
    format!("{} {noun}{plural}", thousands(number as u64))
}

/// A number with a comma between groups of three digits.
pub(super) fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}
