//! Settings of a model and of its training: plain data, checked in one place.

use serde::{Deserialize, Serialize};

use crate::data::augment::Augment;
use crate::error::{Error, Result};
use crate::limits;
use crate::words::counted;

/// What the head reads.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "kebab-case")]
#[cfg_attr(feature = "clap", derive(clap::ValueEnum))]
#[non_exhaustive]
pub enum Pool {
    /// The class token, as in Dosovitskiy et al. (2020).
    #[default]
    ClassToken,
    /// The mean of all patch tokens; there is no class token then.
    Mean,
}

/// The shape of a Vision Transformer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(deny_unknown_fields)]
pub struct ModelConfig {
    /// Pixels per side of an image.
    pub image_size: usize,
    /// Pixels per side of a patch. The image is padded where this does not divide it.
    pub patch_size: usize,
    /// The number of classes.
    pub classes: usize,
    /// Width of a token (the embedding dimension).
    pub width: usize,
    /// The number of encoder blocks.
    pub depth: usize,
    /// Attention heads of a block; divides the width.
    pub heads: usize,
    /// Width of the MLP's hidden layer.
    pub mlp: usize,
    /// Dropout after the embedding, the attention's projection and both MLP layers.
    pub dropout: f64,
    /// Dropout on the attention weights.
    pub attention_dropout: f64,
    /// Probability to skip the last block's branches for an image in training; grows linearly from
    /// 0 at the first block (stochastic depth, Huang et al. 2016).
    pub stochastic_depth: f64,
    /// What the head reads.
    pub pool: Pool,
    /// Channels of the first 3×3 convolutions before the patch embedding, 0 for none (after Xiao et al.
    /// 2021).
    pub stem: usize,
    /// How many convolutions these are: half of them, rounded down, have so many channels, the others
    /// twice as many.
    #[serde(default = "two")]
    pub stem_depth: usize,
    /// LayerNorm on queries and keys (Dehghani et al. 2023).
    pub qk_norm: bool,
}

impl ModelConfig {
    /// Patches per side of the padded image.
    pub fn grid(&self) -> usize {
        self.image_size.div_ceil(self.patch_size)
    }

    /// The number of tokens: patches, and the class token where there is one.
    pub fn tokens(&self) -> usize {
        self.grid().pow(2) + self.class_tokens()
    }

    /// 1 with a class token, 0 without.
    pub fn class_tokens(&self) -> usize {
        usize::from(self.pool == Pool::ClassToken)
    }

    /// Width of one attention head.
    pub fn head_width(&self) -> usize {
        self.width / self.heads
    }

    /// Pixels added before (left, top) and after (right, bottom) so that patches cover the image.
    pub fn padding(&self) -> (usize, usize) {
        let total = self.grid() * self.patch_size - self.image_size;
        (total / 2, total - total / 2)
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

    /// Checks every setting and how they fit together.
    ///
    /// # Errors
    /// The first impossible setting, by name, with its range.
    pub fn validate(&self) -> Result<()> {
        limits::IMAGE_SIZE.check_count(self.image_size)?;
        limits::PATCH_SIZE.check_count(self.patch_size)?;
        limits::CLASSES.check_count(self.classes)?;
        limits::WIDTH.check_count(self.width)?;
        limits::DEPTH.check_count(self.depth)?;
        limits::HEADS.check_count(self.heads)?;
        limits::MLP.check_count(self.mlp)?;
        limits::STEM.check_count(self.stem)?;
        limits::STEM_DEPTH.check_count(self.stem_depth)?;
        for (limit, probability) in [
            (limits::DROPOUT, self.dropout),
            (limits::ATTENTION_DROPOUT, self.attention_dropout),
            (limits::STOCHASTIC_DEPTH, self.stochastic_depth),
        ] {
            limit.check_number(probability, &probability)?;
        }
        self.check_shape()
    }

    /// Checks how numbers that are possible alone fit together.
    fn check_shape(&self) -> Result<()> {
        let Self { image_size, patch_size, width, heads, .. } = self;
        if patch_size > image_size {
            return Err(Error::config(format!(
                "patches of {patch_size}×{patch_size} are larger than images of {image_size}×{image_size}"
            ))
            .setting("patch_size")
            .help(format!("Choose a patch size of at most {image_size}")));
        }
        if !width.is_multiple_of(*heads) {
            return Err(Error::config(format!("{heads} heads cannot share a width of {width}"))
                .setting("heads")
                .help("Choose a width that is a multiple of the number of heads"));
        }
        let tokens = self.tokens();
        if tokens as u64 > limits::TOKENS {
            return Err(Error::config(format!(
                "patches of {patch_size}×{patch_size} cut the image into {tokens} tokens, more than {}",
                limits::TOKENS
            ))
            .setting("patch_size")
            .help("Choose a larger patch"));
        }
        Ok(())
    }
}

/// What models had that say nothing of their stem's depth.
fn two() -> usize {
    2
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
    pub const ALL: [Self; 4] = [Self::Tiny, Self::Small, Self::Base, Self::Article];

    /// Its name as it is typed.
    pub fn name(self) -> &'static str {
        match self {
            Self::Tiny => "tiny",
            Self::Small => "small",
            Self::Base => "base",
            Self::Article => "article",
        }
    }

    /// The model, for images of `image_size` pixels per side and `classes` classes.
    pub fn model(self, image_size: usize, classes: usize) -> ModelConfig {
        let tiny = ModelConfig {
            image_size,
            patch_size: 7.min(image_size),
            classes,
            width: 64,
            depth: 4,
            heads: 4,
            mlp: 128,
            dropout: 0.0,
            attention_dropout: 0.0,
            stochastic_depth: 0.0,
            pool: Pool::ClassToken,
            stem: 0,
            stem_depth: two(),
            qk_norm: false,
        };
        match self {
            Self::Tiny => tiny,
            Self::Small => ModelConfig { patch_size: 4, depth: 6, ..tiny },
            Self::Base => ModelConfig { patch_size: 4, stem: 16, stem_depth: 4, ..tiny },
            Self::Article => ModelConfig { patch_size: 16.min(image_size), dropout: 0.1, ..tiny },
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
