import fc from 'fast-check';
import { decode } from 'fast-png';
import sharp from 'sharp';
import { expect, test } from 'vitest';
import { encodeIndexedPng, vocColour } from './indexed-png.js';

test('VOC colours are those of the devkit', () => {
  expect(vocColour(0)).toEqual([0, 0, 0]);
  expect(vocColour(1)).toEqual([128, 0, 0]);
  expect(vocColour(15)).toEqual([192, 128, 128]);
  expect(vocColour(255)).toEqual([224, 224, 192]);
});

test('indices come back from the file, whatever the size', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 40 }),
      fc.integer({ min: 1, max: 20 }),
      fc.integer(),
      (width, height, seed) => {
        const data = Uint8Array.from({ length: width * height }, (_, i) => (seed + i * 37) & 255);
        const png = decode(encodeIndexedPng(data, width, height), { checkCrc: true });
        expect([png.width, png.height, png.channels, png.depth]).toEqual([width, height, 1, 8]);
        expect(Buffer.compare(Buffer.from(png.data as Uint8Array), Buffer.from(data))).toBe(0);
      },
    ),
  );
});

test('other programs see VOC colours', async () => {
  const { data } = await sharp(encodeIndexedPng(Uint8Array.of(15, 255), 2, 1))
    .removeAlpha()
    .raw()
    .toBuffer({ resolveWithObject: true });
  expect([...data]).toEqual([192, 128, 128, 224, 224, 192]);
});
