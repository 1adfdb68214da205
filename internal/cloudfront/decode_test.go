package cloudfront

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

func TestDecodeRefusals(t *testing.T) {
	key := func(inner string) string { return "<PublicKeyConfig>" + inner + "</PublicKeyConfig>" }
	full := "<CallerReference>r</CallerReference><Name>n</Name><EncodedKey>k</EncodedKey>"
	for _, tc := range []struct{ name, body, code, says string }{
		{"nothing", "", "MissingBody", "PublicKeyConfig"},
		{"blank", " \n", "MissingBody", ""},
		{"not XML", "hello", "MalformedXML", "text outside"},
		{"unclosed", "<PublicKeyConfig>", "MalformedXML", "EOF"},
		{"crossed", "<PublicKeyConfig><Name></PublicKeyConfig></Name>", "MalformedXML", ""},
		{"no root", "<!-- empty -->", "MalformedXML", ""},
		{"other root", "<KeyGroupConfig/>", "MalformedXML", "Value null at 'publicKeyConfig' failed to satisfy constraint: Member must not be null"},
		{"two roots", key(full) + key(full), "MalformedInput", "after"},
		{"doctype", `<!DOCTYPE x [<!ENTITY a "b">]>` + key(full), "MalformedInput", "type declarations"},
		{"entity", key(full + "<Comment>&a;</Comment>"), "MalformedXML", ""},
		{"unknown element", key(full + "<Extra>1</Extra>"), "MalformedInput", `"Extra"`},
		{"repeated element", key(full + "<Name>m</Name>"), "MalformedInput", "more than once"},
		{"nested element", key(full + "<Comment><b/></Comment>"), "MalformedInput", `"b"`},
		{"stray text", key(full + "text"), "MalformedInput", "text"},
		{"missing element", key("<CallerReference>r</CallerReference><Name>n</Name>"), "MalformedXML", "publicKeyConfig.encodedKey"},
		{"other charset", `<?xml version="1.0" encoding="ISO-8859-1"?>` + key(full), "MalformedXML", ""},
		{"invalid UTF-8", key(full + "<Comment>\xff</Comment>"), "MalformedXML", ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			var c PublicKeyConfig
			err := Decode([]byte(tc.body), "PublicKeyConfig", &c)
			if CodeOf(err) != tc.code || !strings.Contains(err.Error(), tc.says) {
				t.Errorf("got %v, want %s with %q", err, tc.code, tc.says)
			}
		})
	}
}

func TestDecodeValues(t *testing.T) {
	for _, tc := range []struct{ inner, code, says string }{
		{"<Quantity>x</Quantity>", "MalformedInput", "integer"},
		{"<Quantity></Quantity>", "MalformedInput", "integer"},
		{"<Quantity>99999999999999999999</Quantity>", "MalformedInput", "integer"},
		{"<Quantity> 1 </Quantity><Items><Method>GET</Method></Items>", "", ""},
		{
			"<Quantity>1</Quantity><Items><Method>get</Method></Items>", "MalformedXML",
			"Value 'get' at 'allowedMethods.items.1.member' failed to satisfy constraint: Member must satisfy enum value set: [GET, HEAD,",
		},
		{"<Quantity>1</Quantity><Items><Methods>GET</Methods></Items>", "MalformedInput", `named "Method"`},
		{"<Quantity>1</Quantity><Items>GET</Items>", "MalformedInput", "text"},
	} {
		var m AllowedMethods
		err := Decode([]byte("<AllowedMethods>"+tc.inner+"</AllowedMethods>"), "AllowedMethods", &m)
		if CodeOf(err) != tc.code || err != nil && !strings.Contains(err.Error(), tc.says) {
			t.Errorf("%s: got %v, want %q with %q", tc.inner, err, tc.code, tc.says)
		}
	}
	var b ActiveTrustedSigners
	if err := Decode([]byte("<A><Enabled>yes</Enabled><Quantity>0</Quantity></A>"), "A", &b); CodeOf(err) != "MalformedInput" {
		t.Errorf("boolean: %v", err)
	}
}

func TestDecodeLeniency(t *testing.T) {
	body := "\n<?xml version='1.0' encoding='utf-8'?><!-- a --><n:KeyGroupConfig xmlns:n='urn:other' a='b'>\n" +
		"  <n:Comment/><n:Items>\n<!-- b --><PublicKey>K<![CDATA[1]]></PublicKey></n:Items><Name>a&amp;b</Name>\n</n:KeyGroupConfig>\n"
	var c KeyGroupConfig
	if err := Decode([]byte(strings.TrimSpace(body)), "KeyGroupConfig", &c); err != nil {
		t.Fatal(err)
	}
	if want := (KeyGroupConfig{Name: "a&b", Items: []string{"K1"}, Comment: new("")}); !reflect.DeepEqual(c, want) {
		t.Errorf("got %+v", c)
	}
}

func TestBlobsAndTimes(t *testing.T) {
	in := "<T><FunctionARN>a</FunctionARN><Stage>LIVE</Stage><CreatedTime>2021-11-27T10:34:26.802Z</CreatedTime><LastModifiedTime>2021-11-27T11:34:26+01:00</LastModifiedTime></T>"
	var m FunctionMetadata
	if err := Decode([]byte(in), "T", &m); err != nil {
		t.Fatal(err)
	}
	if m.LastModifiedTime.String() != "2021-11-27T10:34:26.000Z" || m.CreatedTime.String() != "2021-11-27T10:34:26.802Z" {
		t.Errorf("times: %v, %v", m.LastModifiedTime, m.CreatedTime)
	}
	out, err := Encode("T", "urn:x", TestFunctionRequest{EventObject: Blob("hi\x00")})
	if err != nil || !strings.Contains(string(out), "<EventObject>aGkA</EventObject>") {
		t.Errorf("Encode: %s, %v", out, err)
	}
	var back TestFunctionRequest
	if err := Decode(out, "T", &back); err != nil || string(back.EventObject) != "hi\x00" {
		t.Errorf("Decode: %q, %v", back.EventObject, err)
	}
}

func FuzzDecodeDistribution(f *testing.F) {
	requests, _ := filepath.Glob("testdata/distribution/*.xml")
	for _, path := range requests {
		body, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(body)
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		var c DistributionConfig
		if err := Decode(body, "DistributionConfig", &c); err != nil {
			if CodeOf(err) == "" {
				t.Fatalf("untyped error %v", err)
			}
			return
		}
		out, err := Encode("DistributionConfig", Namespace, &c)
		if err != nil {
			t.Fatal(err)
		}
		var again DistributionConfig
		if err := Decode(out, "DistributionConfig", &again); err != nil || !reflect.DeepEqual(c, again) {
			t.Fatalf("not stable: %v\n%s", err, out)
		}
		SetDefaults(&c)
		if Validate(&c, AWSQuotas()) == nil {
			_ = Unsupported(&c)
		}
	})
}
