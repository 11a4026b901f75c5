import { OnebitError } from '@onebit/common';

/** A category as COCO's panoptic files list it. */
export interface PanopticCategory {
  readonly id: number;
  readonly name: string;
  /** 1 for countable things, 0 for stuff. */
  readonly isthing: 0 | 1 | boolean;
}

/** A segment as `segments_info` of COCO's panoptic files lists it. */
export interface PanopticSegment {
  readonly id: number;
  readonly category_id: number;
  /** Pixels of the segment; read in the truth only. */
  readonly area?: number;
  /** 1 for a region of many objects, which is never matched and never missed; read in the truth only. */
  readonly iscrowd?: 0 | 1;
}

/** One side of one image. */
export interface PanopticMap {
  /** Segment of each pixel, [height, width]; 0 is void. */
  readonly ids: Uint32Array;
  readonly segments_info: readonly PanopticSegment[];
}

/** Index of void pixels in a {@link SegmentTable}. */
export const VOID_SEGMENT = 0;

/** The segments of one side of an image, numbered from 1 in the order of their list. */
export class SegmentTable {
  readonly segments: readonly PanopticSegment[];
  /** Index into the categories of each segment, by segment index - 1. */
  readonly categories: readonly number[];
  readonly #indices = new Map<number, number>([[0, VOID_SEGMENT]]);

  /**
   * @param where For messages, e.g. `panoptic quality: image 7: the truth`.
   * @throws OnebitError ERR_DATA for a doubled id, id 0, or an unknown category.
   */
  constructor(where: string, { segments_info: segments }: PanopticMap, categoryIndices: ReadonlyMap<number, number>) {
    this.segments = segments;
    this.categories = segments.map(({ id, category_id }, i) => {
      if (id === 0) throw new OnebitError('ERR_DATA', `${where}: segments_info lists id 0, which is void`);
      if (this.#indices.has(id)) throw new OnebitError('ERR_DATA', `${where}: segments_info lists id ${id} twice`);
      const category = categoryIndices.get(category_id);
      if (category === undefined) {
        const known = [...categoryIndices.keys()].slice(0, 10).join(', ');
        const more = categoryIndices.size > 10 ? ', ...' : '';
        throw new OnebitError(
          'ERR_DATA',
          `${where}: segment ${id} has category_id ${category_id}, which is not among the categories (${known}${more})`,
        );
      }
      this.#indices.set(id, i + 1);
      return category;
    });
  }

  /** Number of indices: void, the segments, and one for ids that are not listed. */
  get size(): number {
    return this.segments.length + 2;
  }

  /** Index of all ids that are not listed. */
  get unlisted(): number {
    return this.segments.length + 1;
  }

  /** Index of an id. */
  indexOf(id: number): number {
    return this.#indices.get(id) ?? this.unlisted;
  }

  /** Category index of a segment; undefined for void and for what is not listed. */
  categoryOf(index: number): number | undefined {
    return this.categories[index - 1];
  }
}
