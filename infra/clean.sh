#!/usr/bin/env bash
# Removes the run directory with all its data, unless a stack lives in it. LIANDONG_RUN may name another than .run.
set -euo pipefail
cd "$(dirname "$0")/.."
RUN=${LIANDONG_RUN:-.run}
[ -d "$RUN" ] || exit 0
if [ "$RUN" != .run ] && [ ! -e "$RUN/ports.json" ]; then
    echo "clean: $RUN does not look like a run directory of Liandong: nothing was removed" >&2
    exit 1
fi
for lock in "$RUN"/lock "$RUN"/*/lock; do
    [ -e "$lock" ] || continue
    flock -n "$lock" true || { echo "clean: Liandong is running in $(dirname "$lock") ($(cat "$lock")): stop it first" >&2; exit 1; }
done
rm -rf "$RUN"
