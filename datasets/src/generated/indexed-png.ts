import { deflateSync } from 'node:zlib';

const crcTable = Uint32Array.from({ length: 256 }, (_, n) => {
  let c = n;
  for (let k = 0; k < 8; k++) c = c & 1 ? 0xedb88320 ^ (c >>> 1) : c >>> 1;
  return c;
});

/** VOC's colour of an index: bit k of each channel's three lowest bits, taken in turn, fills the channels from the top down. */
export function vocColour(index: number): readonly [number, number, number] {
  let rest = index;
  const rgb: [number, number, number] = [0, 0, 0];
  for (let k = 7; rest > 0; k--, rest >>= 3) for (let c = 0; c < 3; c++) rgb[c] |= ((rest >> c) & 1) << k;
  return rgb;
}

const palette = Uint8Array.from(Array.from({ length: 256 }, (_, i) => vocColour(i)).flat());

/** Encodes [height, width] indices as an 8-bit palette PNG with VOC's colours (PNG specification, colour type 3). */
export function encodeIndexedPng(indices: Uint8Array, width: number, height: number): Buffer {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 3, 0, 0, 0], 8); // depth, palette, deflate, adaptive filters, not interlaced
  const rows = Buffer.alloc((width + 1) * height);
  for (let y = 0; y < height; y++) rows.set(indices.subarray(y * width, (y + 1) * width), y * (width + 1) + 1); // filter 0
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  return Buffer.concat([
    signature,
    chunk('IHDR', header),
    chunk('PLTE', palette),
    chunk('IDAT', deflateSync(rows)),
    chunk('IEND', new Uint8Array(0)),
  ]);
}

function chunk(type: string, data: Uint8Array): Buffer {
  const out = Buffer.alloc(data.length + 12);
  out.writeUInt32BE(data.length, 0);
  out.write(type, 4, 'latin1');
  out.set(data, 8);
  let crc = 0xffffffff;
  for (let i = 4; i < data.length + 8; i++) crc = crcTable[(crc ^ out[i]) & 255] ^ (crc >>> 8);
  out.writeUInt32BE((crc ^ 0xffffffff) >>> 0, data.length + 8);
  return out;
}
