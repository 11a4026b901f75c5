import { VocError } from '../errors.js';

/**
 * What real files hold that the format does not foresee:
 * - `swapped-corners`: xmin > xmax or ymin > ymax. Strict: an error. Lenient: swapped.
 * - `empty-box`: xmin = xmax or ymin = ymax. By the format one pixel wide, mostly a click without a drag. Lenient: the object is dropped.
 * - `stray-content`: an XML attribute, or an element below `bndbox`, `size` or `point`, that has no place here. Strict: an error. Else dropped.
 * - `fraction`: a side that is no whole number, as in two files of VOC2012. Kept.
 * - `outside-picture`: a side below 1 or beyond the stated size, as tools that count from 0 write. Kept.
 * - `missing-difficult`: taken as false.
 * - `unspecified-flag`: `Unspecified` in place of 0 or 1. As if absent.
 */
export type VocFindingCode =
  | 'swapped-corners'
  | 'empty-box'
  | 'stray-content'
  | 'fraction'
  | 'outside-picture'
  | 'missing-difficult'
  | 'unspecified-flag';

/** One peculiarity of a file. */
export interface VocFinding {
  readonly code: VocFindingCode;
  /** The file as the caller named it. */
  readonly file: string;
  /** 1-based line in it. */
  readonly line: number;
  /** Path of the field, e.g. `object 2: bndbox`. */
  readonly field: string;
  /** What was found and what became of it. */
  readonly message: string;
}

/**
 * What becomes of the findings that make wrong boxes:
 * - `strict`: corners in the wrong order and stray content are errors; everything else is kept.
 * - `lenient`: corners are swapped, empty boxes and stray content dropped.
 * - `raw`: boxes stay as the file states them, for callers with a policy of their own.
 */
export type VocMode = 'strict' | 'lenient' | 'raw';

export interface ParseOptions {
  /** Default `strict`. */
  readonly mode?: VocMode;
  /** Called for each finding that is no error, in file order. */
  readonly onFinding?: (finding: VocFinding) => void;
}

/** The findings of one file: reports them or throws, as the mode says. */
export class FindingLog {
  readonly mode: VocMode;
  readonly #report: ((finding: VocFinding) => void) | undefined;

  constructor(
    readonly file: string,
    { mode = 'strict', onFinding }: ParseOptions,
  ) {
    if (!['strict', 'lenient', 'raw'].includes(mode)) {
      throw new VocError(file, undefined, 'mode', `must be strict, lenient or raw, found ${JSON.stringify(mode)}`);
    }
    this.mode = mode;
    this.#report = onFinding;
  }

  add(code: VocFindingCode, line: number, field: string, message: string): void {
    this.#report?.({ code, file: this.file, line, field, message });
  }

  /** A finding that `strict` does not live with: reported, then thrown. */
  refuse(code: VocFindingCode, line: number, field: string, found: string, mended: string): void {
    this.add(code, line, field, this.mode === 'strict' ? found : `${found}: ${mended}`);
    if (this.mode === 'strict') throw new VocError(this.file, line, field, `${found}. mode: 'lenient' mends it.`);
  }
}
