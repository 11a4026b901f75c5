import type { LayerScope } from '@onebit/nn';
import { Parameter } from '@onebit/nn';
import { type ConvGeometryOptions, convGeometry } from '../../nn/src/layers/geometry.js';

/** A layer for binarizers that are tested without one; weights are zeros. */
export function layerScope(options: ConvGeometryOptions): LayerScope {
  const geometry = convGeometry('layer', options);
  const filled = (shape: readonly number[], value: number) => {
    return new Float32Array(shape.reduce((size, n) => size * n, 1)).fill(value);
  };
  return {
    geometry,
    where: 'layer',
    weights: ({ shape = [...geometry.kernelSize, geometry.inChannels, geometry.outChannels], role = 'latent' } = {}) =>
      new Parameter(shape, filled(shape, 0), { role }),
    parameter: (_, shape, values, role = 'scale') =>
      new Parameter(shape, typeof values === 'number' ? filled(shape, values) : values, { role }),
  };
}
