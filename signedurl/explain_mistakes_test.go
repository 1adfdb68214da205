package signedurl_test

import (
	"encoding/base64"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/warmfront/warmfront/signedurl"
)

// mistake is one that people made and reported in public: the name is the thread, and what
// they did. fix is a part of the advice that must be given.
type mistake struct {
	name  string
	ask   func(k kit) *signedurl.Question
	cause signedurl.Cause
	fix   string
}

const film = "https://d1.cloudfront.net/films/one.mp4"

// asURL asks for a URL with these parameters behind it.
func asURL(wire string, params func(k kit) string) func(k kit) *signedurl.Question {
	return func(k kit) *signedurl.Question {
		separator := "?"
		if strings.Contains(wire, "?") {
			separator = "&"
		}
		return k.ask(wire + separator + params(k))
	}
}

// signedAs asks for wire with a canned signature made for another text.
func signedAs(wire, resource string) func(k kit) *signedurl.Question {
	return asURL(wire, func(k kit) string { return k.canned(resource) })
}

// withPolicy asks for film with a custom policy of this text.
func withPolicy(text string) func(k kit) *signedurl.Question {
	return asURL(film, func(k kit) string { return k.custom(text) })
}

// signedAsText asks for film, sending one policy and signing another text.
func signedAsText(sent, signed string) func(k kit) *signedurl.Question {
	return asURL(film, func(k kit) string {
		return "Policy=" + encode([]byte(sent)) + "&Signature=" + k.sign(signed) + "&Key-Pair-Id=" + keyID
	})
}

// signedAsCanned asks for film with Expires, and signs any text.
func signedAsCanned(signed string) func(k kit) *signedurl.Question {
	return asURL(film, func(k kit) string {
		return "Expires=" + until + "&Signature=" + k.sign(signed) + "&Key-Pair-Id=" + keyID
	})
}

// changed asks for film, rightly signed, with something done to the whole URL.
func changed(change func(string) string) func(k kit) *signedurl.Question {
	return func(k kit) *signedurl.Question { return k.ask(change(film + "?" + k.canned(film))) }
}

// withHosts adds hosts that may have been signed.
func withHosts(ask func(k kit) *signedurl.Question, hosts ...string) func(k kit) *signedurl.Question {
	return func(k kit) *signedurl.Question {
		q := ask(k)
		q.Hosts = hosts
		return q
	}
}

func wild() string { return cannedText("https://d1.cloudfront.net/films/*", until) }

func replacing(pairs ...string) func(string) string { return strings.NewReplacer(pairs...).Replace }

// inSignature changes the value of Signature only.
func inSignature(change func(string) string) func(string) string {
	return func(s string) string {
		head, tail, _ := strings.Cut(s, "Signature=")
		value, rest, _ := strings.Cut(tail, "&")
		return head + "Signature=" + change(value) + "&" + rest
	}
}

func mistakes() []mistake {
	wild := wild()
	return []mistake{
		{"aws-sdk-js#2236 expires Date.now()+30000 in a canned policy", asURL(film, func(k kit) string {
			return "Expires=1800003600000&Signature=" + k.sign(cannedText(film, "1800003600000")) + "&Key-Pair-Id=" + keyID
		}), signedurl.CauseMilliseconds, "1800003600"},
		{"aws-sdk-js#3407 milliseconds in the policy of cookies", func(k kit) *signedurl.Question {
			return k.askCookies(film, cookies(k.custom(cannedText("https://d1.cloudfront.net/films/*", "1800003600000"))))
		}, signedurl.CauseMilliseconds, "2027-01-15 09:00:00 UTC"},
		{"video.js#5247 epoch as a string in the policy", withPolicy(cannedText(film, `"1800003600"`)), signedurl.CauseEpochString, "without quotation marks"},
		{
			"boto#825 a custom policy without DateLessThan", withPolicy(`{"Statement":[{"Resource":"` + film + `","Condition":{"IpAddress":{"AWS:SourceIp":"192.0.2.0/24"}}}]}`),
			signedurl.CausePolicyNoExpiry, "DateLessThan",
		},
		{"aws-cloudfront-sign#6 standard base64 in the signature", changed(inSignature(replacing("-", "+", "~", "/", "_", "="))), signedurl.CauseStandardBase64, "+ by -"},
		{"aws-cloudfront-sign#2 Key-Pair-Id=undefined", changed(replacing(keyID, "undefined")), signedurl.CauseKeyPlaceholder, "Pass the key id"},
		{"aws-cloudfront-sign#2 an expiry long ago, meant as a duration", asURL(film, func(k kit) string {
			return "Expires=20000000&Signature=" + k.sign(cannedText(film, "20000000")) + "&Key-Pair-Id=" + keyID
		}), signedurl.CauseEpochDuration, "present Unix time"},
		{"aws-cloudfront-sign#10 a second question mark", func(k kit) *signedurl.Question {
			const with = film + "?response-content-disposition=attachment"
			return k.ask(with + "?" + k.canned(with))
		}, signedurl.CauseSecondQuestionMark, "&"},
		{"aws-cloudfront-sign#74 segments of a playlist requested without parameters", func(k kit) *signedurl.Question {
			return k.ask("https://d1.cloudfront.net/films/segment0.ts")
		}, signedurl.CauseUnsigned, "playlist"},
		{"aws-cloudfront-sign#41 local time taken for UTC", func(k kit) *signedurl.Question {
			q := k.ask(film + "?" + k.canned(film))
			q.Now = clock.Add(2*time.Hour + 30*time.Minute)
			return q
		}, signedurl.CauseExpired, "local time"},
		{"aws-cloudfront-sign#34 ipRange of another network than the viewer's", func(k kit) *signedurl.Question {
			q := k.ask(film + "?" + k.custom(`{"Statement":[{"Resource":"`+film+`","Condition":{"DateLessThan":{"AWS:EpochTime":`+until+`},"IpAddress":{"AWS:SourceIp":"127.0.0.1/32"}}}]}`))
			return q
		}, signedurl.CauseAddress, "the edge sees"},
		{"aws-cloudfront-sign#15 the S3 URL signed", withHosts(signedAs(film, "http://my-bucket.s3.amazonaws.com/films/one.mp4"), "my-bucket.s3.amazonaws.com"), signedurl.CauseS3Host, "distribution"},
		{"boto3#2048 bucket host in place of the distribution's", withHosts(signedAs(film, "https://my-bucket.s3.eu-west-1.amazonaws.com/films/one.mp4"), "my-bucket.s3.eu-west-1.amazonaws.com"), signedurl.CauseS3Host, "never the bucket's"},
		{"boto3#2836 a tool rewrites the query", signedAs(film+`?filename=%22a%22`, film+`?filename="a"`), signedurl.CauseQueryEncoding, "on the wire"},
		{"aws-sdk-js-v3#4516 getSignedCookies without policy for https://*", func(k kit) *signedurl.Question {
			return k.askCookies(film, cookies(k.canned("https://*")))
		}, signedurl.CauseCannedWildcard, "custom policy"},
		{"aws-sdk-js-v3#4516 CloudFront-Policy=undefined", func(k kit) *signedurl.Question {
			return k.askCookies(film, cookies("Policy=undefined&"+k.canned(film)))
		}, signedurl.CausePlaceholder, "Expires for a canned one"},
		{"aws-sdk-js#2169 a wildcard with expires", signedAs(film, "http://d1.cloudfront.net/*"), signedurl.CauseCannedWildcard, "custom policy"},
		{"aws-cloudfront-sign#35 cookies set by auth.… for site.…", func(k kit) *signedurl.Question {
			q := k.ask("https://site.example.com/index.html")
			q.SetFrom = "https://auth.example.com/auth"
			q.SetCookies = setCookies(k, "Path=/; Secure; HttpOnly")
			return q
		}, signedurl.CauseCookieDomain, "Domain=example.com"},
		{"aws_cf_signer#8 canned policy although a resource with * was asked for", signedAs(film, "https://d1.cloudfront.net/films/*.mp4"), signedurl.CauseCannedWildcard, "custom policy"},
		{"cloudfront-private-url-creator#3 one signature for a whole folder", signedAs("https://d1.cloudfront.net/privates/7/test/resource.obj", "https://d1.cloudfront.net/privates/7/*"), signedurl.CauseCannedWildcard, "Policy"},
		{"node-cloudfront#5 the policy sent as JSON, not base64", asURL(film, func(k kit) string {
			return "Policy=" + url.QueryEscape(wild) + "&Signature=" + k.sign(wild) + "&Key-Pair-Id=" + keyID
		}), signedurl.CausePolicyNotEncoded, "base64"},
		{"aws-sdk-php#1228 an IAM access key as key pair id", changed(replacing(keyID, "AKIAIOSFODNN7EXAMPLE")), signedurl.CauseAccessKey, "public key"},
		{"commitdev/zero#287 the key pair of an account the behavior does not trust", func(k kit) *signedurl.Question {
			q := k.ask(film + "?" + strings.Replace(k.canned(film), keyID, "APKAJKE6G5ZZE3J2XTAQ", 1))
			q.Known = []signedurl.KnownKey{{ID: "APKAJKE6G5ZZE3J2XTAQ", Key: k.public, Where: "trusted by behavior * of E2"}}
			return q
		}, signedurl.CauseKeyElsewhere, "key groups"},
		{"django-storages#1095 a key group's id as key id", changed(replacing(keyID, "b3ee3859-0d3a-4c3e-9a6e-1f2e3d4c5b6a")), signedurl.CauseKeyGroup, "in the group"},
		{
			"aws-sdk-php#850 signed normalised, sent as written", signedAsText("{\n  \"Statement\": [{\"Resource\":\""+film+"\",\"Condition\":{\"DateLessThan\":{\"AWS:EpochTime\":"+until+"}}}]\n}", cannedText(film, until)),
			signedurl.CauseReserialised, "bytes that are sent",
		},
		{"amazon-cloudfront-developer-guide#67 a canned policy read from a file, line break and all", signedAsCanned(cannedText(film, until) + "\n"), signedurl.CauseWhiteSpace, "without white space"},
		{"aws-sdk-java-v2#6543 ECDSA with SHA-256, not marked", func(_ kit) *signedurl.Question {
			k := ecKit(&testing.T{})
			return k.ask(film + "?" + k.custom(wild))
		}, signedurl.CauseHashMarker, "Hash-Algorithm=SHA256"},
		{"aws-sdk-php#3315 OPENSSL_ALGO_SHA256 without the marker", func(k kit) *signedurl.Question {
			k.hash = signedurl.SHA256
			return k.ask(film + "?" + k.canned(film))
		}, signedurl.CauseHashMarker, "&Hash-Algorithm=SHA256"},
		{"aws-sdk-js-v3#8033 the path encoded after signing", signedAs("https://d1.cloudfront.net/a%3Db%2Cc.jpg", "https://d1.cloudfront.net/a=b,c.jpg"), signedurl.CausePathEncoding, "Encode the path first"},
		{
			"aws-sdk-js-v3#8277 blanks of the query become + after signing", signedAs(film+"?response-content-disposition=inline%3B+filename", film+"?response-content-disposition=inline;%20filename"),
			signedurl.CauseQueryEncoding, "Encode the query first",
		},
		{"aws-sdk-php#597 a blank in the file's name", signedAs("https://d1.cloudfront.net/my file name.mp4", "https://d1.cloudfront.net/my file name.mp4"), signedurl.CausePathEncoding, "Encode the path first"},
		{"aws-sdk-net#476 a blank in the key", signedAs("https://d1.cloudfront.net/some/my%20document.pdf", "https://d1.cloudfront.net/some/my document.pdf"), signedurl.CausePathEncoding, "on the wire"},
		{"cloudfront-signer#12 accents in the file's name", signedAs("https://d1.cloudfront.net/año.mp4", "https://d1.cloudfront.net/año.mp4"), signedurl.CausePathEncoding, "Encode the path first"},
		{"aws-cloudfront-sign#57 an apostrophe encoded by one side", signedAs("https://d1.cloudfront.net/it's.mp4", "https://d1.cloudfront.net/it%27s.mp4"), signedurl.CausePathEncoding, "on the wire"},
		{"aws-sdk-php#146 query signed encoded, returned decoded", signedAs(film+`?d=attachment;filename="x.jpg"`, film+"?d=attachment%3Bfilename%3D%22x.jpg%22"), signedurl.CauseQueryEncoding, "on the wire"},
		{"aws-sdk-php#404 query signed decoded, returned encoded", signedAs(film+"?d=attachment%3Bfilename%3Dfoobar.txt", film+"?d=attachment;filename=foobar.txt"), signedurl.CauseQueryEncoding, "Encode the query first"},
		{"aws-sdk-js-v3#3614 content disposition with a file name", signedAs(film+"?d=attachment%3B%20filename%3Dtest.mp4", film+"?d=attachment; filename=test.mp4"), signedurl.CauseQueryEncoding, "Encode the query first"},
		{"aws-sdk-js#2952 UTF-8 in the content disposition", signedAs(film+"?d=%C3%A9t%C3%A9.pdf", film+"?d=été.pdf"), signedurl.CauseQueryEncoding, "on the wire"},
		{"aws-sdk-js#3826 the query written anew after signing", signedAs(film+"?d=attachment%3Bfilename*%3DUTF-8''abc%2520def.mp4", film+"?d=attachment%3Bfilename%2A%3DUTF-8%27%27abc%2520def.mp4"), signedurl.CauseQueryEncoding, "Encode the query first"},
		{"amazon-cloudfront-signed-urls-using-lambda#5 signed with a bare question mark", signedAs(film, film+"?"), signedurl.CauseQuery, "final “?”"},
		{"aws-sdk-java-v2#5577 a framework adds a parameter", signedAs(film+"?pfdrid_c=true", film), signedurl.CauseQuery, "ends in *"},
		{"boto#523 a policy put together from strings that is not JSON", withPolicy(strings.Replace(wild, `"Condition"`, `Condition`, 1)), signedurl.CausePolicySyntax, "JSON library"},
		{
			"aws-cloudfront-sign#20 a bucket policy as the policy", withPolicy(`{"Version":"2008-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"s3:GetObject","Resource":"arn:aws:s3:::b/*"}]}`),
			signedurl.CausePolicyBucket, "Statement",
		},
		{"aws_cf_signer#6 cookies for cloudfront.net set by another site", func(k kit) *signedurl.Question {
			q := k.ask(film)
			q.SetFrom = "https://app.example.com/login"
			q.SetCookies = setCookies(k, "Domain=d1.cloudfront.net; Path=/; Secure")
			return q
		}, signedurl.CauseCookieDomain, "alias"},
		{"hls.js#1423 cookies for the public suffix cloudfront.net", func(k kit) *signedurl.Question {
			q := k.ask(film)
			q.SetFrom = "https://d2.cloudfront.net/page.html"
			q.SetCookies = setCookies(k, "Domain=cloudfront.net; Path=/; Secure")
			return q
		}, signedurl.CauseCookieDomain, "alias"},
		{"aws-sdk-java#876 a path in the Domain attribute", func(k kit) *signedurl.Question {
			q := k.ask(film)
			q.SetCookies = setCookies(k, "Domain=d1.cloudfront.net/ios/; Path=/")
			return q
		}, signedurl.CauseCookieDomain, "host alone"},
		{"duracloud#126 no SameSite=None for a player on another site", func(k kit) *signedurl.Question {
			q := k.ask("https://media.example.com/a.m3u8")
			q.SetFrom = "https://player.example.org/"
			q.SetCookies = setCookies(k, "Domain=media.example.com; Path=/; Secure")
			return q
		}, signedurl.CauseCookieSameSite, "SameSite=None"},
	}
}

// further are mistakes that the guide warns of, or that follow from how signers work.
func further() []mistake {
	return []mistake{
		{"signed for http, asked with https", signedAs(film, "http://d1.cloudfront.net/films/one.mp4"), signedurl.CauseScheme, "scheme viewers use"},
		{"signed for an alias", withHosts(signedAs(film, "https://media.example.com/films/one.mp4"), "media.example.com"), signedurl.CauseHost, "host viewers use"},
		{"path-style S3 URL signed", withHosts(signedAs(film, "http://s3.amazonaws.com/my-bucket/films/one.mp4"), "my-bucket.s3.amazonaws.com"), signedurl.CauseS3Host, "distribution"},
		{"+ for a blank", signedAs("https://d1.cloudfront.net/my%20document.pdf", "https://d1.cloudfront.net/my+document.pdf"), signedurl.CausePathEncoding, "on the wire"},
		{"one parameter of two signed", signedAs(film+"?one=red&two=blue", film+"?one=red"), signedurl.CauseQuery, "query viewers send"},
		{"cookies for a folder without a policy", func(k kit) *signedurl.Question {
			return k.askCookies(film, cookies(k.canned("https://d1.cloudfront.net/films/*")))
		}, signedurl.CauseCannedWildcard, "CloudFront-Policy"},
		{"a custom policy for http:// only", withPolicy(cannedText("http://*", until)), signedurl.CauseScheme, "http*://"},
		{"a custom policy for another folder", withPolicy(cannedText("https://d1.cloudfront.net/other/*", until)), signedurl.CausePath, "asked for"},
		{"a custom policy with a line break behind what is sent", signedAsText(wild(), wild()+"\n"), signedurl.CauseWhiteSpace, "without white space"},
		{"a blank behind “Statement”", signedAsCanned(strings.Replace(cannedText(film, until), `"Statement":[`, `"Statement": [`, 1)), signedurl.CauseWhiteSpace, "without white space"},
		{"signed with a port", signedAs(film, "https://d1.cloudfront.net:443/films/one.mp4"), signedurl.CausePort, "port"},
		{"signed without the port", signedAs("https://d1.cloudfront.localhost:9443/a", "https://d1.cloudfront.localhost/a"), signedurl.CausePort, "port"},
		{"S3 host in a custom policy", withPolicy(cannedText("https://b.s3.amazonaws.com/films/*", until)), signedurl.CauseS3Host, "never the bucket's"},
		{"other host in a custom policy", withPolicy(cannedText("https://d2.cloudfront.net/films/*", until)), signedurl.CauseHost, "host viewers use"},
		{"resource without a scheme", withPolicy(cannedText("films/one.mp4", until)), signedurl.CauseResourceNotURL, "https://"},
		{"resource that is a folder", withPolicy(cannedText("https://d1.cloudfront.net/films/", until)), signedurl.CausePath, "end in *"},
		{"resource that does not cover the query", asURL(film+"?v=1", func(k kit) string { return k.custom(cannedText(film, until)) }), signedurl.CauseQuery, "end in *"},
		{"decoded path in a custom policy", asURL("https://d1.cloudfront.net/a%20b", func(k kit) string { return k.custom(cannedText("https://d1.cloudfront.net/a b", until)) }), signedurl.CausePathEncoding, "percent-encoded"},
		{"the object's key signed", signedAs(film, "films/one.mp4"), signedurl.CauseResourceNotURL, "https://"},
		{"signed with slashes escaped, as PHP does", signedAsCanned(strings.ReplaceAll(cannedText(film, until), "/", `\/`)), signedurl.CauseReserialised, "exactly the bytes"},
		{"signed as Python writes JSON", signedAsCanned(`{"Statement": [{"Resource": "` + film + `", "Condition": {"DateLessThan": {"AWS:EpochTime": ` + until + `}}}]}`), signedurl.CauseWhiteSpace, "without white space"},
		{"the base64 text signed", signedAsText(cannedText(film, until), encode([]byte(cannedText(film, until)))), signedurl.CauseEncodedSigned, "JSON text"},
		{"members in another order", signedAsText(`{"Statement":[{"Resource":"`+film+`","Condition":{"IpAddress":{"AWS:SourceIp":"192.0.2.0/24"},"DateLessThan":{"AWS:EpochTime":`+until+`}}}]}`,
			`{"Statement":[{"Condition":{"DateLessThan":{"AWS:EpochTime":`+until+`},"IpAddress":{"AWS:SourceIp":"192.0.2.0/24"}},"Resource":"`+film+`"}]}`), signedurl.CauseReserialised, "exactly the bytes"},
		{"the expiry computed twice", signedAsCanned(cannedText(film, "1800003599")), signedurl.CauseExpiryDiffers, "once"},
		{"another private key", func(k kit) *signedurl.Question {
			_, k.private = newRSA(k.t, 2048)
			return k.ask(film + "?" + k.canned(film))
		}, signedurl.CauseKeyMismatch, "openssl pkey"},
		{"another private key, of ECDSA", func(kit) *signedurl.Question {
			k := ecKit(&testing.T{})
			_, k.private = newECDSA(k.t)
			return k.ask(film + "?" + k.canned(film) + "&Hash-Algorithm=SHA256")
		}, signedurl.CauseKeyMismatch, "openssl pkey"},
		{"a known key under the wrong id", func(k kit) *signedurl.Question {
			public, other := newRSA(k.t, 2048)
			q := k.ask(film + "?" + kit{t: k.t, private: other}.canned(film))
			q.Known = []signedurl.KnownKey{{ID: "KOLD", Key: public, Where: "trusted by behavior * of E2"}}
			return q
		}, signedurl.CauseOtherKey, "KOLD"},
		{"another text with the right key", signedAsCanned("something else"), signedurl.CauseTextUnknown, "byte by byte"},
		{"standard base64, percent-encoded", changed(inSignature(replacing("-", "%2B", "~", "%2F", "_", "%3D"))), signedurl.CauseStandardBase64, "Replace"},
		{"URL-safe base64", func(k kit) *signedurl.Question {
			// A signature without / is the same in both.
			for n := 0; ; n++ {
				own := film + "?n=" + strconv.Itoa(n)
				if params := k.canned(own); strings.Contains(params, "~") {
					return k.ask(own + "&" + replacing("_", "", "~", "_")(params))
				}
			}
		}, signedurl.CauseURLSafeBase64, "standard base64"},
		{"percent-encoded twice", changed(replacing("_", "%255F")), signedurl.CauseDoubleEncoding, "encodes it again"},
		{"line breaks in the base64", changed(func(s string) string {
			i := strings.Index(s, "Signature=") + 76
			return s[:i] + "%0A" + s[i:]
		}), signedurl.CauseLineBreaks, "-w0"},
		{"padding taken off", changed(replacing("_", "")), signedurl.CausePaddingLost, "Keep the padding"},
		{"escaped for HTML", changed(replacing("&", "&amp;")), signedurl.CauseHTMLAmpersand, "&"},
		{"cut by a shell", changed(func(s string) string { cut, _, _ := strings.Cut(s, "&"); return cut }), signedurl.CauseCutAtAmpersand, "quotes"},
		{"names in lower case", changed(replacing("Key-Pair-Id", "key-pair-id")), signedurl.CauseParameterName, "Key-Pair-Id"},
		{"hash in lower case", changed(func(s string) string { return s + "&Hash-Algorithm=sha-256" }), signedurl.CauseHashName, "SHA256"},
		{"an S3 presigned URL", func(k kit) *signedurl.Question {
			return k.ask(film + "?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Signature=00")
		}, signedurl.CauseS3Presigned, "CloudFront signer"},
		{"cookies behind a query with Expires", func(k kit) *signedurl.Question {
			return k.askCookies(film+"?Expires=never", cookies(k.custom(cannedText("https://d1.cloudfront.net/films/*", until))))
		}, signedurl.CauseCookiesShadowed, "something else"},
		{"cookies of two logins", func(k kit) *signedurl.Question {
			return k.askCookies(film, "CloudFront-Signature=old_; "+cookies(k.custom(cannedText("https://d1.cloudfront.net/films/*", until))))
		}, signedurl.CauseDuplicate, "delete old cookies"},
		{"cookies without prefix", func(k kit) *signedurl.Question {
			return k.askCookies(film, strings.ReplaceAll(k.canned(film), "&", "; "))
		}, signedurl.CauseParameterName, "CloudFront-"},
		{"policy turned into text twice", withPolicy(`"{\"Statement\":[]}"`), signedurl.CausePolicyStringified, "once"},
		{"policy encoded twice", withPolicy(base64.StdEncoding.EncodeToString([]byte(cannedText(film, until)))), signedurl.CausePolicyTwice, "once"},
		{"a comma too many", withPolicy(strings.Replace(cannedText(film, until), "}}}", "},}}", 1)), signedurl.CausePolicySyntax, "JSON library"},
		{"names of the policy in another case", withPolicy(strings.Replace(cannedText(film, until), "DateLessThan", "dateLessThan", 1)), signedurl.CausePolicyNames, "exactly"},
		{"a list of networks", withPolicy(strings.Replace(cannedText(film, until), `"Condition":{`, `"Condition":{"IpAddress":{"AWS:SourceIp":["10.0.0.0/8"]},`, 1)), signedurl.CausePolicyAddress, "one"},
		{"two statements", withPolicy(strings.Replace(wild(), "}]}", `},{"Resource":"*"}]}`, 1)), signedurl.CausePolicyStatements, "exactly one"},
		{"a fraction of a second", withPolicy(cannedText(film, "1800003600.5")), signedurl.CauseEpochFraction, "whole seconds"},
		{"a date", asURL(film, func(k kit) string {
			return "Expires=2027-01-15T09:00:00Z&Signature=" + k.sign(cannedText(film, "2027-01-15T09:00:00Z")) + "&Key-Pair-Id=" + keyID
		}), signedurl.CauseEpochNotNumber, "Unix time"},
		{"a date after 2038", withPolicy(cannedText(film, "4102444800")), signedurl.CauseEpochAfter2038, "earlier"},
		{"a start a moment ahead", withPolicy(`{"Statement":[{"Resource":"*","Condition":{"DateLessThan":{"AWS:EpochTime":` + until + `},"DateGreaterThan":{"AWS:EpochTime":1800000002}}}]}`), signedurl.CauseClock, "in the past"},
		{"a start tomorrow", withPolicy(`{"Statement":[{"Resource":"*","Condition":{"DateLessThan":{"AWS:EpochTime":1800200000},"DateGreaterThan":{"AWS:EpochTime":1800100000}}}]}`), signedurl.CauseNotYetValid, "Wait"},
		{"signed with PSS", pssQuestion, signedurl.CausePSS, "PKCS1"},
		{"a raw ECDSA signature", rawECDSAQuestion, signedurl.CauseRawECDSA, "DER"},
		{"signed with SHA-512", sha512Question, signedurl.CauseHashUnsupported, "SHA-1"},
	}
}

func TestExplainMistakes(t *testing.T) {
	t.Parallel()
	for _, m := range append(mistakes(), further()...) {
		t.Run(m.name, func(t *testing.T) {
			t.Parallel()
			k := rsaKit(t)
			q := m.ask(k)
			r := k.explain(q)
			if r.Verdict == signedurl.Admitted {
				t.Fatalf("admitted: %+v", r)
			}
			if !r.Found(m.cause) {
				t.Fatalf("not found: %s\nsteps %+v\nfindings %+v", m.cause, r.Steps, r.Findings)
			}
			first := r.Findings[0]
			if first.ID != m.cause && !strings.HasPrefix(string(m.cause), "set-cookie") && m.cause != signedurl.CauseEpochDuration {
				t.Errorf("the first finding is %+v", first)
			}
			for _, f := range r.Findings {
				if f.ID == m.cause && !strings.Contains(f.Fix, m.fix) {
					t.Errorf("%q is not in the fix %q", m.fix, f.Fix)
				}
			}
			for _, f := range r.Findings {
				t.Logf("%s: %s -> %s", f.ID, f.Cause, f.Fix)
			}
		})
	}
}

// setCookies are the Set-Cookie fields of good cookies with these attributes.
func setCookies(k kit, attributes string) (out []string) {
	for _, c := range strings.Split(cookies(k.custom(cannedText("https://*/*", until))), "; ") {
		out = append(out, c+"; "+attributes)
	}
	return out
}
