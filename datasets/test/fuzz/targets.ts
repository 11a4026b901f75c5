import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Random } from '@onebit/common';
import { COCO, CocoError, type CocoResult, type CocoRle, mask } from 'cocoapi-js';
import {
  parseAnnotation,
  parseImageList,
  parseResults,
  readMask,
  serializeAnnotation,
  VocError,
  writeMask,
} from 'pascal-voc-parser';
import { mutateBytes, mutateJson, mutateNumbers } from './mutate.js';
import { mutatePng } from './png.js';

/** A parser, and how to make inputs that it should not like. */
export interface FuzzTarget {
  readonly name: string;
  /** The only error that may come out. */
  readonly error: abstract new (
    ...args: never[]
  ) => Error;
  mutate(random: Random): Uint8Array;
  parse(input: Uint8Array, random: Random): unknown;
}

const utf8 = (text: string) => new TextEncoder().encode(text);
const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);

const annotation = `<?xml version="1.0" encoding="UTF-8"?>
<annotation>
  <folder>VOC2012</folder><filename>2008_000008.jpg</filename>
  <source><database>The VOC2008 Database</database><annotation>PASCAL VOC2008</annotation><image>flickr</image></source>
  <size><width>500</width><height>442</height><depth>3</depth></size>
  <segmented>1</segmented>
  <object>
    <name>horse</name><pose>Left</pose><truncated>0</truncated><occluded>1</occluded>
    <bndbox><xmin>53</xmin><ymin>87</ymin><xmax>471</xmax><ymax>420.5</ymax></bndbox><difficult>0</difficult>
  </object>
  <object>
    <name>p&#233;rson</name><pose>Unspecified</pose><truncated>1</truncated><difficult>1</difficult>
    <bndbox><ymin>44</ymin><xmin>158</xmin><ymax>167</ymax><xmax>289</xmax></bndbox>
    <part><name>head</name><bndbox><xmin>160</xmin><ymin>50</ymin><xmax>200</xmax><ymax>90</ymax></bndbox></part>
  </object>
</annotation>`;

const xmlPieces = [
  '<!DOCTYPE a [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;&b;&b;">]>',
  '<!DOCTYPE a SYSTEM "file:///etc/passwd">',
  '&b;',
  '&#x110000;',
  '&#0;',
  '<![CDATA[',
  ']]>',
  '<!--',
  '<?xml version="1.0" encoding="UTF-16"?>',
  '<object>',
  '</object>',
  '<bndbox><xmin>1</xmin></bndbox>',
  '<__proto__><polluted>1</polluted></__proto__>',
  '<xmin a="1" a="2">',
  '<part>'.repeat(20_000),
  '<a>'.repeat(3000) + '</a>'.repeat(3000),
];

const list = '2008_000008 1\n2008_000015 -1\r\n2008_000019  0\n\n2009.5.x 1\n';

const detections = '2008_000008 0.75 1 2.5 30 40\n2008_000015 1e-3 10 20 30 41.125\r\n\n 2009.5.x -0.5 1 1 1 1 \n';

const maskFile = writeMask({ width: 23, height: 9, labels: Uint8Array.from({ length: 207 }, (_, i) => (i * i) % 22) });

/** A compressed mask with what may go with it. */
const rleCase: CocoRle & { counts: string } = {
  size: [9, 7],
  counts: mask.encode({ height: 9, width: 7, data: Uint8Array.from({ length: 63 }, (_, i) => Number(i % 5 < 2)) })
    .counts,
};
const shapes = [
  { size: [9, 7], counts: [3, 5, 0, 20, 35] },
  [
    [1.5, 1, 30, 2.25, 17, 19.5],
    [3, 3, 8, 3, 8, 8],
  ],
  [[10, 10, 20, 15]],
];

const instances = {
  info: { year: 2017, 'a\u2028b': '\\"' },
  images: [
    { id: 42, width: 30, height: 20, file_name: '000000000042.jpg' },
    { id: 73, width: 7, height: 9, file_name: 'ü.jpg' },
  ],
  annotations: [
    {
      id: 1,
      image_id: 42,
      category_id: 18,
      bbox: [1.5, 1, 28.5, 18.5],
      area: 301.25,
      iscrowd: 0,
      segmentation: shapes[1],
    },
    { id: 2, image_id: 42, category_id: 1, bbox: [10, 10, 10, 5], area: 25, iscrowd: 0, segmentation: shapes[2] },
    {
      id: 900100000073,
      image_id: 73,
      category_id: 1,
      bbox: [0, 0, 7, 9],
      area: 25,
      iscrowd: 1,
      segmentation: shapes[0],
    },
  ],
  categories: [
    { id: 1, name: 'person', supercategory: 'person' },
    { id: 18, name: 'dog', supercategory: 'animal' },
  ],
};

const truths = [true, false].map((strict) => COCO.from(instances, { strict }));
const results = [
  { image_id: 42, category_id: 18, score: 0.7, bbox: [1, 2, 20, 10] },
  { image_id: 73, category_id: 1, score: 0.5, bbox: [0, 0, 5.5, 5], segmentation: rleCase },
];

/** What is loaded must also be fit for use. */
function everyQuery(coco: COCO): unknown {
  const ids = coco.getAnnIds({ areaRng: [0, 100], iscrowd: 0 });
  const pictures = coco.loadImgs(coco.getImgIds({ catIds: coco.getCatIds() }));
  // A picture of 2^32 pixels is possible, and nobody means it.
  const masks = coco.dataset.annotations.filter(({ image_id, segmentation }) => {
    const { height = 0, width = 0 } = coco.imgs.get(image_id) ?? {};
    return segmentation !== undefined && height * width > 0 && height * width <= 1e6;
  });
  return [
    coco.loadAnns(ids),
    pictures,
    coco.problems,
    coco.imgToAnns,
    coco.catToImgs,
    masks.map((ann) => coco.annToMask(ann)),
  ];
}

const jsonPieces = ['{"__proto__":{"polluted":1},', '[', ']', '{', '}', ',', ':', '\\u12', '[['.repeat(20_000), 'tru'];

function mutateEither(value: unknown, random: Random): Uint8Array {
  if (random.chance(0.5)) return utf8(mutateJson(value, random));
  return mutateBytes(utf8(JSON.stringify(value)), random, jsonPieces);
}

/** The bytes as a network delivers them. */
async function* pieces(bytes: Uint8Array, random: Random): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; ) {
    const end = at + 1 + random.int(random.chance(0.5) ? 5 : 500);
    yield bytes.subarray(at, end);
    at = end;
  }
}

function everyMaskOperation(input: unknown): unknown {
  const rle = input as CocoRle;
  const results = [mask.area(rle), mask.toBbox(rle), mask.merge([rle, rleCase]), mask.iou([rle], [rle], [1])];
  // A picture of 2^32 pixels may be asked for, and then is made; nobody means it.
  return rle.size[0] * rle.size[1] <= 1e6 ? [...results, mask.decode(rle)] : results;
}

/** Files of inputs, for parsers that open theirs. */
const scratch = mkdtempSync(join(tmpdir(), 'onebit-fuzz-'));
process.once('exit', () => rmSync(scratch, { recursive: true, force: true }));

/** Every parser of the annotation packages. */
export const targets: readonly FuzzTarget[] = [
  {
    name: 'VOC annotation',
    error: VocError,
    mutate: (random) => mutateBytes(utf8(annotation), random, xmlPieces),
    parse(input, random) {
      const mode = random.pick(['strict', 'lenient', 'raw'] as const);
      return serializeAnnotation(parseAnnotation(input, 'a.xml', { mode }));
    },
  },
  {
    name: 'VOC image list',
    error: VocError,
    mutate: (random) => mutateBytes(utf8(list), random, ['\n', '\r', '\t2', ' -1 ']),
    parse: (input) => parseImageList(text(input), 'train.txt'),
  },
  {
    name: 'VOC results',
    error: VocError,
    mutate: (random) => mutateBytes(utf8(detections), random, ['\n', '\r', '\t2', ' -1 ']),
    parse: (input) => parseResults(text(input), 'comp4_det_test_car.txt'),
  },
  {
    name: 'VOC label mask',
    error: VocError,
    mutate: (random) => (random.chance(0.7) ? mutatePng(maskFile, random) : mutateBytes(maskFile, random)),
    parse: (input) => readMask(input, 'a.png'),
  },
  {
    name: 'COCO file',
    error: CocoError,
    mutate: (random) => mutateEither(instances, random),
    parse: (input, random) => everyQuery(COCO.parse(input, { strict: random.chance(0.5) })),
  },
  {
    name: 'COCO file in pieces',
    error: CocoError,
    mutate: (random) => mutateBytes(utf8(JSON.stringify(instances)), random, jsonPieces),
    parse: (input, random) => COCO.readStream(pieces(input, random), { strict: random.chance(0.5) }),
  },
  {
    name: 'COCO results',
    error: CocoError,
    mutate: (random) => mutateEither(results, random),
    async parse(input, random) {
      const truth = truths[random.int(2)];
      const path = join(scratch, 'results.json');
      writeFileSync(path, input);
      everyQuery(await truth.readRes(path));
      return everyQuery(truth.loadRes(JSON.parse(text(input)) as CocoResult[]));
    },
  },
  {
    name: 'compressed mask',
    error: CocoError,
    mutate: (random) => mutateRle(random),
    parse: (input) => everyMaskOperation(JSON.parse(text(input))),
  },
  {
    name: 'mask shapes',
    error: CocoError,
    mutate: (random) => utf8(mutateNumbers(random.pick(shapes), random)),
    parse: (input) => mask.frPyObjects(JSON.parse(text(input)), 20, 30),
  },
];

function mutateRle(random: Random): Uint8Array {
  const counts = text(mutateBytes(utf8(rleCase.counts), random, ['`', '\\\\', 'oooooooo', 'P0']));
  return utf8(JSON.stringify({ ...rleCase, counts }));
}
