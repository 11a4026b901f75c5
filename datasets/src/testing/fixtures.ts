import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import sharp from 'sharp';
import { onTestFinished } from 'vitest';
import type { DetectionObject, DetectionSample } from '../types.js';

/** A folder that lasts as long as the test, with these files. */
export async function folderWith(files: Record<string, string | Uint8Array> = {}): Promise<string> {
  const root = await mkdtemp(join(tmpdir(), 'onebit-datasets-'));
  onTestFinished(() => rm(root, { recursive: true }));
  for (const [name, content] of Object.entries(files)) {
    await mkdir(dirname(join(root, name)), { recursive: true });
    await writeFile(join(root, name), content);
  }
  return root;
}

/** Pixels [height, width, 3] that differ everywhere, so that a mixed-up position shows. */
export function gradientPixels(width: number, height: number): Uint8Array {
  const pixels = new Uint8Array(width * height * 3);
  for (let y = 0, i = 0; y < height; y++) {
    for (let x = 0; x < width; x++, i += 3) {
      pixels[i] = (255 * x) / width;
      pixels[i + 1] = (255 * y) / height;
      pixels[i + 2] = (x * 7 + y * 13) % 256;
    }
  }
  return pixels;
}

/** An encoded picture of that size. */
export async function picture(width: number, height: number, format: 'jpeg' | 'png' = 'jpeg'): Promise<Buffer> {
  return sharp(gradientPixels(width, height), { raw: { width, height, channels: 3 } })
    .toFormat(format)
    .toBuffer();
}

/** VOC XML with objects given as [name, xmin, ymin, xmax, ymax]. */
export function vocXml(
  [width, height]: readonly [number, number],
  objects: readonly (readonly [string, number, number, number, number])[],
): string {
  const parts = objects.map(
    ([name, xmin, ymin, xmax, ymax]) =>
      `<object><name>${name}</name><bndbox><xmin>${xmin}</xmin><ymin>${ymin}</ymin><xmax>${xmax}</xmax><ymax>${ymax}</ymax></bndbox></object>`,
  );
  return `<annotation><size><width>${width}</width><height>${height}</height></size>${parts.join('\n')}</annotation>`;
}

/** Samples with pictures on disk: 2 objects each, of labels 0 and 1. */
export async function sampleFiles(count: number): Promise<DetectionSample[]> {
  const root = await folderWith();
  const objects: DetectionObject[] = [
    { box: [4, 6, 30, 28], label: 0, difficult: false, crowd: false },
    { box: [20.5, 10, 44, 40.25], label: 1, difficult: false, crowd: false },
  ];
  return Promise.all(
    Array.from({ length: count }, async (_, i) => {
      const [width, height] = [48 + i, 44];
      const imagePath = join(root, `${i}.png`);
      await writeFile(imagePath, await picture(width, height, 'png'));
      return { id: String(i), imagePath, width, height, objects };
    }),
  );
}
