/** One file for storage and transfer: images, labels and extras together. */
import type { FileReport } from "../../protocol/engine.js";
import type { Trainer } from "../../protocol/wasm.js";
import type { KeptFile } from "../../store/store.js";
import { chunksOf } from "./chunks.js";

type Bytes = ReturnType<Trainer["export_file"]>;

/** The bytes of a file as blobs, which a browser may keep on disk. */
export function blobsOf({ images, labels, extras }: Bytes): Omit<KeptFile, "key"> {
  const blob = (bytes: Uint8Array): Blob => new Blob([bytes as BlobPart]);
  return { images: blob(images), labels: blob(labels), extras: blob(extras) };
}

/** Reads such a file back; files stored by earlier versions of the page have no extras. */
export async function readBack(trainer: Trainer, { name }: FileReport, file: Omit<KeptFile, "key">): Promise<FileReport> {
  trainer.open_kept(name, await bytesOf(file.labels), await bytesOf(file.extras));
  for await (const piece of chunksOf(file.images)) trainer.push(piece);
  return trainer.close_file();
}

async function bytesOf(blob: Blob | undefined): Promise<Uint8Array> {
  return blob === undefined ? new Uint8Array() : new Uint8Array(await blob.arrayBuffer());
}

/** A name for content: the same for the same images, labels and extras. */
export async function nameOf(bytes: Bytes): Promise<string> {
  // Only secure contexts can digest; elsewhere a file may be stored twice.
  if (crypto.subtle === undefined) return hex(crypto.getRandomValues(new Uint8Array(16)));
  const digest = (part: Uint8Array): Promise<ArrayBuffer> => crypto.subtle.digest("SHA-256", part as BufferSource);
  const digests = await Promise.all([bytes.images, bytes.labels, bytes.extras].map(digest));
  return digests.map((part) => hex(new Uint8Array(part))).join("");
}

/** Bytes as hexadecimal text. */
export function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
