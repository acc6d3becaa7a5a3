/** Lets the canvas use the model in training: it gets each new set of weights while the page is visible. */
import type { App } from "../app.js";

/** The live model. */
export interface Live {
  /** A run has started or is paused; the canvas follows it from the start. */
  begin(): void;
  /** New weights have arrived. */
  offer(weights: Uint8Array, label: string): void;
  /** The run is over; its weights stay available. */
  end(): void;
  /** The trainer failed and need not be told that the run is over. */
  lost(): void;
}

/** Connects the live model. */
export function live(app: App): Live {
  let active = false;
  let watching = false;
  // A user who chose another model (the shipped one, a kept epoch, a file) keeps it until they switch back.
  let follows = true;
  let newest: { weights: Uint8Array; label: string } | null = null;

  const watch = (): void => {
    const wanted = active && follows && !document.hidden;
    if (wanted === watching) return;
    watching = wanted;
    // A trainer that fails reports it itself.
    void app.trainer.call("watch", { on: wanted }).catch(() => undefined);
  };
  const use = (): void => {
    if (newest && follows) app.emit("use-model", { source: "training", ...newest });
  };
  const follow = (on: boolean): void => {
    follows = on;
    watch();
    if (on) use();
  };
  document.addEventListener("visibilitychange", watch);
  app.on("model-choice", (choice) => follow(choice === "training"));
  app.on("use-model", ({ source }) => {
    if (source === "epoch" || source === "file") follow(false);
  }, false);
  app.on("epoch-shown", (epoch) => {
    if (epoch === null && app.last("model-choice") !== "shipped") follow(true);
  }, false);
  return {
    begin() {
      active = true;
      // A new worker has no watcher yet.
      watching = false;
      newest = null;
      follows = app.last("model-choice") !== "shipped";
      watch();
    },
    offer(weights, label) {
      newest = { weights, label };
      use();
    },
    end() {
      active = false;
      watch();
    },
    lost() {
      [active, watching] = [false, false];
    },
  };
}
