import { inference, type Method, ModuleBuilder, methods, resolvePrecision } from '@onebit/nn';
import { tf } from '@onebit/ops';
import { adaptiveWeight } from '../../../nn/src/binarizers/adaptive-set.js';
import { weightValue } from '../../../nn/src/binarizers/operand.js';
import { ResidualBlock } from '../../src/block.js';
import {
  type Build,
  compareBlock,
  compareConv,
  compareTrainedActivation,
  convOptions,
  goldenMethod,
  relaxed,
} from '../golden-method.js';
import type { Golden } from '../golden-module.js';
import { layerScope } from '../layer-scope.js';

/** The file holds the released code. */
const precision = { method: 'adabin', centre: 'released' } as const;
const method = resolvePrecision(precision) as Method;

/** By its README the file was made at t = 2 of the range from 1e-3 to 10. */
const progress = Math.log(2 / 1e-3) / Math.log(10 / 1e-3);

function compareWeights(golden: Golden, prefix: string): void {
  const [outChannels, inChannels, kernelSize] = golden.tensor(`${prefix}.w`).shape;
  const layer = adaptiveWeight.build(layerScope({ inChannels, outChannels, kernelSize }));
  tf.tidy(() => {
    layer.latent[0].variable.assign(golden.parameter(`${prefix}.w`));
    golden.compareParameter(`${prefix}.wb`, weightValue(layer.operand(inference)), relaxed);
  });
}

goldenMethod('adabin', (golden) => {
  compareTrainedActivation(golden, 'act', method.activation, {
    rename: (name) => name.replace('input.', ''),
    tolerance: relaxed,
  });
  for (const prefix of golden.cases('wb')) {
    compareWeights(golden, prefix);
    const rename = (name: string) => (name === 'weight' ? 'w' : name.replace('input.', ''));
    compareConv(golden, prefix, method, { rename, tolerance: relaxed, progress });
  }
  const build: Build = (g, prefix) => {
    const { kernelSize: _, ...options } = convOptions(g, `${prefix}.p.w1`, `${prefix}.x`, `${prefix}.grad_out`);
    return new ResidualBlock(new ModuleBuilder({ plan: [{ match: '**', precision }] }), options);
  };
  const rename = (name: string) =>
    name
      .replace(/^conv(\d)\.weight$/, 'w$1')
      .replace(/^conv(\d)\.input\.alpha$/, 'a$1')
      .replace(/^conv(\d)\.input\.beta$/, 'b$1')
      .replace(/^act(\d)\.positive$/, 'pos$1')
      .replace(/^act(\d)\.negative$/, 'neg$1')
      .replace('variance', 'var');
  for (const prefix of golden.cases('p.w1'))
    compareBlock(golden, prefix, build, rename, { tolerance: relaxed, progress });
  // The default is the paper's centre.
  if (methods.adabin.activation === method.activation) throw new Error('adabin: the option centre has no effect');
});
