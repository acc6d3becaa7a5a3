/** The switch beside the answer: which of the models at hand answers. */
import { byId } from "../ui/dom.js";
import { capital } from "../ui/format.js";

/** The places that a model can be in: one of each is at hand at most. */
export type Slot = "shipped" | "training" | "kept";

/** The switch as the part that loads models sees it. */
export interface Switch {
  /** A model can be had for this slot, if a person chooses it. */
  enable(slot: Slot): void;
  /** There is a model for this slot; whether it is the one to answer. */
  offer(slot: Slot, label: string): boolean;
  /** There is none any more; if it was chosen, `instead` is now, and the answer is true. */
  withdraw(slot: Slot, instead: Slot): boolean;
}

/** The switch beside the answer. It is there once there is a choice. */
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
  // A person who chose the shipped model keeps it, also when weights of a training come.
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
