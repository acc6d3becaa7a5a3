//! Small data sets and the many ways to write them as text.

use std::io::Write;

use flate2::{Compression, write::GzEncoder};
use patchwork::data::Dataset;
use patchwork::data::reader::{FileContents, Layout, Reader};
use patchwork::error::Result;

/// `images` of `side`×`side` pixels with labels 0–9: every value from 0 to 255 occurs, and the
/// corners are empty as in real files.
pub fn sample(side: usize, images: usize) -> Dataset {
    let area = side * side;
    let pixel = |image: usize, at: usize| match at {
        at if at == 0 || at == area - 1 => 0,
        1 => 255,
        _ => ((image * 97 + at * 31) % 256) as u8,
    };
    let pixels = (0..images).flat_map(|image| (0..area).map(move |at| pixel(image, at))).collect();
    let labels = (0..images).map(|image| ((image * 7 + 3) % 10) as u8).collect();
    Dataset::new(side, pixels, Some(labels)).unwrap()
}

/// The images without their labels.
pub fn unlabelled(data: &Dataset) -> Dataset {
    Dataset::new(data.side(), data.pixels().to_vec(), None).unwrap()
}

/// The position of the label.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    First,
    Last,
    Absent,
}

/// The names of the pixels in the header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Names {
    /// `pixel0`, `pixel1`, …
    FromZero,
    /// `pixel1`, `pixel2`, …
    FromOne,
    /// `1x1`, `1x2`, …
    Grid,
    /// `0`, `1`, …
    Numbers,
}

/// The number format of a pixel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Number {
    Integer,
    /// `12.0`
    Float,
    /// `1.2e+01`
    Scientific,
    /// `0.047058824`, full ink is 1
    Unit,
    /// `0,047058824`
    UnitComma,
}

/// The text encoding.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Text {
    Utf8,
    Utf8Mark,
    Utf16Le { mark: bool },
    Utf16Be { mark: bool },
}

/// One way to write a data set.
#[derive(Debug, Clone)]
pub struct Dialect {
    pub delimiter: char,
    pub line_end: &'static str,
    /// The names of the pixels and of the label.
    pub header: Option<(Names, &'static str)>,
    pub label: Place,
    /// A first column that numbers the rows, with its name.
    pub index: Option<&'static str>,
    pub number: Number,
    pub quoted: bool,
    pub spaces: bool,
    pub trailing_delimiter: bool,
    pub final_line_end: bool,
    pub blank_lines: bool,
    pub text: Text,
    pub gzip: bool,
}

impl Default for Dialect {
    /// `label,pixels` in integers with LF: the usual MNIST file.
    fn default() -> Self {
        Self {
            delimiter: ',',
            line_end: "\n",
            header: None,
            label: Place::First,
            index: None,
            number: Number::Integer,
            quoted: false,
            spaces: false,
            trailing_delimiter: false,
            final_line_end: true,
            blank_lines: false,
            text: Text::Utf8,
            gzip: false,
        }
    }
}

impl Dialect {
    /// The bytes of a file with `data`.
    pub fn write(&self, data: &Dataset) -> Vec<u8> {
        let mut lines = Vec::new();
        if let Some((names, label)) = self.header {
            let names = (0..data.side() * data.side()).map(|at| names.name(at, data.side()));
            lines.push(self.line(self.index.unwrap_or_default(), label, names));
        }
        for image in 0..data.len() {
            let pixels = data.image(image).iter().map(|&pixel| self.number.write(pixel));
            let label = data.labels().map_or(String::new(), |labels| labels[image].to_string());
            lines.push(self.line(&image.to_string(), &label, pixels));
        }
        let between = if self.blank_lines { self.line_end.repeat(2) } else { self.line_end.into() };
        let mut text = lines.join(&between);
        if self.final_line_end {
            text += self.line_end;
        }
        let bytes = self.text.encode(&text);
        if self.gzip { gzip(&bytes) } else { bytes }
    }

    fn line(&self, index: &str, label: &str, pixels: impl Iterator<Item = String>) -> String {
        let mut cells: Vec<String> = pixels.collect();
        match self.label {
            Place::First => cells.insert(0, label.into()),
            Place::Last => cells.push(label.into()),
            Place::Absent => {}
        }
        if self.index.is_some() {
            cells.insert(0, index.into());
        }
        for cell in &mut cells {
            if self.quoted {
                *cell = format!("\"{cell}\"");
            }
            if self.spaces {
                *cell = format!(" {cell}  ");
            }
        }
        let mut line = cells.join(&self.delimiter.to_string());
        if self.trailing_delimiter {
            line.push(self.delimiter);
        }
        line
    }
}

impl Names {
    fn name(self, at: usize, side: usize) -> String {
        match self {
            Self::FromZero => format!("pixel{at}"),
            Self::FromOne => format!("pixel{}", at + 1),
            Self::Grid => format!("{}x{}", at / side + 1, at % side + 1),
            Self::Numbers => at.to_string(),
        }
    }
}

impl Number {
    fn write(self, pixel: u8) -> String {
        let unit = f64::from(pixel) / 255.0;
        match self {
            Self::Integer => pixel.to_string(),
            Self::Float => format!("{pixel}.0"),
            Self::Scientific => format!("{:e}", f64::from(pixel)).replace('e', "e+0"),
            Self::Unit => format!("{unit:.9}"),
            Self::UnitComma => format!("{unit:.9}").replace('.', ","),
        }
    }
}

impl Text {
    pub fn encode(self, text: &str) -> Vec<u8> {
        let marked = |mark: bool| if mark { format!("\u{feff}{text}") } else { text.to_owned() };
        match self {
            Self::Utf8 => text.as_bytes().to_vec(),
            Self::Utf8Mark => marked(true).into_bytes(),
            Self::Utf16Le { mark } => {
                marked(mark).encode_utf16().flat_map(u16::to_le_bytes).collect()
            }
            Self::Utf16Be { mark } => {
                marked(mark).encode_utf16().flat_map(u16::to_be_bytes).collect()
            }
        }
    }
}

/// Packs bytes.
pub fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// An IDX file: element type, dimensions and data.
pub fn idx(kind: u8, dimensions: &[u32], data: &[u8]) -> Vec<u8> {
    let mut bytes = vec![0, 0, kind, dimensions.len() as u8];
    bytes.extend(dimensions.iter().flat_map(|size| size.to_be_bytes()));
    bytes.extend_from_slice(data);
    bytes
}

/// Reads chunks as one file.
pub fn read_chunks<'a>(
    chunks: impl IntoIterator<Item = &'a [u8]>,
) -> Result<(FileContents, Layout)> {
    let mut reader = Reader::new("file");
    for chunk in chunks {
        reader.push(chunk)?;
    }
    reader.finish()
}

/// Reads a file whole, then split in many ways, which must not matter; returns the result.
pub fn read_every_way(name: &str, bytes: &[u8]) -> Result<(FileContents, Layout)> {
    let whole = read_chunks([bytes]);
    // Small files are split in two at every position; all files in pieces so small that each piece
    // of the syntax is split, and in larger ones with some whole rows.
    let cuts = if bytes.len() < 700 { 0..bytes.len() } else { 0..0 };
    for cut in cuts {
        let (head, tail) = bytes.split_at(cut);
        assert_eq!(read_chunks([head, tail]), whole, "{name}, cut after {cut} bytes");
    }
    for size in [1, 2, 3, 7, 64, 301, 1024, 4095, 4096, 4097] {
        assert_eq!(read_chunks(bytes.chunks(size)), whole, "{name}, in chunks of {size} bytes");
    }
    whole
}
