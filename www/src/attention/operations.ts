/** The operations of a Vision Transformer on plain arrays, as PyTorch defines them. Matrices are `[rows, columns]`, row by row. */

/** What LayerNorm adds to the variance. */
const EPSILON = 1e-5;

/** Multiplies each row by a matrix `[outputs, inputs]` and adds a bias: `[rows, inputs]` to `[rows, outputs]`. */
export function linear(input: Float32Array, weight: Float32Array, bias: Float32Array): Float32Array {
  const [outputs, inputs] = [bias.length, weight.length / bias.length];
  const out = new Float32Array((input.length / inputs) * outputs);
  for (let at = 0; at < out.length; at++) {
    const output = at % outputs;
    out[at] = dot(input, ((at - output) / outputs) * inputs, weight, output * inputs, inputs) + (bias[output] ?? 0);
  }
  return out;
}

/** The dot product of `count` numbers of two arrays, from these places on. */
export function dot(one: Float32Array, from: number, other: Float32Array, start: number, count: number): number {
  let sum = 0;
  for (let i = 0; i < count; i++) sum += (one[from + i] as number) * (other[start + i] as number);
  return sum;
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

/** A square image of several channels, `[channels, side, side]`. */
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

/** Convolves an image. */
export function convolve(image: ImageMap, convolution: Convolution): ImageMap {
  const { weight, bias, window, stride, margin } = convolution;
  const channels = image.values.length / image.side ** 2;
  const side = Math.floor((image.side + 2 * margin - window) / stride) + 1;
  const values = new Float32Array(bias.length * side * side);
  bias.forEach((offset, output) => values.fill(offset, output * side * side, (output + 1) * side * side));
  // One number of a kernel at a time, over the whole image.
  weight.forEach((factor, index) => {
    const [right, down] = [(index % window) - margin, (Math.floor(index / window) % window) - margin];
    const plane = Math.floor(index / window ** 2);
    const [output, channel] = [Math.floor(plane / channels), plane % channels];
    const into = values.subarray(output * side * side, (output + 1) * side * side);
    addShifted(into, side, image, { channel, right, down, stride, factor });
  });
  return { values, side };
}

/** A channel of an image, moved and multiplied. */
interface Shifted {
  channel: number;
  right: number;
  down: number;
  stride: number;
  factor: number;
}

function addShifted(into: Float32Array, side: number, image: ImageMap, { channel, right, down, stride, factor }: Shifted): void {
  for (let y = 0; y < side; y++) {
    const row = y * stride + down;
    if (row < 0 || row >= image.side) continue;
    const from = (channel * image.side + row) * image.side + right;
    const first = right < 0 ? Math.ceil(-right / stride) : 0;
    const end = Math.min(side, Math.ceil((image.side - right) / stride));
    for (let x = first; x < end; x++) {
      into[y * side + x] = (into[y * side + x] as number) + factor * (image.values[from + x * stride] as number);
    }
  }
}
