# tests/soak: what takes too long for every change. Run by hand before a release: make soak.
EXTRA_DIST += tests/soak/queue.mjs
.PHONY: soak
soak: all
	for time in 1 2 3; do \
		$(MAKE) $(AM_MAKEFLAGS) check-bullmq || exit 1; \
	done
	for seed in 1 2 3; do \
		SOAK_SEED=$$seed $(srcdir)/tests/flow/run $(srcdir)/tests/soak/queue.mjs || exit 1; \
	done
