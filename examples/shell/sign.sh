#!/bin/sh
# Signs a CloudFront URL or cookies with a private key. Needs a POSIX shell, tr and the openssl command.
# Usage: sign.sh url|cookies --url URL --key FILE --key-id ID --expires SECONDS
#                [--resource PATTERN] [--starts SECONDS] [--ip CIDR] [--hash SHA1|SHA256]
set -eu

fail() {
	echo "sign.sh: $1" >&2
	exit 2
}

# CloudFront's Base64: - _ ~ in place of + = /.
encode() { openssl base64 -A | tr '+=/' '-_~'; }

kind=${1:-} url='' key='' key_id='' expires='' resource='' starts='' ip='' hash=SHA1
[ $# -gt 0 ] && shift
while [ $# -gt 1 ]; do
	case $1 in
	--url) url=$2 ;;
	--key) key=$2 ;;
	--key-id) key_id=$2 ;;
	--expires) expires=$2 ;;
	--resource) resource=$2 ;;
	--starts) starts=$2 ;;
	--ip) ip=$2 ;;
	--hash) hash=$2 ;;
	*) fail "unknown option $1" ;;
	esac
	shift 2
done
[ $# = 0 ] || fail "option $1 needs a value"

# Refuse what CloudFront would: a date that is no Unix time in seconds, a URL that is not percent-encoded.
case $kind in url | cookies) ;; *) fail "say url or cookies" ;; esac
case $hash in SHA1 | SHA256) ;; *) fail "hash is SHA1 or SHA256" ;; esac
[ -n "$url" ] && [ -r "$key" ] && [ -n "$key_id" ] && [ -n "$expires" ] || fail "--url, --key, --key-id and --expires are needed"
case $expires$starts in *[!0-9]*) fail "dates are Unix seconds" ;; esac
[ ${#expires} -le 10 ] && [ ${#starts} -le 10 ] || fail "dates are in seconds, not milliseconds"
LC_ALL=C
case $url$key_id$resource$ip in *[!!-~]* | *\"* | *\\*) fail "percent-encode everything but printable ASCII, and quotes and backslashes" ;; esac

# The policy byte for byte: no white space, members in this order.
condition="\"DateLessThan\":{\"AWS:EpochTime\":$expires}"
[ -z "$starts" ] || condition="$condition,\"DateGreaterThan\":{\"AWS:EpochTime\":$starts}"
[ -z "$ip" ] || condition="$condition,\"IpAddress\":{\"AWS:SourceIp\":\"$ip\"}"
policy="{\"Statement\":[{\"Resource\":\"${resource:-$url}\",\"Condition\":{$condition}}]}"

# RSA: PKCS#1 v1.5; ECDSA: DER.
case $hash in SHA1) digest=-sha1 ;; SHA256) digest=-sha256 ;; esac
signature=$(printf %s "$policy" | openssl dgst "$digest" -sign "$key" | encode)
[ -n "$signature" ] || fail "openssl could not sign"

# Expires or Policy, Signature, Key-Pair-Id and, unless SHA-1, Hash-Algorithm.
if [ -z "$resource$starts$ip" ]; then
	set -- "Expires=$expires"
else
	set -- "Policy=$(printf %s "$policy" | encode)"
fi
set -- "$@" "Signature=$signature" "Key-Pair-Id=$key_id"
[ "$hash" = SHA1 ] || set -- "$@" "Hash-Algorithm=$hash"

if [ "$kind" = url ]; then
	case $url in *\?*) printf %s "$url&" ;; *) printf %s "$url?" ;; esac
	IFS='&'
	printf '%s\n' "$*"
else
	printf 'Cookie: CloudFront-%s' "$1"
	shift
	printf '; CloudFront-%s' "$@"
	printf '\n'
fi
