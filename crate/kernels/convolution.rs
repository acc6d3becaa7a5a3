//! Convolutions of channels-last maps, `[images, height, width, channels]`.
//!
//! A convolution that mixes channels is a matrix product of its windows, unfolded into rows, with its kernel. The kernel
//! must then be in the order of a window's numbers: [`pack`] and [`unpack`] convert it, once per batch. With a stride of 1
//! the gradients are sums over windows of the output's gradient ([`turned_backward`]), with the kernel turned by 180°.
//! Depthwise convolutions are in `depthwise`.

use crate::geometry::{Geometry, fold, unfold};
use crate::matrix::{Matrix, Onto, product};
use crate::scratch::Scratch;
use crate::{depthwise, math};

/// The sizes of a convolution.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ConvolutionShape {
    /// The positions of its windows on a map.
    pub geometry: Geometry,
    /// Input channels.
    pub input: usize,
    /// Output channels.
    pub output: usize,
    /// Whether each output channel depends only on the same input channel; their numbers are then
    /// equal.
    pub depthwise: bool,
}

impl ConvolutionShape {
    /// Input channels per output channel.
    pub fn inputs(&self) -> usize {
        if self.depthwise { 1 } else { self.input }
    }

    /// The size of the kernel, `[output, inputs, rows, columns]`.
    pub fn kernel(&self) -> usize {
        self.output * self.inputs() * self.geometry.area()
    }

    /// The size of an image's input map.
    pub fn map(&self) -> usize {
        self.geometry.tokens() * self.input
    }

    /// The size of an image's output.
    pub fn made(&self) -> usize {
        self.geometry.windows() * self.output
    }

    /// The elements of a window that are contiguous.
    fn row(&self) -> usize {
        self.geometry.area() * self.input
    }

    /// The windows on the output's gradient that the gradient of each input token sums over.
    ///
    /// # Panics
    /// If the stride is not 1, or the padding as large as the window.
    fn turned(&self) -> Geometry {
        let Geometry { window, stride, padding, .. } = self.geometry;
        assert!(stride == [1; 2] && self.geometry.windows_reach_map(), "no turned convolution");
        let padding = [0, 1].map(|axis| window[axis] - 1 - padding[axis]);
        Geometry { map: self.geometry.grid(), window, stride, padding }
    }
}

/// A kernel `[output, inputs, area]` as `[area, inputs, output]`.
pub fn pack(shape: &ConvolutionShape, kernel: &[f32]) -> Scratch {
    let mut packed = Scratch::of(kernel.len());
    places(shape, |there, here| packed[there] = kernel[here]);
    packed
}

/// The inverse of [`pack`], for the gradient.
pub fn unpack(shape: &ConvolutionShape, packed: &[f32]) -> Vec<f32> {
    let mut kernel = vec![0.0; packed.len()];
    places(shape, |there, here| kernel[here] = packed[there]);
    kernel
}

/// A kernel `[output, input, area]` turned by 180°, `[turned area, output, input]`, for [`turned_backward`].
pub fn turn(shape: &ConvolutionShape, kernel: &[f32]) -> Scratch {
    let (input, output) = (shape.input, shape.output);
    let mut turned = Scratch::of(kernel.len());
    turned_places(shape, |here, [spot, to, from]| {
        turned[(spot * output + to) * input + from] = kernel[here];
    });
    turned
}

/// The gradient of a kernel, `[output, input, area]`, from the sums of [`turned_backward`].
pub fn turn_back(shape: &ConvolutionShape, sums: &[f32]) -> Vec<f32> {
    let (area, output) = (shape.geometry.area(), shape.output);
    let mut kernel = vec![0.0; sums.len()];
    turned_places(shape, |here, [spot, to, from]| {
        kernel[here] = sums[(from * area + spot) * output + to];
    });
    kernel
}

/// Calls `each` with the index of each kernel element, and with its place in the turned window, its output channel and its
/// input channel.
fn turned_places(shape: &ConvolutionShape, mut each: impl FnMut(usize, [usize; 3])) {
    let area = shape.geometry.area();
    elements(shape, |here, [output, input, spot]| each(here, [area - 1 - spot, output, input]));
}

/// Calls `each` with the packed and the unpacked index of each kernel element.
fn places(shape: &ConvolutionShape, mut each: impl FnMut(usize, usize)) {
    let inputs = shape.inputs();
    elements(shape, |here, [output, input, spot]| {
        each((spot * inputs + input) * shape.output + output, here);
    });
}

/// Calls `each` with the index of each kernel element, and with its output channel, input channel and place in the window.
fn elements(shape: &ConvolutionShape, mut each: impl FnMut(usize, [usize; 3])) {
    let mut here = 0;
    for output in 0..shape.output {
        for input in 0..shape.inputs() {
            for spot in 0..shape.geometry.area() {
                each(here, [output, input, spot]);
                here += 1;
            }
        }
    }
}

/// Convolves the maps of some images.
///
/// # Shapes
/// - packed: the kernel, see [`pack`]
/// - bias: `[output]`
/// - maps: `[images, height, width, input]`
/// - out: `[images, windows, output]`, written
pub fn forward(
    shape: &ConvolutionShape,
    packed: &[f32],
    bias: Option<&[f32]>,
    maps: &[f32],
    out: &mut [f32],
) {
    match bias {
        Some(bias) => out.chunks_exact_mut(bias.len()).for_each(|row| row.copy_from_slice(bias)),
        None => out.fill(0.0),
    }
    if shape.depthwise {
        return depthwise::forward(&shape.geometry, packed, maps, out);
    }
    let windows = unfold(&shape.geometry, shape.input, maps);
    let windows = Matrix::rows(&windows, shape.row());
    let kernel = Matrix::rows(packed, shape.output);
    product(out, shape.output, Onto::Itself, 1.0, windows, kernel);
}

/// The gradient of the maps of some images.
///
/// # Shapes
/// - packed: as in [`forward`]
/// - gradient: `[images, windows, output]`
/// - out: `[images, height, width, input]`, written
pub fn for_maps(shape: &ConvolutionShape, packed: &[f32], gradient: &[f32], out: &mut [f32]) {
    out.fill(0.0);
    if shape.depthwise {
        return depthwise::for_maps(&shape.geometry, packed, gradient, out);
    }
    let gradient = Matrix::rows(gradient, shape.output);
    let kernel = Matrix::rows(packed, shape.output).transposed();
    let row = shape.row();
    let mut windows = Scratch::of(out.len() / shape.map() * shape.geometry.windows() * row);
    product(&mut windows, row, Onto::Nothing, 1.0, gradient, kernel);
    fold(&shape.geometry, shape.input, &windows, out);
}

/// The gradient of the kernel from some images.
///
/// # Shapes
/// - maps: `[images, height, width, input]`
/// - gradient: `[images, windows, output]`
/// - sums: packed as the kernel, added to
pub fn for_kernel(shape: &ConvolutionShape, maps: &[f32], gradient: &[f32], sums: &mut [f32]) {
    if shape.depthwise {
        return depthwise::for_kernel(&shape.geometry, shape.output, maps, gradient, sums);
    }
    let windows = unfold(&shape.geometry, shape.input, maps);
    let windows = Matrix::rows(&windows, shape.row()).transposed();
    let gradient = Matrix::rows(gradient, shape.output);
    product(sums, shape.output, Onto::Itself, 1.0, windows, gradient);
}

/// The gradients of maps and kernel from some images, for a stride of 1: one unfolding serves both, and nothing is folded.
///
/// # Shapes
/// - turned: the kernel, see [`turn`]
/// - maps: `[images, height, width, input]`
/// - gradient: `[images, windows, output]`
/// - out (the maps' gradient): `[images, height, width, input]`, written
/// - sums (the kernel's gradient): `[input, turned area, output]`, added to; see [`turn_back`]
///
/// # Panics
/// If the stride is not 1, or the padding as large as the window.
pub fn turned_backward(
    shape: &ConvolutionShape,
    turned: &[f32],
    [maps, gradient]: [&[f32]; 2],
    out: &mut [f32],
    sums: &mut [f32],
) {
    let windows = unfold(&shape.turned(), shape.output, gradient);
    let row = shape.geometry.area() * shape.output;
    let windows = Matrix::rows(&windows, row);
    product(out, shape.input, Onto::Nothing, 1.0, windows, Matrix::rows(turned, shape.input));
    let maps = Matrix::rows(maps, shape.input).transposed();
    product(sums, row, Onto::Itself, 1.0, maps, windows);
}

/// The gradient of the bias from some images: adds the rows of `gradient` `[images, windows, output]` to `sums`
/// `[output]`.
pub fn for_bias(gradient: &[f32], sums: &mut [f32]) {
    math::add_rows(sums, gradient);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scratch::tests::lively;

    fn shapes() -> Vec<ConvolutionShape> {
        let geometries = [
            Geometry::square(5, 3, 2, 1),
            Geometry { map: [4, 6], window: [2, 3], stride: [2, 1], padding: [0, 2] },
            Geometry::square(5, 3, 1, 1),
            Geometry { map: [4, 6], window: [2, 3], stride: [1, 1], padding: [0, 2] },
        ];
        let shape = |geometry, input, output, depthwise| ConvolutionShape {
            geometry,
            input,
            output,
            depthwise,
        };
        geometries
            .into_iter()
            .flat_map(|geometry| [shape(geometry, 3, 5, false), shape(geometry, 20, 20, true)])
            .collect()
    }

    /// The sum over all windows and their tokens of `map · kernel · gradient`, one product at a time.
    fn by_hand(shape: &ConvolutionShape, kernel: &[f32], maps: &[f32], gradient: &[f32]) -> f64 {
        let Geometry { map, window, stride, padding } = shape.geometry;
        let [down, across] = shape.geometry.grid();
        let (inputs, area) = (shape.inputs(), shape.geometry.area());
        let mut sum = 0.0;
        for place in 0..down * across {
            for spot in 0..area {
                let row = place / across * stride[0] + spot / window[1];
                let column = place % across * stride[1] + spot % window[1];
                let (Some(row), Some(column)) =
                    (row.checked_sub(padding[0]), column.checked_sub(padding[1]))
                else {
                    continue;
                };
                if row >= map[0] || column >= map[1] {
                    continue;
                }
                for (output, input) in
                    (0..shape.output).flat_map(|output| (0..inputs).map(move |i| (output, i)))
                {
                    let channel = if shape.depthwise { output } else { input };
                    let value = maps[(row * map[1] + column) * shape.input + channel];
                    let weight = kernel[(output * inputs + input) * area + spot];
                    sum += f64::from(value * weight * gradient[place * shape.output + output]);
                }
            }
        }
        sum
    }

    fn assert_near(left: &[f32], right: &[f32]) {
        let off = left.iter().zip(right).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
        assert!(left.len() == right.len() && off < 1e-5, "{off}");
    }

    fn dot(left: &[f32], right: &[f32]) -> f64 {
        left.iter().zip(right).map(|(a, b)| f64::from(a * b)).sum()
    }

    /// All three derive from one sum, of which each leaves out a factor.
    #[test]
    fn forward_and_both_gradients_derive_from_one_sum() {
        for shape in shapes() {
            let kernel = lively(shape.kernel());
            let maps = lively(shape.map() + 3)[3..].to_vec();
            let gradient = lively(shape.made() + 7)[7..].to_vec();
            let expected = by_hand(&shape, &kernel, &maps, &gradient);
            let packed = pack(&shape, &kernel);
            assert_eq!(unpack(&shape, &packed), kernel);

            let mut out = vec![f32::NAN; shape.made()];
            forward(&shape, &packed, None, &maps, &mut out);
            let mut of_maps = vec![f32::NAN; shape.map()];
            for_maps(&shape, &packed, &gradient, &mut of_maps);
            let mut of_kernel = vec![0.0; shape.kernel()];
            for_kernel(&shape, &maps, &gradient, &mut of_kernel);
            let unpacked = unpack(&shape, &of_kernel);
            for (name, got) in [
                ("forward", dot(&out, &gradient)),
                ("maps", dot(&of_maps, &maps)),
                ("kernel", dot(&unpacked, &kernel)),
            ] {
                assert!((got - expected).abs() < 1e-4, "{shape:?}, {name}: {got}, {expected}");
            }

            if shape.geometry.stride == [1; 2] && !shape.depthwise {
                let mut both = [shape.map(), shape.kernel()].map(|size| vec![0.0; size]);
                let [of_maps_too, sums] = &mut both;
                let turned = turn(&shape, &kernel);
                turned_backward(&shape, &turned, [&maps, &gradient], of_maps_too, sums);
                assert_near(&of_maps, of_maps_too);
                assert_near(&unpacked, &turn_back(&shape, sums));
            }

            let bias = lively(shape.output);
            let mut biased = vec![f32::NAN; shape.made()];
            forward(&shape, &packed, Some(&bias), &maps, &mut biased);
            for (place, (with, without)) in biased.iter().zip(&out).enumerate() {
                let off = with - without - bias[place % shape.output];
                assert!(off.abs() < 1e-5, "{shape:?}: {off}");
            }
        }
    }
}
