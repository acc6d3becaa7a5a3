/** What an engine is to the tests: something that opens windows. */
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { Builder, Capabilities } from "selenium-webdriver";
import { Browser } from "./browser.js";
import type { Child } from "./child.js";

/** How a window is opened. */
export interface Manner {
  /** It keeps nothing when it closes. */
  private?: boolean;
  /** The language that the browser reports to pages. */
  language?: string;
  /** With the browser's own defaults, also those that are known to crash now and then. */
  asShipped?: boolean;
  /** Its page can be narrower than the browser's buttons. */
  narrow?: boolean;
  /** WebGPU is switched on, on a software adapter. */
  webgpu?: boolean;
}

/** A window of its own, with storage of its own. */
export interface Window {
  browser: Browser;
  /** What the browser printed when it itself, not the page, crashed; null where it did not. */
  crash(): string | null;
  close(): Promise<void>;
}

/** An engine that is ready. */
export interface Engine {
  /** Finds what the page complains about in a line that the browser prints; the first group is the complaint. */
  readonly complaint: RegExp;
  open(manner: Manner): Promise<Window>;
  stop(): Promise<void>;
}

/** Folders of one window. */
export interface Folders {
  /** For what the browser keeps. */
  data: string;
  /** For what it saves. */
  downloads: string;
  /** For what is chosen in it. */
  files: string;
}

/** Makes the folders of a window. */
export async function newFolders(home: string, window: number): Promise<Folders> {
  const at = (name: string): string => join(home, `${name}-${window}`);
  const folders = { data: at("data"), downloads: at("downloads"), files: at("files") };
  await Promise.all(Object.values(folders).map((folder) => mkdir(folder)));
  return folders;
}

/** Lets a driver open a window. Of an engine that is known to crash, `crash` finds what is printed then. */
export async function openWindow(
  driver: Child, server: string, capabilities: Capabilities, folders: Folders, crash?: RegExp,
): Promise<Window> {
  const before = driver.lines.length;
  const printed = (): readonly string[] => driver.lines.slice(before);
  const session = await new Builder().usingServer(server).withCapabilities(capabilities).build();
  await session.manage().setTimeouts({ script: 60_000, pageLoad: 60_000 });
  const browser = new Browser(session, { ...folders, printed });
  await browser.resize(1280, 900);
  return {
    browser,
    crash: () => printed().find((line) => crash?.test(line)) ?? null,
    // A browser that has crashed cannot be closed.
    close: () => session.quit().catch(() => undefined),
  };
}
