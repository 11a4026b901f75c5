import { type EdgeChoice, edgeName, type SearchOperation } from '@onebit/backbones';
import { hashSeed, Random } from '@onebit/common';
import type { ClassificationBatch } from '@onebit/datasets';
import { tf } from '@onebit/ops';
import { type OptimizerConfig, train } from '@onebit/training';
import { classifierLoss } from '../../classifier/task.js';
import type { ClassificationRecipe } from '../../recipes/classification.js';
import { mainMetrics, progressLine } from '../../trainer/progress.js';
import { alphaPattern, buildSearched, type SearchedClassifier, singleOptimizer } from './network.js';
import { phaseOptions, phaseRecipe, type SearchPhase } from './phase.js';

/** An edge and the mean accuracy of the networks that each of its operations was drawn for. */
export interface CreditedEdge extends EdgeChoice {
  readonly credits: readonly number[];
}

/** Times that each operation is drawn to be credited. BNAS' constants are not known (training-strategies.md section 14). */
const rounds = 4;

/**
 * One loop of BNAS' reduction of the operation space (Chen et al. 2020, arXiv 1911.10862; training-strategies.md section 14): the weights are trained for a while with operations drawn
 * uniformly on every edge, then every operation is credited with the accuracy on alpha's half of the networks it was drawn for. In these draws each operation of an edge is drawn equally
 * often, and normalisation uses the statistics of the batch, since running ones are of other networks.
 */
export async function creditOperations(phase: SearchPhase, space: readonly EdgeChoice[]): Promise<CreditedEdge[]> {
  const { settings, halves, classes, output } = phase;
  const recipe = phaseRecipe(phase.recipe, 'drop', settings.dropUpdates);
  const searched = buildSearched(recipe, classes.length, space, settings);
  const { model, net } = searched;
  const progress = progressLine(recipe, output, mainMetrics.classification);
  const { loaders, options } = phaseOptions(phase, recipe);
  const loss = classifierLoss(model, recipe);
  try {
    const { evaluation } = await train<ClassificationBatch>({
      ...options,
      model,
      optimizer: weightsOptimizer(recipe),
      lossOf: (batch, context) => {
        net.draw(space.map(({ operations }) => context.random?.int(operations.length) ?? 0));
        return loss(batch, context);
      },
      batches: (start) => loaders.open(halves.weights, start),
      evaluate: (_, { limit }) => credited(searched, loaders.open(halves.alpha, 0), recipe.seed, limit ?? rounds),
      // Notices of parameters without gradients: those of operations that were not drawn in the trial before step one.
      onProgress: (told) => told.kind !== 'notice' && progress.take(told),
    });
    const metrics = evaluation?.metrics ?? {};
    return space.map((edge) => {
      return { ...edge, credits: edge.operations.map((operation) => metrics[creditName(edge, operation)]) };
    });
  } finally {
    progress.finish();
    model.dispose();
    await loaders.close();
  }
}

/** Every edge without the operation that has the least credit; `none` is never the last one left. Of equal ones the last goes. */
export function dropWorst(edges: readonly CreditedEdge[]): EdgeChoice[] {
  return edges.map(({ kind, node, from, operations, credits }) => {
    const isLast = (operation: SearchOperation) => operations.every((each) => each === operation || each === 'none');
    const droppable = operations.flatMap((operation, i) => (operation !== 'none' && isLast(operation) ? [] : [i]));
    const worst = droppable.reduce((least, i) => (credits[i] <= credits[least] ? i : least));
    return { kind, node, from, operations: operations.filter((_, i) => i !== worst) };
  });
}

function weightsOptimizer(recipe: ClassificationRecipe): OptimizerConfig {
  const optimizer = singleOptimizer(recipe);
  return { ...optimizer, groups: [...(optimizer.groups ?? []), { match: alphaPattern, frozen: true }] };
}

const creditName = (edge: EdgeChoice, operation: SearchOperation) => `${edgeName(edge)}/${operation}`;

/** The mean accuracy of all draws, and of those of each operation. */
async function credited(
  { model, net }: SearchedClassifier,
  batches: AsyncIterable<ClassificationBatch>,
  seed: number,
  count: number,
): Promise<Record<string, number>> {
  const random = new Random(hashSeed(seed, 'credits'));
  const seen: Record<string, number[]> = {};
  let round = 0;
  for await (const batch of batches) {
    const orders = net.edges.map(({ operations }) => random.shuffle(Array.from(operations.keys())));
    for (let draw = 0; draw < Math.max(...orders.map(({ length }) => length)); draw++) {
      const positions = orders.map((order) => order[draw % order.length]);
      net.draw(positions);
      const top1 = accuracyOn(batch, model);
      const names = net.edges.map((edge, i) => creditName(edge, edge.operations[positions[i]]));
      for (const name of ['top1', ...names]) seen[name] = [...(seen[name] ?? []), top1];
    }
    if (++round === count) break;
  }
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  return Object.fromEntries(Object.entries(seen).map(([name, values]) => [name, mean(values)]));
}

/** Share of the pictures that are recognised, with the statistics of the batch. */
function accuracyOn({ images, shape, labels }: ClassificationBatch, model: SearchedClassifier['model']): number {
  const context = { training: true, again: true, progress: 1 } as const;
  const found = tf.tidy(() => tf.argMax(model.forward(tf.tensor4d(images, [...shape]), context), 1).dataSync());
  return labels.reduce((sum, label, i) => sum + (label === found[i] ? 1 : 0), 0) / labels.length;
}
