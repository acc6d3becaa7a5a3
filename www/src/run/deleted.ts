/** A run that another tab deleted while this one has it: reported at once, with ways to save what it learned. */
import type { App } from "../app.js";
import { problem } from "../client/errors.js";
import { tellTabs } from "../client/tabs.js";
import type { RunRecord } from "../protocol/messages.js";
import { t } from "../text/language.js";
import { announce } from "../ui/announce.js";
import { showError, type Action } from "../ui/dom.js";
import { fileName, saveFile } from "../ui/save.js";
import { showWarning, takeBack } from "./notices.js";

/** Reports it, once. `goesOn`: the run is still in training. */
export function deletedElsewhere(app: App, run: RunRecord, goesOn: boolean): void {
  const attempt = (work: () => Promise<void>) => (): void => void work().catch(showError);
  const keep: Action = {
    label: t("Keep it as a new run"),
    run: attempt(async () => {
      app.emit("run", await app.trainer.call("keepAsNew", {}));
      app.emit("runs", null);
      tellTabs({ type: "runs" });
      takeBack("deleted");
      announce(t("Kept as a new run."));
    }),
  };
  const download: Action = {
    label: t("Download the model"),
    run: attempt(async () => {
      const weights = await app.trainer.call("weights", { which: "current" });
      saveFile(`patchwork-${fileName(run.name)}.safetensors`, weights, "application/octet-stream");
    }),
  };
  const what = goesOn
    ? problem("file", t("This run was deleted in another tab, or this site's data was cleared"), t("It continues here, but it is no longer kept"))
    : problem("file", t("This run was ended and deleted in another tab"), t("Until you leave it, this tab still has its model"));
  showWarning("deleted", what, [keep, download]);
}
