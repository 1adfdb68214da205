package spec

import (
	"encoding/xml"
	"fmt"
	"html"
	"net/http"
	"strings"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

func cmdBucket(ts *testscript.TestScript, _ bool, args []string) {
	want(ts, len(args) == 1, "bucket NAME")
	if status, _, answer := of(ts).apiAny(ts, "s3", "PUT", "/"+args[0], "", nil); status != 200 {
		ts.Fatalf("bucket %s: %d %s", args[0], status, answer)
	}
}

func cmdPut(ts *testscript.TestScript, _ bool, args []string) {
	want(ts, len(args) == 2, "put BUCKET/KEY FILE")
	if status, _, answer := of(ts).apiAny(ts, "s3", "PUT", "/"+args[0], "", file(ts, args[1])); status != 200 {
		ts.Fatalf("put %s: %d %s", args[0], status, answer)
	}
}

func cmdPolicy(ts *testscript.TestScript, _ bool, args []string) {
	want(ts, len(args) == 2, "policy BUCKET FILE")
	if status, _, answer := of(ts).apiAny(ts, "s3", "PUT", "/"+args[0]+"?policy=", "", file(ts, args[1])); status != 204 {
		ts.Fatalf("policy %s: %d %s", args[0], status, answer)
	}
}

func cmdS3(ts *testscript.TestScript, _ bool, args []string) {
	want(ts, len(args) >= 2, "s3 METHOD TARGET [FILE]")
	var body []byte
	if len(args) > 2 {
		body = file(ts, args[2])
	}
	w := of(ts)
	status, header, answer := w.apiAny(ts, "s3", args[0], args[1], "", body)
	w.resp, w.body = &http.Response{StatusCode: status, Header: header}, answer
}

func cmdAPI(ts *testscript.TestScript, neg bool, args []string) {
	want(ts, len(args) >= 2, "api METHOD PATH [FILE] [IF-MATCH]")
	var body []byte
	ifMatch := ""
	if len(args) > 2 && args[2] != "-" {
		body = file(ts, args[2])
	}
	if len(args) > 3 {
		ifMatch = args[3]
	}
	w := of(ts)
	status, header, answer := w.apiAny(ts, "cloudfront", args[0], "/2020-05-31"+args[1], ifMatch, body)
	if (status >= 300) != neg {
		ts.Fatalf("%s %s: %d %s", args[0], args[1], status, answer)
	}
	w.resp, w.body = &http.Response{StatusCode: status, Header: header}, answer
	ts.Setenv("ETag", header.Get("ETag"))
	for _, name := range []string{"Id", "S3CanonicalUserId", "ARN"} {
		if value, ok := element(answer, name); ok {
			ts.Setenv(name, value)
		}
	}
}

// element finds the text of the first element with a local name.
func element(doc []byte, name string) (string, bool) {
	dec := xml.NewDecoder(strings.NewReader(string(doc)))
	for {
		token, err := dec.Token()
		if err != nil {
			return "", false
		}
		if start, ok := token.(xml.StartElement); ok && start.Name.Local == name {
			var text string
			return text, dec.DecodeElement(&text, &start) == nil
		}
	}
}

func cmdKey(ts *testscript.TestScript, _ bool, args []string) {
	want(ts, len(args) == 1, "key NAME")
	w := of(ts)
	private, err := testKey()
	ts.Check(err)
	public, err := publicPEM(private)
	ts.Check(err)
	_, answer := w.api(ts, "POST", "/public-key", "", fmt.Appendf(nil,
		"<PublicKeyConfig><CallerReference>%[1]s</CallerReference><Name>%[1]s</Name><EncodedKey>%[2]s</EncodedKey></PublicKeyConfig>", args[0], html.EscapeString(public)))
	id, _ := element(answer, "Id")
	w.keys[id] = private
	ts.Setenv(args[0], id)
}

func cmdKeypair(ts *testscript.TestScript, _ bool, args []string) {
	want(ts, len(args) == 1, "keypair NAME")
	w := of(ts)
	private, err := testKey()
	ts.Check(err)
	public, err := publicPEM(private)
	ts.Check(err)
	status, _, answer := w.apiAny(ts, "warmfront", "POST", "/_warmfront/v1/key-pairs", "", fmt.Appendf(nil, `{"publicKey":%q}`, public))
	if status >= 300 {
		ts.Fatalf("key pair: %d %s", status, answer)
	}
	_, rest, _ := strings.Cut(string(answer), `"id":"`)
	id, _, _ := strings.Cut(rest, `"`)
	w.keys[id] = private
	ts.Setenv(args[0], id)
}

func cmdDistribution(ts *testscript.TestScript, _ bool, args []string) {
	want(ts, len(args) == 1, "distribution FILE")
	w := of(ts)
	header, answer := w.api(ts, "POST", "/distribution", "", file(ts, args[0]))
	w.distribution, _ = element(answer, "Id")
	w.domain, _ = element(answer, "DomainName")
	arn, _ := element(answer, "ARN")
	w.etag = header.Get("ETag")
	ts.Setenv("id", w.distribution)
	ts.Setenv("domain", w.domain)
	ts.Setenv("arn", arn)
	w.await(ts, "/distribution/"+w.distribution, "Deployed")
}

func cmdUpdate(ts *testscript.TestScript, _ bool, args []string) {
	want(ts, len(args) == 1, "update FILE")
	w := of(ts)
	header, _ := w.api(ts, "PUT", "/distribution/"+w.distribution+"/config", w.etag, file(ts, args[0]))
	w.etag = header.Get("ETag")
	w.await(ts, "/distribution/"+w.distribution, "Deployed")
}

func cmdInvalidate(ts *testscript.TestScript, _ bool, args []string) {
	w := of(ts)
	var b strings.Builder
	fmt.Fprintf(&b, "<InvalidationBatch><CallerReference>%d</CallerReference><Paths><Quantity>%d</Quantity><Items>", time.Now().UnixNano(), len(args))
	for _, path := range args {
		fmt.Fprintf(&b, "<Path>%s</Path>", html.EscapeString(path))
	}
	b.WriteString("</Items></Paths></InvalidationBatch>")
	_, answer := w.api(ts, "POST", "/distribution/"+w.distribution+"/invalidation", "", []byte(b.String()))
	id, _ := element(answer, "Id")
	w.await(ts, "/distribution/"+w.distribution+"/invalidation/"+id, "Completed")
}

// await asks until a resource has a status; each question holds until receipts are in.
func (w *world) await(ts *testscript.TestScript, path, status string) {
	for range 20 {
		_, answer := w.api(ts, "GET", path, "", nil)
		if got, _ := element(answer, "Status"); got == status {
			return
		}
	}
	ts.Fatalf("%s did not become %s", path, status)
}

// cmdOps calls Warmfront's own endpoint. $in1h and $in2h in the file are times by the
// script's clock.
func cmdOps(ts *testscript.TestScript, neg bool, args []string) {
	want(ts, len(args) >= 2, "ops METHOD PATH [FILE]")
	w := of(ts)
	var body []byte
	if len(args) > 2 {
		for name, d := range map[string]time.Duration{"in1h": time.Hour, "in2h": 2 * time.Hour} {
			ts.Setenv(name, w.clock.Now().Add(d).UTC().Format(time.RFC3339))
		}
		body = file(ts, args[2])
	}
	status, header, answer := w.apiAny(ts, "warmfront", args[0], "/_warmfront/v1"+args[1], "", body)
	if (status >= 300) != neg {
		ts.Fatalf("%s %s: %d %s", args[0], args[1], status, answer)
	}
	for args[0] == "POST" && strings.Contains(string(answer), `"inForce":false`) { // an edge is slow
		_, rest, _ := strings.Cut(string(answer), `"id":"`)
		id, _, _ := strings.Cut(rest, `"`)
		_, _, answer = w.apiAny(ts, "warmfront", "GET", "/_warmfront/v1/revocations/"+id, "", nil)
	}
	w.resp, w.body = &http.Response{StatusCode: status, Header: header}, answer
	if _, rest, ok := strings.Cut(string(answer), `"id":"`); ok {
		id, _, _ := strings.Cut(rest, `"`)
		ts.Setenv("ID", id)
	}
}
