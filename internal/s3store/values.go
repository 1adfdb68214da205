package s3store

import (
	"crypto/tls"
	"net"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/warmfront/warmfront/internal/sigv4"
)

// conditionValues fills a policy's condition key, given in lower case, for one
// permission (IAM User Guide, "AWS global condition context keys"; Service
// Authorization Reference, "Condition keys for Amazon S3").
func (c *call) conditionValues(key string, p permission) []string {
	if rest, ok := strings.CutPrefix(key, "aws:"); ok {
		return c.globalValues(rest)
	}
	rest := strings.TrimPrefix(key, "s3:")
	switch {
	case rest == "prefix" || rest == "delimiter" || rest == "max-keys":
		return c.queryValue(rest)
	case rest == "versionid":
		return nonEmpty(p.version)
	case rest == "resourceaccount":
		return []string{c.front.o.AccountID}
	case rest == "tlsversion":
		return c.tlsVersion()
	case rest == "requestobjecttagkeys", strings.HasPrefix(rest, "requestobjecttag/"):
		return c.requestTags(rest)
	case strings.HasPrefix(rest, "existingobjecttag/"):
		return c.existingTag(strings.TrimPrefix(rest, "existingobjecttag/"), p)
	case strings.HasPrefix(rest, "x-amz-"), rest == "if-match", rest == "if-none-match":
		return nonEmpty(c.Get(rest))
	case strings.HasPrefix(rest, "object-lock-"):
		return nonEmpty(c.Get("x-amz-" + rest))
	default:
		return c.signatureValues(rest)
	}
}

func (c *call) globalValues(key string) []string {
	id := &c.identity
	switch key {
	case "currenttime":
		return []string{c.now.UTC().Format(time.RFC3339)}
	case "epochtime":
		return []string{strconv.FormatInt(c.now.Unix(), 10)}
	case "securetransport":
		return []string{strconv.FormatBool(c.RequestCtx().IsTLS() || c.inProcess())}
	case "sourceip":
		return c.sourceIP()
	case "useragent":
		return nonEmpty(c.Get("User-Agent"))
	case "referer":
		return nonEmpty(c.Get("Referer"))
	case "resourceaccount":
		return []string{c.front.o.AccountID}
	case "viaawsservice":
		return []string{"false"}
	case "requestedregion":
		if c.auth != nil {
			return nonEmpty(c.auth.Region)
		}
		return nil
	case "principalisawsservice":
		return []string{strconv.FormatBool(id.Kind == DistributionOrigin)}
	}
	if id.Kind == DistributionOrigin {
		switch key {
		case "sourcearn":
			return nonEmpty(id.ARN)
		case "sourceaccount":
			return []string{c.front.o.AccountID}
		case "principalservicename":
			return []string{cloudFront}
		}
		return nil
	}
	return c.principalValues(key)
}

func (c *call) principalValues(key string) []string {
	id := &c.identity
	switch key {
	case "principalarn":
		return nonEmpty(id.ARN)
	case "principalaccount":
		if id.member() {
			return []string{c.front.o.AccountID}
		}
	case "principaltype":
		switch id.Kind {
		case Root:
			return []string{"Account"}
		case User, OriginAccessIdentity:
			return []string{"User"}
		default:
			return []string{"Anonymous"}
		}
	case "userid":
		if id.member() {
			return nonEmpty(id.AccessKeyID)
		}
		if id.Kind == 0 {
			return []string{"anonymous"}
		}
	case "username":
		if id.Kind == User {
			return nonEmpty(id.ARN[strings.LastIndexByte(id.ARN, '/')+1:])
		}
	}
	return nil
}

func (c *call) signatureValues(key string) []string {
	a := c.auth
	if a == nil {
		return nil
	}
	switch key {
	case "signatureversion":
		if a.Form == sigv4.QueryV2 {
			return []string{"AWS"}
		}
		return []string{"AWS4-HMAC-SHA256"}
	case "authtype":
		if a.Form == sigv4.HeaderV4 {
			return []string{"REST-HEADER"}
		}
		return []string{"REST-QUERY-STRING"}
	case "signatureage":
		if !a.Time.IsZero() {
			return []string{strconv.FormatInt(c.now.Sub(a.Time).Milliseconds(), 10)}
		}
	}
	return nil
}

// inProcess reports whether the caller is the edge in this process: what crosses no network is
// as safe from it as TLS, and buckets commonly deny everything else.
func (c *call) inProcess() bool {
	_, network := c.RequestCtx().RemoteAddr().(*net.TCPAddr)
	return !network
}

func (c *call) sourceIP() []string {
	if addr, ok := c.RequestCtx().RemoteAddr().(*net.TCPAddr); ok {
		return []string{addr.IP.String()}
	}
	return nil
}

func (c *call) tlsVersion() []string {
	state := c.RequestCtx().TLSConnectionState()
	if state == nil {
		return nil
	}
	return []string{strings.TrimPrefix(tls.VersionName(state.Version), "TLS ")}
}

func (c *call) queryValue(name string) []string {
	if !c.has(name) {
		return nil
	}
	return []string{c.Query(name)}
}

// requestTags reads the tags a request brings for its object.
func (c *call) requestTags(key string) []string {
	tags, err := url.ParseQuery(c.Get("X-Amz-Tagging"))
	if err != nil {
		return nil
	}
	var out []string
	for name, values := range tags {
		if key == "requestobjecttagkeys" {
			out = append(out, name)
		} else if strings.EqualFold("requestobjecttag/"+name, key) {
			out = append(out, values...)
		}
	}
	return out
}

// existingTag reads a tag of the object in question.
func (c *call) existingTag(name string, p permission) []string {
	if p.key == "" {
		return nil
	}
	tags, err := c.front.store.GetObjectTagging(c.RequestCtx(), p.bucket, p.key, p.version)
	if err != nil {
		return nil
	}
	for key, value := range tags {
		if strings.EqualFold(key, name) {
			return []string{value}
		}
	}
	return nil
}

func nonEmpty(s string) []string {
	if s == "" {
		return nil
	}
	return []string{s}
}
