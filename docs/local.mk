# docs
EXTRA_DIST += docs/jobs.md
