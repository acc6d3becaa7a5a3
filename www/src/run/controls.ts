/** The buttons of a run: which can be pressed, what they answer at once, and where the focus goes on. */
import { byId } from "../ui/dom.js";
import { allowed, type RunAction, type RunState } from "./state.js";

const LABELS: Record<RunAction, [label: string, pending: string]> = {
  start: ["Start", "Starting…"],
  pause: ["Pause", "Pausing…"],
  step: ["One step", "Stepping…"],
  resume: ["Resume", "Resuming…"],
  stop: ["Stop", "Stopping…"],
  reset: ["Reset", "Leaving…"],
};

/** Who gets the focus when the focused button can no longer be pressed: the first that can. */
const NEXT: RunAction[] = ["pause", "resume", "start", "reset", "stop"];

/** Connects the buttons; what comes back shows a state. */
export function controls(ask: (action: RunAction) => void): (state: RunState) => void {
  const actions = Object.keys(LABELS) as RunAction[];
  const buttons = new Map(actions.map((action) => [action, byId(`run-${action}`, HTMLButtonElement)]));
  for (const [action, button] of buttons) {
    button.addEventListener("click", () => {
      if (button.getAttribute("aria-disabled") !== "true") ask(action);
    });
  }
  return (state) => {
    const focused = document.activeElement;
    for (const [action, button] of buttons) {
      const pending = state.pending === action;
      const [label, busy] = LABELS[action];
      button.textContent = pending ? busy : label;
      // The pressed one keeps the focus until it is answered.
      button.setAttribute("aria-disabled", String(pending));
      button.disabled = !pending && !allowed(state, action);
      // What most people want next stands out.
      if (action === "start" || action === "resume") button.classList.toggle("primary", !button.disabled);
    }
    if (focused instanceof HTMLButtonElement && focused.disabled && [...buttons.values()].includes(focused)) {
      // By now the person may have scrolled on, to the curves: the page stays there.
      NEXT.map((action) => buttons.get(action)).find((button) => button && !button.disabled)?.focus({ preventScroll: true });
    }
  };
}
