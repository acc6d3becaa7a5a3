//! TypeScript generated from the crate: its types (`www/src/protocol/engine.ts`) and the list of families, from which the
//! page builds its form (`www/src/protocol/families.ts`).
//!
//! After a change here: `PATCHWORK_WRITE_TYPES=1 cargo test --release --workspace --lib page_types`.

use std::fs;

use serde::Serialize;
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
use crate::explain::Windows;
use crate::families::{Family, FamilyReport, LIST, Preset, Setting, SettingKind};
use crate::limits::{Group, Limit, Limits};
use crate::metrics::{Confusion, EpochRow};
use crate::protocol::*;
use crate::structure::{
    BlockStructure, ConvolutionStructure, Read, StageStructure, Structure, TokenGrid, TokensFrom,
};
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
  /** Whether the image looks like none of the classes; then the model is not sure either. */
  unlike: boolean;
  /** Whether the model is a plain Vision Transformer, which the page explains step by step. */
  plain: boolean;
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
  /** What each part did, if the model is no plain Vision Transformer; `attention` and `mean` are empty then. */
  parts?: Parts;
  milliseconds: number;
};

/** What each part of a model did with an image. */
export type Parts = {
  structure: Structure;
  /**
   * Of each block of all stages: its attention `[heads, queries, keys]`; the tokens behind it `[tokens, width]` where it
   * has no attention; else nothing.
   */
  values: Float32Array[];
  /** How much each token counts in the answer, `[tokens]`, where the head weighs them; else nothing. */
  pooling: Float32Array;
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

/// A preset of a family, for images of 28×28 pixels and 10 classes.
#[derive(Serialize, TS)]
struct FamilyPreset {
    #[serde(flatten)]
    #[ts(flatten)]
    report: PresetReport,
    /// What distinguishes it, in a sentence.
    about: &'static str,
    /// The number of parameters of its model.
    parameters: u64,
}

/// A family of models, as the page offers it.
#[derive(Serialize, TS)]
struct FamilyOffer {
    /// Its name in files.
    name: &'static str,
    /// What it is, in a sentence.
    about: &'static str,
    /// Whether its models have a distillation token, which learns from a teacher.
    student: bool,
    /// Its settings.
    settings: &'static [Setting],
    /// Its presets, the default first.
    presets: Vec<FamilyPreset>,
}

impl From<&Preset> for FamilyPreset {
    fn from(preset: &Preset) -> Self {
        let model = preset.model(28, 10);
        let parameters = weights::parameters(&model);
        let report = PresetReport { name: preset.name.into(), model, train: preset.training() };
        Self { report, about: preset.about, parameters }
    }
}

/// The families that have presets, as TypeScript.
fn page_families() -> String {
    let families = LIST.iter().filter(|family| !family.presets.is_empty()).map(|family| {
        let &FamilyReport { name, about, settings, presets } = family;
        let pool = |preset: &Preset| preset.model(28, 10).architecture().head.pool;
        FamilyOffer {
            name,
            about,
            student: presets.iter().any(|preset| pool(preset) == patchwork_arch::Pool::Distilled),
            settings,
            presets: presets.iter().map(Into::into).collect(),
        }
    });
    let list: String = families.map(|family| written(&family)).collect();
    format!(
        "{MARK}import type {{ FamilyOffer }} from \"./engine.js\";\n\n\
         /** The families to choose from, the default first. */\n\
         export const FAMILIES: readonly FamilyOffer[] = [\n{list}];\n"
    )
}

/// A family as an object of TypeScript, one line for each setting and each preset.
fn written(family: &FamilyOffer) -> String {
    let FamilyOffer { name, about, student, settings, presets } = family;
    format!(
        "  {{\n    name: {name:?},\n    about: {about:?},\n    student: {student},\n    settings: [\n{}    ],\n    presets: [\n{}    ],\n  }},\n",
        lines(settings),
        lines(presets)
    )
}

fn lines<T: Serialize>(items: &[T]) -> String {
    let line = |item| format!("      {},\n", serde_json::to_string(item).expect("plain data"));
    items.iter().map(line).collect()
}

fn page_types() -> String {
    let config = Config::new().with_large_int("number");
    let mut text = String::from(MARK);
    let mut add = |docs: Option<String>, declaration: String| {
        text.push('\n');
        text.push_str(&docs.unwrap_or_default());
        text.push_str(&format!("export {declaration}\n"));
    };
    for (docs, declaration) in Family::declarations(&config) {
        add(docs, declaration);
    }
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
        FamilyPreset,
        FamilyOffer,
        FileRole,
        Orientation,
        ReadOptions,
        FileReport,
        DataReport,
        Correction,
        FileCorrections,
        SamplePrediction,
        EpochDetail,
        Contestant,
        RaceBudget,
        RacePoint,
        RaceEvent,
        Windows,
        TokenGrid,
        TokensFrom,
        ConvolutionStructure,
        BlockStructure,
        StageStructure,
        Read,
        Structure,
    ];
    text + "\n" + PREDICTION
}
