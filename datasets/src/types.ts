/** A box `[x1, y1, x2, y2]` in continuous pixels of the original picture: 0-based, edges not centres, x2 > x1 and y2 > y1. */
export type Box = readonly [x1: number, y1: number, x2: number, y2: number];

/** One labelled object of a picture. */
export interface DetectionObject {
  readonly box: Box;
  /** Index into the data set's `classes`: foreground only, 0-based. */
  readonly label: number;
  /** VOC's `difficult`; true for COCO's crowds too. Neither a miss nor a false alarm in evaluation; left out of training by default. */
  readonly difficult: boolean;
  /** COCO's `iscrowd`: the box holds many objects. */
  readonly crowd: boolean;
  /** Pixels of the outline, where the file states it (COCO). */
  readonly area?: number;
}

/** One picture with its objects. */
export interface DetectionSample {
  /** VOC: the id in the lists. COCO: the image's id as text. */
  readonly id: string;
  readonly imagePath: string;
  /** Pixels of the stored picture (EXIF orientation not applied). */
  readonly width: number;
  readonly height: number;
  readonly objects: readonly DetectionObject[];
  /** Palette PNG: 0 background, k + 1 for class k, 255 void. */
  readonly classMaskPath?: string;
  /** Palette PNG: objects numbered from 1, 255 void. */
  readonly objectMaskPath?: string;
}

/** What can be wrong with an annotation that is well-formed. */
export type ProblemKind =
  | 'outside-image'
  | 'inverted-box'
  | 'zero-area'
  | 'size-mismatch'
  | 'missing-image'
  | 'unreadable-image'
  | 'broken-annotation'
  | 'unknown-class'
  | 'unknown-image';

/** One finding about the data, and what was done about it. */
export interface DataProblem {
  readonly kind: ProblemKind;
  /** File and place as messages show them, e.g. `Annotations/000005.xml: object 2`. */
  readonly where: string;
  /** What was found, e.g. `xmax 501 > width 500`. */
  readonly found: string;
  readonly action: 'clipped' | 'object dropped' | 'picture dropped' | 'size corrected';
}

/** The pictures of one split of a data set. */
export interface DetectionDataset {
  readonly name: string;
  /** Foreground classes; an object's label is an index into them. */
  readonly classes: readonly string[];
  readonly split: string;
  readonly samples: readonly DetectionSample[];
  /** What was clipped or dropped on the way in; empty for clean data. */
  readonly problems: readonly DataProblem[];
}
