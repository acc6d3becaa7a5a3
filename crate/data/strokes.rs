//! Pen strokes as JSON, one drawing per line: `{"label":7,"writer":"ann","strokes":[[[10,20],[11,24]]]}`, x to the right and
//! y down in any unit. A label may be a word. Label and writer may be absent, but only from all drawings; other members are
//! ignored. A drawing becomes an image as on the page ([`drawing`]), with the page's usual pen width.

use std::collections::HashSet;
use std::fmt;
use std::sync::Arc;

use serde::de::{self, Unexpected, Visitor};
use serde::{Deserialize, Deserializer};

use crate::data::Dataset;
use crate::data::drawing::{self, PEN_WIDTH, SIDE, Stroke};
use crate::data::labels::{Classes, Expected, Labels};
use crate::data::layout::{Encoding, StrokesLayout};
use crate::data::limits;
use crate::error::{Error, Result};

/// The most bytes of a line; it bounds the memory that a hostile file can demand.
const MOST: usize = 1 << 20;

const FORM: &str = "Write one drawing a line, such as \
    {\"label\":7,\"writer\":\"ann\",\"strokes\":[[[10,20],[11,24]]]}";

/// A line of the file.
#[derive(Deserialize)]
struct Drawing {
    label: Option<Label>,
    writer: Option<String>,
    strokes: Vec<Vec<[f32; 2]>>,
}

/// A label: a class number or the name of a class.
enum Label {
    Number(u8),
    Word(String),
}

impl<'de> Deserialize<'de> for Label {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        deserializer.deserialize_any(LabelVisitor)
    }
}

struct LabelVisitor;

impl Visitor<'_> for LabelVisitor {
    type Value = Label;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a label: a whole number 0–255 or a word")
    }

    fn visit_u64<E: de::Error>(self, number: u64) -> std::result::Result<Label, E> {
        let label = u8::try_from(number).map(Label::Number);
        label.map_err(|_| E::invalid_value(Unexpected::Unsigned(number), &self))
    }

    fn visit_f64<E: de::Error>(self, number: f64) -> std::result::Result<Label, E> {
        match (0.0..=255.0).contains(&number) && number.fract() == 0.0 {
            true => Ok(Label::Number(number as u8)),
            false => Err(E::invalid_value(Unexpected::Float(number), &self)),
        }
    }

    fn visit_str<E: de::Error>(self, word: &str) -> std::result::Result<Label, E> {
        let word = word.trim();
        match word.parse::<f64>() {
            _ if word.is_empty() => Err(E::invalid_value(Unexpected::Str(word), &self)),
            Ok(number) => self.visit_f64(number),
            Err(_) => Ok(Label::Word(word.into())),
        }
    }
}

/// Reads drawings from chunks of UTF-8.
pub(super) struct Strokes {
    encoding: Encoding,
    /// The beginning of an incomplete line.
    unfinished: Vec<u8>,
    /// Lines read.
    row: u64,
    pixels: Vec<u8>,
    labels: Option<Labels>,
    writers: Option<Vec<Arc<str>>>,
    drawings: Vec<Arc<[Stroke]>>,
    names: HashSet<Arc<str>>,
}

impl Strokes {
    /// A reader of drawings with the expected labels.
    pub fn new(encoding: Encoding, expected: Expected) -> Self {
        Self {
            encoding,
            unfinished: Vec::new(),
            row: 0,
            pixels: Vec::new(),
            labels: Some(Labels::new(expected)),
            writers: Some(Vec::new()),
            drawings: Vec::new(),
            names: HashSet::new(),
        }
    }

    /// Drawings read so far.
    pub fn images(&self) -> usize {
        self.pixels.len() / drawing::AREA
    }

    pub fn push(&mut self, text: &[u8]) -> Result<()> {
        let mut pieces = text.split(|&byte| byte == b'\n');
        let last = pieces.next_back().unwrap_or_default();
        for piece in pieces {
            self.keep(piece)?;
            let line = std::mem::take(&mut self.unfinished);
            self.line(&line)?;
        }
        self.keep(last)
    }

    fn keep(&mut self, piece: &[u8]) -> Result<()> {
        if self.unfinished.len() + piece.len() > MOST {
            return Err(Error::data(format!("this line has more than {MOST} bytes"))
                .help(FORM)
                .at_row(self.row + 1));
        }
        self.unfinished.extend_from_slice(piece);
        Ok(())
    }

    /// Takes a whole line; blank ones are skipped.
    fn line(&mut self, line: &[u8]) -> Result<()> {
        self.row += 1;
        if line.trim_ascii().is_empty() {
            return Ok(());
        }
        let drawing: Drawing = serde_json::from_slice(line).map_err(|error| self.bad(error))?;
        self.take(drawing).map_err(|error| error.at_row(self.row))
    }

    fn take(&mut self, Drawing { label, writer, strokes }: Drawing) -> Result<()> {
        let first = self.images() == 0;
        if let Some((labels, label)) = told(&mut self.labels, label, first, "label")? {
            match label {
                Label::Number(number) => labels.push(self.row, number)?,
                Label::Word(word) => labels.push_word(self.row, word.as_bytes())?,
            }
        }
        if let Some((writers, name)) = told(&mut self.writers, writer, first, "writer")? {
            let name: Arc<str> = name.into();
            let known = self.names.get(&name).cloned().unwrap_or(name);
            self.names.insert(Arc::clone(&known));
            writers.push(known);
        }
        let strokes: Vec<Stroke> =
            strokes.into_iter().map(|points| Stroke { points, ..Stroke::default() }).collect();
        let image = drawing::strokes_to_image(&strokes, PEN_WIDTH)
            .ok_or_else(|| Error::data("this drawing has no ink").help(FORM))?;
        limits::reserve(&mut self.pixels, image.len())?;
        self.pixels.extend_from_slice(&image);
        self.drawings.push(strokes.into());
        Ok(())
    }

    fn bad(&self, error: serde_json::Error) -> Error {
        let text = error.to_string();
        // serde_json always reports line 1, as it sees one line at a time.
        let what = text.split(" at line ").next().unwrap_or_default();
        let help =
            if error.is_eof() { "The file seems to be cut off; fetch it again" } else { FORM };
        Error::data(format!("this line is no drawing ({what})"))
            .help(help)
            .at_row(self.row)
            .at_column(error.column() as u64)
            .because(error)
    }

    /// Ends the file; returns the images, the layout, and notices.
    pub fn finish(mut self) -> Result<(Dataset, StrokesLayout, Vec<String>)> {
        let last = std::mem::take(&mut self.unfinished);
        self.line(&last)?;
        let classes = self.labels.map(Labels::finish).transpose()?;
        let (labels, names, notices) = match classes {
            Some(Classes { labels, names, notices, .. }) => (Some(labels), names, notices),
            None => (None, Vec::new(), Vec::new()),
        };
        let writers = self.writers.as_ref().map(|_| self.names.len());
        let data = Dataset::new(SIDE, self.pixels, labels)?
            .with_class_names(names)?
            .with_drawings(self.drawings)?;
        let data = match self.writers {
            Some(writers) => data.with_writers(writers)?,
            None => data,
        };
        Ok((data, StrokesLayout { encoding: self.encoding, writers }, notices))
    }
}

/// A drawing's label or writer with the list for it; `None` if the file has none. The first drawing
/// decides.
fn told<'a, L, T>(
    list: &'a mut Option<L>,
    value: Option<T>,
    first: bool,
    name: &str,
) -> Result<Option<(&'a mut L, T)>> {
    if first && value.is_none() {
        *list = None;
    }
    match (list, value) {
        (Some(list), Some(value)) => Ok(Some((list, value))),
        (None, None) => Ok(None),
        (Some(_), None) => {
            Err(Error::data(format!("this drawing has no {name}, the first one has")))
        }
        (None, Some(_)) => {
            Err(Error::data(format!("this drawing has a {name}, the first one has none")))
        }
    }
    .map_err(|error| error.help(format!("Give all drawings a {name}, or none")))
}
