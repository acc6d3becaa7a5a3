/** Passes bytes to the engine in pieces, so that no file is in memory as a whole. */
import { nextTurn } from "../turns.js";

/** The most bytes at once. */
const PIECE = 1 << 20;

/** The bytes of a blob, in pieces; other messages are handled in between. */
export async function* chunksOf(blob: Blob): AsyncGenerator<Uint8Array> {
  const reader = blob.stream().getReader();
  try {
    for (let part = await reader.read(); !part.done; part = await reader.read()) {
      for (let at = 0; at < part.value.length; at += PIECE) {
        yield part.value.subarray(at, at + PIECE);
        // Data that the browser has read ahead arrives without a pause.
        await nextTurn();
      }
    }
  } finally {
    // A consumer that stops early does not need the rest.
    void reader.cancel().catch(() => undefined);
  }
}
