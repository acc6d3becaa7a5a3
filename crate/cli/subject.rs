//! An opened model with images for it.

use burn::tensor::{Device, Tensor};

use crate::args::Subject;
use crate::complain;
use crate::folder::read_model;
use crate::show::{file_progress, work_progress};
use patchwork::data::{Dataset, Orientation};
use patchwork::device;
use patchwork::error::{Error, Result};
use patchwork::files::source::{self, Request, Single, SourceKind};
use patchwork::protocol::Evaluation;
use patchwork::train::eval::evaluate;
use patchwork::train::orientation::compare;
use patchwork::weights::{ModelCard, Weights};

/// A model, images of the right size, and a device.
pub struct Opened {
    pub weights: Weights,
    /// Class names; empty if the classes are plain numbers.
    pub class_names: Vec<String>,
    pub images: Single,
    pub device: Device,
}

/// Opens model, images and device. Labels that are not among the model's classes are dropped, with a notice.
pub fn open(subject: &Subject) -> Result<Opened> {
    let load = |request: &Request| source::load_one(request, &mut file_progress());
    open_with(subject, load, |data, weights, class_names| {
        let classes = weights.config.classes;
        Ok(data.aligned(class_names, classes, "the model").unwrap_or_else(|error| {
            eprintln!("Note: The labels of {} are not used: {}", subject.data, error.problem);
            data.without_labels()
        }))
    })
}

/// Opens model, device and the images that `load` loads for the request; `fit` renumbers their classes like those of
/// the model, given its names.
pub fn open_with(
    subject: &Subject,
    load: impl FnOnce(&Request) -> Result<Single>,
    fit: impl FnOnce(&Dataset, &Weights, &[String]) -> Result<Dataset>,
) -> Result<Opened> {
    let (weights, ModelCard { class_names, .. }) = read_model(&subject.model)?;
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
    let data = fit(&images.data, &weights, &class_names)
        .map_err(|error| error.in_file(subject.data.clone()))?;
    let images = Single { data, ..images };
    let model = (&weights, class_names.as_slice());
    let turned = transposed_notice(model, &images, subject.turn.orientation(), &found.device)?;
    turned.iter().for_each(|notice| eprintln!("Note: {notice}"));
    Ok(Opened { weights, class_names, images, device: found.device })
}

/// The notice if a model recognises images far better with rows and columns swapped. Built-in names such as `mnist`
/// are not checked.
pub fn transposed_notice(
    model: (&Weights, &[String]),
    images: &Single,
    orientation: Orientation,
    device: &Device,
) -> Result<Option<String>> {
    if matches!(images.origin.kind, SourceKind::Mnist | SourceKind::Builtin) {
        return Ok(None);
    }
    let found = pollster::block_on(compare(model, &images.data, device))?;
    let advice = if orientation.transposed { "leave --transpose out" } else { "add --transpose" };
    let finding = found.and_then(|found| found.finding());
    Ok(finding.map(|finding| format!("{finding}: {advice}")))
}

impl Opened {
    /// The weights on the device, `[parameters]`.
    pub fn flat(&self) -> Tensor<1> {
        Tensor::from_data(self.weights.flat.as_slice(), &self.device)
    }

    /// Evaluates the model on all images.
    pub fn evaluate(&self) -> Result<Evaluation> {
        self.evaluate_on(&self.images.data, work_progress("Reading images"))
    }

    /// Evaluates the model on other images.
    pub fn evaluate_on(
        &self,
        data: &Dataset,
        progress: impl FnMut(usize, usize),
    ) -> Result<Evaluation> {
        pollster::block_on(evaluate(&self.weights.config, self.flat(), data, progress))
    }
}
