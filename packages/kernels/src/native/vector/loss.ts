/** Softmax and the loss on it, over the last axis: logits [rows, classes]. */
export interface LossKernels {
  /** y = exp(x - max) / sum exp(x - max) per row. */
  softmax(x: Float32Array, classes: number, y: Float32Array): void;
  /** y = x - max - log(sum exp(x - max)) per row. */
  logSoftmax(x: Float32Array, classes: number, y: Float32Array): void;
  /** loss [rows] = -logSoftmax(logits)[label]; a label outside [0, classes) throws. */
  softmaxCrossEntropy(logits: Float32Array, classes: number, labels: Int32Array, loss: Float32Array): void;
  /** dlogits = (softmax(logits) - oneHot(labels)) · dloss [rows]. */
  softmaxCrossEntropyGradient(
    logits: Float32Array,
    classes: number,
    labels: Int32Array,
    dloss: Float32Array,
    dlogits: Float32Array,
  ): void;
}
