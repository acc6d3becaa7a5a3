//! Weights files and checkpoints without an engine: untrusted bytes.

use patchwork::checkpoint::{Checkpoint, CheckpointState, DataFingerprint, VERSION};
use patchwork::config::{ModelConfig, TrainConfig, Vit};
use patchwork::families::vit;
use patchwork::families::{Family, LIST};
use patchwork::protocol::RunSettings;
use patchwork::weights::{ModelCard, Storage, Weights, count, parameters};
use proptest::prelude::*;
use safetensors::tensor::{Dtype, SafeTensors, TensorView};

use crate::csv::keep_in_corpus;

/// A plain Vision Transformer of another shape.
fn reshaped(mut model: ModelConfig, change: impl FnOnce(&mut Vit)) -> ModelConfig {
    let Family::Vit(vit) = &mut model.family else { panic!("a model of another family") };
    change(vit);
    model
}

fn model() -> ModelConfig {
    reshaped(vit::TINY.model(8, 2), |vit| {
        vit.width = 4;
        vit.depth = 1;
        vit.heads = 2;
        vit.mlp = 4;
        vit.patch_size = 4;
    })
}

fn weights_file() -> Vec<u8> {
    let card = ModelCard { recipe: "a seed for fuzzing".into(), class_names: Vec::new() };
    Weights::init(&model(), 1).to_safetensors(&card, Storage::F32).expect("bytes")
}

fn checkpoint() -> Checkpoint {
    let values = vec![0.25; count(&model())];
    let state = CheckpointState {
        version: VERSION,
        model: model(),
        train: TrainConfig { ema_decay: 0.9, ..vit::TINY.training() },
        data: DataFingerprint {
            fingerprint: u64::MAX,
            images: 60,
            side: 8,
            classes: 2,
            class_names: Vec::new(),
            test: None,
        },
        epoch: 0,
        step: 3,
        loss_scale: 1.0,
        loss_sum: 2.0,
        correct: 9.0,
        overflowed: false,
        history: Vec::new(),
        seconds: 1.5,
        teacher: None,
    };
    Checkpoint {
        state,
        weights: values.clone(),
        first_moment: values.clone(),
        second_moment: values.clone(),
        average: Some(values),
        best: None,
    }
}

#[test]
fn the_fuzz_corpus_holds_good_files() {
    keep_in_corpus("weights", "good", &weights_file());
    keep_in_corpus("checkpoint", "good", &checkpoint().to_bytes().expect("bytes"));
    assert!(Weights::from_safetensors(&weights_file()).is_ok());
    assert_eq!(Checkpoint::from_bytes(&checkpoint().to_bytes().expect("bytes")), Ok(checkpoint()));
}

#[test]
fn weights_are_interpolated_between_two_models() {
    let (first, other) = (Weights::init(&model(), 1), Weights::init(&model(), 2));
    assert_eq!(first.between(&other, 0.0), Ok(first.clone()));
    assert_eq!(first.between(&other, 1.0), Ok(other.clone()));
    let quarter = first.between(&other, 0.25).expect("one shape");
    for ((a, b), value) in first.flat.iter().zip(&other.flat).zip(&quarter.flat) {
        assert!((value - (0.75 * a + 0.25 * b)).abs() < 1e-6, "{value} between {a} and {b}");
    }
    let dropping = ModelConfig { dropout: 0.1, ..model() };
    assert!(first.between(&Weights::init(&dropping, 2), 0.5).is_ok(), "the same shape");
    // The same number of weights, but other heads.
    let heads = Weights::init(&reshaped(model(), |vit| vit.heads = 1), 2);
    let error = first.between(&heads, 0.5).expect_err("another shape");
    assert!(error.to_string().contains("shape"), "{error}");
    for share in [-0.1, 1.1, f32::NAN] {
        assert!(first.between(&other, share).is_err(), "{share}");
    }
}

#[test]
fn a_model_that_would_fill_the_memory_is_refused_at_once() {
    let huge = reshaped(model(), |vit| {
        vit.width = 4096;
        vit.depth = 64;
        vit.mlp = 16_384;
    });
    assert!(huge.validate().is_ok() && parameters(&huge) > patchwork::limits::PARAMETERS);
    let mut bytes = checkpoint();
    bytes.state.model = huge;
    let error = Checkpoint::from_bytes(&bytes.to_bytes().expect("bytes")).expect_err("too large");
    assert!(error.to_string().contains("parameters"), "{error}");
}

#[test]
fn parameters_are_counted_in_64_bits() {
    // Modulo 2³² the count of these settings would pass as a small model.
    let huge = reshaped(vit::TINY.model(28, 10), |vit| {
        vit.width = 4096;
        vit.depth = 64;
        vit.mlp = 16_384;
        vit.patch_size = 7;
    });
    assert_eq!(parameters(&huge), 12_888_637_450);
    let settings = RunSettings { model: huge, train: vit::TINY.training() };
    let error = settings.validate().expect_err("too many");
    assert_eq!(error.problem, "12888637450 parameters are more than 200000000");
    assert_eq!(error.place.setting.as_deref(), Some("width"));
}

/// The same file with a piece of its header replaced.
fn with_header(file: &[u8], from: &str, to: &str) -> Vec<u8> {
    let (length, rest) = file.split_at(8);
    let length = u64::from_le_bytes(length.try_into().expect("8 bytes")) as usize;
    let header = std::str::from_utf8(&rest[..length]).expect("text");
    assert!(header.contains(from), "{header}");
    let mut header = header.replace(from, to);
    header.push_str(&" ".repeat(header.len().next_multiple_of(8) - header.len()));
    [&(header.len() as u64).to_le_bytes()[..], header.as_bytes(), &rest[length..]].concat()
}

#[test]
fn a_file_with_a_number_beyond_32_bits_is_refused_by_its_name() {
    let width = r#"\"width\":4,"#;
    for number in ["4294967300", "100000000000000000000"] {
        let wide = format!(r#"\"width\":{number},"#);
        let due = format!("width {number} is not a whole number from 1 to 4096");
        let weights = Weights::from_safetensors(&with_header(&weights_file(), width, &wide));
        let error = weights.expect_err("an impossible model");
        assert_eq!(error.problem, format!("the file describes an impossible model: {due}"));
        let file = checkpoint().to_bytes().expect("bytes");
        let error = Checkpoint::from_bytes(&with_header(&file, width, &wide)).expect_err("too");
        assert_eq!(error.problem, format!("the checkpoint holds an impossible setting: {due}"));
    }
}

/// The weights file with every tensor in another format.
fn stored_as(dtype: Dtype, bytes_of: impl Fn(f32) -> Vec<u8>) -> Vec<u8> {
    let file = weights_file();
    let (_, header) = SafeTensors::read_metadata(&file).expect("a header");
    let tensors = SafeTensors::deserialize(&file).expect("tensors");
    let stored = tensors.iter().map(|(name, tensor)| {
        let (values, _) = tensor.data().as_chunks();
        let bytes = values.iter().flat_map(|&value| bytes_of(f32::from_le_bytes(value))).collect();
        (name, tensor.shape().to_vec(), bytes)
    });
    let stored: Vec<(&str, Vec<usize>, Vec<u8>)> = stored.collect();
    let view = |shape: &[usize], bytes| TensorView::new(dtype, shape.to_vec(), bytes).expect("fit");
    let views = stored.iter().map(|(name, shape, bytes)| (name, view(shape, bytes)));
    safetensors::serialize(views, header.metadata().clone()).expect("bytes")
}

#[test]
fn weights_are_read_in_any_format_of_floats() {
    let (due, _) = Weights::from_safetensors(&weights_file()).expect("weights");
    let read = |bytes: &[u8]| Weights::from_safetensors(bytes).map(|(weights, _)| weights);
    let wide = stored_as(Dtype::F64, |value| f64::from(value).to_le_bytes().to_vec());
    assert_eq!(read(&wide), Ok(due.clone()));
    // The upper half of a 32-bit float is a bf16.
    let brief = stored_as(Dtype::BF16, |value| value.to_le_bytes()[2..].to_vec());
    let cut = |value: &f32| f32::from_bits(value.to_bits() & 0xffff_0000);
    assert_eq!(read(&brief).expect("bf16").flat, due.flat.iter().map(cut).collect::<Vec<_>>());

    let beyond = read(&stored_as(Dtype::F64, |_| 1e39_f64.to_le_bytes().to_vec()));
    assert!(beyond.expect_err("no 32-bit number").problem.contains("inf"));
    let whole = read(&stored_as(Dtype::I32, |value| value.to_le_bytes().to_vec()));
    let problem = whole.expect_err("no floats").problem;
    assert!(problem.contains("I32") && problem.contains("F64, F32, F16 or BF16"), "{problem}");
}

#[test]
fn a_checkpoint_gives_the_best_model_so_far() {
    let checkpoint = checkpoint();
    assert!(Checkpoint::is_checkpoint(&checkpoint.to_bytes().expect("bytes")));
    assert!(!Checkpoint::is_checkpoint(&weights_file()));
    assert!(!Checkpoint::is_checkpoint(b"nothing"));
    let flat = |best: Option<f32>, average: Option<f32>| {
        let all = |value: Option<f32>| value.map(|value| vec![value; count(&model())]);
        let (best, average) = (all(best), all(average));
        let (weights, _) = Checkpoint { best, average, ..checkpoint.clone() }.into_model();
        assert_eq!(weights.check(), Ok(()));
        weights.flat[0]
    };
    assert_eq!(
        [flat(None, None), flat(None, Some(2.0)), flat(Some(3.0), Some(2.0))],
        [0.25, 2.0, 3.0]
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn damaged_bytes_never_panic_and_never_give_nan(
        place in any::<prop::sample::Index>(), value: u8, length in any::<prop::sample::Index>(),
    ) {
        for (file, is_weights) in
            [(weights_file(), true), (checkpoint().to_bytes().expect("bytes"), false)]
        {
            let mut bytes = file.clone();
            let place = place.index(bytes.len());
            bytes[place] = value;
            bytes.truncate(length.index(2 * bytes.len()).max(8));
            if is_weights {
                if let Ok((weights, _)) = Weights::from_safetensors(&bytes) {
                    prop_assert!(weights.flat.iter().all(|value| value.is_finite()));
                }
            } else if let Ok(read) = Checkpoint::from_bytes(&bytes) {
                prop_assert!(read.weights.iter().all(|value| value.is_finite()));
            }
        }
    }
}

#[test]
fn a_model_without_a_family_is_a_vit() {
    let old = r#"{"image_size":28,"patch_size":7,"classes":10,"width":64,"depth":4,"heads":4,"mlp":128,"dropout":0.0,
        "attention_dropout":0.0,"stochastic_depth":0.0,"pool":"class-token","stem":0,"qk_norm":false}"#;
    let read = |text: &str| serde_json::from_str::<ModelConfig>(text);
    assert_eq!(read(old).unwrap(), vit::TINY.model(28, 10));
    let new = serde_json::to_string(&vit::TINY.model(28, 10)).unwrap();
    assert!(new.contains(r#""family":"vit""#), "{new}");
    assert_eq!(read(&new).unwrap(), vit::TINY.model(28, 10));

    let refused = |from: &str, to: &str| read(&new.replacen(from, to, 1)).unwrap_err().to_string();
    let unknown = refused(r#""vit""#, r#""swim""#);
    assert!(unknown.contains("'swim'; this program knows vit"), "{unknown}");
    assert!(refused(r#""vit""#, "7").contains("must be a text"));
    assert!(refused(r#""mlp""#, r#""mpl""#).contains("`mpl`"));
    assert!(refused(r#""image_size":28,"#, "").contains("`image_size`"));
}

#[test]
fn a_setting_is_changed_by_name_if_the_family_has_it() {
    let model = vit::TINY.model(28, 10);
    let wide = model.with_setting("width", 128.into()).unwrap();
    assert_eq!(wide, reshaped(model.clone(), |vit| vit.width = 128));
    let error = model.with_setting("windows", 7.into()).unwrap_err();
    assert_eq!(error.problem, "the family vit has no setting 'windows'");
    assert_eq!(error.place.setting.as_deref(), Some("windows"));
    assert!(model.with_setting("pool", "max".into()).is_err());
}

#[test]
fn every_setting_of_a_family_is_a_field_of_its_models() {
    let vit = serde_json::to_value(vit::TINY.model(28, 10)).unwrap();
    let names: Vec<&str> = LIST[0].settings.iter().map(|setting| setting.name).collect();
    let common =
        ["image_size", "classes", "dropout", "attention_dropout", "stochastic_depth", "family"];
    let mut fields: Vec<&str> = vit.as_object().unwrap().keys().map(String::as_str).collect();
    fields.retain(|field| !common.contains(field));
    let sorted = |mut names: Vec<&'static str>| {
        names.sort_unstable();
        names
    };
    fields.sort_unstable();
    assert_eq!(fields, sorted(names));
}

#[cfg(feature = "operations")]
#[test]
fn foreign_stages_are_checked_before_anything_is_built() {
    let plain = ModelConfig::custom(vit::TINY.model(28, 10).architecture());
    assert!(plain.validate().is_ok());
    assert_eq!(parameters(&plain), parameters(&vit::TINY.model(28, 10)));
    let text = serde_json::to_string(&plain).unwrap();
    let hostile = |from: &str, to: &str| {
        assert!(text.contains(from), "{text}");
        let model: ModelConfig = serde_json::from_str(&text.replacen(from, to, 1)).unwrap();
        model.validate().unwrap_err().problem
    };
    assert!(hostile(r#""stride":7"#, r#""stride":0"#).contains("a stride of 0"));
    assert!(hostile(r#""output":64"#, r#""output":4294967295"#).contains("channels 4294967295"));
    assert!(hostile(r#""heads":4"#, r#""heads":0"#).contains("heads 0"));
    assert!(hostile(r#""rows":4"#, r#""rows":5"#).contains("not 5×4"));
    assert!(hostile(r#""mlp":128"#, r#""mlp":99999999"#).contains("an MLP of 99999999"));
}

#[cfg(feature = "operations")]
#[test]
fn stochastic_depth_reaches_the_blocks_of_a_model_given_as_data() {
    let skipping = ModelConfig { stochastic_depth: 0.3, ..vit::TINY.model(28, 10) };
    let custom = ModelConfig::custom(skipping.architecture());
    assert_eq!(custom.architecture(), skipping.architecture());
    let steady = custom.with_dropout_of(&vit::TINY.model(28, 10));
    assert_eq!(steady.architecture(), vit::TINY.model(28, 10).architecture());
}
