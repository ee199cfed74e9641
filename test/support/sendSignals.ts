// Sends signals to a process, in turn, until it ends: PID MILLISECONDS SIGNAL...

const [pid, pause, ...signals] = process.argv.slice(2);
let sent = 0;
const timer = setInterval(() => {
  try {
    process.kill(Number(pid), signals[sent++ % signals.length]);
  } catch {
    clearInterval(timer);
  }
}, Number(pause));
