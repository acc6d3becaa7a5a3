/** What the script gets from the page, so that it has no copy of its own. */
import type { FamilyOffer } from "../protocol/engine.js";
import type { Chart, ChartOptions } from "../ui/chart.js";

/** The page's own functions and lists. */
export interface CostTools {
  chart(host: HTMLElement, options: ChartOptions): Chart;
  /** The colour of the line at an index. */
  colour(index: number): string;
  families: readonly FamilyOffer[];
  /** Starts a worker that computes steps, and where its script is. A script of its own may not start one: see ui/trusted.ts. */
  startWorker(): Worker;
  workerUrl: string;
}
