package opsapi

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/json"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/warmfront/warmfront/internal/cloudfront"
)

// ScrapeOptions are those of a metrics page.
type ScrapeOptions struct {
	Keys  Keys
	Now   func() time.Time // nil means time.Now
	Real  func() time.Time // as in Options
	Log   *slog.Logger     // nil means slog.Default
	Token string           // admits with "Authorization: Bearer TOKEN"; "" admits nobody
}

// NewScrape puts page, which shows metrics, behind the authorisation of this door: it is shown
// to GET requests signed by any access key (version 4, service warmfront), and to those with the
// token. It answers without the state as long as the token, or the root key, is used.
func NewScrape(page http.Handler, o ScrapeOptions) http.Handler {
	d := newDoor(nil, Options{Keys: o.Keys, Now: o.Now, Real: o.Real, Log: o.Log})
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := d.admitScrape(r, o.Token); err != nil {
			status, answer := d.explain(r, err)
			w.Header().Set("Content-Type", "application/json")
			w.Header().Set("Cache-Control", "no-store")
			w.WriteHeader(status)
			_ = json.NewEncoder(w).Encode(answer) // fails only when the client has left
			return
		}
		w.Header().Set("Cache-Control", "no-store")
		w.Header().Set("X-Content-Type-Options", "nosniff")
		page.ServeHTTP(w, r)
	})
}

func (d *door) admitScrape(r *http.Request, token string) error {
	if r.Method != http.MethodGet && r.Method != http.MethodHead || r.ContentLength > 0 {
		return cloudfront.Errorf("UnknownOperationException", "There is no operation %s %s.", r.Method, r.URL.Path)
	}
	sent, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	if !ok {
		_, err := d.authenticate(r, nil)
		return err
	}
	a, b := sha256.Sum256([]byte(sent)), sha256.Sum256([]byte(token))
	if token == "" || subtle.ConstantTimeCompare(a[:], b[:]) == 0 {
		return cloudfront.Errorf("AccessDenied", "The bearer token is not that of this server's setting metrics-token.")
	}
	return nil
}
