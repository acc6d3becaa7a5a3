//! Settings of a model and of its training: plain data, checked in one place.

use patchwork_arch::{Architecture, DropRates};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Map, Value};

use crate::data::augment::Augment;
use crate::error::{Error, Result};
use crate::families::{self, Family, Settings, Task};
use crate::limits::{self, Group, Limits};
use crate::words::counted;

pub use crate::families::vit::{Pool, Vit};

/// A model: what goes in and comes out, what is dropped in training, and the settings of its family.
///
/// As JSON it is one flat object in which `family` says whose settings it holds. A model without a `family` is a `vit`: so
/// were all models before there were others.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct ModelConfig {
    /// Pixels per side of an image.
    pub image_size: usize,
    /// The number of classes.
    pub classes: usize,
    /// Dropout after the embedding, the attention's projection and both MLP layers.
    pub dropout: f64,
    /// Dropout on the attention weights.
    pub attention_dropout: f64,
    /// Probability to skip the last block's branches for an image in training; grows linearly from
    /// 0 at the first block (stochastic depth, Huang et al. 2016).
    pub stochastic_depth: f64,
    /// The family, with its settings.
    #[serde(flatten)]
    #[cfg_attr(test, ts(flatten))]
    pub family: Family,
}

/// The fields of a model that every family has.
#[derive(Deserialize)]
struct Common {
    image_size: usize,
    classes: usize,
    dropout: f64,
    attention_dropout: f64,
    stochastic_depth: f64,
}

impl Common {
    const FIELDS: [&str; 5] =
        ["image_size", "classes", "dropout", "attention_dropout", "stochastic_depth"];
}

impl<'de> Deserialize<'de> for ModelConfig {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        let mut fields = Map::deserialize(deserializer)?;
        let common =
            Common::FIELDS.iter().filter_map(|&name| Some((name.into(), fields.remove(name)?)));
        let common = Value::Object(common.collect());
        let family = fields.remove(families::TAG);
        let name = match &family {
            None => families::FIRST,
            Some(Value::String(name)) => name,
            Some(_) => return Err(D::Error::custom("a model's family must be a text")),
        };
        let Common { image_size, classes, dropout, attention_dropout, stochastic_depth } =
            serde_json::from_value(common).map_err(D::Error::custom)?;
        let family = Family::read(name, fields.into()).map_err(D::Error::custom)?;
        Ok(Self { image_size, classes, dropout, attention_dropout, stochastic_depth, family })
    }
}

impl ModelConfig {
    /// A model of one's own architecture. Its blocks are skipped in training as in every family: with a probability that
    /// grows linearly from 0 at the first block to that of the given last one.
    pub fn custom(architecture: Architecture) -> Self {
        Self {
            image_size: architecture.input.side,
            classes: architecture.head.classes,
            dropout: architecture.regularization.dropout,
            attention_dropout: architecture.regularization.attention_dropout,
            stochastic_depth: architecture.last_stage().blocks.last().map_or(0.0, |b| b.drop_path),
            family: Family::Custom(architecture.into()),
        }
    }

    /// What a model with these settings computes.
    pub fn architecture(&self) -> Architecture {
        self.family.architecture(&self.task())
    }

    /// What its family has to know of the model.
    fn task(&self) -> Task {
        Task {
            image_size: self.image_size,
            classes: self.classes,
            rates: DropRates { dropout: self.dropout, attention_dropout: self.attention_dropout },
            stochastic_depth: self.stochastic_depth,
        }
    }

    /// This model with the dropout, attention dropout and stochastic depth of another: they are part of
    /// how it is trained, not of its shape, and no weights depend on them.
    #[must_use]
    pub fn with_dropout_of(&self, other: &Self) -> Self {
        Self {
            dropout: other.dropout,
            attention_dropout: other.attention_dropout,
            stochastic_depth: other.stochastic_depth,
            ..self.clone()
        }
    }

    /// This model with one setting replaced, by its name.
    ///
    /// # Errors
    /// Where its family has no such setting, or the value is of another kind.
    pub fn with_setting(&self, name: &str, value: Value) -> Result<Self> {
        let refused = |problem: String| Error::config(problem).setting(name);
        let mut fields = match serde_json::to_value(self) {
            Ok(Value::Object(fields)) => fields,
            _ => Map::new(),
        };
        let Some(field) = fields.get_mut(name) else {
            let family = self.family.name();
            return Err(refused(format!("the family {family} has no setting '{name}'"))
                .help("Leave the setting out, or choose another family"));
        };
        *field = value;
        serde_json::from_value(fields.into()).map_err(|error| refused(error.to_string()))
    }

    /// Checks every setting and how they fit together.
    ///
    /// # Errors
    /// The first impossible setting, by name, with its range.
    pub fn validate(&self) -> Result<()> {
        limits::IMAGE_SIZE.check_count(self.image_size)?;
        limits::CLASSES.check_count(self.classes)?;
        for (limit, probability) in [
            (limits::DROPOUT, self.dropout),
            (limits::ATTENTION_DROPOUT, self.attention_dropout),
            (limits::STOCHASTIC_DEPTH, self.stochastic_depth),
        ] {
            limit.check_number(probability, &probability)?;
        }
        self.family.validate(&self.task())
    }
}

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

/// How the learning rate goes after the warm-up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "kebab-case")]
#[cfg_attr(feature = "clap", derive(clap::ValueEnum))]
#[non_exhaustive]
pub enum Schedule {
    /// Stays.
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

/// How a model is trained.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(deny_unknown_fields)]
pub struct TrainConfig {
    /// Passes over the training images.
    pub epochs: usize,
    /// Images in a step. The images that do not fill a last batch wait for the next epoch's order.
    pub batch_size: usize,
    /// The optimizer.
    pub optimizer: OptimizerKind,
    /// Peak learning rate.
    pub learning_rate: f64,
    /// How the learning rate goes after the warm-up.
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
    /// The last so many epochs only deform their images: the pen's width, blur, erasing and noise are
    /// off, so that a run ends on images like those it is for (He et al. 2019, "Data augmentation
    /// revisited: rethinking the distribution gap between clean and augmented data").
    #[serde(default)]
    pub clean_epochs: usize,
    /// Built-in digits that are learned from beside the given images. They are made for the run, and
    /// never validated or tested on.
    #[serde(default)]
    pub builtin_digits: usize,
    /// Share of the given training images that is held back for validation.
    pub validation_fraction: f64,
    /// Share held back for the final test where no test file is given.
    pub test_fraction: f64,
    /// Stop after this many epochs without a better validation accuracy; 0 never stops early.
    pub patience: usize,
    /// Seed of everything random.
    pub seed: u64,
    /// Number format of activations and gradients.
    pub precision: Precision,
    /// Loss and accuracy are read back from the device every so many steps.
    pub read_every: usize,
}

impl TrainConfig {
    /// What happens to the training images of an epoch, which is counted from 0.
    pub fn augment_of(&self, epoch: usize) -> Augment {
        if epoch + self.clean_epochs < self.epochs {
            self.augment
        } else {
            self.augment.geometric_only()
        }
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
            (limits::VALIDATION_FRACTION, self.validation_fraction),
            (limits::TEST_FRACTION, self.test_fraction),
        ] {
            limit.check_number(number, &number)?;
        }
        self.check_lengths()?;
        self.augment.validate()
    }

    /// Checks how numbers that are possible alone fit together.
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

/// A named recipe: a model and how to train it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[cfg_attr(feature = "clap", derive(clap::ValueEnum))]
#[non_exhaustive]
pub enum Preset {
    /// Patch 7 after two convolutions of 8 channels, width 64, depth 4: 187,306 parameters. Muon and deformed images, for a
    /// few thousand images: 98.04 % of 8,000 others after ten epochs on 4,500 of MNIST's (one seed).
    Starter,
    /// Patch 7, width 64, depth 4: 139,018 parameters. The quickest to train.
    Tiny,
    /// Patch 4, width 64, depth 6: 205,962 parameters. 98.55 % of MNIST's test images after 5 epochs
    /// (one seed).
    Small,
    /// Patch 4 after four convolutions, width 64, depth 4: 162,554 parameters. Muon and deformed images,
    /// the most accurate: 99.60 % of MNIST's test images after 12 epochs (mean of three seeds).
    Base,
    /// The recipe of the article that Patchwork grew from: patch 16, Adam, 40 epochs, random
    /// rotations, dropout. 151,498 parameters; 98.80 % of MNIST's test images after its 40 epochs (one
    /// seed).
    Article,
}

impl Preset {
    /// All presets.
    pub const ALL: [Self; 5] = [Self::Starter, Self::Tiny, Self::Small, Self::Base, Self::Article];

    /// Its name as it is typed.
    pub fn name(self) -> &'static str {
        match self {
            Self::Starter => "starter",
            Self::Tiny => "tiny",
            Self::Small => "small",
            Self::Base => "base",
            Self::Article => "article",
        }
    }

    /// The model, for images of `image_size` pixels per side and `classes` classes.
    pub fn model(self, image_size: usize, classes: usize) -> ModelConfig {
        let (vit, dropout) = match self {
            Self::Starter => (Vit { patch_size: 7, stem: 8, ..Vit::default() }, 0.0),
            Self::Tiny => (Vit { patch_size: 7, ..Vit::default() }, 0.0),
            Self::Small => (Vit { depth: 6, ..Vit::default() }, 0.0),
            Self::Base => (Vit { stem: 16, stem_depth: 4, ..Vit::default() }, 0.0),
            Self::Article => (Vit { patch_size: 16, ..Vit::default() }, 0.1),
        };
        ModelConfig {
            image_size,
            classes,
            dropout,
            attention_dropout: 0.0,
            stochastic_depth: 0.0,
            family: Family::Vit(Vit { patch_size: vit.patch_size.min(image_size), ..vit }),
        }
    }

    /// The training recipe.
    pub fn training(self) -> TrainConfig {
        let tiny = TrainConfig {
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
            validation_fraction: 0.1,
            test_fraction: 0.1,
            patience: 0,
            seed: 0,
            precision: Precision::F32,
            read_every: 10,
        };
        match self {
            Self::Starter => TrainConfig {
                optimizer: OptimizerKind::Muon,
                learning_rate: 6e-3,
                ema_decay: 0.995,
                augment: Augment { rotate: 10.0, scale: 0.1, shear: 10.0, ..Augment::digits() },
                ..tiny
            },
            Self::Tiny => tiny,
            Self::Small => tiny,
            Self::Base => TrainConfig {
                epochs: 12,
                optimizer: OptimizerKind::Muon,
                learning_rate: 4e-3,
                ema_decay: 0.998,
                augment: Augment::digits(),
                ..tiny
            },
            Self::Article => TrainConfig {
                epochs: 40,
                batch_size: 128,
                optimizer: OptimizerKind::Adam,
                learning_rate: 1e-3,
                schedule: Schedule::Constant,
                warmup_epochs: 0.0,
                weight_decay: 0.0,
                clip_norm: 0.0,
                augment: Augment { rotate: 15.0, ..Augment::NONE },
                ..tiny
            },
        }
    }
}

/// All ranges, as the page asks for them.
pub fn ranges() -> Limits {
    let families = families::LIST.iter().flat_map(|family| family.limits());
    Limits {
        settings: limits::SETTINGS.iter().copied().chain(families).collect(),
        tokens: limits::TOKENS,
        parameters: limits::PARAMETERS,
        tab_memory: limits::TAB_MEMORY,
    }
}

/// Checks the whole numbers of settings that have not been read into our types yet, in which a number
/// beyond 32 or 64 bits has no place. `family` is the name of the model's family, where it has one; `read` gives the
/// value of a field where it is a number.
///
/// # Errors
/// The first that is no whole number or outside its range, by name.
pub fn check_whole(family: Option<&str>, read: impl Fn(Group, &str) -> Option<f64>) -> Result<()> {
    let family = families::LIST.iter().find(|one| one.name == family.unwrap_or(families::FIRST));
    let of_family = family.into_iter().flat_map(|family| family.limits());
    for limit in limits::SETTINGS.iter().copied().chain(of_family).filter(|limit| limit.whole) {
        if let Some(value) = read(limit.group, limit.setting) {
            limit.check_number(value, &value)?;
        }
    }
    Ok(())
}

/// The same for settings in JSON: a model, a recipe, or both.
///
/// # Errors
/// As [`check_whole`].
pub fn check_json(model: Option<&Value>, train: Option<&Value>) -> Result<()> {
    let family = model.and_then(|model| model.get(families::TAG)?.as_str());
    check_whole(family, |group, setting| {
        let object = match group {
            Group::Model => model?,
            Group::Train => train?,
            Group::Augment => train?.get("augment")?,
        };
        object.get(setting)?.as_f64()
    })
}
