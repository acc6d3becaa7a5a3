//! A fused update compared with the same update as separate operations on whole arrays
//! ([`Reference`]).

use burn::tensor::{Device, Tensor};
use patchwork::config::{ModelConfig, OptimizerKind, Precision, TrainConfig};
use patchwork::families::vit;
use patchwork::train::optimizer::{Adam, UpdateLimits};
use patchwork::weights;

use crate::common::{devices, distance, dwarf, lively, reshaped, values};
use crate::reference::Reference;

/// A model, a recipe, and the state of a run: weights and average.
struct Run {
    adam: Adam,
    limits: UpdateLimits,
    weights: Tensor<1>,
    average: Option<Tensor<1>>,
}

impl Run {
    fn new(model: &ModelConfig, recipe: &TrainConfig, device: &Device) -> Self {
        let weights = Tensor::from_data(lively(model, 3).flat.as_slice(), device);
        let average = (recipe.ema_decay > 0.0).then(|| weights.clone());
        let (adam, limits) = (Adam::new(model, recipe, device), UpdateLimits::new(recipe));
        Self { adam, limits, weights, average }
    }

    fn at_once(&mut self, gradient: Tensor<1>) -> f32 {
        let (weights, average) = (&mut self.weights, &mut self.average);
        values(self.adam.step_at_once(weights, average, gradient, 1e-3, self.limits))[0]
    }

    fn arrays(&self) -> Vec<Vec<f32>> {
        let Adam { first_moment, second_moment, .. } = &self.adam;
        let all = [&self.weights, first_moment, second_moment].into_iter().chain(&self.average);
        all.map(|array| values(array.clone())).collect()
    }
}

/// A gradient with a given size and some zeros.
fn gradient(model: &ModelConfig, step: usize, size: f32, device: &Device) -> Tensor<1> {
    let value = |i: usize| ((i * 31 + step * 17) % 101) as f32 / 50.0 - 1.0;
    let list: Vec<f32> = (0..weights::count(model)).map(|i| value(i) * size).collect();
    Tensor::from_data(list.as_slice(), device)
}

/// With and without clipping, average and weight decay.
fn recipes() -> Vec<TrainConfig> {
    // Betas that are exact in 32 bits.
    let tiny = TrainConfig { betas: (0.90625, 0.999_023_437_5), ..vit::TINY.training() };
    let plain = TrainConfig { clip_norm: 0.0, ema_decay: 0.0, ..tiny.clone() };
    vec![
        TrainConfig { clip_norm: 1.0, ema_decay: 0.99, ..tiny.clone() },
        TrainConfig { optimizer: OptimizerKind::Adam, ..plain.clone() },
        TrainConfig { ema_decay: 0.5, ..plain.clone() },
        TrainConfig { optimizer: OptimizerKind::Muon, ..plain },
        TrainConfig { optimizer: OptimizerKind::Muon, ema_decay: 0.9, ..tiny.clone() },
        TrainConfig { clip_norm: 1e9, ema_decay: 0.0, ..tiny },
    ]
}

/// Models whose number of weights is divisible by four, by two, and by neither.
fn models() -> [ModelConfig; 3] {
    let of = |width, mlp, classes| {
        reshaped(ModelConfig { classes, ..dwarf() }, |vit| {
            vit.width = width;
            vit.heads = 1;
            vit.mlp = mlp;
        })
    };
    let models = [vit::TINY.model(28, 10), of(7, 5, 4), of(8, 4, 4)];
    assert_eq!(models.each_ref().map(|model| weights::count(model) % 4), [2, 3, 0]);
    models
}

#[test]
fn a_fused_update_equals_the_separate_operations() {
    for (name, device) in devices() {
        for model in models() {
            for recipe in recipes() {
                let weights = lively(&model, 3).flat;
                let weights = Tensor::from_data(weights.as_slice(), &Device::flex());
                let mut expected = Reference::new(&model, &recipe, weights);
                let mut got = Run::new(&model, &recipe, &device);
                for (step, size) in [1e-3, 1.0, 30.0].into_iter().enumerate() {
                    expected.step(gradient(&model, step, size, &Device::flex()), 1e-3);
                    assert_eq!(got.at_once(gradient(&model, step, size, &device)), 1.0, "{name}");
                    let expected = expected.arrays().into_iter().map(values);
                    for (got, expected) in got.arrays().iter().zip(expected) {
                        let largest = expected.iter().fold(0.0_f32, |most, x| most.max(x.abs()));
                        let off = distance(got, &expected);
                        assert!(off < 1e-5 * largest, "{name}, {recipe:?}: {off} of {largest}");
                    }
                }
                assert_eq!(got.arrays().len(), 3 + usize::from(recipe.ema_decay > 0.0));
            }
        }
    }
}

/// A device with each optimizer for the matrices.
fn with_optimizers<D: Clone>(device: D) -> [(D, OptimizerKind); 2] {
    [OptimizerKind::AdamW, OptimizerKind::Muon].map(|optimizer| (device.clone(), optimizer))
}

#[test]
fn shared_arrays_are_not_overwritten() {
    for ((name, device), optimizer) in devices().into_iter().flat_map(with_optimizers) {
        let model = dwarf();
        let recipe = TrainConfig { optimizer, ema_decay: 0.9, ..vit::TINY.training() };
        let mut run = Run::new(&model, &recipe, &device);
        run.at_once(gradient(&model, 0, 1.0, &device));
        let (weights, average) = (run.weights.clone(), run.average.clone());
        let before = run.arrays();
        run.at_once(gradient(&model, 1, 1.0, &device));
        assert_eq!(values(weights), before[0], "{name}");
        assert_eq!(values(average.expect("asked for")), before[3], "{name}");
        assert!(run.arrays().iter().zip(before).all(|(new, old)| *new != old), "{name}");
    }
}

#[test]
fn a_guarded_update_ignores_a_gradient_that_is_not_finite() {
    for ((name, device), optimizer) in devices().into_iter().flat_map(with_optimizers) {
        for (precision, clip_norm) in [(Precision::F16, 1.0), (Precision::F32, 0.0)] {
            for wrong in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
                let model = dwarf();
                let tiny = vit::TINY.training();
                let recipe =
                    TrainConfig { optimizer, precision, clip_norm, ema_decay: 0.9, ..tiny };
                let mut run = Run::new(&model, &recipe, &device);
                run.at_once(gradient(&model, 0, 1.0, &device));
                let before = run.arrays();
                let mut list = values(gradient(&model, 1, 1.0, &device));
                list[77] = wrong;
                let finite = run.at_once(Tensor::from_data(list.as_slice(), &device));
                assert_eq!(finite, 0.0, "{name}, {wrong}");
                let same = run.arrays() == before;
                assert_eq!(same, precision == Precision::F16, "{name}, {wrong}");
                assert!(same || run.arrays()[0][77].is_nan(), "{name}, {wrong}");
            }
        }
    }
}
