import { OnebitError } from '@onebit/common';
import { tf } from '@onebit/ops';
import type { AnyModule } from './module.js';
import type { Parameter } from './parameter.js';

/**
 * Parameters for a narrow network out of those of a wide one: of each the leading entries along every axis, as supernets share weights (slimmable networks, Yu et al. 2019,
 * arXiv 1812.08928; NAS-BNN, arXiv 2408.15484). Gradients reach the wide network. What has one shape in both is shared whole.
 * @returns tensors by the names of `narrow`, for {@link withParameters}.
 * @throws OnebitError ERR_USAGE where the networks are not of one kind, or a method keeps the curvature of its weights, which has no slice.
 */
export function leadingSlices(wide: AnyModule, narrow: AnyModule): Map<string, tf.Tensor> {
  const whole = new Map(wide.namedParameters());
  return new Map(
    narrow.namedParameters().map(([name, { shape }]) => [name, leadingSlice(name, whole.get(name), shape)]),
  );
}

/** Sets the parameters of a narrow network to the {@link leadingSlices} of a wide one. */
export function copyLeadingSlices(wide: AnyModule, narrow: AnyModule): void {
  tf.tidy(() => {
    const slices = leadingSlices(wide, narrow);
    for (const [name, { variable }] of narrow.namedParameters()) variable.assign(slices.get(name) as tf.Tensor);
  });
}

function leadingSlice(name: string, whole: Parameter | undefined, shape: readonly number[]): tf.Tensor {
  const fits = whole?.shape.length === shape.length && shape.every((size, axis) => size <= whole.shape[axis]);
  if (whole === undefined || !fits) {
    const found = whole === undefined ? 'nothing' : `[${whole.shape.join(', ')}]`;
    throw new OnebitError(
      'ERR_USAGE',
      `leadingSlices: ${name} must be a part of the wide network's, [${shape.join(', ')}] was asked for and there is ${found}`,
    );
  }
  if (whole.curvature !== undefined) {
    throw new OnebitError(
      'ERR_USAGE',
      `leadingSlices: ${name} must be a plain parameter, its method keeps the curvature of the loss beside it, which widths cannot share`,
    );
  }
  const start = shape.map(() => 0);
  return shape.length === 0 ? tf.clone(whole.variable) : tf.slice(whole.variable, start, [...shape]); // tfjs slices no scalars
}
