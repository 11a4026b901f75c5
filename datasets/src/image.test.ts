import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { OnebitError } from '@onebit/common';
import sharp from 'sharp';
import { describe, expect, test } from 'vitest';
import { decodeImage, readImageSize } from './image.js';
import { folderWith, gradientPixels, picture } from './testing/fixtures.js';

async function save(bytes: Uint8Array, name = 'a.jpg'): Promise<string> {
  return join(await folderWith({ [name]: bytes }), name);
}

describe('decodeImage', () => {
  test('gives the bytes of a lossless picture', async () => {
    const image = await decodeImage(await save(await picture(17, 9, 'png')));
    expect([image.width, image.height]).toEqual([17, 9]);
    expect([...image.data]).toEqual([...gradientPixels(17, 9)]);
  });

  test('gives three equal channels for grey JPEG and grey PNG', async () => {
    for (const format of ['jpeg', 'png'] as const) {
      const grey = await sharp(await picture(16, 8))
        .toColourspace('b-w')
        .toFormat(format)
        .toBuffer();
      expect((await sharp(grey).metadata()).channels).toBe(1);
      const { data } = await decodeImage(await save(grey));
      expect(data.length).toBe(16 * 8 * 3);
      for (let i = 0; i < data.length; i += 3) expect([data[i + 1], data[i + 2]]).toEqual([data[i], data[i]]);
    }
  });

  test('drops alpha and reads palette and 16-bit PNG', async () => {
    const alpha = await sharp(await picture(6, 5, 'png'))
      .ensureAlpha(0.5)
      .png()
      .toBuffer();
    expect([...(await decodeImage(await save(alpha))).data]).toEqual([...gradientPixels(6, 5)]);
    const palette = await sharp(await picture(6, 5, 'png'))
      .png({ palette: true })
      .toBuffer();
    expect((await decodeImage(await save(palette))).data.length).toBe(90);
    const deep = await sharp(await picture(6, 5, 'png'))
      .toColourspace('rgb16')
      .png()
      .toBuffer();
    expect([...(await decodeImage(await save(deep))).data]).toEqual([...gradientPixels(6, 5)]);
  });

  test('does not turn a picture by its EXIF orientation, nor does readImageSize', async () => {
    const turned = await sharp(await picture(20, 10))
      .withMetadata({ orientation: 6 })
      .jpeg()
      .toBuffer();
    const path = await save(turned);
    const image = await decodeImage(path);
    expect([image.width, image.height]).toEqual([20, 10]);
    expect(await readImageSize(path)).toEqual({ width: 20, height: 10 });
  });

  test.each(['jpeg', 'png'] as const)('names the file and the fix when a %s is cut short', async (format) => {
    const bytes = await picture(64, 64, format);
    const path = await save(bytes.subarray(0, bytes.length - Math.floor(bytes.length / 3)));
    const error = await decodeImage(path).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(OnebitError);
    expect((error as OnebitError).code).toBe('ERR_DATA');
    expect((error as OnebitError).message).toMatch(/a\.jpg: must be a whole .* does not decode .*Fetch the file again/);
    expect((error as OnebitError).message).not.toContain('\n');
  });

  test('names the file when it is missing, empty or something else', async () => {
    const root = await folderWith();
    await expect(decodeImage(join(root, 'none.jpg'))).rejects.toThrow(/none\.jpg: the picture must be there/);
    await writeFile(join(root, 'text.jpg'), 'not a picture');
    await expect(decodeImage(join(root, 'text.jpg'))).rejects.toThrow(/text\.jpg: must be a whole/);
    await writeFile(join(root, 'empty.jpg'), '');
    await expect(decodeImage(join(root, 'empty.jpg'))).rejects.toThrow(/empty\.jpg: must be a whole/);
    await expect(readImageSize(join(root, 'text.jpg'))).rejects.toThrow(/text\.jpg: must be a whole/);
  });
});
