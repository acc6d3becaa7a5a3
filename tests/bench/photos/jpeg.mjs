/** What a JPEG loses: 8×8 blocks of cosines are quantised (ITU T.81, annexes A and K), colour at half the resolution. */

const LUMA = [16, 11, 10, 16, 24, 40, 51, 61, 12, 12, 14, 19, 26, 58, 60, 55, 14, 13, 16, 24, 40, 57, 69, 56, 14, 17, 22, 29, 51, 87,
  80, 62, 18, 22, 37, 56, 68, 109, 103, 77, 24, 35, 55, 64, 81, 104, 113, 92, 49, 64, 78, 87, 103, 121, 120, 101, 72, 92, 95, 98, 112,
  100, 103, 99];
const CHROMA = [17, 18, 24, 47, 99, 99, 99, 99, 18, 21, 26, 66, 99, 99, 99, 99, 24, 26, 56, 99, 99, 99, 99, 99, 47, 66, 99, 99, 99, 99,
  99, 99, ...Array.from({ length: 32 }, () => 99)];
const COSINES = Float32Array.from({ length: 64 }, (_, i) => {
  const [u, x] = [i >> 3, i & 7];
  return (u === 0 ? Math.SQRT1_2 : 1) * 0.5 * Math.cos(((2 * x + 1) * u * Math.PI) / 16);
});

/** Compresses RGB pixels (three floats each) in place, with a quality of 1 to 100 as in libjpeg. */
export function compress(rgb, width, height, quality) {
  const scale = quality < 50 ? 50 / quality : 2 - quality / 50;
  const [luma, blue, red] = planes(rgb, width * height);
  const [wide, tall] = [Math.ceil(width / 2), Math.ceil(height / 2)];
  quantise(luma, width, height, LUMA.map((step) => Math.max(1, step * scale)));
  const coarse = [blue, red].map((plane) => {
    const small = halve(plane, width, height, wide, tall);
    quantise(small, wide, tall, CHROMA.map((step) => Math.max(1, step * scale)));
    return small;
  });
  for (let i = 0; i < luma.length; i++) {
    const half = (Math.floor(i / width) >> 1) * wide + ((i % width) >> 1);
    const [y, cb, cr] = [luma[i], coarse[0][half], coarse[1][half]];
    rgb[3 * i] = y + 1.402 * cr;
    rgb[3 * i + 1] = y - 0.344136 * cb - 0.714136 * cr;
    rgb[3 * i + 2] = y + 1.772 * cb;
  }
}

function planes(rgb, area) {
  const [luma, blue, red] = [new Float32Array(area), new Float32Array(area), new Float32Array(area)];
  for (let i = 0; i < area; i++) {
    const [r, g, b] = [rgb[3 * i], rgb[3 * i + 1], rgb[3 * i + 2]];
    luma[i] = 0.299 * r + 0.587 * g + 0.114 * b;
    blue[i] = 0.564 * (b - luma[i]);
    red[i] = 0.713 * (r - luma[i]);
  }
  return [luma, blue, red];
}

function halve(plane, width, height, wide, tall) {
  return Float32Array.from({ length: wide * tall }, (_, i) => {
    const [x, y] = [2 * (i % wide), 2 * Math.floor(i / wide)];
    const [right, below] = [Math.min(width - 1, x + 1), Math.min(height - 1, y + 1)];
    return (plane[y * width + x] + plane[y * width + right] + plane[below * width + x] + plane[below * width + right]) / 4;
  });
}

/** Rounds the cosines of each block to multiples of `steps`. Blocks at the border repeat its pixels. */
function quantise(plane, width, height, steps) {
  const [block, turned] = [new Float32Array(64), new Float32Array(64)];
  for (let top = 0; top < height; top += 8) {
    for (let left = 0; left < width; left += 8) {
      for (let i = 0; i < 64; i++) {
        const [x, y] = [Math.min(width - 1, left + (i & 7)), Math.min(height - 1, top + (i >> 3))];
        block[i] = plane[y * width + x] - 128;
      }
      toCosines(block, turned);
      for (let i = 0; i < 64; i++) block[i] = Math.round(block[i] / steps[i]) * steps[i];
      fromCosines(block, turned);
      for (let i = 0; i < 64; i++) {
        const [x, y] = [left + (i & 7), top + (i >> 3)];
        if (x < width && y < height) plane[y * width + x] = block[i] + 128;
      }
    }
  }
}

function toCosines(block, half) {
  for (let y = 0; y < 8; y++) for (let u = 0; u < 8; u++) {
    let sum = 0;
    for (let x = 0; x < 8; x++) sum += COSINES[8 * u + x] * block[8 * y + x];
    half[8 * y + u] = sum;
  }
  for (let v = 0; v < 8; v++) for (let u = 0; u < 8; u++) {
    let sum = 0;
    for (let y = 0; y < 8; y++) sum += COSINES[8 * v + y] * half[8 * y + u];
    block[8 * v + u] = sum;
  }
}

function fromCosines(block, half) {
  for (let v = 0; v < 8; v++) for (let x = 0; x < 8; x++) {
    let sum = 0;
    for (let u = 0; u < 8; u++) sum += COSINES[8 * u + x] * block[8 * v + u];
    half[8 * v + x] = sum;
  }
  for (let y = 0; y < 8; y++) for (let x = 0; x < 8; x++) {
    let sum = 0;
    for (let v = 0; v < 8; v++) sum += COSINES[8 * v + y] * half[8 * v + x];
    block[8 * y + x] = sum;
  }
}
