import Module from 'node:module';

// Loaded by ava before the tests. ava runs Node with source maps, and Node then reads the map of every file that it loads: those of
// packages, which are CommonJS and have maps of megabytes, cost more than the packages. Errors in our own files keep their maps.

const { _extensions: extensions } = Module as unknown as {
  readonly _extensions: Record<string, (module: NodeJS.Module, filename: string) => void>;
};
const load = extensions['.js'];
let depth = 0;

extensions['.js'] = (module, filename) => {
  if (depth++ === 0) process.setSourceMapsEnabled(false);
  try {
    load?.(module, filename);
  } finally {
    if (--depth === 0) process.setSourceMapsEnabled(true);
  }
};
