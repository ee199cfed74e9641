/** The compiled kernel. */
export function compileKernel(): Promise<Uint8Array>;

/** A TypeScript file that holds the bytes. */
export function bytesFile(bytes: Uint8Array): string;
