# docs
EXTRA_DIST += docs/bundles.md docs/jobs.md docs/sandbox.md
