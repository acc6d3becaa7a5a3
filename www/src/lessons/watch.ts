/** Watches the page for the lessons: collects its events into scenes, and tells when there is something new to see. */
import type { App } from "../app.js";
import type { Cost } from "../protocol/engine.js";
import { throttle } from "../ui/announce.js";
import type { Scene } from "./scene.js";

/** Milliseconds that the pen rests before a drawing counts: digits have several strokes. */
const REST = 600;
/** Milliseconds between two looks at the page. */
const PAUSE = 250;

/** The page as the lessons see it. */
export interface Watch {
  scene(): Scene;
  /** Shows the image with its patches shuffled; `seen` is what was shuffled. */
  noteShuffle(seen: Scene["shuffledFrom"]): void;
  stop(): void;
}

/** Starts watching; `changed` hears of each new scene, never while someone draws. */
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

/** Asks what the chosen settings cost: null until the answer comes. */
function watchCost(app: App, changed: (cost: Cost | null) => void): () => void {
  let asked = "";
  return app.on("settings", ({ settings }) => {
    const text = JSON.stringify(settings);
    if (text === asked) return;
    asked = text;
    changed(null);
    app.predictor.call("check", { settings })
      .then(({ cost }) => text === asked && changed(cost))
      // The settings' section reports what the predictor refuses.
      .catch(() => undefined);
  });
}
