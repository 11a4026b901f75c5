import { unknownName } from '@onebit/common';
import { vocClasses } from 'pascal-voc-parser';

/** COCO's names of VOC classes that VOC names differently; the other 14 have one name in both. */
const cocoNamesOfVocClasses: Readonly<Record<string, string>> = {
  airplane: 'aeroplane',
  motorcycle: 'motorbike',
  'dining table': 'diningtable',
  'potted plant': 'pottedplant',
  couch: 'sofa',
  tv: 'tvmonitor',
};

/** Which name of the data becomes which class; names that are not in it are left out. */
export type ClassMap = 'voc20' | Readonly<Record<string, string>>;

/** How names in a data set's files become labels. */
export interface Labeller {
  readonly classes: readonly string[];
  /** The label; `'ignored'` for a name that the class map leaves out, undefined for one that nobody knows. */
  labelOf(name: string): number | 'ignored' | undefined;
}

/** Labels are positions in `classes`; without a map every other name is unknown. */
export function labelByName(classes: readonly string[]): Labeller {
  const labels = new Map(classes.map((name, label) => [name, label]));
  return { classes, labelOf: (name) => labels.get(name) };
}

/** Classes are the map's targets: VOC's 20, or those of a record in their order of appearance. */
export function labelByMap(map: ClassMap): Labeller {
  const isVoc = map === 'voc20';
  const classes = isVoc ? vocClasses : [...new Set(Object.values(map))];
  const targets = new Map(isVoc ? vocClasses.map((name) => [name, name]) : []);
  for (const [name, target] of Object.entries(isVoc ? cocoNamesOfVocClasses : map)) targets.set(name, target);
  return {
    classes,
    labelOf: (name) => {
      const target = targets.get(name);
      return target === undefined ? 'ignored' : classes.indexOf(target);
    },
  };
}

/**
 * Every name of a map must be one that the data has: objects of a misspelt one would be left out without a word.
 * @throws OnebitError ERR_UNKNOWN_NAME listing the known ones.
 */
export function checkClassMap(where: string, map: ClassMap, known: readonly string[]): void {
  if (map === 'voc20') return;
  const wrong = Object.keys(map).find((name) => !known.includes(name));
  if (wrong !== undefined) throw unknownName(`${where}: class map`, wrong, known);
}

/**
 * The class list of a set that has none: the names in its files, sorted. If they are more than half of VOC's 20 and nothing else, the set is a
 * part of VOC and gets all 20, so that labels agree with those of the full set.
 */
export function gatherClasses(names: Iterable<string>): readonly string[] {
  const found = [...new Set(names)].sort();
  const isPartOfVoc = found.length > vocClasses.length / 2 && found.every((name) => vocClasses.includes(name));
  return isPartOfVoc ? vocClasses : found;
}
