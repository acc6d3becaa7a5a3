//! From the bytes of a file to the bytes of its content: gzip and UTF-16, across any chunk
//! boundary.

use std::io::{self, Write};

use flate2::write::MultiGzDecoder;

use crate::data::layout::Encoding;
use crate::error::{Error, Result};

/// The first two bytes of a gzip file.
pub(super) const GZIP: [u8; 2] = [0x1f, 0x8b];

/// Packed bytes unpacked at a time: deflate expands at most about a thousandfold, so this bounds
/// the memory that a hostile file can make us allocate.
const PACKED_STEP: usize = 4096;

/// Unpacks gzip, recognised by its first two bytes, and passes anything else through.
pub(super) enum Unpack {
    /// Not yet two bytes.
    Start(Vec<u8>),
    Plain,
    Gzip(Box<MultiGzDecoder<Vec<u8>>>),
}

impl Unpack {
    pub fn new() -> Self {
        Self::Start(Vec::new())
    }

    /// Takes the next bytes of the file and passes the next bytes of its content to `sink`.
    pub fn push(&mut self, bytes: &[u8], sink: &mut dyn FnMut(&[u8]) -> Result<()>) -> Result<()> {
        match self {
            Self::Start(head) => {
                let (kept, rest) = bytes.split_at(bytes.len().min(GZIP.len() - head.len()));
                head.extend_from_slice(kept);
                if head.len() < GZIP.len() {
                    return Ok(());
                }
                let head = std::mem::take(head);
                *self = if head.starts_with(&GZIP) {
                    Self::Gzip(Box::new(MultiGzDecoder::new(Vec::new())))
                } else {
                    Self::Plain
                };
                self.push(&head, sink)?;
                self.push(rest, sink)
            }
            Self::Plain => sink(bytes),
            Self::Gzip(decoder) => {
                for step in bytes.chunks(PACKED_STEP) {
                    let result = decoder.write_all(step);
                    // Flush after an error, too, so that an error in the content before the damage
                    // is reported first, however the file was cut.
                    let flushed = decoder.flush();
                    drain(decoder, sink)?;
                    result.and(flushed).map_err(damaged)?;
                }
                Ok(())
            }
        }
    }

    /// Ends the file; returns whether it was packed.
    pub fn finish(self, sink: &mut dyn FnMut(&[u8]) -> Result<()>) -> Result<bool> {
        match self {
            Self::Start(head) => sink(&head).map(|()| false),
            Self::Plain => Ok(false),
            Self::Gzip(mut decoder) => {
                let result = decoder.try_finish();
                drain(&mut decoder, sink)?;
                // A truncated file shows up as an unexpected end or as a wrong checksum.
                result.map_err(|error| {
                    let problem = format!("the gzip file is cut off or damaged ({error})");
                    Error::data(problem).help("Fetch or pack the file again").because(error)
                })?;
                Ok(true)
            }
        }
    }
}

fn drain(
    decoder: &mut MultiGzDecoder<Vec<u8>>,
    sink: &mut dyn FnMut(&[u8]) -> Result<()>,
) -> Result<()> {
    let unpacked = decoder.get_mut();
    let result = if unpacked.is_empty() { Ok(()) } else { sink(unpacked) };
    unpacked.clear();
    result
}

fn damaged(error: io::Error) -> Error {
    Error::data(format!("the gzip file is damaged ({error})"))
        .help("Fetch or pack the file again")
        .because(error)
}

/// Turns text of any supported encoding into UTF-8.
pub(super) struct Decoder {
    encoding: Encoding,
    /// The first byte of a UTF-16 unit whose second is yet to come.
    half: Option<u8>,
    /// A high surrogate whose low one is yet to come.
    high: Option<u16>,
    text: Vec<u8>,
}

impl Decoder {
    pub fn new(encoding: Encoding) -> Self {
        Self { encoding, half: None, high: None, text: Vec::new() }
    }

    /// The next bytes as UTF-8. A lone surrogate becomes U+FFFD.
    pub fn decode<'a>(&'a mut self, bytes: &'a [u8]) -> &'a [u8] {
        if self.encoding == Encoding::Utf8 {
            return bytes;
        }
        self.text.clear();
        for &byte in bytes {
            match (self.half.take(), self.encoding) {
                (None, _) => self.half = Some(byte),
                (Some(first), Encoding::Utf16Be) => self.unit(u16::from_be_bytes([first, byte])),
                (Some(first), _) => self.unit(u16::from_le_bytes([first, byte])),
            }
        }
        &self.text
    }

    fn unit(&mut self, unit: u16) {
        let high = self.high.take();
        if high.is_none() && (0xD800..0xDC00).contains(&unit) {
            self.high = Some(unit);
            return;
        }
        for character in char::decode_utf16(high.into_iter().chain([unit])) {
            let character = character.unwrap_or(char::REPLACEMENT_CHARACTER);
            self.text.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
        }
    }

    /// Ends the text.
    ///
    /// # Errors
    /// If it ends inside a character.
    pub fn finish(&self) -> Result<()> {
        if self.half.is_none() && self.high.is_none() {
            return Ok(());
        }
        Err(Error::data("the file ends in the middle of a UTF-16 character")
            .help("The file seems to be cut off; fetch it again"))
    }
}
