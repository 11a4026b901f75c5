import { ModuleBuilder, methods } from '@onebit/nn';
import { StyledConv } from '../../src/styled-conv.js';
import { type Build, compareActivation, compareBlock, convOptions, goldenMethod } from '../golden-method.js';

goldenMethod('bnext', (golden) => {
  compareActivation(golden, 'act', methods.bnext.activation.quantizer(1));
  const names: Record<string, string> = {
    'conv.weight': 'w',
    'conv.shift': 'move',
    'act.alpha': 'slope2',
    'in.alpha': 'slope1',
    'gate.mix': 'mix',
    'gate.gate.fc1.weight': 'se1',
    'gate.gate.fc1.bias': 'se1b',
    'gate.gate.fc2.weight': 'se2',
    'gate.gate.fc2.bias': 'se2b',
  };
  const rename = (name: string) =>
    names[name] ??
    name
      .replace(/^bn\./, 'bn1.')
      .replace(/^out\./, 'bn2.')
      .replace(/variance$/, 'var');
  for (const prefix of golden.cases('p.w')) {
    // The file shows both units: the one that multiplies onto its shortcut has a slope there.
    const last = !golden.has(`${prefix}.p.slope1`);
    const build: Build = (g) => {
      const options = convOptions(g, `${prefix}.p.w`, `${prefix}.x`, `${prefix}.grad_out`);
      return new StyledConv(new ModuleBuilder({ plan: 'bnext' }), { ...options, last });
    };
    // In evaluation the released layer takes bare signs, through which nothing flows back.
    compareBlock(golden, prefix, build, rename, { detached: (name) => name === 'conv.weight' });
  }
});
