# How ./dev speaks: one line per step with the seconds since it started, and everything else in a log. Sourced.

have() { command -v "$1" >/dev/null; }
say() { printf '[%4d s] %s\n' "$SECONDS" "$*"; }
fail() {
  printf '[%4d s] %s\n' "$SECONDS" "$*" >&2
  exit 1
}

sign_of_life=
trap 'stop_sign_of_life' EXIT

# Every ten seconds the last line of a log, as long as this script lives. `read` on a pipe that nobody writes to is a
# sleep without a child, which would outlive us and keep our output open.
give_sign_of_life() {
  local log=$1 nap last
  exec {nap}<> <(:)
  while kill -0 $$ 2>/dev/null; do
    read -rt 10 -u "$nap" || true
    last=$(tail -n 1 "$log" 2>/dev/null | tr -d '\r')
    say "  … ${last:0:100}"
  done
}

stop_sign_of_life() {
  if [ "$sign_of_life" ]; then
    kill "$sign_of_life" 2>/dev/null || true
    wait "$sign_of_life" 2>/dev/null || true
    sign_of_life=
  fi
}

# quietly TITLE LOG COMMAND…: COMMAND's output goes to LOG alone, unless it fails. Descriptor 9 is the set-up's lock,
# which no daemon that an installer starts may keep.
quietly() {
  local title=$1 log=$2 status=0
  shift 2
  mkdir -p "$(dirname "$log")"
  say "$title"
  : >"$log"
  give_sign_of_life "$log" 9>&- &
  sign_of_life=$!
  "$@" >"$log" 2>&1 9>&- </dev/null || status=$?
  stop_sign_of_life
  ((status)) || return 0
  {
    say "failed: $title"
    echo "--- the first error and the last 30 lines of $(realpath "$log")"
    grep -m 1 '^FAILED:' "$log" || true
    grep -m 1 -E '(^|[^a-z])(error|Error|E):' "$log" || true
    echo '...'
    tail -n 30 "$log"
    echo "--- the whole log: $(realpath "$log")"
  } >&2
  return 1
}
