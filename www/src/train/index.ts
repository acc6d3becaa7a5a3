/** Train's view: a script of its own, fetched by `load.ts`. */
import type { App } from "../app.js";
import { mount as mountCost } from "../cost/index.js";
import { mount as mountData } from "../data/index.js";
import { mount as mountRace } from "../race/index.js";
import { mount as mountResults } from "../results/index.js";
import { mount as mountRun } from "../run/index.js";
import { mount as mountRuns } from "../runs/index.js";
import { mount as mountSettings } from "../settings/index.js";
import { byId } from "../ui/dom.js";
import { mountParts, type Part } from "../ui/parts.js";
import { keepInPlace } from "../ui/place.js";

/** In the order of the page. */
const PARTS: readonly Part[] = [
  ["data", mountData],
  ["settings", mountSettings],
  ["run", mountRun],
  ["results", mountResults],
  ["runs", mountRuns],
  ["race", mountRace],
  ["cost", mountCost],
];

/** Starts the view's sections. */
export function mountTrain(app: App): void {
  mountParts(app, PARTS);
  // Start may add data, and a run locks it: the buttons must stay under the pointer.
  keepInPlace(byId("run-controls", HTMLElement), document.querySelectorAll("main > *, .part"));
}
