/** Bytes into the engine, a little at a time: no file is ever in memory as a whole. */
import { nextTurn } from "../turns.js";

/** At most so many bytes at once. */
const PIECE = 1 << 20;

/** The bytes of a blob, in pieces; other messages are heard in between. */
export async function* chunksOf(blob: Blob): AsyncGenerator<Uint8Array> {
  const reader = blob.stream().getReader();
  try {
    for (let part = await reader.read(); !part.done; part = await reader.read()) {
      for (let at = 0; at < part.value.length; at += PIECE) {
        yield part.value.subarray(at, at + PIECE);
        // What the browser has read ahead comes without a pause.
        await nextTurn();
      }
    }
  } finally {
    // Whoever stops early does not want the rest.
    void reader.cancel().catch(() => undefined);
  }
}
