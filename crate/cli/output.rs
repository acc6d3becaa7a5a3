//! Which files a command may overwrite.
//!
//! A file that was named explicitly is replaced, with a message. A default name replaces only what this
//! program wrote before. The inputs of a command are never replaced.

use std::fs;
use std::path::{Path, PathBuf};

use patchwork::error::{Error, ErrorKind, Result};

/// Bytes needed to recognise the program that made a file.
const HEAD: usize = 512;

/// The kind of a file that this program writes under a default name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OutputKind {
    /// A table of predictions.
    Submission,
    /// A picture.
    Picture,
}

impl OutputKind {
    /// Whether this program made a file that starts with `head`.
    fn is_ours(self, head: &[u8]) -> bool {
        match self {
            Self::Submission => head.starts_with(b"ImageId,Label"),
            Self::Picture => head.windows(SOFTWARE.len()).any(|bytes| bytes == SOFTWARE),
        }
    }
}

/// The text chunk that marks our PNG files.
const SOFTWARE: &[u8] = b"Software\0Patchwork";

/// Where a command writes its file.
#[derive(Debug)]
pub struct Output {
    path: PathBuf,
    replaces: bool,
}

impl Output {
    /// The named file, or else `default`. `inputs` are the files that the command reads.
    ///
    /// # Errors
    /// If the file is one of the inputs, or a file of the default name exists and is not ours.
    pub fn choose(
        given: Option<&Path>,
        default: (&str, OutputKind),
        inputs: &[&Path],
    ) -> Result<Self> {
        let (name, kind) = default;
        let path = given.unwrap_or(Path::new(name)).to_path_buf();
        let output = Self::given(&path, inputs)?;
        if given.is_none() && output.replaces && !kind.is_ours(&head(&path)) {
            return Err(refuse(
                &path,
                "a file of this name is there already, and it is none of ours",
            )
            .help("Name another file, or move that one away"));
        }
        Ok(output)
    }

    /// The named file.
    ///
    /// # Errors
    /// If the file is one of the inputs.
    pub fn given(path: &Path, inputs: &[&Path]) -> Result<Self> {
        if inputs.iter().any(|input| is_same(path, input)) {
            return Err(
                refuse(path, "this is the file that is read").help("Name another file to write")
            );
        }
        Ok(Self { path: path.to_path_buf(), replaces: path.is_file() })
    }

    /// The path.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The path for people, and whether a file was replaced.
    pub fn said(&self) -> String {
        let note = if self.replaces { " (the file before is replaced)" } else { "" };
        format!("{}{note}", self.path.display())
    }
}

/// Whether two paths lead to the same file.
fn is_same(one: &Path, other: &Path) -> bool {
    fs::canonicalize(one).is_ok_and(|one| fs::canonicalize(other).is_ok_and(|other| one == other))
}

/// The first bytes of a file; empty if it cannot be read.
fn head(path: &Path) -> Vec<u8> {
    use std::io::Read;
    let mut bytes = Vec::new();
    if let Ok(file) = fs::File::open(path) {
        // An unreadable file is not recognised, and so not replaced.
        let _ = file.take(HEAD as u64).read_to_end(&mut bytes);
    }
    bytes
}

fn refuse(path: &Path, problem: &str) -> Error {
    Error::new(ErrorKind::File, problem).in_file(path.display().to_string())
}

/// The error for a folder with files that are not ours to replace.
pub fn foreign(folder: &Path, files: &[&str], help: &str) -> Error {
    refuse(folder, &format!("this folder holds files that would be replaced: {}", files.join(", ")))
        .help(help)
}

/// Those of `names` that exist in a folder, as files, links or anything else.
pub fn present<'a>(folder: &Path, names: impl IntoIterator<Item = &'a str>) -> Vec<&'a str> {
    let is_there = |name: &&str| folder.join(name).symlink_metadata().is_ok();
    names.into_iter().filter(is_there).collect()
}
