// agenthost under PM2: copy this file to the folder of your agenthost.conf or .env, then
//   pm2 start ecosystem.config.cjs
// Reload bundles and configuration with `pm2 sendSignal SIGHUP reading-worker`; PM2's own
// "reload" is a restart. See docs/operate.md.
module.exports = {
  apps: [{
    name: 'reading-worker',
    script: 'agenthost', // looked for here, then in PATH
    args: 'run',
    interpreter: 'none', // a program, not a script
    exec_mode: 'fork',
    instances: 1, // a state directory serves one host

    // Online is what has settled its agents and claims jobs.
    wait_ready: true,
    listen_timeout: 60000,

    // Longer than limits.drain_timeout (30 s) and the 10 s that ending may take besides.
    kill_timeout: 45000,

    // A wrong configuration (78) does not get better by itself. 0 must not stand here: PM2 takes a
    // process that a signal ended for one that exited with 0. So what `agenthost drain` ends
    // is started anew; `pm2 stop` drains just as well.
    stop_exit_codes: [78],
    exp_backoff_restart_delay: 200,
  }],
};
