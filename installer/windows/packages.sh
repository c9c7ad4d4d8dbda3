#!/bin/sh
# Installs the system packages that building and trying the Windows program needs, if any is missing.
#
#   installer/windows/packages.sh static|build
#
# static: what compiles the installer's script. build: also Wine, a display for it, and a compiler for the shims.
set -eu
case ${1:?usage: installer/windows/packages.sh static|build} in
    static) needed='makensis:nsis' ;;
    build)
        needed='makensis:nsis /usr/lib/wine/wine64:wine64 wineserver:wine Xvfb:xvfb xdotool:xdotool
            import:imagemagick strace:strace x86_64-w64-mingw32-gcc:gcc-mingw-w64-x86-64-win32
            /usr/share/fonts/truetype/dejavu:fonts-dejavu-core' ;;
    *) echo "unknown set of packages: $1" >&2; exit 2 ;;
esac

missing=''
for pair in $needed; do
    found=${pair%%:*} package=${pair#*:}
    case $found in /*) [ -e "$found" ] ;; *) command -v "$found" >/dev/null 2>&1 ;; esac || missing="$missing $package"
done
[ -n "$missing" ] || exit 0
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
    echo "Installing system packages:$missing"
    apt-get update -q >/dev/null
    # shellcheck disable=SC2086 # one argument a package
    DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends $missing >/dev/null
else
    echo "Some system packages are missing. Install them, then run the same command again:" >&2
    echo "    sudo apt-get update && sudo apt-get install -y --no-install-recommends$missing" >&2
    exit 1
fi
