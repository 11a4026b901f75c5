import { OnebitError, unknownName } from '@onebit/common';
import { findVocRoots, type VocAnnotation, VocFolder, type VocTask } from 'pascal-voc-parser';
import type { TruthBoxes } from './boxes.js';

/** Annotation files read at a time: enough to hide the disk's latency, few enough for the limit of open files. */
const concurrency = 32;

/** A split of a VOC devkit: its folder and the ids of its pictures, in the order of the list. */
export interface VocSplit {
  readonly folder: VocFolder;
  readonly ids: readonly string[];
}

/**
 * Opens a split of a devkit, `test` or, where there are several years, `2007/test`.
 * @throws OnebitError when the split is missing or unknown; VocError for a broken list.
 */
export async function openVocSplit(path: string, split: string | undefined, task: VocTask): Promise<VocSplit> {
  const roots = await findVocRoots(path);
  const known = new Map<string, { root: string; name: string }>();
  for (const { path: root, year } of roots) {
    const folder = await VocFolder.open(root);
    for (const name of await folder.splits(task))
      known.set(roots.length > 1 ? `${year}/${name}` : name, { root, name });
  }
  const names = [...known.keys()];
  if (split === undefined) {
    throw new OnebitError('ERR_USAGE', `--gt ${path}: the image set must be named: --split ${names.join(' or ')}`);
  }
  const chosen = known.get(split);
  if (chosen === undefined) throw unknownName(`--split: ImageSets/${task} of ${path}`, split, names);
  const folder = await VocFolder.open(chosen.root);
  return { folder, ids: (await folder.readList(chosen.name, task)).map(({ id }) => id) };
}

/**
 * The objects of a split in the coordinates of the files.
 * @param classes default: `labels.txt`, the classes that have lists of their own, or else the names in the annotations, sorted
 */
export async function readVocTruth({ folder, ids }: VocSplit, classes?: readonly string[]): Promise<TruthBoxes> {
  const annotations: VocAnnotation[] = [];
  for (let start = 0; start < ids.length; start += concurrency) {
    const some = ids.slice(start, start + concurrency);
    annotations.push(...(await Promise.all(some.map((id) => folder.annotation(id)))));
  }
  const listed = classes ?? folder.labels ?? (await folder.listedClasses());
  const inFiles = () => [...new Set(annotations.flatMap(({ objects }) => objects.map(({ name }) => name)))].sort();
  const names = listed.length > 0 ? listed : inFiles();
  const labels = new Map(names.map((name, label) => [name, label]));
  const images = annotations.map(({ objects }, i): TruthBoxes['images'][number] => {
    const id = ids[i];
    return {
      id,
      objects: objects.map(({ name, difficult, box: { xmin, ymin, xmax, ymax } }) => {
        const label = labels.get(name);
        if (label === undefined) throw unknownName(`Annotations/${id}.xml: class`, name, names);
        return { box: [xmin, ymin, xmax, ymax], label, difficult };
      }),
    };
  });
  return { classes: names, coordinates: 'voc-file', images, notes: [] };
}
