//! The folder of a run: what is written into it, and when.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use burn::module::Module;
use burn::tensor::{FloatDType, Tensor};
use serde::{Deserialize, Serialize};

use crate::checkpoint::Checkpoint;
use crate::config::{ModelConfig, Preset, TrainConfig};
use crate::data::Orientation;
use crate::device;
use crate::error::{Error, ErrorKind, Result};
use crate::files::source::Origin;
use crate::files::write;
use crate::model::Vit;
use crate::protocol::{Evaluation, Part};
use crate::report::html::{self, Report};
use crate::report::{confusion, curves, metrics, sheet};
use crate::studio::report::{self, Names};
use crate::train::Session;
use crate::weights::{Card, Storage, Weights};

/// `config.json`: what is needed to take the run up again.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Settings {
    /// The version of the program that began the run.
    pub version: String,
    /// The preset that the settings started from.
    pub preset: Preset,
    /// `--data` as it was given.
    pub data: Option<String>,
    /// `--test` as it was given.
    pub test: Option<String>,
    /// `--classes` as it was given.
    pub classes: Option<usize>,
    /// What was done to the images of files, as `--invert` and `--transpose` said.
    #[serde(default)]
    pub orientation: Orientation,
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

impl Folder {
    /// Makes the folder of a new run: `path`, or the next free one under `runs/`.
    ///
    /// # Errors
    /// Where it holds another run already, or cannot be made.
    pub fn create(path: Option<&Path>, preset: &str) -> Result<Self> {
        let path = match path {
            Some(path) => path.to_path_buf(),
            None => next_free(preset),
        };
        if path.join(CONFIG).exists() {
            return Err(Error::new(ErrorKind::File, "this folder holds another run")
                .help("Choose another --out, or go on with that run by --resume")
                .in_file(path.display().to_string()));
        }
        fs::create_dir_all(&path).map_err(|error| {
            Error::new(ErrorKind::File, format!("cannot make the folder: {error}"))
                .in_file(path.display().to_string())
        })?;
        Ok(Self { path })
    }

    /// Opens the folder of a run to go on with it.
    ///
    /// # Errors
    /// Where its settings or its checkpoint are missing or damaged.
    pub fn open(path: &Path) -> Result<(Self, Settings, Checkpoint)> {
        let folder = Self { path: path.to_path_buf() };
        let text = folder.read(CONFIG)?;
        let settings = serde_json::from_slice(&text).map_err(|error| {
            Error::config(format!("the settings are damaged ({error})"))
                .in_file(folder.name(CONFIG))
        })?;
        let checkpoint = Checkpoint::from_bytes(&folder.read(CHECKPOINT)?)
            .map_err(|error| error.in_file(folder.name(CHECKPOINT)))?;
        Ok((folder, settings, checkpoint))
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

    /// Writes `config.json`.
    ///
    /// # Errors
    /// Where it cannot be written.
    pub fn write_settings(&self, settings: &Settings) -> Result<()> {
        self.write(CONFIG, pretty(settings)?)
    }

    /// Writes the checkpoint.
    ///
    /// # Errors
    /// Where the device fails or it cannot be written.
    pub fn write_checkpoint(&self, session: &mut Session) -> Result<()> {
        let checkpoint = pollster::block_on(session.checkpoint())?;
        self.write(CHECKPOINT, checkpoint.to_bytes()?)
    }

    /// Writes what changes with an epoch: figures and curves, and the model where it is a new best.
    ///
    /// # Errors
    /// Where the device fails or something cannot be written.
    pub fn write_epoch(&self, session: &Session, best: bool) -> Result<()> {
        self.write("metrics.csv", metrics::encode(session.history())?)?;
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
        let card = Card { recipe, class_names: session.class_names() };
        self.write(MODEL, weights.to_safetensors(&card, Storage::F32)?)?;
        let flat = Tensor::from_data(weights.flat.as_slice(), &device::cpu().device);
        let record = Vit::new(&weights.config, flat, FloatDType::F32, None).into_record();
        let bytes = record.into_bytes().map_err(|error| Error::weights(error.to_string()))?;
        self.write(BURNPACK, &*bytes)
    }

    /// Writes what belongs to the end: pictures and the report. `evaluation` is of `part`.
    ///
    /// # Errors
    /// Where something cannot be drawn or written.
    pub fn write_end(
        &self,
        session: &Session,
        settings: &Settings,
        device: &str,
        (part, evaluation): (Part, Evaluation),
    ) -> Result<()> {
        let report = report(self, session, settings, device, (part, &evaluation))?;
        self.write("curves.png", curves::png(session.history())?)?;
        self.write("confusion.svg", confusion::svg(&evaluation.confusion, &report.class_names))?;
        self.write(
            "samples.png",
            sheet::sheet(report.side, &report.samples, &report.class_names)?,
        )?;
        self.write("report.html", report.html()?)
    }
}

/// `runs/<preset>-001`, or the next number that is free.
fn next_free(preset: &str) -> PathBuf {
    (1..)
        .map(|number| PathBuf::from(format!("runs/{preset}-{number:03}")))
        .find(|path| !path.exists())
        .unwrap_or_default()
}

/// Reads a file whole.
pub fn read(path: &Path) -> Result<Vec<u8>> {
    fs::read(path).map_err(|error| {
        Error::new(ErrorKind::File, format!("cannot be read: {error}"))
            .in_file(path.display().to_string())
    })
}

/// Reads a model from its file, or from the folder of its run.
///
/// # Errors
/// Where it is missing or damaged.
pub fn read_model(path: &Path) -> Result<(Weights, Card)> {
    let path = if path.is_dir() { path.join(MODEL) } else { path.to_path_buf() };
    Weights::from_safetensors(&read(&path)?)
        .map_err(|error| error.in_file(path.display().to_string()))
}

fn pretty<T: Serialize>(value: &T) -> Result<String> {
    serde_json::to_string_pretty(value).map_err(|error| Error::config(error.to_string()))
}

/// The report of a run, with what only its folder knows.
fn report(
    folder: &Folder,
    session: &Session,
    settings: &Settings,
    device: &str,
    seen: (Part, &Evaluation),
) -> Result<Report> {
    let names = Names {
        title: format!("Patchwork run {}", folder.display()),
        preset: settings.preset.name().into(),
        device: device.into(),
    };
    let finished = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
    let report = report::of_session(session, names, finished, Some(seen))?;
    Ok(Report {
        sources: sources(settings, session.material().train.len(), report.split.test),
        notices: settings.origin.notices.clone(),
        settings: pretty(settings)?,
        files: files(),
        commands: commands(folder),
        ..report
    })
}

fn sources(settings: &Settings, train: usize, test: u64) -> Vec<html::Source> {
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

fn files() -> Vec<(String, String)> {
    [
        (MODEL, "weights of the best epoch, with timm's names"),
        (BURNPACK, "the same weights in Burn's format"),
        (CHECKPOINT, "all that is needed to go on with the run"),
        (CONFIG, "the settings"),
        ("metrics.csv", "the figures of each epoch"),
        ("curves.svg, curves.png", "loss and accuracy by epoch"),
        ("confusion.svg", "what was read as what"),
        ("samples.png", "predictions beside labels"),
    ]
    .map(|(name, what)| (name.to_string(), what.to_string()))
    .to_vec()
}

fn commands(folder: &Folder) -> Vec<(String, String)> {
    let path = folder.display();
    [
        ("Measure it on other images", format!("patchwork eval --model {path} --data FILE")),
        ("Predict", format!("patchwork predict --model {path} --data FILE --out submission.csv")),
        ("See where it looks", format!("patchwork explain --model {path} --data FILE --index 0")),
    ]
    .map(|(what, command)| (what.to_string(), command))
    .to_vec()
}
