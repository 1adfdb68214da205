package edge

import (
	"context"
	"encoding/json"
	"strings"
	"testing"

	"github.com/warmfront/warmfront/internal/accesslog"
	"github.com/warmfront/warmfront/signedurl"
)

func TestAccessLog(t *testing.T) {
	t.Parallel()
	w := private(t, Options{POP: "FRA50-C1"}, nil)
	signed := w.sign("/private/x?q=1", signedurl.Policy{})
	w.do(get(signed, "User-Agent", "curl/8", "Referer", "https://"+host+signed, "Cookie", "CloudFront-Signature=topsecret"))
	w.do(get(strings.Replace(signed, "/x", "/y", 1)))
	w.do(get("/x").plain().method("POST"))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	w.edge.deps.Access.Run(ctx)
	lines := strings.Split(strings.TrimSpace(w.log.b.String()), "\n")
	if len(lines) != 3 {
		t.Fatalf("%d lines", len(lines))
	}
	for _, secret := range []string{"Signature", "Policy", "topsecret"} {
		if strings.Contains(w.log.b.String(), secret) {
			t.Errorf("the log holds %s", secret)
		}
	}
	want := []map[string]any{
		{
			"date-time": "2026-11-24T12:00:00.000Z", "x-edge-location": "FRA50-C1", "sc-status": 200.0, "sc-bytes": 14.0, "c-ip": "198.51.100.7", "cs-method": "GET", "cs(Host)": host,
			"x-host-header": host, "cs-uri-stem": "/private/x", "cs-uri-query": "q=1", "cs(User-Agent)": "curl/8", "cs(Referer)": "https://" + host + "/private/x?q=1", "x-edge-result-type": "Miss",
			"key-pair-id": "APKATEST", "distribution-id": "E1", "cs-protocol": "https", "cs-protocol-version": "HTTP/1.1", "ssl-protocol": "TLS 1.3", "ssl-cipher": "TLS_AES_128_GCM_SHA256",
			"cache-behavior-path-pattern": "/private/*", "origin-status": 200.0, "origin-id": "o", "c-port": 40000.0, "cache-key-inputs": " query",
		},
		{"sc-status": 403.0, "x-edge-result-type": "Error", "refusal-reason": "signature-mismatch", "key-pair-id": "APKATEST", "cs-uri-query": "q=1"},
		{"sc-status": 403.0, "x-edge-detailed-result-type": "InvalidRequestMethod", "cs-protocol": "http"},
	}
	for i, line := range lines {
		var got map[string]any
		if err := json.Unmarshal([]byte(line), &got); err != nil {
			t.Fatal(err)
		}
		for name, value := range want[i] {
			if got[name] != value {
				t.Errorf("line %d: %s is %v, want %v", i, name, got[name], value)
			}
		}
	}
	var r accesslog.Record
	if r.Text(accesslog.Method) != "" {
		t.Error("an empty record has text")
	}
}
