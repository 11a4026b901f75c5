import { OnebitError } from '@onebit/common/errors';
import { wordsFor } from '../../bits.js';
import type { Conv2dGeometry } from '../../geometry.js';
import type { GradientPrecision } from '../../transform.js';
import type { ArgumentsOver, Dispatch, Held, InputArray } from '../dispatch.js';
import { backpropFilterBody, backpropInputBody, scaleGradientBody } from '../wgsl/gradients.js';
import { floatBytes, windowUniforms } from './window.js';

/** Gradient at the input. */
export function binaryConv2dBackpropInput<H extends Held>(
  ...[dy, filter, scale, mask, dx, g, precision]: ArgumentsOver<H, 'binaryConv2dBackpropInput'>
): Dispatch<H> {
  mustBeFloat32('binaryConv2dBackpropInput', precision);
  const inputs: InputArray<H>[] = [
    { name: 'dy', element: 'f32', held: dy },
    { name: 'filters', element: 'i32', held: filter },
  ];
  if (scale !== null) inputs.push({ name: 'parameters', element: 'f32', held: scale });
  if (mask !== null) inputs.push({ name: 'mask', element: 'i32', held: mask });
  const uniforms = gradientUniforms(g);
  return {
    where: 'binaryConv2dBackpropInput',
    body: backpropInputBody({ scale: scale !== null, mask: mask !== null }),
    uniforms: { int: uniforms },
    inputs,
    output: { held: dx, element: 'f32' },
    columns: g.batch * g.inHeight * g.inWidth,
    rows: g.groups * uniforms.blocksPerGroup,
  };
}

/** Gradient at the binarized weights. */
export function binaryConv2dBackpropFilter<H extends Held>(
  ...[x, dy, dw, g, { padValue, levels }, precision]: ArgumentsOver<H, 'binaryConv2dBackpropFilter'>
): Dispatch<H> {
  mustBeFloat32('binaryConv2dBackpropFilter', precision);
  const uniforms = gradientUniforms(g);
  return {
    where: 'binaryConv2dBackpropFilter',
    body: backpropFilterBody(levels),
    uniforms: { int: { ...uniforms, padValue } },
    inputs: [
      { name: 'x', element: 'i32', held: x },
      { name: 'dy', element: 'f32', held: dy },
    ],
    output: { held: dw, element: 'f32' },
    columns: g.outChannels,
    rows: g.kernelHeight * g.kernelWidth * uniforms.blocksPerGroup,
  };
}

/** Gradient of the scales. */
export function binaryScaleGradient<H extends Held>(
  ...[dw, filter, dScale, taps, inChannels]: ArgumentsOver<H, 'binaryScaleGradient'>
): Dispatch<H> {
  const outChannels = dScale.size / floatBytes;
  return {
    where: 'binaryScaleGradient',
    body: scaleGradientBody,
    uniforms: { int: { taps, inChannels, outChannels, wordsPerTap: wordsFor(inChannels) } },
    inputs: [
      { name: 'dw', element: 'f32', held: dw },
      { name: 'filters', element: 'i32', held: filter },
    ],
    output: { held: dScale, element: 'f32' },
    columns: outChannels,
    rows: 1,
  };
}

/** Blocks are of four input channels of a group. */
function gradientUniforms(g: Conv2dGeometry) {
  const groupIn = g.inChannels / g.groups;
  return {
    ...windowUniforms(g),
    ...{ inChannels: g.inChannels, outChannels: g.outChannels, groupIn, groupOut: g.outChannels / g.groups },
    ...{
      blocksPerGroup: Math.ceil(groupIn / 4),
      wordsPerPixel: wordsFor(g.inChannels),
      wordsPerTap: wordsFor(groupIn),
    },
  };
}

function mustBeFloat32(where: string, precision: GradientPrecision): void {
  if (precision === 'fp32') return;
  throw new OnebitError('ERR_BACKEND', `${where}: precision must be fp32 on a GPU, got ${precision}`);
}
