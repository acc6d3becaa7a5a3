/** The race in words. */
import { t } from "../text/language.js";
import { duration, integer, percent } from "../ui/format.js";
import type { RaceState } from "./state.js";

/** What the race is doing. */
export function describe(state: RaceState): string {
  const { phase, secondsLeft, timing, racers } = state;
  const left = secondsLeft === null ? "" : ` ${t("About {time} left.", { time: duration(Math.max(0, secondsLeft)) })}`;
  switch (phase) {
    case "starting": return t("Starting…");
    case "timing": return t("Timing {name} to choose its epochs…", { name: racers[timing ?? 0]?.name ?? t("a contestant") });
    case "running": return `${t("Racing, in turns.")}${left}`;
    case "paused": return `${t("Paused.")}${left}`;
    case "failed": return t("The race was interrupted.");
    case "finished": return `${state.reason === "stopped" ? t("Stopped.") : t("Finished.")} ${result(state)}`;
  }
}

/** Who is first, and how sure that is. */
export function result({ ranking, racers }: RaceState): string {
  const [first, second] = ranking.map((index) => racers[index]);
  const best = first?.points.at(-1);
  if (first === undefined || best === undefined) return t("Nobody was measured.");
  const ahead = t("{name} is first with {share} of {count} validation images.", { name: first.name, share: percent(best.accuracy), count: integer(best.measured) });
  const other = second?.points.at(-1);
  if (second === undefined || other === undefined) return ahead;
  // Both read the same images, so this is cautious: the standard error of two independent shares.
  const error = Math.sqrt((best.accuracy * (1 - best.accuracy) + other.accuracy * (1 - other.accuracy)) / best.measured);
  const close = best.accuracy - other.accuracy < 2 * error;
  return close ? `${ahead} ${t("{name} is so close that chance may decide.", { name: second.name })}` : ahead;
}

/** What stays if the tab is closed. */
export function kept(): string {
  return t("Each contestant is stored under “Your runs” and can be resumed there. The race itself, with its chart, ends when this tab is closed.");
}
