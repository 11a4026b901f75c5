import { type Method, ModuleBuilder, methods, resolvePrecision } from '@onebit/nn';
import { binarizeWeight, tf } from '@onebit/ops';
import { ConvUnit } from '../../src/unit.js';
import {
  type Build,
  compareActivation,
  compareBlock,
  compareConv,
  convOptions,
  goldenMethod,
  relative,
} from '../golden-method.js';
import type { Golden } from '../golden-module.js';

/** What the cases of the paper are called here. */
const scales: Readonly<Record<string, string>> = {
  case1: 'channel',
  case2: 'dense',
  case3: 'channel-map',
  case4: 'channel-row-column',
};

/** The method with a scale for the outputs of the case at `gradOut`. */
function methodFor(golden: Golden, scale: string, gradOut: string) {
  const [, , height, width] = golden.tensor(gradOut).shape;
  return { method: 'xnorpp', scale, outputSize: [height, width] } as const;
}

goldenMethod('xnorpp', (golden) => {
  compareActivation(golden, 'act', methods.xnorpp.activation.quantizer(1));
  // The library's weights: XNOR-Net's scale, differentiated, with its sign(0) = 0.
  tf.tidy(() => {
    const quantizer = { scale: 'filter-mean', gradient: 'scale-chain', signOfZero: 0 } as const;
    const estimator = methods.xnorpp.activation.quantizer(1).estimator;
    const value = (w: tf.Tensor) => binarizeWeight(w, { ...quantizer, estimator });
    const w = golden.parameter('weight_xnor.w');
    golden.compareParameter('weight_xnor.wb', value(w), relative);
    const gradient = tf.grad(value)(w, golden.parameter('weight_xnor.grad_out'));
    golden.compareParameter('weight_xnor.grad_w', gradient, relative);
  });
  for (const prefix of golden.cases('w').filter((name) => name in scales)) {
    const method = resolvePrecision(methodFor(golden, scales[prefix], `${prefix}.grad_out`)) as Method;
    compareConv(golden, prefix, method);
  }
  const build: Build = (g, prefix) => {
    const { kernelSize: _, ...options } = convOptions(g, `${prefix}.p.w`, `${prefix}.x`, `${prefix}.grad_out`);
    const precision = methodFor(g, 'channel-row-column', `${prefix}.grad_out`);
    return new ConvUnit(new ModuleBuilder({ plan: [{ match: '**', precision }] }), options);
  };
  const names: Record<string, string> = { 'conv.weight': 'w', 'act.alpha': 'slope', 'bn.variance': 'bn.var' };
  const rename = (name: string) => names[name] ?? name.replace(/^conv\./, '');
  for (const prefix of golden.cases('p.w')) compareBlock(golden, prefix, build, rename);
});
