//! Turns `--data` and `--test` into data sets.
//!
//! | `--data` | training set | test set |
//! | --- | --- | --- |
//! | a file (CSV, IDX images, pen strokes) | it | none |
//! | a folder | its training file, or its only one | its test file, where there is one beside it |
//! | a pattern such as `'data/*train*'` | the matching files, joined | those called `test`, where there are others |
//! | `mnist` | its 60,000 training images | its 10,000 test images |
//! | `mnist:train`, `mnist:test` | these alone | none |
//! | `builtin`, `builtin:N` | 20,000 or N built-in digits | 4,000 or N/5 others |
//! | nothing | MNIST, or built-in digits where it cannot be had | the same |
//!
//! Invariant: no file of the test set is read into the training set.

use std::fs;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::FileProgress;
#[cfg(feature = "download")]
use super::download;
use super::plan::{self, Images, Name, Plan};
use super::read::{self, Set};
use crate::data::orientation::{Orientation, has_light_ground};
use crate::data::reader::Layout;
use crate::data::train_test::{self, DatasetRole};
use crate::data::{Dataset, synth};
use crate::error::{Error, ErrorKind, Result};
use crate::words::plural;

pub use super::plan::SourceKind;

/// A request for data.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Request {
    /// `--data`; see the table of this module.
    pub data: Option<String>,
    /// Further sources of training images, named like `data` and joined with it. Their test parts are not used.
    pub more: Vec<String>,
    /// `--test`: named like `--data`; of a source with parts, the test part is used.
    pub test: Option<String>,
    /// The number of classes, if the data alone should not decide it.
    pub classes: Option<usize>,
    /// The changes that make the images of files ink on background, rows first.
    pub orientation: Orientation,
    /// The seed of built-in training digits.
    pub seed: u64,
    /// The mirror of MNIST, overriding the environment's and the public ones.
    pub mirror: Option<String>,
    /// The folder of Patchwork's cached files, overriding the environment's and the system's.
    pub cache: Option<PathBuf>,
}

/// A training set, with a test set if the source has one.
#[derive(Debug, Clone, PartialEq)]
pub struct Loaded {
    /// Labelled images for training and validation.
    pub train: Dataset,
    /// Labelled images of the same size and number of classes for the final test.
    pub test: Option<Dataset>,
    /// Where they come from.
    pub origin: Origin,
}

/// One set of images, labelled or not.
#[derive(Debug, Clone, PartialEq)]
pub struct Single {
    /// The images.
    pub data: Dataset,
    /// Where they come from.
    pub origin: Origin,
}

/// Where data comes from, with notices; stored with a run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Origin {
    /// The kind of source that `--data` named.
    pub kind: SourceKind,
    /// Every file that was read.
    pub files: Vec<SourceFile>,
    /// Notices for the user, one sentence each.
    pub notices: Vec<String>,
}

/// A file that was read.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SourceFile {
    /// Its path.
    pub path: String,
    /// The use of its images.
    pub role: DatasetRole,
    /// How it was interpreted.
    pub layout: Layout,
}

/// Loads the data of `train`: `request.data` and `request.more` for training and, as the test set, `request.test` or else the
/// test part of `request.data`.
///
/// # Errors
/// If a source is missing, damaged, without labels or without a training part, or if the two sets
/// do not match.
pub fn load(request: &Request, progress: &mut dyn FnMut(FileProgress)) -> Result<Loaded> {
    let mut loader = Loader::new(request, progress);
    let named = request.data.as_deref();
    let mut plan = loader.plan(named, DatasetRole::Train)?;
    let mut sources = vec![training_part(plan.train.take(), named.unwrap_or("mnist"))?];
    for named in &request.more {
        let more = loader.plan(Some(named), DatasetRole::Train)?;
        sources.push(training_part(more.train, named)?);
    }
    if let Some(test) = &request.test {
        loader.replace_test(&mut plan, &mut sources, test)?;
    }
    let mut train: Option<Dataset> = None;
    for (named, images) in sources {
        let set = loader.training_set(images, named)?;
        train = Some(match train {
            None => set,
            Some(before) => before.joined(&set).map_err(|error| error.in_file(named))?,
        });
    }
    let train = train.ok_or_else(|| Error::config("there is nothing to train on"))?;
    let test = match plan.test {
        Some(images) => loader.test_set(images, &train)?,
        None => None,
    };
    Ok(Loaded { train, test, origin: loader.origin(plan.kind) })
}

/// The training part of the source `named`, with that name.
fn training_part(part: Option<Images>, named: &str) -> Result<(&str, Images)> {
    part.map(|images| (named, images)).ok_or_else(|| {
        Error::config(format!("{named} is a test set, it holds nothing to train on"))
            .help("Name training data with --data and give this to --test")
    })
}

/// Loads the data set of `eval`, `predict`, `explain` and `data`: the test part of `request.data`,
/// or all of it if it has no parts. Its labels may be missing.
///
/// # Errors
/// If the source is missing or damaged.
pub fn load_one(request: &Request, progress: &mut dyn FnMut(FileProgress)) -> Result<Single> {
    let mut loader = Loader::new(request, progress);
    let plan = loader.plan(request.data.as_deref(), DatasetRole::Test)?;
    let kind = plan.kind;
    let (images, role) = test_part(plan)?;
    let set = loader.read(images, role)?;
    loader.notices.extend(set.unlabelled.map(|why| format!("These images have no labels: {why}")));
    Ok(Single { data: set.data, origin: loader.origin(kind) })
}

/// The test part of a source, or else the only part it has.
fn test_part(plan: Plan) -> Result<(Images, DatasetRole)> {
    let test = plan.test.map(|images| (images, DatasetRole::Test));
    test.or(plan.train.map(|images| (images, DatasetRole::Train)))
        .ok_or_else(|| Error::config("this source has no images"))
}

/// Collects files and notices while data sets are loaded.
struct Loader<'a> {
    request: &'a Request,
    progress: &'a mut dyn FnMut(FileProgress),
    files: Vec<SourceFile>,
    notices: Vec<String>,
}

impl<'a> Loader<'a> {
    fn new(request: &'a Request, progress: &'a mut dyn FnMut(FileProgress)) -> Self {
        Self { request, progress, files: Vec::new(), notices: Vec::new() }
    }

    fn origin(self, kind: SourceKind) -> Origin {
        Origin { kind, files: self.files, notices: self.notices }
    }

    /// The parts of the named source; MNIST or built-in digits without a name.
    fn plan(&mut self, named: Option<&str>, wanted: DatasetRole) -> Result<Plan> {
        let Some(named) = named else { return self.mnist_or_builtin(wanted) };
        match Name::parse(named)? {
            Name::Mnist(part) => self.mnist(part),
            Name::Builtin(count) => Ok(plan::builtin(count, wanted, self.request.seed)),
            Name::Path(path) => plan::path(path),
        }
    }

    #[cfg(feature = "download")]
    fn mnist(&mut self, part: Option<DatasetRole>) -> Result<Plan> {
        let Request { cache, mirror, .. } = self.request;
        let variable = |name: &str| std::env::var_os(name);
        let options = download::Options::resolve(cache.as_deref(), mirror.as_deref(), variable)?;
        Ok(plan::mnist(download::mnist(&options, self.progress)?, part))
    }

    /// The error that this build cannot download MNIST.
    #[cfg(not(feature = "download"))]
    fn mnist(&mut self, _: Option<DatasetRole>) -> Result<Plan> {
        Err(Error::new(ErrorKind::Network, "this build does not download MNIST")
            .help("Name the folder that holds its files, or build with the feature `download`"))
    }

    /// MNIST; built-in digits, with a notice, if neither cache nor mirror has it.
    fn mnist_or_builtin(&mut self, wanted: DatasetRole) -> Result<Plan> {
        match self.mnist(None) {
            Err(error) if matches!(error.kind, ErrorKind::Network | ErrorKind::File) => {
                self.notices
                    .push(format!("Built-in digits are used: MNIST is not at hand. {error}"));
                Ok(plan::builtin(None, wanted, self.request.seed))
            }
            other => other,
        }
    }

    /// Makes the source `named` the test part, and keeps its files out of the training sources.
    fn replace_test(
        &mut self,
        plan: &mut Plan,
        sources: &mut [(&str, Images)],
        named: &str,
    ) -> Result<()> {
        let (images, _) = test_part(self.plan(Some(named), DatasetRole::Test)?)?;
        for (_, source) in sources {
            let (Images::Files(train), Images::Files(test)) = (source, &images) else { continue };
            let before = train.len();
            train.retain(|path| !test.iter().any(|other| is_same_file(path, other)));
            if train.is_empty() {
                return Err(Error::config("the training data and the test data are the same file")
                    .help("Leave --test out, then part of the training data is set aside")
                    .in_file(named));
            }
            if train.len() < before {
                self.notices.push(format!("{named} is the test set and was left out of training"));
            }
        }
        if plan.kind != SourceKind::Builtin && plan.test.as_ref().is_some_and(|own| *own != images)
        {
            self.notices.push(format!("{named} replaces the test part that the data came with"));
        }
        plan.test = Some(images);
        Ok(())
    }

    fn training_set(&mut self, images: Images, named: &str) -> Result<Dataset> {
        let set = self.read(images, DatasetRole::Train)?;
        match set.unlabelled {
            None => Ok(set.data),
            Some(why) => Err(Error::data(format!("there are no labels to learn from: {why}"))
                .help("Name labelled data with --data; unlabelled images are for predict")
                .in_file(named)),
        }
    }

    /// The test set if it has labels; it must match the training set.
    fn test_set(&mut self, images: Images, train: &Dataset) -> Result<Option<Dataset>> {
        let set = self.read(images, DatasetRole::Test)?;
        let first = set.files.first().map(|(path, _)| path.display().to_string());
        let place = first.unwrap_or_else(|| "built-in digits".into());
        if let Some(why) = set.unlabelled {
            if self.request.test.is_some() {
                return Err(Error::data(format!("there are no labels to test on: {why}"))
                    .help("Name labelled data with --test; unlabelled images are for predict")
                    .in_file(place));
            }
            self.notices.push(format!("{place} is not used as test set: {why}"));
            return Ok(None);
        }
        let test = train_test::fit_test(train, &set.data).map_err(|error| error.in_file(place))?;
        let shared = train.shared_images(&test);
        self.notices.extend(train_test::shared_notice(shared, test.len()));
        Ok(Some(test))
    }

    /// Reads or makes images and notes where they came from.
    fn read(&mut self, images: Images, role: DatasetRole) -> Result<Set> {
        let set = match images {
            Images::Files(paths) => {
                let set = read::set(&paths, self.request.classes, self.progress)?;
                Set { data: self.request.orientation.of(&set.data), ..set }
            }
            Images::Builtin { count, seed } => Set::made(synth::generate(count, seed)?),
        };
        for (path, layout) in &set.files {
            let said = layout.notices.iter().map(|notice| format!("{}: {notice}", path.display()));
            self.notices.extend(said);
        }
        self.notices.extend(set.united.clone());
        self.notices.extend(self.ground(&set));
        if set.repeated > 0 {
            let (repeated, count) = (set.repeated, set.data.len());
            let are = plural(repeated, "is", "are");
            self.notices.push(format!(
                "{repeated} of the {count} images {are} also in an earlier one of the files, pixel \
                 for pixel"
            ));
        }
        self.files.extend(set.files.iter().map(|(path, layout)| SourceFile {
            path: path.display().to_string(),
            role,
            layout: layout.clone(),
        }));
        Ok(set)
    }

    /// The notice if images are dark ink on a light background.
    fn ground(&self, set: &Set) -> Option<String> {
        let first = set.files.first().filter(|_| has_light_ground(&set.data))?;
        let what = "models read light ink on a dark ground";
        Some(match self.request.orientation.inverted {
            false => format!(
                "{}: the ground of the images is light, {what}: add --invert",
                first.0.display()
            ),
            true => format!(
                "{}: with --invert the ground of the images is light, {what}: leave it out",
                first.0.display()
            ),
        })
    }
}

/// Whether two paths lead to the same file.
fn is_same_file(a: &Path, b: &Path) -> bool {
    a == b || fs::canonicalize(a).ok().is_some_and(|a| fs::canonicalize(b).is_ok_and(|b| a == b))
}
