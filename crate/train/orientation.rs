//! Detects whether images have rows and columns swapped, with a known-good model.

use burn::tensor::{Device, Tensor};

use crate::data::orientation::has_light_ground;
use crate::data::{Dataset, Orientation};
use crate::error::Result;
use crate::metrics::largest;
use crate::protocol::Evaluation;
use crate::train::eval::evaluate;
use crate::weights::Weights;

/// The most images to compare.
const SAMPLE: usize = 300;
/// With fewer images nothing is reported.
const FEWEST: usize = 20;
/// The share of labelled images that must be classified correctly when transposed.
///
/// The limits come from the shipped weights: they classify 99 % of MNIST's digits correctly and 16 % of them transposed,
/// with a mean confidence of 99.6 % and 85.6 %. On letters the confidence is 83 to 88 %, whatever the orientation, on
/// photos and clothes 56 to 71 %; the two orientations differ by at most 0.048.
const ACCURATE: f64 = 0.6;
/// How much larger that share must be than without transposing.
const GAIN: f64 = 0.25;
/// The mean probability of the top class that unlabelled images must have when transposed.
const CONFIDENT: f64 = 0.93;
/// How much larger it must be than without transposing.
const CONFIDENCE_GAIN: f64 = 0.06;

/// The results of a model on the same images as they are and with rows and columns swapped.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Comparison {
    /// Whether the figures are shares of images classified correctly; otherwise they are mean probabilities of the top
    /// class, of images without labels.
    pub labelled: bool,
    /// The figure of the images as they are.
    pub plain: f64,
    /// The figure of the images with rows and columns swapped.
    pub transposed: f64,
}

impl Comparison {
    /// Whether the images seem to be transposed.
    pub fn is_transposed(&self) -> bool {
        let (least, gain) = limits(self.labelled);
        self.transposed >= least && self.transposed >= self.plain + gain
    }

    /// What the user should know if the images seem to be transposed; without a final period.
    pub fn finding(&self) -> Option<String> {
        let percent = |share: f64| format!("{:.0} %", 100.0 * share);
        let (plain, transposed) = (percent(self.plain), percent(self.transposed));
        self.is_transposed().then(|| match self.labelled {
            true => format!(
                "Rows and columns seem to be swapped: a model reads {transposed} of a sample correctly when they are \
                 swapped back, and {plain} as they are"
            ),
            false => format!(
                "Rows and columns seem to be swapped: a model is {transposed} sure of a sample when they are swapped \
                 back, and {plain} as they are"
            ),
        })
    }
}

/// Evaluates a sample of images in both orientations with a model and its class names; dark ink on a light background
/// is inverted first. `None` if the images are fine as they are, and if the model cannot tell: other image size,
/// other classes or too few images.
/// too few.
///
/// # Errors
/// If the device fails.
pub async fn compare(
    (weights, class_names): (&Weights, &[String]),
    data: &Dataset,
    device: &Device,
) -> Result<Option<Comparison>> {
    let classes = weights.config.classes;
    if data.side() != weights.config.image_size || data.len() < FEWEST {
        return Ok(None);
    }
    let stride = data.len().div_ceil(SAMPLE);
    let sample = data.select(&(0..data.len()).step_by(stride).collect::<Vec<_>>());
    let Ok(sample) = sample.aligned(class_names, classes, "the model") else { return Ok(None) };
    let upright = Orientation { inverted: has_light_ground(&sample), transposed: false };
    let flat = Tensor::from_data(weights.flat.as_slice(), device);
    let labelled = sample.labels().is_some();
    let mut figures = [0.0; 2];
    for (at, transposed) in [false, true].into_iter().enumerate() {
        let images = Orientation { transposed, ..upright }.of(&sample);
        let evaluation = evaluate(&weights.config, flat.clone(), &images, |_, _| {}).await?;
        figures[at] = if labelled { evaluation.accuracy } else { confidence(&evaluation, classes) };
        // If the plain images already score well, transposing cannot be much better.
        if figures[0] > 1.0 - limits(labelled).1 {
            return Ok(None);
        }
    }
    let [plain, transposed] = figures;
    Ok(Some(Comparison { labelled, plain, transposed }))
}

/// The smallest figure of transposed images, and how much larger it must be than without
/// transposing.
fn limits(labelled: bool) -> (f64, f64) {
    if labelled { (ACCURATE, GAIN) } else { (CONFIDENT, CONFIDENCE_GAIN) }
}

/// The mean probability of the top class.
fn confidence(evaluation: &Evaluation, classes: usize) -> f64 {
    let rows = evaluation.probabilities.chunks_exact(classes);
    let count = rows.len().max(1) as f64;
    rows.map(|row| f64::from(row[largest(row)])).sum::<f64>() / count
}
