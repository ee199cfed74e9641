import { bytesOfHex } from '../../bytesOfHex.js';
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

/** Computes with WebAssembly and its vectors of four numbers; `undefined` where there is none, or it has no vectors. */
export async function wasmKernel(): Promise<Kernel | undefined> {
  const { WebAssembly: wasm } = globalThis as unknown as { WebAssembly?: WebAssemblyApi };
  if (!wasm) return undefined;
  try {
    compiled ??= wasm.compile(bytesOfHex(KERNEL_BYTES));
    const code = await compiled;
    const memory = new wasm.Memory({ initial: 1 });
    const { exports } = await wasm.instantiate(code, { env: { memory } });
    return new WasmKernel(memory, exports.run);
  } catch {
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
