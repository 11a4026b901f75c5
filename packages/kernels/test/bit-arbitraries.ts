import fc from 'fast-check';
import type { PadValue } from '../src/geometry.js';
import type { Levels } from '../src/native/binary.js';
import { geometries } from './arbitraries.js';
import { isSmall, transformKinds } from './bit-operands.js';

export const channelCounts = [1, 2, 3, 31, 32, 33, 63, 64, 65, 96, 128, 130, 160, 200];
export const bitGeometries = geometries(channelCounts, 17).filter(isSmall);
const padValues = fc.constantFrom<PadValue>(0, 1, -1);
export const levelNames = fc.constantFrom<Levels>('pm1', 'zero-one');
export const readings = fc.record({ padValue: padValues, levels: levelNames });
export const transforms = fc.record({
  offset: fc.boolean(),
  activation: fc.constantFrom(...transformKinds.activation),
  residual: fc.constantFrom(...transformKinds.residual),
});
export const outputs = fc.record({
  type: fc.constantFrom(...transformKinds.output),
  levels: levelNames,
  threshold: fc.constantFrom<'none' | 'plain' | 'flipped'>('none', 'plain', 'flipped'),
});
