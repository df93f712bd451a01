// The bad agents, one a row: what it tries, what its job gets, how its cell ends, and what it
// takes to keep it in.
//   deed     its asset, for tests/agents/bad.c; {file} {new} {socket} {pid} {host} are decoys
//   so       another agent than bad.c, tests/agents/<so>.c
//   update   it comes by a reload over a good version 1.0.0, as 2.0.0
//   jobs     so many jobs one after the other; the last one counts
//   job      what the last job ends as: "completed by VERSION: TEXT", "failed after N: REASON", …
//   cell     how its cell ended, or what its bundle was refused for, or "lives"
//   asks     so many times the model was asked
//   without  the defences that hold it (tests/agents/bare); with these off the row fails, and
//   bare     is what shows then in job, cell and log
const good = /^completed by 1\.0\.0: /;

// A system call that is refused: the agent reads EPERM, the job's log names the call.
function refused(name, tries, deed, call, without, bare = /completed by [\d.]+: done/, text = 'EPERM') {
  return { name, tries, deed: `build_prompt ${deed}`, job: new RegExp(`^completed by 1\\.0\\.0: ${text}$`),
    cell: /^lives$/, log: new RegExp(`the sandbox refused it a system call: ${call} \\(1 so far\\)`),
    without, bare };
}

// A system call that ends the process, once the cell has said which it was.
function killed(name, tries, deed, call, without, bare) {
  return { name, tries, deed: `build_prompt ${deed}`, jobOptions: { attempts: 3, backoff: 10 },
    job: new RegExp('^failed after 2: POISON: .*signal 31 \\(SIGSYS\\) in build_prompt: a system call that ' +
      `no agent makes; refused calls: 1 \\(${call}\\)`),
    cell: /^crashed in build_prompt, signal 31, 1 refused: /, without, bare };
}

// A start that fails: what served goes on.
function refusedStart(name, tries, deed, cell, without = ['rehearsal'], bare = /^(active|delayed)/) {
  return { name, tries, deed, update: true, job: good, cell, without, bare };
}

// A call that takes its cell along: once more, then never again.
function fatal(name, tries, deed, reason, cell) {
  return { name, tries, deed, jobOptions: { attempts: 4, backoff: 10 },
    job: new RegExp(`^failed after 2: POISON: ${reason}`), cell, without: ['poison'],
    bare: /^failed after 4: AGENT_/ };
}

// A reply that is not accepted.
function unfit(name, tries, deed, reason, without, bare, code = 'AGENT_ERROR') {
  return { name, tries, deed, jobOptions: { attempts: 2, backoff: 10 },
    job: new RegExp(`^failed after 2: ${code}: .*${reason}`), cell: /^lives$/,
    log: new RegExp(`${reason}.*; strike 1 of 3`), without, bare };
}

export const rows = [
  refusedStart('constructor-crashes', 'dereferences NULL while it is loaded', 'constructor segv',
    /signal 11 \(SIGSEGV\) in dlopen/),
  refusedStart('constructor-exits', 'leaves while it is loaded, with status 0', 'constructor quick_exit:0',
    /left with exit status 0 in dlopen/),
  refusedStart('constructor-spins', 'never ends being loaded', 'constructor spin',
    /no answer within \d+ ms in dlopen \(it was spinning\)/, ['deadline'], /never loaded/),
  refusedStart('constructor-forges', 'says it is ready while it is loaded', 'constructor wire_ready',
    /broke the wire in dlopen: (ready while it was being loaded|a frame out of turn)/, ['wire'], /2\.0\.0/),
  refusedStart('create-crashes', 'aborts in create', 'create abort:oh', /signal 6 \(SIGABRT\) in create.*it wrote 'last words: oh'/),
  refusedStart('create-sleeps', 'never returns from create', 'create sleep',
    /no answer within \d+ ms in create \(it was waiting\)/, ['deadline'], /never loaded/),
  refusedStart('create-hoards', 'takes more memory than it may in create, and dies of it', 'create take_or_abort:400',
    /signal 6 \(SIGABRT\) in create/, ['memory'], /by 2\.0\.0/),
  refusedStart('selftest-crashes', 'crashes in its self-test', 'selftest segv', /signal 11 \(SIGSEGV\) in selftest/),
  refusedStart('selftest-fails', 'fails its self-test', 'selftest fail', /selftest: two and two are five/),
  refusedStart('selftest-recurses', 'recurses until the stack ends', 'selftest recurse:x', /signal 11 \(SIGSEGV\) in selftest/),
  { ...refusedStart('wrong-abi', 'is made for an interface of the future', undefined, /ABI|abi|interface/,
    ['abi'], /by 2\.0\.0/), so: 'misfit_newer' },

  { name: 'constructor-reads', tries: 'reads a foreign file while it is loaded', deed: 'constructor open:{file}',
    job: good, cell: /^lives$/, hostLog: /constructor: EACCES/, without: ['files'], bare: /constructor: done/ },
  { name: 'constructor-writes', tries: 'makes a file while it is loaded', deed: 'constructor create:{new}',
    job: good, cell: /^lives$/, hostLog: /constructor: EACCES/, without: ['files'], bare: /constructor: done/ },
  { name: 'constructor-connects', tries: 'connects to a server while it is loaded', deed: 'constructor connect_to:{socket}',
    job: good, cell: /^lives$/, hostLog: /constructor: EPERM/, without: ['calls-loading'], bare: /constructor: done/ },
  { name: 'constructor-forks', tries: 'makes a process while it is loaded', deed: 'constructor fork',
    job: good, cell: /^lives$/, hostLog: /constructor: EPERM/, without: ['calls-loading'], bare: /constructor: done/ },
  { name: 'create-kills', tries: 'kills another process in create', deed: 'create kill:{pid}',
    job: good, cell: /^lives$/, hostLog: /create: EPERM/, without: ['calls', 'calls-loading', 'files'], bare: /create: done/ },
  { name: 'selftest-connects', tries: 'connects to a server in its self-test', deed: 'selftest connect_to:{socket}',
    job: good, cell: /^lives$/, hostLog: /selftest: EPERM/, without: ['calls', 'calls-loading'], bare: /selftest: done/ },

  refused('reads-environ', "opens the host's environment", 'parent:environ', 'getppid', ['calls', 'calls-loading', 'files']),
  refused('reads-memory', "opens the host's memory", 'parent:mem', 'getppid', ['calls', 'calls-loading', 'files']),
  refused('reads-file', 'opens a file', 'open:{file}', 'openat', ['calls', 'files']),
  refused('writes-file', 'makes a file', 'create:{new}', 'openat', ['calls', 'files']),
  refused('truncates-file', 'empties a file', 'truncate:{file}', 'truncate', ['calls', 'calls-loading', 'files']),
  refused('makes-code', 'maps memory to write and run', 'map_code', 'mmap', ['calls']),
  refused('connects', 'connects to a server', 'connect_to:{socket}', 'socket', ['calls', 'calls-loading']),
  refused('opens-inet', 'makes an internet socket', 'socket_inet', 'socket', ['calls', 'calls-loading']),
  refused('kills', 'kills another process', 'kill:{pid}', 'kill', ['calls', 'calls-loading', 'files']),
  refused('dumpable', 'lets itself be looked into', 'dumpable', 'prctl', ['calls', 'calls-loading']),
  refused('ignores-sigsys', 'makes refusals uncounted', 'catch_sigsys', 'rt_sigaction', ['calls', 'calls-loading']),
  refused('writes-everywhere', 'writes to every descriptor it has', 'write_everywhere', 'write',
    ['calls', 'calls-loading', 'descriptors']),
  { name: 'forks', tries: 'makes a process in a call', deed: 'build_prompt fork', job: /^completed by 1\.0\.0: EPERM$/,
    cell: /^lives$/, without: ['calls', 'calls-loading'], bare: /completed by 1\.0\.0: done/ },
  { name: 'threads', tries: 'starts a thread', deed: 'build_prompt pthread', job: /^completed by 1\.0\.0: EPERM$/,
    cell: /^lives$/, without: ['calls', 'calls-loading'], bare: /completed by 1\.0\.0: done/ },
  refused('execs', 'becomes another program', 'exec:/bin/true', 'execve', ['calls', 'calls-loading', 'files'],
    /exited|exit status 0/),
  killed('traces', 'traces another process', 'ptrace:{pid}', 'ptrace', ['calls', 'calls-loading', 'files'], /completed/),
  killed('reads-other-memory', "reads another process's memory", 'process_vm:{pid}', 'process_vm_readv',
    ['calls', 'calls-loading', 'files'], /completed/),
  killed('io-uring', 'asks for a ring past the filter', 'io_uring', 'io_uring_setup', ['calls', 'calls-loading'], /completed/),
  { name: 'reads-key', tries: 'looks for a key in its environment', deed: 'build_prompt getenv:BAD_SECRET',
    job: /^completed by 1\.0\.0: ENOENT$/, cell: /^lives$/, without: ['environment'], bare: /completed by 1\.0\.0: done/ },

  fatal('check-crashes', 'crashes in check_input', 'check_input segv', 'check_input: .*signal 11',
    /^crashed in check_input, signal 11, 0 refused: /),
  fatal('build-crashes', 'crashes in build_prompt', 'build_prompt segv', 'build_prompt: .*signal 11',
    /^crashed in build_prompt, signal 11, 0 refused: /),
  fatal('build-exits', 'leaves in build_prompt', 'build_prompt exit:7', 'build_prompt: .*exit status 7',
    /^exited in build_prompt, exit status 7, 0 refused: /),
  fatal('build-kills-itself', 'kills itself', 'build_prompt kill_self', 'build_prompt: .*signal 9',
    /^crashed in build_prompt, signal 9, 0 refused: /),
  { ...fatal('post-crashes', 'crashes over the answer', 'post_process segv', 'post_process: .*signal 11',
    /^crashed in post_process, signal 11, 0 refused: /), asks: 1 },
  fatal('post-exits', 'leaves over the answer', 'post_process quick_exit:0', 'post_process: .*exit status 0',
    /^exited in post_process, exit status 0, 0 refused: /),
  fatal('hoards', 'takes more memory than it may, and dies of it', 'build_prompt take_or_abort:400',
    'build_prompt: .*signal 6', /^crashed in build_prompt, signal 6, 0 refused: /),
  { name: 'takes-memory', tries: 'takes more memory than it may', deed: 'build_prompt take:400',
    job: /^completed by 1\.0\.0: ENOMEM$/, cell: /^lives$/, without: ['memory'], bare: /completed by 1\.0\.0: done/ },
  { name: 'leaks', tries: 'keeps 100 MB more with every call', deed: 'build_prompt take_or_abort:100', jobs: 3,
    jobOptions: { attempts: 2, backoff: 10 }, job: /^completed by 1\.0\.0: done$/,
    cell: /^crashed in build_prompt, signal 6, 0 refused: /, without: ['memory'], bare: /^completed by 1\.0\.0: done\nlives/ },
  ...['check_input', 'build_prompt', 'post_process'].map((place) => ({
    name: `${place.split('_')[0]}-spins`, tries: `never returns from ${place}`, deed: `${place} spin`,
    job: new RegExp(`^failed after 1: AGENT_TIMEOUT: ${place}: no answer within \\d+ ms in ${place} \\(it was spinning\\)`),
    cell: new RegExp(`^deadline in ${place}, 0 refused: .*spinning`), without: ['deadline'], bare: /^active/ })),
  { name: 'build-sleeps', tries: 'waits for ever', deed: 'build_prompt sleep',
    job: /^failed after 1: AGENT_TIMEOUT: .*\(it was waiting\)/, cell: /^deadline in build_prompt, 0 refused: /,
    without: ['deadline'], bare: /^active/ },

  { name: 'wire-garbage', tries: 'writes nonsense to the host', deed: 'build_prompt wire_garbage',
    job: /^failed after 1: AGENT_ERROR: .*a frame longer than it may be/, cell: /^broke the wire in build_prompt, 0 refused: /,
    without: ['wire'], bare: /AGENT_TIMEOUT|^completed/ },
  { name: 'wire-out-of-turn', tries: 'says it is ready in a call', deed: 'build_prompt wire_ready',
    job: /^failed after 1: AGENT_ERROR: .*a frame out of turn/, cell: /^broke the wire in build_prompt, 0 refused: /,
    without: ['wire'], bare: /completed/ },
  { name: 'wire-flood', tries: 'floods the host with log frames', deed: 'build_prompt wire_log_flood', linesMax: 200,
    job: /^failed after 1: AGENT_ERROR: .*a flood of frames/, cell: /^broke the wire in build_prompt, 0 refused: /,
    without: ['wire'], bare: /AGENT_TIMEOUT|^completed/ },
  { name: 'wire-hangs-up', tries: 'hangs up and goes on computing', deed: 'build_prompt wire_close_and_spin',
    job: /^failed after 1: AGENT_ERROR: .*closed its socket/, cell: /^broke the wire in build_prompt, 0 refused: /,
    without: ['hangup'], bare: /AGENT_TIMEOUT/ },
  { name: 'stderr-flood', tries: 'floods standard error', deed: 'build_prompt stderr_flood',
    job: /^completed by 1\.0\.0: done$/, cell: /^lives$/, linesMax: 200, without: ['stderr'],
    bare: /completed by 1\.0\.0: done/ },
  { name: 'log-flood', tries: 'logs more lines in a call than are kept', deed: 'prompt chatter',
    job: /^completed by 1\.0\.0: said it all$/, cell: /^lives$/, linesMax: 110,
    hostLog: /chatter: line 100\n50 more lines in this call were not kept/, without: ['log-lines'],
    bare: /chatter: line 150/ },

  unfit('prompt-latin1', 'gives a prompt that is no UTF-8', 'prompt latin1', 'text that is not UTF-8', ['utf8'], /^completed/),
  unfit('prompt-empty', 'gives OK without a message', 'prompt empty', 'gave OK without a message', ['completeness'], /^failed after 1: VALIDATION_ERROR: model/),
  unfit('prompt-large', 'gives more prompt than it may', 'prompt large', 'gave more than \\d+ bytes', ['caps'], /^completed/),
  unfit('prompt-hot', 'asks for a temperature of 7', 'prompt hot', 'temperature that is not between 0 and 2', ['completeness'], /completed/),
  unfit('prompt-schema', 'gives a schema that is no JSON', 'prompt schema', 'gave JSON that is none', ['json'], /^failed after 1: VALIDATION_ERROR: model/),
  unfit('prompt-role', 'speaks in a role that does not exist', 'prompt role', 'a role that does not exist', ['completeness'], /the host does not answer/),
  unfit('build-next', 'returns NEXT from build_prompt', 'prompt status', 'returned 1, which it may not', ['status'], /completed/),
  unfit('build-99', 'returns a status that does not exist', 'prompt status 99', 'returned 99, which it may not', ['status'], /completed/),
  unfit('check-declines', 'declines in check_input', 'check_input decline', 'returned 5, which it may not', ['status'], /completed/),
  unfit('declines-silently', 'declines without a text', 'prompt decline without a text', 'declined without a text', ['completeness'], /completed/),
  unfit('result-latin1', 'gives a reading that is no UTF-8', 'result latin1', 'text that is not UTF-8', ['utf8'], /^completed/),
  unfit('result-empty', 'gives OK without a text', 'result no text', 'gave OK without a text', ['completeness'], /completed/),
  unfit('result-content', 'gives content that is no JSON', 'result content', 'gave JSON that is none', ['json'], /^completed/),
  unfit('result-large', 'gives more reading than it may', 'result large', 'gave more than \\d+ bytes', ['caps'], /^completed/),
  unfit('reask-silently', 'wants a correction and does not say which', 'result reask without a correction', 'gave REASK without a correction', ['completeness'], /BAD_ANSWER/),
  { name: 'reasks-for-ever', tries: 'is content with no answer', deed: 'result reask', jobOptions: { attempts: 3 },
    job: /^failed after 1: BAD_ANSWER: no usable answer in 3 rounds/, cell: /^lives$/, asks: 3, without: ['rounds'],
    bare: /no usable answer in 21 rounds/ },
  { name: 'next-for-ever', tries: 'always wants one more pass', deed: 'result next',
    job: /^failed after 1: AGENT_ERROR: post_process: asked for pass 2, .* passes_max is 1/, cell: /^lives$/, asks: 1,
    without: ['passes'], bare: /asked for pass 21/ },
  { name: 'moody', tries: 'gives another prompt and another verdict each time', deed: 'result again once',
    jobOptions: { attempts: 2, backoff: 10 }, job: /^completed by 1\.0\.0: a reading$/, cell: /^lives$/, asks: 1,
    without: ['record'], bare: /completed by 1\.0\.0: a reading/ },
  { name: 'fails-all', tries: 'fails every job after it was taken over', deed: 'result internal', update: true, jobs: 4,
    job: good, cell: /^quarantined: failed 3 jobs within 10 minutes, the last by 'internal'/, without: ['quarantine'],
    bare: /^failed after 1: AGENT_ERROR/ },
  { name: 'crashes-all', tries: 'crashes over every job after it was taken over', deed: 'build_prompt segv', update: true, jobs: 4,
    job: good, cell: /^quarantined: failed 3 jobs .*the last by 'crashed'/, without: ['last-good'], bare: /^delayed/ },
];
