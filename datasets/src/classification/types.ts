import type { RgbImage } from '../image.js';

/** One picture with its class. */
export interface ClassificationSample {
  /** Names the picture in messages, e.g. `train/cat_0.jpg#17`. */
  readonly id: string;
  /** Index into the data set's `classes`. */
  readonly label: number;
  /** A file, read when it is needed; or pixels at hand, in shared memory where worker threads shall see them without a copy. */
  readonly picture: string | RgbImage;
}

/** The pictures of one split of a data set. */
export interface ClassificationDataset {
  readonly name: string;
  readonly split: string;
  readonly classes: readonly string[];
  readonly samples: readonly ClassificationSample[];
}
