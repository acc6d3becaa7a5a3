//! The page's types, written from ours: `www/src/protocol/engine.ts`.
//!
//! After a change here: `PATCHWORK_WRITE_TYPES=1 cargo test --release --workspace --lib page_types`.

use std::fs;

use ts_rs::{Config, TS};

use crate::config::{ModelConfig, OptimizerKind, Pool, Precision, Schedule, TrainConfig};
use crate::cost::{Checked, Cost, Memory};
use crate::data::Orientation;
use crate::data::augment::Augment;
use crate::data::drawing::Stroke;
use crate::error::{Error, ErrorKind, Place};
use crate::families::Family;
use crate::families::custom::Custom;
use crate::families::vit::Vit;
use crate::limits::{Group, Limit, Limits};
use crate::metrics::{Confusion, EpochRow};
use crate::protocol::*;

/// `Prediction` is built of typed arrays in `crate/web/predictor.rs`, not by serde.
const PREDICTION: &str = "\
/** What a model made of one image. In attention a row is what one token reads. */
export type Prediction = {
  image: Uint8Array;
  side: number;
  probabilities: Float32Array;
  /** Whether the model is sure of the most probable class. */
  sure: boolean;
  depth: number;
  heads: number;
  tokens: number;
  grid: number;
  patch: number;
  /** Pixels added left and above so that whole patches cover the image. */
  padding: number;
  /** Channels of the first convolutions before the patches; 0 where there are none. */
  stem: number;
  /** How many convolutions there are. */
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

#[test]
fn the_page_has_the_types_of_the_crate() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/www/src/protocol/engine.ts");
    let types = page_types();
    if std::env::var_os("PATCHWORK_WRITE_TYPES").is_some() {
        fs::write(path, &types).expect("the file can be written");
    }
    let page = fs::read_to_string(path).expect("the page has its types");
    assert!(page == types, "the page's types are old: run this test with PATCHWORK_WRITE_TYPES=1");
}

fn page_types() -> String {
    let config = Config::new().with_large_int("number");
    let mut text =
        String::from("// Written by the crate (crate/protocol/page_types.rs); not by hand.\n");
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
        Vit,
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
