/** Files that could not be read; each stays listed until the user dismisses it or adds the file again. */
import { ofEngine, t } from "../text/language.js";
import { announce } from "../ui/announce.js";
import { shortened } from "../ui/names.js";
import type { PatchworkError } from "../protocol/engine.js";

/** A file that could not be read. */
export interface FileProblem {
  name: string;
  error: PatchworkError;
  /** The file, if it could be read in another way. */
  file: File | null;
}

/** The list of problems. */
export interface Problems {
  readonly list: FileProblem[];
  /** Adds a file that could not be read, and announces it to screen readers. */
  add(problem: FileProblem): void;
  drop(problem: FileProblem): void;
  clear(): void;
  /** A file of this name was added: its problem is obsolete. */
  settle(name: string): void;
  /** Files that are added again get another chance. */
  retry(files: File[]): void;
}

/** An empty list; `changed` is called after each change. */
export function createProblems(changed: () => void): Problems {
  let list: FileProblem[] = [];
  const set = (next: FileProblem[]): void => {
    list = next;
    changed();
  };
  return {
    get list() {
      return list;
    },
    add(problem) {
      announce(t("{name} could not be read: {problem}", { name: shortened(problem.name), problem: ofEngine(problem.error.problem) }));
      set([...list.filter((one) => one.name !== problem.name), problem]);
    },
    drop: (problem) => set(list.filter((one) => one !== problem)),
    clear: () => set([]),
    settle(name) {
      if (list.some((problem) => problem.name === name)) set(list.filter((problem) => problem.name !== name));
    },
    retry: (files) => set(list.filter((problem) => !files.some((file) => file.name === problem.name))),
  };
}

/** The problem shown for a folder. */
export function folderProblem(name: string): FileProblem {
  const place = { file: name, row: null, column: null };
  return { name, error: { kind: "file", place, problem: t("this is a folder"), help: t("Drop the files inside it") }, file: null };
}
