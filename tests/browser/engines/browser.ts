/** One browser window, driven by WebDriver, with the same interface for every engine. */
import { readFile, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { By, Key, type WebDriver } from "selenium-webdriver";
import { Command, Name } from "selenium-webdriver/lib/command.js";
import type { Brought } from "../helpers/csv.js";
import type { Point } from "../helpers/digits.js";
import { pause } from "./child.js";

/** Keys by their DOM names. */
const KEYS = {
  ArrowDown: Key.ARROW_DOWN,
  ArrowLeft: Key.ARROW_LEFT,
  ArrowRight: Key.ARROW_RIGHT,
  ArrowUp: Key.ARROW_UP,
  Delete: Key.DELETE,
  Space: " ",
} as const;

/** A key that can be pressed. */
export type KeyName = keyof typeof KEYS;

/** Pointer types for drawing. */
export type Pointer = "mouse" | "touch";

/** The position of an element in the window, in CSS pixels. */
export interface Box {
  x: number;
  y: number;
  width: number;
  height: number;
}

/** The position of an element, and whether the user could click it there. */
interface Placed extends Box {
  free: boolean;
}

/** The environment of a window besides its driver. */
export interface Surroundings {
  /** The folder for downloads. */
  downloads: string;
  /** The folder for files to choose. */
  files: string;
  /** What the browser has printed since the window opened. */
  printed(): readonly string[];
}

/** A window. Elements are named by CSS selectors; the first match counts. */
export class Browser {
  constructor(
    private readonly driver: WebDriver,
    private readonly around: Surroundings,
  ) {}

  /** The browser's output: the page's console, and the browser's own messages. */
  get printed(): readonly string[] {
    return this.around.printed();
  }

  /** Opens an address. */
  open(url: string): Promise<void> {
    return this.driver.get(url);
  }

  /** Reloads the page like a user; WebDriver's own reload bypasses the service worker. */
  async reload(): Promise<void> {
    const before = await this.run(() => performance.timeOrigin);
    await this.driver.executeScript("location.reload()");
    await this.until("the page is loaded again", async () => {
      // Between two pages no script can run.
      const now = await this.run(() => (document.readyState === "complete" ? performance.timeOrigin : before)).catch(() => before);
      return now === before ? null : now;
    });
  }

  /** Runs a function in the page, which only has its arguments, and awaits its result. */
  async run<A extends unknown[], T>(work: (...args: A) => T | Promise<T>, ...args: A): Promise<T> {
    const answer = await this.driver.executeAsyncScript<{ value: T } | { problem: string }>(`
      const [args, done] = arguments;
      (async () => (${work.toString()})(...args))()
        .then((value) => done({ value }), (error) => done({ problem: String(error) }));`, args);
    if ("problem" in answer) throw new Error(`In the page: ${answer.problem}`);
    return answer.value;
  }

  /** Polls until there is an answer. */
  async until<T>(what: string, ask: () => Promise<T | null>, milliseconds = 20_000): Promise<T> {
    for (const end = Date.now() + milliseconds; ; await pause(50)) {
      const answer = await ask();
      if (answer !== null) return answer;
      if (Date.now() > end) throw new Error(`In ${milliseconds / 1000} s it did not happen that ${what}`);
    }
  }

  /** The text of an element; empty if there is none. */
  text(selector: string): Promise<string> {
    return this.run((place) => document.querySelector(place)?.textContent ?? "", selector);
  }

  /** The number of matching elements. */
  count(selector: string): Promise<number> {
    return this.run((place) => document.querySelectorAll(place).length, selector);
  }

  /** Whether an element is on the page and not hidden. */
  shown(selector: string): Promise<boolean> {
    return this.run((place) => (document.querySelector(place)?.getClientRects().length ?? 0) > 0, selector);
  }

  /** Whether an element is there and disabled. */
  disabled(selector: string): Promise<boolean> {
    return this.run((place) => document.querySelector(place)?.matches(":disabled") === true, selector);
  }

  /** Scrolls an element into the middle of the window, and returns its position once it is stable. */
  async box(selector: string): Promise<Box> {
    return this.until(`${selector} stays in its place`, () => this.run(placed, selector));
  }

  /** Clicks an element, as soon as the user could. */
  async click(selector: string): Promise<void> {
    const { x, y, width, height } = await this.until(`${selector} can be pressed`, async () => {
      const found = await this.run(placed, selector);
      return found?.free === true ? found : null;
    });
    const place = { x: Math.round(x + width / 2), y: Math.round(y + height / 2) };
    await this.point("mouse", [
      { type: "pointerMove", duration: 0, ...place },
      { type: "pointerDown", button: 0 },
      { type: "pointerUp", button: 0 },
    ]);
  }

  /** Opens a `<details>`. */
  async openDetails(selector: string): Promise<void> {
    const open = await this.run((place) => document.querySelector<HTMLDetailsElement>(place)?.open === true, selector);
    if (!open) await this.click(`${selector} > summary`);
  }

  /** Chooses from a list, or moves a slider. WebDriver has no way that works in both engines. */
  choose(selector: string, value: string): Promise<void> {
    return this.run((place, chosen) => {
      const field = document.querySelector<HTMLInputElement | HTMLSelectElement>(place);
      if (!field) throw new Error(`There is no ${place}`);
      field.value = chosen;
      for (const event of ["input", "change"]) field.dispatchEvent(new Event(event, { bubbles: true }));
    }, selector, value);
  }

  /** Presses keys, one after the other. */
  async press(...names: KeyName[]): Promise<void> {
    const actions = names.flatMap((name) => ["keyDown", "keyUp"].map((type) => ({ type, value: KEYS[name] })));
    await this.perform({ type: "key", id: "keyboard", actions });
  }

  /** Draws on the canvas. */
  async draw(strokes: readonly (readonly Point[])[], pointer: Pointer = "mouse"): Promise<void> {
    const { x, y, width, height } = await this.box("#ink");
    for (const stroke of strokes) {
      const moves = stroke.map(([across, down], i) => ({
        type: "pointerMove",
        duration: i === 0 ? 0 : 8,
        x: Math.round(x + across * width),
        y: Math.round(y + down * height),
      }));
      const [first, ...others] = moves;
      if (first === undefined) continue;
      await this.point(pointer, [first, { type: "pointerDown", button: 0 }, ...others, { type: "pointerUp", button: 0 }]);
    }
  }

  /** Chooses files as in the browser's dialog. */
  async bring(selector: string, files: readonly Brought[]): Promise<void> {
    const paths = await Promise.all(files.map(async ({ name, bytes }) => {
      const path = join(this.around.files, name);
      await writeFile(path, bytes);
      return path;
    }));
    await this.driver.findElement(By.css(selector)).sendKeys(paths.join("\n"));
  }

  /** Drops a file on an element. The page creates the event: WebDriver cannot drag files. */
  drop(selector: string, { name, bytes }: Brought): Promise<void> {
    return this.run((place, file, base64) => {
      const data = new DataTransfer();
      data.items.add(new File([Uint8Array.from(atob(base64), (character) => character.charCodeAt(0))], file));
      for (const type of ["dragenter", "dragover", "drop"]) {
        const event = new DragEvent(type, { bubbles: true, cancelable: true, dataTransfer: data });
        document.querySelector(place)?.dispatchEvent(event);
      }
    }, selector, name, bytes.toString("base64"));
  }

  /** Presses a button and reads the downloaded file. */
  async download(selector: string): Promise<Brought> {
    const before = new Set(await readdir(this.around.downloads));
    await this.click(selector);
    let last = -1;
    return this.until("a file is saved", async () => {
      const [name, ...others] = (await readdir(this.around.downloads)).filter((one) => !before.has(one));
      // An unfinished download has a second name, or grows.
      if (name === undefined || others.length > 0 || /\.(part|wkdownload)$/.test(name)) return null;
      const bytes = await readFile(join(this.around.downloads, name));
      const whole = bytes.length > 0 && bytes.length === last;
      last = bytes.length;
      return whole ? { name, bytes } : null;
    });
  }

  /** Resizes the page's viewport. */
  async resize(width: number, height: number): Promise<void> {
    await this.driver.manage().window().setRect({ x: 0, y: 0, width, height });
    const [inner = 0, outer = 0] = await this.run(() => [innerHeight, outerHeight]);
    await this.driver.manage().window().setRect({ x: 0, y: 0, width, height: height + outer - inner });
    if (await this.run(() => innerWidth) <= width) return;
    // The window has a minimum width (Firefox: 500), the page inside has none.
    const params = { context: await this.driver.getWindowHandle(), viewport: { width, height } };
    await (await this.driver.getBidi()).send({ method: "browsingContext.setViewport", params });
  }

  /** A screenshot of the window. */
  async picture(): Promise<Buffer> {
    return Buffer.from(await this.driver.takeScreenshot(), "base64");
  }

  private async point(pointerType: Pointer, actions: object[]): Promise<void> {
    await this.perform({ type: "pointer", id: pointerType, parameters: { pointerType }, actions });
  }

  private async perform(source: object): Promise<void> {
    await this.driver.execute(new Command(Name.ACTIONS).setParameter("actions", [source]));
  }
}

/** Runs in the page: scrolls an element into the middle and waits for two frames. Null if it is hidden or moves. */
async function placed(selector: string): Promise<Placed | null> {
  const element = document.querySelector(selector);
  if (element === null || element.getClientRects().length === 0) return null;
  element.scrollIntoView({ block: "center", behavior: "instant" });
  const before = element.getBoundingClientRect();
  await new Promise((frame) => requestAnimationFrame(() => requestAnimationFrame(frame)));
  const { x, y, width, height } = element.getBoundingClientRect();
  if (x !== before.x || y !== before.y || width !== before.width || height !== before.height) return null;
  // No other element may cover it.
  const top = document.elementFromPoint(x + width / 2, y + height / 2);
  return { x, y, width, height, free: element.contains(top) && !element.matches(":disabled") };
}
