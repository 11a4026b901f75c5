/** Ids are compared as they stand in the file: the number 7 and the text "7" are different ids, as in the official API. */
export type CocoId = number | string;

/** Run lengths down the columns, starting with background; `counts` is a list or the compressed text form. */
export interface CocoRle {
  /** [height, width] */
  readonly size: readonly [number, number];
  readonly counts: readonly number[] | string;
}

/** A list of polygons (`[x1, y1, x2, y2, …]` each), or run lengths. */
export type CocoSegmentation = readonly (readonly number[])[] | CocoRle;

export interface CocoImage {
  readonly id: CocoId;
  readonly file_name: string;
  /** Pixels. */
  readonly width: number;
  readonly height: number;
}

export interface CocoCategory {
  readonly id: CocoId;
  readonly name: string;
  readonly supercategory?: string;
}

export interface CocoAnnotation {
  readonly id: CocoId;
  readonly image_id: CocoId;
  readonly category_id: CocoId;
  /** [x, y, width, height], 0-based continuous pixels. Width and height may be 0 in official files. */
  readonly bbox: readonly [number, number, number, number];
  /** Area of the outline in pixels, as the file states it; it decides small, medium and large. */
  readonly area?: number;
  /** 1 marks a region of many objects. Absent in some converted sets, where it means 0. */
  readonly iscrowd?: 0 | 1;
  readonly segmentation?: CocoSegmentation;
}

/** What an instances file holds. Further keys of the file (`info`, `licenses`, …) are allowed and not kept. */
export interface CocoFile {
  readonly images: readonly CocoImage[];
  readonly annotations: readonly CocoAnnotation[];
  readonly categories: readonly CocoCategory[];
}
