import { OnebitError } from '@onebit/common';
import { registerWebGpuBitKernels } from '@onebit/kernels/tfjs';
import { openNodeGpu } from '@onebit/kernels/webgpu/node';
import * as tf from '@tensorflow/tfjs-core';
import { type Candidate, isNotInstalled } from './candidate.js';

const backendName = 'webgpu';
const backendModule = '@tensorflow/tfjs-backend-webgpu';

/** What TensorFlow.js' back end wants of a device beyond WebGPU's defaults: as much as the adapter has. */
const limits = [
  'maxComputeWorkgroupStorageSize',
  'maxComputeWorkgroupsPerDimension',
  'maxComputeWorkgroupSizeX',
  'maxComputeInvocationsPerWorkgroup',
  'maxStorageBufferBindingSize',
  'maxBufferSize',
] as const;

/** WebGPU through Dawn, with our kernels over packed bits. A software adapter computes rightly and very slowly, so it is taken only by name. */
export const webgpuCandidate: Candidate = {
  async find() {
    await loadBackend();
    const { info } = await openAdapter();
    const detail = info.description || info.device || info.vendor || 'an adapter without a name';
    if (!info.isFallbackAdapter) return { detail };
    const onlyByName = `${detail} is a software adapter, which is taken only by name`;
    return { detail: `${detail} (software)`, onlyByName };
  },
  async start() {
    const { WebGPUBackend } = await loadBackend();
    const registered: object | undefined = tf.engine().registryFactory[backendName]?.factory;
    if (registered !== undefined) {
      if (ours.has(registered)) return;
      tf.removeBackend(backendName); // the module registers itself where there is a navigator.gpu; it would hide the errors of kernels
    }
    const adapter = await openAdapter();
    const requiredLimits = Object.fromEntries(limits.map((name) => [name, adapter.limits[name]]));
    const device = await adapter.requestDevice({ requiredLimits });
    const factory = () => withClearErrors(new WebGPUBackend(device, adapter.info), device);
    ours.add(factory);
    tf.registerBackend(backendName, factory, 0);
    registerWebGpuBitKernels();
  },
};

/** Factories of back ends that were registered here. */
const ours = new WeakSet<object>();

async function loadBackend() {
  // The back end looks for navigator.gpu when it is made and for the classes of WebGPU as globals, as in a browser.
  const { gpu, globals } = await openNodeGpu();
  const { navigator } = globalThis as { navigator?: { readonly gpu?: GPU } }; // Node 20 has none, later ones have one without gpu
  if (navigator?.gpu === undefined) {
    Object.assign(globalThis, globals);
    const value = { ...navigator, userAgent: 'node', gpu };
    Object.defineProperty(globalThis, 'navigator', { value, configurable: true, writable: true });
  }
  return import('@tensorflow/tfjs-backend-webgpu').catch((error: unknown) => {
    if (!isNotInstalled(error, backendModule)) throw error;
    throw new Error(
      `${backendModule} is not installed; run \`npm install ${backendModule}@${tf.version_core} webgpu@0.6.2\``,
    );
  });
}

async function openAdapter(): Promise<GPUAdapter> {
  const { gpu } = await openNodeGpu();
  const adapter = await gpu.requestAdapter({ powerPreference: 'high-performance' });
  if (adapter !== null) return adapter;
  throw new Error('no GPU adapter was found; install a Vulkan driver, or name a software one in VK_DRIVER_FILES');
}

/** The parts of TensorFlow.js' back end that {@link withClearErrors} changes. */
interface Readable {
  hasReadSyncWarned: boolean;
  read(dataId: object): Promise<tf.BackendValues>;
  readSync(dataId: object): tf.BackendValues;
}

/**
 * A kernel that the device rejects leaves zeros behind and no error: here, the next read of any tensor throws it. And what a GPU holds cannot be read without waiting
 * for it; TensorFlow.js has a way through a canvas, which Node lacks.
 */
function withClearErrors<B extends object>(backend: B, device: GPUDevice): B {
  let failure: string | undefined;
  device.addEventListener('uncapturederror', ({ error }) => {
    failure ??= error.message;
  });
  const readable = backend as unknown as Readable;
  const read = readable.read.bind(backend);
  readable.read = async (dataId) => {
    const values = await read(dataId);
    if (failure !== undefined) throw new OnebitError('ERR_BACKEND', `webgpu: a kernel failed: ${failure}`);
    return values;
  };
  readable.hasReadSyncWarned = true;
  const readSync = readable.readSync.bind(backend);
  readable.readSync = (dataId) => {
    try {
      return readSync(dataId);
    } catch (cause) {
      throw new OnebitError(
        'ERR_BACKEND',
        'webgpu: values on the GPU can only be read asynchronously: by `await tensor.data()`, or in a loss by `yield* read(tensor)`; this computation reads them at once, so correct it, or use the back end native or wasm',
        { cause },
      );
    }
  };
  return backend;
}
