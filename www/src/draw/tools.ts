/** The buttons under the canvas. */
import type { App } from "../app.js";
import { byId, showError } from "../ui/dom.js";
import type { Pad } from "./pad.js";

/** The toolbar, for the pad. */
export interface Tools {
  /** Enables the buttons that apply now. */
  update(): void;
  /** Moves the pen width switch to the nearest width. */
  showPenWidth(width: number): void;
}

/** Connects the buttons. */
export function mountTools(app: App, pad: Pad): Tools {
  const undo = byId("undo", HTMLButtonElement);
  const redo = byId("redo", HTMLButtonElement);
  const clear = byId("clear", HTMLButtonElement);
  undo.addEventListener("click", pad.undo);
  redo.addEventListener("click", pad.redo);
  clear.addEventListener("click", pad.clear);
  mountDigits(app, pad);
  return {
    update() {
      enable(undo, pad.canUndo());
      enable(redo, pad.canRedo());
      enable(clear, pad.drawing() !== null);
    },
    showPenWidth: mountPenWidths(pad),
  };
}

/** A button that is disabled while focused would lose the keyboard focus: the canvas takes it. */
function enable(button: HTMLButtonElement, can: boolean): void {
  if (button.disabled !== can) return;
  if (!can && document.activeElement === button) byId("ink", HTMLCanvasElement).focus({ preventScroll: true });
  button.disabled = !can;
}

function mountPenWidths(pad: Pad): (width: number) => void {
  const inputs = [...byId("pen-widths", HTMLFieldSetElement).querySelectorAll("input")];
  for (const input of inputs) input.addEventListener("change", () => pad.setPenWidth(Number(input.value)));
  return (width) => {
    const far = (input: HTMLInputElement): number => Math.abs(Number(input.value) - width);
    const nearest = inputs.reduce((a, b) => (far(b) < far(a) ? b : a));
    nearest.checked = true;
    pad.setPenWidth(Number(nearest.value));
  };
}

/** "Show me a 3": a built-in digit, a different one at each press. */
function mountDigits(app: App, pad: Pad): void {
  let seed = 1;
  const show = async (label: number): Promise<void> => {
    const images = await app.predictor.call("digits", { seed });
    seed += 1;
    const area = images.length / 10;
    pad.show({ kind: "image", pixels: images.slice(label * area, (label + 1) * area) });
  };
  for (const button of document.querySelectorAll<HTMLButtonElement>("#draw button.digit")) {
    button.addEventListener("click", () => void show(Number(button.dataset.digit)).catch(showError));
  }
}
