/** Step 1 of training: bring images, see what was understood, share them out. */
import type { App } from "../app.js";
import type { FilePart } from "../protocol/engine.js";
import type { DataState } from "../protocol/messages.js";
import { announce } from "../ui/announce.js";
import { byId, el, showError } from "../ui/dom.js";
import { integer, plural } from "../ui/format.js";
import { listenForFiles, type Brought } from "./drop.js";
import { showFiles, type FileProblem } from "./files.js";
import { showClasses } from "./histogram.js";
import { asError, createReader, type Job } from "./reading.js";
import { createSamples } from "./samples.js";
import { followSeed, listenToSplit, showSplit } from "./split.js";

/** The built-in digits are the same for everyone, and the same that a run without data takes. */
const BUILTIN_SEED = 1;

/** Makes the part work. */
export function mount(app: App): void {
  const samples = createSamples(app);
  let problems: FileProblem[] = [];
  let locked = false;

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

  const actions = {
    setPart: (id: number, part: FilePart) => void change(app.trainer.call("setPart", { id, part })),
    remove(file: { id: number; name: string }) {
      void change(app.trainer.call("removeFile", { id: file.id })).then(() => {
        announce(`${file.name} removed`);
        byId("data-pick", HTMLButtonElement).focus();
      });
    },
    dismiss(problem: FileProblem) {
      problems = problems.filter((one) => one !== problem);
      show();
      byId("data-pick", HTMLButtonElement).focus();
    },
  };

  const show = (): void => {
    const state = app.last("data");
    showFiles(state?.files ?? [], problems, locked, actions);
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

  const reader = createReader(app, {
    data: said,
    failed: (name, error) => fail({ name, error }),
  });

  const take = ({ files, folders }: Brought): void => {
    for (const name of folders) fail({ name, error: folderError(name) });
    // A file that is brought again gets another chance.
    problems = problems.filter((problem) => !files.some((file) => file.name === problem.name));
    reader.add(files.map((file): Job =>
      ({ name: file.name, cancelable: true, run: () => app.trainer.call("addFile", { file }) })));
    byId("data", HTMLElement).scrollIntoView({ block: "nearest" });
  };

  listenForFiles(take, () => !locked);
  byId("data-builtin", HTMLButtonElement).addEventListener("click", () => {
    const count = Number(byId("data-builtin-count", HTMLSelectElement).value);
    const run = (): Promise<DataState> => app.trainer.call("addBuiltin", { count, seed: BUILTIN_SEED });
    reader.add([{ name: `${integer(count)} built-in digits`, cancelable: false, run }]);
  });

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
  app.on("data", (state) => {
    show();
    if (state.material) announce(summary(state));
  });
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
  const sentence = (text: string): string => (/[.!?]$/.test(text) ? text : `${text}.`);
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
