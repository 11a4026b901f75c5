import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { basename, extname, join, relative } from 'node:path';
import type { ParseOptions } from './annotation/findings.js';
import { parseAnnotation } from './annotation/parse.js';
import type { VocAnnotation } from './annotation/types.js';
import { VocError } from './errors.js';
import { listFolder } from './list-folder.js';
import { parseImageList, serializeImageList, type VocListEntry, type VocTask } from './lists.js';

/** A folder that holds `Annotations`, found below another one. */
export interface VocRoot {
  readonly path: string;
  /** From a folder name `VOC2007`; undefined for other names. */
  readonly year?: number;
}

// The order in which two pictures of one id are preferred.
const pictureExtensions = ['.jpg', '.jpeg', '.png', '.bmp', '.webp', '.tif', '.tiff'];

/**
 * Finds VOC folders: `folder` itself, `folder/VOC*`, `folder/VOCdevkit` and `folder/VOCdevkit/VOC*`, whichever hold `Annotations`; sorted by
 * year. An empty list means that there is none.
 */
export async function findVocRoots(folder: string): Promise<VocRoot[]> {
  const roots: VocRoot[] = [];
  for (const base of [folder, join(folder, 'VOCdevkit')]) {
    const below = (await listFolder(base)).filter((name) => /^VOC\d{4}/.test(name)).sort();
    for (const path of [base, ...below.map((name) => join(base, name))]) {
      if (!(await listFolder(path)).includes('Annotations')) continue;
      const year = /^VOC(\d{4})/.exec(basename(path))?.[1];
      roots.push(year === undefined ? { path } : { path, year: Number(year) });
    }
  }
  return roots;
}

/** One VOC folder (`…/VOC2012`): its lists and, by id, its annotations, pictures and masks. Folders are listed once, files read on demand. */
export class VocFolder {
  private constructor(
    readonly root: string,
    /** Ids that have an annotation file, sorted. */
    readonly ids: readonly string[],
    /** Class names of `labels.txt`, in its order; undefined when there is no such file. */
    readonly labels: readonly string[] | undefined,
    private readonly files: Readonly<Record<Folder, ReadonlyMap<string, string>>>,
  ) {}

  /** @throws VocError when there is no `Annotations` folder. */
  static async open(root: string): Promise<VocFolder> {
    const names = await listFolder(root);
    if (!names.includes('Annotations')) {
      throw new VocError(root, undefined, undefined, 'must hold a folder Annotations, found none');
    }
    const files: Record<string, Map<string, string>> = {};
    for (const folder of folders)
      files[folder.name] = byId(await listFolder(join(root, folder.name)), folder.extensions);
    const labels = names.includes('labels.txt')
      ? (await readFile(join(root, 'labels.txt'), 'utf8'))
          .split(/\r?\n/)
          .map((line) => line.trim())
          .filter((line) => line)
      : undefined;
    return new VocFolder(
      root,
      [...files.Annotations.keys()].sort(),
      labels,
      files as Record<Folder, Map<string, string>>,
    );
  }

  /** Names of the id lists of a task, sorted: `train`, `val`, … Lists of one class (`cat_train`, lines with flags) are not among them. */
  async splits(task: VocTask = 'Main'): Promise<string[]> {
    return (await this.listNames(task)).filter((name) => splitOfClassList(name) === undefined);
  }

  /** Class names that have lists of their own (`aeroplane_train.txt`), sorted. */
  async listedClasses(task: VocTask = 'Main'): Promise<string[]> {
    const classes = new Set<string>();
    for (const name of await this.listNames(task)) {
      const split = splitOfClassList(name);
      if (split !== undefined) classes.add(name.slice(0, -split.length - 1));
    }
    return [...classes].sort();
  }

  /** The entries of `ImageSets/<task>/<name>.txt`. */
  async readList(name: string, task: VocTask = 'Main'): Promise<VocListEntry[]> {
    const path = join(this.root, 'ImageSets', task, `${name}.txt`);
    return parseImageList(await readFile(path, 'utf8'), this.shortName(path), task);
  }

  /** Writes `ImageSets/<task>/<name>.txt`: for all images `train`, for one class `car_train` with flags (`classFlag`). */
  async writeList(name: string, entries: Iterable<VocListEntry>, task: VocTask = 'Main'): Promise<void> {
    const folder = join(this.root, 'ImageSets', task);
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, `${name}.txt`), serializeImageList(entries));
  }

  /** @throws VocError when the id has no annotation file or the file is broken. */
  async annotation(id: string, options?: ParseOptions): Promise<VocAnnotation> {
    const path = this.annotationPath(id);
    if (!path) throw new VocError(`Annotations/${id}.xml`, undefined, undefined, 'must be there, found no such file');
    return parseAnnotation(await readFile(path), this.shortName(path), options);
  }

  annotationPath(id: string): string | undefined {
    return this.path('Annotations', id);
  }

  /** The picture of an id, whatever its extension and its case (`.jpg`, `.JPG`, `.png`, …). */
  imagePath(id: string): string | undefined {
    return this.path('JPEGImages', id);
  }

  classMaskPath(id: string): string | undefined {
    return this.path('SegmentationClass', id);
  }

  objectMaskPath(id: string): string | undefined {
    return this.path('SegmentationObject', id);
  }

  /** A path as messages show it: relative to this folder, with `/`. */
  shortName(path: string): string {
    return relative(this.root, path).replaceAll('\\', '/');
  }

  private path(folder: Folder, id: string): string | undefined {
    const name = this.files[folder].get(id);
    return name === undefined ? undefined : join(this.root, folder, name);
  }

  private async listNames(task: VocTask): Promise<string[]> {
    const names = await listFolder(join(this.root, 'ImageSets', task));
    return names
      .filter((name) => name.endsWith('.txt'))
      .map((name) => name.slice(0, -4))
      .sort();
  }
}

const folders = [
  { name: 'Annotations', extensions: ['.xml'] },
  { name: 'JPEGImages', extensions: pictureExtensions },
  { name: 'SegmentationClass', extensions: ['.png'] },
  { name: 'SegmentationObject', extensions: ['.png'] },
] as const;
type Folder = (typeof folders)[number]['name'];

/** The split of a per-class list's name (`cat_train` -> `train`): the devkit's four splits after an underscore. */
function splitOfClassList(name: string): string | undefined {
  return /.+_(train|val|trainval|test)$/.exec(name)?.[1];
}

function byId(names: readonly string[], extensions: readonly string[]): Map<string, string> {
  const rank = (name: string) => extensions.indexOf(extname(name).toLowerCase());
  const found = new Map<string, string>();
  for (const name of [...names].sort()) {
    if (rank(name) < 0) continue;
    const id = name.slice(0, -extname(name).length);
    const other = found.get(id);
    if (other === undefined || rank(name) < rank(other)) found.set(id, name);
  }
  return found;
}
