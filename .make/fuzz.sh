#!/usr/bin/env bash
# Gives random inputs to everything that takes bytes from outside (Tests/Fuzz/NOTES.md), with libFuzzer and AddressSanitizer,
# which come with the toolchain. Ends with 1 where something breaks, and says on which file.
#
#   --short          a minute of all targets together
#   --target NAME    only this one; may be given again
#   --runs N         so many inputs a target (10,000,000)
#   --keep           afterwards keeps under Tests/Fuzz/Corpora the few inputs that reach all that was reached
set -euo pipefail
cd "$(dirname "$0")/.."

all=(waiting url target log look-up fields reply body audit yaml)
targets=()
bound=(-runs=10000000)
keep=false
while [ $# -gt 0 ]; do
  case "$1" in
    --short) bound=(-max_total_time=7) ;;
    --target) targets+=("$2"); shift ;;
    --runs) bound=("-runs=$2"); shift ;;
    --keep) keep=true ;;
    *) echo "fuzz: unknown option $1" >&2; exit 2 ;;
  esac
  shift
done
[ ${#targets[@]} -gt 0 ] || targets=("${all[@]}")

# Everything anew with instruments, so in a folder of its own. Of several sanitizers the compiler takes the last, and SwiftPM has
# its own in the order of a Swift set, which otherwise is another one each time: all would be built anew, and one be missing.
# Package.swift has both for the code here. gold warns of each of AddressSanitizer's symbols.
scratch=.build/fuzz
SWIFT_DETERMINISTIC_HASHING=1 CONVENE_FUZZ=1 swift build -c release --scratch-path "$scratch" --product convene-fuzz \
  --sanitize fuzzer --sanitize address -Xswiftc -enable-testing -Xswiftc -use-ld=lld
for instrument in __sancov_cntrs __asan_; do
  grep -aq "$instrument" "$scratch/release/Gateway.build/Reconciliation.swift.o" || {
    echo "fuzz: Swift code was built without $instrument" >&2
    exit 1
  }
done
fuzzer=$scratch/release/convene-fuzz

# Swift's backtracer would wait for a debugger's answer. Each allocation's stack costs more than the allocation.
export SWIFT_BACKTRACE=enable=no
export ASAN_OPTIONS=malloc_context_size=2:quarantine_size_mb=8:detect_stack_use_after_return=0

status=0
for target in "${targets[@]}"; do
  inputs=$scratch/inputs/$target
  # What is longer has hardly anything new where an input of this length is slow already.
  case "$target" in
    log) length=128 ;;
    yaml) length=256 ;;
    audit) length=700 ;;
    *) length=1024 ;;
  esac
  crashes=$scratch/crashes/$target
  mkdir -p "$inputs" "$crashes"
  for kind in Corpora Seeds; do python3 Tests/Fuzz/corpus.py unpack "Tests/Fuzz/$kind/$target" "$inputs"; done
  [ ! -d "Tests/Fuzz/Crashes/$target" ] || cp "Tests/Fuzz/Crashes/$target"/* "$inputs"
  log=$scratch/$target.log
  if "$fuzzer" "--target=$target" "$inputs" "${bound[@]}" "-max_len=$length" -timeout=10 -report_slow_units=1 -rss_limit_mb=2048 \
    -dict="Tests/Fuzz/Dictionaries/$target.dict" -artifact_prefix="$crashes/" -print_final_stats=1 >"$log" 2>&1; then
    printf '%-8s %s inputs, %s a second\n' "$target" \
      "$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")" "$(sed -n 's/^stat::average_exec_per_sec: *//p' "$log")"
  else
    status=1
    echo "fuzz: $target broke; $log tells how, on this input:" >&2
    grep -aE '^convene-fuzz: |^SUMMARY: |Test unit written to ' "$log" >&2 || tail -n 5 "$log" >&2
  fi
  if "$keep"; then
    few=$scratch/few/$target
    rm -rf "$few"
    mkdir -p "$few"
    "$fuzzer" "--target=$target" -set_cover_merge=1 "-max_len=$length" "$few" "$inputs" >>"$log" 2>&1
    python3 Tests/Fuzz/corpus.py pack "Tests/Fuzz/Corpora/$target" "$few"
  fi
done
exit $status
