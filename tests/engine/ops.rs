//! Operations smaller than a block compared with Burn's own tensor operations: values and every gradient, on every
//! device of this machine.

use burn::tensor::activation::softmax;
use burn::tensor::{Device, FloatDType, Tensor, activation};
use patchwork::model::fused::{Dropout, dropout};
use patchwork::model::ops;

use crate::common::{devices, distance, values};

/// The device for Burn's operations.
fn reference() -> Device {
    Device::flex()
}

/// An operation over flat arrays, so that inputs of all ranks have one type.
type Operation<'a> = &'a (dyn Fn(&[Tensor<1>]) -> Tensor<1> + Sync);

/// Pseudo-random numbers between -1 and 1 that depend on `seed`.
fn numbers(count: usize, seed: usize) -> Vec<f32> {
    let number = |i: usize| ((i as f32 + 31.7 * seed as f32) * 12.9898).sin() * 43_758.547;
    (0..count).map(|i| 2.0 * number(i).fract().abs() - 1.0).collect()
}

/// The output of an operation, and the gradients of the inputs that require one, of a weighted sum of the output
/// with different weights.
fn run(
    operation: Operation,
    inputs: &[Vec<f32>],
    wanted: &[bool],
    device: &Device,
) -> (Vec<f32>, Vec<Option<Vec<f32>>>) {
    let device = device.clone().autodiff();
    let leaves: Vec<Tensor<1>> = inputs
        .iter()
        .zip(wanted)
        .map(|(values, &wanted)| {
            let leaf = Tensor::from_data(values.as_slice(), &device);
            if wanted { leaf.require_grad() } else { leaf }
        })
        .collect();
    let output = operation(&leaves);
    let weights = numbers(output.dims()[0], 99);
    let loss = (output.clone() * Tensor::from_data(weights.as_slice(), &device)).sum();
    let gradients = loss.backward();
    (values(output), leaves.iter().map(|leaf| leaf.grad(&gradients).map(values)).collect())
}

fn assert_close(got: &[f32], expected: &[f32], tolerance: f32, what: &str) {
    let largest = expected.iter().fold(1.0_f32, |most, value| most.max(value.abs()));
    let off = distance(got, expected);
    assert!(off < tolerance * largest, "{what}: off by {off:e} of {largest}");
}

/// Which of `count` inputs require a gradient: all, and each alone.
fn choices(count: usize) -> Vec<Vec<bool>> {
    let alone = |only| (0..count).map(|input| input == only).collect();
    [vec![true; count]].into_iter().chain((0..count).map(alone)).collect()
}

/// Compares an operation with the same one built from Burn's.
fn hold(name: &str, ours: Operation, burns: Operation, inputs: &[Vec<f32>]) {
    let all = vec![true; inputs.len()];
    let (expected, gradients) = run(burns, inputs, &all, &reference());
    for (device_name, device) in devices() {
        let tolerance = if device_name == "cpu" { 2e-5 } else { 2e-4 };
        for wanted in choices(inputs.len()) {
            let name = format!("{name} on {device_name}, gradients of {wanted:?}");
            let (got, found) = run(ours, inputs, &wanted, &device);
            assert_close(&got, &expected, tolerance, &name);
            for (input, (found, expected)) in found.iter().zip(&gradients).enumerate() {
                assert_eq!(found.is_some(), wanted[input], "{name}");
                let Some(found) = found else { continue };
                let expected = expected.as_ref().expect("all were wanted");
                assert_close(found, expected, tolerance, &format!("{name}, gradient {input}"));
            }
        }
        let plain = plainly(ours, inputs, &device);
        assert_close(
            &plain,
            &expected,
            tolerance,
            &format!("{name} on {device_name}, no gradients"),
        );
    }
}

/// The output without autodiff.
fn plainly(operation: Operation, inputs: &[Vec<f32>], device: &Device) -> Vec<f32> {
    let inputs: Vec<Tensor<1>> =
        inputs.iter().map(|values| Tensor::from_data(values.as_slice(), device)).collect();
    values(operation(&inputs))
}

fn flat<const D: usize>(tensor: Tensor<D>) -> Tensor<1> {
    let count = tensor.shape().num_elements();
    tensor.reshape([count])
}

#[test]
fn linear_layers_equal_burns() {
    for [batch, rows, input, output] in [
        [1, 1, 1, 1],
        [3, 5, 7, 9],
        [2, 67, 12, 20],
        [5, 100, 33, 64],
        [1, 3, 64, 2],
        [40, 50, 8, 12],
    ] {
        let name = format!("a linear layer of {batch}×{rows} rows, {input} to {output}");
        let inputs =
            [numbers(batch * rows * input, 1), numbers(input * output, 2), numbers(output, 3)];
        let rows_of = |given: &[Tensor<1>]| given[0].clone().reshape([batch, rows, input]);
        let matrix_of = |given: &[Tensor<1>]| given[1].clone().reshape([input, output]);
        let ours = |given: &[Tensor<1>]| {
            flat(ops::linear(rows_of(given), matrix_of(given), given.get(2).cloned()))
        };
        let burns = |given: &[Tensor<1>]| {
            let products = rows_of(given).matmul(matrix_of(given).unsqueeze_dim(0));
            flat(match given.get(2) {
                None => products,
                Some(bias) => products + bias.clone().reshape([1, 1, output]),
            })
        };
        hold(&name, &ours, &burns, &inputs);
        hold(&format!("{name}, no bias"), &ours, &burns, &inputs[..2]);
    }
}

#[test]
fn layer_norms_equal_burns() {
    for [batch, rows, width] in
        [[1, 1, 2], [3, 5, 7], [2, 67, 12], [5, 100, 33], [1, 40, 256], [40, 50, 8]]
    {
        let name = format!("a LayerNorm of {batch}×{rows} rows {width} wide");
        let shape = [batch, rows, width];
        let inputs = [numbers(batch * rows * width, 1), numbers(width, 2), numbers(width, 3)];
        let ours = |given: &[Tensor<1>]| {
            let [scale, shift] = [1, 2].map(|input: usize| given[input].clone());
            flat(ops::layer_norm(given[0].clone().reshape(shape), scale, shift))
        };
        let burns = |given: &[Tensor<1>]| {
            let rows = given[0].clone().reshape(shape);
            let [scale, shift] =
                [1, 2].map(|input: usize| given[input].clone().reshape([1, 1, width]));
            let off = rows.clone() - rows.mean_dim(2);
            let variance = (off.clone() * off.clone()).mean_dim(2);
            flat(off / (variance + 1e-5).sqrt() * scale + shift)
        };
        hold(&name, &ours, &burns, &inputs);
    }
}

#[test]
fn gelus_equal_burns() {
    for count in [1, 6, 1021, 40_000] {
        let inputs: [Vec<f32>; 1] =
            [numbers(count, 1).into_iter().map(|value| 5.0 * value).collect()];
        let ours = |given: &[Tensor<1>]| ops::gelu(given[0].clone());
        let burns = |given: &[Tensor<1>]| activation::gelu(given[0].clone());
        hold(&format!("a GELU of {count}"), &ours, &burns, &inputs);
    }
}

#[test]
fn other_activations_equal_burns() {
    type Function = fn(Tensor<1>) -> Tensor<1>;
    let elu = |x: Tensor<1>| x.clone().clamp_min(0.0) + x.clamp_max(0.0).exp();
    let functions: [(&str, Function, Function); 3] = [
        ("elu + 1", ops::elu_plus_one, elu),
        ("sigmoid", ops::sigmoid, activation::sigmoid),
        ("SiLU", ops::silu, activation::silu),
    ];
    for (name, ours, burns) in functions {
        // None is 0, where ReLUs, of which the CPU makes the first function, have no derivative.
        for count in [1, 6, 1021, 40_000] {
            let inputs = [numbers(count, 1).into_iter().map(|value| 9.0 * value + 0.013).collect()];
            let ours = |given: &[Tensor<1>]| ours(given[0].clone());
            let burns = |given: &[Tensor<1>]| burns(given[0].clone());
            hold(&format!("{name} of {count}"), &ours, &burns, &inputs);
        }
    }
}

/// Sizes of attention.
#[derive(Debug, Clone, Copy)]
struct Sizes {
    batch: usize,
    heads: usize,
    queries: usize,
    keys: usize,
    head_width: usize,
    value_width: usize,
    /// Groups of the bias; 0 without a bias.
    groups: usize,
    dropout: Option<Dropout>,
}

const SCALE: f32 = 0.7;

impl Sizes {
    const fn new(batch: usize, heads: usize, [queries, keys]: [usize; 2]) -> Self {
        let (head_width, value_width) = (8, 8);
        Self { batch, heads, queries, keys, head_width, value_width, groups: 0, dropout: None }
    }

    fn inputs(&self) -> Vec<Vec<f32>> {
        let Self { batch, heads, queries, keys, head_width, value_width, groups, .. } = *self;
        let mut inputs = vec![
            numbers(batch * queries * heads * head_width, 1),
            numbers(batch * keys * heads * head_width, 2),
            numbers(batch * keys * heads * value_width, 3),
        ];
        if groups > 0 {
            inputs.push(numbers(groups * heads * queries * keys, 4));
        }
        inputs
    }

    /// Queries, keys and values in the layout of our operations.
    fn given(&self, given: &[Tensor<1>]) -> [Tensor<3>; 3] {
        let Self { batch, heads, queries, keys, head_width, value_width, .. } = *self;
        [
            given[0].clone().reshape([batch, queries, heads * head_width]),
            given[1].clone().reshape([batch, keys, heads * head_width]),
            given[2].clone().reshape([batch, keys, heads * value_width]),
        ]
    }

    fn bias(&self, given: &[Tensor<1>]) -> Option<Tensor<4>> {
        let shape = [self.groups, self.heads, self.queries, self.keys];
        given.get(3).map(|bias| bias.clone().reshape(shape))
    }

    /// Queries, keys and values head by head.
    fn by_head(&self, given: &[Tensor<1>]) -> [Tensor<4>; 3] {
        self.given(given).map(|tensor| {
            let [batch, tokens, width] = tensor.dims();
            tensor.reshape([batch, tokens, self.heads, width / self.heads]).swap_dims(1, 2)
        })
    }

    /// The weights computed with Burn's operations, before dropout.
    fn weights(&self, given: &[Tensor<1>]) -> Tensor<4> {
        let [query, key, _] = self.by_head(given);
        let mut scores = query.mul_scalar(SCALE).matmul(key.swap_dims(2, 3));
        if let Some(bias) = self.bias(given) {
            // Image b has group b % groups.
            let again = vec![bias; self.batch.div_ceil(self.groups)];
            scores = scores + Tensor::cat(again, 0).narrow(0, 0, self.batch);
        }
        softmax(scores, 3)
    }

    /// The output for these weights.
    fn read(&self, weights: Tensor<4>, given: &[Tensor<1>]) -> Tensor<3> {
        let [_, _, value] = self.by_head(given);
        let read = weights.matmul(value).swap_dims(1, 2);
        read.reshape([self.batch, self.queries, self.heads * self.value_width])
    }

    fn attention(&self, given: &[Tensor<1>]) -> Tensor<1> {
        let [query, key, value] = self.given(given);
        let bias = self.bias(given);
        flat(ops::attention(query, key, value, bias, self.heads, SCALE, self.dropout))
    }

    fn burns_attention(&self, given: &[Tensor<1>]) -> Tensor<1> {
        let weights = self.weights(given);
        let kept = match self.dropout {
            None => weights,
            Some(rule) => dropout(weights, rule),
        };
        flat(self.read(kept, given))
    }
}

fn attentions() -> Vec<Sizes> {
    let rule = Some(Dropout::new(0xBEEF_0000_CAFE, 0.25));
    vec![
        Sizes::new(1, 1, [1, 1]),
        Sizes::new(2, 3, [5, 7]),
        Sizes { head_width: 5, value_width: 3, ..Sizes::new(3, 2, [9, 4]) },
        Sizes { head_width: 16, value_width: 32, ..Sizes::new(2, 1, [17, 50]) },
        Sizes { groups: 1, ..Sizes::new(3, 2, [6, 6]) },
        Sizes { groups: 4, ..Sizes::new(8, 2, [4, 9]) },
        Sizes { groups: 3, head_width: 3, value_width: 6, ..Sizes::new(7, 2, [4, 5]) },
        Sizes { groups: 20, ..Sizes::new(40, 1, [4, 4]) },
        Sizes { groups: 2, head_width: 4, value_width: 4, ..Sizes::new(70, 1, [3, 3]) },
        Sizes { dropout: rule, ..Sizes::new(2, 3, [5, 7]) },
        Sizes { dropout: rule, groups: 2, ..Sizes::new(4, 2, [9, 3]) },
        Sizes { dropout: rule, head_width: 3, value_width: 6, ..Sizes::new(2, 2, [1, 13]) },
    ]
}

#[test]
fn attention_equals_burns() {
    for sizes in attentions() {
        let ours = |given: &[Tensor<1>]| sizes.attention(given);
        let burns = |given: &[Tensor<1>]| sizes.burns_attention(given);
        hold(&format!("{sizes:?}"), &ours, &burns, &sizes.inputs());
    }
}

/// Dropout with a rate of 0 changes nothing, to the last bit; with another rate it does.
#[test]
fn a_rate_of_zero_drops_nothing() {
    let none = Sizes { groups: 2, ..Sizes::new(4, 2, [9, 5]) };
    let with = |rate| Sizes { dropout: Some(Dropout::new(0xBEEF_0000_CAFE, rate)), ..none };
    for (name, device) in devices() {
        let of = |sizes: Sizes| {
            run(&|given: &[Tensor<1>]| sizes.attention(given), &sizes.inputs(), &[true; 4], &device)
        };
        let expected = of(none);
        assert_eq!(of(with(0.0)), expected, "on {name}");
        let ((read, gradients), (expected, others)) = (of(with(0.5)), expected);
        let gradients = gradients.iter().flatten().zip(others.iter().flatten());
        for (got, expected) in gradients.chain([(&read, &expected)]) {
            assert!(distance(got, expected) > 1e-2, "on {name}");
        }
    }
}

#[test]
fn attention_weights_equal_burns() {
    for sizes in attentions() {
        let sizes = Sizes { dropout: None, ..sizes };
        let inputs = sizes.inputs();
        let expected = plainly(&|given| flat(sizes.weights(given)), &inputs, &reference());
        let read = plainly(&|given| sizes.burns_attention(given), &inputs, &reference());
        for (name, device) in devices() {
            let explained = |given: &[Tensor<1>]| {
                let [query, key, value] = sizes.given(given);
                let bias = sizes.bias(given);
                ops::explained_attention(query, key, value, bias, sizes.heads, SCALE)
            };
            let shape = [sizes.batch, sizes.heads, sizes.queries, sizes.keys];
            let weights = |given: &[Tensor<1>]| {
                let weights = explained(given).1;
                assert_eq!(weights.dims(), shape);
                flat(weights)
            };
            let tolerance = if name == "cpu" { 2e-5 } else { 2e-4 };
            let got = plainly(&weights, &inputs, &device);
            assert_close(&got, &expected, tolerance, &format!("{sizes:?} on {name}"));
            let got = plainly(&|given| flat(explained(given).0), &inputs, &device);
            assert_close(&got, &read, tolerance, &format!("{sizes:?} on {name}, what was read"));
        }
    }
}

/// Masked keys have no influence, whatever they are.
#[test]
fn a_mask_hides_keys() {
    let sizes = Sizes { groups: 1, ..Sizes::new(2, 2, [5, 6]) };
    let mut inputs = sizes.inputs();
    inputs[3] = (0..2 * 5 * 6).map(|i| if i % 6 < 4 { 0.0 } else { -1e9 }).collect();
    let attention = |given: &[Tensor<1>]| sizes.attention(given);
    for (name, device) in devices() {
        let (before, gradients) = run(&attention, &inputs, &[true; 4], &device);
        let mut others = inputs.clone();
        for (key, values) in others[1..3].iter_mut().flat_map(|all| all.chunks_mut(16)).enumerate()
        {
            if key % 6 >= 4 {
                values.fill(0.3);
            }
        }
        assert_eq!(before, run(&attention, &others, &[true; 4], &device).0, "on {name}");
        let for_values = gradients[2].as_ref().expect("wanted");
        let hidden = for_values.chunks(16).skip(4).step_by(6).flatten();
        assert!(
            hidden.clone().count() > 0 && hidden.clone().all(|slope| slope.abs() < 1e-30),
            "on {name}"
        );
    }
}

#[test]
fn linear_attention_equals_attention_with_feature_products() {
    for sizes in [
        Sizes::new(1, 1, [1, 1]),
        Sizes::new(2, 3, [5, 7]),
        Sizes { head_width: 5, value_width: 3, ..Sizes::new(3, 2, [9, 4]) },
        Sizes { head_width: 16, value_width: 32, ..Sizes::new(2, 1, [17, 50]) },
    ] {
        let mut inputs = sizes.inputs();
        // Features are non-negative, and some are 0.
        for values in &mut inputs[..2] {
            values.iter_mut().for_each(|value| *value = (*value + 0.5).max(0.0));
        }
        let ours = |given: &[Tensor<1>]| {
            let [query, key, value] = sizes.given(given);
            flat(ops::linear_attention(query, key, value, sizes.heads))
        };
        let burns = |given: &[Tensor<1>]| {
            let [query, key, _] = sizes.by_head(given);
            let weights = query.matmul(key.swap_dims(2, 3));
            let sums = weights.clone().sum_dim(3) + 1e-6;
            flat(sizes.read(weights / sums, given))
        };
        hold(&format!("linear attention, {sizes:?}"), &ours, &burns, &inputs);
    }
}

/// The features of one head after the other, of each token, against Burn's operations.
#[test]
fn random_features_equal_burns() {
    for [batch, tokens, heads, width, features] in
        [[1, 1, 1, 1, 1], [2, 5, 3, 4, 7], [3, 17, 2, 16, 44], [1, 50, 1, 3, 2]]
    {
        let shape = [batch, tokens, heads * width];
        let twice = |value: f32| 2.0 * value;
        let rows = numbers(batch * tokens * heads * width, 1).into_iter().map(twice);
        let inputs = [rows.collect::<Vec<_>>()];
        let directions = numbers(features * width, 2);
        let directions_on = |device: &Device| {
            Tensor::<1>::from_data(directions.as_slice(), device).reshape([features, width])
        };
        for stabiliser in [ops::Stabiliser::Token, ops::Stabiliser::Image] {
            let ours = |given: &[Tensor<1>]| {
                let rows = given[0].clone().reshape(shape);
                let directions = directions_on(&rows.device());
                flat(ops::random_features(rows, directions, heads, stabiliser))
            };
            let burns = |given: &[Tensor<1>]| {
                let rows = given[0].clone().reshape([batch, tokens, heads, width]);
                let rows = rows * (width as f32).powf(-0.25);
                let directions = directions_on(&rows.device()).reshape([1, 1, features, width]);
                let along = rows.clone().matmul(directions.swap_dims(2, 3));
                let squares = (rows.clone() * rows).sum_dim(3) * 0.5;
                let most = along.clone().detach().max_dim(3);
                let most = match stabiliser {
                    ops::Stabiliser::Token => most,
                    ops::Stabiliser::Image => most.max_dim(1),
                };
                flat((along - squares - most).exp() + 1e-4)
            };
            hold(&format!("features {shape:?}, {stabiliser:?}"), &ours, &burns, &inputs);
        }
    }
}

/// A query with all-zero features gives 0 and finite gradients.
#[test]
fn linear_attention_with_zero_features_gives_zero() {
    let sizes = Sizes::new(2, 2, [3, 4]);
    let mut inputs = sizes.inputs();
    inputs[0].fill(0.0);
    let attention = |given: &[Tensor<1>]| {
        let [query, key, value] = sizes.given(given);
        flat(ops::linear_attention(query, key.abs(), value, sizes.heads))
    };
    for (name, device) in devices() {
        let (read, gradients) = run(&attention, &inputs, &[true; 3], &device);
        assert!(read.iter().all(|&value| value == 0.0), "on {name}");
        let mut all = gradients.iter().flatten().flatten();
        assert!(all.all(|slope| slope.is_finite()), "on {name}");
    }
}

#[test]
fn the_last_bit_does_not_depend_on_the_number_of_threads() {
    let sizes = Sizes { groups: 3, ..Sizes::new(50, 2, [7, 9]) };
    let (rows, width) = (1300, 24);
    let linear = |given: &[Tensor<1>]| {
        let rows = given[0].clone().reshape([1, rows, width]);
        flat(ops::linear(rows, given[1].clone().reshape([width, 11]), Some(given[2].clone())))
    };
    let norm = |given: &[Tensor<1>]| {
        let rows = given[0].clone().reshape([1, rows, width]);
        flat(ops::layer_norm(rows, given[1].clone(), given[2].clone()))
    };
    let cases: [(Operation, Vec<Vec<f32>>); 3] = [
        (&linear, vec![numbers(rows * width, 1), numbers(width * 11, 2), numbers(11, 3)]),
        (&norm, vec![numbers(rows * width, 1), numbers(width, 2), numbers(width, 3)]),
        (&|given: &[Tensor<1>]| sizes.attention(given), sizes.inputs()),
    ];
    for (operation, inputs) in cases {
        let on = |threads: usize| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
            let wanted = vec![true; inputs.len()];
            pool.expect("threads").install(|| run(operation, &inputs, &wanted, &Device::flex()))
        };
        assert_eq!(on(1), on(3));
    }
}

/// A card need not support more than 65,535 workgroups in one dimension.
#[test]
fn any_number_of_rows_works_on_a_card() {
    let (rows, images) = (2_200_000, 4_300_000);
    let sizes = Sizes { head_width: 1, value_width: 1, ..Sizes::new(images, 1, [1, 1]) };
    let linear = |given: &[Tensor<1>]| {
        let matrix = given[1].clone().reshape([1, 1]);
        flat(ops::linear(given[0].clone().reshape([1, rows, 1]), matrix, None))
    };
    let norm = |given: &[Tensor<1>]| {
        let [scale, shift] = [1, 2].map(|input: usize| given[input].clone());
        flat(ops::layer_norm(given[0].clone().reshape([1, rows, 2]), scale, shift))
    };
    let attention = |given: &[Tensor<1>]| sizes.attention(given);
    let cases: [(&str, Operation, Vec<Vec<f32>>); 3] = [
        ("linear", &linear, vec![numbers(rows, 1), numbers(1, 2)]),
        ("norm", &norm, vec![numbers(2 * rows, 1), numbers(2, 2), numbers(2, 3)]),
        ("attention", &attention, sizes.inputs()),
    ];
    for (device_name, device) in devices().into_iter().skip(1) {
        for (name, operation, inputs) in &cases {
            let all = vec![true; inputs.len()];
            let (expected, gradients) = run(*operation, inputs, &all, &Device::flex());
            let (got, found) = run(*operation, inputs, &all, &device);
            let name = format!("{name} on {device_name}");
            assert_close(&got, &expected, 2e-4, &name);
            for (found, expected) in found.iter().flatten().zip(gradients.iter().flatten()) {
                assert_close(found, expected, 2e-3, &format!("{name}, a gradient"));
            }
        }
    }
}

/// The graphics adapters of this machine with their 16-bit formats; the CPU has none.
fn short_formats() -> Vec<(String, Device, FloatDType)> {
    let formats = [FloatDType::F16, FloatDType::BF16];
    let adapters = devices().into_iter().filter(|(name, _)| *name != "cpu");
    let all = adapters.flat_map(|(name, device)| {
        formats.map(|format| (format!("{name}, {format:?}"), device.clone(), format))
    });
    let (known, missing): (Vec<_>, Vec<_>) =
        all.partition(|(_, device, format)| device.supports_dtype(*format));
    missing.iter().for_each(|(name, ..)| println!("not tested: {name}"));
    known
}

/// An operation in another number format, with 32-bit floats as input and output.
fn in_format(
    operation: Operation,
    format: FloatDType,
) -> impl Fn(&[Tensor<1>]) -> Tensor<1> + Sync {
    move |given| {
        let given: Vec<_> = given.iter().map(|tensor| tensor.clone().cast(format)).collect();
        operation(&given).cast(FloatDType::F32)
    }
}

#[test]
fn operations_in_16_bits_are_close_to_those_in_32() {
    let (rows, width, output) = (70, 12, 20);
    let shape = [1, rows, width];
    let linear = |given: &[Tensor<1>]| {
        let matrix = given[1].clone().reshape([width, output]);
        flat(ops::linear(given[0].clone().reshape(shape), matrix, Some(given[2].clone())))
    };
    let norm = |given: &[Tensor<1>]| {
        let [scale, shift] = [1, 2].map(|input: usize| given[input].clone());
        flat(ops::layer_norm(given[0].clone().reshape(shape), scale, shift))
    };
    let gelu = |given: &[Tensor<1>]| ops::gelu(given[0].clone());
    let sizes = Sizes { groups: 2, ..Sizes::new(4, 2, [9, 7]) };
    let attention = |given: &[Tensor<1>]| sizes.attention(given);
    let linear_attention = |given: &[Tensor<1>]| {
        let [query, key, value] = sizes.given(given);
        flat(ops::linear_attention(query.abs(), key.abs(), value, sizes.heads))
    };
    let values = numbers(rows * width, 1);
    let bare = |given: &[Tensor<1>]| {
        flat(ops::linear(
            given[0].clone().reshape(shape),
            given[1].clone().reshape([width, output]),
            None,
        ))
    };
    let dropped = Sizes { groups: 0, dropout: Some(Dropout::new(0xBEEF_0000_CAFE, 0.25)), ..sizes };
    let attention_with_dropout = |given: &[Tensor<1>]| dropped.attention(given);
    let features = |given: &[Tensor<1>]| {
        let directions = Tensor::<1>::from_data(numbers(36, 7).as_slice(), &given[0].device());
        let directions = directions.cast(given[0].dtype()).reshape([9, 4]);
        let rows = given[0].clone().reshape([1, rows, width]);
        flat(ops::random_features(rows, directions, 3, ops::Stabiliser::Image))
    };
    let cases: [(&str, Operation, Vec<Vec<f32>>); 8] = [
        ("linear", &linear, vec![values.clone(), numbers(width * output, 2), numbers(output, 3)]),
        ("norm", &norm, vec![values.clone(), numbers(width, 2), numbers(width, 3)]),
        ("linear without a bias", &bare, vec![values.clone(), numbers(width * output, 2)]),
        ("GELU", &gelu, vec![values.clone()]),
        ("random features", &features, vec![values]),
        ("attention", &attention, sizes.inputs()),
        ("attention with dropout", &attention_with_dropout, dropped.inputs()),
        ("linear attention", &linear_attention, sizes.inputs()[..3].to_vec()),
    ];
    for (device_name, device, format) in short_formats() {
        let tolerance = if format == FloatDType::F16 { 5e-3 } else { 4e-2 };
        for (name, operation, inputs) in &cases {
            let name = format!("{name} on {device_name}");
            let all = vec![true; inputs.len()];
            let (expected, gradients) = run(*operation, inputs, &all, &reference());
            let (got, found) = run(&in_format(*operation, format), inputs, &all, &device);
            assert_close(&got, &expected, tolerance, &name);
            for (found, expected) in found.iter().flatten().zip(gradients.iter().flatten()) {
                assert_close(found, expected, tolerance, &format!("{name}, a gradient"));
            }
        }
    }
}

/// Adding a constant to all scores changes nothing, even where 16 bits would round their log-sum-exp to quarters, or to
/// 2.
#[test]
fn log_sum_exps_have_32_bits_in_16_bit_formats() {
    let sizes = Sizes { groups: 1, ..Sizes::new(2, 2, [5, 7]) };
    let attention = |given: &[Tensor<1>]| sizes.attention(given);
    let with_bias = |bias: f32| {
        let mut inputs = sizes.inputs();
        inputs[3].fill(bias);
        inputs
    };
    for (name, device, format) in short_formats() {
        let of = |bias| run(&in_format(&attention, format), &with_bias(bias), &[true; 4], &device);
        let ((low, for_low), (high, for_high)) = (of(0.0), of(300.0));
        assert_close(&high, &low, 1e-2, &name);
        for (high, low) in for_high.iter().flatten().zip(for_low.iter().flatten()) {
            assert_close(high, low, 1e-2, &format!("{name}, a gradient"));
        }
    }
}
