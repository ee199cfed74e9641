/** What is compiled: the name of its file here, and where its bytes go. */
export const KERNELS: { readonly kernel: string; readonly masks: string };

/** A kernel, compiled. */
export function compileKernel(name: keyof typeof KERNELS): Promise<Uint8Array>;

/** A TypeScript file that holds the bytes. */
export function bytesFile(name: keyof typeof KERNELS, bytes: Uint8Array): string;
