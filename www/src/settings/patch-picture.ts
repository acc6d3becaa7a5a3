/** The picture of the patch size: an image with the grid of its patches, including padding. */
import { t } from "../text/language.js";
import { byId, context2d, paintPixels } from "../ui/dom.js";
import { plural } from "../ui/format.js";
import type { Sample } from "./sample.js";

/** With less space between them, lines are left out: they would cover the picture. */
const LEAST_SPACE = 8;

/** A model whose tokens are patches of the image. */
export interface PatchModel {
  image_size: number;
  patch_size: number;
  pool?: string;
}

/** Paints the sample cut into patches, and describes it in words. */
export function showPatches(model: PatchModel, sample: Sample | null): void {
  const text = describe(model);
  byId("patch-text", HTMLElement).textContent = text;
  const canvas = byId("patch-picture", HTMLCanvasElement);
  canvas.setAttribute("aria-label", sample ? t("{name}, cut: {patches}", { name: sample.name, patches: text }) : text);
  if (sample && sample.side === model.image_size) paint(canvas, model, sample);
}

/** The number of patches along a side. */
function grid({ image_size, patch_size }: PatchModel): number {
  return Math.ceil(image_size / patch_size);
}

function describe(model: PatchModel): string {
  const count = grid(model);
  const padded = count * model.patch_size - model.image_size;
  const cut = { side: count, patches: plural(count * count, "patch"), patch: model.patch_size };
  const text = model.pool === "class-token"
    ? t("{side} × {side} = {patches} of {patch} × {patch} pixels; {tokens} with the class token.", { ...cut, tokens: plural(count * count + 1, "token") })
    : t("{side} × {side} = {patches} of {patch} × {patch} pixels.", cut);
  if (padded === 0) return text;
  return `${text} ${t("The image is padded by {pixels} to {side}.", { pixels: plural(padded, "pixel"), side: count * model.patch_size })}`;
}

function paint(canvas: HTMLCanvasElement, model: PatchModel, sample: Sample): void {
  const context = context2d(canvas);
  const count = grid(model);
  const side = count * model.patch_size;
  const before = Math.floor((side - model.image_size) / 2);
  const scale = canvas.width / side;
  context.fillStyle = "#000";
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.imageSmoothingEnabled = scale < 1;
  const image = document.createElement("canvas");
  paintPixels(image, sample.pixels, sample.side);
  context.drawImage(image, before * scale, before * scale, sample.side * scale, sample.side * scale);
  if (model.patch_size * scale < LEAST_SPACE) return;
  context.strokeStyle = "rgb(255 234 70 / 0.85)";
  context.lineWidth = 2;
  context.beginPath();
  for (let line = 0; line <= count; line++) {
    // Half a line width inside, so that the outer lines are as thick as the others.
    const at = Math.min(canvas.width - 1, Math.max(1, line * model.patch_size * scale));
    context.moveTo(at, 0);
    context.lineTo(at, canvas.height);
    context.moveTo(0, at);
    context.lineTo(canvas.width, at);
  }
  context.stroke();
}
