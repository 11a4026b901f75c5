// The part of the WebAssembly API used here. TypeScript declares it only together with the DOM, which the other files must not see.

/** Memory of an instance; `buffer` is another one after it grew. */
export interface WasmMemory {
  readonly buffer: ArrayBufferLike;
  grow(pages: number): number;
}

/** A compiled module; opaque. */
export interface WasmModule {
  readonly [Symbol.toStringTag]: string;
}

interface WasmHost {
  Memory: new (limits: { initial: number; maximum: number; shared?: boolean }) => WasmMemory;
  Module: new (bytes: ArrayBuffer | ArrayBufferView) => WasmModule;
  Instance: new (module: WasmModule, imports: object) => { readonly exports: object };
  compile(bytes: ArrayBuffer | ArrayBufferView): Promise<WasmModule>;
}

/** What the program runs on, or undefined where there is no WebAssembly. */
export const host = (globalThis as { WebAssembly?: WasmHost }).WebAssembly;
