import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { OnebitError } from '@onebit/common';
import { distractorGlyphs, emojiGlyphs, type Glyph, shapeGlyphs, standIns } from './glyphs.js';
import { type GeneratedPart, type IconSet, packageOf, partStyles, tintedSets } from './styles.js';
import { tableDrawings } from './tables.js';

/** One drawing, ready to be sent to a worker: an SVG document or a picture file with alpha. */
export interface Drawing {
  /** `set/name`: key of the cut-out cache, and what `generator.json` and the labels' source notes call it. */
  readonly key: string;
  readonly svg?: string;
  readonly file?: string;
  /** A face or bust. */
  readonly close: boolean;
  /** One-colour drawing: white, to be tinted. */
  readonly tinted: boolean;
}

/** The drawings of one part: a list for each class, by style, and the things of no class. */
export interface PartArt {
  /** `classes[label]` holds one list of drawings for each style that has the class. */
  readonly classes: readonly (readonly (readonly Drawing[])[])[];
  readonly distractors: readonly Drawing[];
}

/** What the licence card says of a set. */
export interface ArtCredit {
  readonly set: string;
  readonly package: string;
  readonly version: string;
  readonly author: string;
  readonly licence: string;
  readonly url: string;
}

interface Icon {
  body: string;
  left?: number;
  top?: number;
  width?: number;
  height?: number;
}
interface IconFile {
  icons: Record<string, Icon>;
  aliases?: Record<string, Icon & { parent: string }>;
  width?: number;
  height?: number;
}
type Source = (glyph: Glyph) => Drawing | undefined;

/** Collects the drawings of one part for the given class names, and the credits of the sets they come from. */
export async function collectArt(
  part: GeneratedPart,
  classes: readonly string[],
  clipart?: string,
): Promise<{ art: PartArt; credits: ArtCredit[] }> {
  const styles = partStyles[part];
  const byClass: Drawing[][][] = classes.map(() => []);
  const distractors: Drawing[] = [];
  const credits: ArtCredit[] = [];
  for (const set of styles.icons) {
    const { source, credit } = await openSet(set);
    credits.push(credit);
    classes.forEach((name, label) => {
      const found = drawingsOf(set, name, source);
      if (found.length > 0) byClass[label].push(found);
    });
    distractors.push(...drawingsOf(set, 'distractor', source));
  }
  const table = classes.indexOf('diningtable');
  if (table >= 0) {
    for (const look of styles.tables) byClass[table].push(tableDrawings(look).map((d) => drawing('table', d.name, d)));
  }
  if (styles.clipart && clipart !== undefined) {
    for (const [label, name] of classes.entries()) {
      const found = await clipartOf(clipart, name);
      if (found.length > 0) byClass[label].push(found);
    }
    credits.push(clipartCredit);
  }
  const bare = classes.filter((_, label) => byClass[label].length === 0);
  if (bare.length > 0) {
    const fix = part === 'test-shape' ? 'leave the class or the part out' : 'leave the class out';
    throw new OnebitError('ERR_DATA', `generated set: part ${part} has no drawing of ${bare.join(', ')}; ${fix}`);
  }
  return { art: { classes: byClass, distractors }, credits };
}

const clipartCredit: ArtCredit = {
  set: 'clipart-voc20',
  package: 'openclipart-svg 0.18 (Debian), folder given by the user',
  version: '0.18',
  author: 'contributors of the Open Clip Art Library',
  licence: 'public domain dedication',
  url: 'https://openclipart.org',
};

function drawingsOf(set: IconSet, className: string, source: Source): Drawing[] {
  const resolve = (glyphs: readonly Glyph[]) => glyphs.map(source).filter((d): d is Drawing => d !== undefined);
  if (set === 'mdi' || set === 'ph') {
    return resolve((shapeGlyphs[set][className] ?? []).map((name) => ({ name, code: '' })));
  }
  if (className === 'distractor') return resolve(distractorGlyphs);
  const found = resolve(emojiGlyphs[className] ?? []);
  return found.length > 0 ? found : resolve(standIns[className] ?? []);
}

function drawing(set: string, name: string, rest: { svg?: string; file?: string; close?: boolean }): Drawing {
  const { svg, file, close = false } = rest;
  return { key: `${set}/${name}`, svg, file, close, tinted: tintedSets.includes(set) };
}

/** Looks beside this package first, then beside the program that uses it: the art packages are optional, and either may have installed them. */
function locate(specifier: string): string | undefined {
  for (const base of [import.meta.url, pathToFileURL(join(process.cwd(), 'package.json')).href]) {
    try {
      return createRequire(base).resolve(specifier);
    } catch {
      // not there; the next place, or the error of the caller
    }
  }
  return undefined;
}

async function openSet(set: IconSet): Promise<{ source: Source; credit: ArtCredit }> {
  const name = packageOf(set);
  const manifest = locate(`${name}/package.json`);
  if (manifest === undefined) {
    throw new OnebitError(
      'ERR_DATA',
      `generated set: needs the drawings of ${name}, which is not installed; run: npm install ${name}`,
    );
  }
  const folder = dirname(manifest);
  const { version } = JSON.parse(await readFile(manifest, 'utf8')) as { version: string };
  if (set === 'fluent-emoji-3d') {
    const author = 'Microsoft Corporation (packed by LobeHub)';
    const url = 'https://github.com/microsoft/fluentui-emoji';
    return {
      source: await webpSource(set, folder),
      credit: { set, package: name, version, author, licence: 'MIT', url },
    };
  }
  const info = JSON.parse(await readFile(join(folder, 'info.json'), 'utf8')) as {
    author: { name: string; url?: string };
    license: { spdx?: string; title: string };
  };
  const credit = {
    set,
    package: name,
    version,
    author: info.author.name,
    licence: info.license.spdx ?? info.license.title,
    url: info.author.url ?? '',
  };
  return { source: svgSource(set, JSON.parse(await readFile(join(folder, 'icons.json'), 'utf8')) as IconFile), credit };
}

function svgSource(set: IconSet, file: IconFile): Source {
  return ({ name, close }) => {
    // Skin tones are `-medium` in the Fluent sets and `-medium-skin-tone` in the others.
    for (const candidate of [name, `${name}-skin-tone`]) {
      const alias = file.aliases?.[candidate];
      const base = file.icons[alias?.parent ?? candidate];
      if (base === undefined) continue;
      const { left = 0, top = 0, width = file.width ?? 16, height = file.height ?? 16 } = { ...base, ...alias };
      const svg = `<svg xmlns="http://www.w3.org/2000/svg" color="#fff" viewBox="${left} ${top} ${width} ${height}">${base.body}</svg>`;
      return drawing(set, name, { svg, close });
    }
    return undefined;
  };
}

/** Files are named by code points; the variation selector fe0f is written in some names and not in others. */
async function webpSource(set: IconSet, folder: string): Promise<Source> {
  const assets = join(folder, 'assets');
  const byCode = new Map<string, string>();
  for (const file of await readdir(assets))
    byCode.set(file.replace(/\.webp$/, '').replaceAll('-fe0f', ''), join(assets, file));
  return ({ name, code, close }) => {
    const file = byCode.get(code);
    return file === undefined ? undefined : drawing(set, name, { file, close });
  };
}

async function clipartOf(folder: string, className: string): Promise<Drawing[]> {
  const names = await readdir(join(folder, className)).catch(() => [] as string[]);
  return names
    .filter((name) => name.toLowerCase().endsWith('.png'))
    .sort()
    .map((name) => drawing('clipart-voc20', `${className}-${name}`, { file: join(folder, className, name) }));
}

/** Hash of the clip art's names and bytes: part of the set's fingerprint, since the folder is the user's. */
export async function clipartDigest(folder: string, classes: readonly string[]): Promise<string> {
  const hash = createHash('sha256');
  for (const name of classes) {
    for (const { key, file } of await clipartOf(folder, name)) hash.update(key).update(await readFile(file!));
  }
  return hash.digest('hex').slice(0, 16);
}
