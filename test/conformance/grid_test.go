package conformance

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// job is what a signer is asked for; the scripts in signers/ read it as JSON.
type job struct {
	Signer         string `json:"signer"`
	Kind           string `json:"kind"` // url or cookies
	URL            string `json:"url"`
	KeyID          string `json:"keyId"`
	PrivateKey     string `json:"privateKey"`
	PrivateKeyFile string `json:"privateKeyFile"`
	Expires        int64  `json:"expires"`            // Unix seconds
	Starts         int64  `json:"starts,omitempty"`   // Unix seconds
	Address        string `json:"address,omitempty"`  // CIDR
	Resource       string `json:"resource,omitempty"` // of a custom policy; the URL if empty
	Hash           string `json:"hash,omitempty"`     // SHA256, or empty for SHA-1

	variant byte // of variants
	key     string
}

// signed is what a signer makes: a URL, or cookies by name.
type signed struct {
	URL     string         `json:"url"`
	Cookies map[string]any `json:"cookies"`
}

// signer is one way to sign and what it can do.
type signer struct {
	name  string
	run   func(*testing.T, *site, []job) []signed
	can   func(job) bool
	lacks string // why it cannot do the rest
	pkcs8 bool   // is handed the newer form of key files too
}

// signingKey is a private key that the distribution of newSigningSite trusts.
type signingKey struct {
	kind, id string
	older    string // file in the form that tools made for years: "RSA PRIVATE KEY", "EC PRIVATE KEY"
	pkcs8    string // file "PRIVATE KEY"
}

// variants are the five kinds of policies; the letters stand for them in the table.
const variants = "cpwsi"

const legend = "c canned, p custom policy, w wildcard, s start date, i IP; . the signer has no such thing; ! failed"

// jobs lists every combination: kinds × keys × hashes × variants.
func jobs(w *site, keys []signingKey) []job {
	now := time.Now()
	var all []job
	for _, kind := range []string{"url", "cookies"} {
		for _, key := range keys {
			for _, hash := range []string{"", "SHA256"} {
				for _, variant := range []byte(variants) {
					j := job{Kind: kind, URL: w.url("/a/b.txt"), Expires: now.Add(time.Hour).Unix(), Hash: hash, variant: variant, key: key.kind, KeyID: key.id}
					switch variant {
					case 'c':
						j.URL += "?size=large&x=1"
					case 'p':
						j.URL += "?size=large&x=1"
						j.Resource = j.URL
					case 'w':
						j.Resource = w.url("/a/*")
					case 's':
						j.Starts = now.Add(-time.Hour).Unix()
					case 'i':
						j.Address = "127.0.0.0/8"
					}
					all = append(all, j)
				}
			}
		}
	}
	return all
}

// does lets the signer sign all it can and proves each signature at the edge.
func (s signer) does(t *testing.T, w *site, keys []signingKey, table *grid) {
	var mine []job
	for _, j := range jobs(w, keys) {
		if j.Signer = s.name; !s.can(j) {
			if s.lacks == "" {
				t.Fatalf("%s leaves out %s %s %c and does not say why", s.name, j.column(), j.Kind, j.variant)
			}
			table.note(j, '.')
			continue
		}
		key := keys[slices.IndexFunc(keys, func(k signingKey) bool { return k.id == j.KeyID })]
		if j.PrivateKeyFile = key.older; s.pkcs8 && j.Hash != "" {
			j.PrivateKeyFile = key.pkcs8
		}
		j.PrivateKey = readFile(t, j.PrivateKeyFile)
		mine = append(mine, j)
	}
	got := s.run(t, w, mine)
	if len(got) != len(mine) {
		t.Fatalf("%d answers for %d jobs", len(got), len(mine))
	}
	viewer := w.Viewer()
	for i, j := range mine {
		if err := w.proves(viewer, j, got[i]); err != nil {
			t.Errorf("%s %s %s: %v\n%+v", j.column(), j.Kind, string(j.variant), err, got[i])
			table.note(j, '!')
			continue
		}
		table.note(j, j.variant)
	}
}

// proves asks the edge with what was signed, which must be admitted, for another object and with
// three damaged signatures, and reads in the policy what was asked for.
func (w *site) proves(viewer *http.Client, j job, got signed) error {
	url, cookie := got.URL, got.header()
	if j.Kind == "cookies" {
		url = j.URL
	}
	if status, body := ask(viewer, url, cookie); status != 200 || !bytes.Equal(body, w.files["a/b.txt"]) {
		return fmt.Errorf("refused: %d %s", status, body)
	}
	if err := j.matches(url + "; " + cookie); err != nil {
		return err
	}
	want := 403
	if j.variant == 'w' {
		want = 200
	}
	if status, body := ask(viewer, strings.Replace(url, "/a/b.txt", "/a/c.txt", 1), cookie); status != want {
		return fmt.Errorf("another object: %d %s", status, body)
	}
	for name, damage := range map[string]func(string) string{"signature": flip, "hash marker": remark} {
		u, c := damage(url), damage(cookie)
		if u == url && c == cookie {
			return fmt.Errorf("the %s is not where it should be", name)
		}
		if status, _ := ask(viewer, u, c); status != 403 {
			return fmt.Errorf("admitted with a wrong %s: %d", name, status)
		}
	}
	return nil
}

// flip changes one character in the middle of the signature.
func flip(s string) string {
	head, rest, found := strings.Cut(s, "Signature=")
	if !found {
		return s
	}
	b := []byte(rest)
	if b[20]++; rest[20] == 'z' || rest[20] == 'Z' || rest[20] == '9' || rest[20] == '~' {
		b[20] = 'A'
	}
	return head + "Signature=" + string(b)
}

// remark claims the other hash.
func remark(s string) string {
	switch {
	case strings.Contains(s, "Hash-Algorithm=SHA256"):
		return strings.Replace(s, "Hash-Algorithm=SHA256", "Hash-Algorithm=SHA1", 1)
	case strings.Contains(s, "CloudFront-Signature="):
		return s + "; CloudFront-Hash-Algorithm=SHA256"
	case strings.Contains(s, "Signature="):
		return s + "&Hash-Algorithm=SHA256"
	}
	return s
}

// matches reads the policy, or the expiry of a canned one, out of the parameters or cookies.
func (j job) matches(text string) error {
	value := func(name string) string {
		_, rest, _ := strings.Cut(text, name+"=")
		rest, _, _ = strings.Cut(rest, "&")
		rest, _, _ = strings.Cut(rest, ";")
		return strings.ReplaceAll(rest, "%7E", "~")
	}
	encoded := value("Policy")
	if encoded == "" {
		if j.variant != 'c' || value("Expires") != strconv.FormatInt(j.Expires, 10) {
			return fmt.Errorf("expires %q", value("Expires"))
		}
		return nil
	}
	policy, err := base64.StdEncoding.DecodeString(strings.NewReplacer("-", "+", "_", "=", "~", "/").Replace(encoded))
	if err != nil {
		return err
	}
	var p struct {
		Statement []struct {
			Resource  string
			Condition struct {
				DateLessThan, DateGreaterThan struct {
					Epoch int64 `json:"AWS:EpochTime"`
				}
				IPAddress struct {
					Source string `json:"AWS:SourceIp"`
				} `json:"IpAddress"`
			}
		}
	}
	if err := json.Unmarshal(policy, &p); err != nil || len(p.Statement) != 1 {
		return fmt.Errorf("policy %s: %v", policy, err)
	}
	s := p.Statement[0]
	resource := j.Resource
	if resource == "" {
		resource = j.URL
	}
	if c := s.Condition; s.Resource != resource || c.DateLessThan.Epoch != j.Expires || c.DateGreaterThan.Epoch != j.Starts || c.IPAddress.Source != j.Address {
		return fmt.Errorf("the policy is not what was asked for: %s", policy)
	}
	return nil
}

// header is the Cookie header that a browser would send.
func (s signed) header() string {
	var pairs []string
	for name, value := range s.Cookies {
		if number, ok := value.(float64); ok {
			value = strconv.FormatInt(int64(number), 10)
		}
		pairs = append(pairs, fmt.Sprintf("%s=%v", name, value))
	}
	return strings.Join(pairs, "; ")
}

func ask(viewer *http.Client, url, cookie string) (int, []byte) {
	req, err := http.NewRequest("GET", url, nil)
	if err != nil {
		return 0, []byte(err.Error())
	}
	if cookie != "" {
		req.Header.Set("Cookie", cookie)
	}
	resp, err := viewer.Do(req)
	if err != nil {
		return 0, []byte(err.Error())
	}
	defer resp.Body.Close()
	body, _ := io.ReadAll(resp.Body)
	return resp.StatusCode, body
}

// lacking says why cells of the table are empty.
func lacking(signers []signer) (text string) {
	for _, s := range signers {
		if s.lacks != "" {
			text += "\n" + s.name + ": " + s.lacks
		}
	}
	return text
}

// columns are the table's, each for one kind of key and hash.
var columns = []string{"RSA-2048 SHA-1", "RSA-2048 SHA-256", "P-256 SHA-1", "P-256 SHA-256"}

func (j job) column() string {
	if j.Hash == "" {
		return j.key + " SHA-1"
	}
	return j.key + " SHA-256"
}

// grid is the table of signers and variants. It is safe for concurrent use.
type grid struct {
	mu    sync.Mutex
	rows  []string
	cells map[string][]byte // one letter for each variant
}

func (g *grid) note(j job, letter byte) {
	g.mu.Lock()
	defer g.mu.Unlock()
	row := fmt.Sprintf("%-32s %-7s", j.Signer, j.Kind)
	if !slices.Contains(g.rows, row) {
		g.rows = append(g.rows, row)
	}
	cell := row + j.column()
	if g.cells[cell] == nil {
		g.cells[cell] = []byte(strings.Repeat(" ", len(variants)))
	}
	g.cells[cell][strings.IndexByte(variants, j.variant)] = letter
}

func (g *grid) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%-40s  %s\n", "", strings.Join(columns, "  "))
	slices.Sort(g.rows)
	for _, row := range g.rows {
		b.WriteString(row)
		for _, column := range columns {
			fmt.Fprintf(&b, "  %-*s", len(column), g.cells[row+column])
		}
		b.WriteByte('\n')
	}
	return b.String() + legend
}
