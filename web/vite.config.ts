import { existsSync, readFileSync } from 'node:fs';
import { defineConfig, type Plugin } from 'vite';

const at = (path: string): string => new URL(path, import.meta.url).pathname;

/** A page reads no path: as `browser` in package.json says to those who have the package. */
const withoutNode = [
  { find: /^.*\/readModelDirectory\.node\.js$/, replacement: at('../src/inference/noModelDirectory.ts') },
];

/** The packages that are bundled, the worker's too: their directories. */
const bundled = new Set<string>();

/** Notes which packages are bundled. */
function notePackages(): Plugin {
  return {
    name: 'note-packages',
    generateBundle(_options, bundle) {
      for (const chunk of Object.values(bundle))
        for (const id of chunk.type === 'chunk' ? chunk.moduleIds : []) {
          const [, directory] = /^\0?(.*\/node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(id) ?? [];
          if (directory) bundled.add(directory);
        }
    },
  };
}

/** Writes the licences of all that is bundled into one file. */
function writeLicences(): Plugin {
  return {
    name: 'write-licences',
    generateBundle: {
      // The page's own packages are noted first; its worker was bundled before it.
      order: 'post',
      handler() {
        const texts = [...bundled].sort().map((directory) => {
          const { name, version, license } = JSON.parse(readFileSync(`${directory}/package.json`, 'utf8'));
          const file = ['LICENSE', 'LICENSE.txt', 'LICENSE.md'].map((one) => `${directory}/${one}`).find(existsSync);
          return `## ${name} ${version} (${license})\n\n${file ? readFileSync(file, 'utf8').trim() : ''}\n`;
        });
        this.emitFile({
          type: 'asset',
          fileName: 'licenses.md',
          source: `# What is bundled here\n\n${texts.join('\n')}`,
        });
      },
    },
  };
}

export default defineConfig({
  root: at('.'),
  base: './',
  publicDir: false,
  resolve: { alias: withoutNode },
  plugins: [notePackages(), writeLicences()],
  // The worker is one file, which a page that is one file holds too.
  worker: {
    format: 'iife',
    plugins: () => [notePackages()],
    rolldownOptions: { output: { entryFileNames: '[name].js' } },
  },
  build: {
    outDir: at('../dist/web'),
    emptyOutDir: true,
    target: 'es2023',
    modulePreload: false,
    // What is small would become data: in the page, which its policy forbids.
    assetsInlineLimit: 0,
    rolldownOptions: {
      output: { entryFileNames: '[name].js', assetFileNames: '[name][extname]', chunkFileNames: '[name].js' },
    },
  },
});
