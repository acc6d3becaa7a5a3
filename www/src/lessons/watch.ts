/** Watches the page for the lessons: collects its events into scenes and reports each new one. */
import type { App } from "../app.js";
import type { Cost } from "../protocol/engine.js";
import { throttle } from "../ui/announce.js";
import type { Scene } from "./scene.js";

/** How long the pen must rest before a drawing counts, in milliseconds: digits have several strokes. */
const REST = 600;
/** The least time between two scenes, in milliseconds. */
const PAUSE = 250;

/** The page as the lessons see it. */
export interface Watch {
  scene(): Scene;
  /** Notes that the image is shown with its patches shuffled; `seen` is the prediction before. */
  noteShuffle(seen: Scene["shuffledFrom"]): void;
  stop(): void;
}

/** Starts watching; `changed` is called with each new scene, but never during a stroke. */
export function watchPage(app: App, changed: (scene: Scene) => void): Watch {
  const stage = document.getElementById("stage");
  let cost: Cost | null = null;
  let shuffledFrom: Scene["shuffledFrom"] = null;
  let inked = 0;
  let stopped = false;
  let timer: ReturnType<typeof setTimeout> | undefined;

  const scene = (): Scene => ({
    drawing: app.last("drawing") ?? null,
    prediction: app.last("prediction") ?? null,
    model: app.last("model")?.source ?? null,
    names: app.last("model")?.info.class_names ?? [],
    attention: app.last("attention") ?? null,
    run: app.last("run") ?? null,
    settings: app.last("settings") ?? null,
    cost,
    shuffledFrom,
  });

  const tell = throttle(() => {
    if (stopped) return;
    clearTimeout(timer);
    const wait = stage?.classList.contains("inking") ? REST : inked + REST - performance.now();
    if (wait > 0) timer = setTimeout(tell, wait);
    else changed(scene());
  }, PAUSE);

  const off = [
    app.on("drawing", () => {
      inked = performance.now();
      tell();
    }, false),
    ...(["prediction", "model", "attention", "run"] as const).map((name) => app.on(name, tell, false)),
    watchCost(app, (now) => {
      cost = now;
      tell();
    }),
  ];
  return {
    scene,
    noteShuffle: (seen) => void (shuffledFrom = seen),
    stop() {
      stopped = true;
      clearTimeout(timer);
      for (const leave of off) leave();
    },
  };
}

/** Asks for the cost of the chosen settings: null until the answer arrives. */
function watchCost(app: App, changed: (cost: Cost | null) => void): () => void {
  let asked = "";
  return app.on("settings", ({ settings }) => {
    const text = JSON.stringify(settings);
    if (text === asked) return;
    asked = text;
    changed(null);
    app.predictor.call("check", { settings })
      .then(({ cost }) => text === asked && changed(cost))
      // The settings' section reports errors of the predictor.
      .catch(() => undefined);
  });
}
