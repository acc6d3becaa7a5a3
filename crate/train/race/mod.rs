//! A race: two to four runs on the same data that train in turns, each until it has used the same budget.
//!
//! Turns share one device fairly: the next one goes to the contestant that has used the smallest share of its budget. After
//! each turn the contestant's accuracy is measured on the same validation images; neither that nor the validation of its
//! epochs counts as training. The test images are not used.
//!
//! A contestant's run is that of a [`Session`] alone: it never knows of the others.

mod contestant;
mod timing;

use std::sync::Arc;

use burn::tensor::Device;

use crate::data::TrainTest;
use crate::error::{Error, ErrorKind, Result};
use crate::platform;
use crate::protocol::{
    CONTESTANTS, Command, Contestant, Event, RaceBudget, RaceEvent, RacePoint, Reason, RunSettings,
};
use crate::train::Session;
use crate::train::eval::Evaluator;
use crate::train::workers::WorkerPool;
use contestant::Entry;
use timing::Timing;

/// Turns in which a contestant uses its budget.
const TURNS: f64 = 40.0;
/// Validation images of the measurements between turns.
const SAMPLE: usize = 1000;

/// A race. Like a [`Session`] it advances in small steps, between which it can be paused or stopped.
#[derive(Debug)]
pub struct Race {
    budget: RaceBudget,
    entries: Vec<Entry>,
    datasets: TrainTest,
    device: Device,
    pool: Option<Arc<dyn WorkerPool>>,
    phase: Phase,
    /// The contestant whose turn it is.
    turn: usize,
    /// The share of its budget at which its turn ends.
    until: f64,
    paused: bool,
    /// Seconds of all work since the contestants began.
    worked: f64,
}

/// What the next step does.
#[derive(Debug)]
enum Phase {
    /// Times the contestant of this number.
    Timing(usize, Option<Box<Timing>>),
    Training,
    Measuring(Box<Evaluator>),
    Finished,
}

impl Race {
    /// A race of these contestants.
    ///
    /// # Errors
    /// If there are too few or too many, the budget is impossible, or the settings or the data of one are.
    pub fn new(
        contestants: Vec<Contestant>,
        budget: RaceBudget,
        datasets: TrainTest,
        device: &Device,
    ) -> Result<Self> {
        if !CONTESTANTS.contains(&contestants.len()) {
            let (least, most) = (CONTESTANTS.start(), CONTESTANTS.end());
            return Err(Error::config(format!("{} cannot race", contestants.len()))
                .help(format!("Choose {least} to {most} contestants")));
        }
        budget.validate()?;
        let mut entries: Vec<Entry> = contestants.into_iter().map(Entry::new).collect();
        let first = entries[0].settings.train.clone();
        for entry in &mut entries {
            entry.share_split(&first);
            // What is impossible is found before anything has trained.
            entry.begin(&datasets, device)?;
            if let RaceBudget::Images { images } = budget {
                entry.fit(images as f64, &datasets, device)?;
            }
        }
        let phase = match budget {
            RaceBudget::Seconds { .. } => Phase::Timing(0, None),
            RaceBudget::Images { .. } => Phase::Training,
        };
        Ok(Self {
            budget,
            entries,
            datasets,
            device: device.clone(),
            pool: None,
            phase,
            turn: 0,
            until: 0.0,
            paused: false,
            worked: 0.0,
        })
    }

    /// Shares the steps and measurements from here on with `pool`.
    ///
    /// # Errors
    /// If the workers do not accept the settings.
    pub fn share(&mut self, pool: Arc<dyn WorkerPool>) -> Result<()> {
        self.pool = Some(pool);
        self.share_turn()
    }

    /// Gives the workers to the contestant whose turn it is.
    fn share_turn(&mut self) -> Result<()> {
        let session = self.entries[self.turn].session.as_mut();
        match (&self.pool, session) {
            (Some(pool), Some(session)) => session.share(pool.clone()),
            _ => Ok(()),
        }
    }

    /// Takes a command, which applies from the next [`Race::step`] on.
    pub fn command(&mut self, command: Command) -> Vec<RaceEvent> {
        match command {
            Command::Pause if !self.paused && !self.is_finished() => {
                self.paused = true;
                vec![RaceEvent::Paused]
            }
            Command::Resume if self.paused => {
                self.paused = false;
                vec![RaceEvent::Resumed]
            }
            Command::Stop if !self.is_finished() => vec![self.finish(Reason::Stopped)],
            _ => Vec::new(),
        }
    }

    /// Whether the race has ended.
    pub fn is_finished(&self) -> bool {
        matches!(self.phase, Phase::Finished)
    }

    /// The run of a contestant. It stays after the race.
    pub fn session(&self, contestant: usize) -> Option<&Session> {
        self.entries.get(contestant)?.session.as_ref()
    }

    /// The run of a contestant, for a checkpoint.
    pub fn session_mut(&mut self, contestant: usize) -> Option<&mut Session> {
        self.entries.get_mut(contestant)?.session.as_mut()
    }

    /// The contestants' names, in their order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.entries.iter().map(|entry| entry.name.as_str())
    }

    /// The measurements of a contestant so far.
    pub fn points(&self, contestant: usize) -> &[RacePoint] {
        self.entries.get(contestant).map_or(&[], |entry| &entry.points)
    }

    /// Does one small piece of work: a training step or an evaluation batch. Does nothing while paused or finished.
    ///
    /// # Errors
    /// If the device fails. A contestant that diverges leaves the race, which goes on.
    pub async fn step(&mut self) -> Result<Vec<RaceEvent>> {
        if self.paused {
            return Ok(Vec::new());
        }
        let start = platform::now();
        let events = match &self.phase {
            Phase::Timing(..) => return self.time().await,
            Phase::Training => self.train().await?,
            Phase::Measuring(_) => self.measure().await?,
            Phase::Finished => Vec::new(),
        };
        self.worked += platform::now() - start;
        Ok(events)
    }

    /// Times a step of the contestant that is being timed; after the last contestant they all begin.
    async fn time(&mut self) -> Result<Vec<RaceEvent>> {
        let (number, timing) = match std::mem::replace(&mut self.phase, Phase::Training) {
            Phase::Timing(number, timing) => (number, timing),
            other => {
                self.phase = other;
                return Ok(Vec::new());
            }
        };
        let settings = &self.entries[number].settings;
        let Some(mut timing) = timing else {
            let pool = self.pool.clone();
            let timing = Timing::new(settings, self.datasets.clone(), &self.device, pool)?;
            self.phase = Phase::Timing(number, Some(Box::new(timing)));
            return Ok(vec![RaceEvent::Timing { contestant: number }]);
        };
        let Some(speed) = timing.step().await? else {
            self.phase = Phase::Timing(number, Some(timing));
            return Ok(Vec::new());
        };
        if let RaceBudget::Seconds { seconds } = self.budget {
            self.entries[number].fit(seconds * speed, &self.datasets, &self.device)?;
        }
        if number + 1 < self.entries.len() {
            self.phase = Phase::Timing(number + 1, None);
        } else {
            self.share_turn()?;
        }
        Ok(Vec::new())
    }

    /// Takes a step of the contestant whose turn it is.
    async fn train(&mut self) -> Result<Vec<RaceEvent>> {
        let number = self.turn;
        if self.entries[number].points.is_empty() {
            return self.introduce();
        }
        let entry = &mut self.entries[number];
        let events = match entry.step().await {
            Ok(events) => events,
            Err(error) if error.kind == ErrorKind::Diverged => return self.end(Some(error)),
            Err(error) => return Err(error),
        };
        let read = events.iter().any(|event| matches!(event, Event::Progress(_)));
        let share = entry.share(&self.budget);
        let over = entry.has_ended(&self.budget);
        // A card may still be busy with steps that were not read: their time is the contestant's.
        if over || (read && share >= self.until) {
            self.begin_measuring(over)?;
        }
        Ok(events.into_iter().filter_map(|event| self.told(number, event)).collect())
    }

    /// Measures a contestant before its first step.
    fn introduce(&mut self) -> Result<Vec<RaceEvent>> {
        self.share_turn()?;
        let entry = &self.entries[self.turn];
        let began = entry.began(self.turn);
        self.begin_measuring(false)?;
        Ok(began.into_iter().collect())
    }

    /// An event of a contestant's run as one of the race.
    fn told(&self, contestant: usize, event: Event) -> Option<RaceEvent> {
        let entry = &self.entries[contestant];
        match event {
            Event::Epoch(report) => Some(RaceEvent::Epoch { contestant, report }),
            Event::Progress(progress) => Some(RaceEvent::Progress {
                contestant,
                seconds: entry.seconds,
                images: entry.images(),
                share: entry.share(&self.budget).min(1.0),
                loss: progress.loss,
                seconds_left: self.seconds_left(),
            }),
            _ => None,
        }
    }

    /// Seconds until the race ends, from what the contestants have done so far and how much of the time was training.
    fn seconds_left(&self) -> f64 {
        let trained: f64 = self.entries.iter().map(|entry| entry.seconds).sum();
        let known: Vec<f64> =
            self.entries.iter().filter_map(|entry| entry.seconds_in_all(&self.budget)).collect();
        let mean = known.iter().sum::<f64>() / known.len().max(1) as f64;
        let left = |entry: &Entry| match entry.over {
            true => 0.0,
            false => entry.seconds_in_all(&self.budget).unwrap_or(mean) - entry.seconds,
        };
        let left: f64 = self.entries.iter().map(|entry| left(entry).max(0.0)).sum();
        left * (self.worked / trained.max(1e-9)).clamp(1.0, 10.0)
    }

    /// Measures the contestant whose turn it is, on all validation images where it is `over`.
    fn begin_measuring(&mut self, over: bool) -> Result<()> {
        let entry = &mut self.entries[self.turn];
        entry.over = over;
        let Some(session) = &entry.session else { return Err(not_begun()) };
        let all = &session.split().validation;
        let stride = if over { 1 } else { all.len().div_ceil(SAMPLE) };
        let indices = all.iter().copied().step_by(stride).collect();
        let evaluator = session.evaluator(session.current_weights(), indices);
        self.phase = Phase::Measuring(Box::new(evaluator));
        Ok(())
    }

    async fn measure(&mut self) -> Result<Vec<RaceEvent>> {
        let Phase::Measuring(evaluator) = &mut self.phase else { return Ok(Vec::new()) };
        let entry = &mut self.entries[self.turn];
        let Some(session) = &entry.session else { return Err(not_begun()) };
        evaluator.step(&session.datasets().train).await?;
        let (done, measured) = evaluator.progress();
        if done < measured {
            return Ok(Vec::new());
        }
        let Phase::Measuring(evaluator) = std::mem::replace(&mut self.phase, Phase::Training)
        else {
            return Ok(Vec::new());
        };
        let point = entry.point(self.turn, &evaluator.finish(), measured);
        if !point.loss.is_finite() {
            let error = entry.diverged();
            return self.end(Some(error));
        }
        entry.points.push(point.clone());
        let over = entry.over;
        let mut events = vec![RaceEvent::Measured(point)];
        match over {
            true => events.extend(self.end(None)?),
            false => events.extend(self.next_turn()?),
        }
        Ok(events)
    }

    /// Ends the run of the contestant whose turn it is.
    fn end(&mut self, error: Option<Error>) -> Result<Vec<RaceEvent>> {
        let entry = &mut self.entries[self.turn];
        entry.over = true;
        entry.failed = error.is_some();
        self.phase = Phase::Training;
        let mut events = vec![RaceEvent::Ended { contestant: self.turn, error }];
        events.extend(self.next_turn()?);
        Ok(events)
    }

    /// Gives the turn to the contestant that has used the smallest share of its budget.
    fn next_turn(&mut self) -> Result<Option<RaceEvent>> {
        let share = |number: usize| self.entries[number].share(&self.budget);
        let racing = (0..self.entries.len()).filter(|&number| !self.entries[number].over);
        let Some(next) = racing.min_by(|&a, &b| share(a).total_cmp(&share(b))) else {
            return Ok(Some(self.finish(Reason::Completed)));
        };
        self.until = share(next) + TURNS.recip();
        if next != self.turn {
            self.turn = next;
            self.share_turn()?;
        }
        Ok(None)
    }

    fn finish(&mut self, reason: Reason) -> RaceEvent {
        self.phase = Phase::Finished;
        self.paused = false;
        RaceEvent::Finished { reason, ranking: self.ranking() }
    }

    /// The contestants that were measured and did not fail, the most accurate first; of equals, the one with fewer parameters.
    pub fn ranking(&self) -> Vec<usize> {
        let last = |number: usize| self.entries[number].points.last().map(|point| point.accuracy);
        let mut found: Vec<usize> = (0..self.entries.len())
            .filter(|&number| !self.entries[number].failed && last(number).is_some())
            .collect();
        found.sort_by(|&a, &b| {
            let parameters = |number: usize| self.entries[number].parameters();
            let accuracy = last(b).unwrap_or(0.0).total_cmp(&last(a).unwrap_or(0.0));
            accuracy.then(parameters(a).cmp(&parameters(b)))
        });
        found
    }

    /// The settings with which a contestant runs.
    pub fn settings(&self, contestant: usize) -> Option<&RunSettings> {
        self.entries.get(contestant).map(|entry| &entry.settings)
    }

    /// The parameters of a contestant's model.
    pub fn parameters(&self, contestant: usize) -> u64 {
        self.entries.get(contestant).map_or(0, Entry::parameters)
    }
}

/// The error of a contestant without a run, which cannot be.
fn not_begun() -> Error {
    Error::config("a contestant of the race has not begun")
}
