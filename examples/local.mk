# examples: for people who use the host; the browser's module is part of the page, too.
EXTRA_DIST += examples/README.md examples/browser/index.html examples/curl/reading.sh \
	examples/node/reading.mjs examples/order.json
