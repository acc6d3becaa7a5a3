/** Links to what is on the page: shows what a link asks for, and copies a link at the press of a button. */
import type { App } from "../app.js";
import type { Drawing } from "../protocol/messages.js";
import type { MapChoice, QueryToken } from "../see/maps.js";
import { t } from "../text/language.js";
import { announce } from "../ui/announce.js";
import { byId } from "../ui/dom.js";
import { currentView } from "../views/reveal.js";
import { formatLink, parseLink, type PageLink } from "./address.js";
import { decodeDrawing, encodeDrawing } from "./drawing.js";

/** Starts this part. */
export function mount(app: App): void {
  // The last drawing is restored first, so that undo brings it back.
  app.on("restored", () => follow(app));
  addEventListener("hashchange", () => follow(app));
  byId("copy-link", HTMLButtonElement).addEventListener("click", () => app.emit("copy-link", sayCopied));
  app.on("copy-link", (told) => void copy(linkOf(app)).then(told), false);
}

/** Shows what the address asks for, then removes it from the address, so that a reload does not undo later changes. */
function follow(app: App): void {
  const { place, settings, ...asked } = parseLink(location.hash);
  if (Object.keys(asked).length === 0) return;
  // The settings' section takes its part out itself, as soon as it has been fetched.
  history.replaceState(history.state, "", formatLink(settings === undefined ? { place } : { place, settings }));
  const drawing = asked.drawing === undefined ? null : decodeDrawing(asked.drawing);
  if (drawing) app.emit("show-drawing", drawing);
  if (asked.block !== undefined || asked.patch !== undefined) {
    app.emit("show-attention", { choice: choiceOf(asked), reader: readerOf(asked) });
  }
  if (asked.lesson !== undefined) app.emit("open-lesson", asked.lesson);
  if (asked.drawing !== undefined && !drawing) say(t("The drawing in this link is damaged. Ask for the link again"));
}

function choiceOf({ block = 0, head }: Omit<PageLink, "place">): MapChoice {
  if (block === 0) return { kind: "rollout" };
  return head === undefined ? { kind: "mean", block: block - 1 } : { kind: "head", block: block - 1, head: head - 1 };
}

function readerOf({ patch }: Omit<PageLink, "place">): QueryToken {
  return patch === undefined ? { kind: "class" } : { kind: "patch", patch: patch - 1 };
}

/** A link to what is on the page now. */
function linkOf(app: App): string {
  const attention = app.last("attention");
  const link: PageLink = { place: currentView() };
  const drawing = drawn(app);
  if (drawing) link.drawing = drawing;
  if (attention && (attention.choice.kind !== "rollout" || attention.reader.kind === "patch")) {
    const { choice, reader } = attention;
    link.block = choice.kind === "rollout" ? 0 : choice.block + 1;
    if (choice.kind === "head") link.head = choice.head + 1;
    if (reader.kind === "patch") link.patch = reader.patch + 1;
  }
  const [lesson, settings] = [app.last("lesson"), app.last("settings")?.text];
  if (lesson) link.lesson = lesson;
  if (settings) link.settings = settings;
  return new URL(formatLink(link), location.href).href;
}

/** The drawing as text: strokes as they are, a picture as the model sees it. */
function drawn(app: App): string | null {
  const [drawing, prediction] = [app.last("drawing"), app.last("prediction")];
  if (!drawing) return null;
  const seen: Drawing | null = prediction ? { kind: "image", pixels: prediction.image } : null;
  return encodeDrawing(drawing) ?? (seen && encodeDrawing(seen));
}

/** Copies a link; returns whether the browser allowed it. */
async function copy(link: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(link);
    return true;
  } catch {
    // No permission: put the link in the address bar, where it can be copied.
    history.replaceState(history.state, "", link);
    return false;
  }
}

function sayCopied(copied: boolean): void {
  say(t(copied ? "Link copied" : "The link is in the address bar now"));
}

/** Shows what was done beside the button, and announces it to screen readers. */
function say(text: string): void {
  byId("copy-link-said", HTMLElement).textContent = text;
  announce(`${text}.`);
}
