import { parse } from 'node:path';
import { OnebitError } from '@onebit/common';
import { COCO } from 'cocoapi-js';
import { vocClasses } from 'pascal-voc-parser';
import { type BoxSet, inCoordinates, type TruthBoxes } from './boxes.js';
import { boxesOfPair, boxesOfTruth, type CocoPair, readCocoPair, readNamedResults } from './coco-files.js';
import { type InputKind, kindNames, kindOf } from './kinds.js';
import { type LabelPairs, pairByName, pngsOf } from './label-maps.js';
import { type PanopticFile, type PanopticPairs, pairPanoptic, readPanopticFile } from './panoptic-files.js';
import { readVocDetections } from './voc-detections.js';
import { openVocSplit, readVocTruth } from './voc-truth.js';

/** What metrics ask for; every answer is a promise, so that nothing is read that no metric needs, and nothing twice. */
export interface Inputs {
  /** Objects and detections as boxes. */
  boxes(): Promise<BoxSet>;
  /** COCO ground truth and results. */
  coco(): Promise<CocoPair>;
  /** Label maps in pairs. */
  labelMaps(): Promise<LabelPairs>;
  /** Panoptic segments in pairs. */
  panoptic(): Promise<PanopticPairs>;
  /** Whether to let pass what the reference tools let pass. */
  readonly lenient: boolean;
}

export interface FileOptions {
  /** Image set of a VOC devkit. */
  readonly split?: string;
  readonly classes?: readonly string[];
  /** Let pass what the reference tools let pass. */
  readonly lenient?: boolean;
  /** Give the annotations of COCO ground truth new ids. */
  readonly renumber?: boolean;
}

/** The ground truth named by `--gt`. */
export class TruthFiles {
  readonly #answers = new Map<string, Promise<unknown>>();

  constructor(
    readonly path: string,
    readonly options: FileOptions,
  ) {}

  /** COCO ground truth. */
  coco(): Promise<COCO> {
    return once(this.#answers, 'coco', async () => {
      expectKind('--gt', this.path, ['object'], await this.kind());
      const { lenient = false, renumber = false } = this.options;
      return COCO.read(this.path, { strict: !lenient, renumber });
    });
  }

  /** Objects as boxes. */
  boxes(): Promise<TruthBoxes> {
    return once(this.#answers, 'boxes', async () => {
      const kind = expectKind('--gt', this.path, ['devkit', 'object'], await this.kind());
      if (kind === 'object') {
        const { split, classes } = this.options;
        const idle = split !== undefined ? '--split' : classes !== undefined ? '--classes' : undefined;
        if (idle)
          throw new OnebitError('ERR_USAGE', `${idle} is for a VOC devkit; --gt ${this.path} is COCO ground truth`);
        return boxesOfTruth(await this.coco());
      }
      return readVocTruth(await openVocSplit(this.path, this.options.split, 'Main'), this.options.classes);
    });
  }

  /** Ids of the images by the names that results files call them: VOC's ids, or the names of COCO's pictures without extension. */
  async imageNames(): Promise<ReadonlyMap<string, string>> {
    if ((await this.kind()) === 'devkit') return new Map((await this.boxes()).images.map(({ id }) => [id, id]));
    const { images } = (await this.coco()).dataset;
    return new Map(
      images.map(({ id, file_name }) => [file_name === undefined ? String(id) : parse(file_name).name, String(id)]),
    );
  }

  /** Paths of the label maps by name. */
  labelMaps(): Promise<Map<string, string>> {
    return once(this.#answers, 'labels', async () => {
      const kind = expectKind('--gt', this.path, ['pngs', 'devkit'], await this.kind());
      if (kind === 'pngs') return pngsOf(this.path);
      const { folder, ids } = await openVocSplit(this.path, this.options.split, 'Segmentation');
      return new Map(
        ids.map((id) => {
          const path = folder.classMaskPath(id);
          if (path === undefined)
            throw new OnebitError('ERR_DATA', `--gt ${this.path}: no SegmentationClass/${id}.png`);
          return [id, path];
        }),
      );
    });
  }

  /** The panoptic JSON. */
  panoptic(): Promise<PanopticFile> {
    return once(this.#answers, 'panoptic', async () => {
      expectKind('--gt', this.path, ['object'], await this.kind());
      return readPanopticFile('--gt', this.path);
    });
  }

  kind(): Promise<InputKind> {
    return once(this.#answers, 'kind', () => kindOf('--gt', this.path));
  }
}

/** A ground truth and a file of results. */
export class FileInputs implements Inputs {
  readonly #answers = new Map<string, Promise<unknown>>();

  /** @param option the option that named the results, for messages */
  constructor(
    readonly truth: TruthFiles,
    readonly path: string,
    readonly option: '--dt' | '--against' = '--dt',
  ) {}

  get lenient(): boolean {
    return this.truth.options.lenient ?? false;
  }

  coco(): Promise<CocoPair> {
    return once(this.#answers, 'coco', async () => {
      const gt = await this.truth.coco();
      expectKind(this.option, this.path, ['list'], await this.#kind());
      return readCocoPair(gt, this.path);
    });
  }

  boxes(): Promise<BoxSet> {
    return once(this.#answers, 'boxes', async () => {
      const truth = await this.truth.boxes();
      const kind = expectKind(this.option, this.path, ['class-files', 'list'], await this.#kind());
      if (kind === 'list' && (await this.truth.kind()) === 'object') return boxesOfPair(await this.coco());
      if (kind === 'list') return { truth, found: await readNamedResults(truth, this.path) };
      // The files' own coordinates, whatever the ground truth is: then no box of them is touched.
      const inFiles = inCoordinates({ truth, found: { detections: [], notes: [] } }, 'voc-file').truth;
      const images = await this.truth.imageNames();
      return {
        truth: inFiles,
        found: await readVocDetections(this.option, this.path, { classes: truth.classes, images }),
      };
    });
  }

  labelMaps(): Promise<LabelPairs> {
    return once(this.#answers, 'labels', async () => {
      const truths = await this.truth.labelMaps();
      expectKind(this.option, this.path, ['pngs'], await this.#kind());
      const classes = this.truth.options.classes ?? ['background', ...vocClasses];
      return { classes, pairs: pairByName(truths, await pngsOf(this.path)) };
    });
  }

  panoptic(): Promise<PanopticPairs> {
    return once(this.#answers, 'panoptic', async () => {
      const truth = await this.truth.panoptic();
      expectKind(this.option, this.path, ['object'], await this.#kind());
      return pairPanoptic(truth, await readPanopticFile(this.option, this.path), this.option);
    });
  }

  #kind(): Promise<InputKind> {
    return once(this.#answers, 'kind', () => kindOf(this.option, this.path));
  }
}

/** Asks once and keeps the answer. */
function once<T>(answers: Map<string, Promise<unknown>>, name: string, ask: () => Promise<T>): Promise<T> {
  const known = answers.get(name) as Promise<T> | undefined;
  if (known) return known;
  const answer = ask();
  answers.set(name, answer);
  return answer;
}

/** @throws OnebitError ERR_DATA when the path holds another kind than the metric takes. */
function expectKind<K extends InputKind>(option: string, path: string, expected: readonly K[], found: InputKind): K {
  const match = expected.find((kind) => kind === found);
  if (match !== undefined) return match;
  const swapped = found === (option === '--gt' ? 'list' : 'object') ? ' Were --gt and --dt exchanged?' : '';
  const wanted = expected.map((kind) => kindNames[kind]).join(', or ');
  throw new OnebitError('ERR_DATA', `${option} ${path}: expected ${wanted}; found ${kindNames[found]}.${swapped}`);
}
