/** The kept runs: a table of them, and several over one another. */
import type { App } from "../app.js";
import { plain } from "../client/errors.js";
import type { RunRecord } from "../protocol/messages.js";
import { keptWeights, metricsCsv } from "../store/history.js";
import { debounce } from "../ui/announce.js";
import { onColoursChange } from "../ui/colour.js";
import { byId } from "../ui/dom.js";
import { errorSentence } from "../ui/format.js";
import { fileName, saveFile } from "../ui/save.js";
import { compare, MOST_COMPARED, runColour } from "./compare.js";
import { makeRow, type Row, type RowActions } from "./row.js";

/** Brings the runs' part of the page to life. */
export function mount(app: App): void {
  const rows = new Map<string, Row>();
  const body = byId("runs-table", HTMLTableElement).tBodies[0];
  const showCompared = compare();
  let runs: RunRecord[] = [];
  /** The compared runs, in the order of their choice; null until a person chose. */
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
      row.update(run, { selected: place >= 0, colour, current: app.last("run")?.id === run.id });
    }
    sortRows();
    byId("runs-none", HTMLElement).hidden = runs.length > 0;
    byId("runs-body", HTMLElement).hidden = runs.length === 0;
    showCompared(compared);
  };
  const remove = (id: string, row: Row): void => {
    row.element.remove();
    rows.delete(id);
  };
  /** The newest first; what stands right is not touched, so that the focus stays. */
  const sortRows = (): void => {
    runs.forEach((run, i) => {
      const element = rows.get(run.id)?.element;
      if (element && body && body.children[i] !== element) body.insertBefore(element, body.children[i] ?? null);
    });
  };
  const read = async (): Promise<void> => {
    const kept = await app.store.runs().catch(() => []);
    // The run in training is newer on the page than in the store.
    const current = app.last("run");
    const others = kept.filter((run) => run.id !== current?.id);
    runs = [...others, ...(current ? [current] : [])].sort((a, b) => b.created - a.created);
    show();
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
      if (on && others.length >= MOST_COMPARED) note(`At most ${MOST_COMPARED} runs can be told apart in one chart.`);
      chosen = on ? [...others, id].slice(-MOST_COMPARED) : others;
      show();
    },
    rename: (id, name) => void attempt(async () => {
      const run = await app.store.run(id);
      if (run && name !== "") await app.store.saveRun({ ...run, name });
      const current = app.last("run");
      if (run && name !== "" && current?.id === id) app.say("run", { ...current, name });
      app.say("runs", null);
    }),
    show(id) {
      const run = find(id);
      if (run) app.say("show-run", run);
    },
    resume(id) {
      app.say("resume-run", id);
      byId("run", HTMLElement).scrollIntoView();
    },
    saveModel: (id) => void attempt(async () => {
      const run = find(id);
      if (!run) return;
      const weights = await keptWeights(app.store, run);
      saveFile(`patchwork-${fileName(run.name)}.safetensors`, weights, "application/octet-stream");
    }),
    saveMetrics(id) {
      const run = find(id);
      if (run) saveFile(`patchwork-${fileName(run.name)}-metrics.csv`, metricsCsv(run.history), "text/csv");
    },
    remove: (id) => void attempt(async () => {
      await app.store.deleteRun(id);
      note("Deleted.");
      // The button that had the focus is gone.
      byId("runs-note", HTMLElement).focus();
      app.say("runs", null);
    }),
  };
  // Many epochs may end at once where they are short.
  const soon = debounce(() => void read(), 150);
  app.on("runs", soon);
  app.on("run", soon);
  onColoursChange(show);
  void read();
}
