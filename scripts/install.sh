#!/bin/sh
# Installs the box from a clone: builds the package of this machine's architecture and gives it to apt. Once more is an upgrade.
set -eu
cd "$(dirname "$0")/.."
[ -e node_modules/.package-lock.json ] || npm ci
arch=$(dpkg --print-architecture)
scripts/package "$arch"
version=$(sed -n 's/^  "version": "\(.*\)",$/\1/p' package.json)
[ "$(id -u)" = 0 ] && sudo= || sudo=sudo
exec $sudo apt-get install --yes --reinstall "$PWD/dist/tillbridge_${version}_$arch.deb"
