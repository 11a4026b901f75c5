/** Means and deviations of ImageNet's pictures on the 0..255 scale, what backbones trained there expect (He et al. 2016, public code). */
export const imagenet = { mean: [123.675, 116.28, 103.53], std: [58.395, 57.12, 57.375] } as const;

/** Of CIFAR-10's 50,000 training pictures, on the scale 0 to 255, as every implementation of ResNet on CIFAR has them. */
export const cifar10 = { mean: [125.3, 123, 113.9], std: [63, 62.1, 66.7] } as const;
