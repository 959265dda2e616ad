# Run by `ringback attach --on`, as root on the PBX's machine: puts the planned files in place; `undo.sh` takes them back.
# $1: our folder there; $2: the command of Asterisk's console. Input: a tar with `plan` and the files.
set -eu
umask 077
state=$1
console=$2
die() { echo "$*" >&2; exit 1; }
sum() { sha256sum < "$1" | cut -d' ' -f1; }

mkdir -p "$state/steps"
chmod 700 "$state"
mkdir "$state/lock" 2>/dev/null || die "another attach is at work on the PBX (or one was killed: rmdir $state/lock)"
trap 'rm -rf "$state/lock" "$state/incoming"' EXIT
rm -rf "$state/incoming"
mkdir "$state/incoming"
tar -C "$state/incoming" -xf -

while IFS='|' read -r kind name want like secret path; do
  [ "$kind" = file ] || continue
  folder=$(dirname "$path")
  [ -d "$folder" ] && [ ! -h "$folder" ] || die "$folder is no folder of its own: nothing was written"
  [ ! -h "$path" ] || die "$path is a link: nothing was written"
  if [ "$want" = none ]; then
    [ ! -e "$path" ] || die "$path was made by somebody meanwhile: nothing was written, run this again"
  else
    [ -f "$path" ] && [ "$(sum "$path")" = "$want" ] || die "$path was changed by somebody meanwhile: nothing was written, run this again"
  fi
done < "$state/incoming/plan"

count=$(ls "$state/steps" | wc -l)
step() {
  count=$((count + 1))
  at=$(printf '%s/steps/%06d' "$state" "$count")
  mkdir "$at"
  printf '%s\n' "$1" > "$at/path"
}

put() { # name want like secret path
  new=$state/incoming/$1
  step "$5"
  sum "$new" > "$at/after"
  if [ "$2" = none ]; then
    if [ -e "$3" ]; then model=$3; else model=$(dirname "$5"); fi
    chown --reference="$model" "$new"
    chmod --reference="$model" "$new"
    chmod u-s,g-s,a-x,o-w "$new"
    [ "$4" = 0 ] || chmod o-rwx "$new"
  else
    cp -p "$5" "$at/before"
    chown --reference="$5" "$new"
    chmod --reference="$5" "$new"
  fi
  sync
  mv -f -T "$new" "$5"
  if command -v restorecon > /dev/null 2>&1; then restorecon "$5" || :; fi
  echo "wrote $5"
}

folder() { # mode owner keep path
  if [ -d "$4" ]; then
    [ "$3" = 0 ] || return 0
    [ "$(stat -c '%a' "$4")" != "$1" ] || return 0
    step "$4"
    stat -c '%a %u %g' "$4" > "$at/was"
  else
    step "$4"
    : > "$at/made"
    mkdir -p "$4"
    chown "$2" "$4" 2>/dev/null || echo "$4 belongs to root: nobody there is called $2"
  fi
  chmod "$1" "$4"
  echo "made $4"
}

while IFS='|' read -r kind one two three four path; do
  case $kind in
    file) put "$one" "$two" "$three" "$four" "$path" ;;
    folder) folder "$one" "$two" "$three" "$path" ;;
    reload) $console -rx "$path" > /dev/null 2>&1 < /dev/null || : ; echo "reloaded $path" ;;
  esac
done < "$state/incoming/plan"
