import * as tf from '@tensorflow/tfjs-core';
import { asReading, type MaybeReading, type Reading, runReading } from '../reading.js';

type EngineScope = ReturnType<typeof tf.engine>['state']['activeScope'];

/** A `tf.tidy` in several parts: what they make lives until the scope is closed, and between them the engine knows nothing of it. */
export class LastingScope {
  readonly #scope: EngineScope = { track: [], name: 'lasting', id: tf.engine().state.nextScopeId++ };

  /** Runs a part. */
  run<T>(part: () => T): T {
    const { state } = tf.engine();
    const { activeScope, scopeStack } = state;
    Object.assign(state, { activeScope: this.#scope, scopeStack: [this.#scope] });
    try {
      return part();
    } finally {
      Object.assign(state, { activeScope, scopeStack });
    }
  }

  /** Frees what the parts have made, but not `result` and what is kept. */
  close(result?: tf.Tensor): void {
    for (const tensor of this.#scope.track) if (tensor !== result && !tensor.kept) tensor.dispose();
    this.#scope.track.length = 0;
  }
}

/** Runs a computation for what it does to variables alone: whatever it makes is freed at its end, its result included. */
export async function runForEffect(computation: () => MaybeReading<unknown>): Promise<void> {
  function* inside(): Reading<void> {
    yield* asReading(computation());
  }
  const scope = new LastingScope();
  try {
    await runReading(inside(), (part) => scope.run(part));
  } finally {
    scope.close();
  }
}
