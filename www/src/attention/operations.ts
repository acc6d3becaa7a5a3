/** The operations of a Vision Transformer on plain arrays, as PyTorch defines them. Matrices are `[rows, columns]`, row by row. */

/** What LayerNorm adds to the variance. */
const EPSILON = 1e-5;

/** Multiplies each row by a matrix `[outputs, inputs]` and adds a bias: `[rows, inputs]` to `[rows, outputs]`. */
export function linear(input: Float32Array, weight: Float32Array, bias: Float32Array): Float32Array {
  const [outputs, inputs] = [bias.length, weight.length / bias.length];
  const out = new Float32Array((input.length / inputs) * outputs);
  for (let row = 0; row * outputs < out.length; row++) {
    for (let output = 0; output < outputs; output++) {
      out[row * outputs + output] = dot(input, row * inputs, weight, output * inputs, inputs) + (bias[output] as number);
    }
  }
  return out;
}

/** The dot product of `count` numbers of two arrays, from these places on. */
export function dot(one: Float32Array, from: number, other: Float32Array, start: number, count: number): number {
  let [even, odd] = [0, 0];
  // Two sums at once: the one need not wait for the other.
  for (let i = 1; i < count; i += 2) {
    even += (one[from + i - 1] as number) * (other[start + i - 1] as number);
    odd += (one[from + i] as number) * (other[start + i] as number);
  }
  if (count % 2 === 1) even += (one[from + count - 1] as number) * (other[start + count - 1] as number);
  return even + odd;
}

/** Scale and shift of a LayerNorm, a number each for every column. */
export interface Norm {
  weight: Float32Array;
  bias: Float32Array;
}

/** LayerNorm of each row. */
export function layerNorm(input: Float32Array, { weight, bias }: Norm): Float32Array {
  const out = new Float32Array(input.length);
  for (let start = 0; start < input.length; start += weight.length) {
    const row = input.subarray(start, start + weight.length);
    const { mean, deviation } = moments(row);
    row.forEach((value, i) => (out[start + i] = ((value - mean) / deviation) * (weight[i] ?? 0) + (bias[i] ?? 0)));
  }
  return out;
}

/** What LayerNorm subtracts from a row, and divides it by. */
export function moments(row: Float32Array): { mean: number; deviation: number } {
  const mean = row.reduce((sum, value) => sum + value, 0) / row.length;
  const variance = row.reduce((sum, value) => sum + (value - mean) ** 2, 0) / row.length;
  return { mean, deviation: Math.sqrt(variance + EPSILON) };
}

/** The exact GELU of each value. */
export function gelu(values: Float32Array): Float32Array {
  return values.map((value) => 0.5 * value * (1 + erf(value * Math.SQRT1_2)));
}

/** The error function to 1.5e-7 (Abramowitz and Stegun, 7.1.26). */
function erf(x: number): number {
  const t = 1 / (1 + 0.3275911 * Math.abs(x));
  const series = t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))));
  return Math.sign(x) * (1 - series * Math.exp(-x * x));
}

/** Shares of the whole: e to the power of each score, divided by the sum. A temperature divides the scores before. */
export function softmax(scores: Float32Array, temperature = 1): Float32Array {
  const largest = scores.reduce((most, score) => Math.max(most, score), -Infinity);
  const powers = scores.map((score) => Math.exp((score - largest) / temperature));
  const sum = powers.reduce((total, power) => total + power, 0);
  return powers.map((power) => power / sum);
}

/** The sum of the rows `[rows, width]`, each multiplied by its weight. Only `count` columns are used, from `start` on. */
export function mix(weights: Float32Array, rows: Float32Array, width: number, start: number, count: number): Float32Array {
  const sum = new Float32Array(count);
  weights.forEach((weight, row) => {
    const from = row * width + start;
    for (let i = 0; i < count; i++) sum[i] = (sum[i] as number) + weight * (rows[from + i] as number);
  });
  return sum;
}

/** A square image of several channels: `[side, side, channels]`. */
export interface ImageMap {
  values: Float32Array;
  side: number;
}

/** A convolution: kernels `[outputs, channels, window, window]`, zeros around the image. */
export interface Convolution {
  weight: Float32Array;
  bias: Float32Array;
  window: number;
  stride: number;
  margin: number;
}

/** Convolves an image: what a window covers is a row of a matrix, which is multiplied by the kernels. */
export function convolve(image: ImageMap, convolution: Convolution): ImageMap {
  const { weight, bias, window, stride, margin } = convolution;
  const channels = image.values.length / image.side ** 2;
  const side = Math.floor((image.side + 2 * margin - window) / stride) + 1;
  const covered = new Float32Array(side * side * channels * window * window);
  for (let place = 0; place < side * side; place++) {
    const [top, left] = [Math.floor(place / side) * stride - margin, (place % side) * stride - margin];
    const row = covered.subarray(place * channels * window * window, (place + 1) * channels * window * window);
    copyWindow(row, image, channels, window, top, left);
  }
  return { side, values: linear(covered, weight, bias) };
}

/** Copies what a window covers, channel by channel. */
function copyWindow(into: Float32Array, { values, side }: ImageMap, channels: number, window: number, top: number, left: number): void {
  for (let cell = 0; cell < window * window; cell++) {
    const [y, x] = [top + Math.floor(cell / window), left + (cell % window)];
    if (y < 0 || x < 0 || y >= side || x >= side) continue;
    const from = (y * side + x) * channels;
    for (let channel = 0; channel < channels; channel++) into[channel * window * window + cell] = values[from + channel] as number;
  }
}
