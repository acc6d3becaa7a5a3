/** The kept runs: a table of all, and a comparison of several. */
import type { App } from "../app.js";
import { plain } from "../client/errors.js";
import { report } from "../client/report.js";
import { onNews, tellTabs, whenEnded } from "../client/tabs.js";
import type { RunRecord } from "../protocol/messages.js";
import { keptWeights, metricsCsv } from "../store/history.js";
import { t } from "../text/language.js";
import { throttle } from "../ui/announce.js";
import { onColoursChange } from "../ui/colour.js";
import { byId } from "../ui/dom.js";
import { errorSentence } from "../ui/format.js";
import { fileName, saveFile } from "../ui/save.js";
import { compare, MOST_COMPARED, runColour } from "./compare.js";
import { runsElsewhere } from "./elsewhere.js";
import { makeRow, type Row, type RowActions } from "./row.js";
import { space } from "./space.js";

/** The least time between two reads of the kept runs, in milliseconds. */
const READ_PAUSE = 300;
/** The least time between two messages to other tabs that a run has progressed, in milliseconds. */
const PAUSE = 5_000;

/** Updates the name of the trainer's run from the store. */
async function reread(app: App, id: string): Promise<void> {
  const name = (await app.store.run(id))?.name;
  const current = app.last("run");
  if (name !== undefined && current?.id === id && current.name !== name) app.emit("run", { ...current, name });
}

/** Starts the runs part of the page. */
export function mount(app: App): void {
  const rows = new Map<string, Row>();
  const body = byId("runs-table", HTMLTableElement).tBodies[0];
  const showCompared = compare();
  const showSpace = space(app);
  const elsewhere = runsElsewhere(app, () => soon());
  /** Runs that were deleted from the store; the trainer may still have one of them. */
  const deleted = new Set<string>();
  let runs: RunRecord[] = [];
  /** The compared runs, in the order chosen; null until the user chooses. */
  let chosen: string[] | null = null;

  const selected = (): string[] => chosen ?? runs.slice(0, 2).map(({ id }) => id);
  const show = (): void => {
    const compared = selected().flatMap((id) => runs.find((run) => run.id === id) ?? []);
    for (const [id, row] of rows) if (!runs.some((run) => run.id === id)) remove(id, row);
    for (const run of runs) {
      const place = compared.indexOf(run);
      const row = rows.get(run.id) ?? makeRow(run.id, actions);
      rows.set(run.id, row);
      const colour = place < 0 ? "transparent" : runColour(place);
      const current = app.last("run")?.id === run.id;
      const [other, gone] = [!current && elsewhere().has(run.id), deleted.has(run.id)];
      row.update(run, { selected: place >= 0, colour, current, elsewhere: other, deleted: gone });
    }
    sortRows();
    byId("runs-none", HTMLElement).hidden = runs.length > 0;
    byId("runs-body", HTMLElement).hidden = runs.length === 0;
    showCompared(compared);
    showSpace(runs);
  };
  const remove = (id: string, row: Row): void => {
    row.element.remove();
    rows.delete(id);
  };
  /** Newest first. Rows already in place are not moved, so that the focus stays. */
  const sortRows = (): void => {
    runs.forEach((run, i) => {
      const element = rows.get(run.id)?.element;
      if (element && body && body.children[i] !== element) body.insertBefore(element, body.children[i] ?? null);
    });
  };
  let reading = false;
  let again = false;
  const read = async (): Promise<void> => {
    again = reading;
    if (reading) return;
    reading = true;
    const kept = await app.store.runs().catch(() => []);
    // The page's record of the run in training is newer than the store's.
    const current = app.last("run");
    const others = kept.filter((run) => run.id !== current?.id);
    runs = [...others, ...(current ? [current] : [])].sort((a, b) => b.created - a.created);
    reading = false;
    show();
    if (again) soon();
  };
  const note = (text: string): void => void (byId("runs-note", HTMLElement).textContent = text);
  const find = (id: string): RunRecord | undefined => runs.find((run) => run.id === id);
  const attempt = async (work: () => Promise<void>): Promise<void> => {
    note("");
    await work().catch((error: unknown) => note(errorSentence(plain(error, "file"))));
  };

  const actions: RowActions = {
    select(id, on) {
      const others = selected().filter((other) => other !== id);
      if (on && others.length >= MOST_COMPARED) note(t("One chart can show at most {count} runs.", { count: MOST_COMPARED }));
      chosen = on ? [...others, id].slice(-MOST_COMPARED) : others;
      show();
    },
    rename: (id, name) => void attempt(async () => {
      if (name !== "" && (await app.store.renameRun(id, name)) === null) note(t("This run was deleted, or is not kept."));
      changed(id);
    }),
    show(id) {
      const run = find(id);
      if (run) app.emit("show-run", run);
    },
    resume(id) {
      app.emit("resume-run", id);
      byId("run", HTMLElement).scrollIntoView();
    },
    saveModel: (id) => void attempt(async () => {
      const run = find(id);
      if (!run) return;
      const weights = await keptWeights(app.store, run, "best");
      saveFile(`patchwork-${fileName(run.name)}.safetensors`, weights, "application/octet-stream");
    }),
    saveMetrics(id) {
      const run = find(id);
      if (run) saveFile(`patchwork-${fileName(run.name)}-metrics.csv`, metricsCsv(run.history), "text/csv");
    },
    remove: (id) => void attempt(async () => {
      if (elsewhere().has(id)) note(t("Stopping it in the other tab…"));
      await whenEnded(id, () => app.store.deleteRun(id));
      tellTabs({ type: "deleted", id });
      app.emit("run-deleted", id);
      note(t("Deleted."));
      // The focused button is gone.
      byId("runs-note", HTMLElement).focus({ preventScroll: true });
      app.emit("runs", null);
      // There is space again for what could not be saved.
      if (app.last("held")) await app.trainer.call("save", {}).catch(() => undefined);
    }),
  };
  // Short epochs may end many times a second, for hours.
  const soon = throttle(() => void read(), READ_PAUSE);
  const tellOthers = throttle(() => tellTabs({ type: "runs" }), PAUSE);
  const changed = (id: string): void => {
    if (app.last("run")?.id === id) void reread(app, id).catch(report);
    app.emit("runs", null);
    tellTabs({ type: "runs" });
  };
  app.on("runs", soon);
  app.on("run", (run) => {
    soon();
    // If no run is active here, there is nothing new for other tabs.
    if (run) tellOthers();
  });
  app.on("run-deleted", (id) => {
    deleted.add(id);
    soon();
  });
  app.on("trainer", (event) => {
    const run = app.last("run");
    if (event.type === "deleted" && run) deleted.add(run.id);
  }, false);
  onNews((news) => {
    if (news.type !== "runs") return;
    soon();
    const run = app.last("run");
    // It may have been renamed.
    if (run) void reread(app, run.id).catch(report);
  });
  void app.store.opening.then(soon);
  onColoursChange(show);
  void read();
}
