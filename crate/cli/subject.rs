//! A model and the images to show it, opened.

use burn::tensor::{Device, Tensor};

use crate::cli::args::Subject;
use crate::cli::complain;
use crate::cli::folder::read_model;
use crate::cli::show::{file_progress, work_progress};
use crate::data::Dataset;
use crate::device;
use crate::error::{Error, Result};
use crate::files::source::{self, Request, Single};
use crate::protocol::Evaluation;
use crate::train::eval::evaluate;
use crate::weights::Weights;

/// A model, images that it can read, and where to compute.
pub struct Opened {
    pub weights: Weights,
    pub images: Single,
    pub device: Device,
}

/// Opens model, images and device.
pub fn open(subject: &Subject) -> Result<Opened> {
    open_with(subject, |request| source::load_one(request, &mut file_progress()))
}

/// Opens model, device and the images that `load` makes of what was asked for.
pub fn open_with(
    subject: &Subject,
    load: impl FnOnce(&Request) -> Result<Single>,
) -> Result<Opened> {
    let (weights, _) = read_model(&subject.model)?;
    let (found, why) = device::open(subject.device)?;
    if let Some(why) = why {
        complain(&why);
    }
    let images = load(&subject.request(weights.config.classes))?;
    let (side, due) = (images.data.side(), weights.config.image_size);
    if side != due {
        return Err(Error::data(format!(
            "the images are {side}×{side}, but the model reads {due}×{due}"
        ))
        .in_file(subject.data.clone()));
    }
    for notice in &images.origin.notices {
        complain(&format!("Note: {notice}"));
    }
    Ok(Opened { weights, images, device: found.device })
}

impl Opened {
    /// The weights on the device, `[parameters]`.
    pub fn flat(&self) -> Tensor<1> {
        Tensor::from_data(self.weights.flat.as_slice(), &self.device)
    }

    /// What the model makes of all images.
    pub fn evaluate(&self) -> Result<Evaluation> {
        self.evaluate_on(&self.images.data, work_progress("Reading images"))
    }

    /// What the model makes of other images.
    pub fn evaluate_on(
        &self,
        data: &Dataset,
        progress: impl FnMut(usize, usize),
    ) -> Result<Evaluation> {
        pollster::block_on(evaluate(&self.weights.config, self.flat(), data, progress))
    }
}
