//! Times some steps of a run that is thrown away: how many epochs fit into seconds?

use std::sync::Arc;

use burn::tensor::Device;

use crate::config::TrainConfig;
use crate::data::TrainTest;
use crate::error::Result;
use crate::protocol::{Event, RunSettings};
use crate::train::Session;
use crate::train::workers::WorkerPool;

/// Steps between two reads, the first of which includes compiling kernels and starting workers.
const STEPS: usize = 5;

/// A run that is timed.
#[derive(Debug)]
pub(super) struct Timing {
    session: Session,
    /// Images per second at the last read.
    read: Option<f64>,
}

impl Timing {
    /// Times a run with these settings.
    ///
    /// # Errors
    /// As for [`Session::new`].
    pub(super) fn new(
        settings: &RunSettings,
        datasets: TrainTest,
        device: &Device,
        pool: Option<Arc<dyn WorkerPool>>,
    ) -> Result<Self> {
        let RunSettings { model, train } = settings.clone();
        let train = TrainConfig { read_every: STEPS, ..train };
        let mut session = Session::new(model, train, datasets, device)?;
        if let Some(pool) = pool {
            session.share(pool)?;
        }
        Ok(Self { session, read: None })
    }

    /// Takes a step; gives the images per second once known.
    ///
    /// # Errors
    /// As for [`Session::step`].
    pub(super) async fn step(&mut self) -> Result<Option<f64>> {
        for event in self.session.step().await? {
            let Event::Progress(progress) = event else { continue };
            if self.read.is_some() {
                return Ok(Some(progress.images_per_second));
            }
            self.read = Some(progress.images_per_second);
        }
        // A run may be shorter than two reads.
        Ok(self.read.filter(|_| self.session.has_trained()))
    }
}
