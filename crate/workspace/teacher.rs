//! The teacher of the run.

use burn::tensor::Tensor;

use crate::error::{Error, Result};
use crate::train::eval::Evaluator;
use crate::weights::Weights;
use crate::workspace::Workspace;

/// The most validation images by which a teacher is judged, since the run waits for it.
const JUDGED: usize = 1000;

impl Workspace {
    /// Has the run learn from a teacher, a safetensors file: before its first step, and again where it is resumed.
    ///
    /// # Errors
    /// If there is no run, the file is damaged, or the model cannot learn from the teacher.
    pub fn teach(&mut self, teacher: &[u8]) -> Result<()> {
        let (weights, card) = Weights::from_safetensors(teacher)?;
        let session = self.session.as_mut().ok_or_else(super::no_run)?;
        let (theirs, ours) = (&card.class_names, session.class_names());
        if !theirs.is_empty() && !ours.is_empty() && *theirs != ours {
            return Err(Error::config(format!(
                "the teacher's classes are {}, but those of the run {}",
                theirs.join(", "),
                ours.join(", ")
            ))
            .help("Choose a teacher of the same classes in the same order"));
        }
        session.learn_from(&weights)
    }

    /// The accuracy of a teacher, a safetensors file, on validation images of the run.
    ///
    /// # Errors
    /// If there is no run, the file is damaged, or the device fails.
    pub async fn judge_teacher(&self, teacher: &[u8]) -> Result<f64> {
        let (weights, _) = Weights::from_safetensors(teacher)?;
        let session = self.running()?;
        let all = &session.split().validation;
        let stride = all.len().div_ceil(JUDGED).max(1);
        let indices = all.iter().copied().step_by(stride).collect();
        let flat =
            Tensor::from_data(weights.flat.as_slice(), &self.device.clone().without_autodiff());
        let evaluator = Evaluator::new(&weights.config, flat, indices)?;
        Ok(evaluator.run(&session.datasets().train, |_, _| {}).await?.accuracy)
    }
}
