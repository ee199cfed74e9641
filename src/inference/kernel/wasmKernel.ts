import type { Kernel } from './Kernel.js';
import { KERNEL_BYTES } from './kernelBytes.js';

const PAGE = 65_536;

/** What is used of WebAssembly; there are no types of it beside those of browsers. */
interface WebAssemblyApi {
  readonly Memory: new (size: { initial: number }) => WasmMemory;
  compile(bytes: Uint8Array): Promise<object>;
  instantiate(module: object, imports: object): Promise<{ exports: { run: Kernel['run'] } }>;
}

interface WasmMemory {
  readonly buffer: ArrayBuffer;
  grow(pages: number): number;
}

/** The kernel's code, which all models of a process share. */
let compiled: Promise<object> | undefined;

/** Computes with WebAssembly and its vectors of four numbers; `undefined` where there is none, it has no vectors, or gets no memory. */
export async function wasmKernel(): Promise<Kernel | undefined> {
  const { WebAssembly: wasm } = globalThis as unknown as { WebAssembly: WebAssemblyApi };
  try {
    // First: without it, nothing is compiled that nobody waits for.
    const memory = new wasm.Memory({ initial: 1 });
    compiled ??= wasm.compile(Uint8Array.from(KERNEL_BYTES.match(/../g) ?? '', (byte) => Number(`0x${byte}`)));
    const { exports } = await wasm.instantiate(await compiled, { env: { memory } });
    return new WasmKernel(memory, exports.run);
  } catch {
    // Nor where there is no WebAssembly at all.
    return undefined;
  }
}

class WasmKernel implements Kernel {
  floats: Float32Array;
  integers: Int32Array;
  readonly run: Kernel['run'];
  readonly #memory: WasmMemory;

  constructor(memory: WasmMemory, run: Kernel['run']) {
    this.#memory = memory;
    this.run = run;
    this.floats = new Float32Array(memory.buffer);
    this.integers = new Int32Array(memory.buffer);
  }

  reserve(bytes: number): void {
    const more = Math.ceil((bytes - this.#memory.buffer.byteLength) / PAGE);
    if (more <= 0) return;
    this.#memory.grow(more);
    this.floats = new Float32Array(this.#memory.buffer);
    this.integers = new Int32Array(this.#memory.buffer);
  }
}
