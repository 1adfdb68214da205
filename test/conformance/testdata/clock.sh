# A shell's view of the test clock: links, cookies, presigned requests, TTLs and temporary keys
# past their time, without waiting. It needs a server run with --test-clock, the variables that
# `warmfront env` prints, and WARMFRONT_DATA.
set -eu
PATH="$(dirname "$WARMFRONT"):$PATH"
aws() { command aws --endpoint-url "$AWS_ENDPOINT_URL" "$@"; }
clock() { warmfront clock "$@" --data "$WARMFRONT_DATA" >/dev/null; }
head() { curl -s -o /dev/null -D - --cacert "$WARMFRONT_CA" "$@" | tr -d '\r'; }
status() { curl -s -o /dev/null -w '%{http_code}' --cacert "$WARMFRONT_CA" "$@"; }
expect() { # WHAT PATTERN GOT
	case "$3" in *$2*) ;; *) echo "$1: want $2, got $3" >&2; exit 1 ;; esac
}

echo '<p>hello</p>' >page.html
clock freeze
url=$(warmfront share --data "$WARMFRONT_DATA" --expires 1h page.html 2>share.log)
base=${url%%\?*}

echo "a signed URL of an hour"
expect "signed" 200 "$(status "$url")"
clock advance 59m
expect "a minute before its end" 200 "$(status "$url")"
clock advance 11m
expect "ten minutes after it" 403 "$(status "$url")"
clock reset
expect "back in time" 200 "$(status "$url")"

echo "signed cookies"
cookie=$(warmfront sign cookies --key "$HOME"/.config/warmfront/*/*.pem --expires 1h "$base")
expect "cookies" 200 "$(status -H "$cookie" "$base")"
clock advance 61m
expect "cookies past their end" 403 "$(status -H "$cookie" "$base")"
clock reset

echo "a presigned request to the bucket"
bucket=$(aws s3 ls | awk '{print $3}')
presigned=$(aws s3 presign "s3://$bucket/page.html" --expires-in 600)
expect "presigned" 200 "$(status "$presigned")"
clock advance 11m
expect "presigned, past its end" 403 "$(status "$presigned")"
expect "signed in its header, whatever the server's clock" page.html "$(aws s3 ls "s3://$bucket")"
clock reset

echo "TTL, Age and Date"
aws s3 cp --quiet --cache-control max-age=600 --content-type text/html page.html "s3://$bucket/minutes.html"
clock freeze 2031-05-01T12:00:00Z
url=$(warmfront sign url --key "$HOME"/.config/warmfront/*/*.pem --expires 2032-01-01 "${base%page.html}minutes.html")
answer=$(head "$url")
expect "first" "Miss from cloudfront" "$answer"
expect "Date" "Thu, 01 May 2031 1?:*GMT" "$answer"
clock advance 400s
answer=$(head "$url")
expect "fresh" "Hit from cloudfront" "$answer"
expect "fresh" "age: 4[0-9][0-9]" "$answer" # the origin's Date is cut to seconds
clock advance 300s
expect "stale" "RefreshHit from cloudfront" "$(head "$url")"

echo "temporary keys"
clock reset
eval "$(warmfront access-key session --data "$WARMFRONT_DATA" --duration 15m --export)"
expect "temporary" "$bucket" "$(aws s3 ls)"
clock advance 16m
expect "temporary, past its end" ExpiredToken "$(aws s3 ls 2>&1 || true)"
