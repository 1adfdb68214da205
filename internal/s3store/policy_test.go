package s3store

import (
	"strings"
	"testing"
)

const openToAll = `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":"*","Action":"s3:GetObject","Resource":"arn:aws:s3:::open/*"}}`

const allOff = `<PublicAccessBlockConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><BlockPublicAcls>false</BlockPublicAcls>` +
	`<IgnorePublicAcls>false</IgnorePublicAcls><BlockPublicPolicy>false</BlockPublicPolicy><RestrictPublicBuckets>false</RestrictPublicBuckets></PublicAccessBlockConfiguration>`

func TestPublicAccessBlock(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.bucket("open")
	w.put("open", "k", "v")
	read := func() int { return w.send(nobody, "GET", "/open/k", "").status }
	expect := func(step string, a answer, status int, want string) {
		t.Helper()
		if a.status != status || !strings.Contains(a.body, want) {
			t.Errorf("%s: %d %s, want %d %s", step, a.status, a.body, status, want)
		}
	}
	expect("a new bucket", w.send(root, "GET", "/open?publicAccessBlock", ""), 200,
		"<BlockPublicAcls>true</BlockPublicAcls><IgnorePublicAcls>true</IgnorePublicAcls><BlockPublicPolicy>true</BlockPublicPolicy><RestrictPublicBuckets>true</RestrictPublicBuckets>")
	expect("a public policy", w.send(root, "PUT", "/open?policy", openToAll), 403, "AccessDenied")
	expect("no policy", w.send(root, "GET", "/open?policy", ""), 404, "<Code>NoSuchBucketPolicy</Code>")

	expect("public policies allowed", w.send(root, "PUT", "/open?publicAccessBlock", strings.Replace(allOff, "<RestrictPublicBuckets>false", "<RestrictPublicBuckets>true", 1)), 200, "")
	expect("a public policy", w.send(root, "PUT", "/open?policy", openToAll), 204, "")
	expect("status", w.send(root, "GET", "/open?policyStatus", ""), 200, "<IsPublic>true</IsPublic>")
	if got := read(); got != 403 {
		t.Errorf("unsigned read of a restricted bucket: %d", got)
	}
	if _, failed := w.get(accessID, "open", "k"); failed != "" {
		t.Errorf("an identity's read of a restricted bucket: %s", failed)
	}
	expect("all off", w.send(root, "PUT", "/open?publicAccessBlock", allOff), 200, "")
	if got := read(); got != 200 {
		t.Errorf("unsigned read of an open bucket: %d", got)
	}
	if a := w.send(nobody, "GET", "/open/missing", ""); a.status != 403 {
		t.Errorf("unsigned read of a missing key: %d", a.status)
	}
	if a := w.send(nobody, "GET", "/open/k?response-content-type=text/html", ""); a.status != 400 {
		t.Errorf("unsigned override of headers: %d", a.status)
	}
	if a := w.send(nobody, "PUT", "/open/k", "x"); a.status != 403 {
		t.Errorf("unsigned write: %d", a.status)
	}
	expect("removed", w.send(root, "DELETE", "/open?publicAccessBlock", ""), 204, "")
	expect("none", w.send(root, "GET", "/open?publicAccessBlock", ""), 404, "<Code>NoSuchPublicAccessBlockConfiguration</Code>")
	expect("nonsense", w.send(root, "PUT", "/open?publicAccessBlock", "<x/>"), 400, "<Code>MalformedXML</Code>")
}

// TestIncarnation: a bucket deleted and made again is as closed as any new one.
func TestIncarnation(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.bucket("open")
	w.send(root, "PUT", "/open?publicAccessBlock", allOff)
	w.policy("open", openToAll)
	if a := w.send(root, "DELETE", "/open", ""); a.status != 204 {
		t.Fatalf("delete: %d", a.status)
	}
	w.bucket("open")
	w.put("open", "k", "v")
	if a := w.send(nobody, "GET", "/open/k", ""); a.status != 403 {
		t.Errorf("unsigned read: %d", a.status)
	}
	if a := w.send(root, "GET", "/open?policy", ""); a.status != 404 {
		t.Errorf("the old policy is there: %d", a.status)
	}
}

func TestPolicyDocument(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.bucket("granted")
	if a := w.send(root, "PUT", "/granted?policy", oaiReads); a.status != 204 {
		t.Fatalf("put: %d %s", a.status, a.body)
	}
	if a := w.send(root, "GET", "/granted?policy", ""); a.body != oaiReads || a.header.Get("Content-Type") != "application/json" {
		t.Errorf("the policy came back as %s %q", a.header.Get("Content-Type"), a.body)
	}
	if a := w.send(root, "GET", "/granted?policyStatus", ""); !strings.Contains(a.body, "<IsPublic>false</IsPublic>") {
		t.Errorf("status: %s", a.body)
	}
	for document, want := range map[string]string{
		"":  "Policies must be valid JSON and the first byte must be '{'",
		"x": "Policies must be valid JSON and the first byte must be '{'",
		strings.Replace(oaiReads, "E1ACCESS", "E2GONE", 1):                 "Invalid principal in policy",
		strings.Replace(canonicalReads, "abab", "cdcd", 1):                 "Invalid principal in policy",
		strings.Replace(oaiReads, ":::granted/*", ":::other/*", 1):         "Policy has invalid resource",
		strings.Replace(oacReads, "s3:GetObject", "s3:Teleport", 1):        "Policy has invalid action",
		strings.Replace(oaiReads, "{", "{"+strings.Repeat(" ", 20<<10), 1): "Policy exceeds the maximum allowed document size.",
	} {
		a := w.send(root, "PUT", "/granted?policy", document)
		if a.status != 400 || !strings.Contains(a.body, "<Code>MalformedPolicy</Code>") || !strings.Contains(strings.ReplaceAll(a.body, "&#39;", "'"), want) {
			t.Errorf("%.60q: %d %s, want %q", document, a.status, a.body, want)
		}
	}
	if a := w.send(root, "GET", "/granted?policy", ""); a.body != oaiReads {
		t.Error("a refused policy replaced the one before")
	}
	if a := w.send(root, "DELETE", "/granted?policy", ""); a.status != 204 {
		t.Errorf("delete: %d", a.status)
	}
	if _, failed := w.get(accessID, "granted", "k"); failed != "AccessDenied" {
		t.Errorf("after the policy is gone: %s", failed)
	}
}
