// Compiles kernel.ts to WebAssembly, and writes its bytes where the library embeds them. Run by `npm run build:kernel`.
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import asc from 'assemblyscript/asc';

const BYTES_FILE = new URL('../src/inference/kernel/kernelBytes.ts', import.meta.url);

/** The compiled kernel. */
export async function compileKernel() {
  const root = fileURLToPath(new URL('..', import.meta.url));
  const { error, stdout, stderr } = await asc.main([
    ...['assembly/kernel.ts', '--baseDir', root, '--outFile', '-'],
    ...['-O3', '--noAssert', '--runtime', 'stub', '--importMemory', '--noExportMemory'],
    ...['--enable', 'simd', '--disable', 'bulk-memory'],
  ]);
  if (error) throw new Error(`Expected the kernel to compile, but ${error.message}\n${stderr}`);
  return stdout.toBuffer();
}

/** A TypeScript file that holds the bytes. */
export function bytesFile(bytes) {
  return `// Made by \`npm run build:kernel\` of assembly/kernel.ts.
/** The compiled kernel: WebAssembly, in hexadecimal, which gzip packs better than base64. */
export const KERNEL_BYTES =
  '${Buffer.from(bytes).toString('hex')}';
`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) writeFileSync(BYTES_FILE, bytesFile(await compileKernel()));
