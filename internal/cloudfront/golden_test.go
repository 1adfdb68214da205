package cloudfront

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// TestGoldenDistributions reads what real clients send (AWS CLI, boto3, Terraform's SDK) and
// compares what a read would return.
func TestGoldenDistributions(t *testing.T) {
	requests, err := filepath.Glob("testdata/distribution/*.request.xml")
	if err != nil || len(requests) < 5 {
		t.Fatalf("found %d requests: %v", len(requests), err)
	}
	for _, path := range requests {
		t.Run(filepath.Base(path), func(t *testing.T) {
			body, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			c := decodeConfig(t, body)
			SetDefaults(c)
			if err := Validate(c, AWSQuotas()); err != nil {
				t.Errorf("Validate: %v", err)
			}
			if err := Unsupported(c); err != nil {
				t.Errorf("Unsupported: %v", err)
			}
			got, err := Encode("DistributionConfig", Namespace, c)
			if err != nil {
				t.Fatal(err)
			}
			compareGolden(t, strings.Replace(path, ".request.", ".response.", 1), got)
			checkStable(t, c, got)
		})
	}
}

// checkStable shows that defaults are a fixed point, and that XML and JSON lose nothing.
func checkStable(t *testing.T, c *DistributionConfig, encoded []byte) {
	t.Helper()
	again := decodeConfig(t, encoded)
	if !reflect.DeepEqual(again, c) {
		t.Error("decoding the response gives another configuration")
	}
	SetDefaults(again)
	if !reflect.DeepEqual(again, c) {
		t.Error("SetDefaults is not idempotent")
	}
	text, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	var stored DistributionConfig
	if err := json.Unmarshal(text, &stored); err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(&stored, c) {
		t.Error("JSON loses something")
	}
}

func decodeConfig(t testing.TB, body []byte) *DistributionConfig {
	t.Helper()
	if bytes.HasPrefix(body, []byte("<DistributionConfigWithTags")) {
		var with DistributionConfigWithTags
		if err := Decode(body, "DistributionConfigWithTags", &with); err != nil {
			t.Fatalf("Decode: %v", err)
		}
		return &with.DistributionConfig
	}
	var c DistributionConfig
	if err := Decode(body, "DistributionConfig", &c); err != nil {
		t.Fatalf("Decode: %v", err)
	}
	return &c
}

var (
	lineBreak   = regexp.MustCompile(`(</[^>]+>)`)
	nestedStart = regexp.MustCompile(`(<[^/?][^>]*>)(<[^/])`)
)

// compareGolden compares XML with a golden file that has one element a line for reading.
func compareGolden(t *testing.T, path string, got []byte) {
	t.Helper()
	pretty := lineBreak.ReplaceAllString(string(got), "$1\n")
	pretty = nestedStart.ReplaceAllString(nestedStart.ReplaceAllString(pretty, "$1\n$2"), "$1\n$2")
	if *update {
		if err := os.WriteFile(path, []byte(pretty), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if pretty != string(want) {
		t.Errorf("%s differs; got\n%s", path, pretty)
	}
}
