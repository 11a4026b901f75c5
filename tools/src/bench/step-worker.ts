import { createInterface } from 'node:readline';
import { imageClassifier, resnet18 } from '@onebit/backbones';
import { Random } from '@onebit/common';
import { softmaxCrossEntropy, tf, valueAndGradients } from '@onebit/ops';
import { selectBackend } from '@onebit/tfjs-backend-native';
import { Optimizer } from '@onebit/training';

// Times ResNet-18 training steps on the tfjs back end named by the first argument; the protocol is in contestant.ts.
// Workload: batch B of S x S x 3, 10 classes, softmax cross entropy, SGD with momentum 0.9, everything float32.
const [backend, precision, batch, size] = process.argv.slice(2);
const report = await selectBackend(backend as 'native' | 'wasm');

const model = imageClassifier({
  classes: 10,
  plan: precision,
  seed: 1,
  backbone: (builder) => resnet18({ builder }),
});
const optimizer = new Optimizer(model.namedParameters(), { kind: 'sgd', momentum: 0.9 });
const random = new Random(1);
const images = tf.tensor4d(
  Float32Array.from({ length: Number(batch) * Number(size) ** 2 * 3 }, () => random.normal()),
  [Number(batch), Number(size), Number(size), 3],
);
const labels = tf.tensor1d(
  Int32Array.from({ length: Number(batch) }, () => random.int(10)),
  'int32',
);
const variables = optimizer.trained.map(([, { variable }]) => variable);

function step(): number {
  const { value, gradients } = valueAndGradients(
    () => tf.mean(softmaxCrossEntropy(model.forward(images, { training: true }), labels)) as tf.Scalar,
    variables,
  );
  const loss = value.dataSync()[0];
  optimizer.step(new Map(optimizer.trained.map(([name, { variable }]) => [name, gradients.get(variable)!])), 0.01, 1);
  tf.dispose([value, ...gradients.values()]);
  return loss;
}

process.stdout.write(`${JSON.stringify({ ready: true, ...report })}\n`);
for await (const line of createInterface({ input: process.stdin })) {
  const { steps } = JSON.parse(line) as { steps: number };
  const ms: number[] = [];
  let loss = Number.NaN;
  for (let i = 0; i < steps; i++) {
    const started = performance.now();
    loss = step();
    ms.push(performance.now() - started);
  }
  process.stdout.write(`${JSON.stringify({ ms, loss })}\n`);
}
process.exit(0);
