/**
 * The buttons of a run: one to start, pause or resume, one for a single step, and a menu for the rest. Which are
 * enabled, how they respond at once, and where the focus goes.
 */
import { t, type Text } from "../text/language.js";
import { byId } from "../ui/dom.js";
import { menu } from "./menu.js";
import { allowed, mainAction, type RunAction, type RunState } from "./state.js";

const LABELS = {
  start: ["Start", "Starting…"],
  pause: ["Pause", "Pausing…"],
  step: ["One step", "Stepping…"],
  resume: ["Resume", "Resuming…"],
  stop: ["Stop", "Stopping…"],
  reset: ["Reset", "Leaving…"],
} as const satisfies Record<RunAction, readonly [label: Text, pending: Text]>;

/** The actions that share the main button's place. */
const MAIN: RunAction[] = ["start", "pause", "resume"];

/** Connects the buttons; the returned function shows a state. */
export function controls(ask: (action: RunAction) => void): (state: RunState) => void {
  const actions = Object.keys(LABELS) as RunAction[];
  const buttons = new Map(actions.map((action) => [action, byId(`run-${action}`, HTMLButtonElement)]));
  const another = byId("run-new", HTMLButtonElement);
  const close = menu(byId("run-menu", HTMLDetailsElement));
  for (const [action, button] of buttons) {
    button.addEventListener("click", () => {
      if (button.getAttribute("aria-disabled") === "true") return;
      ask(action);
      if (!MAIN.includes(action) && action !== "step") close();
    });
  }
  another.addEventListener("click", () => {
    ask("start");
    close();
  });
  return (state) => {
    const focused = document.activeElement;
    const main = mainAction(state);
    for (const [action, button] of buttons) {
      const pending = state.pending === action;
      const [label, busy] = LABELS[action];
      button.textContent = t(pending ? busy : label);
      // The pressed button keeps the focus until the request is answered.
      button.setAttribute("aria-disabled", String(pending));
      button.disabled = !pending && !allowed(state, action);
      if (MAIN.includes(action)) button.hidden = action !== main;
    }
    // If the main button continues a run, a new one can still be started.
    another.disabled = main === "start" || !allowed(state, "start");
    const lost = focused instanceof HTMLButtonElement && (focused.disabled || focused.hidden);
    if (lost && [...buttons.values()].includes(focused)) {
      // The user may have scrolled to the curves by now: do not scroll back.
      buttons.get(main)?.focus({ preventScroll: true });
    }
  };
}
