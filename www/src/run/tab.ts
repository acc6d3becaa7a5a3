/** Shows the progress of a run in the tab's title and as a ring in its icon, visible from other tabs. */

import { titleOfRun } from "../ui/title.js";

const SIDE = 32;

/** What the tab shows. */
export interface TabProgress { title: string; share: number; paused: boolean }

/** Shows a run's progress in the tab; null restores the page's title and icon. */
export function tabProgress(): (progress: TabProgress | null) => void {
  const link = document.querySelector<HTMLLinkElement>('link[rel~="icon"]');
  const icon = { href: link?.href ?? "", type: link?.type ?? "" };
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = SIDE;
  let shown = "";
  return (progress) => {
    titleOfRun(progress ? `${progress.title} · Patchwork` : null);
    if (!link) return;
    const now = progress ? `${Math.round(progress.share * 100)}${progress.paused}` : "";
    if (now === shown) return;
    shown = now;
    link.type = progress ? "image/png" : icon.type;
    link.href = progress ? ring(canvas, progress) : icon.href;
  };
}

function ring(canvas: HTMLCanvasElement, { share, paused }: TabProgress): string {
  const context = canvas.getContext("2d");
  if (!context) return "";
  const style = getComputedStyle(document.documentElement);
  const [middle, radius] = [SIDE / 2, SIDE / 2 - 4];
  context.clearRect(0, 0, SIDE, SIDE);
  context.lineWidth = 7;
  // Greys that stand out on both light and dark tab bars.
  arc(context, "#8a8a94", middle, radius, 1);
  arc(context, style.getPropertyValue(paused ? "--quiet" : "--accent").trim(), middle, radius, share);
  return canvas.toDataURL("image/png");
}

function arc(context: CanvasRenderingContext2D, colour: string, middle: number, radius: number, share: number): void {
  context.strokeStyle = colour;
  context.beginPath();
  context.arc(middle, middle, radius, -Math.PI / 2, -Math.PI / 2 + 2 * Math.PI * share);
  context.stroke();
}
