import { stateOf } from '@onebit/nn';
import { softmaxCrossEntropy, tf, valueAndGradients } from '@onebit/ops';
import { describe, expect, test } from 'vitest';
import {
  AuxiliaryModule,
  forwardWithAuxiliary,
  type Loss,
  type LossContext,
  type StrategyTerm,
  Supervision,
  Taps,
  TrainedTogether,
  type TrainOptions,
  train,
} from '../src/index.js';
import { temporaryFolder, withoutLeak } from './helpers.js';
import { evaluate, makeBatch, type TinyBatch, TinyModel, tinyRun } from './tiny.mjs';

const context: LossContext = { training: true, step: 0, progress: 0 };
const images = ({ images: pixels, labels }: TinyBatch) => tf.tensor4d(pixels, [labels.length, 4, 4, 2]);
const labelLoss = (logits: tf.Tensor, { labels }: TinyBatch) =>
  tf.mean(softmaxCrossEntropy(logits as tf.Tensor2D, tf.tensor1d(labels, 'int32'))) as tf.Scalar;
const sumOf = (terms: Readonly<Record<string, tf.Scalar>>): Loss => ({ total: tf.addN(Object.values(terms)), terms });

describe('taps', () => {
  test('hold inner tensors with their gradients, and let go of them', async () => {
    const model = new TinyModel();
    await withoutLeak(async () => {
      const taps = new Taps([
        { match: 'norm*', side: 'output' },
        { match: 'binary', side: 'input' },
      ]);
      const loss = () => {
        model.forward(images(makeBatch(1)), taps.listen(context));
        expect(taps.tensors(0).map(({ shape }) => shape)).toEqual([
          [6, 4, 4, 6],
          [6, 4, 4, 6],
        ]);
        const sum = tf.add(tf.sum(tf.square(taps.tensors(0)[1])), tf.sum(taps.tensors(1)[0])) as tf.Scalar;
        taps.release();
        return sum;
      };
      const { value, gradients } = valueAndGradients(loss, [model.stem.weight.variable, model.out.weight.variable]);
      expect([...gradients.keys()]).toEqual([model.stem.weight.variable]); // the output layer comes later
      tf.dispose([value, ...gradients.values()]);
    });
    model.dispose();
  });

  test('name what there is when nothing matches; refuse a pass that is not recorded', () => {
    const taps = new Taps([{ match: 'stage9', side: 'output' }]);
    const model = new TinyModel();
    tf.tidy(() => model.forward(images(makeBatch(1)), taps.listen(context)));
    expect(() => taps.tensors(0)).toThrow(/stage9.*stem, norm1, binary/);
    expect(() => taps.listen({ ...context, recompute: true })).toThrow(/recompute to false/);
    taps.release();
    model.dispose();
  });
});

describe('supervision', () => {
  test('needs a teacher where it compares with one', () => {
    expect(() => new Supervision(new TinyModel(), [{ kind: 'logits', weight: 1 }])).toThrow(/logits.*teacher/);
  });

  test('leaves a teacher as it is and trains the student alone; terms end when they should', async () => {
    const [student, teacher] = [new TinyModel({ seed: 1 }), new TinyModel({ seed: 2, plan: 'float' })];
    const before = await stateOf(teacher);
    const terms: StrategyTerm[] = [
      { kind: 'attention', weight: 1, match: 'norm*' },
      { kind: 'distribution', weight: 1, match: 'binary', until: 0.5 },
    ];
    const supervision = new Supervision(student, terms, { network: teacher });
    const namesAt = (progress: number) =>
      tf.tidy(() => Object.keys(supervision.forward(images(makeBatch(1)), { ...context, progress }).terms));
    expect(namesAt(0.4)).toEqual(['attention', 'distribution']);
    expect(namesAt(0.5)).toEqual(['attention']);
    expect(await stateOf(teacher)).toEqual(before);
  });
});

describe('the auxiliary module', () => {
  test('leaves the student as it was: the same outputs, parameters and names, attached or not', async () => {
    const student = new TinyModel();
    const auxiliary = auxiliaryOf();
    const input = images(makeBatch(3));
    const alone = student.forward(input, { training: false }).dataSync();
    const names = student.namedParameters().map(([name]) => name);
    const together = new TrainedTogether(['student', student], { auxiliary });
    const { logits } = forwardWithAuxiliary(student, auxiliary, input, { training: false });
    expect(logits.dataSync()).toEqual(alone);
    expect(together.forward(input, { training: false }).dataSync()).toEqual(alone);
    expect(student.namedParameters().map(([name]) => name)).toEqual(names);
    expect(student.binary.path).toBe('binary');
    const all = together.namedParameters().map(([name]) => name);
    expect(all.filter((name) => name.startsWith('student.'))).toEqual(names.map((name) => `student.${name}`));
    expect(all).toContain('auxiliary.enter0.conv.weight');
  });

  test('runs the shared part once: running statistics move as without it', async () => {
    const [alone, attached] = [new TinyModel(), new TinyModel()];
    tf.tidy(() => alone.forward(images(makeBatch(3)), context));
    tf.tidy(() => forwardWithAuxiliary(attached, auxiliaryOf(), images(makeBatch(3)), context));
    expect(await stateOf(attached)).toEqual(await stateOf(alone));
  });
});

function auxiliaryOf(): AuxiliaryModule {
  const taps = [
    { name: 'norm1', channels: 6, stride: 1 },
    { name: 'norm2', channels: 6, stride: 1 },
  ];
  return new AuxiliaryModule({ taps, classes: 3, seed: 5 });
}

/** Accuracy after a short run; chance is 1/3. */
async function accuracyOf(
  overrides: (student: TinyModel) => Partial<TrainOptions<TinyBatch>>,
  student = new TinyModel(),
) {
  const options = { evaluate: () => evaluate(student, {}), steps: 40, ...overrides(student) };
  const { evaluation } = await train(tinyRun(await temporaryFolder(), options, student));
  return evaluation!.metrics.accuracy;
}

describe('strategies learn with the trainer', async () => {
  const teacher = new TinyModel({ plan: 'float', seed: 4, channels: 8 });
  await accuracyOf(() => ({}), teacher);

  const supervised = (terms: StrategyTerm[], labelWeight: number) => (student: TinyModel) => {
    const supervision = new Supervision(student, terms, { network: teacher });
    const lossOf = (batch: TinyBatch, at: LossContext) => {
      const { logits, terms: extra } = supervision.forward(images(batch), at);
      return sumOf({ label: tf.mul(labelLoss(logits, batch), labelWeight) as tf.Scalar, ...extra });
    };
    return { lossOf };
  };
  test.each<[string, StrategyTerm[], number]>([
    ['soft labels instead of labels', [{ kind: 'soft-labels', weight: 1 }], 0],
    ['softened logits', [{ kind: 'logits', weight: 1, temperature: 2 }], 1],
    ['attention', [{ kind: 'attention', weight: 1, match: 'norm*' }], 1],
    ['distribution', [{ kind: 'distribution', weight: 0.2, match: 'binary' }], 1],
  ])('%s', async (_, terms, labelWeight) => {
    expect(await accuracyOf(supervised(terms, labelWeight))).toBeGreaterThan(0.6);
  });

  test('guided: both networks learn, each from the other', async () => {
    const guide = new TinyModel({ plan: 'float', seed: 6 });
    const before = await stateOf(guide);
    const accuracy = await accuracyOf((student) => {
      const terms: StrategyTerm[] = [{ kind: 'hint', weight: 0.1, match: 'norm2' }];
      const supervision = new Supervision(student, terms, { network: guide, trained: true });
      const lossOf = (batch: TinyBatch, at: LossContext) => {
        const { logits, teacherLogits, terms: extra } = supervision.forward(images(batch), at);
        return sumOf({ label: labelLoss(logits, batch), guide: labelLoss(teacherLogits!, batch), ...extra });
      };
      return { model: new TrainedTogether(['student', student], { guide }) as unknown as TinyModel, lossOf };
    });
    expect(accuracy).toBeGreaterThan(0.6);
    expect(await stateOf(guide)).not.toEqual(before);
  });

  test('auxiliary module', async () => {
    const auxiliary = auxiliaryOf();
    const accuracy = await accuracyOf((student) => ({
      model: new TrainedTogether(['student', student], { auxiliary }) as unknown as TinyModel,
      lossOf: (batch: TinyBatch, at: LossContext) => {
        const { logits, auxiliaryLogits } = forwardWithAuxiliary(student, auxiliary, images(batch), at);
        return sumOf({ label: labelLoss(logits, batch), auxiliary: labelLoss(auxiliaryLogits, batch) });
      },
    }));
    expect(accuracy).toBeGreaterThan(0.6);
  });

  test.each(['tanh', 'ramp', 'smooth-tanh', 'target-soft-hinge'])('gradient %s', async (activationGradient) => {
    const plan = [{ match: 'binary', precision: { method: 'bnn', activationGradient } as const }];
    expect(await accuracyOf(() => ({}), new TinyModel({ plan }))).toBeGreaterThan(0.6);
  });
});
