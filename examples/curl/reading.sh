#!/bin/bash
# One reading over HTTP with curl and jq: asks for it, polls until it has ended, prints its text.
#
#   examples/curl/reading.sh [ORDER.json]        default: ../order.json
#
# AGENTHOST_URL is where the host listens (default http://localhost:3000); AGENTHOST_KEY a key of
# scope execute, when it wants one. Exit status 0 when the reading is completed, else 1.
set -euo pipefail

url=${AGENTHOST_URL:-http://localhost:3000}
order=${1:-$(dirname "$0")/../order.json}
headers=(--header 'content-type: application/json')
[ -z "${AGENTHOST_KEY:-}" ] || headers+=(--header "x-api-key: $AGENTHOST_KEY")
answer=$(mktemp)
trap 'rm -f "$answer"' EXIT

call() { # curl's arguments: the body goes into $answer; a refusal is said with its code and field
    curl --silent --show-error --fail-with-body --max-time 30 --retry 3 --output "$answer" \
        "${headers[@]}" "$@" && return
    jq --raw-output '"\(.code): \(.error)"' "$answer" >&2 || true
    exit 1
}

get() { # a filter of jq's, applied to the answer
    jq --raw-output "$1" "$answer"
}

# The same idempotency key goes with every try: whatever becomes of an answer, it is one reading.
call --header "idempotency-key: $(cat /proc/sys/kernel/random/uuid)" --data "@$order" \
    "$url/api/orchestrator/execute"
reading_url=$url/api/orchestrator/reading/$(get .readingId)
poll_url=$url$(get .pollUrl)

for ((pause = 1; ; pause = pause < 10 ? pause + 1 : 10)); do
    call "$poll_url"
    get '"\(.status) \(.progress) %"' >&2
    case $(get .status) in
        completed) break ;;
        failed)
            get '"\(.error.code): \(.error.message)"' >&2
            exit 1
            ;;
    esac
    sleep "$pause"
done

call "$reading_url"
get '.reading.versions[-1].content.text'
