#!/usr/bin/env bash
# fuzz/run.sh [SECONDS [TARGET...]]: each target (all by default) for so many seconds (30 by default).
# Ends with 1 at the first input that breaks one, which it keeps and names; give that file to the
# printed binary to see it again.
set -euo pipefail
cd "$(dirname "$0")"

seconds=${1:-30}
shift $(($# > 0 ? 1 : 0))
cache=${VEDETTE_CACHE:-$HOME/.cache/vedette}/fuzz
host=$(rustc -vV | sed -n 's/^host: //p')
bin=$cache/target/$host/release

# A target that is interrupted ends with an error of its own, and broke nothing.
trap 'echo "fuzz: stopped" >&2; exit 130' INT TERM

targets=("$@")
if [ ${#targets[@]} -eq 0 ]; then
	for file in targets/*.rs; do targets+=("$(basename "$file" .rs)"); done
fi

# What cargo-fuzz passes, less the sanitizer: the stable compiler takes these, and safe Rust needs no more.
coverage="--cfg fuzzing -Cpasses=sancov-module"
for argument in level=4 inline-8bit-counters pc-table trace-compares; do
	coverage+=" -Cllvm-args=-sanitizer-coverage-$argument"
done

export CARGO_TARGET_DIR=$cache/target
cargo run --quiet --bin seed -- ../fixtures ../schema/openapi.json "$cache/corpus"
RUSTFLAGS=$coverage cargo build --release --target "$host" --features targets \
	$(printf -- '--bin %s ' "${targets[@]}")

for target in "${targets[@]}"; do
	mkdir -p "$cache/corpus/$target" "$cache/found/$target"
	log=$cache/$target.log
	dictionary=()
	case $target in *_json | files | sniff | studio | recording) dictionary=(-dict=json.dict) ;; esac
	if ! "$bin/$target" "$cache/corpus/$target" "${dictionary[@]}" -max_total_time="$seconds" -timeout=20 -rss_limit_mb=2048 \
		-max_len=65536 -len_control=20 -artifact_prefix="$cache/found/$target/" -print_final_stats=1 >"$log" 2>&1; then
		grep -v '^#' "$log" | tail -40
		echo "fuzz: $target broke: $bin/$target on the file named above, log in $log" >&2
		exit 1
	fi
	runs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")
	edges=$(grep -o 'cov: [0-9]*' "$log" | tail -1)
	echo "fuzz: $target held for $runs inputs (${edges#cov: } edges)"
done
