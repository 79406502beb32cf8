#!/usr/bin/env bash
# Builds the image of ops/Dockerfile with buildah, and starts it without root over a read-only file system: it must answer /healthz.
# Needs root, Node, buildah and mount. BASE names another base image, with Node 24, npm and certificates of authorities.
set -euo pipefail
cd "$(dirname "$0")/.."
export STORAGE_DRIVER="${STORAGE_DRIVER:-vfs}" BUILDAH_ISOLATION="${BUILDAH_ISOLATION:-chroot}"

buildah bud ${BASE:+--build-arg "BASE=$BASE"} -f ops/Dockerfile -t localhost/hopgate .
container=$(buildah from localhost/hopgate)
root=$(buildah mount "$container")
work=$(mktemp -d)
end() {
  [ -z "${pid:-}" ] || kill "$pid" 2>/dev/null || true
  [ -z "${pid:-}" ] || wait "$pid" || true
  umount -R "$work/root" || true
  buildah rm "$container" >/dev/null
  rm -rf "$work"
}
trap end EXIT

mkdir -p "$work/root" "$work/etc" "$work/state"
cp config/local.toml "$work/etc/hopgate.toml"
chown 10001:10001 "$work/state"
mkdir -p "$root/etc/hopgate"
mount --bind "$root" "$work/root"
mount -o remount,bind,ro "$work/root"
mount -t tmpfs -o mode=1777 tmpfs "$work/root/tmp"
mount -t proc proc "$work/root/proc"
mount --rbind /dev "$work/root/dev"
mount --bind "$work/etc" "$work/root/etc/hopgate"
mount --bind "$work/state" "$work/root/var/lib/hopgate"

chroot --userspec=10001:10001 "$work/root" /bin/sh -c \
  'cd /opt/hopgate && touch written 2>/dev/null && exit 9
   exec node --disable-warning=ExperimentalWarning selfhost/start.ts --prebuilt --state /var/lib/hopgate \
     --config /etc/hopgate/hopgate.toml --address 127.0.0.1:8799 --keys /var/lib/hopgate/keys' &
pid=$!
for _ in $(seq 100); do
  node -e 'fetch("http://127.0.0.1:8799/healthz").then((a) => process.exit(a.ok ? 0 : 1), () => process.exit(1))' && break
  kill -0 "$pid"
  sleep 0.2
done
echo "the image serves as user $(awk '/^Uid:/ { print $2 }' "/proc/$pid/status"), over a read-only file system"
