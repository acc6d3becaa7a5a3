//! Conversion of values to and from JavaScript.

use js_sys::{Object, Reflect};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_wasm_bindgen::Serializer;
use wasm_bindgen::JsValue;

use patchwork::config;
use patchwork::error::{Error, Result as Checked};
use patchwork::limits::Group;

/// A `Result` whose error is thrown in JavaScript.
pub(super) type Thrown<T> = Result<T, JsValue>;

/// Plain data to JavaScript objects, as in JSON.
pub(super) fn give<T: Serialize>(value: &T) -> Thrown<JsValue> {
    value.serialize(&Serializer::json_compatible()).map_err(|error| foreign(&error.to_string()))
}

/// Plain data from JavaScript objects.
pub(super) fn take<T: DeserializeOwned>(value: JsValue) -> Thrown<T> {
    serde_wasm_bindgen::from_value(value).map_err(|error| foreign(&error.to_string()))
}

/// Checks the whole numbers of settings before they are parsed: JavaScript's may be too large for ours,
/// and then the error should name the setting, not the protocol.
///
/// # Errors
/// The first number outside its range, by name.
pub(super) fn check_settings(settings: &JsValue) -> Checked<()> {
    let field = |object: &JsValue, name: &str| Reflect::get(object, &JsValue::from_str(name)).ok();
    let model = field(settings, "model");
    let train = field(settings, "train");
    let augment = train.as_ref().and_then(|train| field(train, "augment"));
    let family = model.as_ref().and_then(|model| field(model, "family")?.as_string());
    config::check_whole(family.as_deref(), |group, setting| {
        let object = match group {
            Group::Model => &model,
            Group::Train => &train,
            Group::Augment => &augment,
        };
        field(object.as_ref()?, setting)?.as_f64()
    })
}

/// An error as the object to throw.
pub(super) fn thrown(error: Error) -> JsValue {
    give(&error).unwrap_or_else(|_| JsValue::from_str(&error.to_string()))
}

/// The error for page and module with different protocols: a bug, not the user's mistake.
fn foreign(problem: &str) -> JsValue {
    let error =
        Error::config(format!("the page sent what the engine does not understand: {problem}"))
            .help("Reload the page, so that both are of the same version");
    error
        .serialize(&Serializer::json_compatible())
        .unwrap_or_else(|_| JsValue::from_str(&error.to_string()))
}

/// Sets a property of an object.
pub(super) fn set(object: &Object, name: &str, value: impl Into<JsValue>) -> Thrown<()> {
    Reflect::set(object, &JsValue::from_str(name), &value.into()).map(|_| ())
}
