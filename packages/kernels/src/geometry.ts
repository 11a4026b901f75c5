import { OnebitError } from '@onebit/common/errors';

/**
 * Sizes of a 2-D convolution or pooling over `[batch, inHeight, inWidth, inChannels]`. Everything is a whole number; strides, dilations and
 * groups are at least 1; pads are the rows and columns added outside, per side.
 */
export interface Conv2dGeometry {
  readonly batch: number;
  readonly inHeight: number;
  readonly inWidth: number;
  readonly inChannels: number;
  readonly outHeight: number;
  readonly outWidth: number;
  readonly outChannels: number;
  readonly kernelHeight: number;
  readonly kernelWidth: number;
  readonly strideHeight: number;
  readonly strideWidth: number;
  readonly dilationHeight: number;
  readonly dilationWidth: number;
  readonly padTop: number;
  readonly padBottom: number;
  readonly padLeft: number;
  readonly padRight: number;
  /** Input and output channels are split into this many independent convolutions; both must be divisible by it. */
  readonly groups: number;
}

/** What a tap outside the input contributes to a binary convolution: nothing, +1 or -1. */
export type PadValue = 0 | 1 | -1;

/** Rows and columns added on each side, `'same'` (output = ceil(input / stride), the odd one below and right), `'valid'` (none) or all sides alike. */
export type Padding =
  | 'same'
  | 'valid'
  | number
  | { readonly top: number; readonly bottom: number; readonly left: number; readonly right: number };

/** Options of {@link conv2dGeometry}; a single number stands for height and width. */
export interface Conv2dOptions {
  readonly strides?: number | readonly [number, number];
  readonly dilations?: number | readonly [number, number];
  readonly padding?: Padding;
  readonly groups?: number;
}

/**
 * The geometry of a convolution of `input` `[N, H, W, C]` with `filter` `[kh, kw, C / groups, O]`.
 * @throws OnebitError ERR_SHAPE when channels do not fit, or the kernel does not fit into the padded input.
 */
export function conv2dGeometry(
  input: readonly number[],
  filter: readonly number[],
  { strides = 1, dilations = 1, padding = 'same', groups = 1 }: Conv2dOptions = {},
): Conv2dGeometry {
  if (input.length !== 4) throw invalid(`input must be [N, H, W, C], got [${input.join(', ')}]`);
  if (filter.length !== 4) throw invalid(`filter must be [kh, kw, C / groups, O], got [${filter.join(', ')}]`);
  const [batch, inHeight, inWidth, inChannels] = input;
  const [kernelHeight, kernelWidth, filterChannels, outChannels] = filter;
  if (filterChannels * groups !== inChannels || outChannels % groups !== 0) {
    throw invalid(
      `filter [${filter.join(', ')}] with ${groups} group(s) must match ${inChannels} input channels and divide ${outChannels} output channels`,
    );
  }
  const [strideHeight, strideWidth] = pair(strides);
  const [dilationHeight, dilationWidth] = pair(dilations);
  const vertical = typeof padding === 'object' ? ([padding.top, padding.bottom] as const) : padding;
  const horizontal = typeof padding === 'object' ? ([padding.left, padding.right] as const) : padding;
  const rows = alongAxis(inHeight, kernelHeight, strideHeight, dilationHeight, vertical);
  const columns = alongAxis(inWidth, kernelWidth, strideWidth, dilationWidth, horizontal);
  return {
    batch,
    inHeight,
    inWidth,
    inChannels,
    outHeight: rows.out,
    outWidth: columns.out,
    outChannels,
    kernelHeight,
    kernelWidth,
    strideHeight,
    strideWidth,
    dilationHeight,
    dilationWidth,
    padTop: rows.before,
    padBottom: rows.after,
    padLeft: columns.before,
    padRight: columns.after,
    groups,
  };
}

/** Extent of a dilated kernel: `(size - 1) * dilation + 1`. */
export function dilatedSize(size: number, dilation: number): number {
  return (size - 1) * dilation + 1;
}

function pair(value: number | readonly [number, number]): readonly [number, number] {
  return typeof value === 'number' ? [value, value] : value;
}

type AxisPadding = 'same' | 'valid' | number | readonly [number, number];

function alongAxis(size: number, kernel: number, stride: number, dilation: number, padding: AxisPadding) {
  const extent = dilatedSize(kernel, dilation);
  const [before, after] = axisPads(size, extent, stride, padding);
  const out = Math.floor((size + before + after - extent) / stride) + 1;
  if (!(out >= 1)) {
    throw invalid(`a kernel of extent ${extent} must fit into ${size} + ${before} + ${after} padded cells`);
  }
  return { before, after, out };
}

function axisPads(size: number, extent: number, stride: number, padding: AxisPadding): readonly [number, number] {
  if (padding === 'valid') return [0, 0];
  if (typeof padding === 'number') return [padding, padding];
  if (padding !== 'same') return padding;
  const total = Math.max(0, (Math.ceil(size / stride) - 1) * stride + extent - size);
  return [Math.floor(total / 2), Math.ceil(total / 2)];
}

function invalid(message: string): OnebitError {
  return new OnebitError('ERR_SHAPE', `conv2dGeometry: ${message}`);
}

/** `[N, H, W, C]` of the input. */
export function inputShape(g: Conv2dGeometry): [number, number, number, number] {
  return [g.batch, g.inHeight, g.inWidth, g.inChannels];
}

/** `[N, H', W', O]` of the output. */
export function outputShape(g: Conv2dGeometry): [number, number, number, number] {
  return [g.batch, g.outHeight, g.outWidth, g.outChannels];
}

/** `[kh, kw, C / groups, O]` of the filter. */
export function filterShape(g: Conv2dGeometry): [number, number, number, number] {
  return [g.kernelHeight, g.kernelWidth, g.inChannels / g.groups, g.outChannels];
}
