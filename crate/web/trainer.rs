//! The large module: data and training.

use std::sync::Arc;

use js_sys::{Object, Uint8Array};
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

use super::value::{Thrown, check_settings, give, set, take, thrown};
use super::workers::JsWorkerPool;
use patchwork::device;
use patchwork::error::Error;
use patchwork::limits;
use patchwork::protocol::{Correction, FileRole, ReadOptions};
use patchwork::report::metrics;
use patchwork::report::submission::{self, Predictions};
use patchwork::session_report::Names;
use patchwork::workspace::{KeptFile, WeightSet, Workspace};

/// Data and at most one training run on one device.
#[wasm_bindgen]
pub struct Trainer {
    workspace: Workspace,
    device: String,
}

/// Opens the graphics device; the page has checked its adapter.
#[wasm_bindgen]
pub async fn open_graphics() -> Thrown<Trainer> {
    let found = device::open_graphics().await.map_err(thrown)?;
    Ok(Trainer { workspace: Workspace::new(found.device), device: found.name })
}

/// Opens the CPU; steps are shared with `workers`, if any.
#[wasm_bindgen]
pub fn open_cpu(workers: Option<JsWorkerPool>) -> Trainer {
    let found = device::cpu();
    let workspace = match workers {
        None => Workspace::new(found.device),
        Some(workers) => Workspace::with_workers(Arc::new(workers)),
    };
    Trainer { workspace, device: found.name }
}

#[wasm_bindgen]
impl Trainer {
    /// The name of the device.
    pub fn device(&self) -> String {
        self.device.clone()
    }

    /// Opens a file, to be read with `ReadOptions` (undefined: the defaults); its bytes follow.
    pub fn open_file(&mut self, name: &str, options: JsValue) -> Thrown<()> {
        let usual = options.is_undefined() || options.is_null();
        let options = if usual { ReadOptions::default() } else { take(options)? };
        self.workspace.files.open(name, options);
        Ok(())
    }

    /// Opens a stored file with the parts that `export_file` returned; the bytes of its images follow.
    pub fn open_kept(&mut self, name: &str, labels: &[u8], extras: &[u8]) -> Thrown<()> {
        self.workspace.files.open_kept(name, labels, extras).map_err(thrown)
    }

    /// Takes the next bytes of the file; returns the images read so far.
    pub fn push(&mut self, bytes: &[u8]) -> Thrown<usize> {
        self.workspace.files.push(bytes).map_err(thrown)
    }

    /// Ends the file; returns a `FileReport`.
    pub fn close_file(&mut self) -> Thrown<JsValue> {
        give(&self.workspace.files.close().map_err(thrown)?)
    }

    /// Discards the file being read.
    pub fn abort_file(&mut self) {
        self.workspace.files.abort();
    }

    /// Adds built-in digits; returns a `FileReport`.
    pub fn add_builtin(&mut self, count: f64, seed: f64) -> Thrown<JsValue> {
        limits::BUILTIN_DIGITS.check_number(count, &count).map_err(thrown)?;
        give(&self.workspace.files.add_builtin(count as usize, seed as u64).map_err(thrown)?)
    }

    /// Removes a file.
    pub fn remove_file(&mut self, id: u32) -> Thrown<()> {
        self.workspace.files.remove(id).map_err(thrown)
    }

    /// Sets the role of a file.
    pub fn set_role(&mut self, id: u32, part: JsValue) -> Thrown<()> {
        let part: FileRole = take(part)?;
        self.workspace.files.set_part(id, part).map_err(thrown)
    }

    /// Pairs images with the labels of another file; returns the `FileReport` of both.
    pub fn pair(&mut self, images: u32, labels: u32) -> Thrown<JsValue> {
        give(&self.workspace.files.pair(images, labels).map_err(thrown)?)
    }

    /// Changes the images of a file to an `Orientation`; returns its `FileReport`.
    pub fn set_orientation(&mut self, id: u32, orientation: JsValue) -> Thrown<JsValue> {
        let orientation = take(orientation)?;
        give(&self.workspace.files.set_orientation(id, orientation).map_err(thrown)?)
    }

    /// Checks the orientation of a file's images with a known-good model (safetensors); returns its
    /// `FileReport`.
    pub async fn check_orientation(&mut self, id: u32, model: Vec<u8>) -> Thrown<JsValue> {
        give(&self.workspace.check_orientation(id, &model).await.map_err(thrown)?)
    }

    /// All files, as `FileReport`s.
    pub fn files(&self) -> Thrown<JsValue> {
        give(&self.workspace.files.reports())
    }

    /// Combines the files; returns a `DataReport`.
    pub fn prepare(&mut self, validation: f64, test: f64, seed: f64) -> Thrown<JsValue> {
        give(&self.workspace.prepare(validation, test, seed as u64).map_err(thrown)?)
    }

    /// Pixels of images of a file, `[images, side, side]`.
    pub fn file_images(&self, id: u32, indices: &[u32]) -> Thrown<Vec<u8>> {
        self.workspace.files.images(id, indices).map_err(thrown)
    }

    /// The labels of images of a file, -1 if it has none.
    pub fn file_labels(&self, id: u32, indices: &[u32]) -> Thrown<Vec<i32>> {
        let labels = self.workspace.files.data(id).map_err(thrown)?.labels();
        let label = |index: u32| labels.and_then(|labels| labels.get(index as usize).copied());
        Ok(indices.iter().map(|&index| label(index).map_or(-1, i32::from)).collect())
    }

    /// Pixels of images given for training, `[images, side, side]`.
    pub fn images(&self, indices: &[u32]) -> Thrown<Vec<u8>> {
        self.workspace.images(indices).map_err(thrown)
    }

    /// A file for storage: IDX images, IDX labels (each empty if there are none) and all else.
    pub fn export_file(&self, id: u32) -> Thrown<JsValue> {
        let KeptFile { images, labels, extras } =
            self.workspace.files.export(id).map_err(thrown)?;
        let object = Object::new();
        for (name, bytes) in [("images", images), ("labels", labels), ("extras", extras)] {
            set(&object, name, Uint8Array::from(bytes.as_slice()))?;
        }
        Ok(object.into())
    }

    /// Starts a run from fresh weights, or from those of a safetensors file.
    pub fn start(&mut self, settings: JsValue, weights: Option<Vec<u8>>) -> Thrown<()> {
        check_settings(&settings).map_err(thrown)?;
        self.workspace.start(take(settings)?, weights.as_deref()).map_err(thrown)
    }

    /// Resumes a run from its checkpoint.
    pub fn resume(&mut self, checkpoint: &[u8]) -> Thrown<()> {
        self.workspace.resume(checkpoint).map_err(thrown)
    }

    /// Has the run learn from a teacher (safetensors): before its first step, and again where it is resumed.
    pub fn teach(&mut self, teacher: &[u8]) -> Thrown<()> {
        self.workspace.teach(teacher).map_err(thrown)
    }

    /// The accuracy of a teacher (safetensors) on validation images of the run.
    pub async fn judge_teacher(&self, teacher: Vec<u8>) -> Thrown<f64> {
        self.workspace.judge_teacher(&teacher).await.map_err(thrown)
    }

    /// Discards the run.
    pub fn reset(&mut self) {
        self.workspace.reset();
    }

    /// Sends the run a command; returns `Event`s.
    pub fn command(&mut self, command: JsValue) -> Thrown<JsValue> {
        give(&self.workspace.command(take(command)?))
    }

    /// Does one small piece of work; returns `Event`s.
    pub async fn step(&mut self) -> Thrown<JsValue> {
        give(&self.workspace.step().await.map_err(thrown)?)
    }

    /// The run as checkpoint bytes.
    pub async fn checkpoint(&mut self) -> Thrown<Vec<u8>> {
        self.workspace.checkpoint().await.map_err(thrown)
    }

    /// The weights as a safetensors file: `"current"`, or those of the `"best"` epoch.
    pub async fn weights(&self, which: String) -> Thrown<Vec<u8>> {
        let which = if which == "best" { WeightSet::Best } else { WeightSet::Current };
        self.workspace.weights(which).await.map_err(thrown)
    }

    /// The last validation results, an `EpochDetail`; undefined before the first.
    pub fn detail(&self) -> Thrown<JsValue> {
        self.workspace.detail().map_or(Ok(JsValue::UNDEFINED), |detail| give(&detail))
    }

    /// Starts a race of `Contestant`s with a `RaceBudget`; it takes the place of the run.
    pub fn start_race(&mut self, contestants: JsValue, budget: JsValue) -> Thrown<()> {
        let contestants = take(contestants)?;
        self.workspace.start_race(contestants, take(budget)?).map_err(thrown)
    }

    /// Sends the race a command; returns `RaceEvent`s.
    pub fn command_race(&mut self, command: JsValue) -> Thrown<JsValue> {
        give(&self.workspace.command_race(take(command)?))
    }

    /// Does one small piece of work of the race; returns `RaceEvent`s.
    pub async fn step_race(&mut self) -> Thrown<JsValue> {
        give(&self.workspace.step_race().await.map_err(thrown)?)
    }

    /// The run of a contestant as checkpoint bytes.
    pub async fn race_checkpoint(&mut self, contestant: usize) -> Thrown<Vec<u8>> {
        self.workspace.race_checkpoint(contestant).await.map_err(thrown)
    }

    /// The current weights of a contestant as a safetensors file.
    pub async fn race_weights(&self, contestant: usize) -> Thrown<Vec<u8>> {
        self.workspace.race_weights(contestant, WeightSet::Current).await.map_err(thrown)
    }

    /// The last validation results of a contestant's epochs, an `EpochDetail`; undefined before the first.
    pub fn race_detail(&self, contestant: usize) -> Thrown<JsValue> {
        let detail = self.workspace.race_detail(contestant).map_err(thrown)?;
        detail.map_or(Ok(JsValue::UNDEFINED), |detail| give(&detail))
    }

    /// Discards the race.
    pub fn end_race(&mut self) {
        self.workspace.end_race();
    }

    /// Corrects images given for training (`Correction`s); gives `FileCorrections`, by which the same can be done again.
    pub fn correct(&mut self, corrections: JsValue) -> Thrown<JsValue> {
        let corrections: Vec<Correction> = take(corrections)?;
        give(&self.workspace.correct(&corrections).map_err(thrown)?)
    }

    /// Corrects images of a file by their places in it (`Correction`s); gives its `FileReport`.
    pub fn correct_file(&mut self, id: u32, corrections: JsValue) -> Thrown<JsValue> {
        let corrections: Vec<Correction> = take(corrections)?;
        give(&self.workspace.files.correct(id, &corrections).map_err(thrown)?)
    }

    /// Begins to predict the images of a file with a model (safetensors).
    pub fn begin_predictions(&mut self, id: u32, model: &[u8]) -> Thrown<()> {
        self.workspace.begin_predictions(id, model).map_err(thrown)
    }

    /// Predicts the next images; gives how many are done, and how many there are.
    pub async fn predict_batch(&mut self) -> Thrown<Vec<u32>> {
        let (done, total) = self.workspace.predict_batch().await.map_err(thrown)?;
        Ok(vec![done as u32, total as u32])
    }

    /// The predictions that were begun, once all are done: `ImageId,Label`, with the file's own ids where it has some.
    pub fn end_predictions(&mut self) -> Thrown<String> {
        let found = self.workspace.end_predictions().map_err(thrown)?;
        let ids = found.ids.as_deref();
        let predictions = Predictions {
            probabilities: &found.probabilities,
            classes: found.classes,
            class_names: &found.class_names,
            ids: &ids.map_or_else(Vec::new, |ids| ids.iter().collect()),
            id_name: ids.and_then(|ids| ids.name.as_deref()),
        };
        text(submission::table(predictions, false).map_err(thrown)?)
    }

    /// `metrics.csv` of the run.
    pub fn metrics(&self) -> Thrown<String> {
        let rows = self.workspace.session().map_or(&[][..], patchwork::train::Session::history);
        text(metrics::encode(rows).map_err(thrown)?)
    }

    /// The report of the run as one page of HTML.
    pub fn report(&self, title: String, preset: String) -> Thrown<String> {
        let finished = (js_sys::Date::now() / 1000.0) as u64;
        let names = Names { title, preset, device: self.device.clone() };
        self.workspace.report(names, finished).map_err(thrown)
    }
}

fn text(bytes: Vec<u8>) -> Thrown<String> {
    String::from_utf8(bytes).map_err(|_| thrown(Error::data("a table that is no text")))
}
