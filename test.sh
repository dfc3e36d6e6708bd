#!/usr/bin/env bash
# Builds everything with warnings as errors, checks formatting, runs all tests. The line before the last is the line coverage, the last one:
# N passed, N failed, N skipped.
set -uo pipefail
cd "$(dirname "$0")"
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1
# Tests compare with the goldens; nothing here writes them.
unset NN_UPDATE_GOLDEN

# Software devices for the GPU backends' tests, and a browser for those of the pages, where the system is ours to extend; without them those tests are skipped.
install_drivers() {
  command -v apt-get >/dev/null || return 0
  [ "${NN_TEST_INSTALL:-1}" != 0 ] || return 0
  local missing=() package run=(timeout 300)
  for package in ocl-icd-libopencl1 pocl-opencl-icd libvulkan1 mesa-vulkan-drivers vulkan-validationlayers spirv-tools spirv-cross; do
    dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing+=("$package")
  done
  command -v chromium >/dev/null || command -v google-chrome >/dev/null || missing+=(chromium)
  [ "${#missing[@]}" -gt 0 ] || return 0
  if [ "$(id -u)" -ne 0 ]; then
    sudo -n true 2>/dev/null || return 0
    run=(sudo -n timeout 300)
  fi
  echo "installing ${missing[*]} for the tests (NN_TEST_INSTALL=0 leaves that out; tests without them are skipped)"
  { "${run[@]}" apt-get update && "${run[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "${missing[@]}"; } >/dev/null 2>&1 ||
    echo "software GPU drivers or chromium could not be installed; their tests are skipped"
}
install_drivers

failed_steps=0
step() {
  echo "== $1"
  shift
  "$@" || { failed_steps=$((failed_steps + 1)); echo "== failed: $*"; }
}

step "build" dotnet build Runtime.sln -c Release --nologo -v quiet

# Lines of src that ran, of those that can: a line counts if any of the test projects in the folder came to it.
line_coverage() {
  find "$1" -name 'coverage.cobertura.xml' -exec cat {} + | awk '
    function value(name) { return match($0, name "=\"[^\"]*\"") ? substr($0, RSTART + length(name) + 2, RLENGTH - length(name) - 3) : "" }
    /<source>/ { root = $0; gsub(/<\/?source>|^[ \t]+|[ \t\r]+$/, "", root) }
    /<class / { file = root "/" value("filename"); ours = file ~ /\/src\// && file !~ /\/obj\//; sub(/.*\/src\//, "", file) }
    ours && /<line / { line = file ":" value("number"); if (!(line in hits)) { hits[line] = 0; all++ } if (value("hits") > 0 && !hits[line]) { hits[line] = 1; ran++ } }
    END { if (all) printf "%.0f", 100 * ran / all; else printf "no" }'
}

passed=0 failed=0 skipped=0
scratch="$(mktemp -d)"
coverage="$scratch/coverage"

test_project() {
  local collect=()
  # Counting lines takes these two about a fifth longer; the others, which take most of a run, are left alone.
  case "$1" in */Unit.csproj | */Dsl.csproj) collect=(--collect 'XPlat Code Coverage' --settings tests/coverage.runsettings --results-directory "$coverage") ;; esac
  dotnet test "$1" -c Release --no-build --nologo -v quiet "${collect[@]}" 2>&1
}

add_up() {
  local summary
  summary="$(grep -E '(Passed|Failed|Skipped)! +- Failed:' "$2" | tail -n 1)"
  if [ -z "$summary" ]; then
    grep -q 'No test is available' "$2" || { failed_steps=$((failed_steps + 1)); echo "== $1 came to no end"; }
    return
  fi
  number() { echo "$summary" | sed -E "s/.*$1: +([0-9]+).*/\1/"; }
  failed=$((failed + $(number Failed)))
  passed=$((passed + $(number Passed)))
  skipped=$((skipped + $(number Skipped)))
}

# The program's own tests start it a thousand times, one after the other: they go on one core, beside everything else, and are shown at the end.
beside=tests/Cli/Cli.csproj
set -m # a process group of its own, so that whoever stops this script stops it too
test_project "$beside" >"$scratch/beside" &
beside_group=$!
set +m
trap '[ -z "$beside_group" ] || kill -- "-$beside_group" 2>/dev/null; rm -rf "$scratch"' EXIT

step "format" dotnet format Runtime.sln --no-restore --verify-no-changes --verbosity quiet
for project in tests/*/*.csproj; do
  [ "$project" != "$beside" ] || continue
  echo "== $project"
  test_project "$project" | tee "$scratch/log"
  add_up "$project" "$scratch/log"
done

echo "== $beside"
wait "$beside_group"
beside_group=
cat "$scratch/beside"
add_up "$beside" "$scratch/beside"

# A test that writes a golden instead of comparing it would show here.
if git rev-parse --is-inside-work-tree >/dev/null 2>&1; then step "goldens are as committed" git diff --exit-code --stat -- tests/golden; fi

echo "line coverage of src below Networks, by the tests of Unit and Dsl: $(line_coverage "$coverage") %"
failed=$((failed + failed_steps))
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ]
