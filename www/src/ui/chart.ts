/**
 * A line chart that is accessible by mouse, keyboard and screen reader. uPlot draws; legend, page colours and keyboard
 * control are ours.
 */
import uPlot from "uplot";
import { t } from "../text/language.js";
import { onColoursChange, token } from "./colour.js";
import { context2d, el } from "./dom.js";
import { integer } from "./format.js";
import { tickTexts } from "./ticks.js";

/** One curve. */
export interface Line {
  label: string;
  /** Called for each drawing: light and dark differ. */
  colour: () => string;
  width: number;
  dash?: number[];
  /** Drawn, but without a legend entry. */
  faint?: boolean;
}

/** The options of a chart. */
export interface ChartOptions {
  /** What the vertical axis shows, also for screen readers. */
  title: string;
  lines: Line[];
  log: boolean;
  /** Whether the values are shares of 1, which the axis shows as percentages. */
  percent: boolean;
  /** A value as text in the legend. */
  format: (value: number) => string;
  /** A position on the horizontal axis as text. */
  place: (x: number) => string;
  /** The possible range of values. */
  bounds: [number, number];
  /** How far the horizontal axis reaches at least: what is planned. */
  length?: () => number;
  /** Charts with the same key share their cursor. */
  sync?: string;
}

/** A chart on the page. */
export interface Chart {
  /** Draws these columns: x, then one per line. */
  set(data: uPlot.AlignedData): void;
  /** Marks a position on the horizontal axis (null: none). */
  mark(x: number | null): void;
  destroy(): void;
}

/** Space for the axes' numbers; the vertical axis takes more if they are longer. */
const AXIS = { size: 46, height: 28 };
const FONT = "12px system-ui, sans-serif";
/** The gap beside a number. */
const GAP = 8;
/** The least distance of numbers on the horizontal axis. */
const SPACE = 56;

/** Functions that repaint each chart in new colours. */
const painted = new Set<() => void>();
onColoursChange(() => painted.forEach((repaint) => repaint()));

/** Puts a chart into `host`, whose height comes from the style sheet. */
export function chart(host: HTMLElement, options: ChartOptions): Chart {
  const legend = legendOf(options);
  const plot = el("div", {
    class: "chart-plot", tabindex: 0, role: "slider", "aria-label": t("{title}: read values with the arrow keys", { title: options.title }),
    "aria-valuemin": 0, "aria-valuemax": 0, "aria-valuenow": 0, "aria-valuetext": t("No values yet"),
  });
  host.replaceChildren(legend.list, plot);
  let marked: number | null = null;
  let ready = false;
  const u = new uPlot({
    ...uplotOptions(options),
    ...sizeOf(plot),
    hooks: {
      setCursor: [() => { if (ready) show(); }],
      draw: [(u) => { if (marked !== null) drawMark(u, marked); }],
    },
  }, [[], ...options.lines.map(() => [])], plot);
  ready = true;

  /** The index under the cursor, or the last one. */
  const index = (): number => u.cursor.idx ?? (u.data[0]?.length ?? 0) - 1;
  const show = (): void => {
    const i = index();
    legend.show(u.data, i);
    plot.setAttribute("aria-valuemax", String(Math.max(0, (u.data[0]?.length ?? 0) - 1)));
    plot.setAttribute("aria-valuenow", String(Math.max(0, i)));
    plot.setAttribute("aria-valuetext", inWords(options, u.data, i));
  };
  plot.addEventListener("keydown", (event) => {
    const to = keyTarget(event.key, index(), (u.data[0]?.length ?? 0) - 1);
    if (to === null) return;
    event.preventDefault();
    moveCursor(u, to);
  });
  const resize = new ResizeObserver(() => {
    const size = sizeOf(plot);
    if (size.width !== u.width || size.height !== u.height) u.setSize(size);
  });
  resize.observe(plot);
  const repaint = (): void => {
    legend.paint();
    u.redraw(false);
  };
  painted.add(repaint);
  return {
    set(data) {
      u.setData(data);
      show();
    },
    mark(x) {
      if (x === marked) return;
      marked = x;
      u.redraw(false);
    },
    destroy() {
      painted.delete(repaint);
      resize.disconnect();
      u.destroy();
      host.replaceChildren();
    },
  };
}

function sizeOf(plot: HTMLElement): { width: number; height: number } {
  return { width: Math.max(160, plot.clientWidth), height: Math.max(100, plot.clientHeight) };
}

function uplotOptions(options: ChartOptions): Omit<uPlot.Options, "width" | "height"> {
  /** The last numbers of the horizontal axis. */
  let places: string[] = [];
  const axis: uPlot.Axis = {
    stroke: () => token("quiet"),
    grid: { stroke: () => token("line"), width: 1 },
    ticks: { show: false },
    font: FONT,
  };
  const series = options.lines.map((line): uPlot.Series => ({
    label: line.label,
    stroke: line.colour,
    width: line.width,
    spanGaps: true,
    points: { show: (u, i) => !line.faint && line.width >= 2 && count(u.data[i]) <= 40, size: line.width * 2 + 2 },
    ...(line.dash ? { dash: line.dash } : {}),
    ...(line.faint ? { alpha: 0.35 } : {}),
  }));
  return {
    series: [{}, ...series],
    scales: {
      x: { time: false, range: (_, __, most) => [0, Math.max(options.length?.() ?? 1, Math.ceil(most ?? 1))] },
      y: options.log ? { distr: 3 } : { range: (_, low, high) => linearRange(low, high, options.bounds) },
    },
    axes: [
      {
        ...axis,
        size: AXIS.height,
        space: (_, __, ___, most) => Math.max(SPACE, widthOf([lastPlace(most)]) + 2 * GAP),
        values: (_, ticks) => (places = tickTexts(ticks, { percent: false, log: false })),
      },
      {
        ...axis,
        size: (_, texts: string[] | null) => Math.max(AXIS.size, widthOf(texts ?? []) + GAP),
        space: 32,
        // A logarithmic axis leaves some of its ticks without a number.
        values: (_, ticks: (number | null)[]) => tickTexts(ticks, options),
      },
    ],
    legend: { show: false },
    // Half of the last number extends beyond the plot.
    padding: [8, () => Math.max(12, widthOf(places.slice(-1)) / 2 + 2), 0, 0],
    cursor: {
      drag: { x: false, y: false, setScale: false },
      y: false,
      ...(options.sync ? { sync: { key: options.sync, setSeries: false } } : {}),
    },
  };
}

/** The longest number on the horizontal axis. */
function lastPlace(most: number): string {
  return integer(most);
}

let pen: CanvasRenderingContext2D | null = null;

/** The width of the longest of these texts on an axis, in CSS pixels. */
function widthOf(texts: readonly string[]): number {
  pen ??= context2d(el("canvas"));
  pen.font = FONT;
  let most = 0;
  for (const text of texts) most = Math.max(most, pen.measureText(text).width);
  return Math.ceil(most);
}

function count(values: ArrayLike<number | null | undefined> | undefined): number {
  let found = 0;
  for (let i = 0; values && i < values.length; i++) if (values[i] !== null && values[i] !== undefined) found++;
  return found;
}

/** The range of the values with some margin, within what is possible. */
function linearRange(low: number | null, high: number | null, [least, most]: [number, number]): [number, number] {
  if (low === null || high === null) return [Number.isFinite(least) ? least : 0, Number.isFinite(most) ? most : 1];
  const room = Math.max((high - low) * 0.08, 1e-3);
  return [Math.max(least, low - room), Math.min(most, high + room)];
}

function drawMark(u: uPlot, x: number): void {
  const left = u.valToPos(x, "x", true);
  const { ctx, bbox } = u;
  if (left < bbox.left - 1 || left > bbox.left + bbox.width + 1) return;
  ctx.save();
  ctx.strokeStyle = token("ink");
  ctx.lineWidth = 2 * uPlot.pxRatio;
  ctx.setLineDash([4 * uPlot.pxRatio, 3 * uPlot.pxRatio]);
  ctx.beginPath();
  ctx.moveTo(left, bbox.top);
  ctx.lineTo(left, bbox.top + bbox.height);
  ctx.stroke();
  ctx.restore();
}

/** The position that a key moves to; null if the key has no meaning here. */
function keyTarget(key: string, at: number, last: number): number | null {
  const far = Math.max(1, Math.round(last / 10));
  const steps: Record<string, number> = {
    ArrowLeft: at - 1, ArrowDown: at - 1, ArrowRight: at + 1, ArrowUp: at + 1,
    PageDown: at - far, PageUp: at + far, Home: 0, End: last,
  };
  const to = steps[key];
  return to === undefined || last < 0 ? null : Math.min(last, Math.max(0, to));
}

function moveCursor(u: uPlot, index: number): void {
  const x = u.data[0]?.[index];
  if (typeof x !== "number") return;
  u.setCursor({ left: u.valToPos(x, "x"), top: u.bbox.height / uPlot.pxRatio / 2 });
}

/** The value of a line at a position, or the last one before it. */
function valueAt(values: ArrayLike<number | null | undefined> | undefined, index: number): number | null {
  for (let i = index; values && i >= 0; i--) {
    const value = values[i];
    if (value !== null && value !== undefined) return value;
  }
  return null;
}

function inWords(options: ChartOptions, data: uPlot.AlignedData, index: number): string {
  const x = data[0]?.[index];
  if (typeof x !== "number") return t("No values yet");
  const values = options.lines.flatMap((line, i) => {
    const value = line.faint ? null : valueAt(data[i + 1], index);
    return value === null ? [] : [`${line.label} ${options.format(value)}`];
  });
  return `${options.place(x)}: ${values.join(", ")}`;
}

interface Legend { list: HTMLElement; show(data: uPlot.AlignedData, index: number): void; paint(): void }

function legendOf(options: ChartOptions): Legend {
  const place = el("span", { class: "chart-place quiet" });
  const list = el("div", { class: "chart-legend small", "aria-hidden": "true" }, el("strong", {}, options.title));
  const swatches: [HTMLElement, Line][] = [];
  const values = options.lines.map((line) => {
    if (line.faint) return null;
    const swatch = el("span", { class: "chart-swatch" });
    swatches.push([swatch, line]);
    const value = el("span", { class: "chart-value" }, "–");
    list.append(el("span", { class: "chart-entry" }, swatch, line.label, value));
    return value;
  });
  list.append(place);
  const paint = (): void => {
    for (const [swatch, line] of swatches) {
      swatch.style.borderTop = `${line.width}px ${line.dash ? "dashed" : "solid"} ${line.colour()}`;
    }
  };
  paint();
  return {
    list,
    paint,
    show(data, index) {
      const x = data[0]?.[index];
      place.textContent = typeof x === "number" ? options.place(x) : "";
      values.forEach((text, i) => {
        const value = valueAt(data[i + 1], index);
        if (text) text.textContent = value === null ? "–" : options.format(value);
      });
    },
  };
}
