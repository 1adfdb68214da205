package spec

import (
	"crypto"
	"fmt"
	"io"
	"net/netip"
	"os"
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
//	[!] ops METHOD PATH [FILE]      calls Warmfront's own endpoint; sets $ID and answer
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
//
// A file test-clock in the archive lets clients move it, too, by ops POST /clock.
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
	"ops":          cmdOps,
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
	w := of(ts)
	w.node.Advance(w.clock, d)
}
