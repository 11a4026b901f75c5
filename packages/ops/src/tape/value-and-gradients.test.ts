import { Random } from '@onebit/common';
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { beforeAll, describe, expect, test, vi } from 'vitest';
import { registerGradients } from '../gradients/register.js';
import { valueAndGradients } from './differentiate.js';

beforeAll(() => registerGradients());

/** Runs `body` and expects it to leave no tensor behind, however it ends. */
function withoutLeaks(body: () => void): void {
  const before = tf.memory();
  body();
  const { numTensors, numBytes } = tf.memory();
  expect({ numTensors, numBytes }).toEqual({ numTensors: before.numTensors, numBytes: before.numBytes });
}

function variablesOf(values: readonly (readonly number[])[], body: (variables: tf.Variable[]) => void): void {
  withoutLeaks(() => {
    const variables = values.map((numbers) => tf.tidy(() => tf.variable(tf.tensor1d([...numbers]))));
    try {
      body(variables);
    } finally {
      tf.dispose(variables);
    }
  });
}

/**
 * Without the sign of zero, and zeros where there is no gradient: TensorFlow.js also adds the zero gradients of comparisons and of indices, which makes +0 of -0.
 */
const plain = (gradient: tf.Tensor | undefined, { size }: tf.Tensor) =>
  Array.from(gradient?.dataSync() ?? new Float32Array(size), (value) => value + 0);

/** Expects what TensorFlow.js itself gives, to the bit. */
function expectAsVariableGrads(loss: () => tf.Scalar, variables: tf.Variable[]): void {
  const expected = tf.variableGrads(loss, variables);
  const { value, gradients } = valueAndGradients(loss, variables);
  expect(value.dataSync()).toEqual(expected.value.dataSync());
  for (const variable of variables) {
    expect(plain(gradients.get(variable), variable)).toEqual(plain(expected.grads[variable.name], variable));
  }
  tf.dispose([value, expected.value, expected.grads, ...gradients.values()]);
}

/** One random op on tensors of length 4 that came before; several have broadcasting, several outputs or gradients that pass `dy` on. */
const ops: readonly ((a: tf.Tensor, b: tf.Tensor) => tf.Tensor)[] = [
  (a, b) => tf.add(a, b),
  (a, b) => tf.sub(a, tf.mean(b)),
  (a, b) => tf.mul(a, b),
  (a) => tf.mul(a, a),
  (a) => tf.relu(a),
  (a, b) => tf.reshape(tf.slice(tf.concat(tf.split(tf.stack([a, b]), 2, 1), 0), [0, 1], [4, 1]), [4]),
  (a) => tf.tile(tf.unstack(tf.reshape(a, [2, 2]))[1], [2]),
  (a, b) => tf.where(tf.greater(a, b), a, tf.neg(b)),
  (a, b) => tf.addN([a, b, a]) as tf.Tensor,
  (a, b) => tf.gather(a, tf.cast(tf.clipByValue(b, 0, 3), 'int32') as tf.Tensor1D),
  (a, b) => tf.tidy(() => tf.tanh(tf.maximum(a, b))),
];

const graphs = fc.record({
  seed: fc.integer({ min: 0, max: 2 ** 30 }),
  steps: fc.array(fc.tuple(fc.nat(ops.length - 1), fc.nat(), fc.nat()), { minLength: 1, maxLength: 12 }),
});

describe('valueAndGradients', () => {
  test('equals tf.variableGrads to the bit on random graphs', () => {
    fc.assert(
      fc.property(graphs, ({ seed, steps }) => {
        const random = new Random(seed);
        const values = Array.from({ length: 3 }, () => Array.from({ length: 4 }, () => random.normal()));
        variablesOf(values, (variables) => {
          const loss = () => {
            const made: tf.Tensor[] = [...variables, tf.tensor1d([1, -2, 3, 0.5])];
            for (const [op, a, b] of steps) made.push(ops[op](made[a % made.length], made[b % made.length]));
            return tf.sum(tf.addN([...made.slice(-2), variables[0]])) as tf.Scalar;
          };
          expectAsVariableGrads(loss, variables);
        });
      }),
      { numRuns: 60 },
    );
  });

  test('NaN and infinity go through', () => {
    variablesOf([[0, Number.NaN, 1e38, -1]], ([x]) => {
      expectAsVariableGrads(() => tf.sum(tf.div(tf.mul(x, 1e10), x)) as tf.Scalar, [x]);
    });
  });

  test('a variable that is the loss, one that is not used, one that only comparisons see', () => {
    variablesOf([[2], [3], [4]], ([x, unused, compared]) => {
      const scalar = tf.tidy(() => tf.variable(tf.scalar(5)));
      const itself = valueAndGradients(() => scalar as unknown as tf.Scalar, [scalar]);
      expect(itself.gradients.get(scalar)!.dataSync()).toEqual(Float32Array.of(1));
      tf.dispose([itself.value, ...itself.gradients.values()]);
      expect(scalar.dataSync()).toEqual(Float32Array.of(5));
      scalar.dispose();

      const loss = () => tf.sum(tf.mul(x, tf.cast(tf.greater(compared, 0), 'float32'))) as tf.Scalar;
      const { value, gradients } = valueAndGradients(loss, [x, unused, compared]);
      expect([...gradients.keys()]).toEqual([x]);
      tf.dispose([value, ...gradients.values()]);
    });
  });

  test('customGrad: gradients that hand on what came in, and the same tensor for both inputs', () => {
    const op = tf.customGrad((a, b) => ({ value: tf.add(a as tf.Tensor, b as tf.Tensor), gradFunc: (dy) => [dy, dy] }));
    variablesOf([[1, 2]], ([x]) => {
      const loss = () => tf.sum(tf.mul(op(tf.mul(x, 2), tf.mul(x, 3)), x)) as tf.Scalar;
      const { value, gradients } = valueAndGradients(loss, [x]);
      expect(gradients.get(x)!.dataSync()).toEqual(Float32Array.of(10, 20)); // 5 x² in all
      tf.dispose([value, ...gradients.values()]);
    });
  });

  test('inside itself: the inner gradient is a constant for the outer tape', () => {
    variablesOf([[3]], ([x]) => {
      const outer = valueAndGradients(() => {
        const inner = valueAndGradients(() => tf.sum(tf.square(x)) as tf.Scalar, [x]);
        return tf.sum(tf.mul(x, inner.gradients.get(x)!)) as tf.Scalar;
      }, [x]);
      expect(outer.value.dataSync()).toEqual(Float32Array.of(18));
      expect(outer.gradients.get(x)!.dataSync()).toEqual(Float32Array.of(6));
      tf.dispose([outer.value, ...outer.gradients.values()]);
    });
  });

  test('a loss without variables and one that is no scalar are refused', () => {
    variablesOf([[1, 2]], ([x]) => {
      expect(() => valueAndGradients(() => tf.scalar(1), [x])).toThrow(/depends on none of the variables/);
      expect(() => valueAndGradients(() => tf.mul(x, 2) as unknown as tf.Scalar, [x])).toThrow(/must be a scalar/);
      // Integers carry no gradient.
      expect(() => valueAndGradients(() => tf.sum(tf.cast(x, 'int32')) as tf.Scalar, [x])).toThrow(/depends on none/);
    });
  });

  test('errors in the loss or in a gradient leave nothing behind, and the engine as it was', () => {
    const failing = (gradient: () => tf.Tensor) =>
      tf.customGrad((a, save) => {
        (save as tf.GradSaveFunc)([a as tf.Tensor]);
        return { value: tf.square(a as tf.Tensor), gradFunc: gradient };
      });
    const thrown = failing(() => {
      throw new Error('no gradient today');
    });
    const wrongShape = failing(() => tf.zeros([7]));
    const wrongType = failing(() => tf.zeros([2], 'int32'));
    variablesOf([[1, 2]], ([x]) => {
      const sum = (y: tf.Tensor) => tf.sum(tf.exp(y)) as tf.Scalar;
      const inLoss = () => {
        sum(tf.square(x));
        throw new Error('no loss today');
      };
      expect(() => valueAndGradients(inLoss, [x])).toThrow('no loss today');
      expect(() => valueAndGradients(() => sum(thrown(tf.mul(x, 2))), [x])).toThrow('no gradient today');
      expect(() => valueAndGradients(() => sum(wrongShape(tf.mul(x, 2))), [x])).toThrow(/must be \[2\], got \[7\]/);
      expect(() => valueAndGradients(() => sum(wrongType(tf.mul(x, 2))), [x])).toThrow(/must be float32, got int32/);
      expect(() => valueAndGradients(() => sum(tf.atanh(tf.mul(x, 0.1))), [x])).toThrow(/Atanh has no gradient/);
      expect(tf.engine().isTapeOn()).toBe(false);
      expectAsVariableGrads(() => sum(tf.mul(x, x)), [x]);
    });
  });

  test('another TensorFlow.js, which does not record as 4.22 does, is refused', () => {
    variablesOf([[1]], ([x]) => {
      const stub = vi.spyOn(tf.engine(), 'isTapeOn').mockReturnValue(false);
      expect(() => valueAndGradients(() => tf.sum(x) as tf.Scalar, [x])).toThrow(/install @tensorflow\/tfjs-core 4.22/);
      stub.mockRestore();
      expectAsVariableGrads(() => tf.sum(tf.square(x)) as tf.Scalar, [x]);
    });
  });

  test('frees what it has used while it goes, and what only gives shapes at once', () => {
    variablesOf([Array.from({ length: 1000 }, (_, i) => i / 1000)], ([x]) => {
      /** Most memory in use during the backward pass, in tensors of the size of x. */
      const peak = (differentiate: (loss: () => tf.Scalar) => tf.TensorContainer) => {
        const before = tf.memory().numBytes;
        let most = 0;
        const probe = tf.customGrad((a) => {
          const gradFunc = (dy: tf.Tensor) => {
            most = Math.max(most, tf.memory().numBytes);
            return tf.clone(dy);
          };
          return { value: tf.clone(a as tf.Tensor), gradFunc };
        });
        const loss = () => {
          let y: tf.Tensor = x;
          for (let i = 0; i < 10; i++) y = probe(tf.add(tf.sin(y), x));
          return tf.sum(y) as tf.Scalar;
        };
        tf.dispose(differentiate(loss));
        return (most - before) / (4 * x.size);
      };
      const theirs = peak((loss) => tf.variableGrads(loss, [x]) as unknown as tf.TensorContainer);
      const ours = peak((loss) => {
        const { value, gradients } = valueAndGradients(loss, [x]);
        return [value, ...gradients.values()];
      });
      expect(ours).toBeLessThan(16); // the inputs of 10 sines, and few gradients
      expect(theirs).toBeGreaterThan(2 * ours);
    });
  });
});
