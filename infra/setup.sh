#!/usr/bin/env bash
# Installs what is missing, says what it does, and does nothing when all is there. Levels, each with those before it:
#   python   .venv with exactly the packages of requirements.lock
#   run      the servers that `make run` starts privately: RabbitMQ, nginx, the library that mongod needs
#   chaos    a clock that can be turned, network namespaces, patch
#   test     a Chromium and a Chinese font, for the browser tests
# A broken prerequisite ends in one line and exit code 1. The whole output of apt and pip goes to .run/log/setup.log.
set -euo pipefail
cd "$(dirname "$0")/.."
export PATH="$PATH:/usr/sbin:/sbin" LC_ALL=C.UTF-8
LEVEL=${1:-run}
LOG=.run/log/setup.log
NEEDED_MB=1500 # .venv, and room to build and unpack

say() { printf '  %s\n' "$*"; }
die() { printf 'setup: %s\n' "$*" >&2; exit 1; }

find_python() {
    local name found=""
    for name in ${PYTHON:-} python3 python3.14 python3.13 python3.12 python3.11; do
        command -v "$name" >/dev/null || continue
        "$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { PY=$(command -v "$name"); return; }
        found=${found:-"$name is $("$name" -c 'import platform; print(platform.python_version())' 2>/dev/null || echo broken)"}
    done
    die "Python 3.11 or newer is needed (${found:-there is none here}): install one, or name it as in: make PYTHON=/path/to/python3.11"
}

need_disk() {
    local free_mb
    free_mb=$(df -Pm . | awk 'NR == 2 { print $4 }')
    [ "$free_mb" -ge "$NEEDED_MB" ] || die "the disk of $PWD is full: $free_mb MB are free and $NEEDED_MB MB needed"
}

has_library() { ldconfig -p 2>/dev/null | grep -q "$1"; }
has_rabbitmq() { compgen -G '/usr/lib/rabbitmq/lib/*/sbin/rabbitmq-server' >/dev/null; }
has_faketime() { compgen -G '/usr/lib/*/faketime/libfaketime.so.1' >/dev/null; }
has_chromium() { [ -e .venv/no-chromium ] || command -v chromium || command -v chromium-browser || command -v google-chrome; } >/dev/null
has_chinese_font() { compgen -G '/usr/share/fonts/*/*/*CJK*' >/dev/null || compgen -G '/usr/share/fonts/*/*/wqy*' >/dev/null; }

missing_packages() {
    "$PY" -c 'import ensurepip, venv' 2>/dev/null || "$PY" -c 'import sys; print("python%d.%d-venv" % sys.version_info[:2])'
    [ "$LEVEL" = python ] && return
    [ -n "${AMQP_URI:-}" ] || has_rabbitmq || echo rabbitmq-server
    [ -n "${MONGO_URI:-}" ] || has_library libcurl.so.4 || echo libcurl4
    command -v nginx >/dev/null || echo nginx
    [ "$LEVEL" = run ] && return
    has_faketime || echo faketime
    command -v patch >/dev/null || echo patch
    command -v ip >/dev/null || echo iproute2
    command -v mount >/dev/null || echo mount
    [ "$LEVEL" = test ] || return 0
    has_chromium || echo chromium
    has_chinese_font || echo fonts-noto-cjk
}

# Sets AS_ROOT to what makes a command run as root, or says which packages the user must get.
find_root() {
    AS_ROOT=()
    command -v apt-get >/dev/null || die "this is no Debian or Ubuntu: install with your own tools what these packages hold: $*"
    [ "$(id -u)" = 0 ] && return
    AS_ROOT=(sudo)
    command -v sudo >/dev/null && { sudo -n true 2>/dev/null || [ -t 0 ]; } && return
    die "these packages are missing, and without root or sudo they cannot be installed here; as root: apt-get install $*"
}

# A package's own service is neither started by our installing it nor at the next boot: ours are private ones.
hold_services() {
    [ -e /usr/sbin/policy-rc.d ] && return
    trap '"${AS_ROOT[@]}" rm -f /usr/sbin/policy-rc.d' EXIT
    printf '#!/bin/sh\nexit 101\n' | "${AS_ROOT[@]}" tee /usr/sbin/policy-rc.d >/dev/null
    "${AS_ROOT[@]}" chmod +x /usr/sbin/policy-rc.d
}

disable_services() {
    command -v systemctl >/dev/null || return 0
    local units=()
    [[ " $* " == *" nginx "* ]] && units+=(nginx)
    [[ " $* " == *" rabbitmq-server "* ]] && units+=(rabbitmq-server epmd.service epmd.socket)
    for unit in "${units[@]}"; do "${AS_ROOT[@]}" systemctl disable "$unit" >>"$LOG" 2>&1 || true; done
}

why_apt_failed() {
    case $(tail -n 40 "$LOG") in
        *"Could not get lock"* | *"is another process using it"*) echo "another apt or dpkg is running: wait for it, then try again" ;;
        *"No space left"* | *"enough free space"*) echo "the disk is full" ;;
        *"Unable to fetch"* | *"Temporary failure resolving"*) echo "the package server cannot be reached" ;;
        *) grep -a '^E:' "$LOG" | tail -n 1 ;;
    esac
}

apt() { "${AS_ROOT[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -qq -o DPkg::Lock::Timeout=60 "$@"; }

install_packages() {
    [ $# -gt 0 ] || return 0
    find_root "$@"
    say "installing system packages: $*"
    hold_services
    apt update >>"$LOG" 2>&1 || true # a foreign source that fails is no reason to stop
    if [[ " $* " == *" chromium "* ]] && ! apt-cache show chromium >/dev/null 2>&1; then
        say "no chromium package here: the browser tests will be skipped"
        no_chromium=yes
        set -- ${*/chromium/}
    fi
    apt install -y --no-install-recommends "$@" </dev/null 2>&1 | tee -a "$LOG" |
        sed -un 's/^Setting up \([^ :]*\).*/    \1/p' || die "apt could not install $*: $(why_apt_failed) (see $LOG)"
    disable_services "$@"
}

why_pip_failed() {
    case $(tail -n 60 "$LOG") in
        *"No space left"*) echo "the disk is full" ;;
        *"DO NOT MATCH"*) echo "a downloaded package is not the one that requirements.lock names; do not use it" ;;
        *"NewConnectionError"* | *"Temporary failure"* | *"timed out"*) echo "the package index cannot be reached" ;;
        *) grep -aE '^(ERROR|error):' "$LOG" | tail -n 1 ;;
    esac
}

pip() { .venv/bin/python -m pip --disable-pip-version-check --no-input "$@" </dev/null 2>&1 | tee -a "$LOG"; }

# Prints how far pip has come: one line that changes on a terminal, every tenth package elsewhere.
show_progress() {
    awk -v total="$(grep -c '^[A-Za-z0-9].*==' requirements.lock)" -v tty="$([ -t 1 ] && echo 1 || echo 0)" '
        /^(Collecting|Processing) / { n++; if (tty) printf "\r    %d of %d  %-40.40s", n, total, $2; else if (n % 10 == 0) printf "    %d of %d\n", n, total; fflush() }
        /^Installing collected/ { printf (tty ? "\r%-60s\r" : "") "    unpacking\n", ""; fflush() }'
}

install_python() {
    local stamp
    stamp=$(cat requirements.lock pyproject.toml | sha256sum | cut -c1-32)
    [ "$(cat .venv/installed 2>/dev/null)" = "$stamp" ] && .venv/bin/python -c '' 2>/dev/null && return
    need_disk
    say "installing the locked Python packages into .venv"
    .venv/bin/python -m pip --version >/dev/null 2>&1 || "$PY" -m venv --clear .venv >>"$LOG" 2>&1 || die "$PY could not make .venv (see $LOG)"
    pip install --require-hashes --progress-bar off -r requirements.lock | show_progress || die "pip failed: $(why_pip_failed) (see $LOG)"
    pip install --no-deps --no-build-isolation -q -e . || die "pip failed: $(why_pip_failed) (see $LOG)"
    echo "$stamp" >.venv/installed
}

remember_no_chromium() { [ -z "${no_chromium:-}" ] || touch .venv/no-chromium; }

{ mkdir -p .run/log && : >>"$LOG"; } 2>/dev/null || die "cannot write in $PWD/.run: it is not yours, or the disk is full"
find_python
# shellcheck disable=SC2046 # one word a package
install_packages $(missing_packages)
install_python
remember_no_chromium
