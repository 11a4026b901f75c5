/** A box as the file states it: 1-based pixels, both ends belong to the box, fractions allowed. */
export interface VocBox {
  readonly xmin: number;
  readonly ymin: number;
  readonly xmax: number;
  readonly ymax: number;
}

/** A body part (`head`, `hand`, `foot`) inside a person object. It is not an object of its own. */
export interface VocPart {
  readonly name: string;
  readonly box: VocBox;
}

/** One `<object>`. Fields that the file lacks stay undefined, but `difficult`, which then means false. */
export interface VocObject {
  readonly name: string;
  readonly pose?: string;
  readonly truncated?: boolean;
  readonly occluded?: boolean;
  readonly difficult: boolean;
  readonly box: VocBox;
  readonly parts: readonly VocPart[];
}

/** One annotation file. Elements the format does not name (and `<actions>`, `<point>`) are not kept. */
export interface VocAnnotation {
  readonly folder?: string;
  /** May disagree with the file's own name in home-made sets: trust the id (the file's name), not this. */
  readonly filename?: string;
  /** Children of `<source>` (`database`, `annotation`, `image`, …) with their text, in file order. */
  readonly source?: Readonly<Record<string, string>>;
  /** Pixels and channels. */
  readonly size?: { readonly width: number; readonly height: number; readonly depth?: number };
  readonly segmented?: boolean;
  readonly objects: readonly VocObject[];
}
