import { type FileSystem, nodeFileSystem } from '../../src/files/FileSystem.js';

/** The calls that change something, or make a change last. */
const WRITING = ['openSync', 'fchmodSync', 'writeSync', 'fsyncSync', 'closeSync', 'renameSync', 'rmSync'] as const;

/** What goes wrong at a call. */
export type Fault =
  /** It does nothing, and fails with this code. */
  | { readonly kind: 'fails'; readonly code: string }
  /** It does what it should, and says that it failed. */
  | { readonly kind: 'done, but fails' }
  /** Where it writes, it writes half, and says so; the next call to write fails. */
  | { readonly kind: 'short write, then no space' }
  /** The process ends there: neither this call nor any after it does anything. */
  | { readonly kind: 'crash' };

export const FAULTS: readonly Fault[] = [
  ...['ENOSPC', 'EACCES', 'EIO', 'EROFS'].map((code) => ({ kind: 'fails', code }) as const),
  { kind: 'done, but fails' },
  { kind: 'short write, then no space' },
  { kind: 'crash' },
];

/** Node's file system, but that one writing call goes wrong: the one of this number, from 0. */
export class FaultyFileSystem implements FileSystem {
  /** Writing calls so far. */
  calls = 0;
  readonly #at: number;
  readonly #fault: Fault;
  readonly #open = new Set<number>();
  #full = false;

  readonly readFileSync = nodeFileSystem.readFileSync;
  readonly readdirSync = nodeFileSystem.readdirSync;
  readonly realpathSync = nodeFileSystem.realpathSync;
  readonly statSync = nodeFileSystem.statSync;
  readonly fchmodSync = this.#faulty('fchmodSync');
  readonly openSync = this.#faulty('openSync');
  readonly writeSync = this.#faulty('writeSync');
  readonly fsyncSync = this.#faulty('fsyncSync');
  readonly closeSync = this.#faulty('closeSync');
  readonly renameSync = this.#faulty('renameSync');
  readonly rmSync = this.#faulty('rmSync');

  constructor(at: number, fault: Fault) {
    this.#at = at;
    this.#fault = fault;
  }

  /** Closes what a crash or a failing close left open, and tells how many that were. */
  closeAll(): number {
    for (const file of this.#open) nodeFileSystem.closeSync(file);
    return this.#open.size;
  }

  #faulty<Name extends (typeof WRITING)[number]>(name: Name): FileSystem[Name] {
    const real = nodeFileSystem[name] as (...args: unknown[]) => unknown;
    const call = (...args: unknown[]): unknown => {
      const result = this.#meet(name, real, args);
      if (name === 'openSync') this.#open.add(result as number);
      if (name === 'closeSync') this.#open.delete(args[0] as number);
      return result;
    };
    return call as FileSystem[Name];
  }

  #meet(name: string, real: (...args: unknown[]) => unknown, args: unknown[]): unknown {
    const number = this.calls++;
    if (this.#full && name === 'writeSync') throw failure('ENOSPC', name);
    const fault = this.#fault;
    if (fault.kind === 'crash' && number >= this.#at) throw failure('EIO', name);
    if (number !== this.#at) return real(...args);
    if (fault.kind === 'fails') throw failure(fault.code, name);
    if (fault.kind === 'done, but fails') {
      real(...args);
      if (name === 'closeSync') this.#open.delete(args[0] as number);
      throw failure('EIO', name);
    }
    if (name !== 'writeSync') return real(...args);
    this.#full = true;
    const [file, bytes, at, length] = args as [number, Uint8Array, number, number];
    return real(file, bytes, at, Math.floor(length / 2));
  }
}

function failure(code: string, call: string): Error {
  return Object.assign(new Error(`${code}: ${call} was made to fail`), { code });
}
