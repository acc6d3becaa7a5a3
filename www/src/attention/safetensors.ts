/** Reads tensors from the bytes of a safetensors file: 16- and 32-bit floats, which are all that Patchwork writes. */

/** A file whose tensors are read when they are asked for. */
export interface TensorFile {
  /** The values of a tensor, in the order of the file. Throws if the file has none of that name. */
  values(name: string): Float32Array;
  shape(name: string): readonly number[];
}

interface Entry {
  dtype: string;
  shape: number[];
  data_offsets: [start: number, end: number];
}

/** Bytes of the number at the beginning of a file: the length of the header. */
const LENGTH = 8;

/** Opens a file. The engine has read the same bytes before, and checked them. */
export function openTensors(bytes: Uint8Array): TensorFile {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const data = LENGTH + view.getUint32(0, true);
  const entries = JSON.parse(new TextDecoder().decode(bytes.subarray(LENGTH, data))) as Record<string, Entry>;
  const read = new Map<string, Float32Array>();
  const entry = (name: string): Entry => {
    const found = entries[name];
    if (!found) throw new Error(name);
    return found;
  };
  return {
    shape: (name) => entry(name).shape,
    values(name) {
      const values = read.get(name) ?? floats(view, entry(name), data);
      read.set(name, values);
      return values;
    },
  };
}

function floats(view: DataView, { dtype, data_offsets: [start, end] }: Entry, data: number): Float32Array {
  const size = dtype === "F16" ? 2 : 4;
  const values = new Float32Array((end - start) / size);
  for (let i = 0; i < values.length; i++) {
    const at = data + start + i * size;
    values[i] = size === 2 ? half(view.getUint16(at, true)) : view.getFloat32(at, true);
  }
  return values;
}

/** A 16-bit float (IEEE 754) as a number. */
export function half(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const [exponent, fraction] = [(bits >> 10) & 31, bits & 1023];
  if (exponent === 31) return fraction ? Number.NaN : sign * Infinity;
  return sign * (exponent ? 2 ** (exponent - 15) * (1 + fraction / 1024) : 2 ** -14 * (fraction / 1024));
}
