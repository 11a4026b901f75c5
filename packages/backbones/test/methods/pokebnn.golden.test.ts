import { DPRelu } from '@onebit/nn';
import { fitChannels, overlappingMean } from '../../src/shortcut.js';
import { compareLayer, exact, goldenMethod, relative } from '../golden-method.js';

goldenMethod('pokebnn', (golden) => {
  const channels = golden.tensor('dprelu.pos').shape[0];
  const names: Record<string, string> = { shiftIn: 'bias_x', shiftOut: 'bias_y', positive: 'pos', negative: 'neg' };
  compareLayer(golden, 'dprelu', new DPRelu({ channels }), { rename: (name) => names[name] });
  const x = golden.map('reshape.r');
  for (const name of golden.names) {
    const [, form, count] = /^reshape\.(pad|tile|shrink|pool)(\d*)$/.exec(name) ?? [];
    if (form === 'pool') golden.compareMap(name, overlappingMean(x), relative);
    else if (form === 'shrink') golden.compareMap(name, fitChannels(x, Number(count), 'pad'), relative);
    else if (form !== undefined) {
      golden.compareMap(name, fitChannels(x, Number(count), form === 'pad' ? 'pad' : 'repeat'), exact);
    }
  }
});
