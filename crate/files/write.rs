//! Files that are there wholly or not at all.
//!
//! The bytes go to a temporary file in the same folder, to the disk, and only then under the final
//! name: a crash, a full disk or a second process leaves the old file or the new one, never half.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use super::failed;
use crate::error::{Error, ErrorKind, Result};

/// Writes `bytes` to `path`, replacing what was there.
///
/// # Errors
/// Where the folder is missing, may not be written or the disk is full; `path` is then as before.
pub fn atomic(path: &Path, bytes: &[u8]) -> Result<()> {
    atomic_with(path, |file| file.write_all(bytes))
}

/// Like [`atomic`], for content that is written piece by piece (through a buffer).
///
/// # Errors
/// Like [`atomic`], and where `fill` fails.
pub fn atomic_with(path: &Path, fill: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<()> {
    if is_special(path) {
        return OpenOptions::new()
            .write(true)
            .open(path)
            .and_then(|file| fill_buffered(&file, fill))
            .map_err(|error| failed("be written", path, &error));
    }
    let temporary = Temporary::beside(path)?;
    fill_buffered(&temporary.file, fill).map_err(|error| failed("be written", path, &error))?;
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

/// How the names of unfinished files end.
const PART: &str = ".part";

/// Removes the unfinished files that killed processes left in `folder` an hour ago or longer.
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
        // Another process may be quicker, which is as good.
        let _ = fs::remove_file(entry.path());
    }
}

/// A file under a passing name that is removed again unless it is kept.
pub(super) struct Temporary {
    /// The open file.
    pub(super) file: File,
    path: PathBuf,
    target: PathBuf,
    kept: bool,
}

impl Temporary {
    /// An empty file in the folder of `target`. A link is followed, so that it stays a link.
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
        let (file, path) = create_new(&target, &name.to_string_lossy())?;
        Ok(Self { file, path, target, kept: false })
    }

    /// Brings the bytes to the disk and gives the file its final name.
    pub(super) fn keep(mut self) -> Result<()> {
        self.file
            .sync_all()
            .and_then(|()| fs::rename(&self.path, &self.target))
            .map_err(|error| failed("be written", &self.target, &error))?;
        self.kept = true;
        sync_folder(&self.target);
        Ok(())
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        if !self.kept {
            // Nothing better can be done about a failure here.
            let _ = fs::remove_file(&self.path);
        }
    }
}

/// Creates a file beside `target` under a name that no other thread or process uses.
fn create_new(target: &Path, name: &str) -> Result<(File, PathBuf)> {
    static COUNTER: AtomicU64 = AtomicU64::new(0);
    loop {
        let number = COUNTER.fetch_add(1, Ordering::Relaxed);
        let path = target.with_file_name(format!(".{name}.{}-{number}{PART}", std::process::id()));
        match OpenOptions::new().write(true).create_new(true).open(&path) {
            Ok(file) => return Ok((file, path)),
            // Left by a killed process that had our number: take the next name.
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Err(no_folder(target)),
            Err(error) => return Err(failed("be written", target, &error)),
        }
    }
}

/// Makes the new name outlive a power cut, where the system lets folders be opened at all.
fn sync_folder(target: &Path) {
    let parent = target.parent().filter(|parent| !parent.as_os_str().is_empty());
    if let Ok(folder) = File::open(parent.unwrap_or(Path::new("."))) {
        let _ = folder.sync_all();
    }
}

fn no_folder(target: &Path) -> Error {
    let parent = target.parent().unwrap_or(Path::new("")).display();
    Error::new(ErrorKind::File, format!("cannot be written: there is no folder {parent}"))
        .help("Create the folder first")
        .in_file(target.display().to_string())
}
