//! The ranges of all numbers a user can set: one table, used by the checks of the settings, by the
//! file readers and by the page's form. It is the same on 32 and on 64 bits.

use std::fmt::Display;

use serde::Serialize;

use crate::error::{Error, Result};

/// The object that has the setting as a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[cfg_attr(test, ts(rename = "SettingGroup"))]
#[serde(rename_all = "kebab-case")]
pub enum Group {
    /// [`ModelConfig`](crate::config::ModelConfig).
    Model,
    /// [`TrainConfig`](crate::config::TrainConfig).
    Train,
    /// [`Augment`](crate::data::augment::Augment), a part of the recipe.
    Augment,
}

/// The range of one setting.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Limit {
    /// The object that has the field.
    pub group: Group,
    /// The name of the field.
    pub setting: &'static str,
    /// What people call it.
    pub name: &'static str,
    /// The smallest value.
    pub low: f64,
    /// The largest value.
    pub high: f64,
    /// Whether the smallest value itself is excluded.
    pub above: bool,
    /// Whether only whole numbers are possible.
    pub whole: bool,
    /// The unit, or how to read a value; may be empty.
    pub unit: &'static str,
}

/// All limits, as sent to the page.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Limits {
    /// The range of each setting but those of families.
    pub settings: Vec<Limit>,
    /// The largest number of tokens of an image.
    pub tokens: u64,
    /// The largest number of parameters of a model.
    pub parameters: u64,
    /// The most bytes that the program in a browser tab can address.
    pub tab_memory: u64,
}

/// The largest number of tokens (patches plus class token) that a model may have.
pub const TOKENS: u64 = 4097;
/// The largest number of parameters that a model may have.
pub const PARAMETERS: u64 = 200_000_000;
/// The most bytes that the program in a browser tab can address: pointers in WebAssembly have 32
/// bits.
pub const TAB_MEMORY: u64 = 1 << 32;

/// Pixels per side of an image.
pub const IMAGE_SIZE: Limit = model("image_size", "image size", 4.0, 256.0);
/// The number of classes.
pub const CLASSES: Limit = model("classes", "classes", 2.0, 256.0);
/// Dropout.
pub const DROPOUT: Limit = part(Group::Model, "dropout", "dropout", 0.95);
/// Dropout on the attention weights.
pub const ATTENTION_DROPOUT: Limit =
    part(Group::Model, "attention_dropout", "attention dropout", 0.95);
/// Stochastic depth.
pub const STOCHASTIC_DEPTH: Limit =
    part(Group::Model, "stochastic_depth", "stochastic depth", 0.95);

/// A teacher's share of the loss.
pub const DISTILLATION_WEIGHT: Limit =
    part(Group::Train, "distillation", "distillation weight", 1.0);
/// What soft distillation divides scores by.
pub const TEMPERATURE: Limit =
    Limit { low: 0.1, ..part(Group::Train, "distillation", "distillation temperature", 100.0) };

/// Passes over the training images.
pub const EPOCHS: Limit = train("epochs", "epochs", 1.0, 100_000.0);
/// Images in a step.
pub const BATCH_SIZE: Limit = train("batch_size", "batch size", 1.0, 32_768.0);
/// Steps between two reads of the loss.
pub const READ_EVERY: Limit = train("read_every", "steps between reads", 1.0, 10_000.0);
/// Epochs at the end without photometric augmentation; at most all of them.
pub const CLEAN_EPOCHS: Limit = train("clean_epochs", "clean epochs", 0.0, 100_000.0);
/// Built-in digits, as the data set or added to it: a million of them are 784 MB.
pub const BUILTIN_DIGITS: Limit = train("builtin_digits", "built-in digits", 0.0, 1_000_000.0);
/// Share of built-in digits in rare styles.
pub const RARE_STYLES: Limit = part(Group::Train, "rare_styles", "share of rare styles", 1.0);
/// How often strokes are written again.
pub const STROKE_COPIES: Limit = train("stroke_copies", "copies of strokes", 0.0, 1000.0);
/// Images of no class added to the data.
pub const NOT_DIGITS: Limit = train("not_digits", "images that are no digits", 0.0, 1_000_000.0);
/// Epochs without a better validation accuracy.
pub const PATIENCE: Limit = train("patience", "patience", 0.0, 100_000.0);
/// The seed: all of 64 bits. JavaScript's whole numbers are exact up to 2⁵³.
pub const SEED: Limit = train("seed", "seed", 0.0, u64::MAX as f64);
/// Peak learning rate.
pub const LEARNING_RATE: Limit =
    Limit { above: true, ..part(Group::Train, "learning_rate", "learning rate", 10.0) };
/// Epochs of the warm-up; at most all of them.
pub const WARMUP_EPOCHS: Limit = part(Group::Train, "warmup_epochs", "warm-up epochs", 100_000.0);
/// Decoupled weight decay.
pub const WEIGHT_DECAY: Limit = part(Group::Train, "weight_decay", "weight decay", 10.0);
/// Decay rate of the first moment.
pub const FIRST_BETA: Limit = part(Group::Train, "betas", "first beta", 0.999_999);
/// Decay rate of the second moment.
pub const SECOND_BETA: Limit = part(Group::Train, "betas", "second beta", 0.999_999_9);
/// Keeps the optimizer from dividing by zero.
pub const EPSILON: Limit = part(Group::Train, "epsilon", "epsilon", 1.0);
/// Largest norm of a gradient.
pub const CLIP_NORM: Limit = part(Group::Train, "clip_norm", "clip norm", 1e9);
/// Label smoothing.
pub const LABEL_SMOOTHING: Limit = part(Group::Train, "label_smoothing", "label smoothing", 0.9);
/// Decay of the running average.
pub const EMA_DECAY: Limit = part(Group::Train, "ema_decay", "EMA decay", 0.999_999);
/// Share held back for validation.
pub const VALIDATION_FRACTION: Limit =
    part(Group::Train, "validation_fraction", "validation fraction", 0.9);
/// Share held back for the test.
pub const TEST_FRACTION: Limit = part(Group::Train, "test_fraction", "test fraction", 0.9);

/// Largest rotation.
pub const ROTATE: Limit = augment("rotate", "rotation", 180.0, "degrees");
/// Largest shift.
pub const SHIFT: Limit = augment("shift", "shift", 14.0, "pixels");
/// Largest change of scale.
pub const SCALE: Limit = augment("scale", "change of scale", 0.5, "(0.1 is ±10 %)");
/// Largest shear.
pub const SHEAR: Limit = augment("shear", "shear", 45.0, "degrees");
/// Largest elastic displacement.
pub const ELASTIC: Limit = augment("elastic", "elastic displacement", 8.0, "pixels");
/// Largest change of thickness.
pub const THICKNESS: Limit = augment("thickness", "change of thickness", 4.0, "pixels");
/// Largest blur.
pub const BLUR: Limit = augment("blur", "blur", 3.0, "pixels");
/// Longest side of the erased rectangle.
pub const ERASE: Limit = augment("erase", "erased side", 14.0, "pixels");
/// Strongest noise.
pub const NOISE: Limit = augment("noise", "noise", 1.0, "(0.1 is a tenth of full ink)");
/// Share of the images on paper that is not blank.
pub const PAPER: Limit = augment("paper", "share on paper", 1.0, "(0.1 is a tenth of the images)");

/// All ranges, in the order in which settings are checked.
pub(crate) const SETTINGS: &[Limit] = &[
    IMAGE_SIZE,
    CLASSES,
    DROPOUT,
    ATTENTION_DROPOUT,
    STOCHASTIC_DEPTH,
    EPOCHS,
    BATCH_SIZE,
    READ_EVERY,
    CLEAN_EPOCHS,
    BUILTIN_DIGITS,
    STROKE_COPIES,
    NOT_DIGITS,
    PATIENCE,
    SEED,
    LEARNING_RATE,
    WARMUP_EPOCHS,
    WEIGHT_DECAY,
    FIRST_BETA,
    SECOND_BETA,
    EPSILON,
    CLIP_NORM,
    LABEL_SMOOTHING,
    EMA_DECAY,
    RARE_STYLES,
    VALIDATION_FRACTION,
    TEST_FRACTION,
    ROTATE,
    SHIFT,
    SCALE,
    SHEAR,
    ELASTIC,
    THICKNESS,
    BLUR,
    ERASE,
    NOISE,
    PAPER,
];

impl Limit {
    /// Checks a count.
    ///
    /// # Errors
    /// If it is outside the range.
    pub fn check_count(&self, value: usize) -> Result<()> {
        self.check_number(value as f64, &value)
    }

    /// Checks a number; the error quotes it as `shown`.
    ///
    /// # Errors
    /// If it is outside the range, or not whole where a whole number is needed.
    pub fn check_number(&self, value: f64, shown: &dyn Display) -> Result<()> {
        let inside =
            value <= self.high && if self.above { value > self.low } else { value >= self.low };
        if inside && !(self.whole && value.fract() != 0.0) {
            return Ok(());
        }
        Err(self.refusal(shown))
    }

    /// The error for a value outside the range.
    fn refusal(&self, shown: &dyn Display) -> Error {
        let Self { name, low, high, unit, .. } = self;
        let range = match (self.above, self.whole) {
            (true, _) => format!("above {low} and at most {high}"),
            (false, true) => format!("a whole number from {low} to {high}"),
            (false, false) => format!("between {low} and {high}"),
        };
        let space = if unit.is_empty() { "" } else { " " };
        let error = Error::config(format!("{name} {shown} is not {range}{space}{unit}"))
            .setting(self.setting);
        if self.group == Group::Augment { error.help("Use 0 to turn it off") } else { error }
    }
}

/// The range of a whole number of the model.
pub const fn model(setting: &'static str, name: &'static str, low: f64, high: f64) -> Limit {
    let group = Group::Model;
    Limit { group, setting, name, low, high, above: false, whole: true, unit: "" }
}

/// The range of a whole number of the recipe.
const fn train(setting: &'static str, name: &'static str, low: f64, high: f64) -> Limit {
    Limit { group: Group::Train, ..model(setting, name, low, high) }
}

/// The range of a number that starts at 0.
const fn part(group: Group, setting: &'static str, name: &'static str, high: f64) -> Limit {
    Limit { group, setting, name, low: 0.0, high, above: false, whole: false, unit: "" }
}

/// The range of an augmentation.
const fn augment(
    setting: &'static str,
    name: &'static str,
    high: f64,
    unit: &'static str,
) -> Limit {
    Limit { unit, ..part(Group::Augment, setting, name, high) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{ModelConfig, Preset, TrainConfig, check_json, ranges};
    use crate::families::vit::{self, WIDTH};
    use crate::families::{FamilyReport, LIST};
    use serde_json::{Value, json};

    /// The families that have a preset, with their first one.
    fn families() -> impl Iterator<Item = (&'static FamilyReport, Preset)> {
        LIST.iter().filter_map(|family| Some((family, *family.presets.first()?)))
    }

    /// All ranges of a family's models and their recipes.
    fn ranges_of(family: &FamilyReport) -> Vec<Limit> {
        ranges().settings.into_iter().chain(family.limits()).collect()
    }

    /// The settings of a preset as JSON.
    fn settings(preset: Preset) -> (Value, Value) {
        let (model, train) = (preset.model(28, 10), preset.training());
        (serde_json::to_value(model).unwrap(), serde_json::to_value(train).unwrap())
    }

    /// The result of checking settings with one of them changed.
    fn checked(group: Group, setting: &str, value: Value) -> Result<()> {
        checked_in(vit::TINY, group, setting, value)
    }

    /// The same for settings of another preset.
    fn checked_in(preset: Preset, group: Group, setting: &str, value: Value) -> Result<()> {
        let (mut model, mut train) = settings(preset);
        match group {
            Group::Model => model[setting] = value,
            Group::Train => train[setting] = value,
            Group::Augment => train["augment"][setting] = value,
        }
        check_json(Some(&model), Some(&train))?;
        serde_json::from_value::<ModelConfig>(model).unwrap().validate()?;
        serde_json::from_value::<TrainConfig>(train).unwrap().validate()
    }

    #[test]
    fn every_number_of_the_settings_has_a_range() {
        for (family, preset) in families() {
            let ranges = ranges_of(family);
            let (model, train) = settings(preset);
            let augment = &train["augment"];
            let groups =
                [(Group::Model, &model), (Group::Train, &train), (Group::Augment, augment)];
            let mut count = 0;
            for (group, object) in groups {
                for (field, value) in object.as_object().unwrap() {
                    if value.is_number() || field == "betas" {
                        let known = |limit: &&Limit| (limit.group, limit.setting) == (group, field);
                        assert!(ranges.iter().any(|limit| known(&limit)), "{field}");
                        count += 1;
                    }
                }
            }
            assert_eq!(count + 1, ranges.len(), "betas are two; no range is without its setting");
        }
    }

    #[test]
    fn every_range_is_checked_and_names_its_setting() {
        let all = families()
            .flat_map(|(family, preset)| ranges_of(family).into_iter().map(move |l| (preset, l)));
        for (preset, limit) in all.filter(|(_, limit)| limit.setting != "seed") {
            let over = limit.high * 2.0 + 1.0;
            let values = match (limit.whole, limit.name) {
                (true, _) => vec![json!(over as u64), json!(1e20), json!(-1), json!(1.5)],
                (false, "first beta") => vec![json!([over, 0.9])],
                (false, "second beta") => vec![json!([0.9, over])],
                (false, _) => vec![json!(over), json!(-0.01)],
            };
            for value in values {
                let error = checked_in(preset, limit.group, limit.setting, value.clone())
                    .expect_err(&format!("{} {value}", limit.setting));
                assert_eq!(error.place.setting.as_deref(), Some(limit.setting), "{error}");
                assert!(error.problem.contains(limit.name), "{error}");
                assert!(error.problem.contains(&limit.high.to_string()), "{error}");
            }
        }
    }

    #[test]
    fn a_number_beyond_32_bits_is_out_of_range_like_any_other() {
        for value in ["4294967297", "4294967296", "5000", "100000000000000000000"] {
            let number: Value = serde_json::from_str(value).unwrap();
            let error = checked(Group::Model, "width", number).expect_err(value);
            let due = format!("width {value} is not a whole number from 1 to 4096");
            assert_eq!(error.problem, due);
        }
    }

    #[test]
    fn inconsistent_numbers_name_one_of_the_settings() {
        let fits = |group, setting, value: Value| {
            checked(group, setting, value).expect_err(setting).place.setting
        };
        let due = |setting: &str| Some(setting.to_owned());
        assert_eq!(fits(Group::Model, "patch_size", json!(29)), due("patch_size"));
        assert_eq!(fits(Group::Model, "heads", json!(7)), due("heads"));
        assert_eq!(fits(Group::Train, "clean_epochs", json!(11)), due("clean_epochs"));
        assert_eq!(fits(Group::Train, "warmup_epochs", json!(10.5)), due("warmup_epochs"));
        assert_eq!(fits(Group::Train, "test_fraction", json!(0.9)), due("validation_fraction"));
        let fine = vit::TINY.model(128, 10).with_setting("patch_size", 1.into()).unwrap();
        let error = fine.validate().expect_err("16,385 tokens");
        assert_eq!(error.place.setting, due("patch_size"));
    }

    #[test]
    fn the_ends_of_a_range_are_included_unless_it_is_open() {
        assert!(WIDTH.check_count(1).is_ok() && WIDTH.check_count(4096).is_ok());
        assert!(LEARNING_RATE.check_number(10.0, &10.0).is_ok());
        let error = LEARNING_RATE.check_number(0.0, &0.0).expect_err("0 is excluded");
        assert_eq!(error.problem, "learning rate 0 is not above 0 and at most 10");
        assert!(DROPOUT.check_number(f64::NAN, &f64::NAN).is_err());
    }
}
