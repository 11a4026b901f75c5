import { OnebitError } from './errors.js';

const arrays = {
  F64: Float64Array,
  I64: BigInt64Array,
  F32: Float32Array,
  I32: Int32Array,
  U32: Uint32Array,
  I16: Int16Array,
  U16: Uint16Array,
  I8: Int8Array,
  U8: Uint8Array,
  BOOL: Uint8Array,
} as const;

export type DType = keyof typeof arrays;
export interface TensorData<D extends DType = DType> {
  readonly dtype: D;
  readonly shape: readonly number[];
  readonly data: InstanceType<(typeof arrays)[D]>;
}
export interface TensorFile {
  readonly tensors: Map<string, TensorData>;
  readonly metadata: Record<string, string>;
}

/**
 * Reads a safetensors file: 8-byte little-endian header length, JSON header, raw little-endian data. Everything is checked: header size,
 * JSON, dtypes, offsets against shapes, and that the data ends with the file. Arrays are copies, so the buffer may be reused.
 * @throws OnebitError ERR_FORMAT naming `where`.
 */
export function decodeSafetensors(bytes: Uint8Array, where: string): TensorFile {
  const fail = (what: string, cause?: unknown) => new OnebitError('ERR_FORMAT', `${where}: ${what}`, { cause });
  if (bytes.byteLength < 8) throw fail(`not a safetensors file: ${bytes.byteLength} bytes, a header length needs 8`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const headerLength = Number(view.getBigUint64(0, true));
  if (headerLength > bytes.byteLength - 8) {
    throw fail(
      `truncated or not safetensors: the header claims ${headerLength} bytes, the file holds ${bytes.byteLength - 8}`,
    );
  }
  let header: Record<string, unknown>;
  try {
    header = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes.subarray(8, 8 + headerLength)));
  } catch (error) {
    throw fail('the header is not JSON', error);
  }
  const data = bytes.subarray(8 + headerLength);
  const tensors = new Map<string, TensorData>();
  let metadata: Record<string, string> = {};
  for (const [name, entry] of Object.entries(header)) {
    if (name === '__metadata__') metadata = entry as Record<string, string>;
    else tensors.set(name, readEntry(name, entry, data, fail));
  }
  return { tensors, metadata };
}

function readEntry(name: string, entry: unknown, data: Uint8Array, fail: (what: string) => OnebitError): TensorData {
  const { dtype, shape, data_offsets: offsets } = (entry ?? {}) as Record<string, unknown>;
  const integers = (value: unknown): value is number[] =>
    Array.isArray(value) && value.every((n) => Number.isSafeInteger(n) && n >= 0);
  const known = Object.keys(arrays);
  if (!known.includes(dtype as string))
    throw fail(`tensor ${name}: dtype must be one of ${known.join(', ')}, got ${dtype}`);
  if (!integers(shape)) throw fail(`tensor ${name}: shape must be a list of sizes, got ${JSON.stringify(shape)}`);
  if (!integers(offsets) || offsets.length !== 2) throw fail(`tensor ${name}: data_offsets must be [begin, end]`);
  const [begin, end] = offsets;
  const ArrayType = arrays[dtype as DType];
  const size = shape.reduce((product, n) => product * n, 1) * ArrayType.BYTES_PER_ELEMENT;
  if (end - begin !== size)
    throw fail(`tensor ${name}: ${dtype} [${shape}] needs ${size} bytes, offsets give ${end - begin}`);
  if (end > data.byteLength)
    throw fail(`truncated: tensor ${name} ends at byte ${end}, the data has ${data.byteLength}`);
  const copy = new Uint8Array(end - begin); // not slice(): a Buffer's slice is a view of the same memory
  copy.set(data.subarray(begin, end));
  return { dtype: dtype as DType, shape, data: new ArrayType(copy.buffer) } as TensorData;
}

/** Writes tensors in the safetensors format, widest type first so that every array is aligned; metadata values are strings. */
export function encodeSafetensors(
  tensors: Iterable<readonly [string, TensorData]>,
  metadata: Record<string, string> = {},
): Uint8Array {
  const entries = [...tensors].sort(
    (a, b) => arrays[b[1].dtype].BYTES_PER_ELEMENT - arrays[a[1].dtype].BYTES_PER_ELEMENT, // stable: order within a width is kept
  );
  const header: Record<string, unknown> = Object.keys(metadata).length > 0 ? { __metadata__: metadata } : {};
  let offset = 0;
  for (const [name, { dtype, shape, data }] of entries) {
    header[name] = { dtype, shape, data_offsets: [offset, offset + data.byteLength] };
    offset += data.byteLength;
  }
  let json = JSON.stringify(header);
  json += ' '.repeat((8 - (new TextEncoder().encode(json).length % 8)) % 8);
  const headerBytes = new TextEncoder().encode(json);
  const out = new Uint8Array(8 + headerBytes.length + offset);
  new DataView(out.buffer).setBigUint64(0, BigInt(headerBytes.length), true);
  out.set(headerBytes, 8);
  let at = 8 + headerBytes.length;
  for (const [, { data }] of entries) {
    out.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), at);
    at += data.byteLength;
  }
  return out;
}
