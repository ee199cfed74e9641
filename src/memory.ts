/** Bytes of memory that this process may still take. */
export interface AvailableMemory {
  /** In all, as far as the platform tells; else Infinity. */
  readonly bytes: number;
  /** For objects, as far as the platform tells; else Infinity. Typed arrays are not among them. */
  readonly objectBytes: number;
}

/** What memory there is. Nothing is imported for it: where there is no Node.js, nobody tells. */
export function availableMemory(): AvailableMemory {
  const { process } = globalThis as Partial<Pick<typeof globalThis, 'process'>>;
  const heap = process?.getBuiltinModule?.('node:v8')?.getHeapStatistics();
  return { bytes: process?.availableMemory?.() ?? Infinity, objectBytes: heap?.total_available_size ?? Infinity };
}
