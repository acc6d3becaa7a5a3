//! Patch embedding, encoder blocks and head, fused and composed of operations, compared with the reference
//! implementation.

use burn::tensor::{Device, FloatDType, Tensor};
use patchwork::arch::{self, Convolution, Embedding, Grid};
use patchwork::config::{ModelConfig, Pool, Precision, Preset, TrainConfig};
use patchwork::data::batch::Batch;
use patchwork::families::vit;
use patchwork::model::Network;
use patchwork::model::fused::{
    self, BlockShape, Dropout, EmbeddingShape, HeadShape, Kernels, Regularization,
};
use patchwork::train::step::TrainState;

use crate::common::{devices, distance, lively, noise, reshaped, values};
use crate::start;

/// The presets, and models with sizes that are not multiples of anything convenient for kernels.
fn models() -> Vec<(String, ModelConfig)> {
    let preset = |preset: Preset| (preset.name.to_string(), preset.model(28, 10));
    let odd = |patch_size, width, heads, mlp, pool| {
        let name = format!("patch {patch_size}, width {width}, {heads} heads, mlp {mlp}, {pool:?}");
        let tiny = vit::TINY.model(28, 10);
        (
            name,
            reshaped(tiny, |vit| {
                vit.patch_size = patch_size;
                vit.width = width;
                vit.heads = heads;
                vit.mlp = mlp;
                vit.pool = pool;
                vit.depth = 2;
            }),
        )
    };
    let mut models: Vec<_> = [vit::TINY, vit::SMALL, vit::BASE].map(preset).into();
    let wide = reshaped(vit::SMALL.model(28, 10), |vit| {
        vit.width = 128;
        vit.heads = 8;
        vit.mlp = 256;
        vit.depth = 1;
    });
    models.push(("wide".into(), wide));
    models.extend([
        odd(5, 12, 3, 20, Pool::ClassToken),
        odd(28, 7, 1, 5, Pool::Mean),
        odd(28, 33, 3, 1, Pool::ClassToken),
        odd(2, 8, 8, 17, Pool::ClassToken),
        odd(9, 1, 1, 1, Pool::Mean),
    ]);
    for (patch_size, stem, stem_depth) in
        [(4, 16, 2), (6, 3, 2), (7, 1, 2), (9, 4, 2), (4, 4, 1), (4, 8, 3), (6, 3, 5)]
    {
        let (name, config) = odd(patch_size, 12, 3, 20, Pool::ClassToken);
        let name = format!("{name}, stem of {stem_depth} with {stem}");
        models.push((
            name,
            reshaped(config, |vit| {
                vit.stem = stem;
                vit.stem_depth = stem_depth;
                vit.depth = 1;
            }),
        ));
    }
    let qk_norm = |(name, config): (String, ModelConfig)| {
        (format!("{name}, QK-norm"), reshaped(config, |vit| vit.qk_norm = true))
    };
    models.extend([
        qk_norm(odd(7, 12, 3, 20, Pool::ClassToken)),
        qk_norm(odd(28, 33, 3, 1, Pool::ClassToken)),
        qk_norm(odd(14, 80, 1, 8, Pool::Mean)),
        qk_norm(preset(vit::SMALL)),
    ]);
    let chance = |(name, config): (String, ModelConfig), rates: [f64; 3]| {
        let [dropout, attention_dropout, stochastic_depth] = rates;
        let config = ModelConfig { dropout, attention_dropout, stochastic_depth, ..config };
        (format!("{name}, chance {rates:?}"), config)
    };
    let round = || odd(7, 12, 3, 20, Pool::ClassToken);
    models.extend(
        [[0.3, 0.0, 0.0], [0.0, 0.4, 0.0], [0.0, 0.0, 0.6], [0.3, 0.4, 0.6]]
            .map(|rates| chance(round(), rates)),
    );
    models.push(qk_norm(chance(round(), [0.3, 0.4, 0.6])));
    // Sizes that force kernels to read one number at a time, and so many tokens that few images are
    // processed together.
    for sizes in [odd(28, 33, 3, 1, Pool::ClassToken), odd(2, 8, 8, 17, Pool::ClassToken)] {
        models.push(chance(sizes, [0.2, 0.2, 0.4]));
    }
    models.push(preset(vit::ARTICLE));
    models
}

/// Gradient, loss and number of correct images of a batch.
fn gradient(
    config: &ModelConfig,
    kernels: Kernels,
    batch: &Batch,
    device: &Device,
) -> (Vec<f32>, f32, f32) {
    let recipe = TrainConfig { label_smoothing: 0.1, ..vit::TINY.training() };
    let mut train_state =
        TrainState::new(&lively(config, 3), &recipe, device).expect("a training state");
    train_state.kernels = kernels;
    let (gradient, figures) = train_state.gradient(batch, 0x5EED_0000_0001).expect("gradients");
    let figures = values(figures);
    (values(gradient), figures[0], figures[1])
}

fn batch(images: usize) -> Batch {
    let pixels = values(noise(images, 28, &Device::flex()));
    let labels = (0..images).map(|i| (i * 7 % 10) as u8).collect();
    Batch { images: pixels, labels }
}

fn model(config: &ModelConfig, kernels: Kernels, device: &Device) -> Network {
    let flat = Tensor::from_data(lively(config, 1).flat.as_slice(), device);
    let model = Network::new(kernels, &config.architecture(), flat, FloatDType::F32, None);
    assert_eq!(format!("{model:?}").contains("Fused"), kernels == Kernels::Fused);
    model
}

/// The devices with their tolerances relative to the reference on the CPU: a graphics adapter computes `exp` and
/// `erf` to fewer digits.
fn tolerances() -> Vec<(&'static str, Device, f32)> {
    let tolerance = |name| if name == "cpu" { 2e-5 } else { 2e-4 };
    devices().into_iter().map(|(name, device)| (name, device, tolerance(name))).collect()
}

#[test]
fn logits_equal_the_reference() {
    for (name, config) in models() {
        let reference = model(&config, Kernels::Reference, &Device::flex());
        for (device_name, device, tolerance) in tolerances() {
            let fused = model(&config, Kernels::Fused, &device);
            for images in [1, 2, 23] {
                let expected = values(reference.forward(noise(images, 28, &Device::flex())));
                let got = values(fused.forward(noise(images, 28, &device)));
                let largest = expected.iter().fold(1.0_f32, |most, value| most.max(value.abs()));
                let off = distance(&got, &expected);
                assert!(
                    off < tolerance * largest,
                    "{name} on {device_name}: off by {off:e} of {largest}"
                );
            }
            let expected = reference.explain(noise(7, 28, &Device::flex())).trace;
            let got = fused.explain(noise(7, 28, &device)).trace;
            let blocks = config.architecture().last_stage().blocks.len();
            assert_eq!(got.attention.len(), blocks, "{name}");
            for (got, expected) in got.attention.into_iter().zip(expected.attention) {
                assert_eq!((got.queries, got.keys), (expected.queries, expected.keys), "{name}");
                assert_eq!(got.weights.dims(), expected.weights.dims(), "{name}");
                let off = distance(&values(got.weights), &values(expected.weights));
                assert!(off < tolerance, "{name} on {device_name}: attention off by {off:e}");
            }
        }
    }
}

#[test]
fn gradients_equal_the_reference() {
    for (name, config) in models() {
        for images in [1, 19, 64] {
            let batch = batch(images);
            let (expected, loss, correct) =
                gradient(&config, Kernels::Reference, &batch, &Device::flex());
            let largest = expected.iter().fold(0.0_f32, |most, value| most.max(value.abs()));
            for (device_name, device, tolerance) in tolerances() {
                // A software adapter takes minutes for what takes a second on the CPU.
                if device_name == "gpu"
                    && images == 64
                    && config.architecture().last_stage().tokens() > 20
                {
                    continue;
                }
                let name = format!("{name}, {images} images on {device_name}");
                let (got, got_loss, got_correct) =
                    gradient(&config, Kernels::Fused, &batch, &device);
                let off = (got_loss - loss).abs();
                assert!(off < tolerance * loss.max(1.0), "{name}: {got_loss}, {loss}");
                assert_eq!(got_correct, correct, "{name}");
                let off = distance(&got, &expected);
                assert!(off < tolerance * largest, "{name}: off by {off:e} of {largest}");
            }
        }
    }
}

/// Models that no fused operation supports are composed of operations; these could also be fused.
#[test]
fn composed_operations_equal_the_reference() {
    let few = |name: &str| name == "tiny" || name.contains("stem of 3") || name.contains("chance");
    for (name, config) in models() {
        let reference = model(&config, Kernels::Reference, &Device::flex());
        let expected = reference.explain(noise(7, 28, &Device::flex()));
        let (expected_gradient, loss, correct) =
            gradient(&config, Kernels::Reference, &batch(19), &Device::flex());
        for (device_name, device, tolerance) in tolerances() {
            if device_name == "gpu" && !few(&name) {
                continue;
            }
            let name = format!("{name} on {device_name}");
            let operations = model(&config, Kernels::Operations, &device);
            let got = operations.explain(noise(7, 28, &device));
            let close = |got: &[f32], expected: &[f32], what: &str| {
                let largest = expected.iter().fold(1.0_f32, |most, value| most.max(value.abs()));
                let off = distance(got, expected);
                assert!(off < tolerance * largest, "{name}: {what} off by {off:e} of {largest}");
            };
            close(&values(got.logits), &values(expected.logits.clone()), "logits");
            assert_eq!(
                got.trace.attention.len(),
                config.architecture().last_stage().blocks.len(),
                "{name}"
            );
            for (got, expected) in got.trace.attention.into_iter().zip(&expected.trace.attention) {
                assert_eq!((got.queries, got.keys), (expected.queries, expected.keys), "{name}");
                close(&values(got.weights), &values(expected.weights.clone()), "attention");
            }
            let (got, got_loss, got_correct) =
                gradient(&config, Kernels::Operations, &batch(19), &device);
            assert_eq!(got_correct, correct, "{name}");
            close(&[got_loss], &[loss], "loss");
            assert_gradients(&name, &config, [&got, &expected_gradient], tolerance);
        }
    }
}

/// Asserts that the gradient of each parameter is near that of the reference, relative to its largest number, or to a
/// tenth of the largest of all parameters if that is more: sums of many numbers that nearly cancel have few digits.
fn assert_gradients(
    name: &str,
    config: &ModelConfig,
    [got, expected]: [&[f32]; 2],
    tolerance: f32,
) {
    let largest = |values: &[f32]| values.iter().fold(0.0_f32, |most, value| most.max(value.abs()));
    let least = largest(expected) / 10.0;
    for parameter in config.architecture().parameters() {
        let (got, expected) = (&got[parameter.range.clone()], &expected[parameter.range]);
        let (off, scale) = (distance(got, expected), largest(expected).max(least));
        assert!(off < tolerance * scale, "{name}: {} is off by {off:e} of {scale}", parameter.name);
    }
}

/// In 16 bits the composed operations of a card equal fused ones, within 16-bit precision.
#[test]
fn composed_operations_train_in_16_bits_like_fused_ones() {
    let few = |name: &str| name == "tiny" || name.ends_with("0.6], QK-norm");
    for (device_name, device) in devices().into_iter().skip(1) {
        if !device.supports_dtype(FloatDType::F16) {
            println!("not tested: {device_name}, F16");
            continue;
        }
        for (name, config) in models().into_iter().filter(|(name, _)| few(name)) {
            let (precision, label_smoothing) = (Precision::F16, 0.1);
            let recipe = TrainConfig { precision, label_smoothing, ..vit::TINY.training() };
            let of = |kernels| {
                let weights = lively(&config, 3);
                let mut state =
                    TrainState::new(&weights, &recipe, &device).expect("a training state");
                state.kernels = kernels;
                let (gradient, _) = state.gradient(&batch(19), 0x5EED_0000_0001).expect("one");
                values(gradient)
            };
            let [got, fused] = [Kernels::Operations, Kernels::Fused].map(of);
            let (exact, ..) = gradient(&config, Kernels::Fused, &batch(19), &Device::flex());
            let largest = exact.iter().fold(0.0_f32, |most, value| most.max(value.abs()));
            let [off, least] = [&got, &fused].map(|found| distance(found, &exact));
            assert!(off < 0.05 * largest, "{name}: off by {off:e} of {largest}, fused {least:e}");
        }
    }
}

/// Our operations use 32 bits on the CPU; a 16-bit model there is computed by Burn's layers.
#[test]
fn models_in_16_bits_are_computed_on_the_cpu() {
    let config = vit::TINY.model(28, 10);
    let of = |dtype| {
        let flat = Tensor::from_data(lively(&config, 1).flat.as_slice(), &Device::flex());
        let model = Network::new(Kernels::Fused, &config.architecture(), flat, dtype, None);
        let images = noise(3, 28, &Device::flex()).cast(dtype);
        values(model.forward(images).cast(FloatDType::F32))
    };
    let (got, expected) = (of(FloatDType::F16), of(FloatDType::F32));
    let largest = expected.iter().fold(1.0_f32, |most, value| most.max(value.abs()));
    let off = distance(&got, &expected);
    assert!(off > 0.0 && off < 0.02 * largest, "off by {off:e} of {largest}");
}

/// A model of two stages, whose second embedding cannot be fused: overlapping convolutions make its tokens, and it
/// has neither positions nor a class token.
#[test]
fn models_with_several_stages_agree_on_all_paths() {
    let mut architecture = vit::SMALL.model(28, 10).architecture();
    let first = &mut architecture.stages[0];
    (first.embedding.front, first.blocks) = (0, first.blocks[..1].to_vec());
    let mut second = first.clone();
    second.grid = Grid { rows: 4, columns: 4 };
    second.embedding = Embedding::of(Convolution::around(64, 96, 3, 2));
    second.blocks[0] = arch::Block::plain(6, second.blocks[0].mlp);
    architecture.stages.push(second);
    architecture.head.pool = arch::Pool::Mean;
    let count = architecture.count() as usize;
    assert_eq!(architecture.parameters().last().map(|last| last.range.end), Some(count));
    let flat: Vec<f32> = numbers(count).iter().map(|value| value * 0.3).collect();
    let run = |kernels, device: &Device| {
        let flat = Tensor::from_data(flat.as_slice(), device);
        let network = Network::new(kernels, &architecture, flat, FloatDType::F32, None);
        // Each part is fused if it can be, independently of the others.
        assert_eq!(
            fused_parts(&network),
            if kernels == Kernels::Fused { [1, 2, 1] } else { [0; 3] }
        );
        network.explain(noise(3, 28, device))
    };
    let expected = run(Kernels::Reference, &Device::flex());
    let shapes = expected.trace.attention.iter().map(|seen| seen.weights.dims());
    assert_eq!(shapes.collect::<Vec<_>>(), [[3, 4, 49, 49], [3, 6, 16, 16]]);
    let expected = values(expected.logits);
    let largest = expected.iter().fold(1.0_f32, |most, value| most.max(value.abs()));
    for (name, device, tolerance) in tolerances() {
        for kernels in [Kernels::Fused, Kernels::Operations] {
            let off = distance(&values(run(kernels, &device).logits), &expected);
            assert!(off < tolerance * largest, "{kernels:?} on {name}: off by {off:e}");
        }
    }
}

/// Attention saves the log-sum-exp of a row in 32 bits in 16-bit runs, too: with 16, recomputed weights would be off by a
/// hundredth for large scores.
#[test]
fn attention_weights_sum_to_one_in_16_bits() {
    let shape = BlockShape { tokens: 37, width: 8, heads: 2, mlp: 4, qk_norm: false };
    let mut weights = vec![0.0; shape.parameters()];
    for (index, weight) in weights.iter_mut().enumerate() {
        *weight = ((index as f32 * 12.9898).sin() * 43_758.547).fract() * 3.0;
    }
    let norm = shape.parts().norm1;
    weights[norm.scale].fill(1.0);
    weights[norm.shift].fill(0.0);
    let images = 5;
    for (name, device) in devices() {
        let half = name != "cpu" && device.supports_dtype(FloatDType::F16);
        let (dtype, tolerance) =
            if half { (FloatDType::F16, 1.5e-3) } else { (FloatDType::F32, 1e-5) };
        let tokens: Vec<f32> =
            (0..images * 37 * 8).map(|i| (i as f32 * 0.737).sin() * (i % 7) as f32).collect();
        let tokens = Tensor::<1>::from_data(tokens.as_slice(), &device);
        let tokens = tokens.reshape([images, shape.tokens, shape.width]).cast(dtype);
        let weights = Tensor::<1>::from_data(weights.as_slice(), &device).cast(dtype);
        let (_, attention) = fused::explained_block(tokens, weights, shape);
        let attention = values(attention.cast(FloatDType::F32));
        assert_eq!(attention.len(), images * 2 * 37 * 37);
        for row in attention.chunks(37) {
            let sum: f32 = row.iter().sum();
            assert!((sum - 1.0).abs() < tolerance, "{name}, {dtype:?}: {sum}");
        }
    }
}

#[test]
fn dropout_changes_the_gradient() {
    let batch = batch(23);
    let of = |config: &ModelConfig| gradient(config, Kernels::Fused, &batch, &Device::flex()).0;
    let tiny = vit::TINY.model(28, 10);
    let expected = of(&tiny);
    let largest = expected.iter().fold(0.0_f32, |most, value| most.max(value.abs()));
    for config in [
        ModelConfig { dropout: 0.2, ..tiny.clone() },
        ModelConfig { attention_dropout: 0.2, ..tiny.clone() },
        ModelConfig { stochastic_depth: 0.2, ..tiny.clone() },
    ] {
        let off = distance(&of(&config), &expected);
        assert!(off > 0.05 * largest, "{config:?}: {off:e} of {largest}");
    }
}

#[test]
fn dropout_acts_only_in_training() {
    let tiny = vit::TINY.model(28, 10);
    let drops =
        ModelConfig { dropout: 0.5, attention_dropout: 0.5, stochastic_depth: 0.5, ..tiny.clone() };
    for (name, device) in devices() {
        for kernels in [Kernels::Fused, Kernels::Operations, Kernels::Reference] {
            let scores =
                |config| values(model(config, kernels, &device).forward(noise(3, 28, &device)));
            assert_eq!(scores(&drops), scores(&tiny), "{name} {kernels:?}");
        }
    }
}

/// The array of numbers from 1 after dropout, and its gradient.
fn dropped(count: usize, rule: Dropout, device: &Device) -> [Vec<f32>; 2] {
    let device = device.clone().autodiff();
    let numbers: Vec<f32> = (0..count).map(|i| i as f32 + 1.0).collect();
    let array = Tensor::<1>::from_data(numbers.as_slice(), &device).require_grad();
    let kept = fused::dropout(array.clone(), rule);
    let gradients = kept.clone().sum().backward();
    [values(kept), values(array.grad(&gradients).expect("a gradient"))]
}

#[test]
fn dropout_and_its_gradient_agree_on_all_devices() {
    let rule = Dropout::new(0xBEEF_0000_CAFE, 0.25);
    for count in [1, 6, 1021, 40_000] {
        let factors: Vec<f32> = (0..count as u32).map(|place| rule.factor(place)).collect();
        let expected: Vec<f32> = (1..).zip(&factors).map(|(i, factor)| i as f32 * factor).collect();
        for (name, device) in devices() {
            let [kept, gradient] = dropped(count, rule, &device);
            assert_eq!(gradient, factors, "{count} on {name}");
            assert_eq!(kept, expected, "{count} on {name}");
        }
    }
}

#[test]
fn the_last_bit_does_not_depend_on_the_number_of_threads() {
    let config = vit::TINY.model(28, 10);
    let batch = batch(100);
    let on = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("threads");
        pool.install(|| gradient(&config, Kernels::Fused, &batch, &Device::flex()).0)
    };
    assert_eq!(on(1), on(3));
}

/// The figures come from PyTorch (`tests/golden/README.md`, "The benchmark's initial weights").
#[test]
fn sixty_steps_on_one_batch_agree_with_pytorch() {
    for kernels in [Kernels::Fused, Kernels::Reference] {
        let recipe = TrainConfig { clip_norm: 0.0, ..vit::TINY.training() };
        let weights = start::weights(&vit::TINY.model(28, 10));
        let mut train_state =
            TrainState::new(&weights, &recipe, &Device::flex()).expect("a training state");
        train_state.kernels = kernels;
        let batch = start::batch(128);
        let losses: Vec<f32> = (0..61)
            .map(|_| values(train_state.step(&batch, 1e-3, 0).expect("a step").values)[0])
            .collect();
        assert!((losses[0] - 2.296_87).abs() < 1e-4, "{kernels:?} begins at {}", losses[0]);
        assert!((losses[60] - 0.095_84).abs() < 1e-4, "{kernels:?} ends at {}", losses[60]);
    }
}

/// On a card, one workgroup holds the head's statistics of each token, with space for some 2,000.
#[test]
fn a_head_too_large_for_a_graphics_card_goes_operation_by_operation() {
    let config = reshaped(vit::TINY.model(46, 10), |vit| {
        (vit.patch_size, vit.depth, vit.pool) = (1, 1, Pool::Mean);
        (vit.width, vit.heads, vit.mlp) = (4, 1, 4);
    });
    let batch = Batch { images: values(noise(2, 46, &Device::flex())), labels: vec![3, 8] };
    let (expected, ..) = gradient(&config, Kernels::Reference, &batch, &Device::flex());
    for (name, device, tolerance) in tolerances() {
        let flat = Tensor::from_data(lively(&config, 1).flat.as_slice(), &device);
        let model =
            Network::new(Kernels::Fused, &config.architecture(), flat, FloatDType::F32, None);
        let head = usize::from(name == "cpu");
        assert_eq!(fused_parts(&model), [1, 1, head], "on {name}");
        let (got, ..) = gradient(&config, Kernels::Fused, &batch, &device);
        // Sums over thousands of tokens are less precise.
        assert_gradients(name, &config, [&got, &expected], 5.0 * tolerance);
    }
}

/// The numbers of fused embeddings, blocks and heads of a model.
fn fused_parts(model: &Network) -> [usize; 3] {
    let description = format!("{model:?}");
    ["FusedEmbedding", "FusedBlock", "FusedHead"].map(|part| description.matches(part).count())
}

/// Pseudo-random numbers between -1 and 1.
fn numbers(count: usize) -> Vec<f32> {
    let hash = |i: u32| (i ^ i >> 15).wrapping_mul(0x2C1B_3C6D);
    (0..count as u32).map(|i| hash(hash(i + 1)) as i32 as f32 / i32::MAX as f32).collect()
}

/// The output of an operation on an input and weights, and both gradients of a sum of it.
fn with_gradients(
    [input, weights]: [&[f32]; 2],
    device: &Device,
    operation: impl Fn(Tensor<1>, Tensor<1>) -> Tensor<1>,
) -> [Option<Vec<f32>>; 3] {
    let device = device.clone().autodiff();
    let leaf = |numbers: &[f32]| Tensor::<1>::from_data(numbers, &device).require_grad();
    let (input, weights) = (leaf(input), leaf(weights));
    let output = operation(input.clone(), weights.clone());
    let factors = numbers(output.dims()[0]);
    let factors = Tensor::<1>::from_data(factors.as_slice(), &device);
    let gradients = (output.clone() * factors).sum().backward();
    let gradient = |leaf: Tensor<1>| leaf.grad(&gradients).map(values);
    [Some(values(output.inner())), gradient(input), gradient(weights)]
}

/// A device need not support more than 65,535 workgroups in one dimension.
#[test]
fn more_images_than_workgroups_in_one_dimension_work() {
    let cards = || devices().into_iter().filter(|(name, _)| *name != "cpu");
    let compare = |results: usize,
                   input: usize,
                   weights: usize,
                   operation: fn(Tensor<1>, Tensor<1>) -> Tensor<1>| {
        let lists = [numbers(input), numbers(weights)];
        let lists = [&*lists[0], &*lists[1]];
        let expected = with_gradients(lists, &Device::flex(), operation);
        for (name, card) in cards() {
            let got = with_gradients(lists, &card, operation);
            for (place, (got, expected)) in got.iter().zip(&expected).enumerate().take(results) {
                assert_eq!(got.is_some(), expected.is_some(), "{name}");
                let (Some(got), Some(expected)) = (got, expected) else { continue };
                let largest = expected.iter().fold(1.0_f32, |most, value| most.max(value.abs()));
                let off = distance(got, expected);
                assert!(off < 1e-3 * largest, "{name}, {place}: off by {off:e} of {largest}");
            }
        }
    };
    const BLOCK: BlockShape = BlockShape { tokens: 2, width: 2, heads: 1, mlp: 2, qk_norm: false };
    const ROWS: usize = 65_536 * 32;
    compare(3, ROWS * BLOCK.width, BLOCK.parameters(), |tokens, weights| {
        let tokens = tokens.reshape([ROWS / BLOCK.tokens, BLOCK.tokens, BLOCK.width]);
        fused::encoder_block(tokens, weights, Regularization::default(), BLOCK).flatten(0, 2)
    });
    const IMAGES: usize = 65_537;
    const HEAD: HeadShape = HeadShape { tokens: 2, width: 4, classes: 3, mean: true };
    // A unit sums the gradient of a weight over all images, and a software adapter ends every loop after 65,536
    // iterations.
    compare(2, IMAGES * HEAD.tokens * HEAD.width, HEAD.parameters(), |tokens, weights| {
        let tokens = tokens.reshape([IMAGES, HEAD.tokens, HEAD.width]);
        fused::head(tokens, weights, HEAD).flatten(0, 1)
    });
    compare(3, IMAGES * 16, small_embedding().parameters(), |images, weights| {
        let images = images.detach().reshape([IMAGES, 1, 4, 4]);
        fused::patch_embedding(images, weights, small_embedding()).flatten(0, 2)
    });
}

/// Patches of 2×2 in images of 4×4 pixels, after a stem of two convolutions.
fn small_embedding() -> EmbeddingShape {
    let model = reshaped(vit::TINY.model(4, 10), |vit| {
        vit.patch_size = 2;
        vit.width = 3;
        vit.heads = 1;
        vit.stem = 2;
        vit.stem_depth = 2;
    });
    let embedding = model.architecture().last_stage().embedding.clone();
    EmbeddingShape { image: 4, grid: 2, embedding }
}
