#!/usr/bin/env bash
# Installs what a target needs and this machine lacks: Debian packages and npm packages.
# Usage: scripts/setup.sh demo|test
set -euo pipefail
cd "$(dirname "$0")/.."

sudo=""
[ "$(id -u)" = 0 ] || sudo=sudo
missing=()
need() { # need COMMAND PACKAGE
	command -v "$1" >/dev/null 2>&1 || missing+=("$2")
}

need curl curl
case "${1:-}" in
demo) ;;
test)
	need aws awscli
	need rclone rclone
	need s3cmd s3cmd
	need gcc gcc # the race detector links through cgo
	need openssl openssl
	need npm npm
	need /usr/sbin/nginx nginx-light # a proxy before the console
	need chromium chromium # uses the console, plays films
	need ffmpeg ffmpeg     # makes films
	# the languages of examples/
	need perl perl
	need php php-cli
	need ruby ruby
	need mcs mono-mcs
	need mono mono-runtime
	need javac default-jdk-headless
	need java default-jdk-headless
	python3 -c 'import cryptography' 2>/dev/null || /usr/bin/python3 -c 'import cryptography' 2>/dev/null || missing+=(python3-cryptography)
	python3 -c 'import boto3' 2>/dev/null || /usr/bin/python3 -c 'import boto3' 2>/dev/null || missing+=(python3-boto3)
	;;
*)
	echo "usage: $0 demo|test" >&2
	exit 2
	;;
esac

if ((${#missing[@]})); then
	echo "installing ${missing[*]}"
	$sudo apt-get update -qq
	DEBIAN_FRONTEND=noninteractive $sudo apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
fi

if [ "$1" = test ]; then
	for dir in test/conformance/signers test/conformance/player test/console; do
		[ -d "$dir/node_modules" ] || (cd "$dir" && npm ci --no-audit --no-fund --loglevel=error)
	done
fi
# Prometheus is unpacked, not installed: nobody wants its service to run.
if [ "$1" = test ] && ! command -v prometheus >/dev/null 2>&1 && [ ! -x dist/prometheus/promtool ]; then
	mkdir -p dist/prometheus
	(cd dist/prometheus && { apt-get download -qq prometheus || { $sudo apt-get update -qq && apt-get download -qq prometheus; }; } &&
		dpkg-deb --fsys-tarfile prometheus_*.deb | tar -x --strip-components=3 ./usr/bin && rm prometheus_*.deb)
fi
if [ "$1" = test ] && [ ! -d dist/cachetests/node_modules ]; then
	mkdir -p dist/cachetests
	npm install --prefix dist/cachetests --no-save --no-package-lock --ignore-scripts --no-audit --no-fund --loglevel=error http-cache-tests@0.4.5 node-fetch@2.7.0
fi
if [ "$1" = test ] && [ ! -x dist/h2spec ]; then
	GOBIN="$PWD/dist" go install github.com/summerwind/h2spec/cmd/h2spec@v2.2.1+incompatible
fi
