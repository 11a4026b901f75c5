import { buildResNet, type ResNet, type ResNetOptions } from './resnet.js';

/** The stem is fixed: 3x3 at stride 1, without a pool. */
export type CifarResNetOptions = Omit<ResNetOptions, 'stem'>;

/** ResNet-8, see {@link resnet20}: the smallest of the family, for tests and microcontrollers. */
export function resnet8(options: CifarResNetOptions = {}): ResNet {
  return build('resnet8', 1, options);
}

/** ResNet-20 for images of 32 x 32 (He et al. 2016, arXiv 1512.03385, section 4.2), float or binary. Children `stem`, `stage1` ... `stage3`. */
export function resnet20(options: CifarResNetOptions = {}): ResNet {
  return build('resnet20', 3, options);
}

/** ResNet-32, see {@link resnet20}. */
export function resnet32(options: CifarResNetOptions = {}): ResNet {
  return build('resnet32', 5, options);
}

/** ResNet-44, see {@link resnet20}. */
export function resnet44(options: CifarResNetOptions = {}): ResNet {
  return build('resnet44', 7, options);
}

/** ResNet-56, see {@link resnet20}. */
export function resnet56(options: CifarResNetOptions = {}): ResNet {
  return build('resnet56', 9, options);
}

/**
 * 6n + 2 layers in three stages of n basic blocks. Blocks that change size have the same 1x1 shortcut as the larger networks (type B of the paper, what
 * binary networks on CIFAR report), where the paper's own CIFAR networks pad with zeros (type A).
 */
function build(where: string, blocksPerStage: number, options: CifarResNetOptions): ResNet {
  const blocks = [blocksPerStage, blocksPerStage, blocksPerStage];
  return buildResNet(where, { block: 'basic', blocks, channels: [16, 32, 64] }, { ...options, stem: 'full' });
}
