import { availableParallelism } from 'node:os';
import { join, resolve } from 'node:path';
import { OnebitError } from '@onebit/common';
import { CocoSource, readAnnotations } from '../coco-dataset.js';
import { mapConcurrent } from '../files.js';
import { datasetSplits, type OpenOptions, openDataset } from '../open-dataset.js';
import type { DataProblem, DetectionDataset, DetectionSample, ProblemKind } from '../types.js';
import { VocSource } from '../voc-dataset.js';
import { checkObjects, checkSampleFiles } from './check-sample.js';

/** Everything that `checkDataset` looks for. */
export type IssueKind =
  | ProblemKind
  | 'undecodable-image'
  | 'undecodable-mask'
  | 'illegal-mask-value'
  | 'mask-size-mismatch'
  | 'duplicate-id'
  | 'no-objects'
  | 'no-pictures';

/** One finding: what is wrong, where (file and field), and what was found there. */
export interface CheckIssue {
  readonly kind: IssueKind;
  /** `note` marks what is legal but worth knowing, such as pictures without objects. */
  readonly severity: 'error' | 'note';
  readonly where: string;
  readonly found: string;
}

export interface CheckReport {
  readonly name: string;
  /** True when there is no issue of severity `error`. */
  readonly ok: boolean;
  readonly splits: readonly { readonly split: string; readonly images: number; readonly objects: number }[];
  /** Pictures opened and decoded, each file once. */
  readonly imagesDecoded: number;
  readonly masksDecoded: number;
  readonly issues: readonly CheckIssue[];
  /** Number of issues of each kind that was found. */
  readonly counts: Readonly<Partial<Record<IssueKind, number>>>;
}

export interface CheckOptions extends Pick<OpenOptions, 'classes' | 'classMap'> {
  /** A split, or several joined by `+`. Default: every split of the set. Only for data sets given by name. */
  readonly split?: string;
  /** Whether pictures and masks are decoded (default true); without, headers and annotations alone are checked. */
  readonly decode?: boolean;
  /** Pictures decoded at a time; default one a core. */
  readonly concurrency?: number;
  readonly onProgress?: (done: number, total: number) => void;
  readonly signal?: AbortSignal;
}

/**
 * Lists all that is wrong with a data set, instead of stopping at the first: boxes outside their picture, inverted or without area, unknown
 * classes, missing, broken or wrongly sized pictures, masks with illegal values, ids listed twice, broken annotation files, empty pictures.
 * @param dataset `voc:DIR`, `coco:DIR`, `generated:DIR`, or an opened data set.
 * @throws OnebitError when the folder is not there or not in the layout that its kind asks for.
 */
export async function checkDataset(
  dataset: string | DetectionDataset,
  options: CheckOptions = {},
): Promise<CheckReport> {
  const issues = new IssueList();
  const opened = typeof dataset === 'string' ? await openAll(dataset, options, issues) : [dataset];
  for (const { problems, samples, split } of opened) {
    for (const problem of problems) issues.add(fromProblem(problem));
    if (samples.length === 0)
      issues.add({
        kind: 'no-pictures',
        severity: 'error',
        where: `split ${split}`,
        found: 'no picture that can be used',
      });
  }
  if (typeof dataset === 'string') for (const issue of await duplicates(dataset, opened)) issues.add(issue);
  else for (const issue of duplicateSamples(dataset)) issues.add(issue);
  const counted = await checkSamples(opened, options, issues);
  return {
    name: opened[0]?.name ?? String(dataset),
    ok: issues.list.every(({ severity }) => severity !== 'error'),
    splits: opened.map(({ split, samples }) => ({
      split,
      images: samples.length,
      objects: samples.reduce((n, s) => n + s.objects.length, 0),
    })),
    ...counted,
    issues: issues.list,
    counts: issues.counts(),
  };
}

/** Findings, each once: splits share pictures, and `all` holds every one of them. */
class IssueList {
  readonly list: CheckIssue[] = [];
  readonly #seen = new Set<string>();

  add(issue: CheckIssue): void {
    const key = JSON.stringify([issue.kind, issue.where, issue.found]);
    if (this.#seen.has(key)) return;
    this.#seen.add(key);
    this.list.push(issue);
  }

  counts(): Partial<Record<IssueKind, number>> {
    const counts: Partial<Record<IssueKind, number>> = {};
    for (const { kind } of this.list) counts[kind] = (counts[kind] ?? 0) + 1;
    return counts;
  }
}

function fromProblem({ kind, where, found }: DataProblem): CheckIssue {
  return { kind, severity: 'error', where, found };
}

async function openAll(spec: string, options: CheckOptions, issues: IssueList): Promise<DetectionDataset[]> {
  const splits = options.split === undefined ? await datasetSplits(spec) : [options.split];
  const opened: DetectionDataset[] = [];
  for (const split of splits) {
    stopIfAsked(options.signal);
    try {
      const { classes, classMap } = options;
      opened.push(await openDataset(spec, { split, classes, classMap, policy: 'drop' }));
    } catch (error) {
      // A file that can't be read at all hides what else is wrong in it; the other splits are still looked at.
      if (!(error instanceof OnebitError) || error.code !== 'ERR_DATA') throw error;
      issues.add({ kind: 'broken-annotation', severity: 'error', where: `split ${split}`, found: error.message });
    }
  }
  return opened;
}

async function checkSamples(
  opened: readonly DetectionDataset[],
  { decode = true, concurrency, onProgress, signal, classes, classMap }: CheckOptions,
  issues: IssueList,
): Promise<{ imagesDecoded: number; masksDecoded: number }> {
  // Splits share pictures: each file is decoded once, each sample's boxes are looked at wherever it stands.
  const samples = new Map<string, { sample: DetectionSample; dataset: DetectionDataset }>();
  for (const dataset of opened) {
    for (const sample of dataset.samples) {
      samples.set(sample.imagePath, { sample, dataset });
      for (const issue of checkObjects(sample, dataset)) issues.add(issue);
    }
  }
  if (!decode) return { imagesDecoded: 0, masksDecoded: 0 };
  // Masks hold the set's own class indices, whatever the caller renames.
  const ownClasses = classes === undefined && classMap === undefined;
  let done = 0;
  const found = await mapConcurrent(
    [...samples.values()],
    concurrency ?? availableParallelism(),
    async ({ sample, dataset }) => {
      stopIfAsked(signal);
      const files = await checkSampleFiles(sample, ownClasses ? dataset.classes.length : undefined);
      onProgress?.(++done, samples.size);
      return files;
    },
  );
  for (const file of found) for (const issue of file.issues) issues.add(issue); // in the set's order, not in that of the decoding
  return { imagesDecoded: samples.size, masksDecoded: found.reduce((n, { masks }) => n + masks, 0) };
}

/** Ids that a list or a file names twice: the loader keeps one, so they are looked for in the files. */
async function duplicates(spec: string, opened: readonly DetectionDataset[]): Promise<CheckIssue[]> {
  const path = resolve(spec.slice(spec.indexOf(':') + 1));
  const issues: CheckIssue[] = [];
  if (spec.startsWith('coco:')) {
    const source = await CocoSource.open(path);
    for (const split of new Set(opened.flatMap((dataset) => dataset.split.split('+')))) {
      const file = `annotations/${source.files.get(split)}`;
      const coco = await readAnnotations(join(path, file), file);
      issues.push(
        ...repeated(
          coco.dataset.annotations,
          ({ id }) => id,
          (id) => ({ where: `${file}: annotation ${id}`, what: 'id' }),
        ),
      );
      issues.push(
        ...repeated(
          coco.dataset.images,
          ({ id, file_name }) => file_name ?? id,
          (name) => ({ where: `${file}: image ${name}`, what: 'file_name' }),
        ),
      );
    }
    return issues;
  }
  const source = await VocSource.open(path);
  for (const { split } of opened) {
    for (const { ids } of await source.parts(split)) {
      issues.push(
        ...repeated(
          ids,
          (id) => id,
          (id) => ({ where: `ImageSets/Main/${split}.txt: ${id}`, what: 'id' }),
        ),
      );
    }
  }
  return issues;
}

function duplicateSamples({ samples, split }: DetectionDataset): CheckIssue[] {
  return repeated(
    samples,
    ({ id }) => id,
    (id) => ({ where: `split ${split}: ${id}`, what: 'id' }),
  );
}

function repeated<T>(
  items: readonly T[],
  keyOf: (item: T) => string | number,
  say: (key: string | number) => { where: string; what: string },
): CheckIssue[] {
  const counts = new Map<string | number, number>();
  for (const item of items) counts.set(keyOf(item), (counts.get(keyOf(item)) ?? 0) + 1);
  return [...counts]
    .filter(([, count]) => count > 1)
    .map(([key, count]) => {
      const { where, what } = say(key);
      return { kind: 'duplicate-id', severity: 'error', where, found: `${what} is there ${count} times` };
    });
}

function stopIfAsked(signal?: AbortSignal): void {
  if (signal?.aborted)
    throw new OnebitError('ERR_INTERRUPTED', 'dataset check: stopped before everything was looked at');
}
