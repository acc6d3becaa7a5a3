/** The costs of the settings, beside the presets: parameters, time, memory, files. */
import type { Cost, RunSettings } from "../protocol/engine.js";
import type { DeviceReport } from "../protocol/messages.js";
import { readBound } from "../store/bound.js";
import { bytesToCome } from "../store/prune.js";
import { t } from "../text/language.js";
import { byId } from "../ui/dom.js";
import { bytes, duration, integer, plural, significant } from "../ui/format.js";
import { type Need, runSeconds, type Speed, speed } from "./estimate.js";
import type { Measured } from "./measured.js";

/** What the figures are computed from. */
export interface Known {
  settings: RunSettings;
  /** Null if the settings are impossible. */
  cost: Cost | null;
  /** The images to train on and to validate with; null if there is no data yet. */
  images: { train: number; validation: number } | null;
  /** The memory that a run needs; null if the settings are impossible. */
  need: Need | null;
  device: DeviceReport | null;
  runs: Measured[];
}

/** Without data, the time is for the real digits: 5,000, a tenth each for validation and test. */
const SAMPLE = { train: 4000, validation: 500 };

/** A WebAssembly memory is limited to 4 GB, and browsers may allow less. */
const ROOM = 3e9;

/** Shows the figures; there are none for impossible settings. */
export function showFigures(known: Known): void {
  const { cost } = known;
  if (cost === null) {
    for (const name of ["parameters", "time", "memory", "file"]) set(name, "–", "");
    return;
  }
  set("parameters", integer(cost.parameters), t("{tokens} per image", { tokens: plural(cost.tokens, "token") }));
  showTime(known, cost);
  showMemory(known);
  set("file", bytes(cost.file), t("a checkpoint {checkpoint}; a run keeps up to {most}", { checkpoint: bytes(cost.checkpoint), most: bytes(bytesKept(known, cost)) }));
}

/** What the run stores in the browser during training, besides its data. */
function bytesKept({ settings: { train } }: Known, { file, checkpoint }: Cost): number {
  return bytesToCome(train.epochs, file, readBound()) + checkpoint;
}

function showTime({ settings: { train }, images, device, runs }: Known, cost: Cost): void {
  const pace = speed(cost, train.batch_size, device, runs);
  const on = images ? t("for {images}", { images: plural(images.train, "image") }) : t("for {count} of MNIST’s digits", { count: integer(SAMPLE.train) });
  if (!pace) {
    set("time", t("not known yet"), t("nothing measured on this graphics card so far"));
    return;
  }
  const seconds = runSeconds(train, images ?? SAMPLE, pace.perSecond);
  set("time", `≈ ${rounded(seconds)}`, `${on}; ${basisOf(pace, device)}`);
}

function basisOf({ basis, perSecond }: Speed, device: DeviceReport | null): string {
  const pace = t("{count} images/s", { count: significant(perSecond, perSecond < 100 ? 2 : 3) });
  if (basis === "measured") return t("{pace}, measured here", { pace });
  if (basis === "scaled") return t("{pace}, estimated from another model measured here", { pace });
  return t(device ? "{pace} on this CPU, a rough guess until measured" : "{pace} on a CPU, a rough guess until measured", { pace });
}

/** Rounds a time: seconds would suggest false precision. */
function rounded(seconds: number): string {
  if (seconds < 60) return duration(Math.max(1, Math.round(seconds)));
  if (seconds < 3600) return `${Math.round(seconds / 60)} min`;
  const hours = seconds / 3600;
  return hours < 48 ? `${significant(hours, 2)} h` : t("{count} days", { count: Math.round(hours / 24) });
}

function showMemory({ settings: { train }, need }: Known): void {
  if (!need) return;
  const { program, total, card } = need;
  const usual = t("in training, batch {batch}", { batch: integer(train.batch_size) });
  const note = program > ROOM ? t("more than a tab may use: choose a smaller batch, larger patches or a smaller model") : usual;
  const both = { main: bytes(total), card: bytes(card) };
  set("memory", `≈ ${card > 0 ? t("{main} and {card} on the card", both) : bytes(total)}`, note);
  byId("figure-memory-note", HTMLElement).classList.toggle("too-much", program > ROOM);
}

function set(name: string, value: string, note: string): void {
  byId(`figure-${name}`, HTMLElement).textContent = value;
  byId(`figure-${name}-note`, HTMLElement).textContent = note;
}
