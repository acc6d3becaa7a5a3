//! `patchwork eval`.

use burn::tensor::{Device, Tensor};
use serde::Serialize;

use crate::cli::args::{Eval, Subject};
use crate::cli::folder::read_model;
use crate::cli::show::{file_progress, work_progress};
use crate::cli::{print, print_json};
use crate::device;
use crate::error::{Error, Result};
use crate::files::source::{self, Single};
use crate::metrics::{Confusion, Scores};
use crate::protocol::Evaluation;
use crate::report::format::percent;
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
    let (weights, _) = read_model(&subject.model)?;
    let (found, why) = device::open(subject.device)?;
    if let Some(why) = why {
        eprintln!("{why}");
    }
    let request = subject.request(weights.config.classes);
    let images = source::load_one(&request, &mut file_progress())?;
    let (side, due) = (images.data.side(), weights.config.image_size);
    if side != due {
        return Err(Error::data(format!(
            "the images are {side}×{side}, but the model reads {due}×{due}"
        ))
        .in_file(subject.data.clone()));
    }
    for notice in &images.origin.notices {
        eprintln!("Note: {notice}");
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
        let (config, data) = (&self.weights.config, &self.images.data);
        pollster::block_on(evaluate(config, self.flat(), data, work_progress("Reading images")))
    }
}

/// The figures as JSON.
#[derive(Serialize)]
struct Figures<'a> {
    images: u64,
    loss: f64,
    accuracy: f64,
    accuracy_interval: (f64, f64),
    classes: Vec<Scores>,
    macro_average: Scores,
    confusion: &'a Confusion,
}

/// Measures a model.
pub fn run(args: &Eval) -> Result<()> {
    let opened = open(&args.subject)?;
    if opened.images.data.labels().is_none() {
        return Err(Error::data("these images have no labels to measure against")
            .help("Use `patchwork predict` to write predictions")
            .in_file(args.subject.data.clone()));
    }
    let evaluation = opened.evaluate()?;
    let Evaluation { loss, accuracy, confusion, .. } = &evaluation;
    if args.json {
        return print_json(&Figures {
            images: confusion.total(),
            loss: *loss,
            accuracy: *accuracy,
            accuracy_interval: confusion.accuracy_interval(),
            classes: (0..confusion.classes()).map(|class| confusion.scores(class)).collect(),
            macro_average: confusion.macro_average(),
            confusion,
        });
    }
    let (low, high) = confusion.accuracy_interval();
    print(&format!(
        "{} images: accuracy {} (95 % interval {} to {}), loss {loss:.4}\n",
        confusion.total(),
        percent(*accuracy, 2),
        percent(low, 2),
        percent(high, 2)
    ));
    print_scores(confusion);
    print_confusion(confusion);
    Ok(())
}

fn print_scores(confusion: &Confusion) {
    print("class  precision  recall      F1  images");
    let line = |name: &str, scores: Scores| {
        print(&format!(
            "{name:>5}  {:>9.4}  {:>6.4}  {:>6.4}  {:>6}",
            scores.precision, scores.recall, scores.f1, scores.support
        ));
    };
    for class in 0..confusion.classes() {
        line(&class.to_string(), confusion.scores(class));
    }
    line("mean", confusion.macro_average());
}

fn print_confusion(confusion: &Confusion) {
    print("\nconfusion: rows are labels, columns predictions");
    let cells = |label: usize| {
        (0..confusion.classes()).map(move |prediction| confusion.count(label, prediction))
    };
    let head: String = (0..confusion.classes()).map(|class| format!("{class:>6}")).collect();
    print(&format!("     {head}"));
    for label in 0..confusion.classes() {
        let row: String = cells(label).map(|count| format!("{count:>6}")).collect();
        print(&format!("{label:>5}{row}"));
    }
}
