import { ModuleBuilder, methods, RPRelu } from '@onebit/nn';
import { ConvUnit } from '../../src/unit.js';
import {
  type Build,
  compareBlock,
  compareLayer,
  compareTrainedActivation,
  convOptions,
  goldenMethod,
} from '../golden-method.js';

// `kd.*` of the file belongs to the losses of @onebit/training.
goldenMethod(
  'reactnet',
  (golden) => {
    compareTrainedActivation(golden, 'rsign', methods.reactnet.activation, { rename: () => 'bias' });
    const channels = golden.tensor('rprelu.slope').shape[0];
    const words: Record<string, string> = { shiftIn: 'shift_in', alpha: 'slope', shiftOut: 'shift_out' };
    compareLayer(golden, 'rprelu', new RPRelu({ channels }), { rename: (name) => words[name] });
    const build: Build = (g, prefix) => {
      const { kernelSize: _, ...options } = convOptions(g, `${prefix}.p.w`, `${prefix}.x`, `${prefix}.grad_out`);
      return new ConvUnit(new ModuleBuilder({ plan: 'reactnet' }), options);
    };
    const names: Record<string, string> = {
      'conv.shift': 'move0',
      'conv.weight': 'w',
      'bn.variance': 'bn.var',
      'act.shiftIn': 'move1',
      'act.alpha': 'slope',
      'act.shiftOut': 'move2',
    };
    for (const prefix of golden.cases('p.w')) compareBlock(golden, prefix, build, (name) => names[name] ?? name);
  },
  /^(kd|block_mobile)/,
);
