/** Reads files one after the other in the trainer, with a progress bar and a button to stop. */
import type { App } from "../app.js";
import { isPatchworkError } from "../client/errors.js";
import type { PatchworkError } from "../protocol/engine.js";
import type { DataState } from "../protocol/messages.js";
import { t } from "../text/language.js";
import { announce } from "../ui/announce.js";
import { byId } from "../ui/dom.js";
import { bytes, plural } from "../ui/format.js";
import { shortened } from "../ui/names.js";

/** A job that adds images. */
export interface Job {
  name: string;
  /** Whether it can be stopped halfway. */
  cancelable: boolean;
  run(): Promise<DataState>;
  /** The images have been read. */
  done(state: DataState): void;
  /** Reading failed. */
  failed(error: PatchworkError): void;
  /** The user stopped it, or it never started. */
  stopped(): void;
}

/** The reader, which runs one job at a time. */
export interface ReadQueue {
  add(jobs: Job[]): void;
  /** Drops the jobs that have not started. */
  clear(): void;
  /** Resolves when nothing is left to read. */
  idle(): Promise<void>;
}

/** Creates the reader with its progress bar. */
export function createReadQueue(app: App): ReadQueue {
  const waiting: Job[] = [];
  const bar = progressBar(app);
  let working: Promise<void> | null = null;
  let cancelled = false;

  const read = async (job: Job): Promise<void> => {
    cancelled = false;
    bar.begin(job, waiting.length);
    try {
      job.done(await job.run());
    } catch (reason) {
      if (cancelled) job.stopped();
      else job.failed(asError(reason, job.name));
    }
  };
  const work = async (): Promise<void> => {
    for (let job = waiting.shift(); job; job = waiting.shift()) await read(job);
    working = null;
    bar.end();
  };
  const clear = (): void => {
    for (const job of waiting.splice(0)) job.stopped();
  };

  byId("data-cancel", HTMLButtonElement).addEventListener("click", () => {
    cancelled = true;
    clear();
    announce(t("Reading was cancelled"));
    // If there is nothing left to stop, the file has been read already.
    app.trainer.call("cancelReading", {}).catch(() => undefined);
  });

  return {
    add(jobs) {
      waiting.push(...jobs);
      if (waiting.length > 0) working ??= work();
    },
    clear,
    idle: async () => {
      while (working !== null) await working;
    },
  };
}

function progressBar(app: App): { begin(job: Job, after: number): void; end(): void } {
  const box = byId("data-reading", HTMLElement);
  const file = byId("data-reading-file", HTMLElement);
  const text = byId("data-reading-text", HTMLElement);
  const progress = byId("data-reading-progress", HTMLProgressElement);
  const cancel = byId("data-cancel", HTMLButtonElement);
  let later = "";
  app.on("trainer", (event) => {
    if (event.type !== "reading") return;
    if (event.total > 0) progress.value = event.done / event.total;
    text.textContent = t("{done} of {total}, {images}", { done: bytes(event.done), total: bytes(event.total), images: plural(event.images, "image") }) + later;
  }, false);
  return {
    begin({ name, cancelable }, after) {
      box.hidden = false;
      cancel.hidden = !cancelable;
      file.textContent = shortened(name);
      later = after > 0 ? t("; then {files}", { files: plural(after, "more file") }) : "";
      text.textContent = t("Reading…") + later;
      progress.removeAttribute("value");
      announce(t("Reading {name}", { name: shortened(name) }));
    },
    end() {
      box.hidden = true;
    },
  };
}

/** Turns anything thrown into an error that can be shown beside the file. */
export function asError(reason: unknown, file: string): PatchworkError {
  if (isPatchworkError(reason)) return reason;
  const problem = reason instanceof Error && reason.message ? reason.message : t("the file could not be read");
  return { kind: "file", place: { file, row: null, column: null }, problem, help: t("Try again, or reload the page") };
}
