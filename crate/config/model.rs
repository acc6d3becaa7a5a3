//! Settings of a model.

use patchwork_arch::{Architecture, DropRates};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Map, Value};

use crate::error::{Error, Result};
use crate::families::{self, Family, Preset, Settings, Task};
use crate::limits;

/// The settings of a model: input, output, dropout, and those of its family.
///
/// As JSON it is one flat object; `family` names the family. A model without a `family` is a `vit`, as in files from before
/// there were other families.
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
    /// A model with a custom architecture. Stochastic depth grows linearly from 0 at the first block to the `drop_path` of
    /// the last.
    #[cfg(feature = "operations")]
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

    /// The architecture of a model with these settings.
    pub fn architecture(&self) -> Architecture {
        self.family.architecture(&self.task())
    }

    /// The settings that its family needs.
    fn task(&self) -> Task {
        Task {
            image_size: self.image_size,
            classes: self.classes,
            rates: DropRates { dropout: self.dropout, attention_dropout: self.attention_dropout },
            stochastic_depth: self.stochastic_depth,
        }
    }

    /// This model with the dropout, attention dropout and stochastic depth of another: these belong to training, not to the
    /// shape of the weights.
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
    /// If its family has no such setting, or the value has another type.
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

    /// Checks every setting and their combination.
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

impl Preset {
    /// The model, for images of `image_size` pixels per side and `classes` classes.
    pub fn model(&self, image_size: usize, classes: usize) -> ModelConfig {
        ModelConfig {
            image_size,
            classes,
            dropout: self.dropout,
            attention_dropout: 0.0,
            stochastic_depth: self.stochastic_depth,
            family: (self.family)(image_size),
        }
    }
}
