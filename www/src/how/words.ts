/** Words that hold for some models only. */
import type { Prediction } from "../protocol/engine.js";
import { hasClassToken } from "../see/maps.js";

/** Some words hold only with a class token, or with convolutions, others only without. */
export function chooseWords(section: HTMLElement, prediction: Prediction): void {
  const choices = { pool: hasClassToken(prediction) ? "class-token" : "mean", stem: prediction.stem > 0 ? "some" : "none" };
  for (const [name, choice] of Object.entries(choices)) {
    for (const element of section.querySelectorAll<HTMLElement>(`[data-${name}]`)) {
      element.hidden = element.dataset[name] !== choice;
    }
  }
}
