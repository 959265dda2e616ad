# Run by `ringback attach --on ... --undo`, as root on the PBX's machine: puts back what `apply.sh` wrote, the last first.
# $1: our folder there; $2: the command of Asterisk's console.
set -eu
umask 077
state=$1
console=$2
sum() { sha256sum < "$1" | cut -d' ' -f1; }
begin='--- ringback attach: begin'
end='--- ringback attach: end'
joint='; (ringback attach added the line break before this line)'

if [ ! -d "$state/steps" ]; then echo "nothing to undo there"; exit 0; fi
for at in $(ls -r "$state/steps"); do
  at=$state/steps/$at
  [ -f "$at/path" ] || continue
  path=$(cat "$at/path")
  if [ -f "$at/after" ]; then
    if [ -h "$path" ]; then
      echo "$path: somebody made a link of it: left as it is"
    elif [ ! -f "$path" ]; then
      echo "$path: not there"
    elif [ "$(sum "$path")" = "$(cat "$at/after")" ]; then
      if [ -f "$at/before" ]; then
        cp -p "$at/before" "$state/again"
        sync
        mv -f -T "$state/again" "$path"
        if command -v restorecon > /dev/null 2>&1; then restorecon "$path" || :; fi
        echo "$path: put back"
      else
        rm -f "$path"
        echo "$path: removed"
      fi
    elif [ -f "$at/before" ] && cmp -s "$at/before" "$path"; then
      echo "$path: as it was"
    elif grep -qF -e "$begin" "$path"; then
      awk -v b="$begin" -v e="$end" -v j="$joint" '
        $0 == j { next }
        index($0, b) { inside = 1 }
        !inside { print }
        index($0, e) { inside = 0 }' "$path" > "$state/again"
      chown --reference="$path" "$state/again"
      chmod --reference="$path" "$state/again"
      if [ ! -s "$state/again" ] && [ ! -f "$at/before" ]; then rm -f "$path" "$state/again"; else mv -f -T "$state/again" "$path"; fi
      echo "$path: edited since: only our lines were taken out, the rest stays"
    else
      echo "$path: edited since, and nothing of ours is in it: left as it is"
    fi
  elif [ -f "$at/made" ]; then
    if rmdir "$path" 2>/dev/null; then echo "$path: removed"; else echo "$path: left: it is not empty"; fi
  elif [ -f "$at/was" ] && [ -d "$path" ] && [ ! -h "$path" ]; then
    read -r mode user group < "$at/was"
    chown "$user:$group" "$path"
    chmod "$mode" "$path"
    echo "$path: put back"
  fi
done
for command in 'manager reload' 'module reload cel_custom.so' 'module reload cel' 'dialplan reload'; do
  $console -rx "$command" > /dev/null 2>&1 < /dev/null || :
done
rm -rf "$state"
