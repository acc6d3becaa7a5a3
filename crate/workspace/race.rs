//! A race on the prepared images.

use crate::error::{Error, Result};
use crate::protocol::{Command, Contestant, EpochDetail, RaceBudget, RaceEvent};
use crate::train::{Race, Session};
use crate::workspace::{WeightSet, Workspace, detail_of, weights_of};

impl Workspace {
    /// Starts a race on the prepared images. It takes the place of the run.
    ///
    /// # Errors
    /// If nothing is prepared, the settings or the budget are impossible, or the data does not fit a model.
    pub fn start_race(&mut self, contestants: Vec<Contestant>, budget: RaceBudget) -> Result<()> {
        let datasets = self.prepared()?.clone();
        let (validation, test) = self.fractions;
        let contestants = contestants.into_iter().map(|mut contestant| {
            let train = &mut contestant.settings.train;
            (train.validation_fraction, train.test_fraction) = (validation, test);
            contestant
        });
        let mut race = Race::new(contestants.collect(), budget, datasets, &self.device)?;
        self.reset();
        // The workers that share them are about to get another model.
        self.predicting = None;
        if let Some(pool) = &self.pool {
            race.share(pool.clone())?;
        }
        self.race = Some(race);
        Ok(())
    }

    /// Sends the race a command.
    pub fn command_race(&mut self, command: Command) -> Vec<RaceEvent> {
        self.race.as_mut().map_or_else(Vec::new, |race| race.command(command))
    }

    /// Does one small piece of work of the race.
    ///
    /// # Errors
    /// If the device fails.
    pub async fn step_race(&mut self) -> Result<Vec<RaceEvent>> {
        match &mut self.race {
            Some(race) => race.step().await,
            None => Ok(Vec::new()),
        }
    }

    /// The run of a contestant as checkpoint bytes.
    ///
    /// # Errors
    /// If there is no such contestant, the device fails, or a weight is not a number.
    pub async fn race_checkpoint(&mut self, contestant: usize) -> Result<Vec<u8>> {
        let session = self.race.as_mut().and_then(|race| race.session_mut(contestant));
        session.ok_or_else(no_contestant)?.checkpoint().await?.to_bytes()
    }

    /// The weights of a contestant as a safetensors file.
    ///
    /// # Errors
    /// If there is no such contestant, or the device fails.
    pub async fn race_weights(&self, contestant: usize, which: WeightSet) -> Result<Vec<u8>> {
        weights_of(self.contestant(contestant)?, which).await
    }

    /// The last validation results of a contestant's epochs; `None` before the first.
    ///
    /// # Errors
    /// If there is no such contestant.
    pub fn race_detail(&self, contestant: usize) -> Result<Option<EpochDetail>> {
        Ok(detail_of(self.contestant(contestant)?))
    }

    /// Discards the race.
    pub fn end_race(&mut self) {
        self.race = None;
    }

    fn contestant(&self, contestant: usize) -> Result<&Session> {
        self.race.as_ref().and_then(|race| race.session(contestant)).ok_or_else(no_contestant)
    }
}

fn no_contestant() -> Error {
    Error::config("there is no such contestant").help("Start a race")
}
