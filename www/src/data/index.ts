/** Step 1 of training: bring images, see what was understood, share them out. */
import type { App } from "../app.js";
import type { FilePart, Orientation, ReadOptions } from "../protocol/engine.js";
import type { DataState } from "../protocol/messages.js";
import { announce } from "../ui/announce.js";
import { byId, el, showError } from "../ui/dom.js";
import { integer, plural, sentence } from "../ui/format.js";
import { listenForFiles, type Brought } from "./drop.js";
import { showFiles, type FileProblem } from "./files.js";
import { showClasses } from "./histogram.js";
import { createRecovery, type LostEntry } from "./lost.js";
import { objectionTo } from "./objection.js";
import { createCheck } from "./orientation.js";
import { asError, createReader, type Job } from "./reading.js";
import { createSamples } from "./samples.js";
import { followSeed, listenToSplit, showSplit } from "./split.js";

/** The built-in digits are the same for everyone, and the same that a run without data takes. */
const BUILTIN_SEED = 1;

/** Makes the part work. */
export function mount(app: App): void {
  const samples = createSamples(app);
  const reader = createReader(app);
  let problems: FileProblem[] = [];
  let locked = false;
  let last: DataState | null = null;
  let spoken = "";
  /** What was asked of a worker that may be another one by now. */
  let asked: Promise<unknown> = Promise.resolve();

  const said = (state: DataState): void => app.say("data", state);
  /** Asks for a change of the data; what goes wrong is said in a place that cannot be missed. */
  const change = async (answer: Promise<DataState>): Promise<void> => {
    try {
      said(await answer);
    } catch (reason) {
      showError(asError(reason, ""));
      // The controls go back to what holds.
      show();
    }
  };

  const check = createCheck(app, said);
  const recovery = createRecovery(app, reader, {
    data: said,
    changed: () => show(),
    recovered: () => announce("Your files are there again."),
  });

  const actions = {
    setPart: (id: number, part: FilePart) => void change(app.trainer.call("setPart", { id, part })),
    remove(file: { id: number; name: string }) {
      void change(app.trainer.call("removeFile", { id: file.id })).then(() => removed(file.name));
    },
    pair: (images: number, labels: number) => void change(app.trainer.call("pair", { images, labels })),
    orient(id: number, orientation: Orientation) {
      void change(app.trainer.call("orient", { id, orientation }));
    },
    readAnyway({ file }: FileProblem) {
      if (file) read([file], { any_labels: true });
    },
    dismiss(problem: FileProblem) {
      problems = problems.filter((one) => one !== problem);
      show();
      byId("data-pick", HTMLButtonElement).focus();
    },
    readAgain: (entry: LostEntry) => recovery.retry(entry),
    leave(entry: LostEntry) {
      recovery.remove(entry);
      removed(entry.report.name);
    },
  };

  const show = (): void => {
    const state = app.last("data");
    showFiles({ files: state?.files ?? [], lost: recovery.entries, problems }, locked, actions);
    byId("data-recovering", HTMLElement).hidden = !recovery.entries.some(({ error }) => error === null);
    byId("data-summary", HTMLElement).hidden = !state || state.files.length === 0;
    if (!state) return;
    showNotices(state);
    showSplit(state);
    showClasses(state);
    samples.show(state.files);
  };

  const fail = (problem: FileProblem): void => {
    problems = [...problems.filter((one) => one.name !== problem.name), problem];
    announce(`${problem.name} could not be read: ${problem.error.problem}`);
    show();
  };

  const jobOf = (name: string, file: File | null, run: () => Promise<DataState>): Job => ({
    name, cancelable: file !== null, run, done: said,
    failed: (error) => fail({ name, error, file }),
    stopped: () => undefined,
  });

  const read = (files: File[], options: ReadOptions): void => {
    // A file that is brought again gets another chance.
    problems = problems.filter((problem) => !files.some((file) => file.name === problem.name));
    show();
    reader.add(files.map((file) => jobOf(file.name, file, () => app.trainer.call("addFile", { file, options }))));
  };

  const take = ({ files, folders }: Brought): void => {
    for (const name of folders) fail({ name, error: folderError(name), file: null });
    read(recovery.offer(files), { any_labels: false });
    byId("data", HTMLElement).scrollIntoView({ block: "nearest" });
  };

  listenForFiles(take, () => !locked);
  byId("data-builtin", HTMLButtonElement).addEventListener("click", () => {
    const count = Number(byId("data-builtin-count", HTMLSelectElement).value);
    const run = (): Promise<DataState> => app.trainer.call("addBuiltin", { count, seed: BUILTIN_SEED });
    reader.add([jobOf(`${integer(count)} built-in digits`, null, run)]);
  });

  const split = (shares: Partial<DataState["split"]>): void => {
    const state = app.last("data");
    if (state && !locked) void change(app.trainer.call("setSplit", { ...state.split, ...shares }));
  };
  listenToSplit(split);
  followSeed(app, (seed) => split({ seed }));

  /** Asks what the worker holds: one that is new has no files, and is given them again. */
  const ask = (): void => {
    if (last !== null && last.files.length > 0) asked = app.trainer.call("data", {}).then(said, () => undefined);
  };
  app.on("trainer", (event) => {
    if (event.type === "failed") {
      recovery.halt();
      ask();
    }
    if (event.type === "data") {
      // A run that was taken up brought its own.
      last = event.data;
      recovery.forget();
    }
  }, false);
  app.on("device", ask, false);
  app.on("run", (run) => {
    locked = run?.state === "running" || run?.state === "paused";
    lock(locked);
    show();
  });
  app.on("data", (state) => {
    const before = last;
    last = state;
    if (before !== null && before.files.length > 0 && before.holder !== state.holder) recovery.begin(before);
    show();
    check(state);
    const heard = summary(state);
    if (heard !== spoken && heard !== "") announce(heard);
    spoken = heard;
  });
  app.say("chosen-files", {
    async settled() {
      await asked;
      await reader.idle();
    },
    objection: () => objectionTo(app.last("data"), recovery.entries, problems),
  });
}

/** Says that an entry is gone; its button, which had the focus, went with it. */
function removed(name: string): void {
  announce(`${name} removed`);
  byId("data-pick", HTMLButtonElement).focus();
}

/** While a run uses the data it stays as it is. */
function lock(locked: boolean): void {
  byId("data-locked", HTMLElement).hidden = !locked;
  byId("data-sources", HTMLFieldSetElement).disabled = locked;
  byId("data-split", HTMLFieldSetElement).disabled = locked;
}

function showNotices({ material, files }: DataState): void {
  const notices = [...(material?.notices ?? [])];
  if (files.length > 0 && !material) {
    notices.push("There is nothing to learn from yet: bring a file with labels, or use the built-in digits");
  }
  const item = (text: string): HTMLElement => el("li", { class: "notice warn small" }, sentence(text));
  byId("data-notices", HTMLElement).replaceChildren(...notices.map(item));
}

function summary({ material }: DataState): string {
  if (!material) return "";
  const { train, validation, test, classes } = material;
  const heldBack = `${integer(validation)} for validation, ${integer(test)} for the test`;
  return `${integer(train)} images for training, ${heldBack}, ${plural(classes, "class", "classes")}`;
}

function folderError(file: string): FileProblem["error"] {
  const place = { file, row: null, column: null };
  return { kind: "file", place, problem: "this is a folder", help: "Drop the files inside it" };
}
