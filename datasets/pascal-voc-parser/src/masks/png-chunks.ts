import { VocError } from '../errors.js';

/** One piece of a PNG file (PNG specification, section 5.3). */
export interface PngChunk {
  readonly type: string;
  readonly data: Uint8Array;
}

const signature = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a);

/** CRC-32 of every byte; the polynomial is the specification's (annex D), bits reversed. */
const crcTable = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte;
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? 0xedb88320 ^ (crc >>> 1) : crc >>> 1;
  return crc;
});

function crc32(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (let i = 0; i < bytes.length; i++) crc = crcTable[(crc ^ bytes[i]) & 255] ^ (crc >>> 8);
  return ~crc >>> 0;
}

/**
 * The chunks of a PNG up to and with IEND; what follows is not looked at.
 * @throws VocError for another kind of file, a chunk that ends early and a checksum that does not fit.
 */
export function* readPngChunks(bytes: Uint8Array, name: string): Generator<PngChunk> {
  if (bytes.length < signature.length || signature.some((byte, i) => bytes[i] !== byte)) {
    const start = Array.from(bytes.subarray(0, 4), (byte) => byte.toString(16).padStart(2, '0')).join(' ');
    const found = start === '' ? 'an empty file' : `a file that starts with ${start}`;
    throw new VocError(name, undefined, undefined, `must be a PNG file, found ${found}`);
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = signature.length; ; ) {
    // Length, type and checksum take 12 bytes.
    if (at + 12 > bytes.length) throw cutOff(name, 'IEND', bytes.length);
    const length = view.getUint32(at);
    const type = String.fromCharCode(...bytes.subarray(at + 4, at + 8));
    const end = at + 8 + length;
    if (end + 4 > bytes.length) throw cutOff(name, type, bytes.length);
    if (crc32(bytes.subarray(at + 4, end)) !== view.getUint32(end)) {
      throw new VocError(
        name,
        undefined,
        type,
        'must fit its checksum, found another one: the file is damaged. Copy it again.',
      );
    }
    yield { type, data: bytes.subarray(at + 8, end) };
    if (type === 'IEND') return;
    at = end + 4;
  }
}

function cutOff(name: string, type: string, length: number): VocError {
  return new VocError(
    name,
    undefined,
    JSON.stringify(type).slice(1, -1), // the type of a damaged chunk may be any four bytes
    `must be whole, found the end of the file after ${length} bytes. Copy it again.`,
  );
}

/** A PNG file of these chunks. */
export function writePngChunks(chunks: readonly PngChunk[]): Uint8Array {
  const length = chunks.reduce((sum, { data }) => sum + data.length + 12, signature.length);
  const bytes = new Uint8Array(length);
  const view = new DataView(bytes.buffer);
  bytes.set(signature);
  let at = signature.length;
  for (const { type, data } of chunks) {
    view.setUint32(at, data.length);
    for (let i = 0; i < 4; i++) bytes[at + 4 + i] = type.charCodeAt(i);
    bytes.set(data, at + 8);
    const end = at + 8 + data.length;
    view.setUint32(end, crc32(bytes.subarray(at + 4, end)));
    at = end + 4;
  }
  return bytes;
}
