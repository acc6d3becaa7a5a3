/** What is always visible of a run: its buttons and its state in words; also the browser tab and the wake lock. */
import { t } from "../text/language.js";
import { byId } from "../ui/dom.js";
import { percent } from "../ui/format.js";
import { controls } from "./controls.js";
import { shareOf, type RunPosition } from "./figures.js";
import { describe, IDLE, next, type RunAction, type Input, type RunState } from "./state.js";
import { tabProgress, type TabProgress } from "./tab.js";
import { wakeLock } from "./wakelock.js";

/** The controls of a run. */
export interface RunControls {
  readonly state: RunState;
  dispatch(input: Input): void;
  /** Shows what is being done, until the state changes. */
  showStatus(text: string): void;
  /** Updates the progress of the run. */
  stands(place: RunPosition): void;
}

/** Connects the controls; `ask` is called with the action of the pressed button. */
export function createRunControls(ask: (action: RunAction) => void): RunControls {
  let state: RunState = IDLE;
  let far = { share: 0, text: "" };
  const showButtons = controls(ask);
  const showTab = tabProgress();
  const keepAwake = wakeLock();
  const words = byId("run-state", HTMLElement);
  const show = (): void => {
    showButtons(state);
    words.textContent = describe(state);
    keepAwake(state.phase === "running");
    showTab(tabOf(state, far));
  };
  document.addEventListener("visibilitychange", () => showTab(tabOf(state, far)));
  show();
  return {
    get state() {
      return state;
    },
    dispatch(input) {
      const before = state;
      state = next(state, input);
      if (state !== before) show();
    },
    showStatus: (text) => void (words.textContent = text),
    stands(place) {
      far = { share: shareOf(place), text: t(", epoch {epoch} of {epochs}", { epoch: place.epoch, epochs: place.epochs }) };
      showTab(tabOf(state, far));
    },
  };
}

/** What the tab shows; that a run has ended, only while the tab is in the background. */
function tabOf({ phase }: RunState, { share, text }: { share: number; text: string }): TabProgress | null {
  if (phase === "running") return { title: `${percent(share, 0)}${text}`, share, paused: false };
  if (phase === "paused") return { title: t("Paused at {share}{place}", { share: percent(share, 0), place: text }), share, paused: true };
  if (!document.hidden) return null;
  if (phase === "finished") return { title: t("Training finished"), share: 1, paused: false };
  if (phase === "failed") return { title: t("Training interrupted"), share, paused: true };
  return null;
}
