#!/bin/sh
# Fetches the real text of the recipes: Debian documentation packages, downloaded with apt-get and
# unpacked (never installed) into DIR/debian/PACKAGE/, with the control data in PACKAGE/DEBIAN/.
# Run again, it fetches only what is missing. A package that this suite lacks is reported and skipped.
#
#   scripts/get-corpus.sh [--set tiny|small] [DIR]     DIR is data/ of this repository by default
#
# The set `tiny` (40 MB to fetch) is what recipes/tiny.yaml reads, `small` (550 MB) is that and more,
# for recipes/small.yaml.
set -eu

tiny="
manpages manpages-fr manpages-de manpages-es manpages-it
debian-reference-en debian-reference-fr debian-reference-de debian-reference-es debian-reference-it
debian-faq debian-faq-fr debian-faq-de debian-faq-it
maint-guide maint-guide-fr maint-guide-de maint-guide-es maint-guide-it
libreoffice-help-en-us libreoffice-help-fr libreoffice-help-de libreoffice-help-es
libreoffice-help-it
"
# Manuals, guides and help in several languages, prose, and code.
small="
manpages-dev manpages-fr-dev manpages-de-dev manpages-es-dev manpages-it-dev
lilypond-doc-html lilypond-doc-html-fr lilypond-doc-html-de lilypond-doc-html-es
lilypond-doc-html-it
gimp-help-common gimp-help-en gimp-help-fr gimp-help-de gimp-help-es gimp-help-it
aptitude-doc-en aptitude-doc-fr aptitude-doc-es aptitude-doc-it
developers-reference developers-reference-fr developers-reference-de developers-reference-it
debian-handbook debian-history debmake-doc harden-doc installation-guide-amd64
apache2-doc grisbi-common git-doc vim-doc c++-annotations-html
gnome-user-docs gnome-devel-docs evolution-common gnome-commander-data aisleriot evince-common
anjuta-common gnome-applets-data gparted-common glabels-data shotwell-common seahorse
gnome-terminal-data rhythmbox-data pulseeffects gthumb-data gedit-common gnome-system-monitor
accerciser kupfer gnome-boxes zenity-common epiphany-browser-data
anarchism cfi-en jargon-text fortunes fortunes-de fortunes-es fortunes-it
"

root=$(cd "$(dirname "$0")/.." && pwd)
packages=$tiny
versioned="libpython3-stdlib"
usage() { sed -n 's/^# \{0,1\}//; 2,9p' "$0" >&2; }
while [ $# -gt 0 ]; do
  case $1 in
    --set)
      case ${2:-} in
        tiny) ;;
        small) packages="$tiny $small" versioned="libpython3-stdlib golang-src" ;;
        *)
          echo "get-corpus: error: --set needs tiny or small, not '${2:-}'" >&2
          exit 2
          ;;
      esac
      shift 2
      ;;
    --help | -h) usage; exit 0 ;;
    -*) usage; exit 2 ;;
    *) break ;;
  esac
done
target=${1:-$root/data}/debian

say() { printf 'get-corpus: %s\n' "$*" >&2; }
die() {
  say "error: $1"
  [ -z "${2:-}" ] || printf '  hint: %s\n' "$2" >&2
  exit 1
}

for tool in apt-get apt-cache dpkg-deb; do
  command -v "$tool" >/dev/null || die "$tool is missing" "the corpus comes from Debian packages; run on Debian 12 or 13"
done
mkdir -p "$target"
work=$(mktemp -d "$target/.fetch.XXXXXX")
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM HUP PIPE

known() { [ -n "$(apt-cache show --no-all-versions "$1" 2>/dev/null)" ]; }

# The code parts have the version in their names: what the package without it depends on
# (libpython3.11-stdlib on Debian 12, 3.13 on Debian 13).
newest() {
  case $1 in
    libpython3-stdlib) pattern='libpython3\.[0-9]*-stdlib' ;;
    golang-src) pattern='golang-[0-9.]*-src' ;;
  esac
  apt-cache depends --no-recommends --no-suggests "$1" 2>/dev/null |
    sed -n "s/^ *Depends: \($pattern\).*/\1/p" | head -n 1
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
for name in $versioned; do
  package=$(newest "$name")
  [ -n "$package" ] || { refresh_lists; package=$(newest "$name"); }
  if [ -z "$package" ]; then
    say "$name: not in this suite, skipped"
    continue
  fi
  fetch "$package"
  # Python's other modules, and the copyright file of both packages.
  case $name in libpython3-stdlib) fetch "${package%-stdlib}-minimal" ;; esac
done

mv "$work/absent.txt" "$target/absent.txt"

printf '%-28s %-28s %9s %7s\n' package version 'size MB' files
for directory in "$target"/*/; do
  name=$(basename "$directory")
  version=$(sed -n 's/^Version: //p' "$directory/DEBIAN/control")
  kilobytes=$(du -sk "$directory" | cut -f 1)
  files=$(find "$directory" -type f | wc -l)
  printf '%-28s %-28s %5d.%d %9d\n' "$name" "$version" $((kilobytes / 1000)) $((kilobytes % 1000 / 100)) "$files"
done
