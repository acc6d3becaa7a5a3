/** What was found in a picture, in words. */
import type { Writing } from "./grouping.js";

/** In the whole picture. */
export function inPicture({ digits, text }: Writing): string {
  if (text) return "Much writing in this picture: move the frame around one digit";
  if (digits.length === 0) return "There is no writing in this picture: move the frame around a digit";
  return digits.length === 1 ? inFrame({ digits, text }) : `${digits.length} digits in this picture: choose one`;
}

/** In the frame. */
export function inFrame({ digits, text }: Writing): string {
  if (text) return "Much writing in the frame: make it smaller";
  if (digits.length === 0) return "No writing in the frame: move it to a digit";
  return digits.length === 1 ? "Drag the frame or its corners" : `${digits.length} digits in the frame: make it smaller`;
}
