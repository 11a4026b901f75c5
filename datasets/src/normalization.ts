/** Means and deviations of red, green, blue in 0 … 255, by the networks that were trained with them. */
export const normalizations = {
  /** VGG and SSD as released for Caffe; those networks also want `channelOrder: 'bgr'`. */
  caffe: { mean: [123, 117, 104], std: [1, 1, 1] },
  /** torchvision's ImageNet statistics, 0.485, 0.456, 0.406 and 0.229, 0.224, 0.225 of 255. */
  imagenet: { mean: [123.675, 116.28, 103.53], std: [58.395, 57.12, 57.375] },
} as const;
