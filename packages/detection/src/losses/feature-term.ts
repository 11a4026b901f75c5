import { meanSquare, type tf } from '@onebit/ops';

/**
 * BiDet's feature term in its released form, mean over the source maps of mean(F^2) (bidet.md section 7). On maps that are direct outputs of batch normalisation
 * its gradient reaches gamma and beta only, not the weights before (defect D2, kept).
 */
export function featureTerm(features: readonly tf.Tensor[]): tf.Scalar {
  return meanSquare(features);
}
