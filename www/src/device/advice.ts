/** What would help to get a graphics card to train on, in plain sentences. */
import type { Finding } from "./adapter.js";

/** Advice for what was found, for the browser's family. Versions and systems are not guessed. */
export function adviceFor(finding: Finding, userAgent: string): string {
  if (!finding.fit && finding.lack === "unfit") {
    return "A current version of the browser and of the graphics driver may help.";
  }
  const linux = /Linux/.test(userAgent) && !/Android/.test(userAgent);
  const android = /Android/.test(userAgent);
  if (/Firefox\//.test(userAgent)) {
    return linux || android
      ? "Firefox does not offer WebGPU on this system by default: Chrome may."
      : "Firefox has it since version 141 on Windows and 145 on a Mac with Apple silicon.";
  }
  if (/Chrome\/|Chromium\//.test(userAgent)) return chromeAdvice(linux, android);
  if (/Safari\//.test(userAgent)) return "Safari has it since version 26.";
  return "Chrome and Edge have it since version 113, Safari since version 26.";
}

function chromeAdvice(linux: boolean, android: boolean): string {
  if (linux) {
    return "On Linux, install Vulkan drivers and switch on chrome://flags/#enable-unsafe-webgpu and #enable-vulkan.";
  }
  if (android) return "Chrome has it since version 121 on Android 12 and later.";
  return "Chrome and Edge have it since version 113, where hardware acceleration is switched on in their settings.";
}
