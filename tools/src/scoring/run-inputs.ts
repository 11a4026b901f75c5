import { OnebitError } from '@onebit/common';
import { cocoSets } from '@onebit/eval';
import type { ImageDetections } from '../detector/evaluate.js';
import type { BoxSet } from './boxes.js';
import type { CocoPair } from './coco-files.js';
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

  /** What need not be found is a crowd to COCO's rules. Areas are those of the data set where it has them, else those of the boxes. */
  async coco(): Promise<CocoPair> {
    const { truth, found } = boxesOf(this.classes, inOrderOfIds(this.results));
    const images = truth.images.map(({ id, objects }) => ({
      id,
      objects: objects.map((object) => ({ ...object, crowd: object.difficult })),
    }));
    const sets = cocoSets(found.detections, images, this.classes);
    return { gt: sets.truths, dt: sets.detections, lenient: false, notes: [] };
  }

  async boxes(): Promise<BoxSet> {
    return boxesOf(this.classes, this.results);
  }

  labelMaps(): Promise<LabelPairs> {
    throw notBoxes('label maps');
  }

  panoptic(): Promise<PanopticPairs> {
    throw notBoxes('panoptic segments');
  }
}

function boxesOf(classes: readonly string[], results: readonly ImageDetections[]) {
  return {
    truth: {
      classes,
      coordinates: 'continuous' as const,
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

/** COCOeval resolves ties by the image's id; a COCO file lists its images in any order. Ids that are no numbers keep the order of the split. */
function inOrderOfIds(results: readonly ImageDetections[]): readonly ImageDetections[] {
  if (!results.every(({ sample }) => /^\d+$/.test(sample.id))) return results;
  return [...results].sort((a, b) => Number(a.sample.id) - Number(b.sample.id));
}

function notBoxes(what: string): OnebitError {
  return new OnebitError('ERR_USAGE', `onebit eval: a detector finds boxes, but the metric is one of ${what}`);
}
