// BullMQ's Queue and QueueEvents let the commands they have in the air reject unhandled when their
// connection ends under them, which tests do on purpose; node:test would blame the test that runs.
// Nothing of ours rejects with these words.
const emit = process.emit;

process.emit = function quietly(name, reason, ...rest) {
  if (name === 'unhandledRejection' && reason?.message === 'Connection is closed.') {
    return true;
  }
  return emit.call(this, name, reason, ...rest);
};
