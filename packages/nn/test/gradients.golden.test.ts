import { binarize, type Estimator, estimators, softmaxCrossEntropy, tf } from '@onebit/ops';
import { describe } from 'vitest';
import { eachBackEnd } from '../../tfjs-backend-native/test/back-ends.js';
import { type GoldenTensors, golden } from '../../tfjs-backend-native/test/golden-tensors.js';
import { type SmoothSignName, smoothEstimator, smoothSign, smoothSigns } from '../src/binarizers/smooth.js';
import {
  ramp,
  staircase,
  staircaseEstimators,
  targetLosses,
  targetSign,
  targetsOf,
  windowEstimator,
} from '../src/binarizers/target-propagation.js';

/** The README's tolerances for float32. */
const exact = { tolerance: 0, absolute: 0 };
const values = { tolerance: 1e-5, absolute: 1e-6 };
const gradients = { tolerance: 1e-4, absolute: 1e-6 };

describe('golden vectors of the gradients of sign', () => {
  eachBackEnd(
    (start) => {
      golden('training/smooth_quantizer.safetensors', start, checkSmooth);
      golden('training/ftprop.safetensors', start, (g) => {
        checkLosses(g);
        checkRules(g);
        checkNetwork(g);
        checkStaircase(g);
      });
    },
    ['cpu', 'native'],
  );
});

type Function_ = (x: tf.Tensor) => tf.Tensor;

const signed =
  (estimator: Estimator): Function_ =>
  (x) =>
    binarize(x, { levels: 'pm1', estimator, signOfZero: 1 });

function checkSmooth(g: GoldenTensors): void {
  const x = g.tensor('x');
  const lambdas = [...g.tensor('lambda').dataSync()];
  for (const name of Object.keys(smoothSigns) as SmoothSignName[]) {
    const rows = (f: (lambda: number) => tf.Tensor) => lambdas.map(f);
    const smooth = rows((lambda) => smoothSign(x, name, lambda));
    const slopes = rows((lambda) => tf.grad((a) => smoothSign(a, name, lambda))(x));
    const estimated = rows((lambda) => tf.grad(signed(smoothEstimator(name, lambda)))(x));
    g.compare(name, tf.stack(smooth), g.tensor(name), values);
    for (const [i, lambda] of lambdas.entries()) {
      const expected = tf.gather(g.tensor(`${name}_grad`), i);
      for (const actual of [slopes[i], estimated[i]]) {
        g.compare(`${name}_grad`, actual, expected, { tolerance: 1e-3, absolute: 1e-6 + 2e-7 * lambda });
      }
    }
  }
  g.compare('sign', signed(estimators.identity)(x), g.tensor('sign'), exact);
}

/** Names in the file of the rules that a loss of targets gives. */
const lossOfRule = {
  soft_hinge: targetLosses.softHinge,
  lecun_tanh: targetLosses.lecunTanh,
  sigmoid_2: targetLosses.sigmoid,
  trunc_hinge: targetLosses.truncatedHinge,
};
const estimatorOfRule: Readonly<Record<string, Estimator>> = {
  ste: estimators.identity,
  sste: estimators.clip,
  sste_sqrt3: windowEstimator(Math.sqrt(3)),
  ramp,
};

function checkLosses(g: GoldenTensors): void {
  const targets = targetsOf(g.tensor('grad_out'));
  g.compare('target', targets, g.tensor('target'), exact);
  const margin = tf.mul(targets, g.tensor('z'));
  const losses = {
    hinge: targetLosses.hinge,
    trunc_hinge: targetLosses.truncatedHinge,
    soft_hinge: targetLosses.softHinge,
  };
  for (const [name, { value }] of Object.entries(losses)) {
    g.compare(`${name}_loss`, value(margin), g.tensor(`${name}_loss`), values);
  }
}

/** Every `grad_<rule>` of the file, but `grad_out`. */
function checkRules(g: GoldenTensors): void {
  for (const name of g.file.tensors.keys()) {
    const rule = /^grad_(?!out$)(.+)$/.exec(name)?.[1];
    if (rule === undefined) continue;
    const actual = tf.grad(signOf(rule))(g.tensor('z'), g.tensor('grad_out'));
    g.compare(name, actual, g.tensor(name), gradients);
  }
  const [z, dy] = [g.tensor('z'), g.tensor('grad_out')];
  const tanh = tf.grad(signed(smoothEstimator('tanh', 1)))(z, dy);
  g.compare('soft hinge, weighted, is the slope of tanh', tanh, g.tensor('grad_soft_hinge_scaled'), gradients);
}

/** The sign with the gradient of a rule. */
function signOf(rule: string): Function_ {
  if (Object.hasOwn(estimatorOfRule, rule)) return signed(estimatorOfRule[rule]);
  const name = rule.replace(/_scaled$/, '') as keyof typeof lossOfRule;
  if (!Object.hasOwn(lossOfRule, name)) throw new Error(`golden: no rule ${rule}`);
  return (z) => targetSign(z, lossOfRule[name], rule !== name);
}

/** `x -> x W1' + b1 -> sign -> W2' -> softmax cross entropy`, with the gradient of each rule. */
function checkNetwork(g: GoldenTensors): void {
  const labels = tf.cast(g.tensor('net_labels'), 'int32') as tf.Tensor1D;
  const rules = [...g.file.tensors.keys()].flatMap((name) => /^net_(.+)_grad_w1$/.exec(name)?.[1] ?? []);
  for (const rule of rules) {
    const loss = (w1: tf.Tensor, b1: tf.Tensor, w2: tf.Tensor) => {
      const z = tf.add(tf.matMul(g.tensor('net_x'), w1, false, true), b1);
      const logits = tf.matMul(signOf(rule)(z), w2, false, true) as tf.Tensor2D;
      return tf.mean(softmaxCrossEntropy(logits, labels));
    };
    const parameters = ['w1', 'b1', 'w2'];
    const inputs = parameters.map((name) => g.tensor(`net_${name}`));
    const [w1, b1, w2] = inputs;
    g.compare('net_loss', loss(w1, b1, w2), g.tensor('net_loss'), values);
    for (const [i, gradient] of tf.grads(loss)(inputs).entries()) {
      const name = `net_${rule}_grad_${parameters[i]}`;
      g.compare(name, gradient, g.tensor(name), gradients);
    }
  }
}

function checkStaircase(g: GoldenTensors): void {
  const [x, dy] = [g.tensor('stair_x'), g.tensor('stair_grad_out')];
  const steps = g.tensor('stair_steps').dataSync()[0];
  const rules = { soft_hinge_scaled: staircaseEstimators.softHinge, sste: staircaseEstimators.window };
  for (const [rule, estimator] of Object.entries(rules)) {
    const f = (a: tf.Tensor) => staircase(a, steps, estimator);
    g.compare('stair_y', f(x), g.tensor('stair_y'), values);
    g.compare(`stair_grad_${rule}`, tf.grad(f)(x, dy), g.tensor(`stair_grad_${rule}`), gradients);
  }
}
