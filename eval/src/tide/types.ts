import type { CocoRle } from 'cocoapi-js';
import type { ImageId } from '../bootstrap/image-metric.js';
import type { ImageTruths, ScoredDetection, TruthObject } from '../voc-map.js';
import type { ClassMean } from './average-precision.js';

/** The errors of TIDE: wrong class, wrong place, both, a second detection of an object, background, an object missed. */
export const tideErrorTypes = ['Cls', 'Loc', 'Both', 'Dupe', 'Bkg', 'Miss'] as const;
export type TideErrorType = (typeof tideErrorTypes)[number];

/** A record of every error. */
export function byType<T>(of: (type: TideErrorType) => T): Record<TideErrorType, T> {
  return { Cls: of('Cls'), Loc: of('Loc'), Both: of('Both'), Dupe: of('Dupe'), Bkg: of('Bkg'), Miss: of('Miss') };
}

/** A detection; with `iouType: 'segm'` its mask is compared in place of its box. */
export interface TideDetection extends ScoredDetection {
  readonly mask?: CocoRle;
}

/**
 * An object to be found. A detection that finds none and lies at least as far as `foreground` on a difficult object or a crowd of its class
 * does not count.
 */
export interface TideObject extends TruthObject {
  /** A region of many objects: the share of the detection inside it counts, not the IoU. */
  readonly crowd?: boolean;
  readonly mask?: CocoRle;
}

/** The objects of one image; an image without objects must be given too. */
export interface TideTruths extends ImageTruths {
  readonly objects: readonly TideObject[];
}

export interface TideOptions {
  /** What is compared: boxes (default) or masks. */
  readonly iouType?: 'bbox' | 'segm';
  /**
   * Which tool's AP is followed, there is no default: the two differ by points.
   * - `tide`: the authors' tool. A class with detections but without objects has AP 0 and is averaged in.
   * - `coco`: COCOeval. Such a class is left out, and its false positives cost nothing.
   */
  readonly classMean: ClassMean;
  /** IoU from which a detection finds an object, in (0, 1]; default 0.5. */
  readonly foreground?: number;
  /** IoU up to which a detection has nothing to do with an object, from 0 to below `foreground`; default 0.1. */
  readonly background?: number;
  /** Best detections of an image that are looked at, over all classes; default 100. */
  readonly maxDetections?: number;
}

/** One error: a detection that is not correct, or an object that is missed. */
export interface TideError {
  readonly type: TideErrorType;
  readonly image: ImageId;
  /** Index of the detection among all detections; absent for `Miss`. */
  readonly detection?: number;
  /** Index in the list of the image's objects: the missed object, or the one the detection comes nearest to; absent for `Bkg`. */
  readonly object?: number;
  /** Class of the detection, for `Miss` of the object: index into the class names. */
  readonly label: number;
  /** Of the detection with the object; 0 for `Bkg` and `Miss`. */
  readonly iou: number;
}

/** Which errors are asked for. */
export interface TideErrorFilter {
  readonly image?: ImageId;
  readonly type?: TideErrorType;
  /** Index of the class. */
  readonly label?: number;
}

/** What a class loses to each error. */
export interface TideClassResult {
  readonly name: string;
  /** In [0, 1]; NaN for a class without objects. */
  readonly ap: number;
  /** Gain of this class's AP if only these errors were mended; NaN for a class without objects before or after. */
  readonly dAP: Readonly<Record<TideErrorType, number>>;
  /** Errors by class of the detection, missed objects by their own. */
  readonly counts: Readonly<Record<TideErrorType, number>>;
  /** Objects that are to be found. */
  readonly objects: number;
}

/** The error breakdown of Bolya et al. 2020, "TIDE: A General Toolbox for Identifying Object Detection Errors" (arXiv 2008.08115). */
export interface TideResult extends Required<TideOptions> {
  /** Mean AP at the foreground IoU, in [0, 1]; NaN when no class takes part. */
  readonly ap: number;
  /** Gain of `ap`, in [0, 1], if only these errors were mended; 0 where there are none. The gains do not add up to 1 - ap. */
  readonly dAP: Readonly<Record<TideErrorType, number>>;
  /** Gain if no detection were wrong, and if no object were missed. */
  readonly special: { readonly FalsePos: number; readonly FalseNeg: number };
  readonly counts: Readonly<Record<TideErrorType, number>>;
  readonly perClass: readonly TideClassResult[];
  /** Every error, or those of one image, of one type, of one class; by image, detections by descending score before missed objects. */
  errors(only?: TideErrorFilter): TideError[];
}
