import { OnebitError } from '@onebit/common';
import { vocClasses } from 'pascal-voc-parser';
import type { BoxSet, TruthBoxes } from './boxes.js';
import { type InputKind, kindNames, kindOf } from './kinds.js';
import { type LabelPairs, pairByName, pngsOf } from './label-maps.js';
import { type PanopticFile, type PanopticPairs, pairPanoptic, readPanopticFile } from './panoptic-files.js';
import { openVocSplit, readVocTruth } from './voc-truth.js';

/** What metrics ask for; every answer is a promise, so that nothing is read that no metric needs, and nothing twice. */
export interface Inputs {
  /** Objects and detections as boxes. */
  boxes(): Promise<BoxSet>;
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

  /** Objects as boxes. */
  boxes(): Promise<TruthBoxes> {
    return once(this.#answers, 'boxes', async () => {
      const kind = expectKind('--gt', this.path, ['devkit', 'object'], await this.kind());
      if (kind === 'devkit') {
        return readVocTruth(await openVocSplit(this.path, this.options.split, 'Main'), this.options.classes);
      }
      throw new OnebitError('ERR_USAGE', 'onebit eval: metrics of boxes are measured on a RUN');
    });
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

  boxes(): Promise<BoxSet> {
    return once(this.#answers, 'boxes', async () => {
      throw new OnebitError('ERR_USAGE', 'onebit eval: metrics of boxes are measured on a RUN');
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
