/** What would help to get a graphics card to train on, in plain sentences without their last period. */
import type { Finding } from "./adapter.js";

/** Advice for what was found, for the browser's family. Versions and systems are not guessed. */
export function adviceFor(finding: Finding, userAgent: string): string {
  if (finding.fit) return "";
  const family = familyOf(userAgent);
  switch (finding.lack) {
    case "unfit": return "A current version of the browser and of the graphics driver may help";
    case "no-adapter": return ADAPTER[family];
    case "no-webgpu": return WEBGPU[family];
  }
}

type Family = "chrome" | "chrome-linux" | "chrome-android" | "firefox" | "firefox-linux" | "safari" | "other";

/** Browsers name their forebears, too: the order decides. */
function familyOf(userAgent: string): Family {
  const android = /Android/.test(userAgent);
  const linux = /Linux/.test(userAgent) && !android;
  if (/Firefox\//.test(userAgent)) return linux || android ? "firefox-linux" : "firefox";
  if (/Chrome\/|Chromium\//.test(userAgent)) return linux ? "chrome-linux" : android ? "chrome-android" : "chrome";
  return /Safari\//.test(userAgent) ? "safari" : "other";
}

const LINUX = "On Linux, install Vulkan drivers and switch on chrome://flags/#enable-unsafe-webgpu and #enable-vulkan";

/** How to get WebGPU. */
const WEBGPU: Record<Family, string> = {
  "chrome": "Chrome and Edge have it since version 113, where hardware acceleration is switched on in their settings",
  "chrome-linux": LINUX,
  "chrome-android": "Chrome has it since version 121 on Android 12 and later",
  "firefox": "Firefox has it since version 141 on Windows and 145 on a Mac with Apple silicon",
  "firefox-linux": "Firefox does not offer it on this system by default; Chrome may",
  "safari": "Safari has it since version 26",
  "other": "Chrome and Edge have it since version 113, Safari since version 26",
};

const DRIVERS = "A current graphics driver may help";

/** WebGPU is there: what it needs to find a card. */
const ADAPTER: Record<Family, string> = {
  "chrome": "Switch on hardware acceleration in the browser's settings; a current graphics driver may help",
  "chrome-linux": LINUX,
  "chrome-android": "The browser may not support the graphics chip of this device",
  "firefox": `${DRIVERS}. about:support says what Firefox makes of the card`,
  "firefox-linux": "Firefox needs Vulkan drivers for it. about:support says what it makes of the card",
  "safari": "A current version of the system may help",
  "other": DRIVERS,
};
