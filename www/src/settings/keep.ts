/** Keeps the choice for the next visit. Where the browser refuses, it lasts as long as the page. */

const CHOICE = "patchwork.settings";
const DEVICE = "patchwork.device";

/** Where to train. */
export type DeviceChoice = "auto" | "cpu" | "gpu";

/** What was kept. */
export function kept(): { choice: string | null; device: DeviceChoice } {
  const device = get(DEVICE);
  return { choice: get(CHOICE), device: device === "cpu" || device === "gpu" ? device : "auto" };
}

/** Keeps a choice (as text). */
export function keepChoice(text: string): void {
  set(CHOICE, text);
}

/** Keeps the device. */
export function keepDevice(device: DeviceChoice): void {
  set(DEVICE, device);
}

function get(name: string): string | null {
  try {
    return localStorage.getItem(name);
  } catch {
    return null;
  }
}

function set(name: string, value: string): void {
  try {
    localStorage.setItem(name, value);
  } catch {
    // Refused or full: nothing that a person made is lost by it.
  }
}
