/**
 * The memory that this process may have, in bytes: the machine's, or a container's limit where that is lower; Infinity where
 * nobody tells. Nothing is imported for it: there may be no Node.js.
 */
export function memoryLimit(): number {
  const process = nodeProcess();
  const machine = process?.getBuiltinModule?.('node:os')?.totalmem() ?? Infinity;
  // 0 where nobody knows, and more than there is where there is no limit.
  return Math.min(machine, process?.constrainedMemory?.() || Infinity);
}

/** What JavaScript may still take for objects, in bytes; Infinity where nobody tells. Typed arrays are not among them. */
export function objectMemoryLimit(): number {
  return nodeProcess()?.getBuiltinModule?.('node:v8')?.getHeapStatistics().total_available_size ?? Infinity;
}

function nodeProcess(): Partial<NodeJS.Process> | undefined {
  return (globalThis as { process?: Partial<NodeJS.Process> }).process;
}
