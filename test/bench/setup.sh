#!/usr/bin/env bash
# Installs what the benchmarks need from Debian: the peers and the load generators. A peer that
# cannot be installed is named, and is missing in the results.
set -uo pipefail

sudo=""
[ "$(id -u)" = 0 ] || sudo=sudo
updated=""
need() { # need FILE PACKAGE: a program, or a file at a path
	command -v "$1" >/dev/null 2>&1 || [ -e "$1" ] && return
	echo "installing $2"
	[ -n "$updated" ] || $sudo apt-get -o DPkg::Lock::Timeout=600 update -qq
	updated=yes
	DEBIAN_FRONTEND=noninteractive $sudo apt-get -o DPkg::Lock::Timeout=600 install -y -qq --no-install-recommends "$2" >/dev/null ||
		echo "bench: $2 cannot be installed; what needs it will be missing" >&2
}

need wrk wrk
need h2load nghttp2-client
need taskset util-linux
need nginx nginx-light
need varnishd varnish
need traffic_server trafficserver
need /usr/lib/trafficserver/modules/url_sig.so trafficserver-experimental-plugins
need caddy caddy
exit 0
