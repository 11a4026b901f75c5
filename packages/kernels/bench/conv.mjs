// GFLOP/s of the float convolutions on the layers of a ResNet-18 (batch 8, 128 x 128 images): node bench/conv.mjs [threads]
// The best of many repeats counts: on a shared machine the minimum is what the code can do.
import { conv2dGeometry, filterShape, inputShape, loadNative, outputShape } from '../dist/index.js';

const batch = 8;
const layers = [
  ['7x7/2 3-64 @128', 3, 64, 7, 2, 128],
  ['3x3 64 @32', 64, 64, 3, 1, 32],
  ['3x3/2 64-128 @32', 64, 128, 3, 2, 32],
  ['1x1/2 64-128 @32', 64, 128, 1, 2, 32],
  ['3x3 128 @16', 128, 128, 3, 1, 16],
  ['3x3/2 128-256 @16', 128, 256, 3, 2, 16],
  ['1x1/2 128-256 @16', 128, 256, 1, 2, 16],
  ['3x3 256 @8', 256, 256, 3, 1, 8],
  ['3x3/2 256-512 @8', 256, 512, 3, 2, 8],
  ['1x1/2 256-512 @8', 256, 512, 1, 2, 8],
  ['3x3 512 @4', 512, 512, 3, 1, 4],
];

const native = loadNative();
if (process.argv[2] !== undefined) native.setThreads(Number(process.argv[2]));
console.log(`kernel set ${native.kernelSet}, ${native.threads} thread(s); GFLOP/s (best ms)`);
console.log(['layer', 'forward', 'input gradient', 'filter gradient'].map((s) => s.padEnd(20)).join(''));

for (const [name, inChannels, outChannels, kernel, stride, size] of layers) {
  const g = conv2dGeometry([batch, size, size, inChannels], [kernel, kernel, inChannels, outChannels], {
    strides: stride,
    padding: Math.floor(kernel / 2),
  });
  const random = (shape) => Float32Array.from({ length: shape.reduce((a, b) => a * b) }, () => Math.random() - 0.5);
  const [x, filter, y] = [random(inputShape(g)), random(filterShape(g)), random(outputShape(g))];
  const dx = new Float32Array(x.length);
  const dfilter = new Float32Array(filter.length);
  const out = new Float32Array(y.length);
  const gflop = (2 * y.length * kernel * kernel * inChannels) / 1e9;
  const runs = [
    () => native.conv2d(x, filter, out, g),
    () => native.conv2dBackpropInput(y, filter, dx, g),
    () => native.conv2dBackpropFilter(x, y, dfilter, g),
  ];
  const cells = runs.map((run) => {
    const seconds = best(run);
    return `${(gflop / seconds).toFixed(1)} (${(seconds * 1e3).toFixed(2)})`;
  });
  console.log([name, ...cells].map((s) => s.padEnd(20)).join(''));
}

function best(run) {
  for (let i = 0; i < 3; i++) run();
  let minimum = Number.POSITIVE_INFINITY;
  const end = performance.now() + 400;
  while (performance.now() < end) {
    const start = performance.now();
    run();
    minimum = Math.min(minimum, (performance.now() - start) / 1e3);
  }
  return minimum;
}
