//! A file as stored with a run and read back: images and labels as IDX, and extras as JSON.

use serde::{Deserialize, Serialize};

use crate::data::drawing::Stroke;
use crate::data::reader::{self, FileContents, Reader};
use crate::data::{Dataset, Ids, Orientation, idx};
use crate::error::{Error, ErrorKind, Result};
use crate::protocol::FileRole;
use crate::workspace::corrections::Corrected;

/// A file for storage: the three parts belong together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptFile {
    /// The images as IDX; empty if the file holds labels only.
    pub images: Vec<u8>,
    /// The labels as IDX; empty if there are none.
    pub labels: Vec<u8>,
    /// Everything else as JSON.
    pub extras: Vec<u8>,
}

/// What is known of a file besides images and labels.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Extras {
    pub layout: String,
    pub notices: Vec<String>,
    pub part: Option<FileRole>,
    /// Whether a person chose the part; of files that were kept before this was noted, the part stays as it was.
    #[serde(default = "yes")]
    pub chosen: bool,
    pub orientation: Orientation,
    pub corrected: Corrected,
    pub class_names: Vec<String>,
    pub id_name: Option<String>,
    pub ids: Option<Vec<String>>,
    pub writers: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub drawings: Option<Vec<Vec<Stroke>>>,
}

fn yes() -> bool {
    true
}

impl Extras {
    /// The extras of some images beyond their file's report.
    pub fn of(data: &Dataset) -> Self {
        let ids = data.ids();
        Self {
            class_names: data.class_names().to_vec(),
            id_name: ids.and_then(|ids| ids.name.clone()),
            ids: ids.map(|ids| ids.iter().map(Into::into).collect()),
            writers: data.writers().map(|all| all.iter().map(|name| name.to_string()).collect()),
            drawings: data
                .drawings()
                .map(|all| all.iter().map(|strokes| strokes.to_vec()).collect()),
            ..Self::default()
        }
    }

    pub fn to_bytes(&self) -> Result<Vec<u8>> {
        serde_json::to_vec(self).map_err(|error| Error::from_cause(ErrorKind::Data, error))
    }

    /// Reads them back; files stored by older versions have none.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self> {
        if bytes.is_empty() {
            return Ok(Self::default());
        }
        serde_json::from_slice(bytes).map_err(|error| damaged(&error.to_string()))
    }
}

/// A stored file being read back.
#[derive(Debug)]
pub(super) struct Reading {
    labels: Option<Vec<u8>>,
    pub extras: Extras,
}

/// The content of a stored file.
pub(super) enum Content {
    Images(Dataset),
    Labels(Vec<u8>),
}

impl Reading {
    /// Opens a stored file with its labels (empty: none) and extras; its images follow.
    pub fn new(labels: &[u8], extras: &[u8]) -> Result<Self> {
        let labels = (!labels.is_empty()).then(|| read_labels(labels)).transpose()?;
        Ok(Self { labels, extras: Extras::from_bytes(extras)? })
    }

    /// Completes the file; without `images` it contains labels only.
    pub fn finish(&mut self, images: Option<Reader>) -> Result<Content> {
        let labels = self.labels.take();
        let Some(images) = images else {
            return labels.map(Content::Labels).ok_or_else(|| damaged("nothing is left of it"));
        };
        let FileContents::Images(images) = images.finish()?.0 else {
            return Err(damaged("its images are none"));
        };
        let mut data = match labels {
            Some(labels) => reader::pair(images, labels)?,
            None => images,
        };
        data = data.with_class_names(std::mem::take(&mut self.extras.class_names))?;
        if let Some(ids) = self.extras.ids.take() {
            let name = self.extras.id_name.take();
            data = data.with_ids(Ids::of(name, ids.iter().map(String::as_str)))?;
        }
        if let Some(writers) = self.extras.writers.take() {
            data = data.with_writers(writers.into_iter().map(Into::into).collect())?;
        }
        if let Some(drawings) = self.extras.drawings.take() {
            data = data.with_drawings(drawings.into_iter().map(Into::into).collect())?;
        }
        Ok(Content::Images(data))
    }
}

/// Labels as IDX, to be read with [`Reading::new`].
pub(super) fn labels(data: &Dataset) -> Vec<u8> {
    data.labels().map(idx::labels).unwrap_or_default()
}

fn read_labels(bytes: &[u8]) -> Result<Vec<u8>> {
    let mut reader = Reader::new("labels").with_any_labels();
    reader.push(bytes)?;
    match reader.finish()?.0 {
        FileContents::Labels(labels) => Ok(labels),
        FileContents::Table(_) | FileContents::Images(_) => Err(damaged("its labels are none")),
    }
}

fn damaged(how: &str) -> Error {
    Error::data(format!("the kept file is damaged: {how}")).help("Choose the file again")
}
