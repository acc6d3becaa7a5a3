/** The button that opens the race. The race is a separate script, fetched on demand. */
import type { App } from "../app.js";
import { LARGE_PREDICTOR_WORKER_URL, RACE_URL } from "../assets.js";
import { presetsFor } from "../client/presets.js";
import { fetchScript } from "../client/script.js";
import { noteOutdated } from "../offline/outdated.js";
import { FAMILIES } from "../protocol/families.js";
import { prepare } from "../run/begin.js";
import { runColour } from "../runs/compare.js";
import { dataShapeOf } from "../settings/choice.js";
import { familyPicture } from "../settings/family-pictures.js";
import { t } from "../text/language.js";
import { chart } from "../ui/chart.js";
import { byId, showError } from "../ui/dom.js";
import { scriptUrl } from "../ui/trusted.js";
import type { RaceTools } from "./tools.js";

/** The exports of the race's script. */
interface Script {
  createRace(app: App, host: HTMLElement, tools: RaceTools): void;
}

/** Starts this part. */
export function mount(app: App): void {
  const button = byId("race-open", HTMLButtonElement);
  const open = async (): Promise<void> => {
    button.disabled = true;
    try {
      const { createRace } = await fetchScript<Script>(RACE_URL, t("The race"));
      byId("race-closed", HTMLElement).remove();
      createRace(app, byId("race-card", HTMLElement), toolsOf(app));
    } catch (error) {
      button.disabled = false;
      noteOutdated(error);
      showError(error as Error);
    }
  };
  button.addEventListener("click", () => void open());
}

function toolsOf(app: App): RaceTools {
  return {
    chart, prepare, colour: runColour, families: FAMILIES, picture: familyPicture,
    predictorUrl: LARGE_PREDICTOR_WORKER_URL,
    startPredictor: () => new Worker(scriptUrl(LARGE_PREDICTOR_WORKER_URL), { type: "module", name: "race-predictor" }),
    presets() {
      const { side, classes } = dataShapeOf(app.last("data"));
      return presetsFor(app.predictor, side, classes);
    },
  };
}
