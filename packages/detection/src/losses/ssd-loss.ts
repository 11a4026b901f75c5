import { OnebitError, shapeError } from '@onebit/common';
import { minedCrossEntropy, type Reading, read, tf } from '@onebit/ops';
import { type BottleneckOptions, bottleneckPresets, bottleneckWeights } from './bottleneck.js';
import { type BoxNoise, SampledBoxes } from './box-sampling.js';
import { featureTerm } from './feature-term.js';
import { objectPrior, type PriorGroup, selectPriorGroups } from './object-prior.js';
import { type DetectionTargets, type MatchedBatch, matchBatch } from './targets.js';

/** Raw outputs of an SSD for a batch. */
export interface SsdOutputs {
  /** `[B, P, 4]` offsets or `[B, P, 8]` log-variances, then offsets. */
  readonly loc: tf.Tensor3D;
  /** `[B, P, C + 1]`, background first. */
  readonly logits: tf.Tensor3D;
  /** The source maps the heads read, which BiDet's feature term constrains. */
  readonly features: readonly tf.Tensor4D[];
}

export interface SsdLossOptions {
  /** Default: the preset `none`. */
  readonly bottleneck?: BottleneckOptions;
  /** Updates done so far: bottleneck terms start at their `startStep`; default 0. */
  readonly step?: number;
  /** Needed where the bottleneck samples boxes. */
  readonly noise?: BoxNoise;
  /** IoU from which a prior is positive; default 0.5. */
  readonly matchThreshold?: number;
  /** Background priors in the loss for each positive one; default 3. */
  readonly negativeRatio?: number;
}

/** `loc` box regression, `conf` classification, `reg` BiDet's feature term, `prior` its sparse object prior. */
export type SsdTerm = 'loc' | 'conf' | 'reg' | 'prior';

export interface SsdLoss {
  /** Sum of the weighted terms: what is differentiated. */
  readonly total: tf.Scalar;
  /** Weighted terms by name. */
  readonly terms: Readonly<Record<SsdTerm, tf.Scalar>>;
  /** The same before weighting. A term of weight 0 isn't computed and is 0 in both. */
  readonly unweighted: Readonly<Record<SsdTerm, tf.Scalar>>;
  /** Weights in force at this step. */
  readonly weights: Readonly<Record<SsdTerm, number>>;
  /** Positive priors, hard negatives and groups of the object prior in the batch. */
  readonly counts: { readonly positives: number; readonly negatives: number; readonly priorGroups: number };
}

/**
 * SSD's multi-box loss with BiDet's terms (bidet.md sections 6.3 and 7 to 9). Both base terms are sums divided by the number N of positives in the whole batch;
 * without positives they are 0 with gradient 0. Matching, mining and suppression run on values outside the tape; what is differentiated is a few dozen ops.
 * The choice reads values, so the loss is a {@link Reading}: `yield* ssdLoss(...)` in a loss for `train`, else run it by `runReading`, or `runReadingSync` where the back
 * end reads at once.
 * @param priors `[P, 4]` (cx, cy, w, h), the model's
 */
export function* ssdLoss(
  outputs: SsdOutputs,
  targets: readonly DetectionTargets[],
  priors: Float32Array,
  options: SsdLossOptions = {},
): Reading<SsdLoss> {
  checkShapes(outputs, targets, priors);
  const { bottleneck = bottleneckPresets.none, step = 0, noise, matchThreshold = 0.5, negativeRatio = 3 } = options;
  const matched = matchBatch(targets, priors, matchThreshold);
  const [batch, count, columns] = outputs.logits.shape;
  const logits = tf.reshape<tf.Rank.R2>(outputs.logits, [batch * count, columns]);
  const boxes = new SampledBoxes(
    tf.reshape<tf.Rank.R2>(outputs.loc, [batch * count, outputs.loc.shape[2]]),
    bottleneck.sampleScale,
    noise,
  );
  const { beta, gamma } = bottleneckWeights(bottleneck, step);

  const conf = yield* classTerm(logits, matched, batch, negativeRatio);
  const groups = gamma === 0 ? [] : yield* priorGroups(logits, boxes, priors, matched, bottleneck);
  const unweighted: Record<SsdTerm, tf.Scalar> = {
    loc: boxTerm(boxes, matched),
    conf: conf.term,
    reg: beta === 0 ? tf.scalar(0) : featureTerm(outputs.features),
    prior: objectPrior(logits, groups),
  };
  const weights = { loc: 1, conf: 1, reg: beta, prior: gamma };
  const weigh = (name: SsdTerm) =>
    (weights[name] === 1 ? unweighted[name] : tf.mul(unweighted[name], weights[name])) as tf.Scalar;
  const terms = { loc: weigh('loc'), conf: weigh('conf'), reg: weigh('reg'), prior: weigh('prior') };
  const total = tf.addN([terms.loc, terms.conf, terms.reg, terms.prior]);
  const counts = { positives: matched.positives.length, negatives: conf.negatives, priorGroups: groups.length };
  return { total, terms, unweighted, weights, counts };
}

function* priorGroups(
  logits: tf.Tensor2D,
  boxes: SampledBoxes,
  priors: Float32Array,
  { present }: MatchedBatch,
  options: BottleneckOptions,
): Reading<PriorGroup[]> {
  const probabilities = tf.softmax(logits);
  const offsetsOf = (rows: Int32Array) => boxes.valuesOf(rows);
  const candidates = { probabilities, columns: logits.shape[1], offsetsOf, priors, present };
  const groups = yield* selectPriorGroups(candidates, options);
  probabilities.dispose();
  return groups;
}

/** (1 / N) * sum of smooth L1 over the positives' sampled offsets. */
function boxTerm(boxes: SampledBoxes, { positives, offsets }: MatchedBatch): tf.Scalar {
  const count = positives.length;
  // Without positives one row is read and weighed 0: the term stays connected to the head, whose gradient is then 0 and not missing.
  const rows = count === 0 ? Int32Array.of(0) : positives;
  const wanted = count === 0 ? new Float32Array(4) : offsets;
  return tf.tidy(() => {
    const sum = boxes.distance(rows, tf.tensor2d(wanted, [rows.length, 4]));
    return tf.mul(sum, count === 0 ? 0 : 1 / count) as tf.Scalar;
  });
}

/** (1 / N) * sum of cross entropy over positives and hard negatives. */
function* classTerm(
  logits: tf.Tensor2D,
  { classes, positives }: MatchedBatch,
  batch: number,
  ratio: number,
): Reading<{ term: tf.Scalar; negatives: number }> {
  const mined = { images: batch, ratio };
  const scale = positives.length === 0 ? 0 : 1 / positives.length;
  const { sum, chosen } = yield* minedCrossEntropy(logits, tf.tensor1d(classes, 'int32'), mined);
  const taken = (yield* read<Uint8Array>(chosen)).reduce((total, row) => total + row, 0);
  return { term: tf.mul(sum, scale), negatives: taken - positives.length };
}

function checkShapes({ loc, logits }: SsdOutputs, targets: readonly DetectionTargets[], priors: Float32Array): void {
  const [batch, count, columns] = logits.shape;
  if (count !== priors.length / 4) {
    throw shapeError(
      'ssdLoss',
      'logits',
      `[B, ${priors.length / 4}, classes + 1] as there are ${priors.length / 4} priors`,
      logits.shape,
    );
  }
  if (loc.shape[0] !== batch || loc.shape[1] !== count || (loc.shape[2] !== 4 && loc.shape[2] !== 8)) {
    throw shapeError('ssdLoss', 'loc', `[${batch}, ${count}, 4 or 8]`, loc.shape);
  }
  if (targets.length !== batch) {
    throw new OnebitError(
      'ERR_SHAPE',
      `ssdLoss: there must be targets for each of ${batch} images, got ${targets.length}`,
    );
  }
  for (const [b, { labels }] of targets.entries()) {
    const wrong = labels.find((label) => label < 0 || label > columns - 2);
    if (wrong !== undefined) {
      throw new OnebitError('ERR_DATA', `ssdLoss: image ${b}: labels must be 0 to ${columns - 2}, got ${wrong}`);
    }
  }
}
