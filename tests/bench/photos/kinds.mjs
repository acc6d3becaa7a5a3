/** The kinds of photos: what lies under the lens, and in which light. */

/** Dark pens, and pencils. */
const PENS = [[25, 28, 40], [30, 40, 120], [20, 20, 20], [45, 45, 60]];

/** The longer sides of photos, in pixels. Larger ones take long to paint and are scaled to the same size. */
const SIDES = [480, 560, 640, 800, 1024];
const SHAPES = [[4, 3], [3, 4], [1, 1], [16, 9], [9, 16]];

/** A digit in the middle of plain paper, in even light: what all kinds begin with. */
function plain(random, digits, written = {}) {
  const [wide, tall] = random.of(SHAPES);
  const longer = random.of(SIDES);
  const scale = longer / Math.max(wide, tall);
  const paper = random.between(205, 248);
  const tint = [random.between(-4, 6), 0, random.between(-14, 4)];
  const grain = waves(random, random.between(0, 3));
  const fall = [random.between(-0.12, 0.12), random.between(-0.12, 0.12)];
  return {
    width: Math.round(wide * scale),
    height: Math.round(tall * scale),
    view: { angle: random.between(-0.09, 0.09), tilt: [random.between(-0.12, 0.12), random.between(-0.12, 0.12)] },
    ground: (u, v) => tint.map((shift) => paper + shift + grain(u, v)),
    light: (x, y) => 1 + fall[0] * x + fall[1] * y,
    glare: () => 0,
    ink: { colour: random.of(PENS), strength: () => 0.95 },
    digits: [write(random, digits, { ...written })],
    frames: [],
    blur: random.between(0, 0.0018),
    noise: random.between(1, 5),
    quality: random.between(55, 93),
  };
}

/** Slow waves of an amplitude: the grain of paper, wood and cloth. */
function waves(random, amplitude, fast = 1) {
  const parts = Array.from({ length: 4 }, () => [random.between(-60, 60) * fast, random.between(-60, 60), random.between(0, 6.3)]);
  return (u, v) => (amplitude / 2) * parts.reduce((sum, [a, b, phase]) => sum + Math.sin(a * u + b * v + phase), 0);
}

/** A written digit: its size in shorter sides, its pen in shorter sides, and its place. */
function write(random, digits, { size = random.between(0.3, 0.65), pen = random.between(0.035, 0.09), at, strokes = random.chance(0.6) }) {
  const place = at ?? [random.between(-0.1, 0.1), random.between(-0.1, 0.1)];
  const digit = random.of(strokes ? digits.strokes : digits.images);
  return { ...digit, size, pen: Math.max(pen * size, 0.005), at: place };
}

/** Lines of a distance, printed over a ground. */
function printed(random, ground, pitches, directions, colour) {
  const pitch = random.between(...pitches);
  const thick = random.between(0.0022, 0.006);
  const dark = random.between(0.3, 0.95);
  const [left, top] = [random.between(0, pitch), random.between(0, pitch)];
  const on = (at, first) => Math.max(0, thick / 2 + 0.0015 - Math.abs(((((at - first) % pitch) + 1.5 * pitch) % pitch) - pitch / 2)) / 0.003;
  return (u, v) => {
    const share = dark * Math.min(1, Math.max(on(v, top), directions === 2 ? on(u, left) : 0));
    return ground(u, v).map((value, c) => value * (1 - share) + colour[c] * share);
  };
}

const LINES = [[150, 172, 214], [120, 150, 200], [170, 170, 175], [190, 160, 160], [165, 200, 205]];

function ruled(random, digits) {
  const scene = plain(random, digits);
  const lines = printed(random, scene.ground, [0.07, 0.22], 1, random.of(LINES));
  const margin = random.chance(0.3) ? random.between(-0.45, -0.35) : -9;
  const ground = (u, v) => (Math.abs(u - margin) < 0.0025 ? [225, 120, 120] : lines(u, v));
  return { ...scene, ground };
}

function squared(random, digits) {
  const scene = plain(random, digits);
  return { ...scene, ground: printed(random, scene.ground, [0.05, 0.13], 2, random.of(LINES)) };
}

function box(random, digits) {
  const scene = plain(random, digits, { size: random.between(0.25, 0.45) });
  const [digit] = scene.digits;
  const half = digit.size * random.between(0.68, 0.95);
  const [wide, tall] = [half * random.between(0.9, 1.25), half];
  const byHand = random.chance(0.5) ? 0.03 : 0;
  const corner = (x, y) => [x * wide * (1 + random.between(-byHand, byHand)), y * tall * (1 + random.between(-byHand, byHand))];
  const corners = [corner(-1, -1), corner(1, -1), corner(1, 1), corner(-1, 1)];
  const strokes = [[...corners, corners[0]]];
  return { ...scene, frames: [{ strokes, at: digit.at, size: 1, pen: Math.max(0.004, digit.pen * random.between(0.3, 1)) }] };
}

function table(random, digits) {
  const scene = plain(random, digits, { size: random.between(0.28, 0.5), at: [0, 0] });
  const colour = random.of([[62, 48, 40], [40, 40, 44], [110, 78, 50], [150, 112, 76], [119, 119, 124], [85, 90, 92]]);
  const grain = waves(random, random.between(2, 10), 0.1);
  const [across, down] = [scene.width, scene.height].map((side) => side / Math.min(scene.width, scene.height) / 2);
  const sides = Array.from({ length: 4 }, () => (random.chance(0.75) ? random.between(0.04, 0.15) : -9));
  sides[Math.floor(random.next() * 4)] = random.between(0.04, 0.15);
  const sheet = (u, v) => u > -across + sides[0] && u < across - sides[1] && v > -down + sides[2] && v < down - sides[3];
  const ground = (u, v) => (sheet(u, v) ? scene.ground(u, v) : colour.map((value) => value + grain(u, v)));
  return { ...scene, ground };
}

function shadow(random, digits) {
  const scene = plain(random, digits);
  const [angle, dark, soft] = [random.between(0, 6.28), random.between(0.35, 0.7), random.between(0.002, 0.04)];
  const [digit] = scene.digits;
  const shift = random.between(-0.3, 0.3) * digit.size;
  const light = (x, y) => {
    const inside = (x - digit.at[0]) * Math.cos(angle) + (y - digit.at[1]) * Math.sin(angle) + shift;
    return scene.light(x, y) * (1 - (1 - dark) / (1 + Math.exp(-inside / (soft / 2))));
  };
  return { ...scene, light };
}

function vignette(random, digits) {
  const scene = plain(random, digits);
  const strength = random.between(0.3, 0.8);
  const most = (scene.width ** 2 + scene.height ** 2) / (4 * Math.min(scene.width, scene.height) ** 2);
  return { ...scene, light: (x, y) => scene.light(x, y) * (1 - strength * (((x * x + y * y) / most) ** 1.2)) };
}

function small(random, digits) {
  const at = [random.between(-0.3, 0.3), random.between(-0.3, 0.3)];
  const written = { size: random.between(0.1, 0.25), pen: 0, at, strokes: true };
  const scene = plain(random, digits, written);
  const [digit] = scene.digits;
  return { ...scene, digits: [{ ...digit, pen: random.between(0.0055, 0.009) }], noise: random.between(3, 8), blur: random.between(0, 0.001) };
}

function several(random, digits) {
  const scene = plain(random, digits);
  const count = random.of([2, 2, 2, 3, 3, 4, 5]);
  const [across, down] = [scene.width, scene.height].map((side) => side / Math.min(scene.width, scene.height));
  const upright = down > across && random.chance(0.5);
  const room = (upright ? down : across) * 0.86;
  const step = room / count;
  const most = Math.min(0.5, step / 1.25);
  const size = most * random.between(0.65, 1);
  const pen = random.between(0.05, 0.09);
  const strokes = random.chance(0.6);
  const list = Array.from({ length: count }, (_, i) => {
    const along = (i + 0.5 - count / 2) * Math.min(step, size * random.between(1.25, 1.6));
    const beside = random.between(-0.04, 0.04);
    return write(random, digits, { size: size * random.between(0.9, 1), pen, at: upright ? [beside, along] : [along, beside], strokes });
  });
  return { ...scene, digits: list };
}

function pencil(random, digits) {
  const scene = plain(random, digits, { pen: random.between(0.025, 0.05), strokes: true });
  const grain = waves(random, 0.22, 4);
  const strength = random.between(0.4, 0.65);
  return { ...scene, ink: { colour: [70, 70, 74], strength: (u, v) => Math.max(0.15, strength + grain(u * 3, v * 3) * strength) } };
}

function marker(random, digits) {
  return plain(random, digits, { size: random.between(0.35, 0.75), pen: random.between(0.1, 0.2), strokes: random.chance(0.8) });
}

function yellow(random, digits) {
  const scene = plain(random, digits);
  const grain = waves(random, random.between(0, 3));
  const paper = [random.between(235, 252), random.between(205, 232), random.between(90, 150)];
  const ground = (u, v) => paper.map((value) => value + grain(u, v));
  return { ...scene, ground, ink: { colour: [random.between(30, 70), random.between(50, 90), random.between(130, 190)], strength: () => 0.92 } };
}

function whiteboard(random, digits) {
  const scene = plain(random, digits, { pen: random.between(0.05, 0.1), strokes: random.chance(0.8) });
  const colour = random.of([[25, 25, 30], [30, 50, 160], [180, 40, 45], [20, 120, 70]]);
  const [board, smudge] = [random.between(175, 220), waves(random, random.between(1, 5), 0.2)];
  const spots = Array.from({ length: random.of([1, 1, 2]) }, () => ({
    x: random.between(-0.5, 0.5), y: random.between(-0.5, 0.5), wide: random.between(0.05, 0.15), bright: random.between(0.3, 0.8),
  }));
  // Light that the board reflects adds to the ink as to the board, and washes it out.
  const glare = (x, y) => spots.reduce((sum, spot) => sum + 0.45 * spot.bright * Math.exp(-((x - spot.x) ** 2 + (y - spot.y) ** 2) / (2 * spot.wide ** 2)), 0);
  return { ...scene, glare, ground: (u, v) => [board - 3, board, board + 3].map((value) => value + smudge(u, v)), ink: { colour, strength: () => 0.9 } };
}

/** The light of one kind on the scene of another. */
function litLike(random, scene, kind) {
  const { light } = kind(random, { strokes: [{ strokes: [], label: 0 }], images: [{ image: [], label: 0 }] });
  return { ...scene, light };
}

/** A page held at an angle: lines are steeper, and further from parallel. */
function askew(random, scene) {
  return { ...scene, view: { angle: random.between(-0.17, 0.17), tilt: [random.between(-0.25, 0.25), random.between(-0.25, 0.25)] } };
}

function linesInShadow(random, digits) {
  const scene = random.of([ruled, squared])(random, digits);
  return askew(random, litLike(random, scene, random.of([shadow, vignette])));
}

function linesOnTable(random, digits) {
  const sheet = table(random, digits);
  const lines = printed(random, sheet.ground, [0.05, 0.16], random.of([1, 2]), random.of(LINES));
  // The table is darker than any paper, and has no lines.
  const ground = (u, v) => {
    const below = sheet.ground(u, v);
    return below[1] < 190 ? below : lines(u, v);
  };
  return { ...sheet, ground };
}

function severalOnLines(random, digits) {
  const scene = several(random, digits);
  return { ...scene, ground: printed(random, scene.ground, [0.05, 0.2], random.of([1, 2]), random.of(LINES)) };
}

function pencilOnLines(random, digits) {
  const scene = pencil(random, digits);
  return { ...scene, ground: printed(random, scene.ground, [0.06, 0.2], random.of([1, 2]), random.of(LINES)) };
}

/** A row of boxes with a digit in each, as in a form. */
function form(random, digits) {
  const scene = several(random, digits);
  const most = Math.max(...scene.digits.map(({ size }) => size));
  const half = most * random.between(0.52, 0.58);
  const strokes = [[[-half, -half], [half, -half], [half, half], [-half, half], [-half, -half]]];
  const frames = scene.digits.map(({ at, pen }) => ({ strokes, at, size: 1, pen: Math.max(0.003, pen * 0.4) }));
  return { ...scene, frames };
}

/** Paper of any kind with nothing on it. */
function blank(random, digits) {
  const kind = random.of([plain, ruled, squared, table, shadow, vignette, yellow]);
  return { ...kind(random, digits), digits: [], frames: [] };
}

/** All kinds, by name. New ones go to the end: photos are numbered by place. */
export const KINDS = {
  plain, ruled, squared, "in a box": box, "table edge": table, shadow, vignetting: vignette, "small and thin": small,
  several, pencil, marker, "blue on yellow": yellow, whiteboard, blank,
  "lines in shadow": linesInShadow, "lines on a table": linesOnTable, "several on lines": severalOnLines, "boxes of a form": form,
  "pencil on lines": pencilOnLines,
};
