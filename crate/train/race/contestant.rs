//! One contestant of a race.

use burn::tensor::Device;

use crate::config::TrainConfig;
use crate::data::TrainTest;
use crate::error::{Error, ErrorKind, Result};
use crate::limits;
use crate::platform;
use crate::protocol::{
    Contestant, Evaluation, Event, RaceBudget, RaceEvent, RacePoint, RunSettings,
};
use crate::train::Session;
use crate::weights;

/// A contestant and how far it is.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) name: String,
    pub(super) settings: RunSettings,
    pub(super) session: Option<Session>,
    /// Seconds of its training steps.
    pub(super) seconds: f64,
    pub(super) points: Vec<RacePoint>,
    /// Whether it takes no more turns.
    pub(super) over: bool,
    /// Whether that is because it failed.
    pub(super) failed: bool,
}

impl Entry {
    pub(super) fn new(Contestant { name, settings }: Contestant) -> Self {
        Self {
            name,
            settings,
            session: None,
            seconds: 0.0,
            points: Vec::new(),
            over: false,
            failed: false,
        }
    }

    /// Gives it the seed and the split of another recipe, so that both train on the same images. A race ends with its budget,
    /// not by itself.
    pub(super) fn share_split(&mut self, with: &TrainConfig) {
        let train = &mut self.settings.train;
        train.seed = with.seed;
        train.validation_fraction = with.validation_fraction;
        train.test_fraction = with.test_fraction;
        train.patience = 0;
    }

    /// Starts its run.
    ///
    /// # Errors
    /// As for [`Session::new`].
    pub(super) fn begin(&mut self, datasets: &TrainTest, device: &Device) -> Result<()> {
        let RunSettings { model, train } = self.settings.clone();
        let named = |mut error: Error| {
            error.problem = format!("{}: {}", self.name, error.problem);
            error
        };
        let session = Session::new(model, train, datasets.clone(), device).map_err(named)?;
        self.settings.train = session.recipe().clone();
        self.session = Some(session);
        Ok(())
    }

    /// Starts its run from the beginning with as many epochs as `images` make, rounded up, so that its schedule ends just after
    /// its budget.
    ///
    /// # Errors
    /// As for [`Session::new`].
    pub(super) fn fit(&mut self, images: f64, datasets: &TrainTest, device: &Device) -> Result<()> {
        let train = &mut self.settings.train;
        let steps = self.session.as_ref().map_or(1, Session::steps_per_epoch).max(1);
        let epochs = (images / (steps * train.batch_size) as f64).ceil();
        train.epochs = epochs.clamp(limits::EPOCHS.low, limits::EPOCHS.high) as usize;
        train.warmup_epochs = train.warmup_epochs.min(train.epochs as f64);
        train.clean_epochs = train.clean_epochs.min(train.epochs);
        self.begin(datasets, device)
    }

    /// The event that it has begun; none where it has not.
    pub(super) fn began(&self, contestant: usize) -> Option<RaceEvent> {
        self.session.as_ref()?;
        let settings = Box::new(self.settings.clone());
        Some(RaceEvent::Began { contestant, settings, parameters: self.parameters() })
    }

    pub(super) fn parameters(&self) -> u64 {
        weights::parameters(&self.settings.model)
    }

    /// Does one piece of its work. Only training steps are timed.
    ///
    /// # Errors
    /// As for [`Session::step`].
    pub(super) async fn step(&mut self) -> Result<Vec<Event>> {
        let Some(session) = &mut self.session else { return Ok(Vec::new()) };
        let before = session.images_trained();
        let start = platform::now();
        let events = session.step().await?;
        if session.images_trained() > before {
            self.seconds += platform::now() - start;
        }
        Ok(events)
    }

    /// Images that it has trained on, repetitions counted.
    pub(super) fn images(&self) -> u64 {
        self.session.as_ref().map_or(0, Session::images_trained)
    }

    /// The share of its budget that it has used.
    pub(super) fn share(&self, budget: &RaceBudget) -> f64 {
        budget.share(self.seconds, self.images())
    }

    /// Seconds that its whole budget takes; `None` before its first step.
    pub(super) fn seconds_in_all(&self, budget: &RaceBudget) -> Option<f64> {
        match *budget {
            RaceBudget::Seconds { seconds } => Some(seconds),
            RaceBudget::Images { .. } => {
                let share = self.share(budget);
                (share > 0.0).then(|| self.seconds / share)
            }
        }
    }

    /// Whether it has used its budget, or all its epochs are done. An epoch that is being validated ends first.
    pub(super) fn has_ended(&self, budget: &RaceBudget) -> bool {
        self.session.as_ref().is_none_or(|session| {
            session.has_trained() || (self.share(budget) >= 1.0 && !session.is_validating())
        })
    }

    /// A measurement as a point of the chart.
    pub(super) fn point(
        &self,
        contestant: usize,
        evaluation: &Evaluation,
        measured: usize,
    ) -> RacePoint {
        RacePoint {
            contestant,
            seconds: self.seconds,
            images: self.images(),
            loss: evaluation.loss,
            accuracy: evaluation.accuracy,
            measured,
        }
    }

    /// The error of a contestant whose validation loss is no number.
    pub(super) fn diverged(&self) -> Error {
        Error::new(ErrorKind::Diverged, format!("{}: the loss became NaN", self.name))
            .help("Race it with a lower learning rate")
    }
}
