#!/usr/bin/env bash
# Builds the OCI image without a daemon where buildah or podman is there.
set -euo pipefail
cd "$(dirname "$0")/.."
out=dist/warmfront.oci.tar
rm -f "$out"
if command -v buildah >/dev/null; then
	buildah --storage-driver vfs build --isolation chroot --quiet -f Containerfile -t warmfront . >/dev/null
	buildah --storage-driver vfs push --quiet warmfront "oci-archive:$out:warmfront"
elif command -v podman >/dev/null; then
	podman build --quiet -f Containerfile -t warmfront . >/dev/null
	podman save --quiet --format oci-archive -o "$out" warmfront
elif command -v docker >/dev/null && docker info >/dev/null 2>&1; then
	docker build --quiet -f Containerfile -t warmfront . >/dev/null
	docker save -o "$out" warmfront
else
	echo "make image needs buildah, podman or docker (apt-get install buildah)" >&2
	exit 1
fi
echo "$out"
