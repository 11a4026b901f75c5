/** A box as the file states it: 1-based pixels, both ends belong to the box, fractions allowed. */
export interface VocBox {
  readonly xmin: number;
  readonly ymin: number;
  readonly xmax: number;
  readonly ymax: number;
}

/** An element that the format does not name, as annotation tools add them (LabelImg's `<path>`, CVAT's `<attributes>`): kept, not understood. */
export interface VocElement {
  readonly name: string;
  readonly attributes?: Readonly<Record<string, string>>;
  /** Its own text without white space at the ends; undefined when there is none. */
  readonly text?: string;
  readonly children?: readonly VocElement[];
}

/** What an element holds beyond the format's fields. */
interface Extensible {
  /** XML attributes by name. */
  readonly attributes?: Readonly<Record<string, string>>;
  /** Child elements that the format does not name, in file order. */
  readonly extra?: readonly VocElement[];
}

/** A body part (`head`, `hand`, `foot`) of the person layout task, inside a person object. It is not an object of its own. */
export interface VocPart extends Extensible {
  readonly name: string;
  readonly box: VocBox;
}

/**
 * One `<object>`. Fields that the file lacks stay undefined, but `difficult`, which then means false. An absent `pose` means `Unspecified`, absent
 * `truncated` and `occluded` mean false.
 */
export interface VocObject extends Extensible {
  readonly name: string;
  readonly pose?: string;
  readonly truncated?: boolean;
  readonly occluded?: boolean;
  readonly difficult: boolean;
  readonly box: VocBox;
  readonly parts: readonly VocPart[];
  /** VOC2011 and 2012, action task: what the person does (`jumping`, `phoning`, …), in file order. */
  readonly actions?: Readonly<Record<string, boolean>>;
  /** VOC2012, action task without boxes: a point on the person's body, 1-based pixels. */
  readonly point?: { readonly x: number; readonly y: number };
}

/** One annotation file. */
export interface VocAnnotation extends Extensible {
  readonly folder?: string;
  /** May disagree with the file's own name in home-made sets: trust the id (the file's name), not this. */
  readonly filename?: string;
  /** Children of `<source>` (`database`, `annotation`, `image`, `flickrid`) with their text. */
  readonly source?: Readonly<Record<string, string>>;
  /** Children of `<owner>` (`flickrid`, `name`) with their text. */
  readonly owner?: Readonly<Record<string, string>>;
  /** Pixels and channels. */
  readonly size?: { readonly width: number; readonly height: number; readonly depth?: number };
  readonly segmented?: boolean;
  readonly objects: readonly VocObject[];
}
