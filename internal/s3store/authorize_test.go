package s3store

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

// TestEveryOperationIsGuarded sends each operation of the table as callers to
// whom nothing was granted.
func TestEveryOperationIsGuarded(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.bucket("guarded")
	w.put("guarded", "k", "v")
	for key, op := range w.front.table {
		target := map[level]string{service: "/", bucketLevel: "/guarded", objectLevel: "/guarded/k"}[key.level]
		if key.subresource != "" {
			target += "?" + key.subresource + "=x"
		}
		var headers []string
		if key.copies {
			headers = []string{"X-Amz-Copy-Source", "/guarded/k"}
		}
		if op.name == "DeleteObjects" {
			continue // decided per key: TestMultiDelete
		}
		for name, who := range map[string]Identity{"anonymous": nobody, "origin access identity": accessID, "distribution": origin} {
			if a := w.send(who, key.method, target, "", headers...); a.status != http.StatusForbidden {
				t.Errorf("%s by %s: %d %s", op.name, name, a.status, a.body)
			}
		}
		action := op.action
		write := !readAction(action)
		a := w.send(reader, key.method, target, "", headers...)
		if write != (a.status == http.StatusForbidden) || write && !strings.Contains(a.body, "is not authorized to perform: "+action+" because the access key "+reader.AccessKeyID+" is read-only") {
			t.Errorf("%s (%s) by a reader: %d %s", op.name, action, a.status, a.body)
		}
	}
}

func TestOperationTable(t *testing.T) {
	t.Parallel()
	names := map[string]bool{}
	for key, op := range newOperationTable() {
		if names[op.name] {
			t.Errorf("%s is listed twice", op.name)
		}
		names[op.name] = true
		if op.perform == nil {
			t.Errorf("%s does nothing", op.name)
		}
		if op.action == "" && op.name != "DeleteObjects" {
			t.Errorf("%s needs no permission", op.name)
		}
		if key.subresource != "" {
			found := false
			for _, s := range subresources {
				found = found || s == key.subresource
			}
			if !found {
				t.Errorf("%s is selected by %q, which is not among the sub-resources", op.name, key.subresource)
			}
		}
	}
}

func TestRouting(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.bucket("routed")
	w.put("routed", "k", "v")
	tests := []struct {
		method, target string
		status         int
		want           string
	}{
		{"GET", "/routed?acl&policy", 400, "Conflicting query string parameters: acl, policy"},
		{"GET", "/routed/k?tagging&uploadId=x", 400, "Conflicting query string parameters"},
		{"PATCH", "/routed/k", 405, "<Code>MethodNotAllowed</Code>"},
		{"DELETE", "/routed/k?acl", 405, "<ResourceType>ACL</ResourceType>"},
		{"POST", "/", 405, "<ResourceType>SERVICE</ResourceType>"},
		{"PUT", "/routed/k?partNumber=1", 400, "InvalidArgument"},
		{"GET", "/routed/k?x-id=GetObject", 200, "v"},
		{"GET", "/ro", 400, "InvalidBucketName"},
		{"GET", "/Routed/k", 400, "InvalidBucketName"},
		{"GET", "/routed-no/k", 404, "<Code>NoSuchBucket</Code><Message>The specified bucket does not exist</Message><BucketName>routed-no</BucketName>"},
		{"GET", "/routed/nope", 404, "<Code>NoSuchKey</Code><Message>The specified key does not exist.</Message><Key>nope</Key>"},
		{"POST", "/routed", 501, "does not implement PostObject"},
		{"PUT", "/routed?lifecycle", 501, "<Code>NotImplemented</Code>"},
		{"PUT", "/routed-no?lifecycle", 404, "NoSuchBucket"},
		{"GET", "/routed/k?retention", 501, "<Code>NotImplemented</Code>"},
		{"GET", "/routed?list-type=3", 400, "InvalidArgument"},
		{"GET", "/routed?encoding-type=base64", 400, "Invalid Encoding Method"},
	}
	for _, tt := range tests {
		a := w.send(root, tt.method, tt.target, "")
		if a.status != tt.status || !strings.Contains(a.body, tt.want) {
			t.Errorf("%s %s: %d %s", tt.method, tt.target, a.status, a.body)
		}
		if a.status >= 400 && (a.header.Get("Content-Type") != "application/xml" || a.header.Get("X-Amz-Request-Id") == "" || a.header.Get("X-Amz-Id-2") == "") {
			t.Errorf("%s %s: headers %v", tt.method, tt.target, a.header)
		}
	}
	if a := w.send(root, "HEAD", "/routed/nope", ""); a.status != 404 || a.body != "" {
		t.Errorf("HEAD of a missing key: %d %q", a.status, a.body)
	}
	if values := w.send(root, "GET", "/routed/k", "").header.Values("X-Amz-Request-Id"); len(values) != 1 {
		t.Errorf("request ids: %q", values)
	}
}

const (
	oaiReads = `{"Version":"2008-10-17","Id":"PolicyForCloudFrontPrivateContent","Statement":[{"Sid":" Grant a CloudFront Origin Identity access","Effect":"Allow",
  "Principal":{"AWS":"arn:aws:iam::cloudfront:user/CloudFront Origin Access Identity E1ACCESS"},"Action":"s3:GetObject","Resource":"arn:aws:s3:::granted/*"}]}`
	canonicalReads = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"CanonicalUser":"abababababababababababababababababababababababababababababababababababababababababababababababab"},
  "Action":"s3:GetObject","Resource":"arn:aws:s3:::granted/*"}]}`
	oacReads = `{"Version":"2012-10-17","Statement":{"Sid":"AllowCloudFrontServicePrincipalReadOnly","Effect":"Allow","Principal":{"Service":"cloudfront.amazonaws.com"},
  "Action":["s3:GetObject","s3:ListBucket","s3:PutObject"],"Resource":["arn:aws:s3:::granted","arn:aws:s3:::granted/*"],
  "Condition":{"StringEquals":{"AWS:SourceArn":"arn:aws:cloudfront::111122223333:distribution/E1DIST","aws:SourceAccount":"111122223333"}}}}`
)

func TestCloudFrontReads(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.bucket("granted")
	w.put("granted", "k", "v")
	tests := []struct {
		policy  string
		who     Identity
		exists  string // the error for an existing object, "" for none
		missing string
	}{
		{"", accessID, "AccessDenied", "AccessDenied"},
		{"", origin, "AccessDenied", "AccessDenied"},
		{oaiReads, accessID, "", "AccessDenied"},
		{oaiReads, origin, "AccessDenied", "AccessDenied"},
		{canonicalReads, accessID, "", "AccessDenied"},
		{oacReads, origin, "", "NoSuchKey"},
		{oacReads, other, "AccessDenied", "AccessDenied"},
		{oacReads, accessID, "AccessDenied", "AccessDenied"},
		{oacReads, alice, "", "NoSuchKey"},
	}
	for i, tt := range tests {
		if tt.policy != "" {
			w.policy("granted", tt.policy)
		}
		for key, want := range map[string]string{"k": tt.exists, "missing": tt.missing} {
			if _, failed := w.get(tt.who, "granted", key); failed != want {
				t.Errorf("%d: %s reads %s: %q, want %q", i, tt.who.AccessKeyID, key, failed, want)
			}
		}
	}
	if a := w.send(origin, "PUT", "/granted/new", "x"); a.status != 200 {
		t.Errorf("the distribution's put: %d %s", a.status, a.body)
	}
	for _, target := range []string{"/granted/k?acl", "/granted?acl", "/granted?policy", "/"} {
		if a := w.send(origin, "GET", target, ""); a.status != 403 {
			t.Errorf("the distribution reads %s: %d", target, a.status)
		}
	}
	for who, want := range map[*Identity]int{&accessID: 403, &origin: 404} {
		if a := w.send(*who, "HEAD", "/granted/missing", ""); a.status != want {
			t.Errorf("HEAD by %s: %d, want %d", who.AccessKeyID, a.status, want)
		}
	}
}

// A grant of everything does not include who is granted what.
func TestGrantsDoNotGrow(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.bucket("growing")
	w.put("growing", "k", "v")
	everything := `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"` + accessID.ARN + `","Service":"cloudfront.amazonaws.com"},
		"Action":"s3:*","Resource":["arn:aws:s3:::growing","arn:aws:s3:::growing/*"]}]}`
	w.policy("growing", everything)
	for _, who := range []Identity{accessID, origin} {
		if a := w.send(who, "PUT", "/growing/new", "x"); a.status != 200 {
			t.Errorf("put by %s: %d %s", who.AccessKeyID, a.status, a.body)
		}
		for target, body := range map[string]string{"/growing?policy": everything, "/growing?publicAccessBlock": "<PublicAccessBlockConfiguration/>"} {
			for _, method := range []string{"PUT", "GET", "DELETE"} {
				if a := w.send(who, method, target, body); a.status != 405 {
					t.Errorf("%s %s by %s: %d %s", method, target, who.AccessKeyID, a.status, a.body)
				}
			}
		}
		for _, target := range []string{"/growing?acl", "/growing/k?acl", "/another"} {
			if a := w.send(who, "PUT", target, ""); a.status != 403 {
				t.Errorf("PUT %s by %s: %d %s", target, who.AccessKeyID, a.status, a.body)
			}
		}
	}
}

func TestExplicitDeny(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.bucket("denied")
	w.put("denied", "k", "v")
	w.policy("denied", `{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Principal":"*","Action":"s3:*","Resource":["arn:aws:s3:::denied","arn:aws:s3:::denied/*"],"Condition":{"Bool":{"aws:SecureTransport":"false"}}},
		{"Effect":"Allow","Principal":{"AWS":"`+accessID.ARN+`"},"Action":"s3:GetObject","Resource":"arn:aws:s3:::denied/*"}]}`)
	for who, want := range map[*Identity]string{&alice: "AccessDenied", &accessID: "AccessDenied", &root: ""} {
		if _, failed := w.get(*who, "denied", "k"); failed != want {
			t.Errorf("%s over plain HTTP: %q, want %q", who.AccessKeyID, failed, want)
		}
	}
}

func TestConditionsSeeTheRequest(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.bucket("seen")
	tests := []struct {
		condition string
		headers   []string
		target    string
		status    int
	}{
		{`"IpAddress":{"aws:SourceIp":"127.0.0.0/8"}`, nil, "/seen?prefix=a", 200},
		{`"IpAddress":{"aws:SourceIp":"192.0.2.0/24"}`, []string{"X-Forwarded-For", "192.0.2.1"}, "/seen", 403},
		{`"StringLike":{"aws:UserAgent":"tool/*"}`, []string{"User-Agent", "tool/1"}, "/seen", 200},
		{`"StringLike":{"aws:Referer":"https://example.com/*"}`, []string{"Referer", "https://example.com/x"}, "/seen", 200},
		{`"StringEquals":{"s3:prefix":["","home/"]}`, nil, "/seen?prefix=home/", 200},
		{`"StringEquals":{"s3:prefix":["","home/"]}`, nil, "/seen?prefix=other/", 403},
		{`"NumericLessThanEquals":{"s3:max-keys":"10"}`, nil, "/seen?max-keys=10", 200},
		{`"NumericLessThanEquals":{"s3:max-keys":"10"}`, nil, "/seen?max-keys=11", 403},
		{`"DateGreaterThan":{"aws:CurrentTime":"2020-01-01T00:00:00Z"}`, nil, "/seen", 200},
		{`"StringEquals":{"s3:signatureversion":"AWS4-HMAC-SHA256","s3:authType":"REST-HEADER"}`, nil, "/seen", 200},
		{`"StringEquals":{"aws:PrincipalArn":"` + accessID.ARN + `"}`, nil, "/seen", 200},
		{`"StringEquals":{"aws:RequestedRegion":"us-east-1"}`, nil, "/seen", 200},
		{`"StringEquals":{"s3:ResourceAccount":"111122223333"}`, nil, "/seen", 200},
		{`"Null":{"aws:MultiFactorAuthAge":"true"}`, nil, "/seen", 200},
	}
	for _, tt := range tests {
		w.policy("seen", `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"AWS":"`+accessID.ARN+`"},"Action":"s3:ListBucket","Resource":"arn:aws:s3:::seen","Condition":{`+tt.condition+`}}}`)
		if a := w.send(accessID, "GET", tt.target, "", tt.headers...); a.status != tt.status {
			t.Errorf("%s, %s: %d, want %d", tt.condition, tt.target, a.status, tt.status)
		}
	}
}

func TestObjectTagCondition(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.bucket("tagged")
	for key, tags := range map[string]string{"open": "Class=public", "closed": "Class=secret"} {
		if a := w.send(root, "PUT", "/tagged/"+key, "v", "X-Amz-Tagging", tags); a.status != 200 {
			t.Fatalf("put: %d %s", a.status, a.body)
		}
	}
	w.policy("tagged", `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"AWS":"`+accessID.ARN+`"},"Action":"s3:GetObject","Resource":"arn:aws:s3:::tagged/*",
		"Condition":{"StringEquals":{"s3:ExistingObjectTag/Class":"public"}}}}`)
	for key, want := range map[string]string{"open": "", "closed": "AccessDenied", "missing": "AccessDenied"} {
		if _, failed := w.get(accessID, "tagged", key); failed != want {
			t.Errorf("%s: %q, want %q", key, failed, want)
		}
	}
}

func TestMultiDelete(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.bucket("multi")
	for _, key := range []string{"mine/1", "mine/2", "theirs"} {
		w.put("multi", key, "v")
	}
	w.policy("multi", `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"AWS":"`+accessID.ARN+`"},"Action":"s3:DeleteObject","Resource":"arn:aws:s3:::multi/mine/*"}}`)
	name := "multi"
	remove := func(who Identity, quiet bool, keys ...string) (deleted, refused int) {
		var objects []types.ObjectIdentifier
		for i := range keys {
			objects = append(objects, types.ObjectIdentifier{Key: &keys[i]})
		}
		out, err := w.as(who).DeleteObjects(context.Background(), &s3.DeleteObjectsInput{Bucket: &name, Delete: &types.Delete{Objects: objects, Quiet: &quiet}})
		w.check(err)
		for _, e := range out.Errors {
			if *e.Code != "AccessDenied" || *e.Message != "Access Denied" && (who != reader || !strings.Contains(*e.Message, "s3:DeleteObject")) {
				t.Errorf("error %s %s", *e.Code, *e.Message)
			}
		}
		return len(out.Deleted), len(out.Errors)
	}
	if deleted, refused := remove(reader, false, "mine/1", "theirs"); deleted != 0 || refused != 2 {
		t.Errorf("a reader: %d deleted, %d refused", deleted, refused)
	}
	if deleted, refused := remove(accessID, false, "mine/1", "theirs", "mine/none"); deleted != 2 || refused != 1 {
		t.Errorf("an identity: %d deleted, %d refused", deleted, refused)
	}
	if _, failed := w.get(root, "multi", "theirs"); failed != "" {
		t.Errorf("a refused delete happened: %s", failed)
	}
	if deleted, refused := remove(root, true, "mine/2", "theirs"); deleted != 0 || refused != 0 {
		t.Errorf("quietly: %d deleted, %d refused shown", deleted, refused)
	}
	if a := w.send(nobody, "POST", "/multi?delete", "<Delete><Object><Key>k</Key></Object></Delete>", "Content-MD5", "aaaaaaaaaaaaaaaaaaaaaA=="); a.status != 403 {
		t.Errorf("unsigned: %d %s", a.status, a.body)
	}
}

func TestCopyNeedsBothSides(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.bucket("from")
	w.bucket("into")
	w.put("from", "open/k", "v")
	w.put("from", "../odd", "odd")
	grant := func(bucket, action, resource string) {
		w.policy(bucket, `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"AWS":"`+accessID.ARN+`"},"Action":"`+action+`","Resource":"arn:aws:s3:::`+resource+`"}}`)
	}
	duplicate := func(who Identity, source string) int {
		return w.send(who, "PUT", "/into/k", "", "X-Amz-Copy-Source", source).status
	}
	if got := duplicate(accessID, "/from/open/k"); got != 403 {
		t.Errorf("without grants: %d", got)
	}
	grant("into", "s3:PutObject", "into/*")
	if got := duplicate(accessID, "/from/open/k"); got != 403 {
		t.Errorf("with the destination only: %d", got)
	}
	grant("from", "s3:GetObject", "from/open/*")
	for source, want := range map[string]int{
		"/from/open/k": 200, "from/open/k": 200, "from%2Fopen%2Fk": 200, "/from/open/%6b": 200, "/from/open/missing": 403,
		"/from/../odd": 403, "/from/open/../../odd": 403, "/from/open/k?versionId=x": 403, "/from": 400, "/from/": 400,
	} {
		if got := duplicate(accessID, source); got != want {
			t.Errorf("%s: %d, want %d", source, got, want)
		}
	}
	if got := duplicate(root, "/from/../odd"); got != 200 {
		t.Errorf("a key of dots: %d", got)
	}
	if body, _ := w.get(root, "into", "k"); body != "odd" {
		t.Errorf("the copy holds %q", body)
	}
}

func TestExpectedOwner(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.bucket("owned")
	for owner, want := range map[string]int{testAccount: 200, "999999999999": 403} {
		if a := w.send(root, "GET", "/owned", "", "X-Amz-Expected-Bucket-Owner", owner); a.status != want {
			t.Errorf("%s: %d, want %d", owner, a.status, want)
		}
	}
}
