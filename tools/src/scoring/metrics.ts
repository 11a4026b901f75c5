import { unknownName } from '@onebit/common';
import { boundaryMetric } from './boundary-metric.js';
import { cocoMetricTable } from './coco-metrics.js';
import type { Metric } from './metric.js';
import { panopticMetric } from './panoptic-metric.js';
import { semanticMetricTable } from './semantic-metrics.js';
import { tideMetricTable } from './tide-metric.js';
import { vocMetricTable } from './voc-metrics.js';

/** Every metric that `--metric` can name. */
export const metrics: readonly Metric[] = [
  ...cocoMetricTable,
  ...vocMetricTable,
  ...tideMetricTable,
  ...semanticMetricTable,
  boundaryMetric,
  panopticMetric,
];

/** The metric of a name. @throws OnebitError ERR_UNKNOWN_NAME listing all. */
export function metricNamed(name: string): Metric {
  const metric = metrics.find((candidate) => candidate.name === name);
  if (metric) return metric;
  throw unknownName(
    'onebit eval: --metric',
    name,
    metrics.map((candidate) => candidate.name),
  );
}
