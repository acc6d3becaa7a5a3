/** WebKitGTK, in our own window (`window.py`) on a virtual screen. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Capabilities } from "selenium-webdriver";
import { freePort, pause, start } from "./child.js";
import { newFolders, openWindow, type Engine, type Folders, type Manner } from "./engine.js";
import { program } from "./programs.js";

/** The output of window.py after a crash. */
const CRASHED = /^THE BROWSER CRASHED/;

/** Starts the screen and WebKit's driver. */
export async function webkit(): Promise<Engine> {
  const home = await mkdtemp(join(tmpdir(), "patchwork-webkit-"));
  const screen = start(program(["Xvfb"], "PATCHWORK_XVFB"), ["-displayfd", "1", "-screen", "0", "1440x1100x24", "-nolisten", "tcp"]);
  const [display = ""] = await screen.says(/^\d+$/, 20_000);
  const port = await freePort();
  const driver = start(program(["WebKitWebDriver"], "PATCHWORK_WEBKIT_DRIVER"), [`--port=${port}`], {
    DISPLAY: `:${display}`,
    HOME: home,
    // Without a graphics card Mesa composites on the CPU, which is slow and has crashed.
    WEBKIT_DISABLE_COMPOSITING_MODE: "1",
  });
  const server = `http://127.0.0.1:${port}`;
  await listens(server);
  let windows = 0;
  return {
    complaint: /CONSOLE (?:\S+ )?(?:ERROR|WARN(?:ING)?) (.*)/,
    open: async (manner) => {
      const folders = await newFolders(home, ++windows);
      return openWindow(driver, server, capabilities(manner, folders), folders, CRASHED);
    },
    stop: async () => {
      await driver.stop();
      await screen.stop();
      await rm(home, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

function capabilities(manner: Manner, { data, downloads }: Folders): Capabilities {
  const { private: keepsNothing = false, language = "en-GB", asShipped = false } = manner;
  const args = ["--data", data, "--downloads", downloads, "--language", language];
  if (keepsNothing) args.push("--private");
  // WebKit's newest WebAssembly interpreter crashes in about 6 of 210 starts, the older one never did.
  if (!asShipped) args.push("--variable", "JSC_useWasmIPInt=0");
  const binary = join(import.meta.dirname, "window.py");
  return new Capabilities({ browserName: "window.py", "webkitgtk:browserOptions": { binary, args } });
}

/** Waits until the driver answers: it prints nothing when it is ready. */
async function listens(server: string): Promise<void> {
  for (const end = Date.now() + 20_000; Date.now() < end; await pause(50)) {
    const answer = await fetch(`${server}/status`).catch(() => null);
    if (answer?.ok) return;
  }
  throw new Error("WebKit's driver does not answer");
}
