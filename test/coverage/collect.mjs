// Loaded into every process of a run with coverage: at its end, writes what V8 counted in our own files. Node's NODE_V8_COVERAGE
// would write source maps of every package too, 20 MB a process.
import { mkdirSync, writeFileSync } from 'node:fs';
import { Session } from 'node:inspector';
import { threadId } from 'node:worker_threads';

const { BABBLEBROOK_COVERAGE: directory } = process.env;
const OURS = new URL('../../build/', import.meta.url).href;

if (directory) {
  const session = new Session();
  session.connect();
  session.post('Profiler.enable');
  session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: true });
  process.on('exit', () =>
    session.post('Profiler.takePreciseCoverage', (error, coverage) => {
      if (error) return;
      const result = coverage.result.filter(({ url }) => /^(src|scripts)\//.test(url.replace(OURS, '')));
      if (result.length === 0) return;
      mkdirSync(directory, { recursive: true });
      writeFileSync(`${directory}/coverage-${process.pid}-${threadId}-${Date.now()}.json`, JSON.stringify({ result }));
    }),
  );
}
