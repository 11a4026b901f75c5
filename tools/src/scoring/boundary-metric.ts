import { SemanticBoundary } from '@onebit/eval';
import { type LabelPairs, readPair } from './label-maps.js';
import type { Metric, OnProgress } from './metric.js';
import type { Score } from './score.js';

/** Width of the boundary as a share of the diagonal: the paper's for COCO and LVIS pictures. */
const ratio = 0.02;

/** Boundary IoU of label maps (Cheng et al., CVPR 2021, arXiv 2103.16562). */
export const boundaryMetric: Metric = {
  name: 'boundary-iou',
  title: 'mean boundary IoU of label maps',
  convention: `boundaries of ${ratio * 100} % of the diagonal, intersections and unions summed over all pictures, mean over the classes with a boundary in truth or prediction; truth 255 is left out`,
  compares: 'label maps',
  uses: ['split', 'classes'],
  async open(inputs) {
    const maps = await inputs.labelMaps();
    return (onProgress) => scoreBoundary(maps, onProgress);
  },
};

async function scoreBoundary({ classes, pairs }: LabelPairs, onProgress: OnProgress): Promise<Score> {
  const boundary = new SemanticBoundary(classes, { ratio });
  for (const [done, pair] of pairs.entries()) {
    const { truth, prediction } = await readPair(pair);
    boundary.add(truth.labels, prediction.labels, { id: pair.id, width: truth.width });
    onProgress(done + 1, pairs.length, 'pictures');
  }
  const { meanBoundaryIoU, classesInMean, perClass } = boundary.result('voc');
  return {
    settings: { ratio, images: pairs.length, classes: classes.length, classesInMean },
    measures: [{ name: 'mean boundary IoU', value: meanBoundaryIoU }],
    perClass: perClass.map(({ name, boundaryIoU, intersection, union }) => ({
      name,
      values: { 'boundary IoU': boundaryIoU },
      counts: { intersection, union },
    })),
    plots: [],
    notes: [`${classesInMean} of ${classes.length} classes are in the mean`],
    perImage: boundary.imageMetrics('voc'),
  };
}
