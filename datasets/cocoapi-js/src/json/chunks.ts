/** Bytes in pieces: a Node stream, an async generator, or a web stream such as the `body` of a `fetch`. */
export type ByteStream = AsyncIterable<Uint8Array> | WebByteStream;

/** The part of a web `ReadableStream` that is used: not every browser can iterate over one. */
export interface WebByteStream {
  getReader(): {
    read(): Promise<{ readonly done: boolean; readonly value?: Uint8Array }>;
    cancel(reason?: unknown): Promise<unknown>;
  };
}

/** Bytes of a file that are read at a time. */
const chunkSize = 1 << 20;

/** A file's bytes in pieces. */
export async function openFile(path: string): Promise<AsyncIterable<Uint8Array>> {
  const { createReadStream } = await import('node:fs');
  return createReadStream(path, { highWaterMark: chunkSize });
}

/** Pieces of a stream of either kind, one after the other. */
export async function* chunksOf(stream: ByteStream): AsyncGenerator<Uint8Array> {
  if (Symbol.asyncIterator in stream) {
    yield* stream;
    return;
  }
  const reader = stream.getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      if (value) yield value;
    }
  } finally {
    await reader.cancel();
  }
}

/** Pieces of bytes that are in memory. */
export function* slicesOf(bytes: Uint8Array): Generator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += chunkSize) yield bytes.subarray(at, at + chunkSize);
}
