# docs: what is read, and shipped with the source.
EXTRA_DIST += \
	docs/ARCHITECTURE.md \
	docs/abi.md \
	docs/agents.md \
	docs/api.md \
	docs/bullmq.md \
	docs/bundles.md \
	docs/chart.md \
	docs/decisions/0001-dependencies.md \
	docs/decisions/0002-program-above-its-parts.md \
	docs/decisions/0003-run-record-before-store.md \
	docs/decisions/0004-what-must-be-durable.md \
	docs/decisions/0005-probe-addresses.md \
	docs/decisions/0006-reading-messagepack.md \
	docs/decisions/0007-what-blocks-a-provider.md \
	docs/decisions/0008-computing-charts.md \
	docs/decisions/0009-nonce-with-a-place.md \
	docs/decisions/0010-answers-while-redis-is-slow.md \
	docs/decisions/0011-who-holds-a-reading.md \
	docs/decisions/0012-keys-and-read-tokens.md \
	docs/decisions/0013-rows-before-jobs.md \
	docs/decisions/0014-priority-in-the-manifest.md \
	docs/decisions/0015-watching-a-reading.md \
	docs/decisions/0016-agents-without-code.md \
	docs/decisions/0017-reading-archives.md \
	docs/jobs.md \
	docs/openapi.json \
	docs/operate.md \
	docs/reading-agents.md \
	docs/measurements/0001-first-numbers.md \
	docs/measurements/0002-charts.md \
	docs/measurements/0003-claims.md \
	docs/measurements/0004-kills-among-duplicates.md \
	docs/measurements/0005-reloads-and-cells.md \
	docs/reload.md \
	docs/sandbox.md \
	docs/supabase.md
