//! TypeScript generated from the crate: its types (`www/src/protocol/engine.ts`) and the list of families, from which the
//! page builds its form (`www/src/protocol/families.ts`).
//!
//! After a change here: `PATCHWORK_WRITE_TYPES=1 cargo test --release --workspace --lib page_types`.

use std::fs;

use serde_json::json;
use ts_rs::{Config, TS};

use crate::config::{
    Distillation, DistillationKind, ModelConfig, OptimizerKind, Pool, Precision, Schedule,
    TrainConfig,
};
use crate::cost::{Checked, Cost, Memory};
use crate::data::Orientation;
use crate::data::augment::Augment;
use crate::data::drawing::Stroke;
use crate::error::{Error, ErrorKind, Place};
use crate::families::cct::Cct;
use crate::families::cnn::Cnn;
use crate::families::custom::Custom;
use crate::families::deit::Deit;
use crate::families::linear::Linear;
use crate::families::linformer::Linformer;
use crate::families::pvt::Pvt;
use crate::families::swin::Swin;
use crate::families::vit::Vit;
use crate::families::{Family, FamilyReport, LIST, Preset, Setting, SettingKind};
use crate::limits::{Group, Limit, Limits};
use crate::metrics::{Confusion, EpochRow};
use crate::protocol::*;
use crate::weights;

/// `Prediction` is built from typed arrays in `crate/web/predictor.rs`, not by serde.
const PREDICTION: &str = "\
/** The prediction for one image. A row of attention belongs to one query token. */
export type Prediction = {
  image: Uint8Array;
  side: number;
  probabilities: Float32Array;
  /** Whether the model is sure of the most probable class. */
  sure: boolean;
  /** Whether the model is a plain Vision Transformer, which the page explains step by step. */
  plain: boolean;
  /** Why there are no maps of attention, or which those are that there are; else empty. */
  note: string;
  /** Blocks with a map of attention; 0 if there is none. */
  depth: number;
  heads: number;
  tokens: number;
  grid: number;
  patch: number;
  /** Pixels added left and above so that whole patches cover the image. */
  padding: number;
  /** Channels of the first of the convolutions before the patches; 0 if there are none. */
  stem: number;
  /** Number of these convolutions. */
  stem_depth: number;
  /** `[depth, heads, tokens, tokens]` */
  attention: Float32Array;
  /** The mean over the heads, `[depth, tokens, tokens]`. */
  mean: Float32Array;
  /** Attention rollout, `[tokens, tokens]`. */
  rollout: Float32Array;
  /** The class token after each block, `[depth, width]`. */
  class_token: Float32Array;
  milliseconds: number;
};
";

const MARK: &str = "// Written by the crate (crate/protocol/page_types.rs); not by hand.\n";

#[test]
fn the_page_has_the_types_of_the_crate() {
    compare("engine.ts", &page_types());
}

#[test]
fn the_page_has_the_families_of_the_crate() {
    compare("families.ts", &page_families());
}

/// Compares a file of the page with what it should be, or writes it.
fn compare(name: &str, text: &str) {
    let path = format!("{}/www/src/protocol/{name}", env!("CARGO_MANIFEST_DIR"));
    if std::env::var_os("PATCHWORK_WRITE_TYPES").is_some() {
        fs::write(&path, text).expect("the file can be written");
    }
    let page = fs::read_to_string(path).expect("the page has the file");
    assert!(page == text, "{name} is old: run this test with PATCHWORK_WRITE_TYPES=1");
}

/// The families that have a preset, as JSON in TypeScript, with the models of their presets for images as MNIST has them.
fn page_families() -> String {
    let preset = |preset: &Preset| {
        let model = preset.model(28, 10);
        json!({
            "name": preset.name,
            "about": preset.about,
            "parameters": weights::parameters(&model),
            "model": model,
            "train": preset.training(),
        })
    };
    let family = |family: &FamilyReport| {
        json!({
            "name": family.name,
            "about": family.about,
            "settings": family.settings,
            "presets": family.presets.iter().map(preset).collect::<Vec<_>>(),
        })
    };
    let offered = LIST.iter().filter(|family| !family.presets.is_empty());
    let list: Vec<_> = offered.map(family).collect();
    let list = serde_json::to_string_pretty(&list).expect("plain data");
    format!(
        "{MARK}{FAMILY_TYPES}\n/** The families to choose from, the first one first. */\nexport const FAMILIES: readonly FamilyReport[] = {list};\n"
    )
}

const FAMILY_TYPES: &str = "\
import type { PresetReport, Setting } from \"./engine.js\";

/** A preset of a family, for images of 28×28 pixels and 10 classes. */
export interface FamilyPreset extends PresetReport {
  /** What distinguishes it, in a sentence. */
  about: string;
  parameters: number;
}

/** A family of models, as it is offered. */
export interface FamilyReport {
  name: string;
  /** What it is, in a sentence. */
  about: string;
  settings: readonly Setting[];
  presets: readonly FamilyPreset[];
}
";

fn page_types() -> String {
    let config = Config::new().with_large_int("number");
    let mut text = String::from(MARK);
    let mut add = |docs: Option<String>, declaration: String| {
        text.push('\n');
        text.push_str(&docs.unwrap_or_default());
        text.push_str(&format!("export {declaration}\n"));
    };
    macro_rules! declare {
        ($($type:ty),* $(,)?) => { $(add(<$type>::docs(), <$type>::decl(&config));)* };
    }
    declare![
        Stroke,
        Pool,
        OptimizerKind,
        Schedule,
        Precision,
        DistillationKind,
        Distillation,
        Vit,
        Deit,
        Cct,
        Pvt,
        Swin,
        Linear,
        Linformer,
        Cnn,
        Custom,
        Family,
        ModelConfig,
        Augment,
        TrainConfig,
        RunSettings,
        PresetReport,
        Command,
        EvaluatedSplit,
        Reason,
        Progress,
        EpochRow,
        EpochReport,
        Confusion,
        Evaluation,
        Event,
        ErrorKind,
        Place,
        Error,
        Memory,
        Cost,
        Checked,
        Group,
        Limit,
        Limits,
        SettingKind,
        Setting,
        FileRole,
        Orientation,
        ReadOptions,
        FileReport,
        DataReport,
        Correction,
        FileCorrections,
        SamplePrediction,
        EpochDetail,
    ];
    text + "\n" + PREDICTION
}
