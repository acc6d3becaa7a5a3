/** The canvas uses the model in training: each live set of weights is offered to it, while somebody looks. */
import type { App } from "../app.js";

/** The live model of the page. */
export interface Live {
  /** A run is at work, or waits; the canvas follows it from the start. */
  begin(): void;
  /** New weights. */
  offer(weights: Uint8Array, label: string): void;
  /** The run is over; its weights stay on offer. */
  end(): void;
  /** The trainer died: there is nobody to tell that it is over. */
  lost(): void;
}

/** Connects the live model. */
export function live(app: App): Live {
  let active = false;
  let watching = false;
  // Whoever chose another model (the shipped one, a kept epoch, a file) keeps it until they come back.
  let follows = true;
  let newest: { weights: Uint8Array; label: string } | null = null;

  const watch = (): void => {
    const wanted = active && follows && !document.hidden;
    if (wanted === watching) return;
    watching = wanted;
    // A trainer that fails says so itself.
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
      // A new worker knows of no watcher.
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
