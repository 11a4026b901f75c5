import { ModuleBuilder, methods, resolvePrecision } from '@onebit/nn';
import { ConvUnit } from '../../src/unit.js';
import {
  type Build,
  compareActivation,
  compareBlock,
  compareConv,
  compareWeight,
  convOptions,
  goldenMethod,
} from '../golden-method.js';

goldenMethod('bireal', (golden) => {
  compareActivation(golden, 'act', methods.bireal.activation.quantizer(1));
  compareWeight(golden, methods.bireal.weight.quantizer(1));
  const paper = resolvePrecision({ method: 'bireal', weightGradient: 'magnitude' }) as typeof methods.bireal;
  compareWeight(golden, paper.weight.quantizer(1), { gradient: 'grad_w_paper' });
  for (const prefix of golden.cases('w').filter((name) => name.startsWith('conv'))) {
    compareConv(golden, prefix, methods.bireal);
  }
  const build: Build = (g, prefix) => {
    const { kernelSize: _, ...options } = convOptions(g, `${prefix}.p.w`, `${prefix}.x`, `${prefix}.grad_out`);
    return new ConvUnit(new ModuleBuilder({ plan: 'bireal' }), options);
  };
  const rename = (name: string) =>
    name
      .replace('downsample.conv.weight', 'wd')
      .replace('conv.weight', 'w')
      .replace('downsample.bn', 'bnd')
      .replace('variance', 'var');
  for (const prefix of golden.cases('p.w')) compareBlock(golden, prefix, build, rename);
});
