/** The button that measures what attention costs here. The measuring is a separate script, fetched on demand. */
import type { App } from "../app.js";
import { COST_URL, TRAINER_WORKER_URL } from "../assets.js";
import { fetchScript } from "../client/script.js";
import { noteOutdated } from "../offline/outdated.js";
import { FAMILIES } from "../protocol/families.js";
import { runColour } from "../runs/compare.js";
import { t } from "../text/language.js";
import { chart } from "../ui/chart.js";
import { byId, showError } from "../ui/dom.js";
import { scriptUrl } from "../ui/trusted.js";
import { STEP_WORKER } from "../workers/trainer/step-workers.js";
import type { CostTools } from "./tools.js";

/** The exports of the script. */
interface Script {
  showCost(app: App, tools: CostTools): Promise<void>;
}

function startWorker(): Worker {
  return new Worker(scriptUrl(TRAINER_WORKER_URL), { type: "module", name: STEP_WORKER });
}

/** Starts this part. */
export function mount(app: App): void {
  const button = byId("cost-measure", HTMLButtonElement);
  const tools: CostTools = { chart, colour: runColour, families: FAMILIES, startWorker, workerUrl: TRAINER_WORKER_URL };
  const measure = async (): Promise<void> => {
    button.disabled = true;
    try {
      await (await fetchScript<Script>(COST_URL, t("The measurement"))).showCost(app, tools);
      button.textContent = t("Measure again");
    } catch (error) {
      byId("cost-state", HTMLElement).textContent = "";
      noteOutdated(error);
      showError(error as Error);
    } finally {
      button.disabled = false;
    }
  };
  button.addEventListener("click", () => void measure());
}
