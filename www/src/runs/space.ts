/** How much storage the kept runs use, and how much the epochs of one run may use. */
import type { App } from "../app.js";
import { plain } from "../client/errors.js";
import { tellTabs } from "../client/tabs.js";
import type { RunRecord } from "../protocol/messages.js";
import { readBound, writeBound } from "../store/bound.js";
import { bytesOf } from "../store/prune.js";
import { t } from "../text/language.js";
import { byId, el, showError } from "../ui/dom.js";
import { bytes } from "../ui/format.js";

const CHOICES = [10e6, 25e6, 50e6, 100e6, 250e6, 1e9];

/** Connects the choice; the returned function shows what these runs use. */
export function space(app: App): (runs: RunRecord[]) => void {
  const choice = byId("runs-most", HTMLSelectElement);
  const chosen = readBound();
  const all = [...new Set([...CHOICES, chosen])].sort((one, other) => one - other);
  choice.replaceChildren(...all.map((most) => el("option", { value: most, selected: most === chosen }, bytes(most))));
  choice.addEventListener("change", () => {
    writeBound(Number(choice.value));
    void pruneAll(app, Number(choice.value)).catch((error: unknown) => showError(plain(error, "file")));
  });
  const total = byId("runs-total", HTMLElement);
  return (runs) => {
    const sum = runs.reduce((taken, run) => taken + bytesOf(run), 0);
    total.textContent = sum > 0 ? t("Your runs take {size} in this browser.", { size: bytes(sum) }) : "";
  };
}

/** The choice also applies to earlier runs and to the one in training. */
async function pruneAll(app: App, most: number): Promise<void> {
  if (app.last("held")) await app.trainer.call("limit", { most });
  for (const { id } of await app.store.runs()) await app.store.thinRun(id, most);
  app.emit("runs", null);
  tellTabs({ type: "runs" });
}
