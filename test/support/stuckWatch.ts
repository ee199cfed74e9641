import { readdirSync, readFileSync, writeSync } from 'node:fs';
import { type Debugger, Session } from 'node:inspector';
import { setTimeout } from 'node:timers/promises';
import { workerData } from 'node:worker_threads';

const { beats, limitMs } = workerData as { beats: Int32Array; limitMs: number };

for (;;) {
  const before = Atomics.load(beats, 0);
  await setTimeout(limitMs);
  if (Atomics.load(beats, 0) !== before) continue;
  try {
    say(`Nothing happened for ${limitMs / 1000} s in a process of tests\n${threads()}`);
    say(`Its main thread is ${(await Promise.race([mainThread(), setTimeout(10_000)])) ?? 'not in JavaScript'}`);
  } finally {
    process.kill(process.pid, 'SIGKILL');
  }
}

/** What the system says of each thread; nothing but on Linux. */
function threads(): string {
  if (process.platform !== 'linux') return '';
  const told = readdirSync('/proc/self/task').map((id) => {
    const [state, place] = ['stat', 'wchan'].map((name) => readFileSync(`/proc/self/task/${id}/${name}`, 'utf8'));
    return `${state?.split(' ').slice(0, 3).join(' ')} ${place}`;
  });
  return told.join('\n');
}

/** Where the main thread's JavaScript is. */
function mainThread(): Promise<string> {
  const session = new Session();
  session.connectToMainThread();
  const files = new Map<string, string>();
  session.on('Debugger.scriptParsed', ({ params }: { params: Debugger.ScriptParsedEventDataType }) =>
    files.set(params.scriptId, params.url),
  );
  return new Promise((resolve) => {
    session.on('Debugger.paused', ({ params }: { params: Debugger.PausedEventDataType }) =>
      resolve(params.callFrames.map(placeOf).join('\n')),
    );
    session.post('Debugger.enable');
    session.post('Debugger.pause');
  });

  function placeOf({ functionName, location: { scriptId, lineNumber } }: Debugger.CallFrame): string {
    return `in ${functionName || 'a function'} of ${files.get(scriptId)}:${lineNumber + 1}`;
  }
}

/** The main thread cannot pass on what `console` is given. */
function say(text: string): void {
  writeSync(2, `${text}\n`);
}
