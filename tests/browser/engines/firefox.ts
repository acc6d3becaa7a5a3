/** Firefox, by geckodriver. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Capabilities } from "selenium-webdriver";
import { start } from "./child.js";
import { newFolders, openWindow, type Engine, type Folders, type Manner } from "./engine.js";
import { program } from "./programs.js";

/** Starts geckodriver. */
export async function firefox(): Promise<Engine> {
  const binary = program(["firefox-esr", "firefox"], "PATCHWORK_FIREFOX");
  const home = await mkdtemp(join(tmpdir(), "patchwork-firefox-"));
  const geckodriver = program(["geckodriver"], "PATCHWORK_GECKODRIVER");
  const driver = start(geckodriver, ["--port", "0", "--websocket-port", "0"], { HOME: home, TMPDIR: home });
  const [, address = ""] = await driver.says(/Listening on ([\d.:]+)/, 20_000);
  let windows = 0;
  return {
    // Firefox's own scripts report errors, too: with their name before the message, or from internal addresses.
    // Messages of a page are in quotes.
    complaint: /^(?:console\.(?:error|warn|assert): (?!\w+: )|JavaScript (?:error|warning): (?!resource:|chrome:))(.*)/,
    open: async (manner) => {
      const folders = await newFolders(home, ++windows);
      return openWindow(driver, `http://${address}`, capabilities(binary, manner, folders), folders);
    },
    stop: async () => {
      await driver.stop();
      await rm(home, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

function capabilities(binary: string, manner: Manner, { downloads }: Folders): Capabilities {
  const { private: keepsNothing = false, language = "en-GB", narrow = false, webgpu = false } = manner;
  const prefs = {
    "browser.download.folderList": 2,
    "browser.download.dir": downloads,
    "browser.privatebrowsing.autostart": keepsNothing,
    "devtools.console.stdout.chrome": false,
    "devtools.console.stdout.content": true,
    "intl.accept_languages": language,
    ...(webgpu && { "dom.webgpu.enabled": true, "gfx.webgpu.ignore-blocklist": true }),
  };
  const options = { binary, args: ["-headless"], prefs };
  // The second protocol only if needed: with it, workers occasionally do not start.
  return new Capabilities({ browserName: "firefox", "moz:firefoxOptions": options, ...(narrow && { webSocketUrl: true }) });
}
