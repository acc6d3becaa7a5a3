/** How an element actually looks: the pixels of a screenshot instead of its styles. */
import type { Locator } from "@playwright/test";

/** A colour with its share of the picture. */
export interface Shade {
  red: number;
  green: number;
  blue: number;
  share: number;
}

/** The colours of an element on the screen, the most frequent first; those with a share below `least` are left out. */
export async function shades(element: Locator, least = 0.01): Promise<Shade[]> {
  const picture = await element.screenshot({ animations: "disabled" });
  return element.page().evaluate(async ({ bytes, least }) => {
    const bitmap = await createImageBitmap(new Blob([Uint8Array.from(bytes)], { type: "image/png" }));
    const context = new OffscreenCanvas(bitmap.width, bitmap.height).getContext("2d");
    if (!context) throw new Error("no canvas");
    context.drawImage(bitmap, 0, 0);
    const { data } = context.getImageData(0, 0, bitmap.width, bitmap.height);
    const counts = new Map<number, number>();
    for (let i = 0; i < data.length; i += 4) {
      const key = ((data[i] ?? 0) << 16) | ((data[i + 1] ?? 0) << 8) | (data[i + 2] ?? 0);
      counts.set(key, (counts.get(key) ?? 0) + 1);
    }
    const all = data.length / 4;
    return [...counts]
      .map(([key, count]) => ({ red: key >> 16, green: (key >> 8) & 255, blue: key & 255, share: count / all }))
      .filter(({ share }) => share >= least)
      .sort((one, other) => other.share - one.share);
  }, { bytes: [...picture], least });
}

/** The contrast of two colours, 1 to 21, as defined by WCAG. */
export function contrast(one: Shade, other: Shade): number {
  const [light, dark] = [luminance(one), luminance(other)].sort((a, b) => b - a);
  return ((light ?? 0) + 0.05) / ((dark ?? 0) + 0.05);
}

function luminance({ red, green, blue }: Shade): number {
  const [r = 0, g = 0, b = 0] = [red, green, blue].map((byte) => {
    const share = byte / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

/** Whether a colour is not a grey. */
export function isColoured({ red, green, blue }: Shade): boolean {
  return Math.max(red, green, blue) - Math.min(red, green, blue) > 24;
}
