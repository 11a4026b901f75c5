import type { TensorData } from '@onebit/common';
import { type AnyModule, readTensors } from '@onebit/nn';
import { averageUpdate, tf } from '@onebit/ops';
import { assignData, copyOf } from './tensors.js';

export interface AverageOptions {
  /** Weight of the past, such as 0.999; close to 1 averages over about `1 / (1 - decay)` steps. */
  readonly decay: number;
}

/**
 * Exponential moving average of all parameters and buffers: `a <- d a + (1 - d) w` with `d = min(decay, (1 + n) / (10 + n))` at update n (from 1),
 * so that the first steps, far from anything good, are soon forgotten (the rule of TensorFlow's `ExponentialMovingAverage` with `num_updates`).
 * Running statistics are averaged with the weights they belong to.
 */
export class WeightAverage {
  private readonly averages: Map<string, tf.Variable>;
  private readonly variables: Map<string, tf.Variable>;

  constructor(
    private readonly model: AnyModule,
    private readonly options: AverageOptions,
  ) {
    const parameters = model.namedParameters().map(([name, { variable }]): [string, tf.Variable] => [name, variable]);
    this.variables = new Map([...parameters, ...model.namedBuffers()]);
    this.averages = new Map([...this.variables].map(([name, variable]) => [name, copyOf(variable)]));
  }

  /** Takes in the weights after update number `updates`, counted from 1. */
  update(updates: number): void {
    const decay = Math.min(this.options.decay, (1 + updates) / (10 + updates));
    const names = [...this.averages.keys()];
    averageUpdate(
      names.map((name) => this.averages.get(name)!),
      names.map((name) => this.variables.get(name)!),
      decay,
    );
  }

  /** Runs `action` while the model has the averaged weights. */
  async during<T>(action: () => Promise<T>): Promise<T> {
    const trained = [...this.variables].map(([name, variable]) => {
      const kept = tf.clone(variable); // shares the data, so nothing is copied
      variable.assign(this.averages.get(name)!);
      return { variable, kept };
    });
    try {
      return await action();
    } finally {
      for (const { variable, kept } of trained) {
        variable.assign(kept);
        kept.dispose();
      }
    }
  }

  /** Takes the model's buffers as they are for the averaged ones; to be called inside {@link during}, when they have been re-estimated. */
  adoptBuffers(): void {
    for (const [name, buffer] of this.model.namedBuffers()) {
      tf.tidy(() => this.averages.get(name)!.assign(tf.mul(buffer, 1)));
    }
  }

  state(): Promise<Map<string, TensorData>> {
    return readTensors(this.averages);
  }

  load(tensors: ReadonlyMap<string, TensorData>): void {
    for (const [name, average] of this.averages) assignData(average, tensors.get(name)!);
  }

  dispose(): void {
    for (const average of this.averages.values()) average.dispose();
  }
}
