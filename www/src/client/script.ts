/** Fetches scripts and styles of the page that are not part of its start. */
import { scriptUrl } from "../ui/trusted.js";
import { failure } from "./errors.js";
import { whyMissing } from "./files.js";

/** How often each script has failed to load. */
const failures = new Map<string, number>();

/**
 * The exports of one of the page's scripts; `what` begins the sentence about a failure. Throws an error that users can
 * understand. The same call later tries again.
 */
export async function fetchScript<T>(url: string, what: string): Promise<T> {
  const failed = failures.get(url) ?? 0;
  try {
    // Browsers remember that an address did not load, and do not ask for it again.
    return (await import(scriptUrl(failed === 0 ? url : `${url}?again=${failed}`))) as T;
  } catch (error) {
    // The script came, and threw.
    if (!(error instanceof TypeError)) throw error;
    failures.set(url, failed + 1);
    throw failure(await whyMissing(url, what));
  }
}

/** Adds one of the page's style sheets; resolves once it applies. Throws like `fetchScript`. */
export async function fetchStyles(url: string, what: string): Promise<void> {
  const link = document.createElement("link");
  link.rel = "stylesheet";
  link.href = url;
  const arrived = new Promise<boolean>((resolve) => {
    link.onload = () => resolve(true);
    link.onerror = () => resolve(false);
  });
  document.head.append(link);
  if (await arrived) return;
  link.remove();
  throw failure(await whyMissing(url, what));
}
