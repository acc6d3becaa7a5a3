/** Takes a photo of a scene: perspective, light, blur, noise, JPEG compression, and the page's own scaling. */
import { coverOfImage } from "./digits.mjs";
import { compress } from "./jpeg.mjs";

/** The longer side that the page scales a picture to (`READ` in www/src/photo/decode.ts). */
export const MOST = 512;

/**
 * A photo as RGBA pixels, at most `MOST` on the longer side. In a scene, positions are in units of the picture's shorter
 * side from its middle; `scene.ground(x, y)` is the colour of what lies there, `scene.light(x, y)` how much light falls
 * on it, both at places of the picture that perspective has mapped to the sheet.
 */
export function photograph(scene, random) {
  const { width, height } = scene;
  const rgb = new Float32Array(3 * width * height);
  const cover = coverOfInk(scene);
  const shorter = Math.min(width, height);
  for (let i = 0; i < width * height; i++) {
    const [x, y] = [((i % width) + 0.5 - width / 2) / shorter, (Math.floor(i / width) + 0.5 - height / 2) / shorter];
    const [u, v] = through(scene.view, x, y);
    const ground = scene.ground(u, v);
    const light = scene.light(x, y);
    const ink = cover[i] * scene.ink.strength(u, v);
    for (let c = 0; c < 3; c++) rgb[3 * i + c] = light * (ground[c] + (scene.ink.colour[c] - ground[c]) * ink);
    for (let c = 0; c < 3; c++) rgb[3 * i + c] += 255 * scene.glare(x, y);
  }
  blur(rgb, width, height, scene.blur * shorter);
  for (let i = 0; i < rgb.length; i++) rgb[i] = Math.min(255, Math.max(0, rgb[i] + scene.noise * random.normal()));
  compress(rgb, width, height, scene.quality);
  return scaled(rgb, width, height);
}

/** A position of the picture on the sheet: rotated, and seen at an angle. */
export function through({ angle, tilt: [a, b] }, x, y) {
  const [cos, sin, depth] = [Math.cos(angle), Math.sin(angle), 1 + a * x + b * y];
  return [(cos * x + sin * y) / depth, (cos * y - sin * x) / depth];
}

/** A position of the sheet on the picture: the inverse of `through`. */
function back({ angle, tilt: [a, b] }, u, v) {
  // x and y over the depth are known, and the depth is linear in x and y.
  const [p, q] = [Math.cos(angle) * u - Math.sin(angle) * v, Math.sin(angle) * u + Math.cos(angle) * v];
  const depth = 1 / (1 - a * p - b * q);
  return [p * depth, q * depth];
}

/** How much of each pixel the pen covers, 0 to 1. */
function coverOfInk(scene) {
  const { width, height, view } = scene;
  const shorter = Math.min(width, height);
  const cover = new Float32Array(width * height);
  for (const digit of [...scene.digits, ...scene.frames]) {
    if (digit.image) stamp(cover, scene, digit);
    else for (const stroke of digit.strokes) {
      const points = stroke.map(([x, y]) => back(view, digit.at[0] + x * digit.size, digit.at[1] + y * digit.size))
        .map(([x, y]) => [x * shorter + width / 2, y * shorter + height / 2]);
      for (let i = 0; i < points.length; i++) segment(cover, width, height, points[Math.max(0, i - 1)], points[i], digit.pen * shorter, digit.grey ?? 1);
    }
  }
  return cover;
}

function stamp(cover, { width, height, view }, { image, at, size }) {
  const shorter = Math.min(width, height);
  for (let i = 0; i < cover.length; i++) {
    const [x, y] = [((i % width) + 0.5 - width / 2) / shorter, (Math.floor(i / width) + 0.5 - height / 2) / shorter];
    const [u, v] = through(view, x, y);
    if (Math.abs(u - at[0]) > size || Math.abs(v - at[1]) > size) continue;
    cover[i] = Math.max(cover[i], coverOfImage(image, (u - at[0]) / size, (v - at[1]) / size));
  }
}

function segment(cover, width, height, [ax, ay], [bx, by], pen, grey) {
  const reach = pen / 2 + 1;
  const [left, right] = [Math.max(0, Math.floor(Math.min(ax, bx) - reach)), Math.min(width - 1, Math.ceil(Math.max(ax, bx) + reach))];
  const [top, bottom] = [Math.max(0, Math.floor(Math.min(ay, by) - reach)), Math.min(height - 1, Math.ceil(Math.max(ay, by) + reach))];
  const squared = (bx - ax) ** 2 + (by - ay) ** 2;
  for (let y = top; y <= bottom; y++) for (let x = left; x <= right; x++) {
    const [px, py] = [x + 0.5 - ax, y + 0.5 - ay];
    const t = squared === 0 ? 0 : Math.min(1, Math.max(0, (px * (bx - ax) + py * (by - ay)) / squared));
    const away = Math.hypot(px - t * (bx - ax), py - t * (by - ay));
    const covered = grey * Math.min(1, pen, Math.max(0, pen / 2 + 0.5 - away));
    if (covered > cover[y * width + x]) cover[y * width + x] = covered;
  }
}

/** A Gaussian blur, across and then down, with a kernel of at most nine pixels. The border is repeated. */
function blur(rgb, width, height, deviation) {
  if (deviation < 0.2) return;
  const reach = Math.min(4, Math.ceil(2 * deviation));
  const weights = Float32Array.from({ length: 2 * reach + 1 }, (_, i) => Math.exp(-((i - reach) ** 2) / (2 * deviation ** 2)));
  const sum = weights.reduce((a, b) => a + b);
  weights.forEach((weight, i) => (weights[i] = weight / sum));
  for (let y = 0; y < height; y++) smooth(rgb, 3 * y * width, 3, width, weights, reach);
  for (let x = 0; x < width; x++) smooth(rgb, 3 * x, 3 * width, height, weights, reach);
}

/** Smooths a row or column of pixels: `count` of them, `step` apart. */
function smooth(rgb, first, step, count, weights, reach) {
  for (let c = 0; c < 3; c++) {
    const line = new Float32Array(count);
    for (let i = 0; i < count; i++) line[i] = rgb[first + i * step + c];
    for (let i = 0; i < count; i++) {
      let value = 0;
      for (let k = -reach; k <= reach; k++) value += weights[k + reach] * line[Math.min(count - 1, Math.max(0, i + k))];
      rgb[first + i * step + c] = value;
    }
  }
}

/** The mean of the pixels under each pixel of a picture of at most `MOST` on its longer side. */
export function scaled(rgb, width, height) {
  const scale = Math.min(1, MOST / Math.max(width, height));
  const [wide, tall] = [Math.max(1, Math.round(width * scale)), Math.max(1, Math.round(height * scale))];
  const data = new Uint8ClampedArray(4 * wide * tall).fill(255);
  const columns = shares(width, wide);
  const rows = shares(height, tall);
  const sum = [0, 0, 0];
  for (let y = 0; y < tall; y++) for (let x = 0; x < wide; x++) {
    sum.fill(0);
    for (const [row, down] of rows[y]) for (const [column, across] of columns[x]) {
      for (let c = 0; c < 3; c++) sum[c] += down * across * rgb[3 * (row * width + column) + c];
    }
    for (let c = 0; c < 3; c++) data[4 * (y * wide + x) + c] = sum[c];
  }
  return { data, width: wide, height: tall };
}

/** Of each target pixel: the source pixels under it, with the share that each contributes. */
function shares(from, to) {
  const step = from / to;
  return Array.from({ length: to }, (_, i) => {
    const parts = [];
    for (let at = Math.floor(i * step); at < Math.min(from, Math.ceil((i + 1) * step - 1e-9)); at++) {
      parts.push([at, (Math.min(at + 1, (i + 1) * step) - Math.max(at, i * step)) / step]);
    }
    return parts;
  });
}
