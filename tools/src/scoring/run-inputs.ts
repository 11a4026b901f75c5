import { OnebitError } from '@onebit/common';
import type { ImageDetections } from '../detector/evaluate.js';
import type { BoxSet } from './boxes.js';
import { type CocoPair, pairOfBoxes } from './coco-files.js';
import type { Inputs } from './inputs.js';
import type { LabelPairs } from './label-maps.js';
import type { PanopticPairs } from './panoptic-files.js';

/** What a detector of onebit found in the pictures of a data set. */
export class RunInputs implements Inputs {
  readonly lenient = false;

  constructor(
    readonly classes: readonly string[],
    readonly results: readonly ImageDetections[],
  ) {}

  /** COCO's rules on the same boxes. */
  async coco(): Promise<CocoPair> {
    return pairOfBoxes(await this.boxes());
  }

  async boxes(): Promise<BoxSet> {
    const { classes, results } = this;
    return {
      truth: {
        classes,
        coordinates: 'continuous',
        images: results.map(({ sample: { id, objects } }) => ({ id, objects })),
        notes: [],
      },
      found: {
        detections: results.flatMap(({ sample, detections }) =>
          detections.map((detection) => ({ image: sample.id, ...detection })),
        ),
        notes: [],
      },
    };
  }

  labelMaps(): Promise<LabelPairs> {
    throw notBoxes('label maps');
  }

  panoptic(): Promise<PanopticPairs> {
    throw notBoxes('panoptic segments');
  }
}

function notBoxes(what: string): OnebitError {
  return new OnebitError('ERR_USAGE', `onebit eval: a detector finds boxes, but the metric is one of ${what}`);
}
