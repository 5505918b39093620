#!/usr/bin/env bash
# Runs the commands that pages promise: every ```sh block under a line <!-- tested -->, in order, one
# shell per page, in a scratch directory where
#   recipes/tiny.yaml    is recipes/micro.yaml, and data/ the generated corpus: the same commands in
#                        seconds instead of minutes;
#   ~/texts              holds the pages of this repository, as plain text;
#   models/SmolLM2-...   is a stand-in, the micro run's own model as a GGUF file.
#
#   tests/readme_commands.sh LUCIE PAGE...      (PAGE: relative to the repository, with .md)
set -euo pipefail

if [[ $# -lt 2 ]]; then
  echo "usage: tests/readme_commands.sh LUCIE PAGE..." >&2
  exit 2
fi
lucie=$(realpath "$1")
shift
repository=$(cd "$(dirname "$0")/.." && pwd)
scratch=$(mktemp -d "${TMPDIR:-/tmp}/lucie-readme.XXXXXX")
trap 'rm -rf "$scratch"' EXIT
export PATH="$(dirname "$lucie"):$PATH"
export HOME="$scratch/home"

# The commands of a page, each block headed by its line number, for messages.
commands_of() {
  awk '
    /^<!-- tested -->$/ { marked = 1; next }
    marked && /^```sh$/ { inside = 1; marked = 0; printf "block=%d\n", NR; next }
    inside && /^```$/ { inside = 0; next }
    inside { print; next }
    marked && NF { printf "echo \"line %d: no ```sh block after the mark\" >&2; exit 1\n", NR; exit }
    END { if (inside || marked) print "echo \"the last marked block does not end\" >&2; exit 1" }
  ' "$repository/$1"
}

mkdir -p "$HOME/texts" "$scratch/given/recipes" "$scratch/given/models"
for text in "$repository"/*.md "$repository"/docs/*/*.md; do
  sed 's/^#* //' "$text" >"$HOME/texts/$(basename "$text" .md).txt"
done
cp "$repository"/recipes/*.yaml "$scratch/given/recipes/"
cp "$repository/recipes/micro.yaml" "$scratch/given/recipes/tiny.yaml"
cd "$scratch/given"
lucie --version >&2
lucie corpus fixture data --quiet
lucie run recipes/tiny.yaml --out "$scratch/run" --until gguf --quiet
cp "$scratch"/run/gguf/*q8_0.gguf models/SmolLM2-135M-Instruct.Q4_1.gguf

failed=0
for page in "$@"; do
  work=$scratch/$(echo "$page" | tr / -)
  cp -r "$scratch/given" "$work"
  commands=$(commands_of "$page")
  if ! grep -q '^block=' <<<"$commands"; then
    echo "$page: no block is marked <!-- tested -->" >&2
    failed=1
    continue
  fi
  report=$work/.report
  if (cd "$work" && bash -euo pipefail -c "trap 'echo \"$page:\$block: failed: \$BASH_COMMAND\"' ERR
$commands" </dev/null >"$report" 2>&1); then
    echo "$page: $(grep -c '^block=' <<<"$commands") blocks pass"
  else
    tail -n 30 "$report"
    echo "$page: FAILED"
    failed=1
  fi
done
exit "$failed"
