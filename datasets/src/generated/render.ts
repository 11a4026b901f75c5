import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { serializeAnnotation, writeMask } from 'pascal-voc-parser';
import sharp from 'sharp';
import type { PartArt } from './art.js';
import { composeScene, type Scene } from './compose.js';
import { CutOutCache } from './cut-outs.js';
import { type SceneObject, vocMasks } from './labels.js';
import type { Setup } from './options.js';
import { type Outline, traceOutline } from './outline.js';
import { composeShapes } from './shapes.js';
import type { GeneratedPart } from './styles.js';

/** Everything a thread needs to draw any scene of a set; plain data. */
export interface RenderSetup {
  readonly setup: Setup;
  /** Drawings of each part; empty for shapes. */
  readonly art: Readonly<Record<string, PartArt>>;
  /** Folder with JPEGImages, Annotations, SegmentationClass and SegmentationObject. */
  readonly folder: string;
}

export interface SceneJob {
  readonly part: string;
  readonly index: number;
}

/** What is kept of a scene once its own files are written: the rest of the set's files are made from these. */
export interface SceneRecord extends SceneJob {
  readonly id: string;
  readonly width: number;
  readonly height: number;
  readonly objects: readonly (SceneObject & { readonly outline: Outline })[];
}

function sceneId({ part, index }: SceneJob): string {
  return `${part}_${String(index).padStart(6, '0')}`;
}

/** Draws scenes and writes their files; one a thread, since it keeps the cut-outs. */
export class Renderer {
  readonly #cache = new CutOutCache();

  constructor(readonly options: RenderSetup) {}

  compose({ part, index }: SceneJob): Promise<Scene> | Scene {
    const { setup, art } = this.options;
    if (setup.kind === 'shapes') return composeShapes(setup, part, index);
    return composeScene(setup, part as GeneratedPart, art[part], index, this.#cache);
  }

  async render(job: SceneJob): Promise<SceneRecord> {
    const { setup, folder } = this.options;
    const scene = await this.compose(job);
    const { width, height, objects, objectMap } = scene;
    const id = sceneId(job);
    const { objectMask, classMask } = vocMasks(scene, width, height);
    const jpeg = sharp(scene.rgb, { raw: { width, height, channels: 3 } }).jpeg({ quality: scene.quality });
    await writeFile(join(folder, 'JPEGImages', `${id}.jpg`), await jpeg.toBuffer());
    await writeFile(join(folder, 'SegmentationClass', `${id}.png`), writeMask({ width, height, labels: classMask }));
    await writeFile(join(folder, 'SegmentationObject', `${id}.png`), writeMask({ width, height, labels: objectMask }));
    await writeFile(join(folder, 'Annotations', `${id}.xml`), annotation(id, scene, setup.classes));
    const outlined = objects.map((object, i) => ({
      ...object,
      outline: traceOutline(objectMap, width, height, i + 1, object.crowd),
    }));
    return { ...job, id, width, height, objects: outlined };
  }
}

/** VOC's XML: 1-based pixels, both ends inside the box. */
function annotation(id: string, { width, height, objects }: Scene, classes: readonly string[]): string {
  return serializeAnnotation({
    folder: 'generated',
    filename: `${id}.jpg`,
    source: { database: 'onebit generated set', annotation: 'onebit', image: 'drawn' },
    size: { width, height, depth: 3 },
    segmented: true,
    objects: objects.map(({ label, box, truncated, occluded, difficult }) => ({
      name: classes[label],
      pose: 'Unspecified',
      truncated,
      occluded,
      difficult,
      box: { xmin: box[0] + 1, ymin: box[1] + 1, xmax: box[2], ymax: box[3] },
      parts: [],
    })),
  });
}
