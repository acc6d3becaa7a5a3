/** An engine under test: something that opens windows. */
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { Builder, Capabilities } from "selenium-webdriver";
import { Browser } from "./browser.js";
import type { Child } from "./child.js";

/** How to open a window. */
export interface Manner {
  /** A private window, which stores nothing. */
  private?: boolean;
  /** The language that the browser reports to pages. */
  language?: string;
  /** With the browser's default settings, including ones that occasionally crash. */
  asShipped?: boolean;
  /** Whether its page can be narrower than the browser's toolbar. */
  narrow?: boolean;
  /** Whether WebGPU is switched on, on a software adapter. */
  webgpu?: boolean;
}

/** A window with separate storage. */
export interface Window {
  browser: Browser;
  /** The browser's output when it crashed itself; null if it did not. */
  crash(): string | null;
  close(): Promise<void>;
}

/** A started engine. */
export interface Engine {
  /** Matches the page's errors and warnings in the browser's output; the first group is the message. */
  readonly complaint: RegExp;
  open(manner: Manner): Promise<Window>;
  stop(): Promise<void>;
}

/** Folders of one window. */
export interface Folders {
  /** The browser's profile. */
  data: string;
  /** Downloads. */
  downloads: string;
  /** Files to choose. */
  files: string;
}

/** Creates the folders of a window. */
export async function newFolders(home: string, window: number): Promise<Folders> {
  const at = (name: string): string => join(home, `${name}-${window}`);
  const folders = { data: at("data"), downloads: at("downloads"), files: at("files") };
  await Promise.all(Object.values(folders).map((folder) => mkdir(folder)));
  return folders;
}

/** Opens a window through a driver. For an engine that is known to crash, `crash` finds the output of a crash. */
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
