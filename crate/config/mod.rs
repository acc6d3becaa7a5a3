//! Settings of a model and of its training: plain data, checked in one place.

mod model;
pub(crate) mod train;

use serde_json::Value;

use crate::error::Result;
use crate::families;
use crate::limits::{self, Group, Limits};

pub use crate::families::Preset;
pub use crate::families::vit::{Pool, Vit};
pub use model::ModelConfig;
pub use train::{Distillation, DistillationKind, OptimizerKind, Precision, Schedule, TrainConfig};

/// The ranges of the settings that all families share, for the page. Those of a family are in its report.
pub fn ranges() -> Limits {
    Limits {
        settings: limits::SETTINGS.to_vec(),
        tokens: limits::TOKENS,
        parameters: limits::PARAMETERS,
        tab_memory: limits::TAB_MEMORY,
    }
}

/// Checks the whole numbers of settings before they are read into our types, which cannot hold numbers beyond 32 or 64
/// bits. `family` is the name of the model's family, if stated; `read` returns the value of a numeric field.
///
/// # Errors
/// A family that this build does not know, or the first number that is not whole or outside its range, by name.
pub fn check_whole(family: Option<&str>, read: impl Fn(Group, &str) -> Option<f64>) -> Result<()> {
    let of_family = families::find(family.unwrap_or(families::FIRST))?.limits();
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
