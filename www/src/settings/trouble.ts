/** The problem with the settings: one line for all, and a message at the field that causes it. */
import { ofEngine } from "../text/language.js";
import { byId } from "../ui/dom.js";
import { showProblem } from "./form.js";
import type { Key } from "./keys.js";
import type { Problem } from "./problems.js";

/** Shows a problem, or that there is none, in a form with these settings. */
export function showTrouble(problem: Problem | null, keys: readonly Key[]): void {
  showProblem(problem, keys);
  byId("settings-problem", HTMLElement).hidden = problem === null;
  byId("settings-problem-show", HTMLElement).hidden = !problem?.key;
  if (!problem) return;
  const text = ofEngine(problem.error.problem);
  byId("settings-problem-text", HTMLElement).textContent = `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}
