#!/usr/bin/env bash
# Runs every fuzz target for a while. Usage: scripts/fuzz.sh [TIME_EACH]
set -euo pipefail
cd "$(dirname "$0")/.."
each=${1:-10s}
grep -rl --include='*_test.go' '^func Fuzz' . | xargs -n1 dirname | sort -u | while read -r dir; do
	grep -ho '^func Fuzz[A-Za-z0-9_]*' "$dir"/*_test.go | sed 's/^func //' | sort -u | while read -r target; do
		echo "== $dir $target"
		go test -run '^$' -fuzz "^$target\$" -fuzztime "$each" -fuzzminimizetime 10x "$dir"
	done
done
