package spec

import (
	"crypto"
	"encoding/xml"
	"fmt"
	"html"
	"io"
	"net/http"
	"net/netip"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/warmfront/warmfront/internal/nodetest"
	"github.com/warmfront/warmfront/signedurl"
)

// commands of scripts:
//
//	origin NAME                     starts an origin; $NAME is its port
//	NAME replies FILE [TARGET]      (o1, o2) scripts its answers, to TARGET or to all requests
//	bucket NAME                     makes a bucket
//	put BUCKET/KEY FILE [HEADER VALUE]…   stores an object
//	policy BUCKET FILE              puts a bucket policy; $arn is the distribution's
//	api METHOD PATH [FILE] [IF-MATCH]     calls the management API; sets answer.xml and, for
//	                                each element Id, S3CanonicalUserId, ARN: $Id, …
//	s3 METHOD TARGET [FILE]         calls the store; the answer is then expected like a viewer's
//	key NAME / keypair NAME         makes a public key / legacy key pair; $NAME is its id
//	distribution FILE               creates a distribution and waits until it is deployed;
//	                                $domain, $id, $arn
//	update FILE                     updates it and waits
//	invalidate PATH…                invalidates and waits until completed
//	viewer [clear] METHOD TARGET [HEADER VALUE]…   sends a request, to $domain unless Host says else
//	sign VAR KEY PATH [expires=+1h] [starts=…] [ip=…] [resource=…] [sha256]   $VAR is the signed target
//	cookies VAR KEY …               likewise, a Cookie header value
//	expect [no] …                   status N | header NAME VALUE | header-matches NAME REGEXP | body TEXT | body-file FILE |
//	                                contains TEXT | NAME requests N | NAME header F V | NAME target T
//	clock +61s                      moves the node's clock
var commands = map[string]func(*testscript.TestScript, bool, []string){
	"origin":       cmdOrigin,
	"o1":           func(ts *testscript.TestScript, neg bool, args []string) { cmdReplies(ts, "o1", args) },
	"o2":           func(ts *testscript.TestScript, neg bool, args []string) { cmdReplies(ts, "o2", args) },
	"bucket":       cmdBucket,
	"put":          cmdPut,
	"policy":       cmdPolicy,
	"api":          cmdAPI,
	"s3":           cmdS3,
	"key":          cmdKey,
	"keypair":      cmdKeypair,
	"distribution": cmdDistribution,
	"update":       cmdUpdate,
	"invalidate":   cmdInvalidate,
	"viewer":       cmdViewer,
	"sign":         func(ts *testscript.TestScript, _ bool, args []string) { cmdSign(ts, args, false) },
	"cookies":      func(ts *testscript.TestScript, _ bool, args []string) { cmdSign(ts, args, true) },
	"expect":       cmdExpect,
	"clock":        cmdClock,
}

func want(ts *testscript.TestScript, ok bool, usage string) {
	if !ok {
		ts.Fatalf("usage: %s", usage)
	}
}

// file reads a file of the script with $names replaced, without the line feed with which the
// archive ends every file.
func file(ts *testscript.TestScript, name string) []byte {
	data, err := os.ReadFile(ts.MkAbs(name))
	ts.Check(err)
	return []byte(strings.TrimSuffix(os.Expand(string(data), ts.Getenv), "\n"))
}

func cmdOrigin(ts *testscript.TestScript, _ bool, args []string) {
	want(ts, len(args) == 1, "origin NAME")
	w := of(ts)
	o := nodetest.NewOrigin(w.t)
	w.origins[args[0]] = o
	ts.Setenv(args[0], strconv.Itoa(o.Port))
}

func cmdReplies(ts *testscript.TestScript, name string, args []string) {
	want(ts, len(args) >= 2 && args[0] == "replies", name+" replies FILE [TARGET]")
	target := ""
	if len(args) > 2 {
		target = args[2]
	}
	of(ts).origins[name].Reply(target, file(ts, args[1]))
}

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

func cmdViewer(ts *testscript.TestScript, _ bool, args []string) {
	w := of(ts)
	scheme, port, client := "https", w.node.HTTPSPort, w.node.Viewer(w.t, w.protocol)
	if len(args) > 0 && args[0] == "clear" {
		args = args[1:]
		scheme, port, client = "http", w.node.HTTPPort, w.node.Viewer(w.t, nodetest.HTTP1)
	}
	want(ts, len(args) >= 2 && len(args)%2 == 0, "viewer [clear] METHOD TARGET [HEADER VALUE]...")
	host := fmt.Sprintf("%s:%d", w.domain, port)
	for i := 2; i < len(args); i += 2 {
		if args[i] == "Host" {
			host = fmt.Sprintf("%s:%d", args[i+1], port)
		}
	}
	req, err := nodetest.NewRequest(args[0], scheme, host, args[1])
	ts.Check(err)
	for i := 2; i < len(args); i += 2 {
		switch args[i] {
		case "Host":
		case "Body":
			req.Body, req.ContentLength = io.NopCloser(strings.NewReader(args[i+1])), int64(len(args[i+1]))
		default:
			req.Header.Add(args[i], args[i+1])
		}
	}
	w.resp, err = client.Do(req)
	ts.Check(err)
	defer w.resp.Body.Close()
	w.body, err = io.ReadAll(w.resp.Body)
	ts.Check(err)
}

func cmdSign(ts *testscript.TestScript, args []string, cookies bool) {
	want(ts, len(args) >= 3, "sign VAR KEY PATH [expires=+1h] [starts=T] [ip=NET] [resource=PATTERN] [canned] [sha256]")
	w := of(ts)
	signer := &signedurl.Signer{KeyID: args[1], PrivateKey: w.signingKey(args[1])}
	base := fmt.Sprintf("https://%s:%d", w.domain, w.node.HTTPSPort)
	p := signedurl.Policy{Expires: w.clock.Now().Add(time.Hour)}
	for _, option := range args[3:] {
		name, value, _ := strings.Cut(option, "=")
		var err error
		switch name {
		case "expires":
			p.Expires, err = w.parseOffset(value)
		case "starts":
			p.Starts, err = w.parseOffset(value)
		case "ip":
			p.SourceIP, err = netip.ParsePrefix(value)
		case "resource":
			p.Resource = strings.ReplaceAll(value, "BASE", base)
		case "canned":
			p.Canned = true
		case "sha256":
			signer.Hash = signedurl.SHA256
		default:
			ts.Fatalf("sign: unknown option %s", option)
		}
		ts.Check(err)
	}
	if cookies {
		if p.Resource == "" {
			p.Resource = base + args[2]
		}
		made, err := signer.SignCookies(p)
		ts.Check(err)
		var pairs []string
		for _, c := range made {
			pairs = append(pairs, c.Name+"="+c.Value)
		}
		ts.Setenv(args[0], strings.Join(pairs, "; "))
		return
	}
	signed, err := signer.SignURL(base+args[2], p)
	ts.Check(err)
	ts.Setenv(args[0], strings.TrimPrefix(signed, base))
}

// signingKey is the private half of a key, or the shared one for ids nobody registered.
func (w *world) signingKey(id string) crypto.Signer {
	if key, ok := w.keys[id]; ok {
		return key
	}
	key, err := testKey()
	if err != nil {
		w.t.Fatal(err)
	}
	return key
}

func cmdClock(ts *testscript.TestScript, _ bool, args []string) {
	want(ts, len(args) == 1, "clock +61s")
	d, err := time.ParseDuration(args[0])
	ts.Check(err)
	of(ts).clock.Advance(d)
}

func cmdExpect(ts *testscript.TestScript, _ bool, args []string) {
	w := of(ts)
	no := len(args) > 0 && args[0] == "no"
	if no {
		args = args[1:]
	}
	want(ts, len(args) >= 2, "expect [no] status|header|body|body-file|contains|ORIGIN ...")
	switch {
	case w.origins[args[0]] != nil:
		w.expectOrigin(ts, args[0], no, args[1:])
	case args[0] == "status":
		equal(ts, "status", strconv.Itoa(w.resp.StatusCode), args[1], no)
	case args[0] == "header" && no:
		if got, ok := w.resp.Header[http.CanonicalHeaderKey(args[1])]; ok && (len(args) == 2 || got[0] == args[2]) {
			ts.Fatalf("header %s is %q", args[1], got)
		}
	case args[0] == "header-matches":
		got := strings.Join(w.resp.Header.Values(args[1]), ", ")
		if matched, err := regexp.MatchString(args[2], got); err != nil || matched == no {
			ts.Fatalf("header %s is %q (no=%v), %v", args[1], got, no, err)
		}
	case args[0] == "header":
		equal(ts, args[1], strings.Join(w.resp.Header.Values(args[1]), ", "), args[2], false)
	case args[0] == "body":
		equal(ts, "body", string(w.body), args[1], no)
	case args[0] == "body-file":
		equal(ts, "body", string(w.body), string(file(ts, args[1])), no)
	case args[0] == "contains":
		if strings.Contains(string(w.body), args[1]) == no {
			ts.Fatalf("body (no=%v) contains %q: %s", no, args[1], w.body)
		}
	default:
		ts.Fatalf("expect %s: unknown", args[0])
	}
}

func (w *world) expectOrigin(ts *testscript.TestScript, name string, no bool, args []string) {
	requests := w.origins[name].Requests()
	if args[0] == "requests" {
		equal(ts, name+" requests", strconv.Itoa(len(requests)), args[1], no)
		return
	}
	if len(requests) == 0 {
		ts.Fatalf("%s was never asked", name)
	}
	last := requests[len(requests)-1]
	switch args[0] {
	case "header":
		got, ok := last.Header[http.CanonicalHeaderKey(args[1])]
		switch {
		case no && ok && (len(args) == 2 || got[0] == args[2]):
			ts.Fatalf("%s was sent %s: %q", name, args[1], got)
		case !no:
			equal(ts, name+" "+args[1], strings.Join(got, ", "), args[2], false)
		}
	case "target":
		equal(ts, name+" target", last.Target, args[1], no)
	case "method":
		equal(ts, name+" method", last.Method, args[1], no)
	case "host":
		equal(ts, name+" host", last.Host, args[1], no)
	case "body":
		equal(ts, name+" body", string(last.Body), args[1], no)
	default:
		ts.Fatalf("expect %s %s: unknown", name, args[0])
	}
}

func equal(ts *testscript.TestScript, what, got, wanted string, no bool) {
	if (got == wanted) == no {
		ts.Fatalf("%s is %q, want (not=%v) %q in %s", what, got, no, wanted, filepath.Base(ts.Name()))
	}
}
