import { once } from 'node:events';
import { createWriteStream, type WriteStream } from 'node:fs';
import { join } from 'node:path';
import { finished } from 'node:stream/promises';
import { hashSeed, Random } from '@onebit/common';
import { mask } from 'cocoapi-js';
import { categoryIds, type GeneratedImage, generatedImages, type SetSize } from './generated-set.js';

/** What is evaluated. */
export type ShapeType = 'bbox' | 'segm';

/** A generated set as the files that every contestant reads. */
export interface CocoFiles extends SetSize {
  readonly type: ShapeType;
  readonly truths: string;
  readonly results: string;
  readonly objects: number;
}

/** COCO's crowds have ids of twelve digits. */
const crowdIds = 900_100_000_000;
/** A mask covers about so much of its box; the areas of COCO's objects are pixels of masks. */
const maskShare = 0.6;

/** Writes a generated set into a folder: ground truth and results, with masks in place of boxes for `segm`. */
export async function writeCocoFiles(folder: string, size: SetSize, type: ShapeType): Promise<CocoFiles> {
  const name = `${type}-${size.images}-${size.detections}`;
  const [truths, results] = ['truths', 'results'].map((part) => join(folder, `${name}-${part}.json`));
  const [truth, result] = [truths, results].map((path) => createWriteStream(path));
  const images: object[] = [];
  const categories = categoryIds.map((id) => ({ id, name: `category ${id}`, supercategory: 'things' }));
  const annotationList = new ListWriter(truth, '{"annotations":[');
  const resultList = new ListWriter(result, '[');
  for (const image of generatedImages(size)) {
    const { id, width, height } = image;
    images.push({ id, width, height, file_name: `${String(id).padStart(12, '0')}.jpg` });
    const draw = type === 'segm' ? new Outlines(image) : undefined;
    await annotationList.push(annotationsOf(image, annotationList.length, draw));
    await resultList.push(resultsOf(image, draw));
  }
  truth.end(`],"images":${JSON.stringify(images)},"categories":${JSON.stringify(categories)}}`);
  result.end(']');
  await Promise.all([finished(truth), finished(result)]);
  return { ...size, type, truths, results, objects: annotationList.length };
}

function annotationsOf({ id: image_id, objects }: GeneratedImage, before: number, draw: Outlines | undefined) {
  return objects.map(({ category: category_id, box, crowd }, i) => {
    const id = before + i + 1 + (crowd ? crowdIds : 0);
    const area = Math.round(100 * maskShare * box[2] * box[3]) / 100;
    const base = { id, image_id, category_id, iscrowd: crowd ? 1 : 0, bbox: box, area };
    return draw === undefined ? base : { ...base, ...draw.object(box, crowd) };
  });
}

function resultsOf({ id: image_id, detections }: GeneratedImage, draw: Outlines | undefined) {
  return detections.map(({ category: category_id, box, score }) => {
    const shape = draw === undefined ? { bbox: box } : { segmentation: draw.rle(box) };
    return { image_id, category_id, score, ...shape };
  });
}

type Box = readonly [x: number, y: number, width: number, height: number];

/** Draws the masks of an image: uneven ovals that fill their boxes. */
class Outlines {
  readonly #random: Random;
  readonly #size: readonly [height: number, width: number];

  constructor({ id, height, width }: GeneratedImage) {
    this.#random = new Random(hashSeed('bench eval outlines', id));
    this.#size = [height, width];
  }

  /** An object as COCO's files have it: a polygon, or the list of the runs of a crowd. */
  object(box: Box, crowd: boolean) {
    const polygon = this.#polygon(box);
    const rle = this.#encode(polygon);
    const runs = { size: this.#size, counts: [...mask.countsOf(rle.counts)] };
    return { segmentation: crowd ? runs : [polygon], area: mask.area(rle) };
  }

  /** A detection as results files have it. */
  rle(box: Box) {
    return this.#encode(this.#polygon(box));
  }

  #encode(polygon: readonly number[]) {
    const [height, width] = this.#size;
    return mask.frPyObjects([polygon], height, width)[0];
  }

  #polygon([x, y, w, h]: Box): number[] {
    const corners = 12 + this.#random.int(20);
    return Array.from({ length: corners }, (_, i) => {
      const angle = (2 * Math.PI * i) / corners;
      const radius = this.#random.uniform(0.4, 0.5);
      return [x + w * (0.5 + radius * Math.cos(angle)), y + h * (0.5 + radius * Math.sin(angle))];
    })
      .flat()
      .map((value) => Math.round(100 * value) / 100);
  }
}

/** Writes a JSON list piece by piece: no file has to fit in one string. */
class ListWriter {
  length = 0;

  constructor(
    readonly stream: WriteStream,
    begin: string,
  ) {
    stream.write(begin);
  }

  async push(entries: readonly object[]): Promise<void> {
    if (entries.length === 0) return;
    const text = entries.map((entry) => JSON.stringify(entry)).join(',\n');
    const flowing = this.stream.write(this.length === 0 ? text : `,\n${text}`);
    this.length += entries.length;
    if (!flowing) await once(this.stream, 'drain');
  }
}
