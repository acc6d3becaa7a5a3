/** A small picture for each family of models: what it changes in a Vision Transformer. `settings.css` colours the parts. */
import { svg } from "../ui/svg.js";

/** Side of a picture, in its own units. */
const SIDE = 64;

type Part = SVGElement;

/** The picture of a family; a stack of blocks for one that has none of its own. */
export function familyPicture(family: string): SVGSVGElement {
  const parts = (PICTURES[family] ?? stack)();
  return svg("svg", { class: "family-picture", viewBox: `0 0 ${SIDE} ${SIDE}`, "aria-hidden": "true" }, ...parts);
}

/** The colours: plain parts, those the family is about, lines between parts. */
type Kind = "plain" | "strong" | "soft" | "frame" | "link" | "dashed";

const rect = (x: number, y: number, width: number, height: number, kind: Kind): Part =>
  svg("rect", { x, y, width, height, rx: Math.min(2, width / 4, height / 4), class: `pic-${kind}` });

const line = (x1: number, y1: number, x2: number, y2: number, kind: Kind = "link"): Part =>
  svg("path", { d: `M${x1} ${y1}L${x2} ${y2}`, class: `pic-${kind}` });

const curve = (d: string, kind: Kind = "link"): Part => svg("path", { d, class: `pic-${kind}` });

/** A grid of `count`×`count` cells; `kind` says how the cell in a row and a column looks. */
function grid(x: number, y: number, side: number, count: number, kind: (row: number, column: number) => Kind): Part[] {
  const cell = side / count;
  return Array.from({ length: count * count }, (_, index) => {
    const [row, column] = [Math.floor(index / count), index % count];
    return rect(x + column * cell + 0.75, y + row * cell + 0.75, cell - 1.5, cell - 1.5, kind(row, column));
  });
}

const plain = (): Kind => "plain";

/** An arrow to the right that ends at (x, y). */
const arrow = (from: number, x: number, y: number): Part =>
  curve(`M${from} ${y}H${x}M${x - 3.5} ${y - 3.5}L${x} ${y}L${x - 3.5} ${y + 3.5}`);

/** One token reads from every other. */
function vit(): Part[] {
  const cells = grid(4, 4, 56, 4, (row, column) => (row === 1 && column === 1 ? "strong" : "plain"));
  const ends = [4, 18, 32, 46].flatMap((x) => [4, 18, 32, 46].map((y) => [x + 7, y + 7] as const));
  return [...cells, ...ends.filter(([x, y]) => x !== 25 || y !== 25).map(([x, y]) => line(25, 25, x, y))];
}

/** A teacher beside the tokens, read by a second one. */
function deit(): Part[] {
  return [
    ...grid(4, 4, 30, 3, plain), rect(6, 46, 11, 11, "soft"), rect(22, 46, 11, 11, "strong"),
    line(11.5, 35, 11.5, 45), line(27.5, 35, 27.5, 45),
    rect(46, 8, 14, 44, "frame"), curve("M53 52V58H39.5M39.5 58L36 51.5M39.5 58L36 51.5"), curve("M49 20H57M49 30H57M49 40H57"),
  ];
}

/** Overlapping windows become tokens, and all tokens are weighed. */
function cct(): Part[] {
  const heights = [8, 17, 11, 5];
  return [
    ...grid(3, 3, 34, 5, plain), rect(5, 5, 20, 20, "frame"), rect(14, 14, 20, 20, "frame"),
    ...heights.map((height, index) => rect(6 + index * 14, 61 - height, 9, height, index === 1 ? "strong" : "soft")),
    line(20, 36, 20, 40), arrow(40, 58, 20),
  ];
}

/** Maps that shrink from stage to stage. */
function pvt(): Part[] {
  return [
    ...grid(2, 18, 32, 4, plain), ...grid(38, 26, 16, 2, () => "soft"), ...grid(56, 30, 7, 1, () => "strong"),
    line(34, 18, 38, 26), line(34, 50, 38, 42), line(54, 26, 56, 30), line(54, 42, 56, 37),
  ];
}

/** Attention in windows, which the next block shifts. */
function swin(): Part[] {
  return [
    ...grid(4, 4, 56, 4, plain), rect(4, 4, 28, 28, "frame"), rect(32, 4, 28, 28, "frame"), rect(4, 32, 28, 28, "frame"),
    rect(32, 32, 28, 28, "frame"), rect(18, 18, 28, 28, "dashed"),
  ];
}

/** Keys and values are multiplied first: a small square in place of the large one. */
function linear(): Part[] {
  return [
    rect(3, 6, 10, 52, "soft"), rect(17, 10, 10, 10, "strong"), rect(31, 10, 29, 10, "soft"),
    rect(31, 25, 29, 29, "dashed"), line(31, 54, 60, 25), line(31, 25, 60, 54),
  ];
}

/** Many keys are projected to few. */
function linformer(): Part[] {
  const many = Array.from({ length: 8 }, (_, index) => rect(6, 4 + index * 7.1, 14, 5.4, "plain"));
  const few = [0, 1, 2].map((index) => rect(44, 21.5 + index * 7.1, 14, 5.4, "strong"));
  const links = Array.from({ length: 8 }, (_, index) => line(21, 6.7 + index * 7.1, 43, 24.2 + Math.min(2, Math.floor(index / 3)) * 7.1));
  return [...links, ...many, ...few];
}

/** Random features stand for the softmax. */
function performer(): Part[] {
  const wave = (y: number, height: number, length: number): Part => {
    const half = length / 2;
    const arcs = Array.from({ length: Math.round(30 / length) }, () => `q${half / 2} ${-height} ${half} 0t${half} 0`);
    return curve(`M30 ${y}${arcs.join("")}`, "frame");
  };
  return [rect(4, 6, 10, 52, "soft"), arrow(16, 26, 32), wave(16, 8, 30), wave(32, 8, 15), wave(48, 8, 10)];
}

/** A gate between the place and the content of tokens. */
function convit(): Part[] {
  const near = (row: number, column: number): Kind =>
    row === 1 && column === 1 ? "strong" : row < 3 && column < 3 ? "soft" : "plain";
  return [
    ...grid(10, 2, 44, 4, near), line(8, 56, 56, 56), svg("circle", { cx: 24, cy: 56, r: 5, class: "pic-strong" }),
    line(8, 52, 8, 60), line(56, 52, 56, 60),
  ];
}

/** Tokens from overlapping windows, and convolutions in front of queries, keys and values. */
function cvt(): Part[] {
  return [
    ...grid(3, 14, 36, 5, plain), rect(4, 15, 20, 20, "frame"), rect(18, 15, 20, 20, "dashed"), arrow(41, 50, 32),
    rect(52, 12, 9, 9, "soft"), rect(52, 27.5, 9, 9, "strong"), rect(52, 43, 9, 9, "soft"),
  ];
}

/** Stages of convolutions, then stages of attention. */
function coatnet(): Part[] {
  return [
    ...grid(3, 3, 26, 4, (row, column) => (row < 3 && column < 3 ? "soft" : "plain")), rect(3, 3, 19.5, 19.5, "frame"),
    curve("M16 31V45H30M26.5 41.5L30 45L26.5 48.5"),
    ...grid(35, 34, 26, 3, (row, column) => (row === 1 && column === 1 ? "strong" : "plain")),
    ...[39.3, 56.6].flatMap((x) => [38.3, 55.6].map((y) => line(48, 47, x, y))),
  ];
}

/** A small window moves over the image; there is no attention. */
function cnn(): Part[] {
  return [
    ...grid(3, 10, 38, 5, (row, column) => (row > 0 && row < 4 && column > 1 ? "soft" : "plain")),
    rect(18.2, 17.6, 22.8, 22.8, "frame"), line(41, 17.6, 51, 27), line(41, 40.4, 51, 36), rect(51, 27, 9, 9, "strong"),
  ];
}

/** Blocks, one on the other: a family without a picture of its own. */
function stack(): Part[] {
  return [0, 1, 2, 3].map((index) => rect(12, 6 + index * 13.5, 40, 10.5, index === 1 ? "strong" : "plain"));
}

const PICTURES: Partial<Record<string, () => Part[]>> = {
  vit, deit, cct, pvt, swin, linear, linformer, performer, convit, cvt, coatnet, cnn,
};
