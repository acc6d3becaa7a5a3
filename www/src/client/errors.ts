/** Errors as plain data for messages between workers and page, and as throwable objects. */
import type { ErrorKind, PatchworkError } from "../protocol/engine.js";

/** What is thrown on the page: an `Error` with the fields of a `PatchworkError`. */
export type Failure = Error & PatchworkError;

const nowhere = { file: null, row: null, column: null };

/** A plain error. */
export function problem(kind: ErrorKind, text: string, help = ""): PatchworkError {
  return { kind, place: nowhere, problem: text, help };
}

/** A plain error, made throwable. */
export function failure(error: PatchworkError): Failure {
  const text = error.help === "" ? error.problem : `${error.problem}. ${error.help}`;
  const { kind, place, problem, help } = error;
  return Object.assign(new Error(text), { kind, place, problem, help });
}

/** Converts anything thrown to plain data. */
export function plain(thrown: unknown, kind: ErrorKind = "device"): PatchworkError {
  if (isPatchworkError(thrown)) {
    const { kind: own, place, problem: text, help } = thrown;
    // The lines after the first (causes, backtraces) are for developers.
    return { kind: own, place, problem: text.split("\n", 1)[0] ?? "", help };
  }
  return problem(kind, thrown instanceof Error ? thrown.message : String(thrown));
}

/** Whether something thrown is a `PatchworkError`. */
export function isPatchworkError(thrown: unknown): thrown is PatchworkError {
  return typeof thrown === "object" && thrown !== null && "kind" in thrown && "problem" in thrown && "help" in thrown;
}
