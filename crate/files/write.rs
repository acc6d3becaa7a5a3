//! Atomic file writes: a file is complete or not there.
//!
//! The bytes go to a temporary file in the same folder, to the disk, and only then under the final
//! name: a crash, a full disk or a second process leaves either the old file or the new one.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
#[cfg(feature = "download")]
use std::time::Duration;

use tempfile::NamedTempFile;

use super::failed;
use crate::error::{Error, ErrorKind, Result};

/// Writes `bytes` to `path`, replacing an existing file.
///
/// # Errors
/// If the folder is missing or not writable, or the disk is full; `path` is then unchanged.
pub fn atomic(path: &Path, bytes: &[u8]) -> Result<()> {
    atomic_with(path, |file| file.write_all(bytes))
}

/// Like [`atomic`], for content written piece by piece (through a buffer).
///
/// # Errors
/// Like [`atomic`], and if `fill` fails.
pub fn atomic_with(path: &Path, fill: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<()> {
    if is_special(path) {
        return OpenOptions::new()
            .write(true)
            .open(path)
            .and_then(|file| fill_buffered(&file, fill))
            .map_err(|error| failed("be written", path, error));
    }
    let temporary = Temporary::beside(path)?;
    fill_buffered(temporary.file.as_file(), fill)
        .map_err(|error| failed("be written", path, error))?;
    temporary.keep()
}

fn fill_buffered(
    file: &File,
    fill: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> io::Result<()> {
    let mut buffered = io::BufWriter::new(file);
    fill(&mut buffered)?;
    buffered.flush()
}

/// Devices and pipes (`/dev/stdout`) are written to, not replaced by a file.
fn is_special(path: &Path) -> bool {
    fs::metadata(path).is_ok_and(|meta| !meta.is_file() && !meta.is_dir())
}

/// The suffix of unfinished files.
const PART: &str = ".part";

/// Removes unfinished files of killed processes that are at least an hour old from `folder`.
#[cfg(feature = "download")]
pub(super) fn sweep(folder: &Path) {
    let is_left = |entry: &fs::DirEntry| {
        let name = entry.file_name();
        let name = name.to_string_lossy();
        let age = entry.metadata().and_then(|meta| meta.modified()).map(|time| time.elapsed());
        name.starts_with('.')
            && name.ends_with(PART)
            && age.is_ok_and(|age| age.is_ok_and(|age| age >= Duration::from_secs(3600)))
    };
    for entry in fs::read_dir(folder).into_iter().flatten().flatten().filter(is_left) {
        // Another process may have removed it already.
        let _ = fs::remove_file(entry.path());
    }
}

/// A temporary file that is removed unless it is kept.
pub(super) struct Temporary {
    /// The open file.
    pub(super) file: NamedTempFile<File>,
    target: PathBuf,
}

impl Temporary {
    /// An empty file in the folder of `target`. Links are followed, so that a link stays a link.
    pub(super) fn beside(target: &Path) -> Result<Self> {
        let refuse = |problem: &str| {
            Err(Error::new(ErrorKind::File, problem)
                .help("Choose another name")
                .in_file(target.display().to_string()))
        };
        if target.is_dir() {
            return refuse("there is a folder of this name");
        }
        let target = fs::canonicalize(target).unwrap_or_else(|_| target.to_path_buf());
        let Some(name) = target.file_name() else { return refuse("this path names no file") };
        let prefix = format!(".{}.", name.to_string_lossy());
        // Created by our own call, because tempfile's default permissions let nobody else read the
        // file.
        let create = |path: &Path| OpenOptions::new().write(true).create_new(true).open(path);
        let file = tempfile::Builder::new()
            .prefix(&prefix)
            .suffix(PART)
            .make_in(folder_of(&target), create)
            .map_err(|error| match error.kind() {
                io::ErrorKind::NotFound => no_folder(&target),
                _ => failed("be written", &target, error),
            })?;
        Ok(Self { file, target })
    }

    /// Syncs the bytes to the disk and renames the file to its final name.
    pub(super) fn keep(self) -> Result<()> {
        let Self { file, target } = self;
        file.as_file()
            .sync_all()
            .and_then(|()| Ok(file.persist(&target)?))
            .map_err(|error| failed("be written", &target, error))?;
        sync_folder(&target);
        Ok(())
    }
}

/// The folder that contains a file.
fn folder_of(target: &Path) -> &Path {
    let parent = target.parent().filter(|parent| !parent.as_os_str().is_empty());
    parent.unwrap_or(Path::new("."))
}

/// Makes the new name survive a power failure, where the system can open folders at all.
fn sync_folder(target: &Path) {
    if let Ok(folder) = File::open(folder_of(target)) {
        let _ = folder.sync_all();
    }
}

fn no_folder(target: &Path) -> Error {
    let parent = target.parent().unwrap_or(Path::new("")).display();
    Error::new(ErrorKind::File, format!("cannot be written: there is no folder {parent}"))
        .help("Create the folder first")
        .in_file(target.display().to_string())
}
