import { readFile } from 'node:fs/promises';
import { readMask, type VocMask, vocColour } from 'pascal-voc-parser';
import sharp from 'sharp';
import { decodeImage, type RgbImage } from '../image.js';
import type { Box } from '../types.js';
import { textPath, textSize } from './bitmap-font.js';

/** A box to draw, in pixels of the picture. */
export interface DrawnBox {
  readonly box: Box;
  /** Index into `classes`. */
  readonly label: number;
  /** 0 to 1, shown in per cent. */
  readonly score?: number;
  /** Truths are dashed with their name below; predictions are solid with name and score above. Default: prediction where there is a score. */
  readonly kind?: 'truth' | 'prediction';
  /** Shown as `?` after the name: an object that evaluation leaves out. */
  readonly difficult?: boolean;
  /** Shown as `*` after the name: a region of many objects. */
  readonly crowd?: boolean;
}

export type Rgb = readonly [number, number, number];

export interface DrawOptions {
  readonly classes: readonly string[];
  /** `bright` (default), VOC's own colours, or a colour for each class. */
  readonly palette?: 'bright' | 'voc' | readonly Rgb[];
  /** Enlargement; default brings the longer side to at least 640 pixels, so that names can be read. */
  readonly scale?: number;
  /** A palette PNG laid over the picture, e.g. a sample's `objectMaskPath`. */
  readonly maskPath?: string;
}

interface Rect {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

const readableSide = 640;
const greatestScale = 4;
const textScale = 2;
const margin = 3;
const voidLabel = 255;

/**
 * Draws boxes with class names over a picture and returns a PNG. Names are drawn with an own font: no font needs to be installed.
 * @param image path of a picture, or its pixels.
 */
export async function drawDetections(
  image: string | RgbImage,
  boxes: readonly DrawnBox[],
  options: DrawOptions,
): Promise<Buffer> {
  const picture = typeof image === 'string' ? await decodeImage(image) : image;
  const side = Math.max(picture.width, picture.height);
  const scale = options.scale ?? Math.min(greatestScale, Math.max(1, readableSide / side));
  const width = Math.max(1, Math.round(picture.width * scale));
  const height = Math.max(1, Math.round(picture.height * scale));
  const overlays: { input: Buffer }[] = [{ input: Buffer.from(overlay(boxes, options, scale, { width, height })) }];
  if (options.maskPath !== undefined) {
    overlays.unshift({
      input: await maskOverlay(readMask(await readFile(options.maskPath), options.maskPath), width, height),
    });
  }
  const { data, info } = await sharp(picture.data, {
    raw: { width: picture.width, height: picture.height, channels: 3 },
  })
    .resize(width, height, { kernel: 'cubic' })
    .raw()
    .toBuffer({ resolveWithObject: true });
  return sharp(data, { raw: { width: info.width, height: info.height, channels: 3 } })
    .composite(overlays)
    .png()
    .toBuffer();
}

/** Truths first, then predictions from the least to the most certain, so that the best lies on top. */
function overlay(
  boxes: readonly DrawnBox[],
  options: DrawOptions,
  scale: number,
  size: { width: number; height: number },
): string {
  const order = [...boxes].sort((a, b) => Number(!isTruth(a)) - Number(!isTruth(b)) || (a.score ?? 0) - (b.score ?? 0));
  const taken: Rect[] = [];
  const shapes = order.map((box) => frame(box, options, scale));
  const tags = [...order].reverse().map((box) => tag(box, options, scale, size, taken));
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${size.width}" height="${size.height}">${shapes.join('')}${tags.reverse().join('')}</svg>`;
}

function isTruth({ kind, score }: DrawnBox): boolean {
  return kind === undefined ? score === undefined : kind === 'truth';
}

/** A dark line under the coloured one: visible on any ground. */
function frame(drawn: DrawnBox, options: DrawOptions, scale: number): string {
  const [x1, y1, x2, y2] = drawn.box.map((value) => value * scale);
  const rect = `<rect x="${x1}" y="${y1}" width="${Math.max(1, x2 - x1)}" height="${Math.max(1, y2 - y1)}" fill="none"`;
  const dash = isTruth(drawn) ? ' stroke-dasharray="9 5"' : '';
  return `${rect} stroke="#000" stroke-opacity=".7" stroke-width="4"${dash}/>${rect} stroke="${css(colourOf(drawn.label, options))}" stroke-width="2"${dash}/>`;
}

function tag(
  drawn: DrawnBox,
  options: DrawOptions,
  scale: number,
  size: { width: number; height: number },
  taken: Rect[],
): string {
  const text = caption(drawn, options.classes);
  const { width, height } = textSize(text, textScale);
  const box = { width: width + 2 * margin, height: height + 2 * margin };
  const [x1, y1, , y2] = drawn.box.map((value) => value * scale);
  const place = freePlace({ x: x1 - 1, y: isTruth(drawn) ? y2 + 1 : y1 - box.height - 1, ...box }, size, taken);
  taken.push(place);
  const rgb = colourOf(drawn.label, options);
  const path = textPath(text, Math.round(place.x) + margin, Math.round(place.y) + margin, textScale);
  const rect = `<rect x="${Math.round(place.x)}" y="${Math.round(place.y)}" width="${place.width}" height="${place.height}"`;
  if (isTruth(drawn)) return `${rect} fill="#000" fill-opacity=".72"/><path fill="${css(rgb)}" d="${path}"/>`;
  // Luma of ITU-R BT.601 decides whether black or white can be read on the colour.
  const dark = 0.299 * rgb[0] + 0.587 * rgb[1] + 0.114 * rgb[2] > 140;
  return `${rect} fill="${css(rgb)}"/><path fill="${dark ? '#000' : '#fff'}" d="${path}"/>`;
}

function caption({ label, score, difficult, crowd }: DrawnBox, classes: readonly string[]): string {
  const marks = `${crowd ? '*' : ''}${difficult && !crowd ? '?' : ''}`;
  const share = score === undefined ? '' : ` ${Math.round(100 * score)}%`;
  return `${classes[label] ?? `#${label}`}${marks}${share}`;
}

/** Inside the picture, and moved down as long as it would cover a name that is there already. */
function freePlace(wanted: Rect, size: { width: number; height: number }, taken: readonly Rect[]): Rect {
  const inside = (value: number, room: number) => Math.max(0, Math.min(value, room));
  const x = inside(wanted.x, size.width - wanted.width);
  const start = inside(wanted.y, size.height - wanted.height);
  const lowest = Math.max(0, size.height - wanted.height);
  for (let step = 0; step < 12; step++) {
    const y = (start + step * (wanted.height + 1)) % (lowest + 1);
    const place = { ...wanted, x, y };
    if (!taken.some((other) => overlaps(place, other))) return place;
  }
  return { ...wanted, x, y: start };
}

function overlaps(a: Rect, b: Rect): boolean {
  return a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;
}

function colourOf(label: number, { palette = 'bright' }: DrawOptions): Rgb {
  if (palette === 'voc') return vocColour(label + 1);
  return palette === 'bright' ? brightColour(label) : (palette[label] ?? brightColour(label));
}

/** Hues a golden angle apart differ well for any number of classes. */
function brightColour(index: number): Rgb {
  const hue = ((index * 137.508) % 360) / 60;
  const channel = (n: number) => {
    const k = (n + hue) % 6;
    return Math.round(255 - 190 * Math.max(0, Math.min(k, 4 - k, 1)));
  };
  return [channel(5), channel(3), channel(1)];
}

const css = ([r, g, b]: Rgb) => `rgb(${r},${g},${b})`;

/** Half-transparent colours of a mask's indices; void is white. Enlarged without smoothing: an index between two others is no mean. */
async function maskOverlay({ labels, width, height }: VocMask, toWidth: number, toHeight: number): Promise<Buffer> {
  const rgba = new Uint8Array(width * height * 4);
  for (let i = 0; i < labels.length; i++) {
    if (labels[i] === 0) continue;
    rgba.set(labels[i] === voidLabel ? [255, 255, 255, 130] : [...brightColour(labels[i] - 1), 130], 4 * i);
  }
  return sharp(rgba, { raw: { width, height, channels: 4 } })
    .resize(toWidth, toHeight, { kernel: 'nearest', fit: 'fill' })
    .png()
    .toBuffer();
}
