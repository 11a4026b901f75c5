import '@tensorflow/tfjs-backend-cpu';
import { registerGradients, tf, valueAndGradients } from '@onebit/ops';
import fc from 'fast-check';
import { beforeAll, expect, test } from 'vitest';
import { ModuleBuilder } from './builder.js';
import { BatchNorm } from './layers/batch-norm.js';
import { PRelu } from './layers/prelu.js';
import { copyLeadingSlices, leadingSlices } from './leading-slices.js';
import { inference, Module } from './module.js';
import { planOf } from './plan.js';
import { stateOf } from './state.js';
import { withParameters } from './with-parameters.js';

beforeAll(async () => {
  registerGradients();
  await tf.setBackend('cpu');
});

/** Two convolutions with what stands around them, of any width. */
class Net extends Module<tf.Tensor4D, tf.Tensor4D> {
  readonly #layers: Module<tf.Tensor4D, tf.Tensor4D>[];

  constructor(plan: string, width: number, inner: number, seed = 1) {
    super();
    const builder = new ModuleBuilder({ plan: planOf(plan), seed });
    const conv = (name: string, inChannels: number, outChannels: number) =>
      this.child(name, builder.conv(name, { inChannels, outChannels, kernelSize: 3 }));
    this.#layers = [
      conv('one', 2, width),
      this.child('bn', new BatchNorm({ channels: width })),
      this.child('act', new PRelu({ channels: width })),
      conv('two', width, inner),
    ];
  }

  override forward(x: tf.Tensor4D, context = inference): tf.Tensor4D {
    return this.#layers.reduce((y, layer) => layer.forward(y, context), x);
  }
}

const training = { training: true, progress: 0.5 } as const;
const image = () => tf.randomNormal([2, 4, 3, 2], 0, 1, 'float32', 3) as tf.Tensor4D;
const variablesOf = (model: Net) => model.namedParameters().map(([, { variable }]) => variable);

test.each(['float', 'bireal', 'reactnet', 'xnor', 'bnn', 'adabin', 'dsq', 'bnnplus', 'rbcn'])(
  '%s: a narrow network on slices computes what its copy does; gradients fill the leading entries and nothing else',
  (plan) => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 6 }), fc.integer({ min: 1, max: 5 }), (width, inner) => {
        tf.tidy(() => {
          const wide = new Net(plan, 6, 5);
          const [shared, copied] = [new Net(plan, width, inner, 2), new Net(plan, width, inner, 3)];
          copyLeadingSlices(wide, copied);
          const x = image();
          const ofShared = valueAndGradients(
            () =>
              tf.mean(
                tf.square(withParameters(shared, leadingSlices(wide, shared), () => shared.forward(x, training))),
              ),
            variablesOf(wide),
          );
          const ofCopied = valueAndGradients(
            () => tf.mean(tf.square(copied.forward(x, training))),
            variablesOf(copied),
          );
          expect(ofShared.value.arraySync()).toBe(ofCopied.value.arraySync());
          for (const [i, variable] of variablesOf(copied).entries()) {
            const whole = ofShared.gradients.get(variablesOf(wide)[i]) as tf.Tensor;
            const part = ofCopied.gradients.get(variable) as tf.Tensor;
            const missing = whole.shape.map((size, axis): [number, number] => [0, size - part.shape[axis]]);
            const padded = missing.length === 0 ? part : tf.pad(part, missing);
            expect(whole.arraySync()).toEqual(padded.arraySync());
          }
          for (const model of [wide, shared, copied]) model.dispose();
        });
      }),
      { numRuns: 6 },
    );
  },
);

test('afterwards a network has its own parameters again, also when the action throws', async () => {
  const [wide, narrow] = [new Net('bireal', 4, 4), new Net('bireal', 2, 2, 2)];
  const before = await stateOf(narrow);
  const slices = leadingSlices(wide, narrow);
  const failing = () => withParameters(narrow, slices, () => narrow.forward(tf.zeros([1, 4, 4, 3])));
  expect(failing).toThrow(/one: input must be/);
  expect(await stateOf(narrow)).toEqual(before);
});

test('what cannot be shared is refused by name', () => {
  const wide = new Net('bireal', 4, 4);
  const wider = new Net('bireal', 5, 4);
  expect(() => leadingSlices(wide, wider)).toThrow(
    "one.weight must be a part of the wide network's, [3, 3, 2, 5] was asked for and there is [3, 3, 2, 4]",
  );
  expect(() => leadingSlices(wide, new Net('xnorpp', 4, 4))).toThrow(/must be a part .* and there is nothing/);
  expect(() => leadingSlices(new Net('lab', 4, 4), new Net('lab', 4, 4))).toThrow(/one\.weight must be a plain param/);
  const captured = new Net('bonn', 4, 4);
  const slices = leadingSlices(captured, captured);
  expect(() => withParameters(captured, slices, () => captured.forward(image(), training))).toThrow(
    /every parameter must be read in the forward pass, .* this method's layers cannot share weights/,
  );
  expect(() => withParameters(wide, new Map(), () => 0)).toThrow('a tensor for one.weight must be given');
  expect(() => withParameters(wide, leadingSlices(wider, wider), () => 0)).toThrow(
    /one\.weight must be \[3, 3, 2, 4\]/,
  );
});
