//! The small module: images of drawings, predictions, settings.

#[cfg(feature = "trainer")]
use js_sys::Array;
use js_sys::{Float32Array, Object, Uint8Array};
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

use super::value::{Thrown, check_settings, give, set, take, thrown};
use patchwork::arch::{Architecture, Patch};
use patchwork::config::{self, Preset};
use patchwork::cost::{self, Checked};
use patchwork::data::augment::Augment;
use patchwork::data::{drawing, synth};
use patchwork::device;
use patchwork::error::Error;
use patchwork::explain::BlockAttention;
use patchwork::predictor::{self, Prediction};
use patchwork::protocol::PresetReport;
use patchwork::rng::{self, Purpose};
#[cfg(feature = "trainer")]
use patchwork::structure::Structure;
use patchwork::weights::{self, Weights};

/// A model that is ready to predict.
#[wasm_bindgen]
pub struct Predictor {
    predictor: predictor::Predictor,
    class_names: Vec<String>,
}

#[wasm_bindgen]
impl Predictor {
    /// Loads a model from a safetensors file.
    #[wasm_bindgen(constructor)]
    pub fn new(weights: &[u8]) -> Thrown<Self> {
        let (weights, card) = Weights::from_safetensors(weights).map_err(thrown)?;
        let predictor =
            predictor::Predictor::new(&weights, &device::cpu().device).map_err(thrown)?;
        Ok(Self { predictor, class_names: card.class_names })
    }

    /// Class names; empty if the classes are plain numbers.
    pub fn class_names(&self) -> Vec<String> {
        self.class_names.clone()
    }

    /// The model's settings.
    pub fn model(&self) -> Thrown<JsValue> {
        give(self.predictor.config())
    }

    /// The number of parameters.
    pub fn parameters(&self) -> usize {
        weights::count(self.predictor.config())
    }

    /// Predicts an image of `[side, side]` bytes; returns a `Prediction`.
    pub async fn predict(&self, image: Vec<u8>) -> Thrown<JsValue> {
        let prediction = self.predictor.predict(&image).await.map_err(thrown)?;
        prediction_object(self.predictor.architecture(), &image, &prediction)
    }
}

/// A prediction for the page: typed arrays with their sizes.
fn prediction_object(
    architecture: &Architecture,
    image: &[u8],
    prediction: &Prediction,
) -> Thrown<JsValue> {
    let plain = architecture.stages.len() == 1 && architecture.is_plain();
    let blocks = prediction.attention.last_stage();
    let stage = architecture.last_stage();
    let patch = architecture.patches().last().copied().unwrap_or(Patch { side: 1, before: 0 });
    // Other models have theirs block by block.
    let shown = if plain { blocks } else { &[] };
    let mean: Vec<f32> = shown.iter().flat_map(BlockAttention::mean).collect();
    let attention: Vec<f32> =
        shown.iter().flat_map(|block| block.weights.iter().copied()).collect();
    let stem = &architecture.stages[0].embedding.stem;
    let object = Object::new();
    let sizes = [
        ("side", architecture.input.side),
        ("depth", blocks.len()),
        ("heads", blocks.first().map_or(0, |block| block.heads)),
        ("tokens", stage.tokens()),
        ("grid", stage.grid.rows),
        ("patch", patch.side),
        ("padding", patch.before),
        ("stem", stem.first().map_or(0, |layer| layer.output)),
        ("stem_depth", stem.len()),
    ];
    for (name, size) in sizes {
        set(&object, name, size as u32)?;
    }
    set(&object, "image", Uint8Array::from(image))?;
    set(&object, "sure", prediction.sure)?;
    set(&object, "unlike", prediction.unlike)?;
    set(&object, "plain", plain)?;
    #[cfg(feature = "trainer")]
    if !plain {
        set(&object, "parts", parts(architecture, prediction)?)?;
    }
    for (name, values) in [
        ("probabilities", &prediction.probabilities),
        ("attention", &attention),
        ("mean", &mean),
        ("rollout", &prediction.attention.rollout_matrix()),
        ("class_token", &prediction.class_token),
    ] {
        set(&object, name, Float32Array::from(values.as_slice()))?;
    }
    Ok(object.into())
}

/// What each part of a model did, for models that are no plain Vision Transformers.
#[cfg(feature = "trainer")]
fn parts(architecture: &Architecture, prediction: &Prediction) -> Thrown<JsValue> {
    let maps = &prediction.attention;
    let structure = Structure::new(architecture, maps);
    let object = Object::new();
    let values = Array::new();
    for (index, ((_, block), tokens)) in structure.blocks().zip(&prediction.tokens).enumerate() {
        let map = maps.blocks.iter().find(|map| map.block == index);
        let seen: &[f32] = match map {
            Some(map) => &map.weights,
            None if block.heads == 0 => tokens,
            None => &[],
        };
        values.push(&Float32Array::from(seen));
    }
    set(&object, "structure", give(&structure)?)?;
    set(&object, "values", values)?;
    set(&object, "pooling", Float32Array::from(maps.pooling.as_slice()))?;
    Ok(object.into())
}

/// Strokes to an image as MNIST was made; `None` if there is no ink.
#[wasm_bindgen]
pub fn image_of_strokes(strokes: JsValue, pen_width: f32) -> Thrown<Option<Vec<u8>>> {
    let strokes: Vec<drawing::Stroke> = take(strokes)?;
    Ok(drawing::strokes_to_image(&strokes, pen_width).map(|image| image.to_vec()))
}

/// A grey picture (0 is background, 255 is ink), `[height, width]`, to an image; `None` if there is no
/// ink.
#[wasm_bindgen]
pub fn image_of_ink(ink: &[u8], width: usize, height: usize) -> Option<Vec<u8>> {
    drawing::normalise_ink(ink, width, height).map(|image| image.to_vec())
}

/// The presets for images of `side` pixels and `classes` classes.
#[wasm_bindgen]
pub fn presets(side: usize, classes: usize) -> Thrown<JsValue> {
    let report = |preset: Preset| PresetReport {
        name: preset.name.into(),
        model: preset.model(side, classes),
        train: preset.training(),
    };
    give(&Preset::all().map(report).collect::<Vec<_>>())
}

/// Whether settings are possible, and what they cost.
#[wasm_bindgen]
pub fn check(settings: JsValue) -> Thrown<JsValue> {
    match check_settings(&settings) {
        Ok(()) => give(&cost::check(&take(settings)?)),
        Err(error) => give(&Checked { error: Some(error), cost: None }),
    }
}

/// The range of each setting.
#[wasm_bindgen]
pub fn limits() -> Thrown<JsValue> {
    give(&config::ranges())
}

/// An image augmented as in training, as bytes.
#[wasm_bindgen]
pub fn deform(
    image: &[u8],
    side: usize,
    augment: JsValue,
    seed: f64,
    number: f64,
) -> Thrown<Vec<u8>> {
    let augment: Augment = take(augment)?;
    augment.validate().map_err(thrown)?;
    if side == 0 || side.checked_mul(side) != Some(image.len()) {
        return Err(thrown(Error::data("the image has another size than it says")));
    }
    let mut pixels = vec![0.0; image.len()];
    let mut rng = rng::stream(seed as u64, Purpose::Augment, &[number as u64]);
    augment.apply(image, side, &mut rng, &mut pixels);
    Ok(pixels.into_iter().map(|pixel| ((pixel + 1.0) * 127.5).round() as u8).collect())
}

/// One built-in digit.
#[wasm_bindgen]
pub fn builtin_digit(label: u8, seed: f64) -> Vec<u8> {
    let mut rng = rng::stream(seed as u64, Purpose::Synth, &[u64::from(label)]);
    synth::digit(label, &mut rng).to_vec()
}
