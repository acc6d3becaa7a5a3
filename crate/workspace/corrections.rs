//! Labels that a person corrects, and images that they leave out.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::data::{Dataset, names};
use crate::error::{Error, Result};
use crate::protocol::{Correction, FileCorrections};
use crate::words::counted;
use crate::workspace::Workspace;

/// How many images of a file were corrected.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Corrected {
    relabelled: usize,
    left_out: usize,
}

impl Corrected {
    /// With what `corrections` add.
    pub fn with(self, corrections: &BTreeMap<u32, Option<u32>>) -> Self {
        let left_out = corrections.values().filter(|label| label.is_none()).count();
        let relabelled = corrections.len() - left_out;
        Self { relabelled: self.relabelled + relabelled, left_out: self.left_out + left_out }
    }

    /// It in words, to follow what a file is; empty where nothing was corrected.
    pub fn words(self) -> String {
        let relabelled = (self.relabelled > 0).then(|| format!("{} relabelled", self.relabelled));
        let left_out =
            (self.left_out > 0).then(|| format!("{} left out", counted(self.left_out, "image")));
        let all: Vec<String> = left_out.into_iter().chain(relabelled).collect();
        if all.is_empty() { String::new() } else { format!("; {}", all.join(", ")) }
    }
}

/// The images with `corrections` by their place: another label, or (without one) no place any more.
pub(super) fn corrected(
    data: &Dataset,
    corrections: &BTreeMap<u32, Option<u32>>,
) -> Result<Dataset> {
    let Some(mut labels) = data.labels().map(<[u8]>::to_vec) else {
        return Err(Error::data("images without labels have none to correct"));
    };
    for (&place, label) in corrections {
        let own = labels.get_mut(place as usize).ok_or_else(|| no_image(place))?;
        if let Some(label) = label {
            *own = u8::try_from(*label).map_err(|_| Error::data(format!("no class {label}")))?;
        }
    }
    let left_out = |place: &usize| corrections.get(&(*place as u32)) == Some(&None);
    let stay: Vec<usize> = (0..data.len()).filter(|place| !left_out(place)).collect();
    if stay.is_empty() {
        return Err(Error::data("no image would be left").help("Remove the file instead"));
    }
    let relabelled = data.clone().with_labels(labels)?.with_classes(data.classes());
    Ok(if stay.len() == data.len() { relabelled } else { relabelled.select(&stay) })
}

impl Workspace {
    /// Corrects images given for training, by their numbers; the images have to be prepared again. Gives the corrections
    /// by file, as [`crate::workspace::FileStore::correct`] takes them.
    ///
    /// # Errors
    /// Where there is no such image, or its file has no such class. Then nothing is changed.
    pub fn correct(&mut self, corrections: &[Correction]) -> Result<Vec<FileCorrections>> {
        let train = &self.prepared()?.train;
        let keys = names::keys(train.class_names(), train.classes());
        let mut by_file: BTreeMap<u32, Vec<Correction>> = BTreeMap::new();
        for &Correction { index, label } in corrections {
            let (file, place) = self.files.place_of(index).ok_or_else(|| no_image(index))?;
            let own = |label: u32| {
                let key = keys.get(label as usize).ok_or_else(|| no_class(&label.to_string()))?;
                self.files.class_of(file, key)
            };
            let label = label.map(own).transpose()?;
            by_file.entry(file).or_default().push(Correction { index: place, label });
        }
        let found: Vec<FileCorrections> = by_file
            .into_iter()
            .map(|(file, corrections)| FileCorrections { file, corrections })
            .collect();
        self.files.correct_all(&found)?;
        self.datasets = None;
        Ok(found)
    }
}

/// The error for a class that a file does not have.
pub(super) fn no_class(name: &str) -> Error {
    Error::data(format!("the file of this image has no class '{name}'"))
        .help("Choose one of its own classes, or leave the image out")
}

fn no_image(index: u32) -> Error {
    Error::data(format!("there is no image {index}"))
}
