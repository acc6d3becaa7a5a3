/** Where to train: the choice, and the resulting device. */
import type { App } from "../app.js";
import { isPatchworkError } from "../client/errors.js";
import type { DeviceReport } from "../protocol/messages.js";
import { ofEngine, t } from "../text/language.js";
import { byId, el } from "../ui/dom.js";
import { errorSentence } from "../ui/format.js";
import { type DeviceChoice, keepDevice } from "./keep.js";

/** The device, for its owner. */
export interface DeviceControl {
  readonly choice: DeviceChoice;
}

/** Connects the radio buttons. `changed` is called when the choice or the device has changed. */
export function createDevice(app: App, first: DeviceChoice, changed: () => void): DeviceControl {
  const note = byId("device-note", HTMLElement);
  const inputs = [...document.querySelectorAll<HTMLInputElement>("#settings-device input[name=device]")];
  const possible = gpuPossible(inputs, note);
  let choice: DeviceChoice = first === "gpu" && !possible ? "auto" : first;
  let opened = false;

  const mark = (): void => {
    for (const input of inputs) input.checked = input.value === choice;
  };

  const open = async (): Promise<void> => {
    opened = true;
    note.textContent = t("Opening the device…");
    try {
      app.emit("device", await app.trainer.call("open", { device: choice }));
    } catch (reason) {
      opened = false;
      note.textContent = isPatchworkError(reason) || reason instanceof Error ? errorSentence(reason) : String(reason);
      if (choice === "gpu") note.append(" ", el("button", { type: "button", onclick: () => choose("cpu") }, t("Use the CPU")));
    }
  };

  const choose = (next: DeviceChoice): void => {
    choice = next;
    keepDevice(choice);
    mark();
    changed();
    void open();
  };

  for (const input of inputs) {
    input.addEventListener("change", () => choose(input.value === "cpu" || input.value === "gpu" ? input.value : "auto"));
  }
  app.on("use-device", choose, false);
  // The trainer is loaded with the first data; only then can a device be opened.
  app.on("data", () => {
    if (!opened && !app.last("device")) void open();
  });
  app.on("device", (device) => {
    opened = true;
    note.textContent = describe(device, choice);
    changed();
  });
  mark();
  return {
    get choice() {
      return choice;
    },
  };
}

/** Without WebGPU, no graphics card can be chosen, and the reason is shown beside it. */
function gpuPossible(inputs: HTMLInputElement[], note: HTMLElement): boolean {
  if ("gpu" in navigator) return true;
  for (const input of inputs) input.disabled = input.value === "gpu";
  note.textContent = t("This browser does not offer WebGPU on this page, so training runs on the CPU.");
  return false;
}

function describe(device: DeviceReport, choice: DeviceChoice): string {
  const card = device.software ? "software adapter (a CPU that acts as a graphics card)" : "graphics card";
  const kind = t(device.kind === "gpu" ? card : "CPU");
  const name = device.name && device.name.toLowerCase() !== "cpu" ? ` (${ofEngine(device.name)})` : "";
  const what = t(choice === "auto" ? "Chosen: {device}." : "In use: {device}.", { device: kind + name });
  return [what, ofEngine(device.note)].filter(Boolean).join(" ");
}
