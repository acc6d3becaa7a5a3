//! IDX, the format of the original MNIST files (LeCun, Cortes and Burges): two zero bytes, the type
//! of an element, the number of dimensions, each dimension as a big-endian `u32`, then the elements.

use crate::data::Dataset;
use crate::data::labels::{Expected, Labels};
use crate::data::layout::thousands;
use crate::data::limits::{self, MAX_SIDE, MIN_SIDE};
use crate::error::{Error, Result};

/// The element type; images of digits have no other.
const UNSIGNED_BYTE: u8 = 0x08;
/// Bytes before the dimensions.
const MAGIC: usize = 4;

/// Images as an IDX file.
pub fn images(data: &Dataset) -> Vec<u8> {
    let (count, side) = (data.len() as u32, data.side() as u32);
    let mut bytes = vec![0, 0, UNSIGNED_BYTE, 3];
    [count, side, side].iter().for_each(|size| bytes.extend(size.to_be_bytes()));
    bytes.extend_from_slice(data.pixels());
    bytes
}

/// Labels as an IDX file.
pub fn labels(labels: &[u8]) -> Vec<u8> {
    let mut bytes = vec![0, 0, UNSIGNED_BYTE, 1];
    bytes.extend((labels.len() as u32).to_be_bytes());
    bytes.extend_from_slice(labels);
    bytes
}

/// The content of an IDX file.
pub(super) enum Content {
    Images(Dataset),
    Labels(Vec<u8>),
}

/// The shape from the header.
#[derive(Clone, Copy)]
enum Shape {
    Labels { count: u32 },
    Images { count: u32, side: usize },
}

impl Shape {
    /// Bytes of all elements.
    fn size(self) -> u64 {
        match self {
            Self::Labels { count } => u64::from(count),
            Self::Images { count, side } => u64::from(count) * (side * side) as u64,
        }
    }
}

/// Reads an IDX file from chunks of bytes.
pub(super) struct Idx {
    expected: Expected,
    header: Vec<u8>,
    shape: Option<Shape>,
    elements: Vec<u8>,
    /// Bytes beyond the announced size: counted, not kept.
    surplus: u64,
}

impl Idx {
    pub fn new(expected: Expected) -> Self {
        Self { expected, header: Vec::new(), shape: None, elements: Vec::new(), surplus: 0 }
    }

    /// Images read so far; 0 in a label file.
    pub fn images(&self) -> usize {
        match self.shape {
            Some(Shape::Images { side, .. }) => self.elements.len() / (side * side),
            _ => 0,
        }
    }

    pub fn push(&mut self, bytes: &[u8]) -> Result<()> {
        let bytes = self.take_header(bytes)?;
        let Some(shape) = self.shape else { return Ok(()) };
        let missing = shape.size() - self.elements.len() as u64;
        let wanted = bytes.len().min(usize::try_from(missing).unwrap_or(usize::MAX));
        // Memory for what arrived, not for what the header claims: it may lie.
        limits::reserve(&mut self.elements, wanted)?;
        self.elements.extend_from_slice(&bytes[..wanted]);
        self.surplus += (bytes.len() - wanted) as u64;
        Ok(())
    }

    /// Completes the header; returns the bytes after it.
    fn take_header<'a>(&mut self, mut bytes: &'a [u8]) -> Result<&'a [u8]> {
        while self.shape.is_none() {
            let dimensions = self.header.get(3).map_or(0, |&count| usize::from(count));
            if dimensions > 0 && self.header.len() == MAGIC + 4 * dimensions {
                self.shape = Some(shape(&self.header)?);
                break;
            }
            let Some((&byte, rest)) = bytes.split_first() else { break };
            self.header.push(byte);
            bytes = rest;
            if self.header.len() == MAGIC {
                check_magic(&self.header)?;
            }
        }
        Ok(bytes)
    }

    pub fn finish(mut self) -> Result<Content> {
        let shape = self
            .shape
            .ok_or_else(|| Error::data("the IDX header is cut off").help("Fetch the file again"))?;
        let found = self.elements.len() as u64 + self.surplus;
        if found != shape.size() {
            return Err(Error::data(format!(
                "the IDX header announces {} bytes of data, but the file holds {}",
                thousands(shape.size()),
                thousands(found)
            ))
            .help("The file is damaged or cut off; fetch it again"));
        }
        self.elements.shrink_to_fit();
        match shape {
            Shape::Images { side, .. } => {
                Dataset::new(side, self.elements, None).map(Content::Images)
            }
            Shape::Labels { .. } => {
                let mut labels = Labels::new(self.expected);
                for (row, &label) in (1..).zip(&self.elements) {
                    labels.push(row, label).map_err(|error| error.at_row(row))?;
                }
                labels.finish().map(|classes| Content::Labels(classes.labels))
            }
        }
    }
}

/// Checks element type and number of dimensions, before the dimensions have arrived.
fn check_magic(magic: &[u8]) -> Result<()> {
    let kind = match magic[2] {
        UNSIGNED_BYTE if matches!(magic[3], 1 | 3) => return Ok(()),
        UNSIGNED_BYTE => return Err(dimensions_error(magic[3])),
        0x09 => "signed bytes",
        0x0b => "16-bit integers",
        0x0c => "32-bit integers",
        0x0d => "32-bit floats",
        0x0e => "64-bit floats",
        _ => "elements of an unknown type",
    };
    Err(Error::data(format!("the IDX file holds {kind}; only unsigned bytes are read"))
        .help("Save pixels and labels as unsigned bytes 0–255"))
}

fn dimensions_error(dimensions: u8) -> Error {
    Error::data(format!(
        "the IDX file has {dimensions} dimensions; images have 3 (count, rows, columns) and labels 1"
    ))
    .help("Save grey images as count × rows × columns")
}

/// The shape in a complete header, whose magic number has been checked.
fn shape(header: &[u8]) -> Result<Shape> {
    let dimensions: Vec<u32> = header[MAGIC..]
        .chunks_exact(4)
        .map(|bytes| bytes.iter().fold(0, |number, &byte| (number << 8) | u32::from(byte)))
        .collect();
    match dimensions[..] {
        [0, ..] => {
            Err(Error::data("the IDX header announces no images").help("Fetch the file again"))
        }
        [count] => Ok(Shape::Labels { count }),
        [count, rows, columns] => {
            let side = usize::try_from(rows).unwrap_or(usize::MAX);
            if rows != columns {
                return Err(Error::data(format!("the images are {rows}×{columns} pixels"))
                    .help("Pad them to squares"));
            }
            if !(MIN_SIDE..=MAX_SIDE).contains(&side) {
                return Err(limits::side_error(rows.into()));
            }
            Ok(Shape::Images { count, side })
        }
        _ => Err(dimensions_error(header[3])),
    }
}
