import { OnebitError } from '@onebit/common';

/** Geometry of a square or rectangular convolution; padding is explicit and the same on opposite sides. */
export interface ConvGeometryOptions {
  readonly inChannels: number;
  readonly outChannels: number;
  readonly kernelSize: number | readonly [number, number];
  readonly stride?: number;
  readonly dilation?: number;
  /** Divides both channel counts: output group g reads input group g alone. `inChannels` groups are a depthwise convolution. Default 1. */
  readonly groups?: number;
  /**
   * Cells added on each side, `[height, width]` or one number for both. Default: dilation * (kernel - 1) / 2, which keeps the size at stride 1.
   * TensorFlow's `same` is never used: at stride 2 it pads one side only and is a different layer (bidet.md section 16).
   */
  readonly padding?: number | readonly [number, number];
}

export interface ConvGeometry {
  readonly inChannels: number;
  readonly outChannels: number;
  readonly kernelSize: readonly [number, number];
  readonly stride: number;
  readonly dilation: number;
  readonly groups: number;
  readonly padding: { readonly top: number; readonly bottom: number; readonly left: number; readonly right: number };
}

/** Fills in defaults and checks that every number makes sense. */
export function convGeometry(where: string, options: ConvGeometryOptions): ConvGeometry {
  const { inChannels, outChannels, stride = 1, dilation = 1, groups = 1 } = options;
  const kernelSize = pair(options.kernelSize);
  const positive = {
    inChannels,
    outChannels,
    kernelHeight: kernelSize[0],
    kernelWidth: kernelSize[1],
    stride,
    dilation,
    groups,
  };
  for (const [name, value] of Object.entries(positive)) checkInteger(where, name, value, 1);
  if (inChannels % groups !== 0 || outChannels % groups !== 0) {
    const channels = `inChannels ${inChannels} and outChannels ${outChannels}`;
    throw new OnebitError('ERR_USAGE', `${where}: groups must divide ${channels}, got ${groups}`);
  }
  const [vertical, horizontal] =
    options.padding === undefined
      ? [halfPadding(where, kernelSize[0], dilation), halfPadding(where, kernelSize[1], dilation)]
      : pair(options.padding);
  checkInteger(where, 'padding', vertical, 0);
  checkInteger(where, 'padding', horizontal, 0);
  const padding = { top: vertical, bottom: vertical, left: horizontal, right: horizontal };
  return { inChannels, outChannels, kernelSize, stride, dilation, groups, padding };
}

/** Output shape `[N, H', W', out]` for an input shape `[N, H, W, in]`. */
export function convOutputShape(
  where: string,
  geometry: ConvGeometry,
  input: readonly number[],
): [number, number, number, number] {
  const { kernelSize, stride, dilation, padding, inChannels, outChannels } = geometry;
  const [batch, height, width, channels] = input;
  const size = (length: number, kernel: number, pads: number) =>
    Math.floor((length + pads - dilation * (kernel - 1) - 1) / stride) + 1;
  const outHeight = size(height, kernelSize[0], padding.top + padding.bottom);
  const outWidth = size(width, kernelSize[1], padding.left + padding.right);
  if (input.length !== 4 || channels !== inChannels || outHeight < 1 || outWidth < 1) {
    const kernel = `${kernelSize[0]}x${kernelSize[1]}`;
    throw new OnebitError(
      'ERR_SHAPE',
      `${where}: input must be [N, H, W, ${inChannels}] and not smaller than the ${kernel} kernel at dilation ${dilation}, got [${input.join(', ')}]`,
    );
  }
  return [batch, outHeight, outWidth, outChannels];
}

function pair(value: number | readonly [number, number]): readonly [number, number] {
  return typeof value === 'number' ? [value, value] : value;
}

function halfPadding(where: string, kernel: number, dilation: number): number {
  const total = dilation * (kernel - 1);
  if (total % 2 !== 0) {
    throw new OnebitError(
      'ERR_USAGE',
      `${where}: a kernel of size ${kernel} has no symmetric padding that keeps the size; pass padding`,
    );
  }
  return total / 2;
}

function checkInteger(where: string, name: string, value: number, least: number): void {
  if (!Number.isInteger(value) || value < least) {
    throw new OnebitError('ERR_USAGE', `${where}: ${name} must be an integer >= ${least}, got ${value}`);
  }
}
