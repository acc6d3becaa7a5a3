/** Step 1 of training: add images, see how they were read, and split them. */
import type { App, BroughtFiles } from "../app.js";
import type { PatchworkError, ReadOptions } from "../protocol/engine.js";
import type { DataState } from "../protocol/messages.js";
import { ofEngine, t } from "../text/language.js";
import { announce } from "../ui/announce.js";
import { byId, el, showError, takeBackError } from "../ui/dom.js";
import { integer, plural, sentence } from "../ui/format.js";
import { shortened } from "../ui/names.js";
import { reveal } from "../views/reveal.js";
import { listenToDialog } from "./dialog.js";
import { showFiles, type FileActions } from "./files.js";
import { showClasses } from "./histogram.js";
import { createRecovery, type Recovery } from "./lost.js";
import { objectionTo } from "./objection.js";
import { createCheck } from "./orientation.js";
import { createPredictions } from "./predictions.js";
import { createProblems, folderProblem } from "./problems.js";
import { asError, createReadQueue, type Job } from "./read-queue.js";
import { addSample, hasSample, SAMPLE } from "./sample.js";
import { createSamples } from "./samples.js";
import { followSeed, listenToSplit, showSplit } from "./split.js";

/** The built-in digits are the same for every user. */
const BUILTIN_SEED = 1;

/** Starts this part. */
export function mount(app: App): void {
  const samples = createSamples(app);
  const reader = createReadQueue(app);
  const problems = createProblems(() => show());
  const predictions = createPredictions(app);
  const said = (state: DataState): void => app.emit("data", state);
  const recovery = createRecovery(app, reader, {
    data: said,
    changed: () => show(),
    recovered: () => announce(t("Your files have been read again.")),
  });
  let locked = false;

  const show = (): void => {
    const state = app.last("data");
    showFiles({ files: state?.files ?? [], lost: recovery.entries, problems: problems.list }, locked, actions);
    byId("data-recovering", HTMLElement).hidden = !recovery.entries.some(({ error }) => error === null);
    byId("data-summary", HTMLElement).hidden = !state || state.files.length === 0;
    byId("data-sample", HTMLButtonElement).disabled = hasSample(state);
    byId("data-default", HTMLElement).hidden = (state?.files.length ?? 0) > 0 || problems.list.length > 0;
    if (!state) return;
    showNotices(state);
    showSplit(state);
    showClasses(state);
    samples.show(state.files);
  };

  /** Requests a change of the data; a failure is shown prominently. */
  let failed: PatchworkError | null = null;
  const change = async (answer: Promise<DataState>): Promise<void> => {
    try {
      said(await answer);
      if (failed) takeBackError(failed);
      failed = null;
    } catch (reason) {
      failed = asError(reason, "");
      showError(failed);
      // The controls return to the current state.
      show();
    }
  };

  const jobOf = (name: string, file: File | null, run: () => Promise<DataState>): Job => ({
    name, cancelable: file !== null, run, done: said,
    failed: (error) => problems.add({ name, error, file }),
    stopped: () => undefined,
  });
  /** Once a file has been read, earlier problems under the same name are obsolete. */
  const arrived = (name: string, run: () => Promise<DataState>) => async (): Promise<DataState> => {
    const state = await run();
    problems.settle(name);
    return state;
  };

  const read = (files: File[], options: ReadOptions): void => {
    problems.retry(files);
    reader.add(files.map((file) =>
      jobOf(file.name, file, arrived(file.name, () => app.trainer.call("addFile", { file, options })))));
  };

  const actions: FileActions = {
    setPart: (id, part) => void change(app.trainer.call("setPart", { id, part })),
    pair: (images, labels) => void change(app.trainer.call("pair", { images, labels })),
    orient: (id, orientation) => void change(app.trainer.call("orient", { id, orientation })),
    remove: ({ id, name }) => void change(app.trainer.call("removeFile", { id })).then(() => removed(name)),
    readAnyway({ file }) {
      if (file) read([file], { any_labels: true });
    },
    dismiss(problem) {
      problems.drop(problem);
      byId("data-pick", HTMLButtonElement).focus();
    },
    dismissAll() {
      problems.clear();
      announce(t("All notes dismissed"));
      byId("data-pick", HTMLButtonElement).focus();
    },
    predictions: predictions.panel,
    readAgain: recovery.retry,
    leave(entry) {
      recovery.remove(entry);
      removed(entry.report.name);
    },
  };

  const take = ({ files, folders }: BroughtFiles): void => {
    for (const name of folders) problems.add(folderProblem(name));
    read(recovery.offer(files), { any_labels: false });
    reveal(byId("data", HTMLElement), { block: "nearest" });
  };

  listenToDialog((files) => take({ files, folders: [] }));
  app.on("files-brought", take, false);
  for (const option of byId("data-builtin-count", HTMLSelectElement).options) option.text = integer(Number(option.value));
  byId("data-builtin", HTMLButtonElement).addEventListener("click", () => {
    const count = Number(byId("data-builtin-count", HTMLSelectElement).value);
    const run = (): Promise<DataState> => app.trainer.call("addBuiltin", { count, seed: BUILTIN_SEED });
    const name = t("{count} built-in digits", { count: integer(count) });
    reader.add([jobOf(name, null, arrived(name, run))]);
  });
  const sample = (): void => reader.add([jobOf(SAMPLE.name, null, arrived(SAMPLE.name, () => addSample(app)))]);
  byId("data-sample", HTMLButtonElement).addEventListener("click", sample);

  const split = (shares: Partial<DataState["split"]>): void => {
    const state = app.last("data");
    if (state && !locked) void change(app.trainer.call("setSplit", { ...state.split, ...shares }));
  };
  listenToSplit(split);
  followSeed(app, (seed) => split({ seed }));

  app.on("run", (run) => {
    locked = run?.state === "running" || run?.state === "paused";
    lock(locked);
    show();
  });
  const asked = followWorker(app, said, recovery);
  const check = createCheck(app, said);
  let heard = "";
  app.on("data", (state) => {
    show();
    check(state);
    const text = summary(state);
    if (text !== heard && text !== "") announce(text);
    heard = text;
  });
  app.emit("chosen-files", {
    async settled() {
      await asked();
      await reader.idle();
    },
    objection: () => objectionTo(app.last("data"), recovery.entries, problems.list),
    async useDefault() {
      sample();
      await reader.idle();
    },
  });
}

/**
 * Detects that another worker holds the data, and re-reads what the previous one held. Returns a function that waits
 * for the worker's pending answer, if there is one.
 */
function followWorker(app: App, said: (state: DataState) => void, recovery: Recovery): () => Promise<unknown> {
  let last: DataState | null = null;
  let asked: Promise<unknown> = Promise.resolve();
  /** Asks what the worker holds: a new one has no files. */
  const ask = (): void => {
    if (last !== null && last.files.length > 0) asked = app.trainer.call("data", {}).then(said, () => undefined);
  };
  app.on("trainer", (event) => {
    if (event.type === "failed") {
      recovery.halt();
      ask();
    }
    if (event.type === "data") {
      // A resumed run brought its own data.
      last = event.data;
      recovery.forget();
    }
  }, false);
  app.on("device", ask, false);
  app.on("data", (state) => {
    const before = last;
    last = state;
    if (before !== null && before.files.length > 0 && before.holder !== state.holder) recovery.begin(before);
  });
  return () => asked;
}

/** Announces that an entry was removed; its button, which had the focus, is gone too. */
function removed(name: string): void {
  announce(t("{name} removed", { name: shortened(name) }));
  byId("data-pick", HTMLButtonElement).focus({ preventScroll: true });
}

/** The data cannot change while a run uses it. */
function lock(locked: boolean): void {
  byId("data-locked", HTMLElement).hidden = !locked;
  byId("data-sources", HTMLFieldSetElement).disabled = locked;
  byId("data-split", HTMLFieldSetElement).disabled = locked;
}

function showNotices({ material, files }: DataState): void {
  const notices = (material?.notices ?? []).map(ofEngine);
  if (files.length > 0 && !material) {
    notices.push(t("There is nothing to train on yet: add a file with labels, or use the real or the built-in digits"));
  }
  const item = (text: string): HTMLElement => el("li", { class: "notice warn small" }, sentence(text));
  byId("data-notices", HTMLElement).replaceChildren(...notices.map(item));
}

function summary({ material }: DataState): string {
  if (!material) return "";
  const { train, validation, test, classes } = material;
  return t("{train} images for training, {validation} for validation, {test} for the test, {classes}", {
    train: integer(train), validation: integer(validation), test: integer(test), classes: plural(classes, "class"),
  });
}
