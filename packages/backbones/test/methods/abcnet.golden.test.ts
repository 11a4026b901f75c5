import { inference, type LayerScope, type Parameter } from '@onebit/nn';
import { tf } from '@onebit/ops';
import { activationBases, baseShifts, leastSquares, shiftsOf, weightBases } from '../../../nn/src/binarizers/bases.js';
import { convolveOperands, weightValue } from '../../../nn/src/binarizers/operand.js';
import { exact, goldenMethod, relative } from '../golden-method.js';
import type { Golden } from '../golden-module.js';
import { layerScope } from '../layer-scope.js';

/** A layer of one channel whose parameters can be reached by name. */
function layerWithParameters(): { layer: LayerScope; made: Map<string, Parameter> } {
  const made = new Map<string, Parameter>();
  const layer = layerScope({ inChannels: 1, outChannels: 1, kernelSize: 1 });
  const parameter: LayerScope['parameter'] = (name, ...rest) => {
    made.set(name, layer.parameter(name, ...rest));
    return made.get(name) as Parameter;
  };
  return { layer: { ...layer, parameter }, made };
}

/** `act`: the trained sum of signs, seen through a convolution that does nothing. */
function compareActivation(golden: Golden): void {
  const { layer, made } = layerWithParameters();
  const size = golden.tensor('act.v').data.length;
  const activate = activationBases(size).build(layer);
  for (const name of ['v', 'beta']) {
    for (const [n, value] of (golden.tensor(`act.${name}`).data as Float32Array).entries()) {
      made.get(`${name}.${n}`)?.variable.assign(tf.scalar(value));
    }
  }
  tf.tidy(() => {
    const raw = golden.raw('act.x');
    const column = (t: tf.Tensor) => tf.reshape(t, [raw.size, 1, 1, 1]) as tf.Tensor4D;
    const activated = (x: tf.Tensor4D) =>
      convolveOperands(
        activate(x, inference),
        { kind: 'real', value: tf.ones([1, 1, 1, 1]) },
        {
          geometry: layer.geometry,
          padValue: 0,
        },
      );
    const x = tf.variable(column(raw));
    const variables = [...made.values()].map(({ variable }) => variable);
    const { value, grads } = tf.variableGrads(
      () => tf.sum(tf.mul(activated(x as unknown as tf.Tensor4D), column(golden.raw('act.grad_out')))) as tf.Scalar,
      [x, ...variables],
    );
    value.dispose();
    golden.compare('act.y', tf.reshape(activated(x as unknown as tf.Tensor4D), [raw.size]), relative);
    golden.compare('act.grad_x', tf.reshape(grads[x.name], [raw.size]), relative);
    for (const name of ['v', 'beta']) {
      const parts = Array.from({ length: size }, (_, n) => grads[made.get(`${name}.${n}`)?.variable.name ?? '']);
      golden.compare(`act.grad_${name}`, tf.stack(parts), relative);
    }
    x.dispose();
  });
}

/** `weight.*_M`: shifts, bases, factors, the sum and the latent gradient, for every number of bases in the file. */
function compareWeights(golden: Golden): void {
  const counts = golden.names.flatMap((name) => /^weight\.mu_M(\d+)$/.exec(name)?.[1] ?? []).map(Number);
  for (const count of counts) {
    tf.tidy(() => {
      const w = golden.parameter('weight.w') as tf.Tensor4D;
      const shifts = shiftsOf(w, count);
      golden.compare(`weight.mu_M${count}`, tf.tensor1d(baseShifts(count)), exact);
      golden.compare(`weight.alpha_M${count}`, leastSquares(w, shifts), relative);
      const bases = tf.unstack(shifts).map((shift) => {
        const up = tf.greaterEqual(tf.add(golden.raw('weight.w'), shift), 0);
        return tf.sub(tf.mul(tf.cast(up, 'float32'), 2), 1);
      });
      golden.compare(`weight.bases_M${count}`, tf.stack(bases), exact);
      const [height, width, inChannels, outChannels] = w.shape;
      const scope = layerScope({ inChannels, outChannels, kernelSize: [height, width] });
      const { latent, operand } = weightBases(count).build(scope);
      latent[0].variable.assign(w);
      const approximation = () => weightValue(operand(inference));
      golden.compareParameter(`weight.approx_M${count}`, approximation(), relative);
      const gradOut = golden.parameter('weight.grad_out');
      const { grads } = tf.variableGrads(
        () => tf.sum(tf.mul(approximation(), gradOut)) as tf.Scalar,
        latent.map(({ variable }) => variable),
      );
      golden.compareParameter(`weight.grad_w_M${count}`, grads[latent[0].variable.name], relative);
    });
  }
}

goldenMethod('abcnet', (golden) => {
  compareActivation(golden);
  compareWeights(golden);
});
