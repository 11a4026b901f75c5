import { ModuleBuilder } from '@onebit/nn';
import { ConvUnit } from '../../src/unit.js';
import { type Build, compareBlock, convOptions, goldenMethod } from '../golden-method.js';

// `attention.*` of the file belongs to the losses of @onebit/training.
goldenMethod(
  'real2binary',
  (golden) => {
    const build: Build = (g, prefix) => {
      const { kernelSize: _, ...options } = convOptions(g, `${prefix}.p.w`, `${prefix}.x`, `${prefix}.grad_out`);
      return new ConvUnit(new ModuleBuilder({ plan: 'real2binary' }), options);
    };
    const names: Record<string, string> = { 'conv.weight': 'w', 'act.alpha': 'slope', 'bn.variance': 'bn.var' };
    const rename = (name: string) => names[name] ?? name.replace(/^conv\./, '');
    for (const prefix of golden.cases('p.w')) compareBlock(golden, prefix, build, rename);
  },
  /^attention\./,
);
