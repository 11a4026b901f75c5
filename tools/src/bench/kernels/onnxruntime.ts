import { createRequire } from 'node:module';
import { encodeModel, type OneNodeModel } from './onnx.js';

/** The part of onnxruntime-node that is used here; the package itself is not among our dependencies. */
interface OnnxRuntime {
  readonly Tensor: new (type: string, data: OnnxArray, shape: readonly number[]) => object;
  readonly InferenceSession: {
    create(
      model: Uint8Array,
      options: object,
    ): Promise<{
      run(feeds: object, fetches: object): Promise<unknown>;
      release(): Promise<void>;
    }>;
  };
}

export type OnnxArray = Float32Array | Uint8Array | Int8Array;

/** A model that is ready to run on buffers of its own. */
export interface OnnxSession {
  run(): Promise<void>;
  release(): Promise<void>;
}

/** How to get the rival, for the table's notes. */
const installation = 'onnxruntime-node is installed by `npm run bench:peers`';

let loaded: OnnxRuntime | string | undefined;

/** onnxruntime-node, or why it can't be used. */
export function findOnnxRuntime(): OnnxRuntime | string {
  // The same relative path leads to tools/peers from src/ and from dist/.
  loaded ??= load(new URL('../../../peers/package.json', import.meta.url));
  return loaded;
}

function load(from: URL): OnnxRuntime | string {
  try {
    return createRequire(from)('onnxruntime-node') as OnnxRuntime;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'MODULE_NOT_FOUND' ? installation : String(error);
  }
}

/**
 * Opens a model whose input and output are the given arrays (NCHW). One thread: with one, onnxruntime computes on the calling thread and keeps no
 * threads that would spin beside the others.
 */
export async function openSession(
  { Tensor, InferenceSession }: OnnxRuntime,
  model: OneNodeModel,
  x: OnnxArray,
  y: OnnxArray,
): Promise<OnnxSession> {
  const session = await InferenceSession.create(encodeModel(model), {
    executionProviders: ['cpu'],
    intraOpNumThreads: 1,
    interOpNumThreads: 1,
    graphOptimizationLevel: 'all',
  });
  const feeds = { x: new Tensor(model.x.type, x, model.x.shape) };
  const fetches = { y: new Tensor(model.y.type, y, model.y.shape) };
  return {
    async run() {
      await session.run(feeds, fetches);
    },
    release: () => session.release(),
  };
}
