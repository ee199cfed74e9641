// Compiles AssemblyScript to WebAssembly, and writes its bytes where the library embeds them. Run by `npm run build:kernel`.
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import asc from 'assemblyscript/asc';

/** What is compiled: the name of its file here, and where its bytes go. */
export const KERNELS = {
  kernel: 'src/inference/kernel/kernelBytes.ts',
  masks: 'src/model/masks/maskBytes.ts',
};

/** A kernel, compiled. */
export async function compileKernel(name) {
  const root = fileURLToPath(new URL('..', import.meta.url));
  const { error, stdout, stderr } = await asc.main([
    ...[`assembly/${name}.ts`, '--baseDir', root, '--outFile', '-'],
    ...['-O3', '--noAssert', '--runtime', 'stub', '--importMemory', '--noExportMemory'],
    ...['--enable', 'simd', '--disable', 'bulk-memory'],
  ]);
  if (error) throw new Error(`Expected assembly/${name}.ts to compile, but ${error.message}\n${stderr}`);
  return stdout.toBuffer();
}

/** A TypeScript file that holds the bytes. */
export function bytesFile(name, bytes) {
  return `// Made by \`npm run build:kernel\` of assembly/${name}.ts.
/** The compiled kernel: WebAssembly, in hexadecimal, which gzip packs better than base64. */
export const ${name.toUpperCase().replace(/S$/, '')}_BYTES =
  '${Buffer.from(bytes).toString('hex')}';
`;
}

if (process.argv[1] === fileURLToPath(import.meta.url))
  for (const [name, path] of Object.entries(KERNELS))
    writeFileSync(new URL(`../${path}`, import.meta.url), bytesFile(name, await compileKernel(name)));
