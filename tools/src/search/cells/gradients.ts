import { type EdgeChoice, edgeName, type ImageClassifier, type WeighedEdge } from '@onebit/backbones';
import type { ClassificationBatch, ClassificationSample } from '@onebit/datasets';
import { type EvaluationLine, type OptimizerChoice, readMetrics, train } from '@onebit/training';
import { classifyAll } from '../../classifier/classify.js';
import { measureClassifier } from '../../classifier/measure.js';
import { classifierLoss } from '../../classifier/task.js';
import type { ClassificationRecipe } from '../../recipes/classification.js';
import { mainMetrics, progressLine } from '../../trainer/progress.js';
import { alphaPattern, buildSearched, singleOptimizer } from './network.js';
import { phaseOptions, phaseRecipe, type SearchPhase } from './phase.js';

/** Alpha at one time of a search. */
export interface AlphaRecord {
  /** Updates that the weights have had, and alpha as well. */
  readonly update: number;
  /** Share of pictures of alpha's half that the network recognises, with all operations mixed. */
  readonly top1: number;
  readonly loss: number;
  readonly edges: readonly WeighedEdge[];
}

/** Pictures of alpha's half that the accuracy on the way is measured on. */
const measured = 512;

/** The accuracy and alpha are recorded so many times at least, and after every epoch. */
const leastRecords = 10;

/**
 * Searches by gradients of the first order: alpha by Adam on its half, the weights by the recipe's optimizer on theirs, one update each in turn, as a run of `train` that can be stopped and
 * resumed.
 * @returns alpha over the search, the last record being its result.
 */
export async function searchByGradients(phase: SearchPhase, space: readonly EdgeChoice[]): Promise<AlphaRecord[]> {
  const { settings, halves, classes, folder, output, workers } = phase;
  const recipe = phaseRecipe(phase.recipe, 'search', 2 * settings.updates);
  const { model, net } = buildSearched(recipe, classes.length, space, settings);
  const progress = progressLine(recipe, output, mainMetrics.classification);
  const epoch = Math.floor(halves.weights.length / recipe.train.batchSize);
  const { loaders, options } = phaseOptions(phase, recipe);
  try {
    await train<ClassificationBatch>({
      ...options,
      model,
      optimizer: inTurn(recipe, settings.alphaRate),
      lossOf: classifierLoss(model, recipe),
      batches: (start) => loaders.alternating(halves, start),
      evaluateEvery: 2 * Math.min(epoch, Math.ceil(settings.updates / leastRecords)),
      evaluate: async (_, { limit = measured }) => {
        const { top1, loss } = await accuracy(model, recipe, halves.alpha.slice(0, limit), classes.length, workers);
        return { top1, loss, ...metricsOf(await net.weights()) };
      },
      onProgress: progress.take,
    });
  } finally {
    progress.finish();
    model.dispose();
    await loaders.close();
  }
  const lines = await readMetrics(folder);
  return lines.flatMap((line) => (line.kind === 'evaluation' ? [recordOf(line, space)] : []));
}

/** DARTS' Adam for alpha (training-strategies.md section 14), the recipe's optimizer for everything else. */
function inTurn(recipe: ClassificationRecipe, alphaRate: number): OptimizerChoice {
  const schedule = { kind: 'constant', rate: alphaRate } as const;
  const alpha = { kind: 'adam', match: alphaPattern, beta1: 0.5, beta2: 0.999, weightDecay: 1e-3, schedule } as const;
  return { kind: 'several', inTurn: true, parts: [alpha, singleOptimizer(recipe)] };
}

async function accuracy(
  model: ImageClassifier,
  recipe: ClassificationRecipe,
  pictures: readonly ClassificationSample[],
  classes: number,
  workers?: number,
) {
  return measureClassifier(await classifyAll(model, recipe, pictures, { workers }), classes);
}

const metricName = (edge: EdgeChoice, operation: string) => `${edgeName(edge)}/${operation}`;

function metricsOf(edges: readonly WeighedEdge[]): Record<string, number> {
  return Object.fromEntries(
    edges.flatMap((edge) =>
      edge.operations.map((operation, i) => [metricName(edge, operation), edge.weights[i]] as const),
    ),
  );
}

function recordOf({ step, metrics }: EvaluationLine, space: readonly EdgeChoice[]): AlphaRecord {
  const edges = space.map((edge) => {
    return { ...edge, weights: edge.operations.map((operation) => metrics[metricName(edge, operation)]) };
  });
  return { update: step / 2, top1: metrics.top1, loss: metrics.loss, edges };
}
