//! Reads any supported file: gzip, text encodings, CSV, IDX or pen strokes, told apart by content.

use std::fmt;

use crate::data::Dataset;
use crate::data::bytes::{Decoder, Unpack};
use crate::data::csv::Csv;
use crate::data::idx::{self, Idx};
use crate::data::labels::Expected;
pub use crate::data::layout::{
    CsvLayout, Encoding, Format, LabelColumn, LabelDetection, LabelForm, Layout, LineEnds, Scale,
    StrokesLayout,
};
use crate::data::names;
use crate::data::sniff::{self, Form, HEAD, Kind};
use crate::data::strokes::Strokes;
use crate::error::{Error, Result};
use crate::words::counted;

/// The content of a file.
#[derive(Debug, Clone, PartialEq)]
pub enum FileContents {
    /// Images, with labels in the same file or none at all (CSV, pen strokes).
    Table(Dataset),
    /// Images whose labels are in another file (IDX).
    Images(Dataset),
    /// Labels of images in another file (IDX).
    Labels(Vec<u8>),
}

/// Takes a file as a stream of byte chunks and turns it into images. Does no I/O.
///
/// Chunks may be cut anywhere without changing the result. After an error nothing of the file is
/// available, and every further call returns the same error.
pub struct Reader {
    name: String,
    unpack: Unpack,
    content: Content,
    failed: Option<Error>,
}

impl fmt::Debug for Reader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reader").field("name", &self.name).finish_non_exhaustive()
    }
}

impl Reader {
    /// A reader for the file called `name`; the name is only used in messages.
    pub fn new(name: impl Into<String>) -> Self {
        let content = Content { expected: Expected::LikeClasses, stage: Stage::Head(Vec::new()) };
        Self { name: name.into(), unpack: Unpack::new(), content, failed: None }
    }

    /// Expects `classes` classes, so that every label must be below that. Otherwise the labels
    /// themselves must be a plausible set of classes: a label above 9 that stands apart from the
    /// others is an error. Call this before the first byte.
    #[must_use]
    pub fn with_classes(mut self, classes: usize) -> Self {
        self.content.expected = Expected::Classes(classes);
        self
    }

    /// Accepts the labels as they are, however rare or high. Call this before the first byte.
    #[must_use]
    pub fn with_any_labels(mut self) -> Self {
        self.content.expected = Expected::Any;
        self
    }

    /// Images read so far, for progress; 0 in a file of labels.
    pub fn rows(&self) -> usize {
        match &self.content.stage {
            Stage::Head(_) => 0,
            Stage::Text(_, csv) => csv.images(),
            Stage::Strokes(_, strokes) => strokes.images(),
            Stage::Idx(idx) => idx.images(),
        }
    }

    /// Takes the next bytes of the file.
    ///
    /// # Errors
    /// At the first problem, with file, row and column.
    pub fn push(&mut self, bytes: &[u8]) -> Result<()> {
        if let Some(error) = &self.failed {
            return Err(error.clone());
        }
        let content = &mut self.content;
        self.unpack.push(bytes, &mut |bytes| content.push(bytes)).map_err(|error| {
            let error = error.in_file(&self.name);
            self.failed = Some(error.clone());
            error
        })
    }

    /// Ends the file.
    ///
    /// # Errors
    /// If the file is empty, truncated or malformed as a whole.
    pub fn finish(self) -> Result<(FileContents, Layout)> {
        let Self { name, unpack, mut content, failed } = self;
        if let Some(error) = failed {
            return Err(error);
        }
        unpack
            .finish(&mut |bytes| content.push(bytes))
            .and_then(|gzip| content.finish(gzip))
            .map_err(|error| error.in_file(name))
    }
}

/// Reads a whole file that is in memory.
///
/// # Errors
/// Like [`Reader::push`] and [`Reader::finish`].
pub fn read(name: impl Into<String>, bytes: &[u8]) -> Result<(FileContents, Layout)> {
    let mut reader = Reader::new(name);
    reader.push(bytes)?;
    reader.finish()
}

/// Combines IDX images with their labels.
///
/// # Errors
/// If their counts differ.
pub fn pair(images: Dataset, labels: Vec<u8>) -> Result<Dataset> {
    if images.len() != labels.len() {
        return Err(Error::data(format!(
            "{} but {}",
            counted(images.len(), "image"),
            counted(labels.len(), "label")
        ))
        .help("Add the label file that belongs to the images, such as the train files of both"));
    }
    images.with_labels(labels)
}

/// The unpacked content of a file while it is read.
struct Content {
    expected: Expected,
    stage: Stage,
}

enum Stage {
    /// Too few bytes to detect the format.
    Head(Vec<u8>),
    Text(Decoder, Box<Csv>),
    Strokes(Decoder, Box<Strokes>),
    Idx(Idx),
}

impl Content {
    fn push(&mut self, bytes: &[u8]) -> Result<()> {
        match &mut self.stage {
            Stage::Head(head) => {
                let (kept, rest) = bytes.split_at(bytes.len().min(HEAD - head.len()));
                head.extend_from_slice(kept);
                if head.len() < HEAD {
                    return Ok(());
                }
                self.begin()?;
                self.push(rest)
            }
            Stage::Text(decoder, csv) => csv.push(decoder.decode(bytes)),
            Stage::Strokes(decoder, strokes) => strokes.push(decoder.decode(bytes)),
            Stage::Idx(idx) => idx.push(bytes),
        }
    }

    /// Detects the format and passes on the buffered bytes.
    fn begin(&mut self) -> Result<()> {
        let Stage::Head(head) = &mut self.stage else { return Ok(()) };
        let head = std::mem::take(head);
        match sniff::sniff(&head)? {
            Kind::Idx => {
                self.stage = Stage::Idx(Idx::new(self.expected));
                self.push(&head)
            }
            Kind::Text { form: Form::Strokes, encoding, mark } => {
                let strokes = Box::new(Strokes::new(encoding, self.expected));
                self.stage = Stage::Strokes(Decoder::new(encoding), strokes);
                self.push(&head[mark..])
            }
            Kind::Text { form: Form::Table, encoding, mark } => {
                let mut decoder = Decoder::new(encoding);
                let text = decoder.decode(&head[mark..]);
                let mut csv = Box::new(Csv::new(text, encoding, self.expected));
                csv.push(text)?;
                self.stage = Stage::Text(decoder, csv);
                Ok(())
            }
        }
    }

    fn finish(mut self, gzip: bool) -> Result<(FileContents, Layout)> {
        self.begin()?;
        match self.stage {
            Stage::Head(_) => Err(Error::data("the file is empty")),
            Stage::Text(decoder, csv) => {
                decoder.finish()?;
                let (data, csv, notices) = csv.finish()?;
                Ok(table(data, self.expected, gzip, Format::Csv(csv), notices))
            }
            Stage::Strokes(decoder, strokes) => {
                decoder.finish()?;
                let (data, strokes, notices) = strokes.finish()?;
                Ok(table(data, self.expected, gzip, Format::Strokes(strokes), notices))
            }
            Stage::Idx(idx) => Ok(match idx.finish()? {
                idx::Content::Images(data) => {
                    let layout = images_layout(&data, gzip, Format::IdxImages);
                    (FileContents::Images(data), layout)
                }
                idx::Content::Labels(labels) => {
                    let layout = labels_layout(&labels, gzip);
                    (FileContents::Labels(labels), layout)
                }
            }),
        }
    }
}

/// A table with all its attributes.
fn table(
    data: Dataset,
    expected: Expected,
    gzip: bool,
    format: Format,
    mut notices: Vec<String>,
) -> (FileContents, Layout) {
    let data = data.with_classes(expected.classes().unwrap_or(0));
    let layout = images_layout(&data, gzip, format);
    let counts = layout.class_counts.as_deref();
    notices.extend(counts.and_then(|counts| single_class(counts, data.class_names())));
    (FileContents::Table(data), Layout { notices, ..layout })
}

/// The notice if all labels are the same.
fn single_class(counts: &[usize], names: &[String]) -> Option<String> {
    let mut present = counts.iter().enumerate().filter(|&(_, &count)| count > 0);
    match (present.next(), present.next()) {
        (Some((class, 2..)), None) => {
            let name = names::of(names, class);
            Some(format!(
                "All images have the same label, '{name}': there is nothing to tell apart"
            ))
        }
        _ => None,
    }
}

fn images_layout(data: &Dataset, gzip: bool, format: Format) -> Layout {
    Layout {
        gzip,
        format,
        images: data.len(),
        side: Some(data.side()),
        class_counts: data.labels().map(|_| data.class_counts()),
        class_names: data.class_names().to_vec(),
        notices: Vec::new(),
    }
}

fn labels_layout(labels: &[u8], gzip: bool) -> Layout {
    let largest = labels.iter().copied().max().map_or(0, usize::from);
    let mut counts = vec![0; (largest + 1).max(2)];
    for &label in labels {
        counts[usize::from(label)] += 1;
    }
    let notices = single_class(&counts, &[]).into_iter().collect();
    Layout {
        gzip,
        format: Format::IdxLabels,
        images: labels.len(),
        side: None,
        class_counts: Some(counts),
        class_names: Vec::new(),
        notices,
    }
}
