/** Text that applies to some models only. */
import type { Prediction } from "../protocol/engine.js";
import { hasClassToken } from "../see/maps.js";

/** Shows the text for models with or without a class token or convolutions. */
export function chooseWords(section: HTMLElement, prediction: Prediction): void {
  const choices = { pool: hasClassToken(prediction) ? "class-token" : "mean", stem: prediction.stem > 0 ? "some" : "none" };
  for (const [name, choice] of Object.entries(choices)) {
    for (const element of section.querySelectorAll<HTMLElement>(`[data-${name}]`)) {
      element.hidden = element.dataset[name] !== choice;
    }
  }
}
