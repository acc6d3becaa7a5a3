//! The folder of a run: which files are written, and when.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use burn::module::Module;
use burn::tensor::{FloatDType, Tensor};
use serde::{Deserialize, Serialize};

use crate::{output, shell};
use patchwork::checkpoint::Checkpoint;
use patchwork::config::{ModelConfig, Preset, TrainConfig};
use patchwork::data::Orientation;
use patchwork::device;
use patchwork::error::{Error, ErrorKind, Result};
use patchwork::files::source::Origin;
use patchwork::files::{self, write};
use patchwork::model::Network;
use patchwork::model::fused::Kernels;
use patchwork::protocol::{EvaluatedSplit, Evaluation};
use patchwork::report::html::{self, Report};
use patchwork::report::{confusion, curves, metrics, sheet};
use patchwork::session_report::{self, Names};
use patchwork::train::Session;
use patchwork::weights::{ModelCard, Storage, Weights};

/// `config.json`: what is needed to resume the run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FolderSettings {
    /// The version of the program that started the run.
    pub version: String,
    /// The preset that the settings started from.
    pub preset: Preset,
    /// `--data` as given.
    pub data: Option<String>,
    /// Further `--data` as given.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub more: Vec<String>,
    /// `--test` as given.
    pub test: Option<String>,
    /// `--classes` as given.
    pub classes: Option<usize>,
    /// The changes to the images of files, from `--invert` and `--transpose`.
    #[serde(default)]
    pub orientation: Orientation,
    /// `--teacher` as it was given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub teacher: Option<PathBuf>,
    /// Where the images came from.
    pub origin: Origin,
    /// The model.
    pub model: ModelConfig,
    /// The recipe.
    pub train: TrainConfig,
}

/// The folder of a run.
#[derive(Debug)]
pub struct Folder {
    path: PathBuf,
}

const CONFIG: &str = "config.json";
const CHECKPOINT: &str = "checkpoint.safetensors";
const MODEL: &str = "model.safetensors";
const BURNPACK: &str = "model.bpk";
const METRICS: &str = "metrics.csv";
const REPORT: &str = "report.html";

/// All files that a run writes.
const FILES: [&str; 10] = [
    CONFIG,
    CHECKPOINT,
    MODEL,
    BURNPACK,
    METRICS,
    "curves.svg",
    "curves.png",
    "confusion.svg",
    "samples.png",
    REPORT,
];

impl Folder {
    /// The folder of a new run: `path`, or the next free one under `runs/`. It is created with the first
    /// file.
    ///
    /// # Errors
    /// If it already holds another run, or files that a run would replace.
    pub fn choose(path: Option<&Path>, preset: &str) -> Result<Self> {
        let path = match path {
            Some(path) => path.to_path_buf(),
            None => next_free(preset),
        };
        let folder = Self { path };
        folder.check_free()?;
        Ok(folder)
    }

    /// Creates the folder of a new run: first its checkpoint, then the settings, which make it a run. So an
    /// interruption leaves either a run that can be resumed, or no run.
    ///
    /// # Errors
    /// If something cannot be written, or the device fails.
    pub fn begin(&self, session: &mut Session, settings: &FolderSettings) -> Result<()> {
        make_folder(&self.path)?;
        self.write_checkpoint(session)?;
        self.write(CONFIG, pretty(settings)?)
    }

    /// Refuses a folder with files that would be replaced. The initial checkpoint of a run that was
    /// interrupted before it began may be.
    fn check_free(&self) -> Result<()> {
        if let Some(error) = files::broken_link(&self.path) {
            return Err(error);
        }
        if self.path.exists() && !self.path.is_dir() {
            return Err(Error::new(ErrorKind::File, "there is a file of this name")
                .help("Choose another --out: a run is a folder")
                .in_file(self.display()));
        }
        let there = output::present(&self.path, FILES);
        match there[..] {
            [] => return Ok(()),
            [CHECKPOINT] if self.never_began() => return Ok(()),
            _ => {}
        }
        if self.settings().is_err() {
            return Err(output::foreign(&self.path, &there, "Choose another --out"));
        }
        let help = if there.contains(&CHECKPOINT) {
            format!(
                "Choose another --out, or go on with that run: patchwork train --resume {}",
                shell::word(&self.path)
            )
        } else {
            "It has no checkpoint to go on from: choose another --out, or delete the folder".into()
        };
        Err(Error::new(ErrorKind::File, "this folder holds another run")
            .help(help)
            .in_file(self.display()))
    }

    /// Whether the checkpoint is from before the first step.
    fn never_began(&self) -> bool {
        let checkpoint = self.read(CHECKPOINT).and_then(|bytes| Checkpoint::from_bytes(&bytes));
        checkpoint.is_ok_and(|checkpoint| (checkpoint.state.epoch, checkpoint.state.step) == (0, 0))
    }

    /// Opens the folder of a run to resume it.
    ///
    /// # Errors
    /// If its settings or its checkpoint are missing or damaged.
    pub fn open(path: &Path) -> Result<(Self, FolderSettings, Checkpoint)> {
        let folder = Self { path: path.to_path_buf() };
        let help = match output::present(path, [CONFIG, CHECKPOINT])[..] {
            [CONFIG] => "It has no checkpoint to go on from: start it again with another --out",
            [CHECKPOINT] => "Start it again with the command that started it",
            _ => "",
        };
        if !help.is_empty() {
            return Err(Error::new(ErrorKind::File, "this run was ended before it began")
                .help(help)
                .in_file(folder.display()));
        }
        let settings = folder.settings()?;
        let checkpoint = Checkpoint::from_bytes(&folder.read(CHECKPOINT)?)
            .map_err(|error| error.in_file(folder.name(CHECKPOINT)))?;
        Ok((folder, settings, checkpoint))
    }

    /// The content of `config.json`.
    fn settings(&self) -> Result<FolderSettings> {
        serde_json::from_slice(&self.read(CONFIG)?).map_err(|error| {
            Error::config(format!("the settings are damaged ({error})"))
                .in_file(self.name(CONFIG))
                .because(error)
        })
    }

    /// The path of the folder.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The path, for people.
    pub fn display(&self) -> String {
        self.path.display().to_string()
    }

    fn name(&self, file: &str) -> String {
        self.path.join(file).display().to_string()
    }

    fn read(&self, file: &str) -> Result<Vec<u8>> {
        read(&self.path.join(file))
    }

    fn write(&self, file: &str, bytes: impl AsRef<[u8]>) -> Result<()> {
        write::atomic(&self.path.join(file), bytes.as_ref())
    }

    /// Writes the checkpoint.
    ///
    /// # Errors
    /// If the device fails or it cannot be written.
    pub fn write_checkpoint(&self, session: &mut Session) -> Result<()> {
        let checkpoint = pollster::block_on(session.checkpoint())?;
        self.write(CHECKPOINT, checkpoint.to_bytes()?)
    }

    /// Writes what changes with an epoch: figures and curves, and the model if it is a new best.
    ///
    /// # Errors
    /// If the device fails or something cannot be written.
    pub fn write_epoch(&self, session: &Session, best: bool) -> Result<()> {
        self.write(METRICS, metrics::encode(session.history())?)?;
        self.write("curves.svg", curves::svg(session.history()))?;
        if best {
            self.write_model(&pollster::block_on(session.weights())?, session)?;
        }
        Ok(())
    }

    fn write_model(&self, weights: &Weights, session: &Session) -> Result<()> {
        let row = session.history().get(session.best_epoch().saturating_sub(1));
        let accuracy = row.and_then(|row| row.validation_accuracy).unwrap_or_default();
        let recipe = format!(
            "epoch {} of {}, validation accuracy {accuracy:.4}",
            session.best_epoch(),
            session.recipe().epochs
        );
        let card = ModelCard { recipe, class_names: session.class_names() };
        self.write(MODEL, weights.to_safetensors(&card, Storage::F32)?)?;
        if !has_burnpack(&weights.config) {
            return Ok(());
        }
        let flat = Tensor::from_data(weights.flat.as_slice(), &device::cpu().device);
        let record = {
            let architecture = weights.config.architecture();
            Network::new(Kernels::Reference, &architecture, flat, FloatDType::F32, None)
        }
        .into_record();
        let bytes = record.into_bytes().map_err(|error| Error::weights(error.to_string()))?;
        self.write(BURNPACK, &*bytes)
    }

    /// Writes what belongs to the end: pictures and the report. `evaluation` is of `part`.
    ///
    /// # Errors
    /// If something cannot be drawn or written.
    pub fn write_end(
        &self,
        session: &Session,
        settings: &FolderSettings,
        device: &str,
        (part, evaluation): (EvaluatedSplit, Evaluation),
    ) -> Result<()> {
        let report = report(self, session, settings, device, (part, &evaluation))?;
        self.write("curves.png", curves::png(session.history())?)?;
        self.write("confusion.svg", confusion::svg(&evaluation.confusion, &report.class_names))?;
        self.write(
            "samples.png",
            sheet::sheet(report.side, &report.samples, &report.class_names)?,
        )?;
        self.write(REPORT, report.html()?)
    }
}

/// `runs/<preset>-001`, or the next number that is free.
fn next_free(preset: &str) -> PathBuf {
    (1..)
        .map(|number| PathBuf::from(format!("runs/{preset}-{number:03}")))
        // A broken link counts as existing.
        .find(|path| path.symlink_metadata().is_err())
        .unwrap_or_default()
}

/// Reads a file whole.
pub fn read(path: &Path) -> Result<Vec<u8>> {
    fs::read(path).map_err(|error| {
        files::broken_link(path).unwrap_or_else(|| {
            Error::new(ErrorKind::File, format!("cannot be read: {error}"))
                .in_file(path.display().to_string())
                .because(error)
        })
    })
}

/// Creates a folder and its parents.
///
/// # Errors
/// If it cannot be made.
pub fn make_folder(path: &Path) -> Result<()> {
    fs::create_dir_all(path).map_err(|error| {
        files::broken_link(path).unwrap_or_else(|| {
            Error::new(ErrorKind::File, format!("cannot make the folder: {error}"))
                .in_file(path.display().to_string())
                .because(error)
        })
    })
}

/// The file of a model given by itself or by the folder of its run, which has only a checkpoint before its first epoch has
/// ended.
pub fn model_file(path: &Path) -> PathBuf {
    if !path.is_dir() {
        return path.to_path_buf();
    }
    let [model, checkpoint] = [MODEL, CHECKPOINT].map(|name| path.join(name));
    if !model.exists() && checkpoint.exists() { checkpoint } else { model }
}

/// Reads a model from its file, from the folder of its run, or from a checkpoint.
///
/// # Errors
/// If it is missing or damaged.
pub fn read_model(path: &Path) -> Result<(Weights, ModelCard)> {
    let path = model_file(path);
    let bytes = read(&path)?;
    let read = match Checkpoint::is_checkpoint(&bytes) {
        true => Checkpoint::from_bytes(&bytes).map(Checkpoint::into_model),
        false => Weights::from_safetensors(&bytes),
    };
    read.map_err(|error| error.in_file(path.display().to_string()))
}

fn pretty<T: Serialize>(value: &T) -> Result<String> {
    serde_json::to_string_pretty(value).map_err(|error| Error::from_cause(ErrorKind::Config, error))
}

/// The report of a run, completed from its folder.
fn report(
    folder: &Folder,
    session: &Session,
    settings: &FolderSettings,
    device: &str,
    seen: (EvaluatedSplit, &Evaluation),
) -> Result<Report> {
    let names = Names {
        title: format!("Patchwork run {}", folder.display()),
        preset: settings.preset.name.into(),
        device: device.into(),
    };
    let finished = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
    let report = session_report::of_session(session, names, finished, Some(seen))?;
    Ok(Report {
        sources: sources(settings, session.datasets().train.len(), report.split.test),
        notices: settings.origin.notices.clone(),
        settings: pretty(settings)?,
        files: files(&settings.model),
        commands: commands(folder),
        ..report
    })
}

fn sources(settings: &FolderSettings, train: usize, test: u64) -> Vec<html::Source> {
    let named = |given: &Option<String>| given.clone().unwrap_or_else(|| "default".into());
    let mut sources = vec![html::Source {
        role: "training".into(),
        origin: named(&settings.data),
        images: train as u64,
    }];
    if test > 0 {
        let origin = if settings.test.is_some() { &settings.test } else { &settings.data };
        sources.push(html::Source { role: "test".into(), origin: named(origin), images: test });
    }
    sources
}

/// Whether a model is one of Burn's own layers, which its format can hold.
fn has_burnpack(model: &ModelConfig) -> bool {
    model.architecture().is_plain()
}

/// What is in the folder of a run of a model.
fn files(model: &ModelConfig) -> Vec<(String, String)> {
    [
        (MODEL, "weights of the best epoch, with the names of timm or of the family's reference"),
        (BURNPACK, "the same weights in Burn's format"),
        (CHECKPOINT, "all that is needed to go on with the run"),
        (CONFIG, "the settings"),
        (METRICS, "the figures of each epoch"),
        ("curves.svg, curves.png", "loss and accuracy by epoch"),
        ("confusion.svg", "what was read as what"),
        ("samples.png", "predictions beside labels"),
    ]
    .into_iter()
    .filter(|&(name, _)| name != BURNPACK || has_burnpack(model))
    .map(|(name, what)| (name.to_string(), what.to_string()))
    .collect()
}

fn commands(folder: &Folder) -> Vec<(String, String)> {
    let path = shell::word(&folder.path);
    [
        ("Measure it on other images", format!("patchwork eval --model {path} --data FILE")),
        ("Predict", format!("patchwork predict --model {path} --data FILE --out submission.csv")),
        ("See where it looks", format!("patchwork explain --model {path} --data FILE --index 0")),
    ]
    .map(|(what, command)| (what.to_string(), command))
    .to_vec()
}
