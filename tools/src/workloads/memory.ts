import type { ImageClassifier } from '@onebit/backbones';
import { Random } from '@onebit/common';
import { tf } from '@onebit/ops';
import { type NativeBackend, type StepUse, type TracedStep, useOfBatch } from '@onebit/tfjs-backend-native';
import { computeGradients, type LossContext, Optimizer, type TrainingBatch } from '@onebit/training';
import type { Recipe } from '../recipes/schema.js';
import { recipeSteps } from './recipe.js';
import type { Workload } from './workload.js';

/** What training by a recipe takes, in bytes. */
export interface MemoryEstimate {
  readonly batch: number;
  /** Parameters and running statistics. */
  readonly weights: number;
  /** The optimizer's moments. */
  readonly optimizer: number;
  /** The moving average of the weights. */
  readonly average: number;
  /** The network that is learnt from. */
  readonly teacher: number;
  /** Gradients and activations at the fullest moment of a step. */
  readonly step: StepUse;
  /** Copies of weights, moments and averages while a checkpoint is written. */
  readonly checkpoint: number;
  /** Memory that no tensor fits into, between those in use. */
  readonly holes: number;
  /** Batches of pictures made ahead of the step, and the threads that make them. */
  readonly loader: number;
  /** Node.js, the program, its compiled code, scratch memory of the kernels. */
  readonly process: number;
  readonly total: number;
}

/** Batch normalisation of a map of one pixel needs two pictures. */
const [smallBatch, largeBatch] = [2, 3];

/** Share of the tensors' memory that is lost between blocks; 5 % in ResNet-18 at 224 x 224, batch 8. */
const holesShare = 0.06;

/** A checkpoint is read from the tensors, encoded, and at the beginning of a run read back from the disk. */
const checkpointCopies = 3;

/** Resident in one thread that decodes and augments pictures: an engine of its own, libvips, pictures at hand. */
const workerBytes = 40 * 2 ** 20;

/** Estimates of one recipe for any batch, all from the same two small steps. */
export class MemoryModel {
  private constructor(
    private readonly recipe: Recipe,
    private readonly traced: readonly [TracedStep, TracedStep],
    private readonly kept: Pick<MemoryEstimate, 'weights' | 'optimizer' | 'average' | 'teacher' | 'process'>,
    private readonly workers: number,
  ) {}

  /**
   * Runs two steps of the recipe on a few pictures of noise, on the native back end, and keeps nothing of them.
   * @param workers threads that make batches.
   * @param teacher network of the recipe's teacher.
   */
  static async of(
    recipe: Recipe,
    classes: readonly string[],
    workers: number,
    teacher?: ImageClassifier,
  ): Promise<MemoryModel> {
    const backend = tf.backend() as NativeBackend;
    const used = () => backend.memory().usedBytes;
    const before = used();
    const { model, at } = recipeSteps(recipe, classes, teacher);
    const weights = used() - before;
    const small = at(smallBatch);
    const withInputs = used();
    const optimizer = new Optimizer(model.namedParameters(), small.optimizer);
    const moments = used() - withInputs;
    const traced = async (step: Workload): Promise<TracedStep> => ({
      batch: step.batch,
      trace: await backend.traceUse(() => gradients(step, optimizer, recipe.train.accumulate)),
    });
    const steps = [await traced(small), await traced(at(largeBatch))] as const;
    optimizer.dispose();
    model.dispose();
    const average = recipe.train.ema === null ? 0 : weights;
    const process_ = process.memoryUsage.rss() - backend.memory().heldBytes;
    backend.trim();
    const kept = { weights, optimizer: moments, average, teacher: sizeOf(teacher), process: process_ };
    return new MemoryModel(recipe, steps, kept, workers);
  }

  /** What the recipe takes at this batch. */
  at(batch: number): MemoryEstimate {
    const { weights, optimizer, average, teacher, process } = this.kept;
    const step = useOfBatch(...this.traced, batch);
    const checkpoint = checkpointCopies * (weights + optimizer + average);
    const holes = holesShare * (weights + optimizer + average + teacher + step.total);
    const pictures = batch * this.recipe.model.imageSize ** 2 * 3 * Float32Array.BYTES_PER_ELEMENT;
    const loader = this.workers * (workerBytes + 2 * pictures) + pictures; // two batches a worker are made ahead, one is at work
    const networks = weights + optimizer + average + teacher;
    const total = networks + checkpoint + step.total + holes + loader + process;
    return { batch, weights, optimizer, average, teacher, checkpoint, step, holes, loader, process, total };
  }

  /** The largest batch up to `most` whose estimate is at most `bytes`; 0 if there is none. */
  largestBatch(bytes: number, most: number): number {
    let [fits, tooLarge] = [0, most + 1];
    while (tooLarge - fits > 1) {
      const middle = (fits + tooLarge) >> 1;
      if (this.at(middle).total <= bytes) fits = middle;
      else tooLarge = middle;
    }
    return fits;
  }
}

/** Bytes of a network's parameters and running statistics. */
function sizeOf(network: ImageClassifier | undefined): number {
  if (network === undefined) return 0;
  const variables = [
    ...network.namedParameters().map(([, { variable }]) => variable),
    ...network.namedBuffers().map(([, variable]) => variable),
  ];
  return variables.reduce((sum, { size }) => sum + size * Float32Array.BYTES_PER_ELEMENT, 0);
}

/** The gradients of a step, as the training loop computes them, and nothing of them left. */
async function gradients(workload: Workload, { trained }: Optimizer, count: number): Promise<void> {
  const lossOf = (_: TrainingBatch, context: LossContext) => workload.lossOf(context);
  const batches = async function* (): AsyncGenerator<TrainingBatch> {
    for (let i = 0; i < count; i++) yield { ids: [] };
  };
  const task = { lossOf, count, trained, random: new Random(1), step: workload.step, progress: 0 };
  const { byName } = await computeGradients(batches(), task);
  for (const gradient of byName.values()) gradient.dispose();
}
