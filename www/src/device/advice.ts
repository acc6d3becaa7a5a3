/** Advice on how to get a graphics card for training, in plain sentences without their last period. */
import type { Finding } from "./adapter.js";

/** Advice for a finding and the browser's family. Versions and systems are not guessed. */
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

/** User agents contain the names of other browsers, too, so the order matters. */
function familyOf(userAgent: string): Family {
  const android = /Android/.test(userAgent);
  const linux = /Linux/.test(userAgent) && !android;
  if (/Firefox\//.test(userAgent)) return linux || android ? "firefox-linux" : "firefox";
  if (/Chrome\/|Chromium\//.test(userAgent)) return linux ? "chrome-linux" : android ? "chrome-android" : "chrome";
  return /Safari\//.test(userAgent) ? "safari" : "other";
}

const LINUX = "On Linux, install Vulkan drivers and switch on chrome://flags/#enable-unsafe-webgpu and #enable-vulkan";

/** How to enable WebGPU. */
const WEBGPU: Record<Family, string> = {
  "chrome": "Chrome and Edge support it from version 113 on, if hardware acceleration is on in their settings",
  "chrome-linux": LINUX,
  "chrome-android": "Chrome supports it from version 121 on, on Android 12 and later",
  "firefox": "Firefox supports it from version 141 on Windows and from 145 on a Mac with Apple silicon",
  "firefox-linux": "Firefox does not offer it on this system by default; Chrome may",
  "safari": "Safari supports it from version 26 on",
  "other": "Chrome and Edge support it from version 113 on, Safari from version 26 on",
};

const DRIVERS = "A current graphics driver may help";

/** How to make an available WebGPU find a card. */
const ADAPTER: Record<Family, string> = {
  "chrome": "Switch on hardware acceleration in the browser's settings; a current graphics driver may help",
  "chrome-linux": LINUX,
  "chrome-android": "The browser may not support the graphics chip of this device",
  "firefox": `${DRIVERS}. about:support shows what Firefox found out about the card`,
  "firefox-linux": "Firefox needs Vulkan drivers for it. about:support shows what it found out about the card",
  "safari": "A current version of the system may help",
  "other": DRIVERS,
};
