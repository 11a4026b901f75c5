/** Which numbers the scale of binary weights is the mean |w| of. */
export type WeightScale = 'none' | 'filter-mean' | 'layer-mean';
/**
 * What reaches the latent weights w from dB, the gradient of B = scale · sign(w):
 * - `identity`: dB unchanged; `clip`: dB where |w| <= 1;
 * - `scale-chain`: scale · dB + sgn(w)/n · sum(dB · sgn(w)), the sum over the n weights that share the scale; sgn(0) = 0 in both places.
 *   With scale `none` it is `identity`. (BiDet; the chain rule through mean |w| with the sign passed straight through.)
 */
export type WeightGradient = 'identity' | 'clip' | 'scale-chain';

/** Binarization of weights [kh, kw, in, out]: filter o is column o of [kh·kw·in, out]. Activations: `signPm1`, `sign01`, `clip` … of the element-wise kernels. */
export interface BinarizeKernels {
  /** scale [out]: 1, mean |w| of the filter, or of the layer. */
  weightScales(w: Float32Array, outChannels: number, scale: WeightScale, scales: Float32Array): void;
  /** B = scale[o] · sign(w) and scale [out] as {@link weightScales} gives it. `signOfZero` 1: sign(±0) = +1; 0: sign(0) = 0. */
  binarizeWeight(
    w: Float32Array,
    outChannels: number,
    scale: WeightScale,
    signOfZero: 0 | 1,
    binary: Float32Array,
    scales: Float32Array,
  ): void;
  /** dw from dB, which may be the same array; `scales` as {@link binarizeWeight} gave them. */
  binarizeWeightGradient(
    w: Float32Array,
    outChannels: number,
    scale: WeightScale,
    gradient: WeightGradient,
    scales: Float32Array,
    dBinary: Float32Array,
    dw: Float32Array,
  ): void;
}
