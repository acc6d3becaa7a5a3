//! The weights of a model as plain data: names and shapes, initial values, and the file format.
//!
//! In the crate all weights of a model are one flat `f32` array in the order of [`layout`], so that
//! optimizer, moving average and checkpoint are single arrays. In a file they are safetensors with
//! the names and shapes of timm's `VisionTransformer` (`docs/timm.py` loads them). Files are
//! untrusted: every name, shape, type and value is checked before anything is built.

use std::collections::{HashMap, HashSet};

use half::{bf16, f16};
use rand::RngExt;
use safetensors::tensor::{Dtype, SafeTensors, TensorView};
use serde::{Deserialize, Serialize};

use crate::config::{self, ModelConfig};
use crate::data::names;
use crate::error::{Error, ErrorKind, Result};
use crate::families::Settings;
use crate::limits;
use crate::rng::{self, Purpose, Stream};

pub use patchwork_arch::{Init, Parameter, ParameterRole};

/// All parameters of a model that was validated, in the order of the flat array, as its files call them.
pub fn layout(config: &ModelConfig) -> Vec<Parameter> {
    let mut parameters = config.architecture().parameters();
    for parameter in &mut parameters {
        parameter.shape = config.family.file_shape(parameter);
        parameter.name = config.family.file_name(&parameter.name);
    }
    parameters
}

/// The number of parameters of a model, in 64 bits everywhere.
pub fn parameters(config: &ModelConfig) -> u64 {
    config.architecture().count()
}

/// [`parameters`] as the length of an array, for a valid model.
pub fn count(config: &ModelConfig) -> usize {
    usize::try_from(parameters(config)).unwrap_or(usize::MAX)
}

/// Checks a model's settings and its size.
///
/// # Errors
/// The first impossible setting, or too many parameters.
pub fn validate(config: &ModelConfig) -> Result<()> {
    config.validate()?;
    let parameters = parameters(config);
    if parameters <= limits::PARAMETERS {
        return Ok(());
    }
    Err(Error::config(format!("{parameters} parameters are more than {}", limits::PARAMETERS))
        .setting("width")
        .help("Choose a smaller width, depth or MLP width"))
}

/// Checks that a model is possible and has `values` weights.
///
/// # Errors
/// The first impossible setting, or both counts.
pub(crate) fn check_count(config: &ModelConfig, values: usize) -> Result<()> {
    validate(config)?;
    let parameters = count(config);
    if values == parameters {
        return Ok(());
    }
    Err(Error::weights(format!("{values} values are not the {parameters} of this model")))
}

/// The weights of a model, with the model's settings.
#[derive(Debug, Clone, PartialEq)]
pub struct Weights {
    /// The model they belong to.
    pub config: ModelConfig,
    /// All values in the order of [`layout`].
    pub flat: Vec<f32>,
}

/// What a weights file stores besides the weights.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct ModelCard {
    /// How the model was made, in a sentence.
    pub recipe: String,
    /// Class names; empty if the classes are plain numbers.
    pub class_names: Vec<String>,
}

/// How a file stores its numbers.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Storage {
    /// 32-bit floats: exactly the weights.
    #[default]
    F32,
    /// 16-bit floats: half the size, for a model that only predicts.
    F16,
}

impl Storage {
    fn dtype(self) -> Dtype {
        match self {
            Self::F32 => Dtype::F32,
            Self::F16 => Dtype::F16,
        }
    }

    fn bytes(self, values: &[f32]) -> Vec<u8> {
        match self {
            Self::F32 => values.iter().flat_map(|value| value.to_le_bytes()).collect(),
            Self::F16 => {
                values.iter().flat_map(|&value| f16::from_f32(value).to_le_bytes()).collect()
            }
        }
    }
}

/// The only entry of a file's metadata: several would be written in random order, and the same
/// weights should give the same bytes.
const KEY: &str = "patchwork";

/// The content of that entry, as JSON.
#[derive(Serialize, Deserialize)]
struct Description {
    model: ModelConfig,
    #[serde(default)]
    card: ModelCard,
}

impl Weights {
    /// The weights of a model, all values in the order of [`layout`].
    ///
    /// # Errors
    /// If the model is impossible, or has another number of weights.
    pub fn new(config: ModelConfig, flat: Vec<f32>) -> Result<Self> {
        let weights = Self { config, flat };
        weights.check()?;
        Ok(weights)
    }

    /// Checks that the model is possible and has as many weights as there are values.
    ///
    /// # Errors
    /// The first impossible setting, or both counts.
    pub fn check(&self) -> Result<()> {
        check_count(&self.config, self.flat.len())
    }

    /// Initial weights: truncated normal (0.02) for class token and positions, Xavier uniform for
    /// matrices, LeCun normal for convolution kernels, a zero head. Seeded, and the same on every
    /// device.
    ///
    /// This follows Dosovitskiy et al. (2020) but differs from their published code. Queries, keys and
    /// values are one matrix here, and its bound counts all of their outputs, so they start smaller by
    /// √2 than three separate matrices would. The published class token starts at 0. Neither variant
    /// was better here in short runs (`docs/performance.md`, "Initial weights").
    pub fn init(config: &ModelConfig, seed: u64) -> Self {
        let mut flat = vec![0.0; count(config)];
        for (index, parameter) in layout(config).into_iter().enumerate() {
            let mut rng = rng::stream(seed, Purpose::Init, &[index as u64]);
            let (inputs, outputs) = parameter.fans();
            let values = flat[parameter.range].iter_mut();
            let mut scaled = |deviation: f32, values: std::slice::IterMut<f32>| {
                values.for_each(|value| *value = deviation * truncated_normal(&mut rng));
            };
            match parameter.init {
                Init::Zeros => {}
                Init::Ones => values.for_each(|value| *value = 1.0),
                Init::TruncatedNormal(deviation) => scaled(deviation, values),
                Init::LecunNormal => scaled((inputs as f32).recip().sqrt(), values),
                Init::XavierUniform => {
                    let bound = (6.0 / (inputs + outputs) as f32).sqrt();
                    values.for_each(|value| *value = rng.random_range(-bound..bound));
                }
                Init::Identity => {
                    let diagonal = |(index, value): (usize, &mut f32)| {
                        *value = f32::from(u8::from(index.is_multiple_of(inputs + 1)));
                    };
                    values.enumerate().for_each(diagonal);
                }
                Init::AroundQuery => {
                    let drawn = around_query(parameter.shape[0]);
                    values.zip(drawn).for_each(|(value, drawn)| *value = drawn);
                }
                Init::Orthogonal => {
                    let drawn = orthogonal(&mut rng, parameter.shape[0], inputs);
                    values.zip(drawn).for_each(|(value, drawn)| *value = drawn);
                }
            }
        }
        Self { config: config.clone(), flat }
    }

    /// Interpolates between these weights and those of a model fine-tuned from them: a `share` of 0
    /// gives these, 1 the others. The result is often better than both on the data of either
    /// (Wortsman et al. 2022, "Robust fine-tuning of zero-shot models").
    ///
    /// # Errors
    /// If the models differ in more than dropout, or `share` is not between 0 and 1.
    pub fn between(&self, other: &Self, share: f32) -> Result<Self> {
        if !(0.0..=1.0).contains(&share) {
            return Err(Error::config(format!("a share of {share} is not between 0 and 1")));
        }
        if let Some(difference) = difference(&self.config, &other.config) {
            return Err(Error::config(format!(
                "the two models have different shapes: {difference}"
            ))
            .help("Take a model and one that was trained further from it (--from)"));
        }
        let pairs = self.flat.iter().zip(&other.flat);
        let flat = pairs.map(|(a, b)| (1.0 - share) * a + share * b).collect();
        Ok(Self { config: self.config.clone(), flat })
    }

    /// One parameter in the layout of a file (PyTorch's).
    pub fn stored(&self, parameter: &Parameter) -> Vec<f32> {
        let values = &self.flat[parameter.range.clone()];
        match parameter.shape[..] {
            [rows, columns, ..] if parameter.is_transposed() => transpose(values, columns, rows),
            _ => values.to_vec(),
        }
    }

    /// The bytes of a safetensors file.
    ///
    /// # Errors
    /// If the file format refuses the arrays.
    pub fn to_safetensors(&self, card: &ModelCard, storage: Storage) -> Result<Vec<u8>> {
        let refused = |error| Error::from_cause(ErrorKind::Weights, error);
        let parameters = layout(&self.config);
        let stored: Vec<Vec<u8>> =
            parameters.iter().map(|parameter| storage.bytes(&self.stored(parameter))).collect();
        let views = parameters
            .iter()
            .zip(&stored)
            .map(|(p, bytes)| {
                Ok((&p.name, TensorView::new(storage.dtype(), p.shape.clone(), bytes)?))
            })
            .collect::<std::result::Result<Vec<_>, safetensors::SafeTensorError>>()
            .map_err(refused)?;
        let description = Description { model: self.config.clone(), card: card.clone() };
        let metadata = HashMap::from([(KEY.into(), json(&description)?)]);
        safetensors::serialize(views, Some(metadata)).map_err(refused)
    }

    /// Reads a safetensors file.
    ///
    /// # Errors
    /// If it is not a safetensors file, has no Patchwork model description, or if a tensor is
    /// missing, unexpected, of another shape or type, or contains a value that is not a number.
    pub fn from_safetensors(bytes: &[u8]) -> Result<(Self, ModelCard)> {
        let file = open(bytes)?;
        let impossible = |error: Error| match error.kind {
            ErrorKind::Unsupported => error,
            _ => Error::weights(format!("the file describes an impossible model: {error}")),
        };
        let described: serde_json::Value = metadata(bytes, KEY)?;
        config::check_json(described.get("model"), None).map_err(impossible)?;
        let Description { model: config, card } = metadata(bytes, KEY)?;
        validate(&config).map_err(impossible)?;
        check_class_names(&card, &config)?;
        let parameters = check_names(&file, &config)?;
        let mut flat = Vec::with_capacity(bytes.len() / 4);
        for parameter in &parameters {
            let values = floats(&file, &parameter.name, &parameter.shape)?;
            let values = match parameter.shape[..] {
                [rows, columns, ..] if parameter.is_transposed() => {
                    transpose(&values, rows, columns)
                }
                _ => values,
            };
            flat.extend(values);
        }
        Ok((Self { config, flat }, card))
    }
}

/// How the shapes of two models differ, such as "width 64 and 32, depth 4 and 6"; `None` if they
/// differ in dropout alone.
pub fn difference(first: &ModelConfig, second: &ModelConfig) -> Option<String> {
    let second = second.with_dropout_of(first);
    let fields = |config: &ModelConfig| match serde_json::to_value(config) {
        Ok(serde_json::Value::Object(fields)) => fields,
        _ => serde_json::Map::new(),
    };
    let others = fields(&second);
    let differ = fields(first).into_iter().filter_map(|(name, value)| {
        let other = others.get(&name).filter(|other| **other != value)?;
        let words = name.replace('_', " ");
        let plain = |value: &serde_json::Value| value.to_string().replace('"', "");
        Some(format!("{words} {} and {}", plain(&value), plain(other)))
    });
    let differ: Vec<String> = differ.collect();
    (!differ.is_empty()).then(|| differ.join(", "))
}

impl Weights {
    /// These weights with the dropout, attention dropout and stochastic depth of `settings`.
    ///
    /// # Errors
    /// If `settings` is a model of another shape; the error says what differs.
    pub fn to_train_as(self, settings: &ModelConfig) -> Result<Self> {
        if let Some(difference) = difference(&self.config, settings) {
            return Err(Error::config(format!(
                "the weights and the settings are of different models: {difference}"
            ))
            .help("Choose the settings of the weights' model, or start from fresh weights"));
        }
        Ok(Self { config: self.config.with_dropout_of(settings), flat: self.flat })
    }
}

/// Checks that a file has as many class names as classes, or none.
fn check_class_names(card: &ModelCard, config: &ModelConfig) -> Result<()> {
    let (count, classes) = (card.class_names.len(), config.classes);
    if count > 0 && count != classes {
        return Err(Error::weights(format!("the file names {count} classes of {classes}")));
    }
    names::check(&card.class_names).map_err(|error| Error::weights(error.problem))
}

/// Checks that a file contains no tensors other than the parameters of a model.
fn check_names(file: &SafeTensors<'_>, config: &ModelConfig) -> Result<Vec<Parameter>> {
    let parameters = layout(config);
    let expected: HashSet<&str> = parameters.iter().map(|p| p.name.as_str()).collect();
    if let Some(name) = file.names().into_iter().find(|name| !expected.contains(*name)) {
        return Err(Error::weights(format!("tensor {name:?} is none of this model's")));
    }
    Ok(parameters)
}

/// Opens the bytes of a safetensors file.
pub(crate) fn open(bytes: &[u8]) -> Result<SafeTensors<'_>> {
    SafeTensors::deserialize(bytes).map_err(|error| {
        Error::weights(format!("this is not a valid .safetensors file ({error})"))
            .help("Choose one that Patchwork saved")
            .because(error)
    })
}

/// Reads an entry of a safetensors file's metadata as JSON.
pub(crate) fn metadata<T: for<'a> Deserialize<'a>>(bytes: &[u8], key: &str) -> Result<T> {
    let (_, header) =
        SafeTensors::read_metadata(bytes).map_err(|error| damaged("the header", error))?;
    let text =
        header.metadata().as_ref().and_then(|entries| entries.get(key)).ok_or_else(|| {
            Error::weights(format!("the file says nothing of {key:?}"))
                .help("Only files that Patchwork wrote can be opened")
        })?;
    serde_json::from_str(text).map_err(|error| damaged(&format!("the entry {key:?}"), error))
}

/// The error for a part of a file that cannot be read.
fn damaged(what: &str, error: impl std::error::Error + Send + Sync + 'static) -> Error {
    Error::weights(format!("{what} is damaged ({error})")).because(error)
}

/// Writes a value as JSON.
pub(crate) fn json<T: Serialize>(value: &T) -> Result<String> {
    serde_json::to_string(value).map_err(|error| Error::from_cause(ErrorKind::Weights, error))
}

/// Reads one tensor of 64-bit, 32-bit or 16-bit floats, all of them finite 32-bit numbers.
pub(crate) fn floats(file: &SafeTensors<'_>, name: &str, shape: &[usize]) -> Result<Vec<f32>> {
    let tensor =
        file.tensor(name).map_err(|_| Error::weights(format!("tensor {name:?} is missing")))?;
    let bytes = tensor.data();
    if tensor.shape() != shape {
        return Err(unexpected(name, &tensor, shape));
    }
    let values: Vec<f32> = match tensor.dtype() {
        Dtype::F64 => numbers(bytes, |value| f64::from_le_bytes(value) as f32),
        Dtype::F32 => numbers(bytes, f32::from_le_bytes),
        Dtype::F16 => numbers(bytes, |value| f16::from_le_bytes(value).to_f32()),
        Dtype::BF16 => numbers(bytes, |value| bf16::from_le_bytes(value).to_f32()),
        _ => return Err(unexpected(name, &tensor, shape)),
    };
    if let Some(index) = values.iter().position(|value| !value.is_finite()) {
        return Err(Error::weights(format!("tensor {name:?} holds {} at {index}", values[index])));
    }
    Ok(values)
}

/// The numbers in bytes, `N` bytes each.
fn numbers<const N: usize>(bytes: &[u8], read: impl Fn([u8; N]) -> f32) -> Vec<f32> {
    bytes.as_chunks().0.iter().map(|&value| read(value)).collect()
}

/// The error for a tensor of another type or shape.
fn unexpected(name: &str, tensor: &TensorView<'_>, shape: &[usize]) -> Error {
    let (dtype, found) = (tensor.dtype(), tensor.shape());
    Error::weights(format!(
        "tensor {name:?} is {dtype:?} {found:?}, not F64, F32, F16 or BF16 {shape:?}"
    ))
}

/// The transpose of a `[rows, columns]` matrix.
fn transpose(values: &[f32], rows: usize, columns: usize) -> Vec<f32> {
    (0..rows * columns).map(|i| values[(i % rows) * columns + i / rows]).collect()
}

/// A normal number (Box and Muller 1958).
fn normal(rng: &mut Stream) -> f64 {
    let radius = (-2.0 * (1.0 - rng.random::<f64>()).ln()).sqrt();
    radius * (std::f64::consts::TAU * rng.random::<f64>()).cos()
}

/// A normal number, redrawn until it lies within two standard deviations.
fn truncated_normal(rng: &mut Stream) -> f32 {
    loop {
        let value = normal(rng);
        if value.abs() <= 2.0 {
            return value as f32;
        }
    }
}

/// What a column offset, a row offset and a squared distance count in the scores of each of a square number of heads, so
/// that each head reads mostly from one place of a square around the query (d'Ascoli et al. 2021, section 3). Heads go
/// down the columns of the square, as in the authors' code.
fn around_query(heads: usize) -> impl Iterator<Item = f32> {
    let side = heads.isqrt();
    let middle = (side - 1) as f32 / 2.0;
    let from_middle = move |place: usize| 2.0 * (place as f32 - middle);
    (0..heads).flat_map(move |head| [from_middle(head / side), from_middle(head % side), -1.0])
}

/// `rows` directions of `columns` numbers, row by row: orthogonal within every `columns` rows, and as long as as many
/// normal numbers are (Choromanski et al. 2020, section 2.4).
fn orthogonal(rng: &mut Stream, rows: usize, columns: usize) -> Vec<f32> {
    let length = |row: &[f64]| row.iter().map(|value| value * value).sum::<f64>().sqrt();
    let mut all: Vec<Vec<f64>> = Vec::new();
    for index in 0..rows {
        let mut row: Vec<f64> = (0..columns).map(|_| normal(rng)).collect();
        // Gram–Schmidt, one row after the other, each of unit length.
        for before in &all[index - index % columns..] {
            let along: f64 = row.iter().zip(before).map(|(value, other)| value * other).sum();
            row.iter_mut().zip(before).for_each(|(value, other)| *value -= along * other);
        }
        let unit = length(&row).recip();
        row.iter_mut().for_each(|value| *value *= unit);
        all.push(row);
    }
    let scaled = |row: Vec<f64>| {
        let length = length(&(0..columns).map(|_| normal(rng)).collect::<Vec<_>>());
        row.into_iter().map(move |value| (value * length) as f32).collect::<Vec<_>>()
    };
    all.into_iter().flat_map(scaled).collect()
}
