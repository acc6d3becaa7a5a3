/** Stores the choice for the next visit. If the browser refuses, it lasts until the page is closed. */

const CHOICE = "patchwork.settings";
const DEVICE = "patchwork.device";

/** Where to train. */
export type DeviceChoice = "auto" | "cpu" | "gpu";

/** Reads the stored choice. */
export function kept(): { choice: string | null; device: DeviceChoice } {
  const device = get(DEVICE);
  return { choice: get(CHOICE), device: device === "cpu" || device === "gpu" ? device : "auto" };
}

/** Stores a choice (as text). */
export function keepChoice(text: string): void {
  set(CHOICE, text);
}

/** Stores the device. */
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
    // Refused or full: nothing that the user made is lost.
  }
}
