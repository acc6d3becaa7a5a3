//! Presets: named models of a family, each with a recipe to train it.

use std::fmt;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::config::train::TrainConfig;
#[cfg(feature = "operations")]
use crate::families::vit;
use crate::families::{Family, LIST};

/// A named recipe: a model and how to train it. Presets stand beside their family.
#[derive(Clone, Copy)]
pub struct Preset {
    /// Its name as it is typed.
    pub name: &'static str,
    /// What distinguishes it, in one sentence.
    pub about: &'static str,
    /// The settings of its family for images with this number of pixels per side.
    pub(crate) family: fn(usize) -> Family,
    /// Dropout after the embedding, the attention's projection and both MLP layers.
    pub(crate) dropout: f64,
    /// The probability to skip the last block's branches.
    pub(crate) stochastic_depth: f64,
    /// The recipe.
    pub(super) training: fn() -> TrainConfig,
}

/// The recipe that families are compared with: that of the preset `base`, for 8 epochs.
#[cfg(feature = "operations")]
pub(super) fn comparison() -> TrainConfig {
    TrainConfig { epochs: 8, ..vit::BASE.training() }
}

/// Patch size that cuts an image of `side` pixels per side into about 14×14 patches.
#[cfg(feature = "operations")]
pub(super) fn fine_patch(side: usize) -> usize {
    side.div_ceil(14)
}

impl Preset {
    /// All presets, family by family.
    pub fn all() -> impl Iterator<Item = Self> {
        LIST.iter().flat_map(|family| family.presets).copied()
    }

    /// The preset of this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::all().find(|preset| preset.name == name)
    }

    /// The training recipe.
    pub fn training(&self) -> TrainConfig {
        (self.training)()
    }
}

impl fmt::Debug for Preset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Preset({})", self.name)
    }
}

impl PartialEq for Preset {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl Eq for Preset {}

impl Serialize for Preset {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name)
    }
}

impl<'de> Deserialize<'de> for Preset {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = String::deserialize(deserializer)?;
        Self::named(&name)
            .ok_or_else(|| D::Error::custom(format!("this version has no preset '{name}'")))
    }
}

#[cfg(feature = "clap")]
impl clap::ValueEnum for Preset {
    fn value_variants<'a>() -> &'a [Self] {
        static VARIANTS: std::sync::LazyLock<Vec<Preset>> =
            std::sync::LazyLock::new(|| Preset::all().collect());
        &VARIANTS
    }

    fn to_possible_value(&self) -> Option<clap::builder::PossibleValue> {
        Some(clap::builder::PossibleValue::new(self.name).help(self.about))
    }
}
