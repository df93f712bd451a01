// What the peer of bench/run crash runs in a process of its own.
module.exports = async (job) => {
  if (job.data.do === 'crash') process.kill(process.pid, 'SIGKILL');
  return 'declined by policy';
};
