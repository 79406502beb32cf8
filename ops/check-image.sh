#!/usr/bin/env bash
# Builds the image of ops/Dockerfile with buildah, and starts it without root over a read-only file system: it must answer /healthz.
# Where podman is installed, it also runs as docs/selfhost.md says, and must write nothing but its state, and end with code 0 when stopped.
# Needs root, Node, buildah and mount. BASE names another base image, with Node 24, npm and certificates of authorities; RUNTIME another
# OCI runtime for podman: crun does not start a container where cgroups of both versions are mounted, runc does.
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
serves() {
  for _ in $(seq 100); do
    node -e 'fetch("http://127.0.0.1:8799/healthz").then((a) => process.exit(a.ok ? 0 : 1), () => process.exit(1))' && return
    "$@" >/dev/null
    sleep 0.2
  done
  exit 1
}
serves kill -0 "$pid"
echo "the image serves as user $(awk '/^Uid:/ { print $2 }' "/proc/$pid/status"), over a read-only file system"
kill "$pid"
wait "$pid"
pid=

command -v podman >/dev/null || exit 0
podman() { command podman ${RUNTIME:+--runtime "$RUNTIME"} "$@"; }
name="hopgate-check-$$"
trap 'podman rm -f -v "$name" >/dev/null || true; end' EXIT
podman run -d --name "$name" --read-only --tmpfs /tmp --user 10001:10001 --ulimit nofile=20000:20000 --ulimit nproc=4096:4096 \
  --stop-timeout 45 --network host -v "$work/etc/hopgate.toml:/etc/hopgate/hopgate.toml:ro" -v /var/lib/hopgate localhost/hopgate \
  --config /etc/hopgate/hopgate.toml --address 127.0.0.1:8799 --keys /var/lib/hopgate/keys
serves podman exec "$name" true
if podman exec "$name" touch /opt/hopgate/written 2>/dev/null; then exit 9; fi
podman exec "$name" touch /var/lib/hopgate/written
podman stop "$name" >/dev/null
code=$(podman inspect --format '{{.State.ExitCode}}' "$name")
[ "$code" = 0 ]
echo "podman runs the image, over a read-only file system, and it ends with code 0 when it is stopped"
