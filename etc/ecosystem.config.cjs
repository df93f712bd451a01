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

    // Drained because it was asked to, and a configuration that is wrong: no restart helps.
    autorestart: true,
    stop_exit_codes: [0, 78],
    exp_backoff_restart_delay: 200,
  }],
};
