//! A run of a case, step by step.

use burn::tensor::Device;
use patchwork::data::Dataset;
use patchwork::protocol::{Evaluation, Event};
use patchwork::train::Session;

use super::cases::{Case, Source};
use crate::record::{Outcome, Test};
use crate::workers::LocalPool;

/// A run in progress.
pub struct Run {
    session: Session,
    test: Dataset,
    steps: usize,
    losses: Vec<f64>,
}

impl Run {
    pub fn new(case: &Case, source: Source) -> Self {
        let datasets = source.datasets(case.train.seed);
        let test = datasets.test.clone().expect("a test set");
        let (model, train) = (case.model.clone(), case.train.clone());
        let session = Session::new(model, train, datasets, &Device::flex()).expect("a session");
        Self { session, test, steps: 0, losses: Vec::new() }
    }

    /// A run on built-in digits, shared by this many workers.
    pub fn shared(case: &Case, workers: usize) -> Self {
        let mut run = Self::new(case, Source::Builtin);
        run.session.share(LocalPool::new(workers)).expect("the settings are taken");
        run
    }

    /// Trains up to this total number of steps; returns the outcome.
    pub fn after(&mut self, steps: usize) -> Outcome {
        while self.steps < steps {
            assert!(!self.session.is_finished(), "the run is shorter than {steps} steps");
            let events = pollster::block_on(self.session.step()).expect("a step");
            self.steps += usize::from(!events.iter().any(is_evaluation));
            self.losses.extend(events.iter().filter_map(loss));
        }
        let test = Test::of(&self.evaluate());
        Outcome::of(&mut self.session, self.losses.clone(), Some(test))
    }

    /// Evaluates on held-out images the weights that would be kept now.
    fn evaluate(&self) -> Evaluation {
        let all = (0..self.test.len()).collect();
        let evaluator = self.session.evaluator(self.session.current_weights(), all);
        pollster::block_on(evaluator.run(&self.test, |_, _| ())).expect("an evaluation")
    }
}

fn is_evaluation(event: &Event) -> bool {
    matches!(event, Event::Evaluating { .. })
}

fn loss(event: &Event) -> Option<f64> {
    match event {
        Event::Progress(progress) => Some(progress.loss),
        _ => None,
    }
}
