//! The meaning of `--data` and `--test`: from a name to the files of each part.
//!
//! Looks at names only; no data file is opened here.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::read::{file_name, label_names};
use super::{broken_link, failed};
use crate::data::train_test::DatasetRole;
use crate::error::{Error, ErrorKind, Result};
use crate::limits;
use crate::rng::{self, Purpose};

/// Built-in training images if no number is given.
const BUILTIN_TRAIN: usize = 20_000;
/// Built-in test images if no number is given.
const BUILTIN_TEST: usize = 4_000;

/// The kinds of source.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum SourceKind {
    /// MNIST by name.
    Mnist,
    /// One file.
    File,
    /// A folder.
    Folder,
    /// The files that match a pattern.
    Pattern,
    /// Built-in digits.
    Builtin,
}

/// The sources of the training and test images.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Plan {
    pub(super) kind: SourceKind,
    pub(super) train: Option<Images>,
    pub(super) test: Option<Images>,
}

/// The source of images.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Images {
    /// CSV and IDX image files, to be joined.
    Files(Vec<PathBuf>),
    /// This many built-in digits with this seed.
    Builtin { count: usize, seed: u64 },
}

/// A parsed source name, before the file system is consulted.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Name<'a> {
    /// `mnist`, `mnist:train`, `mnist:test`.
    Mnist(Option<DatasetRole>),
    /// `builtin`, `builtin:N`.
    Builtin(Option<usize>),
    /// A file, a folder or a pattern.
    Path(&'a str),
}

impl<'a> Name<'a> {
    /// Parses `text`. A file that is called like a built-in name can be written `./mnist`.
    pub(super) fn parse(text: &'a str) -> Result<Self> {
        match text.split_once(':') {
            None if text == "mnist" => Ok(Self::Mnist(None)),
            None if text == "builtin" => Ok(Self::Builtin(None)),
            Some(("mnist", "train")) => Ok(Self::Mnist(Some(DatasetRole::Train))),
            Some(("mnist", "test")) => Ok(Self::Mnist(Some(DatasetRole::Test))),
            Some(("mnist", part)) => Err(Error::config(format!("MNIST has no part `{part}`"))
                .help("Write mnist, mnist:train or mnist:test")),
            Some(("builtin", count)) => {
                let number = count.parse().ok().filter(|&number| number > 0);
                match number.filter(|&number| limits::BUILTIN_DIGITS.check_count(number).is_ok()) {
                    Some(number) => Ok(Self::Builtin(Some(number))),
                    None => {
                        Err(Error::config(format!("`{count}` is no number of built-in digits"))
                            .help(format!(
                                "Write builtin:N with N from 1 to {}",
                                limits::BUILTIN_DIGITS.high
                            )))
                    }
                }
            }
            _ => Ok(Self::Path(text)),
        }
    }
}

/// The parts of built-in digits: `count` images of the wanted part, and a fifth of it as the test
/// set of a training part. Test digits do not depend on `seed`, so that runs are comparable.
pub(super) fn builtin(count: Option<usize>, wanted: DatasetRole, seed: u64) -> Plan {
    let test = match (count, wanted) {
        (None, _) => BUILTIN_TEST,
        (Some(count), DatasetRole::Train) => (count / 5).max(10),
        (Some(count), DatasetRole::Test) => count,
    };
    let train = count.filter(|_| wanted == DatasetRole::Train).unwrap_or(BUILTIN_TRAIN);
    let test_seed = rng::derive(0, Purpose::Synth, &[u64::MAX]);
    Plan {
        kind: SourceKind::Builtin,
        train: Some(Images::Builtin { count: train, seed }),
        test: Some(Images::Builtin { count: test, seed: test_seed }),
    }
}

/// The parts of MNIST from its four files in the order of [`super::download::MNIST`].
#[cfg(feature = "download")]
pub(super) fn mnist(files: [PathBuf; 4], part: Option<DatasetRole>) -> Plan {
    let [train, _, test, _] = files;
    let of = |role, path| (part.is_none_or(|part| part == role)).then(|| Images::Files(vec![path]));
    Plan {
        kind: SourceKind::Mnist,
        train: of(DatasetRole::Train, train),
        test: of(DatasetRole::Test, test),
    }
}

/// The parts that a path names: a file, a folder or a pattern.
pub(super) fn path(text: &str) -> Result<Plan> {
    let path = Path::new(text);
    match fs::metadata(path) {
        Ok(meta) if meta.is_dir() => folder(path),
        Ok(_) => {
            Ok(Plan { kind: SourceKind::File, train: files([path.to_path_buf()]), test: None })
        }
        Err(_) if text.contains(['*', '?', '[']) => pattern(text),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Err(missing(text)),
        Err(error) => Err(failed("be read", path, error)),
    }
}

fn files(paths: impl IntoIterator<Item = PathBuf>) -> Option<Images> {
    let paths: Vec<PathBuf> = paths.into_iter().collect();
    (!paths.is_empty()).then_some(Images::Files(paths))
}

/// The parts of a folder: MNIST's four files, else CSV files with `train` and `test` in their
/// names, else the only data file, whatever its name.
fn folder(folder: &Path) -> Result<Plan> {
    let names = list(folder).map_err(|error| failed("be read", folder, error))?;
    let of_form = |form| names.iter().filter(move |name| form_of(name) == Some(form)).cloned();
    for form in [Form::IdxImages, Form::Table] {
        let candidates = without_packed_copies(of_form(form).collect());
        if !candidates.is_empty() {
            return split_folder(folder, &candidates);
        }
    }
    Err(Error::new(
        ErrorKind::File,
        format!("this folder holds no data file, but {}", enumerate(&names)),
    )
    .help("Name a CSV or IDX file, or a folder with train.csv and test.csv or MNIST's four files")
    .in_file(folder.display().to_string()))
}

/// Tells training and test files apart by name, if each is a single file.
fn split_folder(folder: &Path, names: &[String]) -> Result<Plan> {
    let is_named = |name: &&String| DatasetRole::of_name(name).is_some();
    let is_train = |name: &String| DatasetRole::of_name(name) == Some(DatasetRole::Train);
    // Beside a file that is called `train`, those that are called neither are not asked for.
    let names_one = names.iter().any(is_train);
    let asked: Vec<&String> = names.iter().filter(|name| !names_one || is_named(name)).collect();
    let (train, test) = by_role(asked, |name| name.as_str());
    if train.len() > 1 || test.len() > 1 {
        return Err(Error::new(
            ErrorKind::File,
            format!("this folder does not tell what to read: it holds {}", enumerate(names)),
        )
        .help("Name one file, or several with a pattern such as 'folder/*train*'")
        .in_file(folder.display().to_string()));
    }
    let part = |names: Vec<&String>| files(names.into_iter().map(|name| folder.join(name)));
    Ok(Plan { kind: SourceKind::Folder, train: part(train), test: part(test) })
}

/// Files to learn from and files to test on, going by their names together.
fn by_role<T>(files: Vec<T>, name: impl Fn(&T) -> &str) -> (Vec<T>, Vec<T>) {
    let roles = DatasetRole::of_names(files.iter().map(name), false);
    let (train, test): (Vec<_>, Vec<_>) =
        files.into_iter().zip(roles).partition(|(_, role)| *role == DatasetRole::Train);
    let files = |part: Vec<(T, DatasetRole)>| part.into_iter().map(|(file, _)| file).collect();
    (files(train), files(test))
}

/// The files a pattern matches. Those that are called `test` are the test set where there are others; otherwise all are
/// one set. Label files are found beside their images.
fn pattern(text: &str) -> Result<Plan> {
    let options = glob::MatchOptions { require_literal_leading_dot: true, ..Default::default() };
    let matches = glob::glob_with(text, options).map_err(|error| {
        Error::config(format!("`{text}` is no name pattern: {}", error.msg))
            .help("Use * for any letters and ? for one")
            .because(error)
    })?;
    let all: Vec<PathBuf> = matches.flatten().filter(|path| path.is_file()).collect();
    let labels: Vec<PathBuf> = all.iter().flat_map(|path| label_names(path)).collect();
    let is_labels = |path: &PathBuf| labels.contains(path) && form_of(&file_name(path)).is_none();
    let mut images: Vec<PathBuf> = all.into_iter().filter(|path| !is_labels(path)).collect();
    images.sort();
    if images.is_empty() {
        return Err(Error::new(ErrorKind::File, "no file matches this pattern")
            .help("Check the path; the pattern needs quotes where the shell would expand it")
            .in_file(text));
    }
    let named = images.into_iter().map(|path| (file_name(&path), path)).collect();
    let (train, test) = by_role(named, |(name, _): &(String, PathBuf)| name);
    let paths = |part: Vec<(String, PathBuf)>| files(part.into_iter().map(|(_, path)| path));
    Ok(Plan { kind: SourceKind::Pattern, train: paths(train), test: paths(test) })
}

/// The form of a file, from its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    IdxImages,
    Table,
}

fn form_of(name: &str) -> Option<Form> {
    let name = name.to_lowercase();
    let stem = name.strip_suffix(".gz").unwrap_or(&name);
    let is_idx = stem.contains("idx") || stem.ends_with("ubyte");
    if is_idx && (stem.contains("idx3") || stem.contains("images")) {
        return Some(Form::IdxImages);
    }
    let is_table = [".csv", ".tsv", ".txt", ".jsonl"].iter().any(|end| stem.ends_with(end));
    // Kaggle's folder has a table of predictions beside the image files.
    (is_table && !stem.contains("submission")).then_some(Form::Table)
}

/// Drops `x.gz` if `x` exists, too.
fn without_packed_copies(names: Vec<String>) -> Vec<String> {
    let is_copy =
        |name: &str| name.strip_suffix(".gz").is_some_and(|x| names.iter().any(|name| name == x));
    names.iter().filter(|name| !is_copy(name)).cloned().collect()
}

/// The names in a folder, sorted, without hidden ones; folders end with `/`.
fn list(folder: &Path) -> io::Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let end = if path.is_dir() { "/" } else { "" };
        names.push(file_name(&path) + end);
    }
    names.retain(|name| !name.starts_with('.'));
    names.sort();
    Ok(names)
}

/// A list of names in words.
fn enumerate(names: &[String]) -> String {
    const SHOWN: usize = 8;
    let shown = names[..names.len().min(SHOWN)].join(", ");
    match names.len() {
        0 => "nothing at all".into(),
        count if count > SHOWN => format!("{shown} and {} more", count - SHOWN),
        _ => shown,
    }
}

/// The error for a path that does not exist, with suggestions.
fn missing(text: &str) -> Error {
    let path = Path::new(text);
    if let Some(error) = broken_link(path) {
        return error;
    }
    let error = Error::new(ErrorKind::File, "there is no such file or folder").in_file(text);
    if text.contains("://") {
        return error.help("Download it first and name the file");
    }
    let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty());
    let Ok(mut names) = list(parent.unwrap_or(Path::new("."))) else {
        let parent = parent.unwrap_or(path).display();
        return error.help(format!("Check the path: the folder {parent} cannot be read either"));
    };
    if parent.is_none() {
        names.extend(["mnist".to_string(), "builtin".to_string()]);
    }
    match similar(&file_name(path), names) {
        similar if similar.is_empty() => error.help("Check the path"),
        similar => error.help(format!("Perhaps you meant {}", similar.join(" or "))),
    }
}

/// At most three of `names` that resemble `name`, the likeliest first.
fn similar(name: &str, names: Vec<String>) -> Vec<String> {
    let likeness = |other: &str| {
        strsim::normalized_damerau_levenshtein(&name.to_lowercase(), &other.to_lowercase())
    };
    let mut names: Vec<(f64, String)> =
        names.into_iter().map(|other| (likeness(other.trim_end_matches('/')), other)).collect();
    names.retain(|(likeness, _)| *likeness >= 0.6);
    names.sort_by(|a, b| b.0.total_cmp(&a.0));
    names.into_iter().take(3).map(|(_, name)| name).collect()
}
