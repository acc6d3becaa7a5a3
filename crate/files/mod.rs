//! Paths, folders and downloads: the part of data loading that needs a file system.
//!
//! | module | duty |
//! | --- | --- |
//! | [`source`] | what `--data` and `--test` mean: files, folders, patterns and names to data sets |
//! | `download` | the four MNIST files, from the cache or a mirror (feature `download`) |
//! | [`mod@write`] | files that are there wholly or not at all |

#[cfg(feature = "download")]
pub mod download;
mod plan;
mod read;
pub mod source;
pub mod write;

use std::fs;
use std::io;
use std::path::Path;

use crate::error::{Error, ErrorKind};

/// The progress of reading or downloading a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileProgress {
    /// The current task, such as `reading train.csv`.
    pub what: String,
    /// Bytes done.
    pub done: u64,
    /// Bytes in all, if known.
    pub total: Option<u64>,
}

/// The error for a failed system call on `path`, where `to` completes "cannot" (`be read`, `be
/// written`).
fn failed(to: &str, path: &Path, error: io::Error) -> Error {
    let help = match error.kind() {
        io::ErrorKind::PermissionDenied => "Check who may read and write this path",
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
            "Free some space or choose another folder"
        }
        io::ErrorKind::ReadOnlyFilesystem => "Choose a folder on another disk",
        io::ErrorKind::NotFound => "Check the path",
        _ => "",
    };
    Error::new(ErrorKind::File, format!("cannot {to}: {}", reason(&error)))
        .help(help)
        .in_file(path.display().to_string())
        .because(error)
}

/// The error for a path through a broken link; `None` if all its links lead somewhere.
pub fn broken_link(path: &Path) -> Option<Error> {
    let is_broken = |path: &&Path| path.is_symlink() && fs::metadata(path).is_err();
    let link = path.ancestors().find(is_broken)?;
    let target =
        fs::read_link(link).map_or_else(|_| "nowhere".into(), |to| to.display().to_string());
    let error =
        Error::new(ErrorKind::File, format!("this link leads to {target}, which is not there"));
    Some(
        error
            .help("Correct the link, or name what it should lead to")
            .in_file(link.display().to_string()),
    )
}

/// A system error in plain words, without the number that the standard library appends.
fn reason(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::NotFound => "no such file or folder".into(),
        io::ErrorKind::PermissionDenied => "permission denied".into(),
        io::ErrorKind::StorageFull => "the disk is full".into(),
        io::ErrorKind::QuotaExceeded => "the disk quota is used up".into(),
        io::ErrorKind::ReadOnlyFilesystem => "the disk is read-only".into(),
        io::ErrorKind::IsADirectory => "it is a folder".into(),
        io::ErrorKind::NotADirectory => "a part of the path is a file, not a folder".into(),
        _ => error.to_string(),
    }
}
