#!/usr/bin/env bash
# Serves, shares sample files, shows the refusal and the admission, and keeps serving.
# Usage: scripts/demo.sh [--once]
set -euo pipefail
cd "$(dirname "$0")/.."

once=false
[ "${1:-}" = --once ] && once=true
data=${WARMFRONT_DATA:-./warmfront-data}
samples=dist/samples

say() { printf '\n\033[1m%s\033[0m\n' "$*"; }
run() { # run COMMAND...: show a command, then run it
	printf '$ %s\n' "$*"
	"$@"
}

mkdir -p "$samples/album"
printf 'Warmfront sample. Only a signed URL opens this file.\n' >"$samples/hello.txt"
cat >"$samples/album/front.svg" <<'SVG'
<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 320 180" role="img" aria-label="A warm front">
  <rect width="320" height="180" fill="#dbeafe"/>
  <path d="M0 120 Q80 60 160 110 T320 90" fill="none" stroke="#b91c1c" stroke-width="6"/>
  <path d="M60 85a16 16 0 0 1 32-4zM140 98a16 16 0 0 1 32 12zM230 102a16 16 0 0 1 32-8z" fill="#b91c1c"/>
</svg>
SVG
[ -s "$samples/film.bin" ] || head -c 20971520 /dev/urandom >"$samples/film.bin"

say "Starting the server"
bin/warmfront serve --data "$data" &
server=$!
trap 'kill "$server" 2>/dev/null || true; wait "$server" 2>/dev/null || true' EXIT
api=http://${WARMFRONT_API:-127.0.0.1:4480}
for _ in $(seq 100); do
	curl -fsS -o /dev/null "$api/readyz" 2>/dev/null && break
	kill -0 "$server" 2>/dev/null || exit 1
	sleep 0.1
done
eval "$(bin/warmfront env --data "$data")"

say "Sharing the files in $samples"
urls=$(bin/warmfront share --data "$data" "$samples")
printf '%s\n' "$urls"
url=$(grep hello.txt <<<"$urls")
plain=${url%%\?*}

look() { # look TITLE URL: fetch, show status, X-Cache and the body
	say "$1"
	printf '$ curl --cacert "$WARMFRONT_CA" -i "%s"\n' "$2"
	curl -sS --cacert "$WARMFRONT_CA" -i "$2" | tr -d '\r' | grep -aiE '^HTTP/|^x-cache|^age|^<\?xml|^Warmfront' || true
}
look "Without a signature: refused" "$plain"
look "With the signed URL: admitted, from the origin" "$url"
look "Once more: from the cache" "$url"

status() { curl -sS --cacert "$WARMFRONT_CA" -o /dev/null -w '%{http_code}' "$1"; }
[ "$(status "$plain")" = 403 ] && [ "$(status "$url")" = 200 ] || { echo "the demo did not work" >&2; exit 1; }

say "Go on with"
cat <<EOF
eval "\$(bin/warmfront env --data $data)"
aws --endpoint-url "\$AWS_ENDPOINT_URL" s3 ls
aws --endpoint-url "\$AWS_ENDPOINT_URL" cloudfront list-distributions
bin/warmfront share --data $data README.md
EOF
$once && exit 0
printf '\nServing until interrupted (Ctrl-C).\n'
wait "$server"
