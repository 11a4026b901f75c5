import { deflateSync, inflateSync } from 'node:zlib';
import type { Random } from '@onebit/common';
import { mutateBytes } from './mutate.js';

const signatureBytes = 8;

/**
 * A PNG file with the inside of one chunk mutated (pixels after decompression) and everything around it right, so that a decoder gets past checksums to
 * what they protect.
 */
export function mutatePng(png: Uint8Array, random: Random): Uint8Array {
  const chunks = chunksOf(png);
  const chosen = random.pick(chunks);
  const mutated = chosen.type === 'IDAT' ? mutatePixels(chosen.data, random) : mutateBytes(chosen.data, random);
  const written = chunks.flatMap((chunk) => {
    if (chunk !== chosen) return [encode(chunk.type, chunk.data)];
    return random.chance(0.1) ? [] : [encode(chunk.type, mutated)];
  });
  return Uint8Array.from(Buffer.concat([png.subarray(0, signatureBytes), ...written]));
}

function mutatePixels(data: Uint8Array, random: Random): Uint8Array {
  // Now and then a compressed bomb: 64 MiB of zeros in 64 KiB.
  if (random.chance(0.01)) return bomb;
  return deflateSync(mutateBytes(inflateSync(data), random));
}

const bomb = deflateSync(Buffer.alloc(2 ** 26));

function* chunksIn(png: Uint8Array): Generator<{ type: string; data: Uint8Array }> {
  const view = Buffer.from(png.buffer, png.byteOffset, png.byteLength);
  for (let at = signatureBytes; at < png.length; at += 12 + view.readUInt32BE(at)) {
    const end = at + 8 + view.readUInt32BE(at);
    yield { type: view.toString('latin1', at + 4, at + 8), data: png.subarray(at + 8, end) };
  }
}

function chunksOf(png: Uint8Array) {
  return [...chunksIn(png)];
}

function encode(type: string, data: Uint8Array): Buffer {
  const chunk = Buffer.alloc(12 + data.length);
  chunk.writeUInt32BE(data.length, 0);
  chunk.write(type, 4, 'latin1');
  chunk.set(data, 8);
  chunk.writeUInt32BE(crc32(chunk.subarray(4, 8 + data.length)), 8 + data.length);
  return chunk;
}

/** The checksum of PNG chunks (ISO 3309, polynomial 0xedb88320); Node 20 has none. */
function crc32(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) crc = crcTable[(crc ^ byte) & 255] ^ (crc >>> 8);
  return ~crc >>> 0;
}

const crcTable = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte;
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  return crc;
});
