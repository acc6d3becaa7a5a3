/** Chooses the device for training before the engine starts, which would crash on an unsuitable adapter. */
import { failure, problem } from "../client/errors.js";
import type { DeviceReport, TrainerCalls } from "../protocol/messages.js";
import { findAdapter, type Finding } from "./adapter.js";
import { adviceFor } from "./advice.js";

/** The devices that the user can choose. */
export type DeviceChoice = TrainerCalls["open"][0]["device"];

/**
 * The device for a choice. `"auto"` is a real, suitable graphics card, else the CPU; a software adapter, which is slower than
 * the CPU, must be chosen explicitly.
 */
export async function chooseDevice(choice: DeviceChoice): Promise<DeviceReport> {
  if (choice === "cpu") return cpu("");
  const finding = await findAdapter();
  if (finding.fit && (choice === "gpu" || !finding.software)) return graphics(finding);
  const reason = reasonOf(finding);
  if (choice === "gpu") {
    throw failure(problem("device", reason, `${adviceFor(finding, navigator.userAgent)}. Or train on the CPU`));
  }
  const advice = adviceFor(finding, navigator.userAgent);
  return cpu(advice === "" ? `${reason}, so training runs on the CPU.` : `${reason}, so training runs on the CPU. ${advice}.`);
}

function cpu(note: string): DeviceReport {
  return { kind: "cpu", name: "CPU", software: false, note };
}

function graphics({ name, software }: Extract<Finding, { fit: true }>): DeviceReport {
  const note = software
    ? `${name} is a CPU that acts as a graphics card: training on it is correct, but much slower than on the CPU itself.`
    : "";
  return { kind: "gpu", name, software, note };
}

/** Why no graphics card can be used for training, as a sentence without its period. */
function reasonOf(finding: Finding): string {
  if (finding.fit) return `The browser offers only a software adapter (${finding.name})`;
  switch (finding.lack) {
    case "no-webgpu":
      return "This browser does not offer WebGPU on this page";
    case "no-adapter":
      return "The browser has WebGPU but found no graphics card for it";
    case "unfit":
      return `The graphics adapter (${finding.name}) lacks ${finding.missing}`;
  }
}
