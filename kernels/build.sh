#!/usr/bin/env bash
# Builds spirv/*.spv from *.body, or into the folder given. Needs glslangValidator and spirv-val (Debian: glslang-tools, spirv-tools).
set -euo pipefail
cd "$(dirname "$0")"
out="${1:-spirv}"
mkdir -p "$out"

# A file with its #include lines replaced by the files they name.
expand() {
  awk 'function show(file, line, part) {
         while ((getline line < file) > 0) if (split(line, part, "\"") == 3 && part[1] == "#include ") show(part[2]); else print line
         close(file)
       }
       BEGIN { show(ARGV[1]) }' "$1"
}

source="$(mktemp --suffix .comp)"
trap 'rm -f "$source"' EXIT
for body in *.body; do
  name="${body%.body}"
  { cat glsl.inc; expand "$body"; } > "$source"
  glslangValidator --quiet -V --target-env vulkan1.1 -o "$out/$name.spv" "$source"
  spirv-val --target-env vulkan1.1 "$out/$name.spv"
done
glslangValidator --version | head -n 1 > "$out/glslang-version"
