//! What any model reads in the images of a file: batch by batch, so that a run in training goes on in between.

use std::sync::Arc;

use burn::tensor::Tensor;

use crate::data::{Dataset, Ids, names};
use crate::error::{Error, Result};
use crate::families::vit;
use crate::protocol::RunSettings;
use crate::train::Session;
use crate::train::eval::Evaluator;
use crate::weights::Weights;
use crate::workspace::Workspace;

/// Predictions that are being made.
#[derive(Debug)]
pub(super) struct Predicting {
    evaluator: Evaluator,
    images: Dataset,
    class_names: Vec<String>,
    classes: usize,
}

/// What a model read in each image of a file.
#[derive(Debug, Clone, PartialEq)]
pub struct FilePredictions {
    /// The probability of each class for each image, `[images, classes]`.
    pub probabilities: Vec<f32>,
    /// Classes.
    pub classes: usize,
    /// What they are called; empty where they are called by their numbers.
    pub class_names: Vec<String>,
    /// What the file calls its images, where it does.
    pub ids: Option<Arc<Ids>>,
}

impl Workspace {
    /// Begins to predict the images of a file with a model (a safetensors file), whether or not there is a run. Others
    /// that were begun are forgotten.
    ///
    /// # Errors
    /// Where there is no such file, the model is damaged, or reads images of another size.
    pub fn begin_predictions(&mut self, file: u32, model: &[u8]) -> Result<()> {
        self.predicting = None;
        let (weights, card) = Weights::from_safetensors(model)?;
        let images = self.files.data(file)?.without_labels();
        let (side, due) = (images.side(), weights.config.image_size);
        if side != due {
            let name = self.files.report(file)?.name;
            return Err(Error::data(format!(
                "the images are {side}×{side}, but the model reads {due}×{due}"
            ))
            .in_file(name)
            .help("Choose a model that was trained on images of this size"));
        }
        let flat = Tensor::from_data(weights.flat.as_slice(), &self.device);
        let mut evaluator = Evaluator::new(&weights.config, flat, (0..images.len()).collect())?;
        let classes = weights.config.classes;
        // The workers know one model at a time: that of a run that is not over, where there is one.
        if let Some(pool) = &self.pool
            && self.session.as_ref().is_none_or(Session::is_finished)
        {
            let train = vit::TINY.training();
            pool.configure(&RunSettings { model: weights.config, train })?;
            evaluator.share(pool.clone());
        }
        let class_names = names::all(&card.class_names, classes);
        self.predicting = Some(Predicting { evaluator, images, class_names, classes });
        Ok(())
    }

    /// Predicts the next images; gives how many are done, and how many there are.
    ///
    /// # Errors
    /// Where nothing was begun, a run began since, or the device fails.
    pub async fn predict_batch(&mut self) -> Result<(usize, usize)> {
        let Predicting { evaluator, images, .. } =
            self.predicting.as_mut().ok_or_else(interrupted)?;
        evaluator.step(images).await?;
        Ok(evaluator.progress())
    }

    /// The predictions, once all images are done.
    ///
    /// # Errors
    /// Where images are left, nothing was begun, or a run began since.
    pub fn end_predictions(&mut self) -> Result<FilePredictions> {
        let Predicting { evaluator, images, class_names, classes } =
            self.predicting.take().ok_or_else(interrupted)?;
        let (done, total) = evaluator.progress();
        if done < total {
            return Err(Error::data(format!("{done} of {total} images are predicted so far")));
        }
        let probabilities = evaluator.finish().probabilities;
        Ok(FilePredictions { probabilities, classes, class_names, ids: images.shared_ids() })
    }
}

fn interrupted() -> Error {
    Error::config("the predictions were interrupted").help("Ask for them again")
}
