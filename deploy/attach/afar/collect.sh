# Run by `ringback attach --on`, as root on the PBX's machine: reads, changes nothing, writes a tar to its output.
# $1: asterisk.conf; $2: the command of Asterisk's console; the rest: files and folders that tell one PBX from another.
set -u
umask 077
conf=$1
console=$2
shift 2
here=$(mktemp -d) || exit 1
trap 'rm -rf "$here"' EXIT
etc=$($console -rx 'core show settings' 2>/dev/null < /dev/null | sed -n 's/.*Configuration directory: *//p')
[ -n "$etc" ] || etc=$(sed -n 's/^[[:space:]]*astetcdir[[:space:]]*=>*[[:space:]]*\([^[:space:];]*\).*/\1/p' "$conf" 2>/dev/null | sed q)
[ -n "$etc" ] || etc=$(dirname "$conf")
mkdir -p "$here/tree" "$here/answers"

copy() {
  mkdir -p "$here/tree$(dirname "$1")"
  case ${1##*/} in
    asterisk.conf | manager* | cel* | extensions* | modules* | ringback.conf) cat "$1" > "$here/tree$1" ;;
    *) case $1 in
      */manager.d/* | */cel.d/* | */extensions.d/*) cat "$1" > "$here/tree$1" ;;
      *) sed 's/^\([[:space:]]*[A-Za-z0-9_/]*\(secret\|password\|md5_cred\|dbpass\|_token\|Secret\|Password\)[[:space:]]*=>*[[:space:]]*\).*/\1masked/' "$1" > "$here/tree$1" ;;
    esac ;;
  esac
}

take() {
  if [ -h "$1" ]; then
    mkdir -p "$here/tree$(dirname "$1")"
    cp -P "$1" "$here/tree$1"
    target=$(readlink -f "$1") && [ -f "$target" ] && copy "$target"
  elif [ -f "$1" ]; then
    copy "$1"
  fi
}

find "$etc" -type d 2>/dev/null | while IFS= read -r folder; do mkdir -p "$here/tree$folder"; done
find "$etc" -name '*.conf' ! -name 'voicemail*' 2>/dev/null | while IFS= read -r file; do take "$file"; done
take "$conf"
for mark; do
  case $mark in @*) mark=$etc${mark#@} ;; esac
  if [ -d "$mark" ]; then
    mkdir -p "$here/tree$mark"
  elif [ -e "$mark" ] && [ ! -e "$here/tree$mark" ]; then
    mkdir -p "$here/tree$(dirname "$mark")"
    : > "$here/tree$mark"
  fi
done
for file in /etc/schmooze/pbx-version /etc/issabel-version /usr/share/wazo/WAZO-VERSION /etc/version /etc/timezone; do
  [ -f "$file" ] && copy "$file"
done
[ -h /etc/localtime ] && mkdir -p "$here/tree/etc" && cp -P /etc/localtime "$here/tree/etc/localtime"

number=0
ask() {
  number=$((number + 1))
  printf '%s\n' "$1" > "$here/answers/$number.asked"
  $console -rx "$1" > "$here/answers/$number" 2>/dev/null < /dev/null
}
ask 'core show settings'
ask 'core show version'
ask 'module show'
ask 'pjsip show registrations'
ask 'pjsip show endpoints'
for name in $(sed -n 's/^ Endpoint:  *\([^/ <]*\).*/\1/p' "$here/answers/$number" | sort -u | head -n 300); do
  ask "pjsip show endpoint $name"
done
tar -C "$here" -cf - .
