import { join } from 'node:path';
import { OnebitError, Random, unknownName } from '@onebit/common';
import { tf } from '@onebit/ops';
import { BatchFeed } from './batch-feed.js';
import { describeEnvironment, recordEnvironment } from './environment.js';
import { computeGradients, type Gradients } from './gradients.js';
import { canonicalJson, hashOf, plainJson } from './json.js';
import { LeakCheck } from './leak-check.js';
import { recalibrate } from './recalibrate.js';
import { Run } from './run.js';
import { claimRunFolder, writeJson } from './run-folder.js';
import { scheduleAt } from './schedule.js';
import { latentValues, statisticsOf } from './statistics.js';
import { checkOptions, configOf, type TrainingBatch, type TrainOptions, type TrainResult } from './train-options.js';

type Metrics = Readonly<Record<string, number>>;

/**
 * Trains a model: batch -> loss -> gradients -> update, with everything around it that a long run needs. Knows nothing of what is learnt.
 * The run stands in the folder `output`: config, environment, metrics, TensorBoard events, checkpoints, summary. Equal options on an equal
 * machine give equal numbers to the bit, also when the run was killed and resumed in between.
 * @throws OnebitError ERR_RECIPE, ERR_OUTPUT, ERR_CHECKPOINT before any work; ERR_DIVERGED, ERR_INTERRUPTED, ERR_OUTPUT (disk full) during it,
 * with the last good checkpoint in place.
 */
export async function train<B extends TrainingBatch>(options: TrainOptions<B>): Promise<TrainResult> {
  checkOptions(options);
  const config = configOf(options);
  const run = new Run(options, hashOf(canonicalJson(config))); // checks the optimizer's options, too, before the folder is touched
  try {
    const resumes = await claimRunFolder(options.output, config, options.resume ?? 'never');
    await (resumes ? run.restore() : run.begin());
    const environment = await describeEnvironment(options.environment);
    await recordEnvironment(options.output, environment, run.state.step, run.notice);
    return await loop(run);
  } finally {
    await run.close();
  }
}

async function loop<B extends TrainingBatch>(run: Run<B>): Promise<TrainResult> {
  const { options, state, cadence, speed } = run;
  const stepLeaks = new LeakCheck('the step', 2);
  const evaluationLeaks = new LeakCheck('evaluate', 1);
  const first = state.step * run.accumulate;
  const feed = new BatchFeed(options.batches(first), first);
  try {
    if (state.step < options.steps) await dryRun(run, await feed.peek(), evaluationLeaks);
    await run.openLog();
    for (;;) {
      const received = await feed.receive(); // the awaits below may all be settled already
      const finished = state.step === options.steps;
      const interrupted = options.signal?.aborted === true && !finished;
      const due = (every: number) => finished || (state.step > 0 && state.step % every === 0);
      // An interrupted run leaves a due evaluation to the resumed one, which finds it missing.
      if (!interrupted && due(cadence.evaluate) && state.evaluation?.step !== state.step) {
        const metrics = await evaluationLeaks.around(`step ${state.step}`, () =>
          withEvaluatedWeights(run, () => settle(run)),
        );
        if (metrics) await run.recordEvaluation(metrics);
      }
      if (interrupted || due(cadence.checkpoint)) await run.save();
      if (interrupted) return await stopInterrupted(run);
      if (finished) break;

      const start = performance.now() - received;
      const numbers = await stepLeaks.around(`step ${state.step + 1}`, () => step(run, feed));
      speed.add({ images: numbers.ids.length, wait: feed.takeWait(), total: performance.now() - start });
      await run.record(numbers.rate, numbers);
    }
    await run.summarize('finished');
    return { ...run.outcome, checkpoint: run.checkpoint! }; // the last step is always saved
  } finally {
    await feed.close();
  }
}

/** One update: forward, backward, checks, clipping, optimizer, moving average. */
async function step<B extends TrainingBatch>(run: Run<B>, feed: BatchFeed<B>): Promise<Gradients & { rate: number }> {
  const { options, state, optimizer, random } = run;
  const count = run.accumulate;
  const task = { ...taskAt(run), trained: optimizer.trainedAt(state.step), count, random };
  const gradients = await computeGradients(feed.take(count), task);
  try {
    await checkFinite(run, gradients, `step ${state.step + 1}`);
    const { norm, byName } = gradients;
    // Only a norm above the limit is scaled down, the direction stays (Pascanu et al. 2013, arXiv 1211.5063, algorithm 1).
    const limit = options.gradientClip ?? Number.POSITIVE_INFINITY;
    const scale = norm > limit ? limit / norm : 1;
    const at = [options.schedule, state.step, options.steps] as const;
    const looksAtWeights = (state.step + 1) % run.cadence.statistics === 0;
    const latent = looksAtWeights ? await latentValues(optimizer.trained) : undefined;
    optimizer.step(byName, optimizer.ratesAt(...at), scale);
    if (latent) run.statistics = await statisticsOf(latent, optimizer.trained, byName);
    state.step++;
    state.images += gradients.ids.length;
    state.random = random.state;
    run.average?.update(state.step);
    return { ...gradients, rate: scheduleAt(...at) };
  } finally {
    for (const gradient of gradients.byName.values()) gradient.dispose();
  }
}

/** What loss and gradients at the present step depend on, beside batches and random numbers. */
function taskAt<B extends TrainingBatch>({ options, optimizer, state: { step } }: Run<B>) {
  const { lossOf, recompute, steps } = options;
  return { lossOf, recompute, trained: optimizer.trained, step, progress: step / steps };
}

/** Runs `action` with averaged weights where the run keeps them. */
function withEvaluatedWeights<B extends TrainingBatch, T>({ average }: Run<B>, action: () => Promise<T>): Promise<T> {
  return average ? average.during(action) : action();
}

/** Re-estimates statistics and measures the model, whichever the run wants. */
async function settle<B extends TrainingBatch>(run: Run<B>): Promise<Metrics | undefined> {
  const { model, recalibrate: count, batches, lossOf, steps } = run.options;
  if (count !== undefined) {
    // What is evaluated is the network at the end of its schedules, so its statistics belong to that one.
    const end = { step: steps, progress: 1 };
    await recalibrate(model, batches(0), count, (batch, context) => lossOf(batch, { ...context, ...end }));
    run.average?.adoptBuffers();
  }
  return run.options.evaluate && measure(run);
}

async function measure<B extends TrainingBatch>({ options }: Run<B>, limit?: number): Promise<Metrics> {
  return { ...(await options.evaluate!(options.model, { limit })) };
}

/** Images in the trial evaluation: enough for one odd batch. */
const trialImages = 3;

/**
 * Does once what a run of these options would do, but for its checkpoints, and writes and keeps nothing: options, a batch, its loss and gradients, an evaluation of a
 * few images. For plans of several runs, the last of which should not fail after the hours of the others.
 * @throws OnebitError ERR_RECIPE, ERR_UNKNOWN_NAME, and whatever batches, loss and evaluation throw
 */
export async function rehearse<B extends TrainingBatch>(options: TrainOptions<B>): Promise<void> {
  checkOptions(options);
  const run = new Run(options, '');
  const feed = new BatchFeed(options.batches(0), 0);
  try {
    await trialStep(run, await feed.peek());
    await trialEvaluation(run, new LeakCheck('evaluate', 1));
  } finally {
    await feed.close();
    await run.close();
  }
}

/**
 * Everything the run will do, once, before step one: loss and gradients of a batch, evaluation of a few images, a checkpoint written and read
 * back. What would fail after hours fails now. Weights, running statistics and random state are afterwards as before.
 */
async function dryRun<B extends TrainingBatch>(run: Run<B>, batch: B, evaluationLeaks: LeakCheck): Promise<void> {
  await checkFinite(run, await trialStep(run, batch), 'the dry run before the first step');
  await trialEvaluation(run, evaluationLeaks);
  await run.checkpoints.rehearse(await run.snapshot());
}

/** Loss and gradients of a batch; the gradients are disposed, running statistics are as before. */
async function trialStep<B extends TrainingBatch>(run: Run<B>, batch: B): Promise<Gradients> {
  const { options, optimizer } = run;
  const buffers = options.model.namedBuffers().map(([, variable]) => ({ variable, kept: tf.clone(variable) }));
  try {
    const random = new Random(run.random.state);
    const gradients = await computeGradients(only(batch), { ...taskAt(run), count: 1, random });
    for (const gradient of gradients.byName.values()) gradient.dispose();
    const unreached = optimizer.trained.filter(([name]) => !gradients.byName.has(name)).map(([name]) => name);
    if (unreached.length > 0)
      run.notice(`the loss does not depend on ${unreached.join(', ')}: they will not be trained`);
    return gradients;
  } finally {
    for (const { variable, kept } of buffers) {
      variable.assign(kept);
      kept.dispose();
    }
  }
}

async function trialEvaluation<B extends TrainingBatch>(run: Run<B>, leaks: LeakCheck): Promise<void> {
  const { evaluate, best } = run.options;
  if (evaluate === undefined) return;
  const metrics = await leaks.around('the dry run', () => withEvaluatedWeights(run, () => measure(run, trialImages)));
  if (best && !(best.metric in metrics)) throw unknownName('train.best.metric', best.metric, Object.keys(metrics));
}

/** Stops a run whose numbers are no longer numbers, and writes down what led there. */
async function checkFinite<B extends TrainingBatch>(
  run: Run<B>,
  { total, terms, norm, ids }: Gradients,
  where: string,
): Promise<void> {
  if (Number.isFinite(total) && Number.isFinite(norm)) return;
  const { output, schedule, steps } = run.options;
  const rate = scheduleAt(schedule, run.state.step, steps);
  // JSON has no NaN: as text.
  const texts = Object.fromEntries(Object.entries(terms).map(([name, value]) => [name, String(value)]));
  const record = { step: run.state.step + 1, total: String(total), terms: texts, gradientNorm: String(norm), rate };
  const report = { ...record, batchIds: ids, lastCheckpoint: run.checkpoint ?? null };
  await writeJson(join(output, 'diverged.json'), plainJson(report));
  await run.summarize('diverged');
  const list = Object.entries(texts).map(([name, value]) => `${name} ${value}`);
  throw new OnebitError(
    'ERR_DIVERGED',
    `${where}: loss and gradients must be finite, got total ${total} (${list.join(', ')}), gradient norm ${norm}, on the images ` +
      `${ids.join(', ')}. The last good checkpoint is ${run.checkpoint ?? 'none: there was none yet'}; details in ` +
      `${join(output, 'diverged.json')}. Lower the learning rate, clip gradients, or look at these images`,
  );
}

async function stopInterrupted<B extends TrainingBatch>(run: Run<B>): Promise<never> {
  await run.summarize('interrupted');
  throw new OnebitError(
    'ERR_INTERRUPTED',
    `interrupted after step ${run.state.step} of ${run.options.steps}; the checkpoint ${run.checkpoint} is written: ` +
      "run again with resume: 'auto' to go on from there",
  );
}

async function* only<B>(batch: B): AsyncGenerator<B, void> {
  yield batch;
}
