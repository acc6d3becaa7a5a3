//! Files to data sets: streams each file through the reader, finds the labels of IDX images and
//! joins several files into one set.

use std::collections::HashSet;
use std::fs::{self, File, Metadata};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use super::{FileProgress, failed};
use crate::data::Dataset;
use crate::data::reader::{self, FileContents, Format, Layout, Reader};
use crate::data::{pairing, train_test};
use crate::error::{Error, ErrorKind, Result};

/// Bytes read at a time.
const BUFFER: usize = 1 << 20;

/// The images of one or several files, and how they were interpreted.
pub(super) struct Set {
    pub(super) data: Dataset,
    /// Every file read, labels included, in the order read.
    pub(super) files: Vec<(PathBuf, Layout)>,
    /// Why there are no labels, if so.
    pub(super) unlabelled: Option<String>,
    /// Images that also occur in an earlier file.
    pub(super) repeated: usize,
    /// The notice if the files name different classes.
    pub(super) united: Option<String>,
}

impl Set {
    /// Labelled images that do not come from a file.
    pub(super) fn made(data: Dataset) -> Self {
        Self { data, files: Vec::new(), unlabelled: None, repeated: 0, united: None }
    }
}

/// Reads `paths`, each a CSV, IDX images or strokes file, and joins them in that order.
pub(super) fn set(
    paths: &[PathBuf],
    classes: Option<usize>,
    progress: &mut dyn FnMut(FileProgress),
) -> Result<Set> {
    let mut sets = Vec::with_capacity(paths.len());
    for path in paths {
        sets.push(labelled_file(path, classes, progress)?);
    }
    match sets.len() {
        1 => Ok(sets.remove(0)),
        _ => join(sets, paths),
    }
}

/// Reads one file, with its label file if it is IDX.
fn labelled_file(
    path: &Path,
    classes: Option<usize>,
    progress: &mut dyn FnMut(FileProgress),
) -> Result<Set> {
    let (part, layout) = file(path, classes, progress)?;
    let missing = match layout.format {
        Format::Strokes(_) => "its drawings name none",
        _ => "it has no label column",
    };
    let mut files = vec![(path.to_path_buf(), layout)];
    let (data, missing) = match part {
        FileContents::Table(data) => (data, missing.to_string()),
        FileContents::Images(images) => match find_labels(path) {
            Some(labels_path) => {
                let (labels, layout) = labels(&labels_path, classes, progress)?;
                files.push((labels_path, layout));
                let paired = reader::pair(images, labels)
                    .map_err(|error| error.in_file(path.display().to_string()))?;
                (paired.with_classes(classes.unwrap_or(0)), String::new())
            }
            None => (images, no_labels(path)),
        },
        FileContents::Labels(_) => {
            return Err(Error::data("this file holds labels, not images")
                .help("Name the images file; its labels are found beside it")
                .in_file(path.display().to_string()));
        }
    };
    let unlabelled = data.labels().is_none().then_some(missing);
    Ok(Set { data, files, unlabelled, repeated: 0, united: None })
}

fn labels(
    path: &Path,
    classes: Option<usize>,
    progress: &mut dyn FnMut(FileProgress),
) -> Result<(Vec<u8>, Layout)> {
    match file(path, classes, progress)? {
        (FileContents::Labels(labels), layout) => Ok((labels, layout)),
        _ => Err(Error::data("labels were expected here, but this file holds images")
            .help("Check whether the images and labels files were swapped")
            .in_file(path.display().to_string())),
    }
}

fn no_labels(images: &Path) -> String {
    let names: Vec<String> = label_names(images).iter().map(|path| file_name(path)).collect();
    match names.is_empty() {
        true => "its name does not tell what its label file is called".into(),
        false => format!("none of {} lies beside it", names.join(", ")),
    }
}

/// The label file beside an IDX image file.
fn find_labels(images: &Path) -> Option<PathBuf> {
    label_names(images).into_iter().find(|path| path.is_file())
}

/// Possible paths of the label file of an IDX image file, the likeliest first.
pub(super) fn label_names(images: &Path) -> Vec<PathBuf> {
    let names = pairing::label_names(&file_name(images));
    names.into_iter().map(|name| images.with_file_name(name)).collect()
}

/// The last component of a path, for messages and rules about names.
pub(super) fn file_name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

/// Streams one file through the reader.
fn file(
    path: &Path,
    classes: Option<usize>,
    progress: &mut dyn FnMut(FileProgress),
) -> Result<(FileContents, Layout)> {
    let mut source = File::open(path).map_err(|error| failed("be read", path, error))?;
    let before = source.metadata().map_err(|error| failed("be read", path, error))?;
    if before.is_dir() {
        return Err(Error::new(ErrorKind::File, "this is a folder, a file is needed")
            .in_file(path.display().to_string()));
    }
    let mut reader = Reader::new(path.display().to_string());
    if let Some(classes) = classes {
        reader = reader.with_classes(classes);
    }
    let mut done = 0;
    let parsed = stream(&mut source, path, |bytes| {
        done += bytes.len() as u64;
        let what = format!("reading {}", file_name(path));
        progress(FileProgress { what, done, total: before.is_file().then_some(before.len()) });
        reader.push(bytes)
    })
    .and_then(|()| reader.finish());
    // Checked before the parser's result: half-written rows look like any other damage.
    if before.is_file() && is_changed(path, &before, parsed.is_ok().then_some(done)) {
        return Err(Error::new(ErrorKind::File, "the file changed while it was read")
            .help("Wait until whatever writes it has finished, then try again")
            .in_file(path.display().to_string()));
    }
    parsed
}

/// Passes all bytes of `source` to `take`, a buffer at a time.
fn stream(source: &mut File, path: &Path, mut take: impl FnMut(&[u8]) -> Result<()>) -> Result<()> {
    let mut buffer = vec![0; BUFFER];
    loop {
        match source.read(&mut buffer) {
            Ok(0) => return Ok(()),
            Ok(count) => take(&buffer[..count])?,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(failed("be read", path, error)),
        }
    }
}

/// Whether `path` is no longer the file that was opened, or `read` bytes are not all of it.
fn is_changed(path: &Path, before: &Metadata, read: Option<u64>) -> bool {
    fs::metadata(path).map_or(true, |now| {
        now.len() != before.len()
            || now.modified().ok() != before.modified().ok()
            || read.is_some_and(|read| read != now.len())
    })
}

/// Joins the sets of several files into one.
fn join(sets: Vec<Set>, paths: &[PathBuf]) -> Result<Set> {
    let first = &sets[0];
    for (set, path) in sets.iter().zip(paths) {
        let place = path.display().to_string();
        if set.data.side() != first.data.side() {
            let (side, expected) = (set.data.side(), first.data.side());
            return Err(Error::data(format!(
                "its images are {side}×{side}, those of {} are {expected}×{expected}",
                paths[0].display()
            ))
            .help("Name files with images of one size")
            .in_file(place));
        }
        if set.unlabelled.is_some() != first.unlabelled.is_some() {
            return Err(Error::data("some of these files have labels and some have none")
                .help("Name files of one kind")
                .in_file(place));
        }
    }
    let repeated = repeated(&sets);
    let unlabelled = first.unlabelled.clone();
    let mut data = first.data.clone();
    for (set, path) in sets[1..].iter().zip(&paths[1..]) {
        data = data.joined(&set.data).map_err(|error| error.in_file(path.display().to_string()))?;
    }
    let joined: Vec<&Dataset> = sets.iter().map(|set| &set.data).collect();
    let united = train_test::united_notice(&joined, &data);
    let files = sets.into_iter().flat_map(|set| set.files).collect();
    Ok(Set { data, files, unlabelled, repeated, united })
}

/// The number of images that also occur in an earlier set, pixel for pixel.
fn repeated(sets: &[Set]) -> usize {
    let mut seen: HashSet<&[u8]> = HashSet::new();
    let mut repeated = 0;
    for Set { data, .. } in sets {
        let images = || (0..data.len()).map(|index| data.image(index));
        repeated += images().filter(|image| seen.contains(image)).count();
        seen.extend(images());
    }
    repeated
}
