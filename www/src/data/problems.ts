/** Files that could not be read, as long as nobody dismisses the note or brings them again. */
import { announce } from "../ui/announce.js";
import { shortened } from "../ui/names.js";
import type { PatchworkError } from "../protocol/engine.js";

/** A file that could not be read. */
export interface FileProblem {
  name: string;
  error: PatchworkError;
  /** The file, where there is one that could be read in another way. */
  file: File | null;
}

/** All of them. */
export interface Problems {
  readonly list: FileProblem[];
  /** A file could not be read; said aloud, too. */
  add(problem: FileProblem): void;
  drop(problem: FileProblem): void;
  clear(): void;
  /** Something of this name has come. */
  settle(name: string): void;
  /** Files that are brought again get another chance. */
  retry(files: File[]): void;
}

/** None yet; `changed` is called after each change. */
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
      announce(`${shortened(problem.name)} could not be read: ${problem.error.problem}`);
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

/** What is said of a folder. */
export function folderProblem(name: string): FileProblem {
  const place = { file: name, row: null, column: null };
  return { name, error: { kind: "file", place, problem: "this is a folder", help: "Drop the files inside it" }, file: null };
}
