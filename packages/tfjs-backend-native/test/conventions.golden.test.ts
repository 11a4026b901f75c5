import {
  type ActivationQuantizer,
  batchNormInference,
  binarize,
  binaryConv2d,
  estimators,
  type WeightQuantizer,
} from '@onebit/ops';
import * as tf from '@tensorflow/tfjs-core';
import { describe } from 'vitest';
import { eachBackEnd } from './back-ends.js';
import { type GoldenTensors, golden } from './golden-tensors.js';

const exact = { tolerance: 0 };
const pm1 = {
  activation: { levels: 'pm1', estimator: estimators.identity, signOfZero: 1 },
  weight: { scale: 'none', gradient: 'identity', signOfZero: 1 },
} as const satisfies { activation: ActivationQuantizer; weight: WeightQuantizer };

describe('golden vectors of the conventions', () => {
  eachBackEnd((start) => {
    golden('methods/conventions.safetensors', start, (g) => {
      for (const name of [...g.file.tensors.keys()].filter((key) => key.startsWith('dot.a'))) {
        const length = name.slice('dot.a'.length);
        const [a, b] = [g.tensor(name), g.tensor(`dot.b${length}`)];
        const dot = binaryConv2d(tf.reshape(a, [1, 1, 1, a.size]), tf.reshape(b, [1, 1, b.size, 1]), {
          padValue: 0,
          ...pm1,
        });
        g.compare(`dot.y${length}`, tf.reshape(dot, []), g.tensor(`dot.y${length}`), exact);
      }
      if (g.has('pad.x')) checkPadValues(g);
      if (g.has('fold.sums')) checkFolding(g);
    });
  });
});

function checkPadValues(g: GoldenTensors): void {
  const [x, w] = [g.map('pad.x'), g.filter('pad.w')];
  const at = (padValue: 0 | 1 | -1) => binaryConv2d(x, w, { padValue, ...pm1 });
  g.compare('pad.y_zero', at(0), g.map('pad.y_zero'), exact);
  g.compare('pad.y_plus', at(1), g.map('pad.y_plus'), exact);
  g.compare('pad.y_minus', at(-1), g.map('pad.y_minus'), exact);
  g.compare('pad.correction', tf.sub(at(1), at(0)), g.map('pad.correction'), exact);
}

/** The sign of batch-normalized sums, channel by channel. */
function checkFolding(g: GoldenTensors): void {
  const vector = (name: string) => g.tensor(`fold.${name}`) as tf.Tensor1D;
  const [sums, gamma] = [vector('sums'), vector('gamma')];
  const x = tf.tile(tf.reshape(sums, [sums.size, 1]), [1, gamma.size]);
  const y = batchNormInference(x, vector('mean'), vector('var'), gamma, vector('beta'), { epsilon: 1e-5 });
  g.compare('fold.sign', tf.transpose(binarize(y, pm1.activation)), vector('sign'), exact);
}
