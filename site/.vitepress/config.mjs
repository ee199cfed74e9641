const page = (text, name) => ({ text, link: `/docs/${name}` });

export default {
  title: 'babblebrook',
  description: 'Recurrent language models over streams of text, in TypeScript',
  srcDir: 'pages',
  outDir: 'dist',
  cacheDir: 'node_modules/.cache',
  // build.mjs checks the links of the finished pages, those to files too.
  ignoreDeadLinks: true,
  markdown: { html: true },
  themeConfig: {
    search: { provider: 'local' },
    outline: [2, 3],
    nav: [
      { text: 'See it think', link: '/see.html', target: '_blank' },
      { text: 'Lab', link: '/docs/lab' },
      { text: 'Examples', link: '/examples/' },
      { text: 'Reference', link: '/api/' },
      { text: 'Changes', link: '/CHANGELOG' },
    ],
    sidebar: [
      {
        text: 'Begin',
        items: [
          { text: 'What it is', link: '/' },
          page('Installation', 'install'),
          { text: 'Examples', link: '/examples/' },
          page('Lab', 'lab'),
          page('Glossary', 'glossary'),
        ],
      },
      {
        text: 'Text',
        items: [
          page('Sources', 'sources'),
          page('Sentences', 'sentences'),
          page('Tokens', 'tokenizers'),
          page('Operators', 'operators'),
          page('Text that goes on', 'continuous'),
        ],
      },
      {
        text: 'Models',
        items: [
          page('Cells', 'cells'),
          page('Comparison of cells', 'comparison'),
          page('Saved models', 'models'),
          page('Watching', 'watching'),
          page('Reliability', 'reliability'),
        ],
      },
      {
        text: 'Output',
        items: [
          page('Decoding', 'decoding'),
          page('Without TensorFlow', 'inference'),
          page('Serving', 'serving'),
          page('A page that shows it', 'page'),
          page('More than one machine', 'cluster'),
        ],
      },
      {
        text: 'Behind it',
        items: [
          page('Architecture', 'architecture'),
          { text: 'Decisions', link: '/docs/decisions/' },
          page('Performance', 'performance'),
          page('Benchmarks', 'benchmarks'),
          page('Dependencies', 'dependencies'),
          { text: 'Contributing', link: '/CONTRIBUTING' },
          page('Releasing', 'releasing'),
          { text: 'Security', link: '/SECURITY' },
        ],
      },
      { text: 'Reference', link: '/api/' },
    ],
  },
};
