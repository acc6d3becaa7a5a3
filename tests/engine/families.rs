//! Compares each family with its public implementation (see `tests/golden/README.md`) and across devices, and tests
//! training, resuming and explaining.

use burn::tensor::{Device, FloatDType, Tensor, TensorData};
use patchwork::config::{Distillation, DistillationKind, ModelConfig, Preset, TrainConfig};
use patchwork::data::TrainTest;
use patchwork::data::batch::Batch;
use patchwork::explain::QueryToken;
use patchwork::families::{
    Family, cct, cnn, coatnet, convit, cvt, deit, linear, linformer, performer, pvt, swin, vit,
};
use patchwork::model::Network;
use patchwork::model::fused::Kernels;
use patchwork::predictor::Predictor;
use patchwork::protocol::Event;
use patchwork::structure::Structure;
use patchwork::train::Session;
use patchwork::train::distillation::TeacherTargets;
use patchwork::train::loss::{cross_entropy, targets};
use patchwork::train::step::TrainState;
use patchwork::weights::{self, ModelCard, ParameterRole, Storage, Weights};
use safetensors::SafeTensors;
use safetensors::tensor::TensorView;
use serde_json::Value;

use crate::common::{devices, distance, dwarf, dwarf_recipe, lively, noise, run, shapes, values};

/// The families with a fixture.
const CASES: [&str; 11] = [
    "deit",
    "convit",
    "cct",
    "pvt",
    "cvt",
    "swin",
    "coatnet",
    "linear",
    "linformer",
    "performer",
    "cnn",
];
/// Families whose blocks have no attention maps.
const WITHOUT_MAPS: [&str; 2] = ["linformer", "cnn"];
/// Families whose attention weights are never formed, but are computed to be shown.
const IMPLIED_MAPS: [&str; 2] = ["linear", "performer"];

/// A fixture.
struct Golden {
    bytes: Vec<u8>,
    weights: Weights,
    multiply_adds: u64,
}

impl Golden {
    /// Reads the reference's tensors, under the reference's names, as the weights of one of our files: it must contain
    /// all of them, and no others.
    fn load(name: &str) -> Self {
        let path = format!("{}/tests/golden/{name}.safetensors", env!("CARGO_MANIFEST_DIR"));
        let bytes = std::fs::read(&path).expect("the fixture is part of the project");
        let (_, header) = SafeTensors::read_metadata(&bytes).expect("a safetensors file");
        let case = &header.metadata().as_ref().expect("metadata")["case"];
        let case: Value = serde_json::from_str(case).expect("JSON");
        let file = SafeTensors::deserialize(&bytes).expect("a safetensors file");
        let stored = file.tensors();
        let stored = stored
            .iter()
            .filter_map(|(name, view)| Some((name.strip_prefix("weights/")?, view)))
            .map(|(name, view)| {
                let view = TensorView::new(view.dtype(), view.shape().to_vec(), view.data());
                (name, view.expect("a tensor"))
            });
        let description = serde_json::json!({ "model": case["model"] }).to_string();
        let metadata = [("patchwork".to_owned(), description)].into();
        let of_reference = safetensors::serialize(stored, Some(metadata)).expect("bytes");
        let (weights, _) = Weights::from_safetensors(&of_reference).expect("weights");
        let multiply_adds = case["multiply_adds"].as_u64().expect("multiply-adds");
        Self { bytes, weights, multiply_adds }
    }

    fn floats(&self, name: &str) -> Option<Vec<f32>> {
        let file = SafeTensors::deserialize(&self.bytes).expect("a safetensors file");
        let tensor = file.tensor(name).ok()?;
        let numbers = tensor.data().as_chunks::<4>().0;
        Some(numbers.iter().map(|&value| f32::from_le_bytes(value)).collect())
    }

    fn batch(&self) -> Batch {
        let file = SafeTensors::deserialize(&self.bytes).expect("a safetensors file");
        let labels = file.tensor("labels").expect("labels");
        let labels = labels.data().as_chunks::<8>().0.iter();
        let labels = labels.map(|&value| i64::from_le_bytes(value) as u8).collect();
        Batch { images: self.floats("images").expect("images"), labels }
    }

    fn images(&self, device: &Device) -> Tensor<4> {
        let batch = self.batch();
        let side = self.weights.config.image_size;
        let shape = [batch.labels.len(), 1, side, side];
        Tensor::from_data(TensorData::new(batch.images, shape), device)
    }

    /// Compares gradients with the fixture's tensors under a prefix.
    fn assert_gradients(&self, flat: &[f32], prefix: &str, device: &str) {
        let gradient = Weights { config: self.weights.config.clone(), flat: flat.to_vec() };
        for parameter in weights::layout(&gradient.config) {
            if parameter.role == ParameterRole::Fixed {
                assert!(gradient.stored(&parameter).iter().all(|&value| value == 0.0));
                continue;
            }
            let name = format!("{prefix}/{}", parameter.name);
            let expected = self.floats(&name).expect("a gradient of the reference");
            let what = format!("{name} of {} on {device}", gradient.config.family.name());
            let allowed = slack(device) * (2e-5 * largest(&expected) + 1e-7);
            assert_close(&what, &gradient.stored(&parameter), &expected, allowed);
        }
    }
}

/// The factor on tolerances for a device; see `golden.rs`.
fn slack(device: &str) -> f32 {
    if device == "cpu" { 1.0 } else { 50.0 }
}

fn largest(values: &[f32]) -> f32 {
    values.iter().fold(0.0, |largest, value| largest.max(value.abs()))
}

fn assert_close(what: &str, ours: &[f32], expected: &[f32], allowed: f32) {
    let distance = distance(ours, expected);
    assert!(distance <= allowed, "{what}: off by {distance:e}, allowed {allowed:e}");
}

/// The model in evaluation mode.
fn network(weights: &Weights, device: &Device) -> Network {
    let flat = Tensor::from_data(weights.flat.as_slice(), device);
    Network::new(Kernels::Fused, &weights.config.architecture(), flat, FloatDType::F32, None)
}

#[test]
fn logits_and_attention_match_the_reference() {
    for (device_name, device) in devices() {
        for case in CASES {
            let golden = Golden::load(case);
            let at = |what: &str| format!("{what} of {case} on {device_name}");
            let slack = slack(device_name);
            let output = network(&golden.weights, &device).explain(golden.images(&device));
            let labels = targets(&golden.batch().labels, 10, 0.0, &device);
            let loss = values(cross_entropy(output.logits.clone(), labels).mean());
            for (name, ours) in [("logits", values(output.logits)), ("loss", loss)] {
                let expected = golden.floats(name).expect(name);
                assert_close(&at(name), &ours, &expected, slack * 1e-5 * largest(&expected));
            }
            let mut compared = 0;
            for (index, seen) in output.trace.attention.into_iter().enumerate() {
                let Some(expected) = golden.floats(&format!("attention.{index}")) else { continue };
                assert_close(&at("attention"), &values(seen.weights), &expected, slack * 1e-5);
                let gates = seen.gates.map(values).unwrap_or_default();
                let expected = golden.floats(&format!("gates.{index}")).unwrap_or_default();
                assert_eq!(gates.len(), expected.len(), "{}", at("gates"));
                assert_close(&at("gates"), &gates, &expected, slack * 1e-6);
                compared += 1;
            }
            // Linear attention never forms what is shown for it; the unit tests of the composed attention check that.
            let maps = !WITHOUT_MAPS.contains(&case) && !IMPLIED_MAPS.contains(&case);
            assert_eq!(compared > 0, maps, "{case}");
            let pooling = output.trace.pooling.map(values);
            assert_eq!(pooling.is_some(), case == "cct");
            if let Some(ours) = pooling {
                let expected = golden.floats("pooling").expect("pooling");
                assert_close(&at("pooling"), &ours, &expected, slack * 1e-5);
            }
        }
    }
}

#[test]
fn gradients_match_the_reference() {
    for (device_name, device) in devices() {
        for case in CASES {
            let golden = Golden::load(case);
            let state = TrainState::new(&golden.weights, &vit::TINY.training(), &device);
            let state = state.expect("a state");
            let (gradient, _) = state.gradient(&golden.batch(), 0).expect("a gradient");
            golden.assert_gradients(&values(gradient), "grads", device_name);
        }
    }
}

#[test]
fn distillation_loss_matches_the_reference() {
    let golden = Golden::load("deit");
    let teacher = golden.floats("teacher").expect("what the teacher says");
    let hard = Distillation::default();
    let soft = Distillation { kind: DistillationKind::Soft, weight: 0.3, temperature: 3.0 };
    for (device_name, device) in devices() {
        for (name, settings) in [("hard", hard), ("soft", soft)] {
            let targets = TeacherTargets::new(settings, 10, &teacher);
            let state = TrainState::new(&golden.weights, &vit::TINY.training(), &device);
            let found = state
                .expect("a state")
                .gradient_with_teacher(&golden.batch(), Some(&targets), 0)
                .expect("a gradient");
            let (gradient, figures) = (values(found.0), values(found.1));
            let expected = golden.floats(&format!("{name}_loss")).expect("a loss");
            let allowed = slack(device_name) * 1e-5 * expected[0];
            assert_close(&format!("{name} loss"), &figures[..1], &expected, allowed);
            golden.assert_gradients(&gradient, &format!("{name}_grads"), device_name);
        }
    }
}

#[test]
fn multiply_adds_match_the_reference() {
    for case in CASES {
        let golden = Golden::load(case);
        let ours = golden.weights.config.architecture().multiply_adds();
        assert_eq!(ours, golden.multiply_adds, "{case}");
    }
}

/// Small models for 8×8 images.
fn small() -> Vec<ModelConfig> {
    let families = [
        Family::Deit(deit::Deit { patch_size: 4, width: 16, depth: 2, heads: 2, mlp: 32 }),
        Family::Convit(convit::Convit {
            patch_size: 2,
            width: 16,
            depth: 2,
            local_depth: 1,
            heads: 4,
            mlp: 32,
        }),
        Family::Cct(cct::Cct {
            convolutions: 1,
            channels: 4,
            window: 3,
            width: 16,
            depth: 2,
            heads: 2,
            mlp: 32,
        }),
        Family::Pvt(pvt::Pvt {
            patch_size: 2,
            width: 8,
            heads: 1,
            stages: 2,
            stage_depth: 1,
            mlp_ratio: 2,
        }),
        Family::Cvt(cvt::Cvt {
            patch_size: 2,
            width: 8,
            heads: 1,
            stages: 2,
            stage_depth: 1,
            mlp_ratio: 2,
        }),
        Family::Swin(swin::Swin {
            patch_size: 2,
            windows: 2,
            width: 8,
            heads: 2,
            stages: 2,
            stage_depth: 2,
            mlp_ratio: 2,
        }),
        Family::Coatnet(coatnet::Coatnet {
            width: 8,
            heads: 2,
            convolution_stages: 1,
            attention_stages: 1,
            stage_depth: 1,
            mlp_ratio: 2,
        }),
        Family::Linear(linear::Linear { patch_size: 2, width: 16, depth: 2, heads: 2, mlp: 32 }),
        Family::Linformer(linformer::Linformer {
            patch_size: 2,
            width: 16,
            depth: 2,
            heads: 2,
            mlp: 32,
            rank: 6,
        }),
        Family::Performer(performer::Performer {
            patch_size: 2,
            width: 16,
            depth: 2,
            heads: 2,
            mlp: 32,
            features: 20,
        }),
        Family::Cnn(cnn::Cnn { width: 8, stages: 2, stage_depth: 1 }),
    ];
    let model = |family| ModelConfig {
        dropout: 0.1,
        attention_dropout: 0.1,
        stochastic_depth: 0.2,
        family,
        ..dwarf()
    };
    families.map(model).into()
}

fn datasets() -> TrainTest {
    TrainTest { train: shapes(300), test: Some(shapes(90)) }
}

fn accuracy(events: &[Event]) -> f64 {
    let tested = events.iter().find_map(|event| match event {
        Event::Tested(test) => Some(test.accuracy),
        _ => None,
    });
    tested.expect("a test at the end")
}

/// Nineteen images for [`small`] models.
fn small_batch() -> Batch {
    let pixels = values(noise(19, 8, &Device::flex()));
    Batch { images: pixels, labels: (0..19).map(|i| i % 3).collect() }
}

/// The gradient of a model in training: with dropout and skipped branches.
fn small_gradient(model: &ModelConfig, kernels: Kernels) -> Vec<f32> {
    let recipe = vit::TINY.training();
    let state = TrainState::new(&lively(model, 3), &recipe, &Device::flex());
    let mut state = state.expect("a training state");
    state.kernels = kernels;
    values(state.gradient(&small_batch(), 0x5EED_0000_0001).expect("a gradient").0)
}

/// On the CPU, halves of blocks run as one operation each if nothing is traced.
#[test]
fn halves_of_blocks_equal_the_operations_that_they_join() {
    for model in small() {
        let name = model.family.name();
        let [got, expected] =
            [Kernels::Fused, Kernels::Operations].map(|kernels| small_gradient(&model, kernels));
        let what = format!("the gradient of {name}");
        assert_close(&what, &got, &expected, 2e-5 * largest(&expected));

        let network = network(&lively(&model, 3), &Device::flex());
        let images = || noise(19, 8, &Device::flex());
        let expected = values(network.explain(images()).logits);
        let got = values(network.forward(images()));
        assert_close(&format!("logits of {name}"), &got, &expected, 1e-5 * largest(&expected));
    }
}

#[test]
fn the_last_bit_does_not_depend_on_the_number_of_threads() {
    for model in small() {
        let on = |threads: usize| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
            pool.expect("threads").install(|| small_gradient(&model, Kernels::Fused))
        };
        assert_eq!(on(1), on(3), "{}", model.family.name());
    }
}

#[test]
fn families_learn_and_their_files_hold_the_same_weights() {
    for model in small() {
        let name = model.family.name();
        let recipe = TrainConfig { epochs: 12, ..dwarf_recipe() };
        let mut session = Session::new(model, recipe, datasets(), &Device::flex()).expect(name);
        let tested = accuracy(&run(&mut session));
        assert!(tested > 0.9, "{name} learns three shapes: {tested}");
        let weights = pollster::block_on(session.weights()).expect("weights");
        let bytes = weights.to_safetensors(&ModelCard::default(), Storage::F32).expect("a file");
        assert_eq!(Weights::from_safetensors(&bytes).expect(name).0, weights);
    }
}

#[test]
fn resumed_runs_of_families_equal_uninterrupted_ones() {
    for model in small() {
        let name = model.family.name();
        let start = || {
            Session::new(model.clone(), dwarf_recipe(), datasets(), &Device::flex()).expect(name)
        };
        let (mut whole, mut first) = (start(), start());
        run(&mut whole);
        for _ in 0..20 {
            pollster::block_on(first.step()).expect("a step");
        }
        let checkpoint = pollster::block_on(first.checkpoint()).expect("a checkpoint");
        let mut second = Session::resume(checkpoint, datasets(), &Device::flex()).expect(name);
        run(&mut second);
        let last = |session: &Session| pollster::block_on(session.current()).expect("weights");
        assert_eq!(last(&second), last(&whole), "{name}");
    }
}

/// With dropout, attention dropout and stochastic depth, for which every device must draw the same masks.
#[test]
fn gradients_of_families_are_the_same_on_every_device() {
    for model in small() {
        let weights = lively(&model, 3);
        let recipe = dwarf_recipe();
        let gradient = |device: &Device| {
            let state = TrainState::new(&weights, &recipe, device).expect("a state");
            let images = values(noise(5, 8, &Device::flex()));
            let batch = Batch { images, labels: vec![0, 1, 2, 0, 1] };
            values(state.gradient(&batch, 7).expect("a gradient").0)
        };
        let expected = gradient(&Device::flex());
        for (device_name, device) in devices().into_iter().skip(1) {
            let (off, most) = (distance(&gradient(&device), &expected), largest(&expected));
            let name = model.family.name();
            assert!(off < 1e-3 * most, "{name} on {device_name}: off by {off:e} of {most}");
        }
    }
}

#[test]
fn attention_maps_have_the_geometry_of_their_family() {
    for model in small() {
        let name = model.family.name();
        let predictor = Predictor::new(&lively(&model, 5), &Device::flex()).expect(name);
        let prediction = pollster::block_on(predictor.predict(shapes(1).image(0))).expect(name);
        let blocks = &prediction.attention.blocks;
        let seen: Vec<_> = blocks
            .iter()
            .map(|block| (block.queries.tokens(), block.keys.tokens(), block.patch.side))
            .collect();
        let expected: &[_] = match name {
            "deit" => &[(6, 6, 4); 2],
            // The class token joins in the second block.
            "convit" => &[(16, 16, 2), (17, 17, 2)],
            "cct" => &[(16, 16, 2); 2],
            // The first stage's keys come from a map of half the side; the class token is added in the second.
            "pvt" => &[(16, 4, 4), (5, 5, 4)],
            // Keys are every second token of the map; the class token is added in the second stage.
            "cvt" => &[(16, 4, 4), (5, 2, 8)],
            "swin" => &[(16, 16, 2), (16, 16, 2), (4, 4, 4), (4, 4, 4)],
            // A single token is left; the stage of convolutions has no attention.
            "coatnet" => &[(1, 1, 8)],
            "linear" | "performer" => &[(17, 17, 2); 2],
            _ => &[],
        };
        assert_eq!(seen, expected, "{name}");
        for block in blocks {
            let rows = block.weights.chunks_exact(block.keys.tokens());
            rows.for_each(|row| assert!((row.iter().sum::<f32>() - 1.0).abs() < 1e-4, "{name}"));
        }
        let rollout: f32 = prediction.attention.rollout(QueryToken::Class).iter().sum();
        // In the last stage of a CvT, too, keys are fewer than queries.
        assert_eq!(rollout > 0.0, !WITHOUT_MAPS.contains(&name) && name != "cvt", "{name}");
        let pooling = prediction.attention.pooling.len();
        assert_eq!(pooling, if name == "cct" { 16 } else { 0 });
    }
}

/// In a window that wraps around the edge of the map, tokens from opposite ends do not attend to each other.
#[test]
fn shifted_windows_do_not_join_opposite_ends_of_a_map() {
    let model = small().into_iter().find(|model| model.family.name() == "swin").expect("swin");
    let predictor = Predictor::new(&lively(&model, 5), &Device::flex()).expect("a predictor");
    let prediction = pollster::block_on(predictor.predict(shapes(1).image(0))).expect("an answer");
    let [still, moved, ..] = &prediction.attention.blocks[..] else { panic!("two blocks") };
    // Positions on the 4×4 map: (1, 1) and (2, 2) share a window only after the shift; (0, 0) and (3, 3) never do.
    let reads = |block: &patchwork::explain::BlockAttention, from: usize, to: usize| {
        block.map(Some(0), QueryToken::Patch(from))[to] > 1e-6
    };
    assert!(reads(still, 0, 5) && !reads(still, 5, 10));
    assert!(!reads(moved, 0, 5) && reads(moved, 5, 10) && !reads(moved, 0, 15));
}

/// Before training a head of a ConViT reads from its place around the query wherever the image has one, and all gates
/// are the sigmoid of 1.
#[test]
fn gated_heads_start_as_a_convolution() {
    let model = small().into_iter().find(|model| model.family.name() == "convit").expect("convit");
    let mut weights = Weights::init(&model, 1);
    // Without content, the positions alone decide.
    for parameter in weights::layout(&model) {
        if parameter.name.ends_with("attn.qk.weight") {
            weights.flat[parameter.range].fill(0.0);
        }
    }
    let predictor = Predictor::new(&weights, &Device::flex()).expect("a predictor");
    let prediction = pollster::block_on(predictor.predict(shapes(1).image(0))).expect("an answer");
    let block = &prediction.attention.blocks[0];
    let gate = 1.0 / (1.0 + (-1.0_f32).exp());
    assert_eq!(block.gates.len(), 4);
    assert!(block.gates.iter().all(|&found| (found - gate).abs() < 1e-6), "{:?}", block.gates);
    assert!(prediction.attention.blocks[1].gates.is_empty(), "the second block has no gates");
    // Four heads look half a token up or down, left or right of (1, 1) on the 4×4 map: four tokens each, equally.
    let places = [([0, 1], [0, 1]), ([1, 2], [0, 1]), ([0, 1], [1, 2]), ([1, 2], [1, 2])];
    for (head, (rows, columns)) in places.into_iter().enumerate() {
        let map = block.map(Some(head), QueryToken::Patch(5));
        let most = largest(&map);
        let at = |row: usize, column: usize| (map[4 * row + column] - most).abs() < 1e-5;
        let all = rows.iter().all(|&row| columns.iter().all(|&column| at(row, column)));
        let equal = map.iter().filter(|&&weight| (weight - most).abs() < 1e-5).count();
        assert!(all && equal == 4, "head {head}: {map:?}");
    }
}

/// A Performer's random directions are part of the model, drawn from the seed, and training leaves them as they are.
#[test]
fn random_directions_are_not_trained() {
    let model = small().into_iter().find(|model| model.family.name() == "performer");
    let model = model.expect("performer");
    let directions = |weights: &Weights| -> Vec<f32> {
        let all = weights::layout(&model).into_iter();
        let fixed = all.filter(|parameter| parameter.role == ParameterRole::Fixed);
        fixed.flat_map(|parameter| weights.stored(&parameter)).collect()
    };
    let recipe = TrainConfig { ema_decay: 0.0, weight_decay: 0.5, ..dwarf_recipe() };
    let drawn = directions(&Weights::init(&model, recipe.seed));
    assert_eq!(drawn.len(), 2 * 20 * 8);
    assert_ne!(drawn, directions(&Weights::init(&model, recipe.seed + 1)));
    // In each block orthogonal within every eight, and about as long as eight normal numbers.
    let eights = drawn.chunks(20 * 8).flat_map(|block| block.chunks_exact(8 * 8));
    for rows in eights.map(|eight| eight.chunks(8).collect::<Vec<_>>()) {
        let dot = |i: usize, j: usize| rows[i].iter().zip(rows[j]).map(|(a, b)| a * b).sum::<f32>();
        assert!((0..8).all(|i| (0..i).all(|j| dot(i, j).abs() < 1e-4)));
        assert!((0..8).all(|i| (0.3..40.0).contains(&dot(i, i))));
    }
    let mut session =
        Session::new(model.clone(), recipe, datasets(), &Device::flex()).expect("a session");
    run(&mut session);
    let trained = pollster::block_on(session.current()).expect("weights");
    assert_eq!(directions(&trained), drawn);
}

#[test]
fn presets_of_families_fit_images_of_any_size() {
    for preset in Preset::all() {
        let name = preset.name;
        // The others' tokens of large images are too many, or too costly.
        let any_size = ["performer", "convit", "cvt"].contains(&name);
        for size in [4, 5, 8, 13, 28, 64, 100, 128, 256].into_iter().take(8 + usize::from(any_size))
        {
            let model = preset.model(size, 10);
            model.validate().unwrap_or_else(|error| panic!("{name} of {size}: {error}"));
        }
        let parameters = weights::parameters(&preset.model(28, 10));
        assert!((100_000..300_000).contains(&parameters), "{name}: {parameters}");
    }
    let stated = [
        (deit::DEIT, 139_796),
        (convit::CONVIT, 138_246),
        (cct::CCT, 280_651),
        (pvt::PVT, 201_730),
        (cvt::CVT, 206_698),
        (swin::SWIN, 136_854),
        (coatnet::COATNET, 269_680),
        (linear::LINEAR, 147_658),
        (linformer::LINFORMER, 197_322),
        (performer::PERFORMER, 149_706),
        (cnn::CNN, 141_706),
    ];
    for (preset, parameters) in stated {
        assert_eq!(weights::parameters(&preset.model(28, 10)), parameters, "{}", preset.name);
    }
}

#[test]
fn a_student_resumes_only_with_the_same_teacher() {
    let student = small().remove(0);
    let teacher = Weights::init(&dwarf(), 1);
    let recipe = TrainConfig { distillation: Some(Distillation::default()), ..dwarf_recipe() };
    let start = || {
        let device = Device::flex();
        let mut session = Session::new(student.clone(), recipe.clone(), datasets(), &device)?;
        session.learn_from(&teacher).map(|()| session)
    };
    let (mut whole, mut first) = (start().expect("a run"), start().expect("a run"));
    run(&mut whole);
    (0..20).for_each(|_| drop(pollster::block_on(first.step()).expect("a step")));
    let checkpoint = pollster::block_on(first.checkpoint()).expect("a checkpoint");
    let resumed = || Session::resume(checkpoint.clone(), datasets(), &Device::flex());
    let mut second = resumed().expect("it goes on");
    second.learn_from(&teacher).expect("the same teacher");
    run(&mut second);
    let last = |session: &Session| pollster::block_on(session.current()).expect("weights");
    assert_eq!(last(&second), last(&whole));

    let mut alone = resumed().expect("a run");
    let error = pollster::block_on(alone.step()).expect_err("a teacher is needed");
    assert!(error.to_string().contains("learns from a teacher"), "{error}");
    let error = alone.learn_from(&Weights::init(&dwarf(), 2)).expect_err("another one");
    assert!(error.to_string().contains("another teacher"), "{error}");
    let mut plain = Session::new(dwarf(), recipe, datasets(), &Device::flex()).expect("a run");
    let error = plain.learn_from(&teacher).expect_err("no distillation token");
    assert!(error.to_string().contains("no distillation token"), "{error}");
}

/// What is shown for linear attention are weights: not negative, and 1 together.
#[test]
fn rows_of_implied_weights_sum_to_one() {
    let golden = Golden::load("linear");
    let output = network(&golden.weights, &Device::flex()).explain(golden.images(&Device::flex()));
    assert!(!output.trace.attention.is_empty());
    for seen in output.trace.attention {
        assert!(seen.implied);
        let tokens = seen.queries.tokens();
        assert_eq!(seen.weights.dims()[2..], [tokens; 2]);
        for row in values(seen.weights).chunks_exact(tokens) {
            assert!(row.iter().all(|&weight| weight >= 0.0));
            assert!((row.iter().sum::<f32>() - 1.0).abs() < 1e-4);
        }
    }
}

/// What `Structure` says of where tokens lie holds for images of any size: each pixel is of exactly one token of each
/// stage, and of one area of keys, where they are areas.
#[test]
fn areas_of_tokens_cover_the_image() {
    for preset in Preset::all() {
        for size in [4, 5, 8, 13, 28, 64] {
            let model = preset.model(size, 10);
            let none = patchwork::explain::AttentionMaps::default();
            let structure = Structure::new(&model.architecture(), &none);
            for stage in &structure.stages {
                let grid = stage.tokens;
                let covered = (0..size).all(|y| (0..size).all(|x| grid.at(x, y).is_some()));
                assert!(covered, "{} of {size}: {grid:?}", preset.name);
                let last = grid.at(size - 1, size - 1).expect("covered");
                assert!(last < grid.rows * grid.columns);
            }
        }
    }
}

#[test]
fn structure_says_what_blocks_read_or_why_that_is_not_shown() {
    for model in small() {
        let name = model.family.name();
        let predictor = Predictor::new(&lively(&model, 5), &Device::flex()).expect(name);
        let prediction = pollster::block_on(predictor.predict(shapes(1).image(0))).expect(name);
        let structure = Structure::new(predictor.architecture(), &prediction.attention);
        assert_eq!(structure.blocks().count(), prediction.tokens.len(), "{name}");
        let described = predictor.architecture().stages.iter().flat_map(|stage| &stage.blocks);
        let blocks = structure.blocks().zip(&prediction.tokens).zip(described);
        for (((tokens, block), values), described) in blocks {
            assert!(values.len().is_multiple_of(tokens.front + tokens.rows * tokens.columns));
            assert!(block.keys.is_some() != block.note.is_some(), "{name}: a map, or why not");
            assert_eq!(block.heads == 0, described.attention().is_none(), "{name}");
            assert_eq!(block.implied, IMPLIED_MAPS.contains(&name), "{name}");
            assert_eq!(!block.gates.is_empty(), name == "convit" && tokens.front == 0);
            if let Some(keys) = block.keys {
                // A CvT's keys lie around every second token: the last of them ends before the image does.
                let end = if name == "cvt" { 8 - keys.before } else { 8 };
                let covered = (0..end).all(|y| (0..end).all(|x| keys.at(x, y).is_some()));
                assert!(covered, "{name}: keys cover the image");
            }
        }
        let windows: Vec<_> = structure.blocks().map(|(_, block)| block.windows).collect();
        assert_eq!(windows.iter().any(Option::is_some), name == "swin");
    }
}

/// No token reads across the edge of its window, and what the view draws as a window is what is read.
#[test]
fn windows_hold_all_that_their_tokens_read() {
    let model = small().into_iter().find(|model| model.family.name() == "swin").expect("swin");
    let predictor = Predictor::new(&lively(&model, 5), &Device::flex()).expect("a predictor");
    let prediction = pollster::block_on(predictor.predict(shapes(1).image(0))).expect("an answer");
    for block in &prediction.attention.blocks {
        let windows = block.windows.expect("windows");
        let side = block.queries.grid.rows;
        for query in 0..side * side {
            let [rows, columns] = [query / side, query % side].map(|at| windows.span(at, side));
            for (key, weight) in block.map(None, QueryToken::Patch(query)).into_iter().enumerate() {
                let inside = rows.contains(&(key / side)) && columns.contains(&(key % side));
                assert_eq!(weight > 1e-6, inside, "{query} reads {key} in {windows:?}");
            }
        }
    }
}
