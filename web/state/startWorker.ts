/** Starts what computes: a file beside the page, or, where the page is one file, what it holds of it. */
export function startWorker(): Worker {
  const held = document.getElementById('worker');
  if (!held) return new Worker(new URL('../worker.ts', import.meta.url), { name: 'babblebrook' });
  const url = URL.createObjectURL(new Blob([JSON.parse(held.textContent ?? '')], { type: 'text/javascript' }));
  return new Worker(url, { name: 'babblebrook' });
}
