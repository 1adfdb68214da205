package conformance

import (
	"encoding/json"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/warmfront/warmfront/signedurl"
	"github.com/warmfront/warmfront/test/harness"
)

// outcome is what player/page.html says of its player in the end.
type outcome struct {
	State   string
	Code    int // status of the refusal
	Seconds float64
	Width   int
	Signed  []bool // of each segment: was its signature in the URL
	Error   string
	Said    []string
}

// TestPlayerInABrowser plays private HLS in headless Chromium by docs/browsers.md: with signed
// cookies across origins, and without cookies from a playlist that carries its signature on.
func TestPlayerInABrowser(t *testing.T) {
	t.Parallel()
	s := harness.Start(t)
	app := newApp(t)
	w := newSite(t, s, "player", func(w *site) {
		modern(w)
		w.behaviorFields["ResponseHeadersPolicyId"] = headersForPlayers(w, app.origin())
		film := t.TempDir()
		w.Command("ffmpeg", "-v", "error", "-f", "lavfi", "-i", "testsrc2=duration=4:size=320x180:rate=10", "-c:v", "libx264", "-preset", "ultrafast", "-g", "10",
			"-hls_time", "1", "-hls_playlist_type", "vod", "-hls_segment_filename", filepath.Join(film, "seg%d.ts"), filepath.Join(film, "film.m3u8"))
		w.AWS("s3", "cp", "--recursive", film, "s3://player/hls/")
	})
	base := "https://" + w.domain + ":" + s.HTTPSPort() + "/hls/"
	signer := app.allow(t, w, base+"*")
	signed, err := signer.SignURL(base+"film.m3u8", signedurl.Policy{Resource: base + "*", Expires: time.Now().Add(time.Hour)})
	if err != nil {
		t.Fatal(err)
	}
	outcomes := app.play(t, "/login?playlist="+url.QueryEscape(base+"film.m3u8")+"&credentials", "/?playlist="+url.QueryEscape(signed), "/?playlist="+url.QueryEscape(base+"film.m3u8")+"&credentials")
	for i, name := range []string{"signed cookies", "signed playlist"} {
		o := outcomes[i]
		if o.State != "ended" || o.Width != 320 || o.Seconds < 3.5 || len(o.Signed) != 4 || slices.Contains(o.Signed, false) {
			t.Errorf("%s: %+v", name, o)
		}
	}
	if o := outcomes[2]; o.State != "refused" || o.Code != 403 {
		t.Errorf("without a signature: %+v", o)
	}
}

func headersForPlayers(w *site, origin string) string {
	var policy struct{ ResponseHeadersPolicy struct{ Id string } }
	list := func(items ...string) map[string]any { return map[string]any{"Quantity": len(items), "Items": items} }
	w.awsJSON(&policy, "cloudfront", "create-response-headers-policy", "--response-headers-policy-config", w.json(map[string]any{
		"Name": "player",
		"CorsConfig": map[string]any{
			"AccessControlAllowOrigins": list(origin), "AccessControlAllowHeaders": list("Range"), "AccessControlAllowMethods": list("GET", "HEAD"),
			"AccessControlAllowCredentials": true, "AccessControlExposeHeaders": list("Content-Length", "Content-Range"), "OriginOverride": true,
		},
		"CustomHeadersConfig": map[string]any{"Quantity": 1, "Items": []any{map[string]any{"Header": "X-Warmfront-Sign-Manifests", "Value": "true", "Override": true}}},
	}))
	return policy.ResponseHeadersPolicy.Id
}

// app is the application whose page has the player: another origin, of the same site.
type app struct {
	*httptest.Server
	mu      sync.Mutex
	cookies []*http.Cookie // guarded by mu
}

func newApp(t *testing.T) *app {
	a := &app{}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", func(rw http.ResponseWriter, r *http.Request) { http.ServeFile(rw, r, "player/page.html") })
	mux.HandleFunc("GET /hls.js", func(rw http.ResponseWriter, r *http.Request) {
		http.ServeFile(rw, r, "player/node_modules/hls.js/dist/hls.min.js")
	})
	mux.HandleFunc("GET /login", func(rw http.ResponseWriter, r *http.Request) {
		a.mu.Lock()
		defer a.mu.Unlock()
		for _, c := range a.cookies {
			http.SetCookie(rw, &http.Cookie{Name: c.Name, Value: c.Value, Domain: "cloudfront.localhost", Path: "/", Secure: true, HttpOnly: true})
		}
		http.Redirect(rw, r, "/?"+r.URL.RawQuery, http.StatusFound)
	})
	a.Server = httptest.NewUnstartedServer(mux)
	a.Config.ErrorLog = log.New(io.Discard, "", 0) // browsers probe certificates they do not know
	a.StartTLS()
	t.Cleanup(a.Close)
	return a
}

// origin is the app's by a name below the same site as the distributions'.
func (a *app) origin() string {
	_, port, _ := strings.Cut(strings.TrimPrefix(a.URL, "https://"), ":")
	return "https://app.cloudfront.localhost:" + port
}

// allow makes the cookies that the app will set.
func (a *app) allow(t *testing.T, w *site, resource string) *signedurl.Signer {
	t.Helper()
	text, err := os.ReadFile(w.keyFile)
	if err != nil {
		t.Fatal(err)
	}
	private, err := signedurl.ParsePrivateKey(text)
	if err != nil {
		t.Fatal(err)
	}
	signer := &signedurl.Signer{KeyID: w.keyID, PrivateKey: private}
	cookies, err := signer.SignCookies(signedurl.Policy{Resource: resource, Expires: time.Now().Add(time.Hour)})
	if err != nil {
		t.Fatal(err)
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.cookies = cookies
	return signer
}

// play opens the app's pages in a browser.
func (a *app) play(t *testing.T, pages ...string) []outcome {
	t.Helper()
	args := []string{"player/play.mjs"}
	for _, p := range pages {
		args = append(args, a.origin()+p)
	}
	cmd := exec.CommandContext(t.Context(), "node", args...)
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	var outcomes []outcome
	if err == nil {
		err = json.Unmarshal(out, &outcomes)
	}
	if err != nil || len(outcomes) != len(pages) {
		t.Fatalf("%v\n%s%s", err, out, stderr.String())
	}
	return outcomes
}
