/** The header of a safetensors file. */

/** The number of parameters in the file. */
export function parametersIn(file: Uint8Array): number {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const length = Number(view.getBigUint64(0, true));
  const text = new TextDecoder().decode(file.subarray(8, 8 + length));
  const head = JSON.parse(text) as Record<string, { shape?: number[] }>;
  return Object.entries(head)
    .filter(([name]) => name !== "__metadata__")
    .reduce((sum, [, { shape = [] }]) => sum + shape.reduce((product, size) => product * size, 1), 0);
}
