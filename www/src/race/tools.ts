/** What the race's script gets from the page, so that it has no copy of its own. */
import type { App } from "../app.js";
import type { FamilyOffer, PresetReport } from "../protocol/engine.js";
import type { Chart, ChartOptions } from "../ui/chart.js";

/** The page's own functions and lists. */
export interface RaceTools {
  chart(host: HTMLElement, options: ChartOptions): Chart;
  /** The colour of the contestant at an index. */
  colour(index: number): string;
  families: readonly FamilyOffer[];
  picture(family: string): SVGSVGElement;
  /** The presets for the data at hand. */
  presets(): Promise<readonly PresetReport[]>;
  /** Opens the device, and has the images read. */
  prepare(app: App, showStatus: (text: string) => void): Promise<void>;
  /** Starts a worker that reads with models of every family, and where its script is. */
  startPredictor(): Worker;
  predictorUrl: string;
}
