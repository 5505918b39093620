#!/bin/sh
# Fetches the real text of the recipes: Debian documentation packages, downloaded with apt-get and
# unpacked (never installed) into DIR/debian/PACKAGE/, with the control data in PACKAGE/DEBIAN/.
# Run again, it fetches only what is missing. A package that this suite lacks is reported and skipped.
#
#   scripts/get-corpus.sh [DIR]     DIR is data/ of this repository by default
set -eu

packages="
manpages manpages-fr manpages-de manpages-es manpages-it
debian-reference-en debian-reference-fr debian-reference-de debian-reference-es debian-reference-it
debian-faq debian-faq-fr debian-faq-de debian-faq-it
maint-guide maint-guide-fr maint-guide-de maint-guide-es maint-guide-it
libreoffice-help-en-us libreoffice-help-fr libreoffice-help-de libreoffice-help-es
libreoffice-help-it
"

root=$(cd "$(dirname "$0")/.." && pwd)
target=${1:-$root/data}/debian

say() { printf 'get-corpus: %s\n' "$*" >&2; }
die() {
  say "error: $1"
  [ -z "${2:-}" ] || printf '  hint: %s\n' "$2" >&2
  exit 1
}

case ${1:-} in
  -*) sed -n 's/^# \{0,1\}//; 2,6p' "$0" >&2; [ "$1" = --help ] && exit 0; exit 2 ;;
esac
for tool in apt-get apt-cache dpkg-deb; do
  command -v "$tool" >/dev/null || die "$tool is missing" "the corpus comes from Debian packages; run on Debian 12 or 13"
done
mkdir -p "$target"
work=$(mktemp -d "$target/.fetch.XXXXXX")
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM HUP PIPE

known() { [ -n "$(apt-cache show --no-all-versions "$1" 2>/dev/null)" ]; }

# The code part: the newest standard library of Python that this suite has (3.11 on Debian 12, 3.13
# on Debian 13).
python_stdlib() {
  apt-cache depends --no-recommends --no-suggests libpython3-stdlib 2>/dev/null |
    sed -n 's/^ *Depends: \(libpython3\.[0-9]*-stdlib\).*/\1/p' | head -n 1
}

# Refreshes apt's lists once, and only when it may help: as root, when a package is unknown.
refresh_lists() {
  [ -z "${refreshed:-}" ] || return 0
  refreshed=yes
  if [ "$(id -u)" = 0 ]; then
    apt-get update -qq >&2 || say "apt-get update failed; going on with the lists at hand"
  elif command -v sudo >/dev/null && sudo -n true 2>/dev/null; then
    sudo -n apt-get update -qq >&2 || say "apt-get update failed; going on with the lists at hand"
  fi
}

# Downloads one package into a directory of its own. As root apt-get drops to the user _apt, which
# must be able to write there; where it cannot reach the directory, apt-get is told to stay root.
download() {
  mkdir "$work/$1.deb.d"
  if [ "$(id -u)" = 0 ]; then
    (cd "$work/$1.deb.d" && apt-get -qq -o APT::Sandbox::User=root download "$1" >&2)
  else
    (cd "$work/$1.deb.d" && apt-get -qq download "$1" >&2)
  fi
}

# Unpacks beside the target and renames at the end, so that a package is there whole or not at all.
unpack() {
  set -- "$1" "$work/$1.deb.d"/*.deb
  [ $# = 2 ] && [ -f "$2" ] || die "$1: no package file came" "try: apt-get download $1"
  dpkg-deb -x "$2" "$work/$1" && dpkg-deb -e "$2" "$work/$1/DEBIAN" ||
    die "$1: damaged package ${2##*/}" "run again to fetch it anew"
  rm -rf "$work/$1.deb.d"
  mv -T "$work/$1" "$target/$1" || die "$1: cannot move into $target"
}

fetch() {
  [ ! -f "$target/$1/DEBIAN/control" ] || return 0
  known "$1" || refresh_lists
  if ! known "$1"; then
    say "$1: not in this suite, skipped"
    printf '%s\n' "$1" >>"$work/absent.txt"
    return 0
  fi
  say "$1: fetching"
  if ! download "$1"; then
    # The lists may be older than the archive: a version that was replaced is gone from it.
    rm -rf "$work/$1.deb.d"
    refresh_lists
    download "$1" || die "$1: download failed" "check the network, run apt-get update, run again"
  fi
  unpack "$1"
}

# Which packages this suite lacks, for the readers: they are not an error then.
: >"$work/absent.txt"
for package in $packages; do fetch "$package"; done
python=$(python_stdlib)
[ -n "$python" ] || { refresh_lists; python=$(python_stdlib); }
# The second package holds the other modules, and the copyright file of both.
if [ -n "$python" ]; then fetch "$python"; fetch "${python%-stdlib}-minimal"; else say "libpython3-stdlib: not in this suite, skipped"; fi

mv "$work/absent.txt" "$target/absent.txt"

printf '%-28s %-28s %9s %7s\n' package version 'size MB' files
for directory in "$target"/*/; do
  name=$(basename "$directory")
  version=$(sed -n 's/^Version: //p' "$directory/DEBIAN/control")
  kilobytes=$(du -sk "$directory" | cut -f 1)
  files=$(find "$directory" -type f | wc -l)
  printf '%-28s %-28s %5d.%d %9d\n' "$name" "$version" $((kilobytes / 1000)) $((kilobytes % 1000 / 100)) "$files"
done
