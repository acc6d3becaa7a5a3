/** Why training must wait: the user has to choose what it trains on. */
import { problem } from "../client/errors.js";
import type { PatchworkError } from "../protocol/engine.js";
import type { DataState, Entry } from "../protocol/messages.js";
import { t } from "../text/language.js";
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
  if (state !== undefined && state.files.length > 0) return nothingToLearn();
  const [first] = refused;
  if (first === undefined) return null;
  return problem("file", t("{name} was not accepted, and there are no other images", { name: shortened(first.name) }),
    t("Add a file that can be read, or dismiss the note on it to train on real digits from MNIST"));
}

function nothingToLearn(): PatchworkError {
  return problem("data", t("None of your files has images to train on"),
    t("Add a file with labels, choose “Training” for one that has them, or press “Use real digits”"));
}

function lostFiles(names: string[]): PatchworkError {
  const [first = ""] = names;
  if (names.length === 1) {
    return problem("file", t("{name} could not be read again after the engine stopped", { name: shortened(first) }),
      t("Add it again, or remove it from the list under “1. Data”"));
  }
  return problem("file", t("{count} of your files could not be read again after the engine stopped", { count: names.length }),
    t("Add them again, or remove them from the list under “1. Data”"));
}
