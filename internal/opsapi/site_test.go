package opsapi

import (
	"net/http"
	"reflect"
	"testing"
)

func TestSite(t *testing.T) {
	t.Parallel()
	c := newClient(t, "")
	var got Site
	if status := c.do("READER", "warmfront", http.MethodGet, "/_warmfront/v1/site", "", &got); status != http.StatusOK || !reflect.DeepEqual(got, testSite()) {
		t.Errorf("%d %+v, want %+v", status, got, testSite())
	}
	c.want(http.StatusForbidden, "MissingAuthenticationToken", "", "", http.MethodGet, "/_warmfront/v1/site", "")
}

func testSite() Site {
	return Site{AccountID: "111122223333", Region: "eu-north-1", DomainSuffix: "cloudfront.localhost", HTTPPort: 8080, HTTPSPort: 8443, Version: "v1", Spans: SpanNames()}
}
