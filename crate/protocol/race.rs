//! The input and output of a race: several runs on the same data that train in turns.

use serde::{Deserialize, Serialize};

use super::{EpochReport, Reason, RunSettings};
use crate::error::{Error, Result};
use crate::words::plural;

/// How many runs race.
pub const CONTESTANTS: std::ops::RangeInclusive<usize> = 2..=4;

/// The most seconds of a budget: a day.
const MOST_SECONDS: f64 = 86_400.0;
/// The most images of a budget.
const MOST_IMAGES: u64 = 1_000_000_000;

/// One of the runs of a race.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Contestant {
    /// Its name for people.
    pub name: String,
    /// Its settings. The race chooses the number of epochs, so that the schedule of the learning rate fits the budget, and
    /// gives all contestants the seed and the split of the first.
    pub settings: RunSettings,
}

/// What each contestant may use for training; validation is not counted.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(tag = "type", rename_all = "kebab-case")]
pub enum RaceBudget {
    /// Time.
    Seconds {
        /// In seconds.
        seconds: f64,
    },
    /// Training images, repetitions counted.
    Images {
        /// Their number.
        images: u64,
    },
}

impl RaceBudget {
    /// Checks the budget.
    ///
    /// # Errors
    /// If it is nothing, or more than a race can last.
    pub fn validate(&self) -> Result<()> {
        let (possible, what) = match *self {
            Self::Seconds { seconds } => (
                seconds > 0.0 && seconds <= MOST_SECONDS,
                format!("{seconds} seconds for each contestant"),
            ),
            Self::Images { images } => (
                (1..=MOST_IMAGES).contains(&images),
                format!(
                    "{images} {} for each contestant",
                    plural(images as usize, "image", "images")
                ),
            ),
        };
        if possible {
            return Ok(());
        }
        Err(Error::config(format!("a race cannot last {what}"))
            .help(format!("Choose up to {MOST_SECONDS} seconds, or 1 to {MOST_IMAGES} images")))
    }

    /// The share of the budget that a contestant has used.
    pub fn share(&self, seconds: f64, images: u64) -> f64 {
        match *self {
            Self::Seconds { seconds: all } => seconds / all,
            Self::Images { images: all } => images as f64 / all as f64,
        }
    }
}

/// The accuracy of a contestant on validation images at one moment of its training.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct RacePoint {
    /// The contestant, counted from 0.
    pub contestant: usize,
    /// Seconds that it has trained.
    pub seconds: f64,
    /// Images that it has trained on, repetitions counted.
    pub images: u64,
    /// Mean cross-entropy on the validation images.
    pub loss: f64,
    /// Share of the validation images classified correctly.
    pub accuracy: f64,
    /// The number of validation images that were used: a sample of them until the contestant's end, then all.
    pub measured: usize,
}

/// An event of a race.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(tag = "type", rename_all = "kebab-case")]
#[non_exhaustive]
pub enum RaceEvent {
    /// A few steps of a contestant are timed on a run that is thrown away, to choose its number of epochs.
    Timing {
        /// The contestant, counted from 0.
        contestant: usize,
    },
    /// A contestant has begun.
    Began {
        /// The contestant, counted from 0.
        contestant: usize,
        /// The settings of its run: a run with these alone gives the same weights.
        settings: Box<RunSettings>,
        /// Parameters of its model.
        parameters: u64,
    },
    /// Where a contestant stands.
    Progress {
        /// The contestant, counted from 0.
        contestant: usize,
        /// Seconds that it has trained.
        seconds: f64,
        /// Images that it has trained on, repetitions counted.
        images: u64,
        /// The share of its budget that it has used.
        share: f64,
        /// Mean training loss since its last report.
        loss: f64,
        /// Seconds until the race ends, measuring included; an estimate.
        seconds_left: f64,
    },
    /// An epoch of a contestant has ended and was validated.
    Epoch {
        /// The contestant, counted from 0.
        contestant: usize,
        /// The figures.
        report: EpochReport,
    },
    /// A contestant's turn has ended, and its accuracy was measured.
    Measured(RacePoint),
    /// A contestant has used its budget, or failed.
    Ended {
        /// The contestant, counted from 0.
        contestant: usize,
        /// Why it failed; the others go on.
        error: Option<Error>,
    },
    /// Nothing happens until [`Command::Resume`](super::Command::Resume).
    Paused,
    /// The race continues.
    Resumed,
    /// The race has ended.
    Finished {
        /// Why.
        reason: Reason,
        /// The contestants with a result, the most accurate first.
        ranking: Vec<usize>,
    },
}
