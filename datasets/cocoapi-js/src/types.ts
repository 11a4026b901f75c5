/** Ids are compared as they stand in the file: the number 7 and the text "7" are different ids, as in the official API. */
export type CocoId = number | string;

/** [x, y, width, height], 0-based continuous pixels: [0, 0, 1, 1] is the first pixel. */
export type CocoBox = readonly [x: number, y: number, width: number, height: number];

/** Run lengths down the columns, starting with background; `counts` is a list or the compressed text form. */
export interface CocoRle {
  /** [height, width] */
  readonly size: readonly [number, number];
  readonly counts: readonly number[] | string;
}

/** A list of polygons (`[x1, y1, x2, y2, …]` each), or run lengths. */
export type CocoSegmentation = readonly (readonly number[])[] | CocoRle;

/** An image of any COCO file (`image_info_*` files hold these alone). */
export interface CocoImage {
  readonly id: CocoId;
  readonly file_name?: string;
  /** Pixels; needed for masks. */
  readonly width?: number;
  readonly height?: number;
  readonly license?: CocoId;
  readonly flickr_url?: string;
  readonly coco_url?: string;
  readonly date_captured?: string;
}

/** A category of instances, stuff, keypoints or panoptic files. */
export interface CocoCategory {
  readonly id: CocoId;
  readonly name: string;
  readonly supercategory?: string;
  /** Names of the joints, in the order of an annotation's `keypoints` (person_keypoints files). */
  readonly keypoints?: readonly string[];
  /** Pairs of joints that are drawn joined; positions in `keypoints` from 1. */
  readonly skeleton?: readonly (readonly [number, number])[];
  /** 1 for a class of countable things, 0 for stuff (panoptic files). */
  readonly isthing?: 0 | 1;
  /** [r, g, b], 0 to 255 (panoptic files). */
  readonly color?: readonly [number, number, number];
}

/** An annotation of an instances, stuff, person_keypoints or captions file, or a loaded result. */
export interface CocoAnnotation {
  readonly id: CocoId;
  readonly image_id: CocoId;
  /** In every file but captions, whose annotations have none. */
  readonly category_id: CocoId;
  /** Width and height may be 0 in official files. */
  readonly bbox?: CocoBox;
  /** Area of the outline in pixels, as the file states it; it decides small, medium and large. */
  readonly area?: number;
  /** 1 marks a region of many objects. Absent in some converted sets, where it means 0. */
  readonly iscrowd?: 0 | 1;
  readonly segmentation?: CocoSegmentation;
  /** [x1, y1, v1, …]; v is 0 where a joint is not labelled, 1 where it is hidden, 2 where it is seen. */
  readonly keypoints?: readonly number[];
  /** Labelled joints. */
  readonly num_keypoints?: number;
  readonly caption?: string;
  /** Of a loaded result. */
  readonly score?: number;
}

/** What an instances, stuff, person_keypoints, captions or image_info file holds; `COCO` reads it. */
export interface CocoFile {
  readonly images: readonly CocoImage[];
  /** Absent in image_info files. */
  readonly annotations?: readonly CocoAnnotation[];
  /** Absent in captions files. */
  readonly categories?: readonly CocoCategory[];
  readonly info?: unknown;
  readonly licenses?: unknown;
}

/** A box that a detector found; a results file is a bare list of these, or of the other results below. */
export interface CocoBoxResult {
  readonly image_id: CocoId;
  readonly category_id: CocoId;
  readonly bbox: CocoBox;
  readonly score: number;
}

/** A mask that a detector found, as compressed run lengths. */
export interface CocoMaskResult {
  readonly image_id: CocoId;
  readonly category_id: CocoId;
  readonly segmentation: CocoRle;
  readonly score: number;
}

/** Joints that a detector found: [x1, y1, v1, …] (the v are not read). */
export interface CocoKeypointResult {
  readonly image_id: CocoId;
  readonly category_id: CocoId;
  readonly keypoints: readonly number[];
  readonly score: number;
}

/** A sentence about an image. */
export interface CocoCaptionResult {
  readonly image_id: CocoId;
  readonly caption: string;
}

/** What `COCO.loadRes` takes. */
export type CocoResult = CocoBoxResult | CocoMaskResult | CocoKeypointResult | CocoCaptionResult;

/** A region of a panoptic PNG file. */
export interface PanopticSegment {
  /** R + 256 G + 256^2 B of its pixels. */
  readonly id: number;
  readonly category_id: CocoId;
  /** Pixels; absent in results. */
  readonly area?: number;
  readonly bbox?: CocoBox;
  readonly iscrowd?: 0 | 1;
}

/** All regions of an image. */
export interface PanopticAnnotation {
  readonly image_id: CocoId;
  /** PNG file of the regions. */
  readonly file_name: string;
  readonly segments_info: readonly PanopticSegment[];
}

/** A panoptic file, ground truth or results. Its annotations have no ids, so that `COCO` does not read it, as in pycocotools; it is small enough for `JSON.parse`. */
export interface PanopticFile {
  readonly images?: readonly CocoImage[];
  readonly annotations: readonly PanopticAnnotation[];
  readonly categories?: readonly CocoCategory[];
}
