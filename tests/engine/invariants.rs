//! Properties of any model beyond shapes.

use burn::tensor::{Device, FloatDType, Tensor};
use patchwork::confidence;
use patchwork::config::{ModelConfig, Pool, Precision, Preset, TrainConfig};
use patchwork::data::augment::Augment;
use patchwork::data::batch::{self, Batch};
use patchwork::train::step::{TrainState, compute_type};
use patchwork::weights::{self, ModelCard, Storage, Weights};

use patchwork::arch::Grid;
use patchwork::arch::Places;

use crate::common::{card, devices, distance, dwarf, lively, noise, reshaped, shapes, values, vit};

#[test]
fn attention_rows_sum_to_one() {
    for (name, device) in devices() {
        let weights = lively(&Preset::Tiny.model(28, 10), 1);
        let trace = vit(&weights, &device).explain(noise(3, 28, &device)).trace;
        assert_eq!(trace.attention.len(), 4);
        for seen in trace.attention {
            assert_eq!(seen.queries, Places { front: 1, grid: Grid { rows: 4, columns: 4 } });
            assert_eq!(seen.keys, seen.queries);
            let attention = seen.weights;
            assert_eq!(attention.dims(), [3, 4, 17, 17]);
            let (rows, least) = (values(attention.clone().sum_dim(3)), values(attention.min()));
            assert!(rows.iter().all(|sum| (sum - 1.0).abs() < 1e-5), "{name}");
            assert!(least[0] >= 0.0, "{name}");
        }
    }
}

/// Swaps patches of the image and, in the weights, their positions.
fn swapped(weights: &Weights, images: Tensor<4>, order: [usize; 4]) -> (Weights, Tensor<4>) {
    let mut weights = weights.clone();
    let architecture = weights.config.architecture();
    let width = architecture.last_stage().width();
    let positions = weights::layout(&weights.config)
        .into_iter()
        .find(|parameter| parameter.name == "pos_embed")
        .expect("every model has positions");
    let start = positions.range.start + architecture.last_stage().embedding.front * width;
    let before = weights.flat[start..positions.range.end].to_vec();
    let quarter = |index: usize| {
        let (row, column) = (index / 2 * 4, index % 2 * 4);
        images.clone().slice([0..2, 0..1, row..row + 4, column..column + 4])
    };
    for (to, &from) in order.iter().enumerate() {
        weights.flat[start + to * width..][..width]
            .copy_from_slice(&before[from * width..][..width]);
    }
    let row = |a: usize, b: usize| Tensor::cat(vec![quarter(order[a]), quarter(order[b])], 3);
    (weights, Tensor::cat(vec![row(0, 1), row(2, 3)], 2))
}

#[test]
fn patches_and_their_positions_may_be_permuted_together() {
    for pool in [Pool::ClassToken, Pool::Mean] {
        let config = reshaped(dwarf(), |vit| vit.pool = pool);
        let weights = lively(&config, 2);
        for (name, device) in devices() {
            let images = noise(2, 8, &device);
            let logits = values(vit(&weights, &device).forward(images.clone()));
            let (weights, images) = swapped(&weights, images, [2, 0, 3, 1]);
            let permuted = values(vit(&weights, &device).forward(images.clone()));
            assert!(distance(&logits, &permuted) < 1e-5, "{name}");
            let unmoved = values(vit(&lively(&config, 2), &device).forward(images));
            assert!(distance(&logits, &unmoved) > 1e-3, "positions must matter on {name}");
        }
    }
}

#[test]
fn images_of_a_batch_do_not_affect_each_other() {
    let weights = lively(&dwarf(), 3);
    for (name, device) in devices() {
        let model = vit(&weights, &device);
        let images = noise(4, 8, &device);
        let together = values(model.forward(images.clone()));
        let alone = values(model.forward(images.narrow(0, 2, 1)));
        assert!(distance(&together[6..9], &alone) < 1e-5, "{name}");
    }
}

#[test]
fn patch_sizes_that_do_not_divide_the_image_are_padded() {
    for patch_size in [3, 5, 9, 11, 16, 28] {
        let config = reshaped(Preset::Tiny.model(28, 10), |vit| vit.patch_size = patch_size);
        config.validate().expect("possible");
        let device = burn::tensor::Device::flex();
        let logits = vit(&lively(&config, 4), &device).forward(noise(2, 28, &device));
        assert_eq!(logits.dims(), [2, 10]);
        assert!(values(logits).iter().all(|value| value.is_finite()));
    }
}

#[test]
fn a_fresh_model_predicts_all_classes_equally() {
    let device = burn::tensor::Device::flex();
    let weights = Weights::init(&Preset::Small.model(28, 10), 5);
    assert!(
        values(vit(&weights, &device).forward(noise(2, 28, &device))).iter().all(|v| *v == 0.0)
    );
    assert_eq!(weights, Weights::init(&weights.config, 5));
    assert_ne!(weights, Weights::init(&weights.config, 6));
    let tokens: Vec<f32> = weights::layout(&weights.config)
        .iter()
        .filter(|parameter| parameter.role == weights::ParameterRole::Token)
        .flat_map(|parameter| weights.flat[parameter.range.clone()].to_vec())
        .collect();
    let deviation = (tokens.iter().map(|v| v * v).sum::<f32>() / tokens.len() as f32).sqrt();
    // A normal distribution truncated at two deviations has 0.88 of its deviation.
    assert!((0.0165..0.0187).contains(&deviation), "{deviation}");
    assert!(tokens.iter().all(|value| value.abs() <= 0.04));
}

#[test]
fn no_logit_margin_exceeds_the_ceiling_of_the_head() {
    let device = Device::flex();
    for pool in [Pool::ClassToken, Pool::Mean] {
        let weights = lively(&reshaped(dwarf(), |vit| vit.pool = pool), 5);
        let ceilings = confidence::ceilings(&weights);
        let logits = vit(&weights, &device).forward(noise(300, 8, &device) * 3.0);
        let mut highest = vec![f32::MIN; 3];
        for row in values(logits).chunks_exact(3) {
            let mean = row.iter().sum::<f32>() / 3.0;
            for (class, logit) in row.iter().enumerate() {
                highest[class] = highest[class].max(logit - mean);
            }
        }
        for (found, ceiling) in highest.iter().zip(&ceilings) {
            assert!(found <= ceiling, "{pool:?}: {highest:?} above {ceilings:?}");
        }
    }
}

#[test]
fn one_batch_can_be_memorised() {
    let data = shapes(24);
    let batch = batch::training(&data, &(0..24).collect::<Vec<_>>(), &Augment::NONE, 0, 0);
    let recipe = TrainConfig { weight_decay: 0.0, ..Preset::Tiny.training() };
    for (name, device) in devices() {
        let weights = Weights::init(&dwarf(), 6);
        let mut train_state =
            TrainState::new(&weights, &recipe, &device).expect("a training state");
        let steps = if name == "cpu" { 400 } else { 60 };
        let losses: Vec<f32> = (0..steps)
            .map(|step| values(train_state.step(&batch, 3e-3, step).expect("a step").values)[0])
            .collect();
        assert!((losses[0] - 3_f32.ln()).abs() < 1e-4, "{name}: a fresh head knows nothing");
        let goal = if name == "cpu" { 0.002 } else { 0.3 };
        let last = *losses.last().expect("steps");
        assert!(last < goal, "{name}: the loss is still {last}");
    }
}

#[test]
#[ignore = "takes a graphics adapter: `cargo xtask test` runs it where there is one"]
fn on_a_card_a_model_learns_as_on_the_cpu() {
    let gpu = card();
    let data = shapes(32);
    let batch = batch::training(&data, &(0..32).collect::<Vec<_>>(), &Augment::NONE, 0, 0);
    let recipe = Preset::Tiny.training();
    let learn = |device| {
        let mut train_state = TrainState::new(&Weights::init(&dwarf(), 7), &recipe, device)
            .expect("a training state");
        (0..10)
            .map(|step| values(train_state.step(&batch, 3e-3, step).expect("a step").values)[0])
            .collect::<Vec<_>>()
    };
    let (on_cpu, on_gpu) = (learn(&burn::tensor::Device::flex()), learn(&gpu));
    // Ten AdamW steps amplify rounding (each step divides by the gradient's size), so the bound is a
    // small part of the loss's decrease rather than rounding itself.
    let fall = on_cpu[0] - on_cpu[9];
    assert!(fall > 0.03, "{on_cpu:?}");
    assert!(distance(&on_cpu, &on_gpu) < 0.05 * fall, "{on_cpu:?} {on_gpu:?}");
}

#[test]
fn dropout_and_stochastic_depth_act_in_training_only() {
    let config =
        ModelConfig { dropout: 0.2, attention_dropout: 0.1, stochastic_depth: 0.3, ..dwarf() };
    let device = burn::tensor::Device::flex();
    let weights = lively(&config, 8);
    let batch = Batch { images: values(noise(4, 8, &device)), labels: vec![0, 1, 2, 0] };
    let train_state =
        TrainState::new(&weights, &Preset::Tiny.training(), &device).expect("a training state");
    let loss = |seed| values(train_state.gradient(&batch, seed).expect("gradients").1)[0];
    assert_eq!(loss(1), loss(1), "the same seed drops the same values");
    assert_ne!(loss(1), loss(2));
    let still = Weights { config: dwarf(), ..weights.clone() };
    let images = noise(4, 8, &device);
    let scores = |weights| values(vit(weights, &device).forward(images.clone()));
    assert_eq!(scores(&weights), scores(&still));
}

#[test]
fn half_precision_agrees_with_single_precision_or_is_refused() {
    let data = shapes(32);
    let batch = batch::training(&data, &(0..32).collect::<Vec<_>>(), &Augment::NONE, 0, 0);
    for (name, device) in devices() {
        for (precision, qk_norm) in
            [(Precision::F16, false), (Precision::F16, true), (Precision::Bf16, false)]
        {
            let recipe = TrainConfig { precision, ..Preset::Tiny.training() };
            let weights = Weights::init(&reshaped(dwarf(), |vit| vit.qk_norm = qk_norm), 9);
            let Ok(mut train_state) = TrainState::new(&weights, &recipe, &device) else {
                println!("{name} has no {precision:?}");
                continue;
            };
            let losses: Vec<f32> = (0..12)
                .map(|step| values(train_state.step(&batch, 3e-3, step).expect("a step").values)[0])
                .collect();
            let single = TrainConfig { precision: Precision::F32, ..recipe };
            let mut train_state =
                TrainState::new(&weights, &single, &device).expect("a training state");
            let exact: Vec<f32> = (0..12)
                .map(|step| values(train_state.step(&batch, 3e-3, step).expect("a step").values)[0])
                .collect();
            let name = format!("{name} {precision:?}, QK-norm {qk_norm}");
            if compute_type(precision, &device).is_ok_and(|dtype| dtype == FloatDType::F32) {
                // The CPU does not compute in half precision, and the loss scale, a power of two,
                // changes no bit.
                assert_eq!(losses, exact, "{name}");
                continue;
            }
            assert_ne!(losses, exact, "{name}: computed in 16 bits");
            assert!(distance(&losses, &exact) < 0.05, "{name}: {losses:?} {exact:?}");
            assert!(losses[11] < losses[0] - 0.1, "{name}: {losses:?}");
        }
    }
}

#[test]
fn an_overflow_in_half_precision_changes_nothing_but_the_scale() {
    let data = shapes(16);
    let mut batch = batch::training(&data, &(0..16).collect::<Vec<_>>(), &Augment::NONE, 0, 0);
    batch.images.fill(3e38);
    for (name, device) in devices() {
        let recipe = TrainConfig { precision: Precision::F16, ..Preset::Tiny.training() };
        let Ok(mut train_state) = TrainState::new(&lively(&dwarf(), 10), &recipe, &device) else {
            println!("{name} has no f16");
            continue;
        };
        let before = values(train_state.weights.clone());
        let finite = train_state
            .step(&batch, 1e-3, 0)
            .expect("a step")
            .finite
            .expect("16-bit floats are watched");
        assert_eq!(values(finite), [0.0], "{name}: the overflow is reported");
        assert_eq!(values(train_state.weights.clone()), before, "{name}");
        let scale = train_state.loss_scale;
        train_state.adapt_loss_scale(true);
        assert_eq!(train_state.loss_scale, scale / 2.0);
    }
}

#[test]
fn weights_round_trip_through_files_and_foreign_files_are_refused() {
    for config in [
        dwarf(),
        reshaped(dwarf(), |vit| {
            vit.stem = 4;
            vit.qk_norm = true;
            vit.pool = Pool::Mean;
        }),
    ] {
        let weights = lively(&config, 11);
        let card = ModelCard {
            recipe: "a test".into(),
            class_names: ["a", "b", "c"].map(Into::into).to_vec(),
        };
        let bytes = weights.to_safetensors(&card, Storage::F32).expect("bytes");
        assert_eq!(Weights::from_safetensors(&bytes), Ok((weights.clone(), card)));
        for cut in (0..bytes.len()).step_by(97) {
            assert!(Weights::from_safetensors(&bytes[..cut]).is_err(), "cut at {cut}");
        }
        let mut poisoned = weights.clone();
        poisoned.flat[7] = f32::NAN;
        let bytes = poisoned.to_safetensors(&ModelCard::default(), Storage::F32).expect("bytes");
        let error = Weights::from_safetensors(&bytes).expect_err("NaN");
        assert!(error.to_string().contains("NaN"), "{error}");
    }
}

#[test]
fn weights_have_timms_names() {
    let names: Vec<String> = weights::layout(&Preset::Tiny.model(28, 10))
        .into_iter()
        .map(|parameter| format!("{} {:?}", parameter.name, parameter.shape))
        .collect();
    for expected in [
        "cls_token [1, 1, 64]",
        "pos_embed [1, 17, 64]",
        "patch_embed.proj.weight [64, 1, 7, 7]",
        "blocks.0.norm1.weight [64]",
        "blocks.3.attn.qkv.weight [192, 64]",
        "blocks.3.mlp.fc1.weight [128, 64]",
        "norm.bias [64]",
        "head.weight [10, 64]",
    ] {
        assert!(names.iter().any(|name| name == expected), "{expected}");
    }
}
