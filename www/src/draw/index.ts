/** The drawing part of the page: the ink, the live answer, and what the model sees. */
import type { App } from "../app.js";
import { oncePerFrame, oncePerTask } from "../ui/announce.js";
import { byId } from "../ui/dom.js";
import { createAnswering } from "./answering.js";
import { mountBring } from "./bring.js";
import { fromDrawing } from "./content.js";
import { createDrawingSaver, restore } from "./keep.js";
import { mountKeyboardPen, mountShortcuts } from "./keyboard.js";
import { createPredictionLoop } from "./prediction-loop.js";
import { mountModel } from "./model.js";
import { createPad, type Change } from "./pad.js";
import { mountPen } from "./pen.js";
import { createPhotoReader } from "./photos.js";
import { mountSeen } from "./seen.js";
import { createSurface } from "./surface.js";
import { mountTools } from "./tools.js";

/** Starts the drawing part. */
export function mount(app: App): void {
  const canvas = byId("ink", HTMLCanvasElement);
  let listen = (_: Change): void => undefined;
  const pad = createPad((change) => listen(change));

  const answering = createAnswering(app, pad);
  const predictions = createPredictionLoop(app.predictor, answering);
  const surface = createSurface(canvas, () => ({ content: pad.content(), live: pad.live(), penWidth: pad.penWidth() }));
  const tools = mountTools(app, pad);
  const keep = createDrawingSaver(app.store, pad);

  let baseChanged = true;
  const frame = oncePerFrame(() => {
    surface.paint(baseChanged);
    baseChanged = false;
    app.emit("drawing", pad.drawing());
  });
  // Before the next frame, so that the model computes while the browser paints.
  const ask = oncePerTask(() => predictions.ask(pad.drawing()));
  const stage = byId("stage", HTMLElement);
  const photos = createPhotoReader(stage, pad);
  listen = (change) => {
    stage.classList.toggle("inking", pad.live() !== null);
    if (change === "all") {
      baseChanged = true;
      tools.update();
      answering.showNote();
      keep();
      photos.changed(pad.content());
    }
    frame();
    ask();
  };

  const showSeen = mountSeen();
  const renderSeen = oncePerFrame(() => showSeen(app.last("prediction") ?? null));
  app.on("prediction", renderSeen);
  app.on("model", predictions.modelChanged);
  app.on("show-drawing", (drawing) => {
    const shown = fromDrawing(drawing);
    if (!shown) return;
    pad.show(shown.content);
    if (shown.penWidth !== null) tools.showPenWidth(shown.penWidth);
  });

  answering.showExample();
  void restore(app.store, pad, tools.showPenWidth).then(() => app.emit("restored", null));
  mountPen(canvas, pad);
  mountKeyboardPen(canvas, byId("pen-mark", HTMLElement), pad);
  mountShortcuts([byId("desk", HTMLElement), byId("draw", HTMLElement)], canvas, pad);
  mountBring(photos.open);
  mountModel(app, answering);
}
