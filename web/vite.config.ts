import { defineConfig } from 'vite';

const at = (path: string): string => new URL(path, import.meta.url).pathname;

/** A page reads no path: as `browser` in package.json says to those who have the package. */
const withoutNode = [
  { find: /^.*\/readModelDirectory\.node\.js$/, replacement: at('../src/inference/noModelDirectory.ts') },
];

export default defineConfig({
  root: at('.'),
  base: './',
  publicDir: false,
  resolve: { alias: withoutNode },
  // The worker is one file, which a page that is one file holds too.
  worker: { format: 'iife', rolldownOptions: { output: { entryFileNames: '[name].js' } } },
  build: {
    outDir: at('../dist/web'),
    emptyOutDir: true,
    target: 'es2023',
    modulePreload: false,
    // What is small would become data: in the page, which its policy forbids.
    assetsInlineLimit: 0,
    license: { fileName: 'licenses.md' },
    rolldownOptions: {
      output: { entryFileNames: '[name].js', assetFileNames: '[name][extname]', chunkFileNames: '[name].js' },
    },
  },
});
