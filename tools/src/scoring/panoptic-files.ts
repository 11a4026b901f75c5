import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { OnebitError } from '@onebit/common';
import { type PanopticCategory, type PanopticMap, type PanopticSegment, rgb2id } from '@onebit/eval';
import { decode } from 'fast-png';
import { z } from 'zod';
import { listed } from './names.js';

const segment = z.object({
  id: z.int().nonnegative(),
  category_id: z.int(),
  area: z.number().optional(),
  iscrowd: z.union([z.literal(0), z.literal(1)]).optional(),
});
const annotation = z.object({
  image_id: z.union([z.int(), z.string()]),
  file_name: z.string(),
  segments_info: z.array(segment),
});
const category = z.object({ id: z.int(), name: z.string(), isthing: z.union([z.literal(0), z.literal(1)]) });
const file = z.object({ annotations: z.array(annotation), categories: z.array(category).optional() });

type Annotation = z.output<typeof annotation>;

/** One side of a panoptic evaluation: COCO's JSON file and the folder of PNG files of the same name beside it. */
export interface PanopticFile {
  readonly path: string;
  readonly annotations: ReadonlyMap<string, Annotation>;
  readonly categories: readonly PanopticCategory[] | undefined;
}

/** A truth with its results, image by image in the order of the truth. */
export interface PanopticPairs {
  readonly categories: readonly PanopticCategory[];
  readonly pairs: readonly { readonly id: string; readonly truth: PanopticSide; readonly prediction: PanopticSide }[];
}

interface PanopticSide {
  readonly png: string;
  readonly segments: readonly PanopticSegment[];
}

/** Reads the JSON of one side. @throws OnebitError ERR_DATA with the field that is wrong. */
export async function readPanopticFile(option: string, path: string): Promise<PanopticFile> {
  const fail = (what: string) => new OnebitError('ERR_DATA', `${option} ${path}: ${what}`);
  let data: unknown;
  try {
    data = JSON.parse(await readFile(path, 'utf8'));
  } catch (error) {
    throw fail(error instanceof Error ? error.message : String(error));
  }
  const parsed = file.safeParse(data);
  if (!parsed.success) {
    const [{ path: place, message }] = parsed.error.issues;
    throw fail(`expected COCO panoptic JSON: ${place.join('.')}: ${message}`);
  }
  const annotations = new Map(parsed.data.annotations.map((one) => [String(one.image_id), one]));
  if (annotations.size < parsed.data.annotations.length) throw fail('an image_id is there twice');
  return { path, annotations, categories: parsed.data.categories };
}

/** Pairs by image id. @throws OnebitError ERR_DATA for images without partner and a truth without categories. */
export function pairPanoptic(truth: PanopticFile, found: PanopticFile, option: string): PanopticPairs {
  const { categories } = truth;
  if (categories === undefined)
    throw new OnebitError('ERR_DATA', `--gt ${truth.path}: expected categories, found none`);
  const missing = [...truth.annotations.keys()].filter((id) => !found.annotations.has(id));
  const extra = [...found.annotations.keys()].filter((id) => !truth.annotations.has(id));
  const complaint =
    missing.length > 0 ? `lacks images ${listed(missing)}` : `names images that --gt lacks: ${listed(extra)}`;
  if (missing.length + extra.length > 0) throw new OnebitError('ERR_DATA', `${option} ${found.path}: ${complaint}`);
  const pairs = [...truth.annotations].flatMap(([id, one]) => {
    const other = found.annotations.get(id);
    return other ? [{ id, truth: sideOf(truth.path, one), prediction: sideOf(found.path, other) }] : [];
  });
  return { categories, pairs };
}

/** As COCO's tool looks for it: `panoptic_val.json` has its pictures in `panoptic_val/`. */
function sideOf(path: string, { file_name, segments_info }: Annotation): PanopticSide {
  return { png: join(path.replace(/\.json$/i, ''), file_name), segments: segments_info };
}

/** Reads the segments of one side. @throws OnebitError ERR_DATA for files that are no 8-bit RGB PNG. */
export async function readPanopticMap({
  png,
  segments,
}: PanopticSide): Promise<PanopticMap & { readonly width: number }> {
  const fail = (what: string) => new OnebitError('ERR_DATA', `${png}: expected an 8-bit RGB PNG, found ${what}`);
  const bytes = await readFile(png).catch(() => undefined);
  if (bytes === undefined) throw fail('no such file');
  let picture: ReturnType<typeof decode>;
  try {
    picture = decode(bytes);
  } catch (error) {
    throw fail(error instanceof Error ? error.message : String(error));
  }
  const { width, data, channels, depth, palette } = picture;
  if (depth !== 8 || palette !== undefined || channels < 3) throw fail(`${channels} channels of ${depth} bits`);
  return { width, ids: rgb2id(Uint8Array.from(data), channels === 4 ? 4 : 3), segments_info: segments };
}
