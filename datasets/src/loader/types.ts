import type { PictureOptions } from '../augment/augment.js';
import type { WaitStatistics } from './batch-loader.js';

/** The objects of one picture of a batch. */
export interface DetectionTarget {
  /** [objects, 4]: x1, y1, x2, y2 relative to the picture, 0 … 1. */
  readonly boxes: Float32Array;
  /** [objects]: foreground classes, 0-based. */
  readonly labels: Int32Array;
  /** [objects]: 1 for difficult ones. */
  readonly difficult: Uint8Array;
}

/** One batch, ready for a network. */
export interface DetectionBatch {
  /** [batch, height, width, 3], normalised. */
  readonly images: Float32Array;
  readonly shape: readonly [batch: number, height: number, width: number, channels: 3];
  readonly targets: readonly DetectionTarget[];
  readonly ids: readonly string[];
  /** [height, width] of the original pictures. */
  readonly sizes: readonly (readonly [number, number])[];
  /** Position in the run, counted over all epochs; `startStep` of a loader that shall go on after this batch is one more. */
  readonly step: number;
  readonly epoch: number;
}

/** What training and evaluation loaders have in common. */
export interface CommonLoaderOptions extends Omit<PictureOptions, 'augment'> {
  readonly batchSize: number;
  /** Worker threads; 0 does the work in the calling thread. Default: one less than there are cores, at least 1 and at most 4. */
  readonly workers?: number;
  /** Batches that are made ahead of the one in use; default 2 for each worker. */
  readonly prefetch?: number;
  /** Bytes of decoded pictures to keep for later epochs; default 512 MiB. 0 decodes every time. */
  readonly cacheBytes?: number;
  /**
   * What a picture that does not decode does: `error` (default) ends the iteration; `skip` puts another sample in its place in training, drawn by
   * the seed, and leaves it out in evaluation. Skipped pictures are listed in the statistics.
   */
  readonly onCorrupt?: 'error' | 'skip';
}

/** Options of `createLoader`. */
export interface LoaderOptions extends CommonLoaderOptions, Pick<PictureOptions, 'augment'> {
  readonly seed: number;
  /** A new order every epoch; default true. */
  readonly shuffle?: boolean;
  /** Leaves out the last batch of an epoch when it is not full; default true. */
  readonly dropLast?: boolean;
  /** First step to give: that many batches are passed over, without making them. */
  readonly startStep?: number;
  /** Steps in all, counted from 0; without it the loader never ends. */
  readonly steps?: number;
  /** Keeps difficult objects and crowds as targets, flagged; default false: they are left out of training. */
  readonly keepDifficult?: boolean;
  /** Keeps pictures without objects; default false. */
  readonly keepEmpty?: boolean;
}

/** What a loader did so far. */
export interface LoaderStatistics extends WaitStatistics {
  readonly decodedImages: number;
  readonly cachedImages: number;
  readonly cacheBytes: number;
  /** One message for each picture that was skipped. */
  readonly skipped: readonly string[];
}

/** Gives batches in a fixed order. Iterating again starts again at `startStep`, with what was decoded still at hand. */
export interface DetectionLoader extends AsyncIterable<DetectionBatch> {
  /** Pictures in an epoch, after those without objects were left out. */
  readonly sampleCount: number;
  readonly stepsPerEpoch: number;
  statistics(): LoaderStatistics;
  /** Ends iterations and worker threads. Further iteration is an error. */
  close(): Promise<void>;
}
