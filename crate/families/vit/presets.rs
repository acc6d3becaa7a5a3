//! The presets of the family.

use crate::config::train::{OptimizerKind, Schedule, TrainConfig};
use crate::data::augment::Augment;
use crate::families::vit::Vit;
use crate::families::{Family, Preset};

/// All of them, the default first.
pub(in crate::families) const PRESETS: &[Preset] = &[STARTER, TINY, SMALL, BASE, ARTICLE];

/// Patch 7 after two convolutions of 8 channels, width 64, depth 4: 187,306 parameters. 98.04 % of 8,000 other images after
/// ten epochs on 4,500 of MNIST's (one seed).
pub const STARTER: Preset = Preset {
    name: "starter",
    about: "For a few thousand images: two convolutions before the patches, augmentation, Muon",
    family: |side| fitted(side, Vit { patch_size: 7, stem: 8, ..Vit::default() }),
    training: || TrainConfig {
        optimizer: OptimizerKind::Muon,
        learning_rate: 6e-3,
        ema_decay: 0.995,
        augment: Augment { rotate: 10.0, scale: 0.1, shear: 10.0, ..Augment::digits() },
        ..TrainConfig::default()
    },
    ..TINY
};

/// Patch 7, width 64, depth 4: 139,018 parameters.
pub const TINY: Preset = Preset {
    name: "tiny",
    about: "A plain transformer, the quickest to train",
    family: |side| fitted(side, Vit { patch_size: 7, ..Vit::default() }),
    dropout: 0.0,
    stochastic_depth: 0.0,
    training: TrainConfig::default,
};

/// Patch 4, width 64, depth 6: 205,962 parameters. 98.55 % of MNIST's test images after 5 epochs (one seed).
pub const SMALL: Preset = Preset {
    name: "small",
    about: "Finer patches: more accurate, about five times the work of tiny",
    family: |side| fitted(side, Vit { depth: 6, ..Vit::default() }),
    ..TINY
};

/// Patch 4 after four convolutions, width 64, depth 4: 162,554 parameters. 99.60 % of MNIST's test images after 12 epochs
/// (mean of three seeds).
pub const BASE: Preset = Preset {
    name: "base",
    about: "Four convolutions before the patches, augmentation, Muon: the most accurate",
    family: |side| fitted(side, Vit { stem: 16, stem_depth: 4, ..Vit::default() }),
    training: || TrainConfig {
        epochs: 12,
        optimizer: OptimizerKind::Muon,
        learning_rate: 4e-3,
        ema_decay: 0.998,
        augment: Augment::digits(),
        ..TrainConfig::default()
    },
    ..TINY
};

/// The recipe of the article that Patchwork grew from: patch 16, Adam, 40 epochs, random rotations, dropout. 151,498
/// parameters; 98.80 % of MNIST's test images after its 40 epochs (one seed).
pub const ARTICLE: Preset = Preset {
    name: "article",
    about: "The recipe of the article that Patchwork is based on: Adam, rotations, dropout",
    family: |side| fitted(side, Vit { patch_size: 16, ..Vit::default() }),
    dropout: 0.1,
    training: || TrainConfig {
        epochs: 40,
        batch_size: 128,
        optimizer: OptimizerKind::Adam,
        learning_rate: 1e-3,
        schedule: Schedule::Constant,
        warmup_epochs: 0.0,
        weight_decay: 0.0,
        clip_norm: 0.0,
        augment: Augment { rotate: 15.0, ..Augment::NONE },
        ..TrainConfig::default()
    },
    ..TINY
};

/// The settings with a patch size of at most `side`.
fn fitted(side: usize, vit: Vit) -> Family {
    Family::Vit(Vit { patch_size: vit.patch_size.min(side), ..vit })
}
