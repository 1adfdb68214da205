package edge

import (
	"crypto/tls"
	"net/netip"
	"strconv"
	"strings"
)

// generatedHeader returns a CloudFront-… field about the viewer that can be told truthfully
// (Developer Guide, "Add CloudFront request headers"). Those that need a location are absent.
func (x *exchange) generatedHeader(name string) (string, bool) {
	switch name {
	case "cloudfront-forwarded-proto":
		return x.scheme(), true
	case "cloudfront-viewer-address":
		return netip.AddrPortFrom(x.req.Peer.Addr().Unmap(), x.req.Peer.Port()).String(), true
	case "cloudfront-viewer-http-version":
		return strings.TrimPrefix(x.req.Proto.String(), "HTTP/"), true
	case "cloudfront-viewer-header-count":
		return strconv.Itoa(x.headers.count), true
	case "cloudfront-viewer-header-order":
		return x.headerOrder(), true
	case "cloudfront-viewer-tls":
		if x.req.TLS == nil {
			return "", false
		}
		return strings.ReplaceAll(tls.VersionName(x.req.TLS.Version), "TLS ", "TLSv") + ":" + x.e.ciphers[x.req.TLS.Cipher], true
	}
	return device(name, x.headers.userAgent)
}

// headerOrder lists the viewer's field names, at most 7,680 characters.
func (x *exchange) headerOrder() string {
	var b strings.Builder
	x.req.Header.All(func(name, _ string) bool {
		if b.Len()+1+len(name) > 7680 {
			return false
		}
		if b.Len() > 0 {
			b.WriteByte(':')
		}
		b.WriteString(name)
		return true
	})
	return b.String()
}

// device answers the CloudFront-Is-…-Viewer questions from the User-Agent. A viewer that is no
// phone, tablet or television is a desktop.
func device(name, userAgent string) (string, bool) {
	ua := strings.ToLower(userAgent)
	has := func(words ...string) bool {
		for _, w := range words {
			if strings.Contains(ua, w) {
				return true
			}
		}
		return false
	}
	android := has("android")
	tv := has("smart-tv", "smarttv", "appletv", "apple tv", "googletv", "hbbtv", "bravia", "roku", "crkey", "aft", "tizen", "web0s") && !has("mobile")
	tablet := !tv && (has("ipad", "tablet", "kindle", "silk/") || android && !has("mobile"))
	phone := !tv && !tablet && (has("iphone", "ipod", "mobile", "windows phone") || android)
	var yes bool
	switch name {
	case "cloudfront-is-android-viewer":
		yes = android
	case "cloudfront-is-ios-viewer":
		yes = has("iphone", "ipad", "ipod")
	case "cloudfront-is-smarttv-viewer":
		yes = tv
	case "cloudfront-is-tablet-viewer":
		yes = tablet
	case "cloudfront-is-mobile-viewer":
		yes = phone
	case "cloudfront-is-desktop-viewer":
		yes = !tv && !tablet && !phone
	default:
		return "", false
	}
	return strconv.FormatBool(yes), true
}
