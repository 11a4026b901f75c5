/** A signal that Ctrl-C (SIGINT) or SIGTERM aborts, and the way to stop listening. */
export interface Interrupt {
  readonly signal: AbortSignal;
  /** Gives Ctrl-C its usual meaning back. */
  release(): void;
}

/**
 * Listens for Ctrl-C: the first one aborts the signal, so that training ends its step and writes a checkpoint; the second one ends the process at
 * once (exit code 130, as shells expect of SIGINT).
 */
export function listenForInterrupt(onFirst: () => void = () => undefined): Interrupt {
  const controller = new AbortController();
  const handler = () => {
    if (controller.signal.aborted) process.exit(130);
    controller.abort();
    onFirst();
  };
  process.on('SIGINT', handler).on('SIGTERM', handler);
  return {
    signal: controller.signal,
    release: () => {
      process.off('SIGINT', handler).off('SIGTERM', handler);
    },
  };
}
