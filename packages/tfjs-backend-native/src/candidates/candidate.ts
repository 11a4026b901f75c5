/** Back ends from best to slowest: the order in which `auto` tries them. */
export const backendNames = ['tensorflow', 'native', 'webgpu', 'wasm', 'cpu'] as const;
/** A back end of `selectBackend`. */
export type BackendName = (typeof backendNames)[number];

/** What was found of a back end. */
interface Finding {
  /** What it is, in words, such as `avx512, 2 threads`. */
  readonly detail: string;
  /** Why `auto` must not take it although it is there. */
  readonly onlyByName?: string;
}

/** How a back end is looked for and made ready. */
export interface Candidate {
  /** Rejects with the reason, and the fix, when it is not there. Changes nothing about the current back end. */
  find(): Promise<Finding>;
  /** Registers it and its kernels; called after `find` was content. May be called again. */
  start(): Promise<void>;
}

/** Whether an import failed because this very package is not installed, and not one that it needs. */
export function isNotInstalled(error: unknown, module: string): boolean {
  const { code, message } = error as NodeJS.ErrnoException;
  return code === 'ERR_MODULE_NOT_FOUND' && message.includes(`'${module}'`);
}
