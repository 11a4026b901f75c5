import { randomBytes } from 'node:crypto';
import { access, mkdir, readdir, readFile, rename, rm, rmdir, writeFile } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { OnebitError, writeFileAtomic } from '@onebit/common';
import { vocClasses } from 'pascal-voc-parser';
import { Piscina } from 'piscina';
import sharp from 'sharp';
import { type ArtCredit, clipartDigest, collectArt, type PartArt } from './art.js';
import {
  checkArtOptions,
  checkShapesOptions,
  checkWorkers,
  fingerprint,
  type GeneratedSetOptions,
  generatorRevision,
  type Parts,
  type SetOptions,
  type Setup,
  type ShapesSetOptions,
} from './options.js';
import { Renderer, type RenderSetup, type SceneJob, type SceneRecord } from './render.js';
import { licenceCard, sceneFolders, writeSetFiles } from './set-files.js';
import type { GeneratedPart } from './styles.js';

/** What was made, or found made. */
export interface GeneratedSet {
  readonly output: string;
  /** True when the folder held this very set already. */
  readonly reused: boolean;
  readonly classes: readonly string[];
  /** Scenes and labelled objects of each part. */
  readonly parts: Readonly<Record<string, { readonly scenes: number; readonly objects: number }>>;
}

/** The file `generator.json` beside a set. */
interface GeneratorFile {
  readonly format: 'onebit-generated';
  readonly revision: number;
  readonly fingerprint: string;
  readonly options: Setup;
  readonly classes: readonly string[];
  readonly parts: GeneratedSet['parts'];
  /** Versions that the pixels depend on: sharp, libvips, librsvg, and the packages of drawings. */
  readonly versions: Readonly<Record<string, string>>;
}

/** Scenes a worker takes at a time: few enough that the last ones are shared out evenly. */
const scenesPerTask = 4;

/**
 * Draws a data set of scenes with exact labels, in VOC and COCO layout: pictures, boxes, class and object masks, id lists for each part. The
 * same seed gives the same scenes, whatever else is made and by however many threads. Training and unseen parts share no art style and no
 * texture. The set is made beside `output` and moved there when it is complete; a folder that holds the same set is left as it is.
 * @throws OnebitError ERR_DATA when a package of drawings is not installed, ERR_OUTPUT when the folder is taken or can't be written,
 * ERR_INTERRUPTED when `signal` fired.
 */
export async function makeGeneratedSet(options: GeneratedSetOptions): Promise<GeneratedSet> {
  const { clipart } = options;
  const digest = clipart === undefined ? undefined : await clipartDigest(clipart, options.classes ?? vocClasses);
  const { setup, parts } = checkArtOptions(options, digest);
  return makeSet(options, setup, parts, async () => {
    const art: Record<string, PartArt> = {};
    const credits = new Map<string, ArtCredit>();
    for (const [part] of parts) {
      const found = await collectArt(part as GeneratedPart, setup.classes, clipart);
      art[part] = found.art;
      for (const credit of found.credits) credits.set(credit.set, credit);
    }
    return { art, credits: [...credits.values()] };
  });
}

/**
 * Makes the set for quick tests: circles, squares and triangles on plain ground, 64 x 64, in the same layout as {@link makeGeneratedSet}. Needs
 * no drawings; draws in this thread unless `workers` says otherwise.
 */
export async function makeShapesSet(options: ShapesSetOptions): Promise<GeneratedSet> {
  const { setup, parts } = checkShapesOptions(options);
  return makeSet({ workers: 0, ...options }, setup, parts, async () => ({ art: {}, credits: [] }));
}

type Art = () => Promise<{ art: Record<string, PartArt>; credits: ArtCredit[] }>;

async function makeSet(options: SetOptions, setup: Setup, parts: Parts, collect: Art): Promise<GeneratedSet> {
  const output = resolve(options.output);
  const workers = checkWorkers(options.workers);
  const print = fingerprint(setup, parts);
  const existing = await readExisting(output, print);
  if (existing !== undefined) return { output, reused: true, classes: existing.classes, parts: existing.parts };
  stopIfAsked(options.signal);
  const { art, credits } = await collect();
  const folder = join(dirname(output), `.${basename(output)}.${randomBytes(4).toString('hex')}.partial`);
  try {
    for (const name of sceneFolders) await mkdir(join(folder, name), { recursive: true });
    const records = await renderAll({ setup, art, folder }, parts, workers, options);
    await writeSetFiles(folder, setup, records);
    await writeFile(join(folder, 'LICENCE-CARD.md'), licenceCard(credits, ownDrawings(setup)));
    const summary = Object.fromEntries(
      [...records].map(([part, list]) => [
        part,
        { scenes: list.length, objects: list.reduce((n, { objects }) => n + objects.length, 0) },
      ]),
    );
    const file: GeneratorFile = {
      format: 'onebit-generated',
      revision: generatorRevision,
      fingerprint: print,
      options: setup,
      classes: setup.classes,
      parts: summary,
      versions: versions(credits),
    };
    await writeFileAtomic(join(folder, 'generator.json'), `${JSON.stringify(file, undefined, 2)}\n`);
    await rmdir(output).catch(() => undefined); // an empty folder may stand in the way
    await rename(folder, output);
    return { output, reused: false, classes: setup.classes, parts: summary };
  } catch (error) {
    await rm(folder, { recursive: true, force: true }).catch(() => undefined);
    throw describe(output, error, options.signal);
  }
}

/** The generator file of the same set, undefined if there is nothing yet; anything else in the folder is the caller's, and stays. */
async function readExisting(output: string, print: string): Promise<GeneratorFile | undefined> {
  const names = await readdir(output).catch((error: NodeJS.ErrnoException): string[] => {
    if (error.code === 'ENOENT') return [];
    throw describe(output, error);
  });
  if (names.length === 0) return undefined;
  const fix = 'choose another output folder, or remove this one';
  if (!names.includes('generator.json')) {
    throw new OnebitError(
      'ERR_OUTPUT',
      `${output}: must not exist or be empty, but holds other files (${names[0]}, …); ${fix}`,
    );
  }
  const text = await readFile(join(output, 'generator.json'), 'utf8');
  let file: Partial<GeneratorFile>;
  try {
    file = JSON.parse(text) as Partial<GeneratorFile>;
  } catch (cause) {
    throw new OnebitError('ERR_OUTPUT', `${join(output, 'generator.json')}: is not JSON; ${fix}`, { cause });
  }
  if (file.format !== 'onebit-generated' || file.fingerprint !== print) {
    throw new OnebitError(
      'ERR_OUTPUT',
      `${output}: holds a set made with other options (see its generator.json); ${fix}`,
    );
  }
  return file as GeneratorFile;
}

async function renderAll(
  setup: RenderSetup,
  parts: Parts,
  workers: number,
  { onProgress, signal }: SetOptions,
): Promise<Map<string, SceneRecord[]>> {
  const jobs: SceneJob[] = parts.flatMap(([part, scenes]) =>
    Array.from({ length: scenes }, (_, index) => ({ part, index })),
  );
  const tasks: SceneJob[][] = [];
  for (let i = 0; i < jobs.length; i += scenesPerTask) tasks.push(jobs.slice(i, i + scenesPerTask));
  const results: SceneRecord[][] = [];
  let done = 0;
  const finished = (task: number, records: SceneRecord[]) => {
    results[task] = records;
    done += records.length;
    onProgress?.(done, jobs.length);
  };
  if (workers === 0) await renderHere(setup, tasks, finished, signal);
  else await renderInPool(setup, tasks, Math.min(workers, tasks.length), finished, signal);
  const byPart = new Map<string, SceneRecord[]>(parts.map(([part]) => [part, []]));
  for (const record of results.flat()) byPart.get(record.part)!.push(record);
  return byPart;
}

type Finished = (task: number, records: SceneRecord[]) => void;

async function renderHere(
  setup: RenderSetup,
  tasks: readonly SceneJob[][],
  finished: Finished,
  signal?: AbortSignal,
): Promise<void> {
  const renderer = new Renderer(setup);
  for (const [index, task] of tasks.entries()) {
    const records: SceneRecord[] = [];
    for (const job of task) {
      stopIfAsked(signal);
      records.push(await renderer.render(job));
    }
    finished(index, records);
  }
}

async function renderInPool(
  setup: RenderSetup,
  tasks: readonly SceneJob[][],
  workers: number,
  finished: Finished,
  signal?: AbortSignal,
): Promise<void> {
  // Worker threads load JavaScript only: from the sources, as in tests, the built file is used.
  const url = new URL(
    import.meta.url.endsWith('.ts') ? '../../dist/generated/worker.js' : './worker.js',
    import.meta.url,
  );
  const filename = fileURLToPath(url);
  await access(filename).catch((cause: unknown) => {
    throw new OnebitError(
      'ERR_DATA',
      `generated set: ${filename} must be built; run: npm run build, or draw with workers: 0`,
      { cause },
    );
  });
  const pool = new Piscina<SceneJob[], SceneRecord[]>({
    filename,
    name: 'renderScenes',
    minThreads: workers,
    maxThreads: workers,
    workerData: setup,
    execArgv: [], // flags of this process, such as import conditions that lead to TypeScript sources, are not for the built worker
  });
  let next = 0;
  const feed = async () => {
    while (next < tasks.length) {
      stopIfAsked(signal);
      const index = next++;
      finished(index, await pool.run(tasks[index]));
    }
  };
  try {
    // Two tasks a thread: one at work, one waiting, so that no thread idles between tasks.
    await Promise.all(Array.from({ length: 2 * workers }, feed));
  } finally {
    await pool.destroy();
  }
}

function ownDrawings(setup: Setup): string {
  return setup.kind === 'shapes'
    ? 'Circles, squares and triangles are drawn by onebit (Apache-2.0).'
    : 'Dining tables in the looks flat, round, cloth, perspective, glass and outlined are drawings of onebit (Apache-2.0).';
}

function versions(credits: readonly ArtCredit[]): Record<string, string> {
  const { sharp: own, vips, rsvg } = sharp.versions;
  const packages = credits.map(({ package: name, version }) => [name, version]);
  return {
    node: process.versions.node,
    sharp: own ?? '',
    libvips: vips,
    librsvg: rsvg ?? '',
    ...Object.fromEntries(packages),
  };
}

function stopIfAsked(signal?: AbortSignal): void {
  if (signal?.aborted)
    throw new OnebitError('ERR_INTERRUPTED', 'generated set: stopped before it was complete; nothing was kept');
}

const advice: Readonly<Record<string, string>> = {
  ENOSPC: 'the disk is full; free some space (a scene takes about 30 kB) or choose another output folder',
  EDQUOT: 'the disk quota is used up; free some space or choose another output folder',
  EACCES: 'no permission to write there; choose another output folder',
  EPERM: 'no permission to write there; choose another output folder',
  EROFS: 'the file system is read-only; choose another output folder',
  ENOTDIR: 'a part of the path is a file, not a folder; choose another output folder',
  EEXIST: 'a part of the path is a file, not a folder; choose another output folder',
};

function describe(output: string, error: unknown, signal?: AbortSignal): unknown {
  if (error instanceof OnebitError) return error;
  if (signal?.aborted)
    return new OnebitError('ERR_INTERRUPTED', `${output}: stopped before the set was complete; nothing was kept`, {
      cause: error,
    });
  const code = (error as NodeJS.ErrnoException).code;
  if (code === undefined || advice[code] === undefined) return error;
  return new OnebitError('ERR_OUTPUT', `${output}: could not be written (${code}): ${advice[code]}`, { cause: error });
}
