import { OnebitError } from '@onebit/common';
import { tf } from '@onebit/ops';
import type { LayerScope, OutputScaling } from './binarizer.js';

/** Over what a trained scale runs (XNOR-Net++, arXiv 1909.13863, section 3): cases 1 to 4 of the paper in this order. */
type TrainedScale = 'channel' | 'dense' | 'channel-map' | 'channel-row-column';

/** Parts of {@link trainedScaling}. */
export interface TrainedScalingParts {
  readonly scale: TrainedScale;
  /** `[H', W']` of the layer's output; scales that run over pixels hold for this size alone. */
  readonly outputSize?: readonly [number, number];
}

/** An {@link OutputScaling} of XNOR-Net++. */
export interface TrainedScaling extends OutputScaling {
  readonly parts: TrainedScalingParts;
}

/** Parameters of each case: name and the axes of `[H', W', out]` it runs over. */
const factors: Record<TrainedScale, Readonly<Record<string, readonly ('height' | 'width' | 'channels')[]>>> = {
  channel: { alpha: ['channels'] },
  dense: { gamma: ['height', 'width', 'channels'] },
  'channel-map': { alpha: ['channels'], beta: ['height', 'width'] },
  'channel-row-column': { alpha: ['channels'], beta: ['height'], gamma: ['width'] },
};

/** Multiplies the output `[N, H', W', out]` by a product of trained factors, all 1 at first: `alpha` `[1, 1, out]` and the like. */
export function trainedScaling(parts: TrainedScalingParts): TrainedScaling {
  const { scale, outputSize } = parts;
  return {
    parts,
    name: `trained-${scale}`,
    build(layer) {
      if (scale === 'channel') {
        const alpha = layer.parameter('alpha', [layer.geometry.outChannels], 1);
        return (y) => tf.mul(y, alpha.variable);
      }
      const [height, width] = sizeFor(layer, scale, outputSize);
      const size = { height, width, channels: layer.geometry.outChannels };
      const parameters = Object.entries(factors[scale]).map(([name, axes]) => {
        const shape = (['height', 'width', 'channels'] as const).map((axis) => (axes.includes(axis) ? size[axis] : 1));
        return layer.parameter(name, shape, 1);
      });
      return (y) => {
        checkSize(layer, y, [height, width]);
        return parameters.reduce<tf.Tensor4D>((product, { variable }) => tf.mul(product, variable), y);
      };
    },
  };
}

function sizeFor({ where }: LayerScope, scale: TrainedScale, size: TrainedScalingParts['outputSize']) {
  if (size !== undefined) return size;
  throw new OnebitError(
    'ERR_RECIPE',
    `${where}: scale "${scale}" needs outputSize, the [height, width] of the layer's output; scale "channel" works at any size`,
  );
}

function checkSize({ where }: LayerScope, { shape }: tf.Tensor4D, expected: readonly [number, number]): void {
  if (shape[1] === expected[0] && shape[2] === expected[1]) return;
  throw new OnebitError(
    'ERR_SHAPE',
    `${where}: the scales of this layer were trained for outputs of ${expected.join('x')}, got ${shape[1]}x${shape[2]}; feed inputs of the training's size, or train with scale "channel"`,
  );
}
