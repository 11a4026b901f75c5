import { OnebitError } from '@onebit/common';
import { tf } from '@onebit/ops';
import type { BopConfig } from './optimizer-config.js';
import type { UpdateRule } from './update-rule.js';

/**
 * Bop's update: `m <- (1 - gamma) m + gamma g`, then `w <- -w` where `w m > threshold`. The rate of an update is gamma.
 * A weight stays at `w m = threshold`, where the authors' one-line form sets it to +1: with m = 0 and threshold 0 that would move all of them.
 */
export function bopRule({ threshold = 1e-8 }: BopConfig): UpdateRule {
  if (tf.backend().floatPrecision() === 16) {
    throw new OnebitError(
      'ERR_RECIPE',
      `optimizer: bop compares averages near ${threshold}, which vanish in the 16 bit floats of back end ${tf.getBackend()}: use another back end`,
    );
  }
  return {
    slots: ['gradientAverage'],
    prepare(name, parameter, settings) {
      const refuse = (what: string, fix: string) => {
        throw new OnebitError(
          'ERR_RECIPE',
          `optimizer: bop keeps weights of ±1 and no latent ones, but ${name} ${what}: ${fix}`,
        );
      };
      if (parameter.role !== 'latent')
        refuse(`is no binary weight (role ${parameter.role})`, "select it by roles: ['latent']");
      if (parameter.clip !== undefined) refuse(`is clipped to ±${parameter.clip}`, 'plan its layer with clip: none');
      if (settings.weightDecay > 0) refuse(`has weight decay ${settings.weightDecay}`, 'leave it out');
      const { variable } = parameter;
      tf.tidy(() => variable.assign(signed(variable)));
    },
    apply(updates, scale) {
      for (const { parameter, gradient, rate: gamma, slots } of updates) {
        const { gradientAverage } = slots;
        tf.tidy(() => {
          gradientAverage.assign(tf.add(tf.mul(gradientAverage, 1 - gamma), tf.mul(gradient, gamma * scale)));
          const { variable } = parameter;
          const flips = tf.greater(tf.mul(variable, gradientAverage), threshold);
          variable.assign(tf.where(flips, tf.neg(variable), variable));
        });
      }
    },
  };
}

function signed(x: tf.Tensor): tf.Tensor {
  return tf.sub(tf.mul(tf.cast(tf.greaterEqual(x, 0), 'float32'), 2), 1);
}
