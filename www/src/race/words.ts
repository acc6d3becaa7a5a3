/** The race in words. */
import { duration, percent } from "../ui/format.js";
import type { RaceState } from "./state.js";

/** What the race is doing. */
export function describe(state: RaceState): string {
  const { phase, secondsLeft, timing, racers } = state;
  const left = secondsLeft === null ? "" : ` About ${duration(Math.max(0, secondsLeft))} left.`;
  switch (phase) {
    case "starting": return "Starting…";
    case "timing": return `Timing ${racers[timing ?? 0]?.name ?? "a contestant"} to choose its epochs…`;
    case "running": return `Racing, in turns.${left}`;
    case "paused": return `Paused.${left}`;
    case "failed": return "The race was interrupted.";
    case "finished": return `${state.reason === "stopped" ? "Stopped" : "Finished"}. ${result(state)}`;
  }
}

/** Who is first, and how sure that is. */
export function result({ ranking, racers }: RaceState): string {
  const [first, second] = ranking.map((index) => racers[index]);
  const best = first?.points.at(-1);
  if (first === undefined || best === undefined) return "Nobody was measured.";
  const ahead = `${first.name} is first with ${percent(best.accuracy)} of ${best.measured} validation images.`;
  const other = second?.points.at(-1);
  if (other === undefined) return ahead;
  // Both read the same images, so this is cautious: the standard error of two independent shares.
  const error = Math.sqrt((best.accuracy * (1 - best.accuracy) + other.accuracy * (1 - other.accuracy)) / best.measured);
  const close = best.accuracy - other.accuracy < 2 * error;
  return close ? `${ahead} ${second?.name} is so close that chance may decide.` : ahead;
}

/** What stays if the tab is closed. */
export const KEPT = "Each contestant is stored under “Your runs” and can be resumed there. The race itself, with its chart, "
  + "ends when this tab is closed.";
