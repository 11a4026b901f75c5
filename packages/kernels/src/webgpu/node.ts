import { OnebitError } from '@onebit/common/errors';

/** A WebGPU implementation for Node, which has none of its own. */
export interface NodeGpu {
  /** As `navigator.gpu` in a browser. */
  readonly gpu: GPU;
  /** `GPUBufferUsage`, `GPUMapMode` and the classes, which programs written for the browser expect as globals. */
  readonly globals: Readonly<Record<string, unknown>>;
}

// One for the process, and never collected: the devices made from it abort the process when it goes before them.
let opened: Promise<NodeGpu> | undefined;

/**
 * Loads the package `webgpu` (an optional peer, version 0.6.2: others need a newer C library than Debian 12 has). On a machine without a graphics card
 * `VK_DRIVER_FILES` may name a software driver; it must be set before the first adapter is requested.
 * @throws OnebitError ERR_BACKEND when the package is not installed or cannot be loaded here.
 */
export function openNodeGpu(): Promise<NodeGpu> {
  opened ??= load();
  return opened;
}

async function load(): Promise<NodeGpu> {
  try {
    const { create, globals } = await import('webgpu');
    const options = process.platform === 'linux' ? ['backend=vulkan'] : [];
    return { gpu: create(options), globals: globals as Record<string, unknown> };
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message.split('\n')[0] : String(cause);
    throw new OnebitError(
      'ERR_BACKEND',
      `openNodeGpu: the package webgpu must load, it did not (${reason}); to install it, run \`npm install webgpu@0.6.2\``,
      { cause },
    );
  }
}

/**
 * A device of the first adapter, with the adapter's limits on buffers.
 * @throws OnebitError ERR_BACKEND when there is no adapter.
 */
export async function openNodeDevice(): Promise<GPUDevice> {
  const { gpu } = await openNodeGpu();
  const adapter = await gpu.requestAdapter();
  if (adapter === null) {
    throw new OnebitError(
      'ERR_BACKEND',
      'openNodeDevice: there must be a GPU adapter, found none; install a Vulkan driver or set VK_DRIVER_FILES to a software one',
    );
  }
  const { maxBufferSize, maxStorageBufferBindingSize } = adapter.limits;
  return adapter.requestDevice({ requiredLimits: { maxBufferSize, maxStorageBufferBindingSize } });
}
