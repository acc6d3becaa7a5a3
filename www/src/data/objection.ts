/** Why training must wait: the user has to choose what it trains on. */
import { problem } from "../client/errors.js";
import type { PatchworkError } from "../protocol/engine.js";
import type { DataState, Entry } from "../protocol/messages.js";
import { shortened } from "../ui/names.js";

/**
 * What the user must decide before a run can start; null if the data can be trained on, or if there is none. `lost`:
 * files that could not be re-read after the engine stopped; `refused`: files that were not accepted.
 */
export function objectionTo(
  state: DataState | undefined, lost: readonly Entry[], refused: readonly { name: string }[],
): PatchworkError | null {
  if (lost.length > 0) return lostFiles(lost.map(({ report }) => report.name));
  if (state?.material?.train) return null;
  if (state !== undefined && state.files.length > 0) return NOTHING_TO_LEARN;
  const [first] = refused;
  if (first === undefined) return null;
  return problem("file", `${shortened(first.name)} was not accepted, and there are no other images`,
    "Add a file that can be read, or dismiss the note on it to train on real digits from MNIST");
}

const NOTHING_TO_LEARN = problem("data", "None of your files has images to train on",
  "Add a file with labels, choose “Training” for one that has them, or press “Use real digits”");

function lostFiles(names: string[]): PatchworkError {
  const [first = ""] = names;
  const one = names.length === 1;
  const which = one ? `${shortened(first)} could not be read` : `${names.length} of your files could not be read`;
  const them = one ? "it" : "them";
  return problem("file", `${which} again after the engine stopped`,
    `Add ${them} again, or remove ${them} from the list under “1. Data”`);
}
