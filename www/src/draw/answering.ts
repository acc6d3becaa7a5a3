/** Passes predictions for the drawing on: to the answer, to the other parts, and to screen readers. */
import type { App } from "../app.js";
import { t } from "../text/language.js";
import { announce } from "../ui/announce.js";
import { byId, showError } from "../ui/dom.js";
import { errorSentence } from "../ui/format.js";
import { mountAnswer } from "./answer.js";
import { standApart } from "./apart.js";
import { judge, spoken } from "./confidence.js";
import { EMPTY, isExample, toDrawing, type Content } from "./content.js";
import { measureFrame } from "./geometry.js";
import type { PredictionHandlers } from "./prediction-loop.js";
import type { Arrival } from "./model.js";
import type { Pad } from "./pad.js";
import { PEN_WIDTH, STROKES, recordedPrediction } from "./sample.js";

/** Handles predictions and the loading of the model. */
export interface Answering extends PredictionHandlers, Arrival {
  /** Shows the example of the first visit with its recorded prediction. */
  showExample(): void;
  /** Shows the note on the canvas that this is the example, while it is. */
  showNote(): void;
}

/** Connects the answer to the app and the pad. */
export function createAnswering(app: App, pad: Pad): Answering {
  const answer = mountAnswer();
  const note = byId("ink-note", HTMLElement);
  const line = byId("model-line", HTMLElement);
  const retry = byId("model-retry", HTMLButtonElement);
  /** Why no model answers; null while it is being loaded. */
  let absent: string | null = null;
  let problem = "";
  let announced: Content = EMPTY;

  const names = (): readonly string[] => app.last("model")?.info.class_names ?? [];

  const apart = (): boolean => {
    const content = pad.content();
    return content.kind === "strokes" && standApart(content.strokes);
  };

  const unready = (): void => {
    if (isExample(pad.content())) return;
    answer.silent(absent === null ? "waiting" : "failed", absent ?? t("Loading the model…"));
    app.emit("prediction", null);
  };

  return {
    predicted(prediction, settled) {
      problem = "";
      const verdict = prediction && judge(prediction, !prediction.sure && apart());
      if (prediction && verdict) answer.show(prediction, verdict, names(), true);
      else answer.silent("empty", t("Nothing drawn yet"));
      app.emit("prediction", prediction);
      // Announce only what the user drew, and only once it is finished.
      if (!settled || pad.live() || !pad.touched() || pad.content() === announced) return;
      announced = pad.content();
      announce(verdict ? spoken(verdict, names()) : `${t("Nothing drawn yet")}.`);
    },
    failed(error) {
      const sentence = errorSentence(error);
      answer.silent("failed", sentence);
      app.emit("prediction", null);
      // An error that repeats with every point of a stroke is shown once.
      if (sentence !== problem) showError(error);
      problem = sentence;
    },
    unready,
    loading() {
      absent = null;
      line.textContent = t("The shipped model");
      retry.hidden = true;
      unready();
    },
    missing(error) {
      absent = t("There is no model yet");
      const sentence = errorSentence(error);
      line.textContent = sentence;
      announce(sentence);
      retry.hidden = false;
      unready();
    },
    showExample() {
      const content: Content = { kind: "strokes", strokes: STROKES, example: true };
      pad.begin(content);
      const drawing = toDrawing(content, PEN_WIDTH);
      const prediction = recordedPrediction();
      if (drawing) measureFrame(drawing)(prediction);
      app.emit("drawing", drawing);
      // The example was predicted by the shipped model, whose classes are digits.
      answer.show(prediction, judge(prediction), [], false);
      app.emit("prediction", prediction);
    },
    showNote() {
      note.hidden = !isExample(pad.content());
    },
  };
}
