/** The switch beside the answer: which of the available models answers. */
import { byId } from "../ui/dom.js";
import { capital } from "../ui/format.js";

/** The slots for models; each holds at most one. */
export type Slot = "shipped" | "training" | "kept";

/** The switch, for the code that loads models. */
export interface Switch {
  /** A model can be loaded for this slot if the user chooses it. */
  enable(slot: Slot): void;
  /** There is a model for this slot; returns whether it is the one to use. */
  offer(slot: Slot, label: string): boolean;
  /** The slot is empty again. If it was chosen, `instead` is chosen now, and the result is true. */
  withdraw(slot: Slot, instead: Slot): boolean;
}

/** Creates the switch, which is shown once there is a choice. */
export function mountSwitch(chosen: (slot: Slot) => void): Switch {
  const field = byId("model-switch", HTMLFieldSetElement);
  const kept = byId("model-kept", HTMLElement);
  const inputs = new Map<Slot, HTMLInputElement>();
  for (const input of field.querySelectorAll("input")) {
    inputs.set(input.value as Slot, input);
    input.addEventListener("change", () => {
      slot = input.value as Slot;
      insists = slot === "shipped";
      chosen(slot);
    });
  }
  let slot: Slot = "shipped";
  // A user who chose the shipped model keeps it, even when a training run sends weights.
  let insists = false;

  const set = (wanted: Slot): void => {
    slot = wanted;
    const input = inputs.get(wanted);
    if (input) input.checked = true;
  };
  const available = (wanted: Slot, is: boolean): void => {
    const input = inputs.get(wanted);
    if (input) input.disabled = !is;
    if (wanted === "kept") input?.closest("label")?.toggleAttribute("hidden", !is);
    field.hidden = [...inputs.values()].filter((each) => !each.disabled).length < 2;
  };
  return {
    enable: (wanted) => available(wanted, true),
    offer(wanted, label) {
      available(wanted, true);
      if (wanted === "kept") kept.textContent = capital(label);
      if (wanted === "kept" || (wanted === "training" && !insists)) set(wanted);
      return slot === wanted;
    },
    withdraw(wanted, instead) {
      available(wanted, false);
      if (slot !== wanted) return false;
      set(instead);
      return true;
    },
  };
}
