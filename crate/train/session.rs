//! A training run in small steps that can be observed, paused and resumed.

use std::ops::Range;
use std::sync::Arc;

use burn::tensor::{Device, Tensor, Transaction};

use crate::checkpoint::{Checkpoint, CheckpointState, DataFingerprint, VERSION};
use crate::config::{ModelConfig, TrainConfig};
use crate::data::batch::{self, epoch_order};
use crate::data::dataset::{NO_CLASS, Split};
use crate::data::{Dataset, TrainTest, names};
use crate::error::{Error, ErrorKind, Result};
use crate::metrics::{self, EpochRow};
use crate::model::direct;
use crate::model::read::{read_all, read_list};
use crate::platform;
use crate::protocol::{
    Command, EpochReport, EvaluatedSplit, Evaluation, Event, Progress, Reason, RunSettings,
};
use crate::rng::{self, Purpose};
use crate::train::clock::Clock;
use crate::train::eval::Evaluator;
use crate::train::generated;
use crate::train::loader::DataLoader;
use crate::train::schedule::learning_rate;
use crate::train::step::{StepStats, TrainState};
use crate::train::teacher::Teacher;
use crate::train::workers::{self, WorkerPool};
use crate::weights::{self, Weights};
use crate::words::{counted, plural};

/// A training run.
///
/// [`Session::step`] does one small piece of work and returns the resulting events. Between any two
/// steps the run can be paused, stopped, saved, or asked for its weights.
#[derive(Debug)]
pub struct Session {
    model: ModelConfig,
    train: TrainConfig,
    datasets: TrainTest,
    data_fingerprint: DataFingerprint,
    split: Split,
    device: Device,
    train_state: TrainState,
    loader: DataLoader,
    pool: Option<Arc<dyn WorkerPool>>,
    teacher: Option<Teacher>,
    /// That of the teacher that the run began with, where it has one.
    teacher_fingerprint: Option<u64>,
    best: Option<Tensor<1>>,
    validation: Option<Evaluation>,
    history: Vec<EpochRow>,
    phase: Phase,
    paused: bool,
    single_steps: usize,
    epoch: usize,
    step: usize,
    order: Vec<usize>,
    unread: Vec<StepStats>,
    loss_sum: f64,
    correct: f64,
    overflowed: bool,
    clock: Clock,
}

/// What the next step does.
#[derive(Debug)]
enum Phase {
    Training,
    Validating(Box<Evaluator>),
    Testing(Box<Evaluator>),
    Finished,
}

impl Session {
    /// A fresh run.
    ///
    /// # Errors
    /// If a setting is impossible, the data has no labels or does not fit the model, or there are
    /// too few images to fill one batch and validate.
    pub fn new(
        model: ModelConfig,
        train: TrainConfig,
        datasets: TrainTest,
        device: &Device,
    ) -> Result<Self> {
        weights::validate(&model)?;
        let weights = Weights::init(&model, train.seed);
        Self::start(weights, train, datasets, device)
    }

    /// A fresh run that starts from given weights.
    ///
    /// # Errors
    /// Like [`Session::new`].
    pub fn start(
        weights: Weights,
        train: TrainConfig,
        datasets: TrainTest,
        device: &Device,
    ) -> Result<Self> {
        weights.check()?;
        train.validate()?;
        let model = weights.config.clone();
        check_fit(&model, &datasets)?;
        let mut split = train.split(&datasets.train, datasets.test.is_some());
        if split.train.is_empty() || split.validation.is_empty() {
            let images = datasets.train.len();
            let too_few = plural(images, "image is", "images are");
            return Err(Error::data(format!(
                "{images} {too_few} too few to train on and to validate"
            ))
            .setting("validation_fraction")
            .help("Add more images, or choose another validation fraction"));
        }
        let data_fingerprint = DataFingerprint {
            fingerprint: datasets.train.fingerprint(),
            images: datasets.train.len(),
            side: datasets.train.side(),
            classes: model.classes,
            class_names: datasets.train.class_names().to_vec(),
            test: datasets.test.as_ref().map(Dataset::fingerprint),
        };
        let datasets = generated::add(datasets, model.classes, &train, &mut split)?;
        let train_state = TrainState::new(&weights, &train, device)?;
        let mut session = Self {
            loader: DataLoader::new(&datasets.train, &train, train_state.kernels, device),
            train_state,
            pool: None,
            teacher: None,
            teacher_fingerprint: None,
            device: device.clone().without_autodiff(),
            order: epoch_order(&split.train, train.seed, 0),
            model,
            train,
            datasets,
            data_fingerprint,
            split,
            best: None,
            validation: None,
            history: Vec::new(),
            phase: Phase::Training,
            paused: false,
            single_steps: 0,
            epoch: 0,
            step: 0,
            unread: Vec::new(),
            loss_sum: 0.0,
            correct: 0.0,
            overflowed: false,
            clock: Clock::default(),
        };
        session.train.batch_size = session.train.batch_size.min(session.split.train.len());
        Ok(session)
    }

    /// Resumes the run of a checkpoint. On the CPU the result equals, bit for bit, that of a run
    /// that never stopped.
    ///
    /// # Errors
    /// If `datasets` is not the data that the run started with, or the checkpoint does not fit.
    pub fn resume(checkpoint: Checkpoint, datasets: TrainTest, device: &Device) -> Result<Self> {
        let Checkpoint { state, weights, first_moment, second_moment, average, best } = checkpoint;
        let weights = Weights { config: state.model, flat: weights };
        let datasets = named_as(datasets, &state.data)?;
        let mut session = Self::start(weights, state.train, datasets, device)?;
        check_fingerprint(&session.data_fingerprint, &state.data)?;
        if state.step > session.steps_per_epoch() {
            return Err(Error::weights("the checkpoint stands behind the end of its epoch"));
        }
        let flat = |values: Vec<f32>| Tensor::from_data(values.as_slice(), &session.device);
        session.train_state.adam.first_moment = flat(first_moment);
        session.train_state.adam.second_moment = flat(second_moment);
        session.train_state.average = average.map(flat);
        session.best = best.map(flat);
        session.train_state.loss_scale = state.loss_scale;
        session.history = state.history;
        session.loss_sum = state.loss_sum;
        session.correct = state.correct;
        session.overflowed = state.overflowed;
        session.clock.total = state.seconds;
        session.teacher_fingerprint = state.teacher;
        session.epoch = state.epoch;
        session.step = state.step;
        session.train_state.adam.steps = session.steps_done();
        if session.has_trained() {
            session.begin_test();
        } else {
            session.order =
                epoch_order(&session.split.train, session.train.seed, state.epoch as u64);
            session.begin_validation_when_due();
        }
        Ok(session)
    }

    /// Has the model learn from a teacher, as the recipe's [`distillation`](TrainConfig::distillation) says: before the
    /// first step of a run, and again where it is resumed.
    ///
    /// # Errors
    /// Where the recipe has no distillation, the model cannot learn from the teacher, or the run began with another one.
    pub fn learn_from(&mut self, teacher: &Weights) -> Result<()> {
        let Some(settings) = self.train.distillation else {
            return Err(Error::config("the recipe says nothing of a teacher")
                .setting("distillation")
                .help("Set the recipe's distillation, or leave the teacher out"));
        };
        let images = self.datasets.train.len();
        let teacher = Teacher::new(teacher, &self.model, settings, images, &self.device)?;
        if self.teacher_fingerprint.is_some_and(|known| known != teacher.fingerprint()) {
            return Err(Error::config("this run began with another teacher")
                .help("Resume with the teacher's file that the run began with"));
        }
        self.teacher_fingerprint = Some(teacher.fingerprint());
        self.teacher = Some(teacher);
        Ok(())
    }

    /// Shares the steps and evaluations from here on with `pool`.
    ///
    /// # Errors
    /// If the workers do not accept the settings.
    pub fn share(&mut self, pool: Arc<dyn WorkerPool>) -> Result<()> {
        let (model, train) = (self.model.clone(), self.train.clone());
        pool.configure(&RunSettings { model, train })?;
        if let Phase::Validating(evaluator) | Phase::Testing(evaluator) = &mut self.phase {
            evaluator.share(pool.clone());
        }
        self.pool = Some(pool);
        Ok(())
    }

    /// The class names; empty if the classes are plain numbers.
    pub fn class_names(&self) -> Vec<String> {
        names::all(self.datasets.train.class_names(), self.model.classes)
    }

    /// Takes a command, which applies from the next [`Session::step`] on.
    pub fn command(&mut self, command: Command) -> Vec<Event> {
        match command {
            Command::Pause if !self.paused => {
                self.paused = true;
                vec![Event::Paused]
            }
            Command::Resume if self.paused => {
                self.paused = false;
                vec![Event::Resumed]
            }
            Command::StepOnce if self.paused => {
                self.single_steps += 1;
                Vec::new()
            }
            Command::Stop if !self.is_finished() => {
                self.phase = Phase::Finished;
                vec![Event::Finished { reason: Reason::Stopped }]
            }
            _ => Vec::new(),
        }
    }

    /// Whether the run has ended.
    pub fn is_finished(&self) -> bool {
        matches!(self.phase, Phase::Finished)
    }

    /// Does one small piece of work: a training step or an evaluation batch. Does nothing while
    /// paused or finished.
    ///
    /// # Errors
    /// If the device fails or the loss is no longer a number. The last checkpoint is still good.
    pub async fn step(&mut self) -> Result<Vec<Event>> {
        if self.is_finished() || (self.paused && self.single_steps == 0) {
            return Ok(Vec::new());
        }
        self.single_steps = self.single_steps.saturating_sub(1);
        let start = platform::now();
        let events = match &mut self.phase {
            Phase::Training => self.train_step().await?,
            Phase::Validating(evaluator) => {
                evaluator.step(&self.datasets.train).await?;
                self.after_validation_batch(platform::now() - start)?
            }
            Phase::Testing(evaluator) => {
                let data = self.datasets.test.as_ref().unwrap_or(&self.datasets.train);
                evaluator.step(data).await?;
                self.after_test_batch()
            }
            Phase::Finished => Vec::new(),
        };
        self.clock.total += platform::now() - start;
        Ok(events)
    }

    async fn train_step(&mut self) -> Result<Vec<Event>> {
        let start = platform::now();
        let rate = self.rate_of(self.steps_done());
        let parts = workers::micro_batch_count(&self.model, self.batch().len());
        let stats = match self.pool.clone() {
            // Workers know no teacher.
            Some(pool) if parts > 1 && self.train.distillation.is_none() => {
                self.train_with_workers(&*pool, parts, rate).await?
            }
            _ => self.train_on_batch(rate).await?,
        };
        self.unread.push(stats);
        self.step += 1;
        // Based on the step count, so that pauses and checkpoints do not shift later reads.
        let due =
            self.step.is_multiple_of(self.train.read_every) || self.step == self.steps_per_epoch();
        let figures = if due || self.paused { Some(self.read_unread().await?) } else { None };
        if due {
            self.train_state.adapt_loss_scale(std::mem::take(&mut self.overflowed));
        }
        self.clock.trained(platform::now() - start, self.train.batch_size);
        self.begin_validation_when_due();
        Ok(figures
            .map(|figures| Event::Progress(self.progress(figures, rate)))
            .into_iter()
            .collect())
    }

    /// The number of images of some steps of this epoch that belong to a class.
    fn classed(&self, steps: Range<usize>) -> usize {
        let size = self.train.batch_size;
        let images = &self.order[steps.start * size..steps.end * size];
        let labels = self.datasets.train.labels().unwrap_or_default();
        let classed = |&&image: &&usize| labels.get(image) != Some(&NO_CLASS);
        // In data of 256 classes the last one has that label.
        if self.train.not_digits == 0 {
            images.len()
        } else {
            images.iter().filter(classed).count()
        }
    }

    /// The images of this step.
    fn batch(&self) -> &[usize] {
        let size = self.train.batch_size;
        &self.order[self.step * size..(self.step + 1) * size]
    }

    async fn train_on_batch(&mut self, rate: f64) -> Result<StepStats> {
        let indices = self.batch().to_vec();
        let images = self.loader.batch(&self.datasets.train, &indices, self.epoch);
        let augmented = !self.train.augment_of(self.epoch).is_identity();
        let teacher = match (self.train.distillation, &mut self.teacher) {
            (None, _) => None,
            (Some(_), Some(teacher)) if augmented => Some(teacher.of_images(images.clone()).await?),
            (Some(_), Some(teacher)) => Some(teacher.of_data(images.clone(), &indices).await?),
            (Some(_), None) => return Err(no_teacher()),
        };
        let labels = batch::labels(&self.datasets.train, self.batch());
        let moment = [self.epoch as u64, self.step as u64];
        let dropout = rng::derive(self.train.seed, Purpose::Dropout, &moment);
        let teacher = teacher.as_ref();
        self.train_state.step_with_teacher(images, &labels, teacher, rate, dropout)
    }

    /// [`Self::train_on_batch`] with the help of the worker pool.
    async fn train_with_workers(
        &mut self,
        pool: &dyn WorkerPool,
        parts: usize,
        rate: f64,
    ) -> Result<StepStats> {
        let data = &self.datasets.train;
        let parts = workers::micro_batches(data, self.batch(), parts, self.epoch, self.step);
        let read = Transaction::default().register(self.train_state.weights.clone());
        let [weights] = read_all(read).await?;
        let found = pool.gradients(&weights, &parts).await?;
        let (gradient, values) = workers::combine(&parts, &found, weights.len())?;
        let gradient = Tensor::from_data(gradient.as_slice(), &self.device);
        let values = Tensor::from_data(values.as_slice(), &self.device);
        Ok(self.train_state.step_along(gradient, values, rate))
    }

    /// Reads loss and accuracy of the steps since the last read: their means.
    async fn read_unread(&mut self) -> Result<(f64, f64)> {
        if self.unread.is_empty() {
            return Ok((0.0, 0.0));
        }
        let steps = self.unread.len() as f64;
        let (stats, finite): (Vec<_>, Vec<_>) =
            self.unread.drain(..).map(|stats| (stats.values, stats.finite)).unzip();
        let mut read = Transaction::default().register(direct::cat(stats, 0));
        let finite: Vec<_> = finite.into_iter().flatten().collect();
        if !finite.is_empty() {
            read = read.register(direct::cat(finite, 0));
        }
        let values = read_list(read).await?;
        let (mut loss, mut correct) = (0.0, 0.0);
        for step in values[0].chunks_exact(2) {
            loss += f64::from(step[0]);
            correct += f64::from(step[1]);
        }
        self.overflowed |= values[1..].iter().flatten().any(|&finite| finite == 0.0);
        if !loss.is_finite() {
            return Err(self.diverged());
        }
        self.loss_sum += loss;
        self.correct += correct;
        let known = self.classed(self.step - steps as usize..self.step);
        Ok((loss / steps, correct / known.max(1) as f64))
    }

    fn progress(&mut self, (loss, accuracy): (f64, f64), learning_rate: f64) -> Progress {
        let (seconds, images) = std::mem::take(&mut self.clock.window);
        let steps_per_epoch = self.steps_per_epoch();
        let steps_left = steps_per_epoch * (self.train.epochs - self.epoch) - self.step;
        let validations_left = (self.train.epochs - self.epoch) as f64;
        Progress {
            epoch: self.epoch + 1,
            epochs: self.train.epochs,
            step: self.step,
            steps_per_epoch,
            loss,
            accuracy,
            learning_rate,
            images_per_second: images as f64 / seconds.max(1e-9),
            seconds_left: steps_left as f64 * self.clock.step
                + validations_left * self.clock.validation.1,
        }
    }

    fn begin_validation_when_due(&mut self) {
        if self.step == self.steps_per_epoch() {
            self.clock.validation.0 = 0.0;
            let (weights, indices) =
                (self.train_state.kept_weights(), self.split.validation.clone());
            self.phase = Phase::Validating(Box::new(self.evaluator(weights, indices)));
        }
    }

    fn after_validation_batch(&mut self, seconds: f64) -> Result<Vec<Event>> {
        self.clock.validation.0 += seconds;
        let (done, total) = self.evaluated();
        let mut events = vec![Event::Evaluating { part: EvaluatedSplit::Validation, done, total }];
        if done == total
            && let Phase::Validating(evaluator) =
                std::mem::replace(&mut self.phase, Phase::Training)
        {
            let validation = evaluator.finish();
            if !validation.loss.is_finite() {
                return Err(self.diverged());
            }
            events.push(Event::Epoch(self.end_epoch(&validation)));
            self.validation = Some(validation);
            self.begin_epoch();
        }
        Ok(events)
    }

    fn diverged(&self) -> Error {
        Error::new(ErrorKind::Diverged, format!("the loss became NaN in epoch {}", self.epoch + 1))
            .help("Start a new run with a lower learning rate; this run's best weights are kept")
    }

    fn end_epoch(&mut self, validation: &Evaluation) -> EpochReport {
        let steps = self.steps_per_epoch();
        let images = self.classed(0..steps).max(1) as f64;
        let (seconds, trained) = std::mem::take(&mut self.clock.training);
        self.clock.validation.1 = self.clock.validation.0;
        let last_rate = self.rate_of(self.steps_done() - 1);
        let row = EpochRow {
            epoch: self.epoch as u32 + 1,
            step: self.steps_done(),
            train_loss: (self.loss_sum / steps as f64) as f32,
            train_accuracy: (self.correct / images) as f32,
            validation_loss: Some(validation.loss as f32),
            validation_accuracy: Some(validation.accuracy as f32),
            learning_rate: last_rate as f32,
            images_per_second: (trained as f64 / seconds.max(1e-9)) as f32,
            seconds: (self.clock.total + self.clock.validation.0) as f32,
        };
        self.history.push(row.clone());
        let best = self.best_epoch() == self.epoch + 1;
        if best {
            self.best = Some(self.train_state.kept_weights());
        }
        EpochReport { row, best }
    }

    fn begin_epoch(&mut self) {
        self.epoch += 1;
        (self.step, self.loss_sum, self.correct) = (0, 0.0, 0.0);
        if self.has_trained() {
            self.begin_test();
        } else {
            self.order = epoch_order(&self.split.train, self.train.seed, self.epoch as u64);
        }
    }

    fn begin_test(&mut self) {
        let indices = match &self.datasets.test {
            Some(test) if test.labels().is_some() => (0..test.len()).collect(),
            Some(_) => Vec::new(),
            None => self.split.test.clone(),
        };
        self.phase = Phase::Testing(Box::new(self.evaluator(self.best_weights(), indices)));
    }

    /// An evaluation of the images at `indices`, shared with the worker pool if there is one.
    pub fn evaluator(&self, weights: Tensor<1>, indices: Vec<usize>) -> Evaluator {
        let mut evaluator = Evaluator::of(&self.model, weights, indices);
        if let Some(pool) = &self.pool {
            evaluator.share(pool.clone());
        }
        evaluator
    }

    fn after_test_batch(&mut self) -> Vec<Event> {
        let (done, total) = self.evaluated();
        let mut events = vec![Event::Evaluating { part: EvaluatedSplit::Test, done, total }];
        if done == total
            && let Phase::Testing(evaluator) = std::mem::replace(&mut self.phase, Phase::Finished)
        {
            events.extend((total > 0).then(|| Event::Tested(evaluator.finish())));
            let completed = self.epoch == self.train.epochs;
            let reason = if completed { Reason::Completed } else { Reason::EarlyStop };
            events.push(Event::Finished { reason });
        }
        events
    }

    fn evaluated(&self) -> (usize, usize) {
        match &self.phase {
            Phase::Validating(evaluator) | Phase::Testing(evaluator) => evaluator.progress(),
            Phase::Training | Phase::Finished => (0, 0),
        }
    }

    /// Whether all epochs are done, or the accuracy has not risen for `patience` epochs.
    pub fn has_trained(&self) -> bool {
        let patience = self.train.patience;
        self.epoch >= self.train.epochs
            || (patience > 0 && self.epoch >= self.best_epoch() + patience)
    }

    /// Steps taken since the start of the run.
    fn steps_done(&self) -> u64 {
        (self.epoch * self.steps_per_epoch() + self.step) as u64
    }

    /// The learning rate of step `step`, counted from 0 over the whole run.
    fn rate_of(&self, step: u64) -> f64 {
        learning_rate(&self.train, step, self.steps_per_epoch() as u64)
    }

    /// Steps of an epoch. Images that do not fill a last batch are left out; the next epoch is
    /// shuffled again.
    pub fn steps_per_epoch(&self) -> usize {
        self.split.train.len() / self.train.batch_size
    }

    /// Whether an epoch is over and being validated.
    pub fn is_validating(&self) -> bool {
        matches!(self.phase, Phase::Validating(_))
    }

    /// Images trained on since the start of the run, repetitions counted.
    pub fn images_trained(&self) -> u64 {
        self.steps_done() * self.train.batch_size as u64
    }

    /// The model's settings.
    pub fn model(&self) -> &ModelConfig {
        &self.model
    }

    /// The recipe.
    pub fn recipe(&self) -> &TrainConfig {
        &self.train
    }

    /// The indices of each split. Test images are a separate set if a test file was given.
    pub fn split(&self) -> &Split {
        &self.split
    }

    /// The images of the run.
    pub fn datasets(&self) -> &TrainTest {
        &self.datasets
    }

    /// The epochs so far.
    pub fn history(&self) -> &[EpochRow] {
        &self.history
    }

    /// The last validation results, image by image in the order of the split; `None` before the
    /// first.
    pub fn validation(&self) -> Option<&Evaluation> {
        self.validation.as_ref()
    }

    /// The best epoch, counted from 1; 0 before the first has ended.
    pub fn best_epoch(&self) -> usize {
        metrics::best_epoch(&self.history).map_or(0, |row| row.epoch as usize)
    }

    /// The weights of the best epoch on the device, `[parameters]`; the current ones before the
    /// first epoch has ended.
    pub fn best_weights(&self) -> Tensor<1> {
        self.best.clone().unwrap_or_else(|| self.train_state.kept_weights())
    }

    /// The current weights on the device, `[parameters]`.
    pub fn current_weights(&self) -> Tensor<1> {
        self.train_state.kept_weights()
    }

    /// The weights of the best epoch.
    ///
    /// # Errors
    /// If the device fails.
    pub async fn weights(&self) -> Result<Weights> {
        self.read_weights(self.best_weights()).await
    }

    /// The current weights.
    ///
    /// # Errors
    /// If the device fails.
    pub async fn current(&self) -> Result<Weights> {
        self.read_weights(self.current_weights()).await
    }

    async fn read_weights(&self, flat: Tensor<1>) -> Result<Weights> {
        let [flat] = read_all(Transaction::default().register(flat)).await?;
        Ok(Weights { config: self.model.clone(), flat })
    }

    /// The whole run as a checkpoint.
    ///
    /// # Errors
    /// If the device fails, or a weight is not a number.
    pub async fn checkpoint(&mut self) -> Result<Checkpoint> {
        self.read_unread().await?;
        let adam = &self.train_state.adam;
        let read = Transaction::default()
            .register(self.train_state.weights.clone())
            .register(adam.first_moment.clone())
            .register(adam.second_moment.clone())
            .register(self.train_state.kept_weights())
            .register(self.best_weights());
        let state = CheckpointState {
            version: VERSION,
            model: self.model.clone(),
            train: self.train.clone(),
            data: self.data_fingerprint.clone(),
            epoch: self.epoch,
            step: self.step,
            loss_scale: self.train_state.loss_scale,
            loss_sum: self.loss_sum,
            correct: self.correct,
            overflowed: self.overflowed,
            history: self.history.clone(),
            seconds: self.clock.total,
            teacher: self.teacher_fingerprint,
        };
        let arrays: [Vec<f32>; 5] = read_all(read).await?;
        // A loss may still be a number when the update after it was not. Such a checkpoint could
        // not be resumed, and would replace a good one.
        if arrays.iter().flatten().any(|value| !value.is_finite()) {
            return Err(self.diverged());
        }
        let [weights, first_moment, second_moment, average, best] = arrays;
        Ok(Checkpoint {
            weights,
            first_moment,
            second_moment,
            average: self.train_state.average.is_some().then_some(average),
            best: self.best.is_some().then_some(best),
            state,
        })
    }
}

/// The data with their class names as in the run that started with `data_fingerprint`. Runs from before class names call
/// classes by number.
fn named_as(datasets: TrainTest, data_fingerprint: &DataFingerprint) -> Result<TrainTest> {
    let TrainTest { train, test } = datasets;
    if data_fingerprint.class_names.is_empty() {
        let nameless = |data: Dataset| data.with_class_names(Vec::new());
        return Ok(TrainTest { train: nameless(train)?, test: test.map(nameless).transpose()? });
    }
    let named = |data: Dataset| {
        data.aligned(&data_fingerprint.class_names, data_fingerprint.classes, "the run")
    };
    Ok(TrainTest { train: named(train)?, test: test.map(named).transpose()? })
}

/// Checks that the data of a run are those it started with.
fn check_fingerprint(here: &DataFingerprint, began: &DataFingerprint) -> Result<()> {
    if here == began {
        return Ok(());
    }
    let problem = if (here.fingerprint, here.side) == (began.fingerprint, began.side) {
        "this run began with another test set".into()
    } else {
        format!(
            "this run learned from other data ({} of {2}×{2}, here {1} of {3}×{3})",
            counted(began.images, "image"),
            counted(here.images, "image"),
            began.side,
            here.side
        )
    };
    Err(Error::data(problem).help("Resume with the files the run began with, or start a new run"))
}

/// The error of a run that learns from a teacher and has none.
fn no_teacher() -> Error {
    Error::config("this run learns from a teacher, and none was given")
        .help("Give the teacher's file: --teacher FILE")
}

/// Checks that the data fit the model.
fn check_fit(model: &ModelConfig, datasets: &TrainTest) -> Result<()> {
    if datasets.train.labels().is_none() {
        return Err(Error::data("the training images have no labels")
            .help("Training needs a file with a label for each image"));
    }
    for data in [Some(&datasets.train), datasets.test.as_ref()].into_iter().flatten() {
        if data.side() != model.image_size {
            return Err(Error::data(format!(
                "the images are {0}×{0}, but the model is for {1}×{1}",
                data.side(),
                model.image_size
            )));
        }
        if data.labels().is_some() && data.classes() > model.classes {
            return Err(Error::data(format!(
                "the labels go up to {}, but the model has {} classes",
                data.classes() - 1,
                model.classes
            ))
            .setting("classes"));
        }
    }
    Ok(())
}
