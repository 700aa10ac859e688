#!/bin/sh
# Installs the box from a clone: builds the package of this machine's architecture and gives it to apt. Once more is an upgrade.
set -eu
cd "$(dirname "$0")/.."
# A clone that was pulled anew may want other packages than lie there. Which Node npm itself has is of no account: the right one comes.
if [ ! -e node_modules/.package-lock.json ] || [ package-lock.json -nt node_modules/.package-lock.json ]; then
  npm ci --loglevel=error
fi
arch=$(dpkg --print-architecture)
scripts/package "$arch"
version=$(sed -n 's/^  "version": "\(.*\)",$/\1/p' package.json)
[ "$(id -u)" = 0 ] && sudo= || sudo=sudo
exec $sudo apt-get install --yes --reinstall "$PWD/dist/tillbridge_${version}_$arch.deb"
