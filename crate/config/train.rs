//! Settings of a training run.

use serde::{Deserialize, Serialize};

use crate::data::Dataset;
use crate::data::augment::Augment;
use crate::data::dataset::Split;
use crate::error::{Error, Result};
use crate::limits;
use crate::words::counted;

/// The optimizer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "kebab-case")]
#[cfg_attr(feature = "clap", derive(clap::ValueEnum))]
#[non_exhaustive]
pub enum OptimizerKind {
    /// Adam (Kingma and Ba 2015); the weight decay is not used.
    Adam,
    /// Adam with decoupled weight decay (Loshchilov and Hutter 2019).
    AdamW,
    /// Muon (Jordan 2024) for the matrices of blocks and convolutions, AdamW for all else.
    Muon,
}

/// The learning rate schedule after the warm-up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "kebab-case")]
#[cfg_attr(feature = "clap", derive(clap::ValueEnum))]
#[non_exhaustive]
pub enum Schedule {
    /// Constant.
    Constant,
    /// Falls along half a cosine to 1 % of its peak at the last step.
    Cosine,
}

/// The number format of activations and gradients. Weights and optimizer state are always `f32`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "lowercase")]
#[cfg_attr(feature = "clap", derive(clap::ValueEnum))]
pub enum Precision {
    /// 32 bits.
    #[default]
    F32,
    /// 16 bits, with loss scaling (Micikevicius et al. 2018).
    F16,
    /// 16 bits with the range of `f32`.
    Bf16,
}

/// How a student learns from a teacher.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(deny_unknown_fields)]
pub struct Distillation {
    /// Which part of the teacher's output is the target.
    pub kind: DistillationKind,
    /// The weight of the teacher in the loss; that of the labels is 1 minus it.
    pub weight: f64,
    /// The temperature by which soft distillation divides the logits of teacher and student.
    pub temperature: f64,
}

/// Which part of a teacher's output is the target.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "kebab-case")]
#[cfg_attr(feature = "clap", derive(clap::ValueEnum))]
pub enum DistillationKind {
    /// The most probable class, used as a label (Touvron et al. 2021, equation 3).
    Hard,
    /// All probabilities: the Kullback-Leibler divergence of student and teacher at the temperature, as a mean over images
    /// and classes (Touvron et al. 2021, equation 2, as in their code).
    Soft,
}

/// Hard distillation with equal shares, as in Touvron et al. (2021).
impl Default for Distillation {
    fn default() -> Self {
        Self { kind: DistillationKind::Hard, weight: 0.5, temperature: 3.0 }
    }
}

impl Distillation {
    /// Checks the numbers.
    ///
    /// # Errors
    /// The first impossible one, by name, with its range.
    pub fn validate(&self) -> Result<()> {
        limits::DISTILLATION_WEIGHT.check_number(self.weight, &self.weight)?;
        limits::TEMPERATURE.check_number(self.temperature, &self.temperature)
    }
}

/// How a model is trained.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(deny_unknown_fields)]
pub struct TrainConfig {
    /// Passes over the training images.
    pub epochs: usize,
    /// Images in a step. Images that do not fill a last batch are left out of the epoch.
    pub batch_size: usize,
    /// The optimizer.
    pub optimizer: OptimizerKind,
    /// Peak learning rate.
    pub learning_rate: f64,
    /// The learning rate schedule after the warm-up.
    pub schedule: Schedule,
    /// Epochs in which the learning rate rises from 0 to its peak.
    pub warmup_epochs: f64,
    /// Decoupled weight decay of weight matrices and kernels; biases, norms, class token and
    /// positions have none.
    pub weight_decay: f64,
    /// Decay rates of the first and second moment. The first is Muon's momentum as well.
    pub betas: (f64, f64),
    /// Keeps the optimizer from dividing by zero.
    pub epsilon: f64,
    /// Gradients are scaled down to this global norm; 0 turns it off.
    pub clip_norm: f64,
    /// Share of the target that is spread over all classes (Szegedy et al. 2016).
    pub label_smoothing: f64,
    /// Decay per step of the running average of the weights that is validated and kept; 0 turns it off.
    pub ema_decay: f64,
    /// Random deformation of the training images.
    pub augment: Augment,
    /// This many epochs at the end use only geometric augmentation: stroke width, blur, erasing and noise are
    /// off, so that a run ends on realistic images (He et al. 2019, "Data augmentation
    /// revisited: rethinking the distribution gap between clean and augmented data").
    #[serde(default)]
    pub clean_epochs: usize,
    /// Built-in digits added to the training images. They are generated for the run and never used for validation or
    /// test.
    #[serde(default)]
    pub builtin_digits: usize,
    /// Share of the added built-in digits that are in styles that few people use.
    #[serde(default)]
    pub rare_styles: f64,
    /// How often each training image that was drawn as strokes is added once more, written again with changes of stroke and
    /// pen.
    #[serde(default)]
    pub stroke_copies: usize,
    /// Images of ink that is no digit (letters, signs, scribbles) added to the training images, for which every class should be
    /// equally probable (outlier exposure, Hendrycks et al. 2019). They are generated for the run and never used for validation
    /// or test.
    #[serde(default)]
    pub not_digits: usize,
    /// Whether all images of a writer are in one part, where writers are known. Runs from before this setting split by class
    /// alone.
    #[serde(default)]
    pub split_by_writer: bool,
    /// Share of the given training images that is held back for validation.
    pub validation_fraction: f64,
    /// Share held back for the final test if there is no test file.
    pub test_fraction: f64,
    /// Stop after this many epochs without a better validation accuracy; 0 never stops early.
    pub patience: usize,
    /// Seed of everything random.
    pub seed: u64,
    /// Number format of activations and gradients.
    pub precision: Precision,
    /// Steps between two reads of loss and accuracy from the device.
    pub read_every: usize,
    /// How the model learns from a teacher, if it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub distillation: Option<Distillation>,
}

impl TrainConfig {
    /// The augmentation of an epoch, counted from 0.
    pub fn augment_of(&self, epoch: usize) -> Augment {
        if epoch + self.clean_epochs < self.epochs {
            self.augment
        } else {
            self.augment.geometric_only()
        }
    }

    /// The parts of the given images; without a test part where a test set of its own is given (`tested_apart`).
    pub fn split(&self, data: &Dataset, tested_apart: bool) -> Split {
        let test = if tested_apart { 0.0 } else { self.test_fraction };
        let way = if self.split_by_writer { Split::by_writer } else { Split::stratified };
        way(data, self.validation_fraction, test, self.seed)
    }

    /// Checks every setting.
    ///
    /// # Errors
    /// The first impossible setting, by name, with its range.
    pub fn validate(&self) -> Result<()> {
        limits::EPOCHS.check_count(self.epochs)?;
        limits::BATCH_SIZE.check_count(self.batch_size)?;
        limits::READ_EVERY.check_count(self.read_every)?;
        limits::CLEAN_EPOCHS.check_count(self.clean_epochs)?;
        limits::BUILTIN_DIGITS.check_count(self.builtin_digits)?;
        limits::STROKE_COPIES.check_count(self.stroke_copies)?;
        limits::NOT_DIGITS.check_count(self.not_digits)?;
        limits::PATIENCE.check_count(self.patience)?;
        for (limit, number) in [
            (limits::LEARNING_RATE, self.learning_rate),
            (limits::WARMUP_EPOCHS, self.warmup_epochs),
            (limits::WEIGHT_DECAY, self.weight_decay),
            (limits::FIRST_BETA, self.betas.0),
            (limits::SECOND_BETA, self.betas.1),
            (limits::EPSILON, self.epsilon),
            (limits::CLIP_NORM, self.clip_norm),
            (limits::LABEL_SMOOTHING, self.label_smoothing),
            (limits::EMA_DECAY, self.ema_decay),
            (limits::RARE_STYLES, self.rare_styles),
            (limits::VALIDATION_FRACTION, self.validation_fraction),
            (limits::TEST_FRACTION, self.test_fraction),
        ] {
            limit.check_number(number, &number)?;
        }
        self.distillation.as_ref().map_or(Ok(()), Distillation::validate)?;
        if self.distillation.is_some() && self.not_digits > 0 {
            return Err(Error::config("a teacher knows no answer for ink that is no digit")
                .setting("not_digits")
                .help("Choose 0 images that are no digits, or train without a teacher"));
        }
        self.check_lengths()?;
        self.augment.validate()
    }

    /// Checks combinations of possible values.
    fn check_lengths(&self) -> Result<()> {
        let epochs = self.epochs;
        if self.clean_epochs > epochs {
            return Err(Error::config(format!(
                "{} clean epochs are more than all {}",
                self.clean_epochs,
                counted(epochs, "epoch")
            ))
            .setting("clean_epochs")
            .help(format!("Choose at most {epochs}")));
        }
        if self.warmup_epochs > epochs as f64 {
            return Err(Error::config(format!(
                "{} warm-up epochs do not fit into {}",
                self.warmup_epochs,
                counted(epochs, "epoch")
            ))
            .setting("warmup_epochs")
            .help(format!("Choose at most {epochs}")));
        }
        if self.validation_fraction + self.test_fraction > 0.95 {
            return Err(Error::config("validation and test leave too few images to train on")
                .setting("validation_fraction")
                .help("Choose smaller fractions"));
        }
        Ok(())
    }
}

/// The base of all presets' recipes.
impl Default for TrainConfig {
    fn default() -> Self {
        Self {
            epochs: 10,
            batch_size: 64,
            optimizer: OptimizerKind::AdamW,
            learning_rate: 2e-3,
            schedule: Schedule::Cosine,
            warmup_epochs: 0.5,
            weight_decay: 0.05,
            betas: (0.9, 0.999),
            epsilon: 1e-8,
            clip_norm: 1.0,
            label_smoothing: 0.0,
            ema_decay: 0.0,
            augment: Augment::NONE,
            clean_epochs: 0,
            builtin_digits: 0,
            rare_styles: 0.0,
            stroke_copies: 0,
            not_digits: 0,
            split_by_writer: true,
            validation_fraction: 0.1,
            test_fraction: 0.1,
            patience: 0,
            seed: 0,
            precision: Precision::F32,
            read_every: 10,
            distillation: None,
        }
    }
}
