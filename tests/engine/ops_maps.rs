//! Gather, convolutions, pooling and stochastic depth compared with Burn's own tensor operations, with all gradients,
//! on every device of this machine.

use burn::tensor::module::{avg_pool2d, conv2d, max_pool2d};
use burn::tensor::ops::{AvgPoolOptions, ConvOptions, MaxPoolOptions};
use burn::tensor::{Device, FloatDType, Int, Tensor, TensorData};
use patchwork::model::fused::{Branch, Regularization, Site, dropout};
use patchwork::model::ops::convolution::convolution;
use patchwork::model::ops::depthwise::depthwise_convolution;
use patchwork::model::ops::drop_path::drop_path;
use patchwork::model::ops::gather::{TokenIndex, gather};
use patchwork::model::ops::pooling::{max_pool, mean_pool, mean_token};
use patchwork::model::ops::{Geometry, Index, merge_2x2, windows};

use crate::common::{devices, distance, values};

/// Numbers between -1 and 1, all of them different.
fn numbers(count: usize, seed: usize) -> Vec<f32> {
    let number = |i: usize| ((i * 7919 + seed * 104_729 + 13) % 65_537) as f32 / 32_768.5 - 1.0;
    (0..count).map(number).collect()
}

/// The output of an operation, and the gradients of a weighted sum of it. Inputs are lists of numbers, of which only
/// those in `wanted` get a gradient.
fn run(
    inputs: &[Vec<f32>],
    wanted: &[bool],
    device: &Device,
    dtype: FloatDType,
    operation: &dyn Fn(&[Tensor<1>]) -> Tensor<3>,
) -> Vec<Option<Vec<f32>>> {
    let device = device.clone().autodiff();
    let leaf = |(numbers, &wanted): (&Vec<f32>, &bool)| {
        let leaf = Tensor::<1>::from_data(numbers.as_slice(), &device).cast(dtype);
        if wanted { leaf.detach().require_grad() } else { leaf.detach() }
    };
    let leaves: Vec<_> = inputs.iter().zip(wanted).map(leaf).collect();
    let output = operation(&leaves);
    let count = output.dims().iter().product();
    let weights = TensorData::new(numbers(count, 9), output.dims());
    let weights = Tensor::<3>::from_data(weights, &device).cast(dtype);
    let gradients = (output.clone() * weights).sum().backward();
    let whole = |tensor: Tensor<1>| values(tensor.cast(FloatDType::F32));
    let mut found = vec![Some(whole(output.inner().flatten(0, 2)))];
    found.extend(leaves.iter().map(|leaf| leaf.grad(&gradients).map(whole)));
    found
}

/// Which inputs require a gradient: on the CPU every choice but none. A software adapter computes fewer, because it
/// takes minutes for what takes a second on the CPU.
fn choices(inputs: usize, device: &str) -> Vec<Vec<bool>> {
    let all = (1 << inputs) - 1;
    let first = if device == "cpu" { 1 } else { all };
    (first..=all).map(|bits| (0..inputs).map(|i| bits >> i & 1 == 1).collect()).collect()
}

/// Compares an operation with a reference on the CPU: the output and every gradient, for each choice of inputs. On a
/// graphics card also in 16 bits, if supported.
fn same(
    name: &str,
    inputs: &[Vec<f32>],
    operation: impl Fn(&[Tensor<1>]) -> Tensor<3>,
    reference: impl Fn(&[Tensor<1>]) -> Tensor<3>,
) {
    let all = vec![true; inputs.len()];
    let expected = run(inputs, &all, &Device::flex(), FloatDType::F32, &reference);
    for (device_name, device) in devices() {
        for (dtype, tolerance) in formats(device_name, &device) {
            for wanted in choices(inputs.len(), device_name) {
                let got = run(inputs, &wanted, &device, dtype, &operation);
                assert!(got[0].is_some());
                for (place, (got, expected)) in got.iter().zip(&expected).enumerate() {
                    let what = format!("{name}, {dtype:?} on {device_name}, {wanted:?}: {place}");
                    assert_eq!(got.is_some(), place == 0 || wanted[place - 1], "{what}");
                    let (Some(got), Some(expected)) = (got, expected) else { continue };
                    let most = expected.iter().fold(1.0_f32, |most, value| most.max(value.abs()));
                    let off = distance(got, expected);
                    assert!(off < tolerance * most, "{what}: off by {off:e} of {most}");
                }
            }
        }
    }
}

/// The number formats of a device, with their tolerances.
fn formats(name: &str, device: &Device) -> Vec<(FloatDType, f32)> {
    let mut formats = vec![(FloatDType::F32, 1e-5)];
    if name != "cpu" && device.supports_dtype(FloatDType::F16) {
        formats.push((FloatDType::F16, 4e-3));
    }
    formats
}

/// Tokens `[batch, tokens, channels]` in Burn's layout of maps, `[batch, channels, height, width]`.
fn to_maps(tokens: Tensor<3>, [height, width]: [usize; 2]) -> Tensor<4> {
    let [batch, _, channels] = tokens.dims();
    tokens.swap_dims(1, 2).reshape([batch, channels, height, width])
}

fn to_tokens(maps: Tensor<4>) -> Tensor<3> {
    maps.flatten::<3>(2, 3).swap_dims(1, 2)
}

/// Numbers of images and geometries: overlapping and adjacent windows, windows with gaps, tall and wide
/// maps.
fn geometries() -> Vec<(usize, Geometry)> {
    vec![
        (3, Geometry::square(7, 3, 2, 1)),
        (1, Geometry::square(1, 1, 1, 0)),
        (2, Geometry::square(9, 2, 3, 0)),
        (19, Geometry { map: [3, 5], window: [2, 3], stride: [1, 2], padding: [1, 0] }),
        (1, Geometry { map: [6, 4], window: [5, 1], stride: [2, 1], padding: [2, 0] }),
    ]
}

#[test]
fn gathered_tokens_equal_burns_select() {
    for (images, width, index) in [
        (3, 4, windows([4, 6], 2, 1)),
        (1, 7, merge_2x2([6, 2])),
        (17, 1, Index::new(vec![2, 2, 0, 2], 5)),
        (2, 6, Index::new(vec![0], 1)),
    ] {
        let (count, list) = (index.count(), index.tokens().to_vec());
        let name = format!("{images} images of width {width}, {list:?}");
        let index = TokenIndex::new(index);
        let tokens = |inputs: &[Tensor<1>]| inputs[0].clone().reshape([images, count, width]);
        same(
            &name,
            &[numbers(images * count * width, 1)],
            |inputs| gather(tokens(inputs), &index),
            |inputs| {
                let list: Vec<i32> = list.iter().map(|&token| token as i32).collect();
                let list = Tensor::<1, Int>::from_data(list.as_slice(), &inputs[0].device());
                tokens(inputs).select(1, list)
            },
        );
    }
}

/// A convolution against Burn's, with and without a bias.
fn convolves(depthwise: bool, [input, output]: [usize; 2], images: usize, geometry: Geometry) {
    let Geometry { map, window: [rows, columns], stride, padding } = geometry;
    let inputs = if depthwise { 1 } else { input };
    let (area, groups) = (rows * columns, if depthwise { input } else { 1 });
    let lists = [
        numbers(images * geometry.tokens() * input, 1),
        numbers(output * inputs * area, 2),
        numbers(output, 3),
    ];
    let parts = |inputs_given: &[Tensor<1>]| {
        let maps = inputs_given[0].clone().reshape([images, geometry.tokens(), input]);
        let kernel = inputs_given[1].clone().reshape([output, inputs, rows, columns]);
        (maps, kernel, inputs_given.get(2).cloned())
    };
    for lists in [&lists[..2], &lists[..]] {
        same(
            &format!("{input} to {output} channels, {images} images, {geometry:?}"),
            lists,
            |given| {
                let (maps, kernel, bias) = parts(given);
                if depthwise {
                    depthwise_convolution(maps, kernel, bias, geometry)
                } else {
                    convolution(maps, kernel, bias, geometry)
                }
            },
            |given| {
                let (maps, kernel, bias) = parts(given);
                let options = ConvOptions::new(stride, padding, [1, 1], groups);
                to_tokens(conv2d(to_maps(maps, map), kernel, bias, options))
            },
        );
    }
}

#[test]
fn convolutions_equal_burns() {
    for (images, geometry) in geometries() {
        for channels in [[3, 5], [4, 8]] {
            convolves(false, channels, images, geometry);
        }
    }
}

#[test]
fn depthwise_convolutions_equal_burns() {
    for (images, geometry) in geometries() {
        for channels in [3, 20] {
            convolves(true, [channels; 2], images, geometry);
        }
    }
}

#[test]
fn pooling_equals_burns() {
    for (images, geometry) in geometries() {
        let Geometry { map, window, stride, padding } = geometry;
        for channels in [5, 8] {
            let name = format!("{images} images, {channels} channels, {geometry:?}");
            let inputs = [numbers(images * geometry.tokens() * channels, 1)];
            let maps = |inputs: &[Tensor<1>]| {
                inputs[0].clone().reshape([images, geometry.tokens(), channels])
            };
            same(
                &format!("mean of {name}"),
                &inputs,
                |inputs| mean_pool(maps(inputs), geometry),
                |inputs| {
                    let options = AvgPoolOptions::new(window)
                        .with_stride(stride)
                        .with_padding(padding)
                        .with_count_include_pad(false);
                    to_tokens(avg_pool2d(to_maps(maps(inputs), map), options))
                },
            );
            same(
                &format!("maximum of {name}"),
                &inputs,
                |inputs| max_pool(maps(inputs), geometry),
                |inputs| {
                    let options =
                        MaxPoolOptions::new(window).with_stride(stride).with_padding(padding);
                    to_tokens(max_pool2d(to_maps(maps(inputs), map), options))
                },
            );
        }
    }
}

#[test]
fn mean_pooling_equals_the_mean_of_all_tokens() {
    for (images, tokens, width) in [(3, 17, 12), (1, 1, 5), (2, 300, 1)] {
        let maps = |inputs: &[Tensor<1>]| inputs[0].clone().reshape([images, tokens, width]);
        same(
            &format!("{images} images of {tokens} tokens of width {width}"),
            &[numbers(images * tokens * width, 1)],
            |inputs| mean_token(maps(inputs)),
            |inputs| maps(inputs).mean_dim(1),
        );
    }
}

/// Among equal maxima, the first gets all of the gradient, on all devices.
#[test]
fn the_first_maximum_gets_the_gradient() {
    let geometry = Geometry::square(3, 2, 1, 0);
    for (name, device) in devices() {
        let map = [1.0, 1.0, 0.0, 1.0, 1.0, 2.0, 0.0, 2.0, 2.0].to_vec();
        let found = run(&[map], &[true], &device, FloatDType::F32, &|inputs| {
            max_pool(inputs[0].clone().reshape([1, 9, 1]), geometry)
        });
        let weights = numbers(4, 9);
        let mut expected = vec![0.0; 9];
        // The maxima of the windows: the first token, the sixth, the eighth, the sixth.
        for (window, token) in [(0, 0), (1, 5), (2, 7), (3, 5)] {
            expected[token] += weights[window];
        }
        let off = distance(found[1].as_ref().expect("a gradient"), &expected);
        assert!(off < 1e-6, "{name}: {off}");
    }
}

/// Dropout followed by stochastic depth equals what a fused block does to a branch.
#[test]
fn branch_dropout_equals_that_of_a_block() {
    let chance = Regularization {
        seed: 0xBEEF_0000_CAFE,
        drop_path: 0.4,
        dropout: 0.3,
        attention_dropout: 0.0,
    };
    let (images, tokens, width) = (23, 5, 6);
    for branch in [Branch::Attention, Branch::Mlp] {
        let [drop, skip] =
            [branch.site(), Site::Branches].map(|site| chance.at(site).expect("set"));
        let factor = |place: usize| {
            let image = place / (tokens * width);
            drop.factor(place as u32) * skip.factor(branch.place(image) as u32)
        };
        let factors: Vec<f32> = (0..images * tokens * width).map(factor).collect();
        assert!(factors.contains(&0.0) && factors.iter().any(|factor| *factor > 2.0));
        same(
            &format!("{branch:?}"),
            &[numbers(images * tokens * width, 1)],
            |inputs| {
                let values = inputs[0].clone().reshape([images, tokens, width]);
                drop_path(dropout(values, drop), chance, branch)
            },
            |inputs| {
                let factors = TensorData::new(factors.clone(), [images, tokens, width]);
                let factors = Tensor::<3>::from_data(factors, &inputs[0].device());
                inputs[0].clone().reshape([images, tokens, width]) * factors
            },
        );
    }
    let without = Regularization { drop_path: 0.0, ..chance };
    let values: Tensor<3> = Tensor::ones([2, 3, 4], &Device::flex());
    let kept = drop_path(values, without, Branch::Mlp);
    assert_eq!(kept.into_data(), Tensor::<3>::ones([2, 3, 4], &Device::flex()).into_data());
}

#[test]
fn the_last_bit_does_not_depend_on_the_number_of_threads() {
    let geometry = Geometry::square(9, 3, 2, 1);
    let (images, channels) = (37, 5);
    let lists = [
        numbers(images * geometry.tokens() * channels, 1),
        numbers(7 * channels * 9, 2),
        numbers(7, 3),
    ];
    let on = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("threads");
        pool.install(|| {
            run(&lists, &[true; 3], &Device::flex(), FloatDType::F32, &|inputs| {
                let maps = inputs[0].clone().reshape([images, geometry.tokens(), channels]);
                let kernel = inputs[1].clone().reshape([7, channels, 3, 3]);
                convolution(maps, kernel, Some(inputs[2].clone()), geometry)
            })
        })
    };
    assert_eq!(on(1), on(3));
}

/// More tokens than 65,535 workgroups in one dimension can handle.
#[test]
fn more_maps_than_workgroups_in_one_dimension_work() {
    let side = 2100;
    let geometry = Geometry::square(side, 1, 1, 0);
    for (name, device) in devices() {
        let list = numbers(side * side, 1);
        let maps = Tensor::<1>::from_data(list.as_slice(), &device).reshape([1, side * side, 1]);
        let pooled = values(mean_pool(maps.clone(), geometry).flatten::<1>(0, 2));
        assert_eq!(pooled, list, "{name}");
        let kernel = Tensor::<1>::from_data([2.0], &device).reshape([1, 1, 1, 1]);
        let twice: Vec<f32> = list.iter().map(|value| 2.0 * value).collect();
        let made = depthwise_convolution(maps.clone(), kernel.clone(), None, geometry);
        assert_eq!(values(made.flatten::<1>(0, 2)), twice, "{name}");
        let made = convolution(maps, kernel, None, geometry);
        assert_eq!(values(made.flatten::<1>(0, 2)), twice, "{name}");
    }
}
