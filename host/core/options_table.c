/* The option table: every option there is, once. */
#include <stddef.h>

#include "core/options-private.h"

#define SECOND_MS INT64_C(1000)
#define MINUTE_MS (60 * SECOND_MS)
#define HOUR_MS (60 * MINUTE_MS)
#define DAY_MS (24 * HOUR_MS)
#define KB INT64_C(1024)
#define MB (1024 * KB)
#define GB (1024 * MB)

#define IN(field) offsetof(struct options, field)
#define IN_QUEUE(field) offsetof(struct options_queue, field)
#define IN_AGENT(field) offsetof(struct options_agent, field)
#define IN_PROVIDER(field) offsetof(struct options_provider, field)
#define IN_MODEL(field) offsetof(struct options_model, field)

#define WORDS(list) .words = list, .words_count = ARRAY_LEN(list)

/* Each list is in the order of its enum. */
static const char *const format_words[] = {"auto", "text", "json"};
static const char *const level_words[] = {"debug", "info", "warning", "error"};
static const char *const return_words[] = {"auto", "yes", "no"};
static const char *const sandbox_words[] = {"require", "prefer"};

const struct option options_table[] = {
    {"log", "format", OPTION_WORD, SECTION_FIXED, IN(log.format), "auto", WORDS(format_words),
     .is_reloadable = true, .prose = "How lines look; auto is text on a terminal, else JSON."},
    {"log", "level", OPTION_WORD, SECTION_FIXED, IN(log.level), "info", WORDS(level_words),
     .env = "LOG_LEVEL", .is_reloadable = true, .prose = "The least level that is written."},
    {"log", "texts", OPTION_BOOL, SECTION_FIXED, IN(log.texts), "no", .is_reloadable = true,
     .prose = "At level debug also the texts of each run: prompts, answers and what was found."},

    {"state", "dir", OPTION_TEXT, SECTION_FIXED, IN(state.dir), NULL,
     .prose = "The directory of what must survive a restart; one host each. Default: "
              "$STATE_DIRECTORY, /var/lib/agenthost for root, else $XDG_STATE_HOME/agenthost."},
    {"state", "socket", OPTION_TEXT, SECTION_FIXED, IN(state.socket), NULL,
     .prose = "The control socket. Default: control.sock in $RUNTIME_DIRECTORY or state.dir."},

    {"redis", "url", OPTION_URL, SECTION_FIXED, IN(redis.url), NULL, .env = "REDIS_URL",
     .is_secret = true,
     .prose = "redis://, rediss:// (TLS), tcp:// or unix: address; wins over host and port."},
    {"redis", "host", OPTION_TEXT, SECTION_FIXED, IN(redis.host), "localhost", .env = "REDIS_HOST",
     .prose = "Name or address of the Redis server."},
    {"redis", "port", OPTION_COUNT, SECTION_FIXED, IN(redis.port), "6379", 1, 65535,
     .env = "REDIS_PORT", .prose = "Its port."},
    {"redis", "username", OPTION_TEXT, SECTION_FIXED, IN(redis.username), NULL,
     .env = "REDIS_USERNAME", .prose = "ACL user; without it the default user."},
    {"redis", "password", OPTION_TEXT, SECTION_FIXED, IN(redis.password), NULL,
     .env = "REDIS_PASSWORD", .is_secret = true, .prose = "Its password."},
    {"redis", "db", OPTION_COUNT, SECTION_FIXED, IN(redis.db), "0", 0, 65535, .env = "REDIS_DB",
     .prose = "Number of the database."},
    {"redis", "tls_ca", OPTION_TEXT, SECTION_FIXED, IN(redis.tls_ca), NULL,
     .prose = "PEM file with the authorities to trust; without it the system's."},
    {"redis", "tls_verify", OPTION_BOOL, SECTION_FIXED, IN(redis.tls_verify), "yes",
     .prose = "Check the server's certificate and name."},
    {"redis", "connect_timeout", OPTION_DURATION, SECTION_FIXED, IN(redis.connect_ms), "5s", 10,
     10 * MINUTE_MS, .prose = "Longest wait for a connection, TLS and login included."},
    {"redis", "command_timeout", OPTION_DURATION, SECTION_FIXED, IN(redis.command_ms), "10s", 10,
     10 * MINUTE_MS, .prose = "A command unanswered for so long means a dead connection."},

    {"queue", "names", OPTION_LIST, SECTION_FIXED, offsetof(struct options_loaded, queue_names),
     "readings",
     .prose = "The queues to serve, besides those with a section [queue.NAME] of their own."},
    {"queue", "prefix", OPTION_TEXT, SECTION_QUEUE, IN_QUEUE(prefix), "bull",
     .prose = "BullMQ's key prefix."},
    {"queue", "concurrency", OPTION_COUNT, SECTION_QUEUE, IN_QUEUE(concurrency), "2", 1, 100000,
     .is_reloadable = true, .prose = "Jobs in work at once."},
    {"queue", "limiter", OPTION_LIMITER, SECTION_QUEUE, IN_QUEUE(limiter), "10/60s", 1, DAY_MS,
     .is_reloadable = true, .prose = "Jobs started in a span of time, over all workers, or off."},
    {"queue", "lock", OPTION_DURATION, SECTION_QUEUE, IN_QUEUE(lock_ms), "30s", 100, HOUR_MS,
     .prose = "How long a job stays ours without renewal; renewed at half of it."},
    {"queue", "stalled", OPTION_DURATION, SECTION_QUEUE, IN_QUEUE(stalled_ms), "30s", 100, HOUR_MS,
     .prose = "How often jobs that lost their worker are looked for."},
    {"queue", "max_stalled", OPTION_COUNT, SECTION_QUEUE, IN_QUEUE(max_stalled), "5", 0, 1000,
     .prose = "How often a job may lose its worker before it fails."},
    {"queue", "max_started", OPTION_COUNT, SECTION_QUEUE, IN_QUEUE(max_started), "0", 0, 1000000,
     .prose = "How often a job may be started before it fails, however the starts ended; 0 is any "
              "number. Parked jobs do not count."},
    {"queue", "metrics", OPTION_COUNT, SECTION_QUEUE, IN_QUEUE(metrics), "0", 0, 100000,
     .prose = "Minutes of completed and failed jobs that BullMQ's getMetrics finds; 0 writes none. "
              "All workers of a queue need the same."},
    {"queue", "keep_completed", OPTION_KEEP, SECTION_QUEUE, IN_QUEUE(keep_completed), "all",
     .is_reloadable = true,
     .prose = "Which completed jobs stay in Redis, where a job does not say it: the last N, those "
              "younger than an age, of which at most limit (1000) are removed at once."},
    {"queue", "keep_failed", OPTION_KEEP, SECTION_QUEUE, IN_QUEUE(keep_failed), "all",
     .is_reloadable = true, .prose = "The same for failed jobs."},
    {"queue", "backoffs", OPTION_BACKOFFS, SECTION_QUEUE, IN_QUEUE(backoffs), NULL,
     .is_reloadable = true,
     .prose = "How long failed jobs wait whose backoff has a type of the producer's own."},
    {"queue", "job_timeout", OPTION_DURATION, SECTION_QUEUE, IN_QUEUE(job_timeout_ms), "600s", 10,
     DAY_MS, .is_reloadable = true,
     .prose = "Longest work on one job; data.timeoutMs may be less."},
    {"queue", "park_max", OPTION_DURATION, SECTION_QUEUE, IN_QUEUE(park_max_ms), "24h", 10,
     30 * DAY_MS, .is_reloadable = true,
     .prose = "Longest wait of a job for a reason outside itself; then it fails with the reason."},
    {"queue", "unknown_agent_patience", OPTION_DURATION, SECTION_QUEUE,
     IN_QUEUE(unknown_agent_patience_ms), "10m", 0, 30 * DAY_MS, .is_reloadable = true,
     .prose = "How long a job waits for an agent that is not installed."},
    {"queue", "unpark_per_second", OPTION_COUNT, SECTION_QUEUE, IN_QUEUE(unpark_per_second), "100",
     1, 100000, .is_reloadable = true,
     .prose = "Parked jobs put back in a second when their reason ends."},
    {"queue", "drain_delay", OPTION_DURATION, SECTION_QUEUE, IN_QUEUE(drain_delay_ms), "5s", 10,
     5 * MINUTE_MS, .prose = "Longest blocking wait for a job in Redis."},
    {"queue", "return_content", OPTION_WORD, SECTION_QUEUE, IN_QUEUE(return_content), "auto",
     WORDS(return_words), .is_reloadable = true,
     .prose = "Put the reading into the job's return value; auto is yes with sqlite."},
    {"queue", "agents", OPTION_LIST, SECTION_QUEUE, IN_QUEUE(agents), NULL, .is_reloadable = true,
     .prose = "The agents this queue serves; without it all. Jobs for others fail."},

    {"agents", "dirs", OPTION_LIST, SECTION_FIXED, IN(agents.dirs), PKGLIBDIR "/agents",
     .is_reloadable = true, .prose = "Directories of bundles; of the same id the later wins."},
    {"agents", "engines", OPTION_TEXT, SECTION_FIXED, IN(agents.engines), NULL,
     .is_reloadable = true,
     .prose = "The directory of engines, which stand in for the code of bundles without any. "
              "Default: the one installed with the program."},
    {"agents", "locale", OPTION_TEXT, SECTION_FIXED, IN(agents.locale), "de", .is_reloadable = true,
     .prose = "Language of jobs that name none."},
    {"agents", "provider", OPTION_TEXT, SECTION_FIXED, IN(agents.provider), "openai",
     .is_reloadable = true, .prose = "Model provider of agents that name none."},
    {"agents", "call_timeout", OPTION_DURATION, SECTION_FIXED, IN(agents.call_ms), "2s", 10,
     10 * MINUTE_MS, .is_reloadable = true, .prose = "Longest single call of an agent."},
    {"agents", "start_timeout", OPTION_DURATION, SECTION_FIXED, IN(agents.start_ms), "10s", 10,
     10 * MINUTE_MS, .is_reloadable = true,
     .prose = "Longest start of an agent, self-test included."},
    {"agents", "memory_max", OPTION_SIZE, SECTION_FIXED, IN(agents.memory_bytes_max), "256MB",
     32 * MB, 64 * GB, .is_reloadable = true, .prose = "Address space of one agent process."},
    {"agents", "reask_max", OPTION_COUNT, SECTION_FIXED, IN(agents.reask_max), "2", 0, 10,
     .is_reloadable = true, .prose = "How often an answer may be sent back for correction."},
    {"agents", "sandbox", OPTION_WORD, SECTION_FIXED, IN(agents.sandbox), "prefer",
     WORDS(sandbox_words),
     .prose = "Landlock: refuse to start without it, or do without. Seccomp is always required."},
    {"agents", "still", OPTION_DURATION, SECTION_FIXED, IN(agents.still_ms), "2s", 0, MINUTE_MS,
     .is_reloadable = true, .prose = "How long a changed bundle must have been still at a reload."},
    {"agents", "still_max", OPTION_DURATION, SECTION_FIXED, IN(agents.still_ms_max), "10s", 0,
     10 * MINUTE_MS, .is_reloadable = true,
     .prose = "How long a reload waits for that before it refuses the bundle."},

    {"agent", "provider", OPTION_TEXT, SECTION_AGENT, IN_AGENT(provider), NULL,
     .is_reloadable = true, .prose = "Model provider; without it agents.provider."},
    {"agent", "model", OPTION_TEXT, SECTION_AGENT, IN_AGENT(model), NULL, .is_reloadable = true,
     .prose = "Model; without it the provider's."},
    {"agent", "temperature", OPTION_NUMBER, SECTION_AGENT, IN_AGENT(temperature), NULL, 0, 2,
     .is_reloadable = true, .prose = "Temperature; without it the agent's own wish."},
    {"agent", "max_tokens", OPTION_INTEGER, SECTION_AGENT, IN_AGENT(max_tokens), NULL, 1, 10000000,
     .is_reloadable = true, .prose = "Longest answer in tokens; without it the agent's own wish."},
    {"agent", "call_timeout", OPTION_DURATION, SECTION_AGENT, IN_AGENT(call_timeout_ms), NULL, 10,
     10 * MINUTE_MS, .is_reloadable = true, .prose = "As agents.call_timeout, for this agent."},
    {"agent", "memory_max", OPTION_SIZE, SECTION_AGENT, IN_AGENT(memory_bytes_max), NULL, 32 * MB,
     64 * GB, .is_reloadable = true, .prose = "As agents.memory_max, for this agent."},
    {"agent", "reask_max", OPTION_INTEGER, SECTION_AGENT, IN_AGENT(reask_max), NULL, 0, 10,
     .is_reloadable = true, .prose = "As agents.reask_max, for this agent."},
    {"agent", "canary", OPTION_SHARE, SECTION_AGENT, IN_AGENT(canary_percent), NULL, 0, 100,
     .is_reloadable = true,
     .prose = "Share of its jobs that a changed bundle gets, until 'agenthost agents promote'; "
              "without it all at once."},

    {"provider", "base_url", OPTION_URL, SECTION_PROVIDER, IN_PROVIDER(base_url), NULL,
     .env = "OPENAI_BASE_URL", .is_reloadable = true,
     .prose = "Address of a server that speaks Chat Completions, /v1 included. Default of "
              "[provider.openai]: https://api.openai.com/v1."},
    {"provider", "api_key", OPTION_TEXT, SECTION_PROVIDER, IN_PROVIDER(api_key), NULL,
     .env = "OPENAI_API_KEY", .is_reloadable = true, .is_secret = true, .prose = "Its key."},
    {"provider", "organization", OPTION_TEXT, SECTION_PROVIDER, IN_PROVIDER(organization), NULL,
     .env = "OPENAI_ORG_ID", .is_reloadable = true, .prose = "Sent as OpenAI-Organization."},
    {"provider", "project", OPTION_TEXT, SECTION_PROVIDER, IN_PROVIDER(project), NULL,
     .env = "OPENAI_PROJECT_ID", .is_reloadable = true, .prose = "Sent as OpenAI-Project."},
    {"provider", "model", OPTION_TEXT, SECTION_PROVIDER, IN_PROVIDER(model), NULL,
     .env = "OPENAI_MODEL", .is_reloadable = true,
     .prose = "Model of agents that name none. There is no default."},
    {"provider", "max_tokens_field", OPTION_TEXT, SECTION_PROVIDER, IN_PROVIDER(max_tokens_field),
     "max_completion_tokens", .is_reloadable = true,
     .prose = "Name of the limit in requests: max_completion_tokens or max_tokens."},
    {"provider", "practice", OPTION_BOOL, SECTION_PROVIDER, IN_PROVIDER(practice), "no",
     .is_reloadable = true, .prose = "Its answers are practice text: marked so, without costs."},
    {"provider", "needs_key", OPTION_BOOL, SECTION_PROVIDER, IN_PROVIDER(needs_key), "yes",
     .is_reloadable = true, .prose = "no: a local server without keys."},
    {"provider", "concurrency", OPTION_COUNT, SECTION_PROVIDER, IN_PROVIDER(concurrency), "100", 1,
     100000, .is_reloadable = true, .prose = "Requests in flight at most."},
    {"provider", "connect_timeout", OPTION_DURATION, SECTION_PROVIDER, IN_PROVIDER(connect_ms),
     "5s", 10, 10 * MINUTE_MS, .is_reloadable = true, .prose = "Longest wait for a connection."},
    {"provider", "first_token_timeout", OPTION_DURATION, SECTION_PROVIDER,
     IN_PROVIDER(first_token_ms), "60s", 10, HOUR_MS, .is_reloadable = true,
     .prose = "Longest wait for the first piece of an answer."},
    {"provider", "silence_timeout", OPTION_DURATION, SECTION_PROVIDER, IN_PROVIDER(silence_ms),
     "60s", 10, HOUR_MS, .is_reloadable = true, .prose = "Longest pause inside an answer."},
    {"provider", "answer_timeout", OPTION_DURATION, SECTION_PROVIDER, IN_PROVIDER(answer_ms),
     "300s", 10, DAY_MS, .is_reloadable = true, .prose = "Longest whole answer."},
    {"provider", "retries", OPTION_COUNT, SECTION_PROVIDER, IN_PROVIDER(retries), "2", 0, 10,
     .is_reloadable = true, .prose = "Tries more inside one attempt of a job."},
    {"provider", "retry_base", OPTION_DURATION, SECTION_PROVIDER, IN_PROVIDER(retry_base_ms),
     "500ms", 1, MINUTE_MS, .is_reloadable = true,
     .prose = "First pause before such a try; doubled up to 16 times that."},

    {"model", "input_price", OPTION_PRICE, SECTION_MODEL, IN_MODEL(input_price), NULL, 0, 1000000,
     .is_reloadable = true, .prose = "US dollars per million tokens sent; without it no costs."},
    {"model", "output_price", OPTION_PRICE, SECTION_MODEL, IN_MODEL(output_price), NULL, 0, 1000000,
     .is_reloadable = true,
     .prose = "US dollars per million tokens answered; without it no costs."},

    {"store", "driver", OPTION_TEXT, SECTION_FIXED, IN(store.driver), "sqlite",
     .prose = "Where readings are kept: sqlite or supabase."},
    {"store", "path", OPTION_TEXT, SECTION_FIXED, IN(store.path), NULL,
     .prose = "sqlite: the database file. Default: readings.db in state.dir."},
    {"store", "busy_timeout", OPTION_DURATION, SECTION_FIXED, IN(store.busy_ms), "5s", 0, MINUTE_MS,
     .prose = "sqlite: longest wait while another process holds the database."},
    {"store", "url", OPTION_TEXT, SECTION_FIXED, IN(store.url), NULL, .env = "SUPABASE_URL",
     .prose = "supabase: the project's address; /rest/v1 is added to it."},
    {"store", "key", OPTION_TEXT, SECTION_FIXED, IN(store.key), NULL,
     .env = "SUPABASE_SERVICE_ROLE_KEY", .is_secret = true,
     .prose = "supabase: its secret key, or the older service key."},
    {"store", "concurrency", OPTION_COUNT, SECTION_FIXED, IN(store.concurrency), "8", 1, 1000,
     .prose = "supabase: requests at once; no more than its pool has connections."},
    {"store", "timeout", OPTION_DURATION, SECTION_FIXED, IN(store.timeout_ms), "10s", 10,
     10 * MINUTE_MS, .prose = "supabase: longest single request."},

    {"http", "listen", OPTION_LIST, SECTION_FIXED, IN(http.listen), "127.0.0.1:3000",
     .prose = "Addresses for HTTP: host:port, unix:PATH, or off. PORT=N in the environment means "
              "127.0.0.1:N where nothing sets this."},
    {"http", "keys", OPTION_LIST, SECTION_FIXED, IN(http.keys), NULL, .is_reloadable = true,
     .is_secret = true,
     .prose = "Who may call: name:scope:secret, the scope read, execute or operate. Without keys "
              "only loopback addresses are served, with scope execute for everybody."},
    {"http", "hosts", OPTION_LIST, SECTION_FIXED, IN(http.hosts), NULL, .is_reloadable = true,
     .prose = "Names this host is called by, besides localhost and its own address."},
    {"http", "origins", OPTION_LIST, SECTION_FIXED, IN(http.origins), NULL, .is_reloadable = true,
     .prose = "Other origins whose pages may call, like https://shop.example.org."},
    {"http", "limiter", OPTION_LIMITER, SECTION_FIXED, IN(http.limiter), "600/60s", 1, DAY_MS,
     .is_reloadable = true, .prose = "Requests of one key in a span of time, or off."},
    {"http", "connections_max", OPTION_COUNT, SECTION_FIXED, IN(http.connections_max), "512", 4,
     100000, .prose = "Connections of one listener; three of four may be streams."},
    {"http", "idle_timeout", OPTION_DURATION, SECTION_FIXED, IN(http.idle_ms), "30s", 1000, HOUR_MS,
     .prose = "Longest silence of a connection; streams are kept by what is sent on them."},
    {"http", "token_secret", OPTION_TEXT, SECTION_FIXED, IN(http.token_secret), NULL,
     .is_secret = true,
     .prose = "Signs read tokens; hosts behind one name need the same. Without it one is made and "
              "kept in state.dir."},

    {"limits", "drain_timeout", OPTION_DURATION, SECTION_FIXED, IN(limits.drain_ms), "30s", 0,
     DAY_MS, .is_reloadable = true, .prose = "Time for running jobs when the host is to end."},
    {"limits", "memory_max", OPTION_SIZE, SECTION_FIXED, IN(limits.memory_bytes_max), "512MB",
     16 * MB, 1024 * GB, .is_reloadable = true,
     .prose = "Memory for jobs in work; above 80 % nothing new is claimed."},
    {"limits", "data_bytes_max", OPTION_SIZE, SECTION_FIXED, IN(limits.data_bytes_max), "256KB",
     1 * KB, 16 * MB, .is_reloadable = true, .prose = "Largest data of a job."},
    {"limits", "chart_bytes_max", OPTION_SIZE, SECTION_FIXED, IN(limits.chart_bytes_max), "128KB",
     1 * KB, 16 * MB, .is_reloadable = true, .prose = "Largest chart."},
    {"limits", "prompt_bytes_max", OPTION_SIZE, SECTION_FIXED, IN(limits.prompt_bytes_max), "512KB",
     1 * KB, 64 * MB, .is_reloadable = true, .prose = "Largest prompt."},
    {"limits", "answer_bytes_max", OPTION_SIZE, SECTION_FIXED, IN(limits.answer_bytes_max), "512KB",
     1 * KB, 64 * MB, .is_reloadable = true, .prose = "Largest answer of a model."},
    {"limits", "result_bytes_max", OPTION_SIZE, SECTION_FIXED, IN(limits.result_bytes_max), "512KB",
     1 * KB, 64 * MB, .is_reloadable = true, .prose = "Largest result of an agent."},
};

const size_t options_table_count = ARRAY_LEN(options_table);
