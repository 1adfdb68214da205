package manifest

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"net/url"
	"strings"
	"testing"
)

// sign marks what is on the manifest's host.
func sign(target *url.URL, reference string) string {
	if target.Host != "d1.example" {
		return reference
	}
	sep := "?"
	if strings.Contains(reference, "?") {
		sep = "&"
	}
	return reference + sep + "S=1&K=2"
}

func TestRewrite(t *testing.T) {
	for _, c := range []struct {
		name, src, want string
		format          Format
	}{
		{"media playlist", "#EXTM3U\n#EXTINF:4,\nseg0.ts\n#EXTINF:4,\r\n/a/seg1.ts?x=1\r\nhttps://other.example/s.ts\n", "#EXTM3U\n#EXTINF:4,\nseg0.ts?S=1&K=2\n#EXTINF:4,\r\n/a/seg1.ts?x=1&S=1&K=2\r\nhttps://other.example/s.ts\n", HLS},
		{
			"attributes", "#EXTM3U\n#EXT-X-MAP:URI=\"init.mp4\",BYTERANGE=\"1@0\"\n#EXT-X-KEY:METHOD=AES-128,URI=\"k,1.bin\",IV=0x1\n#EXT-X-KEY:METHOD=SAMPLE-AES,URI=\"skd://x\"\n#EXT-X-MEDIA:TYPE=AUDIO,NAME=\"URI=\",URI=\"a.m3u8\"\n",
			"#EXTM3U\n#EXT-X-MAP:URI=\"init.mp4?S=1&K=2\",BYTERANGE=\"1@0\"\n#EXT-X-KEY:METHOD=AES-128,URI=\"k,1.bin?S=1&K=2\",IV=0x1\n#EXT-X-KEY:METHOD=SAMPLE-AES,URI=\"skd://x\"\n#EXT-X-MEDIA:TYPE=AUDIO,NAME=\"URI=\",URI=\"a.m3u8?S=1&K=2\"\n", HLS,
		},
		{"comments and blanks", "#EXTM3U\n\n# seg0.ts\n#EXTINF:4,URI=seg\nseg0.ts", "#EXTM3U\n\n# seg0.ts\n#EXTINF:4,URI=seg\nseg0.ts?S=1&K=2", HLS},
		{"variables", "#EXTM3U\n#EXT-X-DEFINE:NAME=\"h\",VALUE=\"https://other.example\"\n{$h}/seg0.ts\n", "#EXTM3U\n#EXT-X-DEFINE:NAME=\"h\",VALUE=\"https://other.example\"\n{$h}/seg0.ts\n", HLS},
		{"no playlist", "seg0.ts\n", "seg0.ts\n", HLS},
		{"unfinished quote", "#EXTM3U\n#EXT-X-MAP:URI=\"init.mp4\n", "#EXTM3U\n#EXT-X-MAP:URI=\"init.mp4\n", HLS},
		{
			"templates", `<?xml version="1.0"?><MPD><Period><BaseURL>v/</BaseURL><SegmentTemplate timescale="1" media='$Number$.m4s?a=1&amp;b=2' initialization="init.mp4"/></Period></MPD>`,
			`<?xml version="1.0"?><MPD><Period><BaseURL>v/</BaseURL><SegmentTemplate timescale="1" media='$Number$.m4s?a=1&amp;b=2&amp;S=1&amp;K=2' initialization="init.mp4?S=1&amp;K=2"/></Period></MPD>`, DASH,
		},
		{"whole files", `<MPD><BaseURL>https://d1.example/x/</BaseURL><Representation><BaseURL> v.mp4 </BaseURL></Representation></MPD>`, `<MPD><BaseURL>https://d1.example/x/</BaseURL><Representation><BaseURL> v.mp4?S=1&amp;K=2 </BaseURL></Representation></MPD>`, DASH},
		{"another host's base", `<MPD><BaseURL>https://other.example/</BaseURL><SegmentURL media="1.m4s"/></MPD>`, `<MPD><BaseURL>https://other.example/</BaseURL><SegmentURL media="1.m4s"/></MPD>`, DASH},
		{"alternative bases", `<MPD><BaseURL>/a/</BaseURL><BaseURL>https://other.example/</BaseURL><SegmentURL media="1.m4s"/><SegmentURL media="/2.m4s"/><SegmentURL media="https://d1.example/3.m4s"/></MPD>`, `<MPD><BaseURL>/a/</BaseURL><BaseURL>https://other.example/</BaseURL><SegmentURL media="1.m4s"/><SegmentURL media="/2.m4s"/><SegmentURL media="https://d1.example/3.m4s?S=1&amp;K=2"/></MPD>`, DASH},
		{"scope of a base", `<MPD><Period><BaseURL>https://other.example/</BaseURL></Period><Period><SegmentURL media="1.m4s" index="i"/></Period></MPD>`, `<MPD><Period><BaseURL>https://other.example/</BaseURL></Period><Period><SegmentURL media="1.m4s?S=1&amp;K=2" index="i?S=1&amp;K=2"/></Period></MPD>`, DASH},
		{"next description", `<MPD><Location>next.mpd</Location></MPD>`, `<MPD><Location>next.mpd?S=1&amp;K=2</Location></MPD>`, DASH},
		{"no XML", `<MPD><SegmentURL media="1.m4s">`, `<MPD><SegmentURL media="1.m4s">`, DASH},
		{"element within a URL", `<MPD><BaseURL>a<b/></BaseURL></MPD>`, `<MPD><BaseURL>a<b/></BaseURL></MPD>`, DASH},
	} {
		base, _ := url.Parse("https://d1.example/films/list")
		if got := string(Rewrite(c.format, base, []byte(c.src), sign)); got != c.want {
			t.Errorf("%s:\n got %s\nwant %s", c.name, got, c.want)
		}
	}
}

func TestFormatOf(t *testing.T) {
	for path, want := range map[string]Format{"/a.m3u8": HLS, "/A.M3U8": HLS, "/a.mpd": DASH, "/a.ts": None, ".mpd": DASH, "": None} {
		if got := FormatOf(path); got != want {
			t.Errorf("%q: %d", path, got)
		}
	}
}

// Whatever an origin sends: what was XML stays XML, and nothing replaced is nothing changed.
func FuzzRewrite(f *testing.F) {
	f.Add("#EXTM3U\n#EXT-X-MAP:URI=\"init.mp4\"\nseg0.ts\n")
	f.Add(`<MPD><BaseURL>/a/</BaseURL><SegmentURL media='1.m4s'/><Location>x</Location></MPD>`)
	f.Add(`<a:MPD x:media="1" media = "2"><![CDATA[x]]></a:MPD>`)
	base, _ := url.Parse("https://d1.example/films/list")
	f.Fuzz(func(t *testing.T, src string) {
		keep := func(_ *url.URL, reference string) string { return reference }
		for _, format := range []Format{HLS, DASH} {
			if got := Rewrite(format, base, []byte(src), keep); string(got) != src {
				t.Fatalf("%q became %q", src, got)
			}
		}
		if got := Rewrite(DASH, base, []byte(src), sign); wellFormed([]byte(src)) && !wellFormed(got) {
			t.Fatalf("%q became %q", src, got)
		}
	})
}

func wellFormed(doc []byte) bool {
	dec := xml.NewDecoder(bytes.NewReader(doc))
	for {
		if _, err := dec.Token(); err != nil {
			return errors.Is(err, io.EOF)
		}
	}
}
