/** Fetches files of the page. On failure it finds the actual cause: this tab may be of an older version. */
import type { PatchworkError } from "../protocol/engine.js";
import { t } from "../text/language.js";
import { failure, isPatchworkError, problem } from "./errors.js";

/** Milliseconds that a server has to start answering. */
const ANSWER_MS = 30_000;
/** Milliseconds that a file has to arrive: the largest has 8 MB. */
const WHOLE_MS = 600_000;

const OUTDATED = "A newer version of this page was published, and this tab still runs the old one";

/** Whether an error means that this tab is of an older version of the page. */
export function isOutdated(thrown: unknown): boolean {
  return isPatchworkError(thrown) && thrown.problem === OUTDATED;
}

/**
 * Fetches one of the page's hashed files; `named` begins a sentence, and is asked only for an error, when the page's language
 * is known. Throws an error that users can understand.
 */
export async function fetchFile(url: string, named: () => string): Promise<Response> {
  const stop = new AbortController();
  const late = setTimeout(() => stop.abort(), ANSWER_MS);
  setTimeout(() => stop.abort(), WHOLE_MS);
  try {
    const response = await fetch(url, { signal: stop.signal });
    if (isFile(response)) return response;
    throw failure(refused(response, named()));
  } catch (thrown) {
    if (isPatchworkError(thrown)) throw thrown;
    const what = named();
    const seconds = ANSWER_MS / 1000;
    const why = stop.signal.aborted
      ? t("{what} did not arrive: the server has not answered for {seconds} seconds", { what, seconds })
      : t("{what} did not arrive", { what });
    throw failure(problem("network", why, t("Check the connection, then try again")));
  } finally {
    clearTimeout(late);
  }
}

/** Finds out from the server why a script of the page did not load: the browser does not tell. */
export async function whyMissing(url: string, what: string): Promise<PatchworkError> {
  const signal = AbortSignal.timeout(ANSWER_MS);
  const response = await fetch(url, { method: "HEAD", cache: "no-cache", signal }).catch(() => null);
  if (response === null) return problem("network", t("{what} could not be loaded", { what }), t("Check the connection, then try again"));
  if (!isFile(response)) return refused(response, what);
  return problem("network", t("{what} could not be loaded, although the server has it", { what }), t("Try again, or reload the page"));
}

/** Some hosts answer with a page of their own if a file is missing. */
function isFile(response: Response): boolean {
  return response.ok && !(response.headers.get("content-type") ?? "").startsWith("text/html");
}

/** File names change with their content: a missing one belongs to an older version. */
function refused({ ok, status }: Response, what: string): PatchworkError {
  if (ok || status === 404 || status === 410) {
    // In English, from a worker too; it is translated where it is shown.
    return problem("network", OUTDATED, "Reload the page to use it: your drawing and your runs are kept");
  }
  return problem("network", t("{what} did not arrive (the server says {status})", { what, status }), t("Try again in a few minutes"));
}
