/** What was found in a picture, in words. */
import { t } from "../text/language.js";
import type { Writing } from "./grouping.js";

/** In the whole picture. */
export function inPicture({ digits, text }: Writing): string {
  if (text) return t("Much writing in this picture: move the frame around one digit");
  if (digits.length === 0) return t("There is no writing in this picture: move the frame around a digit");
  return digits.length === 1 ? inFrame({ digits, text }) : t("{count} digits in this picture: choose one", { count: digits.length });
}

/** In the frame. */
export function inFrame({ digits, text }: Writing): string {
  if (text) return t("Much writing in the frame: make it smaller");
  if (digits.length === 0) return t("No writing in the frame: move it to a digit");
  return digits.length === 1 ? t("Drag the frame or its corners") : t("{count} digits in the frame: make it smaller", { count: digits.length });
}
