/// <reference types="@webgpu/types" />
import { OnebitError } from '@onebit/common/errors';
import { wholeWords } from './checks.js';
import type { Dispatch, GpuArray, InputArray } from './dispatch.js';
import { shader, uniformBytes, workgroupSize } from './wgsl/shader.js';

/** Values of `GPUBufferUsage` in the WebGPU specification; Node has no such global. */
const usage = { mapRead: 0x1, copySrc: 0x4, copyDst: 0x8, uniform: 0x40, storage: 0x80 };
/** `GPUMapMode.READ` */
const mapModeRead = 1;

/** Bytes of the largest element of an array, a vec4: no binding may be smaller. */
const smallestBinding = 16;

/** A device with what the kernels keep on it: compiled pipelines by their text, and whether the device was lost. */
export class GpuContext {
  private readonly pipelines = new Map<string, GPUComputePipeline>();
  private lost: string | undefined;

  constructor(readonly device: GPUDevice) {
    void device.lost.then(({ reason, message }) => {
      this.lost = [reason, message].filter((text) => text !== undefined && text !== '').join(': ');
    });
  }

  /**
   * A buffer for storage and copies; its size is rounded up to whole words.
   * @throws OnebitError ERR_BACKEND when a limit of the device is exceeded, or memory is short.
   */
  allocate(where: string, byteLength: number, contents?: GpuArray): Promise<GPUBuffer> {
    return this.guarded(where, () => this.storage(where, byteLength, contents));
  }

  /** Copies the buffer into an array of its size. */
  async download<T extends GpuArray>(where: string, from: GPUBuffer, into: T): Promise<T> {
    if (wholeWords(into.byteLength) !== from.size) {
      throw new OnebitError('ERR_SHAPE', `${where}: into must have ${from.size} bytes, got ${into.byteLength}`);
    }
    if (into.byteLength === 0) return into;
    const staging = await this.guarded(where, () => {
      const buffer = this.device.createBuffer({ size: from.size, usage: usage.mapRead | usage.copyDst });
      const encoder = this.device.createCommandEncoder();
      encoder.copyBufferToBuffer(from, 0, buffer, 0, from.size);
      this.device.queue.submit([encoder.finish()]);
      return buffer;
    });
    try {
      await this.guarded(where, () => staging.mapAsync(mapModeRead));
      bytesOf(into).set(new Uint8Array(staging.getMappedRange(), 0, into.byteLength));
    } finally {
      staging.destroy();
    }
    return into;
  }

  /** Sends one run of a shader to the queue; the promise says whether it was valid, not that it has ended. */
  async run(dispatch: Dispatch<GPUBuffer>): Promise<void> {
    const { where, uniforms, inputs, output, columns, rows } = dispatch;
    if (columns === 0 || rows === 0) return this.mustNotBeLost(where);
    const arrays = inputs.map((array) => ({ ...array, access: 'read' as const }));
    const result = { name: 'result', element: output.element, access: 'read_write' as const };
    const code = shader(uniforms, [...arrays, result], dispatch.body);
    try {
      await this.guarded(where, () => this.submit(dispatch, this.pipelineOf(where, code)));
    } catch (error) {
      this.pipelines.delete(code);
      throw error;
    }
  }

  private submit(
    { where, uniforms, inputs, output, columns, rows }: Dispatch<GPUBuffer>,
    pipeline: GPUComputePipeline,
  ): void {
    const { device } = this;
    const encoder = device.createCommandEncoder({ label: where });
    if (output.element === 'atomic<u32>') encoder.clearBuffer(output.held);
    const constants = this.mapped(usage.uniform, new Uint8Array(uniformBytes(columns, rows, uniforms)));
    const temporary = [constants];
    const buffers = inputs.map(({ held }) => this.gather(where, encoder, held, temporary));
    const entries = [constants, ...buffers, output.held].map((buffer, binding) => ({ binding, resource: { buffer } }));
    const pass = encoder.beginComputePass({ label: where });
    pass.setPipeline(pipeline);
    pass.setBindGroup(0, device.createBindGroup({ layout: pipeline.getBindGroupLayout(0), entries }));
    const most = device.limits.maxComputeWorkgroupsPerDimension;
    pass.dispatchWorkgroups(Math.min(most, Math.ceil(columns / workgroupSize)), Math.min(most, rows));
    pass.end();
    device.queue.submit([encoder.finish()]);
    // The GPU keeps them until the work that was submitted is done.
    for (const buffer of temporary) buffer.destroy();
  }

  /** Runs `action` at once; what the device finds wrong with it becomes an error of ours. */
  private async guarded<T>(where: string, action: () => T | Promise<T>): Promise<T> {
    this.mustNotBeLost(where);
    const { device } = this;
    const filters = ['validation', 'out-of-memory', 'internal'] as const;
    for (const filter of filters) device.pushErrorScope(filter);
    const result = (async () => action())();
    // Popped before anything is awaited: the scopes are a stack that all callers share.
    const found = filters.map(() => device.popErrorScope());
    try {
      const [value, ...errors] = await Promise.all([result, ...found]);
      const error = errors.find((e) => e !== null);
      if (error) throw new Error(error.message);
      this.mustNotBeLost(where);
      return value;
    } catch (cause) {
      this.mustNotBeLost(where);
      if (cause instanceof OnebitError) throw cause;
      const message = cause instanceof Error ? cause.message : String(cause);
      throw new OnebitError('ERR_BACKEND', `${where}: the GPU must accept the operation: ${message}`, { cause });
    }
  }

  private mustNotBeLost(where: string): void {
    if (this.lost === undefined) return;
    throw new OnebitError('ERR_BACKEND', `${where}: the GPU device must not be lost, it was (${this.lost})`);
  }

  private pipelineOf(where: string, code: string): GPUComputePipeline {
    let pipeline = this.pipelines.get(code);
    if (pipeline === undefined) {
      const module = this.device.createShaderModule({ label: where, code });
      pipeline = this.device.createComputePipeline({ label: where, layout: 'auto', compute: { module } });
      this.pipelines.set(code, pipeline);
    }
    return pipeline;
  }

  /** One buffer for what a shader reads as one array: several parts are copied together on the GPU, nothing becomes a few zeros. */
  private gather(where: string, encoder: GPUCommandEncoder, held: Held, temporary: GPUBuffer[]): GPUBuffer {
    const parts = isParts(held) ? held : [held];
    const sizeOf = (part: GPUBuffer | Float32Array) => ('byteLength' in part ? part.byteLength : part.size);
    const size = parts.reduce((sum, part) => sum + sizeOf(part), 0);
    const [only, ...others] = parts;
    if (others.length === 0 && size > 0 && !('byteLength' in only)) return only;
    const all = this.storage(where, Math.max(size, smallestBinding));
    temporary.push(all);
    let at = 0;
    for (const part of parts) {
      if ('byteLength' in part) this.device.queue.writeBuffer(all, at, part);
      else if (part.size > 0) encoder.copyBufferToBuffer(part, 0, all, at, part.size);
      at += sizeOf(part);
    }
    return all;
  }

  private storage(where: string, byteLength: number, contents?: GpuArray): GPUBuffer {
    const { maxBufferSize, maxStorageBufferBindingSize } = this.device.limits;
    for (const [name, limit] of Object.entries({ maxBufferSize, maxStorageBufferBindingSize })) {
      if (byteLength <= limit) continue;
      throw new OnebitError(
        'ERR_BACKEND',
        `${where}: a buffer must have at most ${limit} bytes (the device's ${name}), got ${byteLength}; request a device with the adapter's limits`,
      );
    }
    const storageUsage = usage.storage | usage.copySrc | usage.copyDst;
    if (contents !== undefined) return this.mapped(storageUsage, contents);
    return this.device.createBuffer({ size: wholeWords(byteLength), usage: storageUsage });
  }

  private mapped(bufferUsage: number, contents: GpuArray): GPUBuffer {
    const size = wholeWords(contents.byteLength);
    const buffer = this.device.createBuffer({ size, usage: bufferUsage, mappedAtCreation: true });
    new Uint8Array(buffer.getMappedRange()).set(bytesOf(contents));
    buffer.unmap();
    return buffer;
  }
}

function bytesOf({ buffer, byteOffset, byteLength }: GpuArray): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}

type Held = InputArray<GPUBuffer>['held'];

const isParts = (held: Held): held is readonly (GPUBuffer | Float32Array)[] => Array.isArray(held);
