package cloudfront

import (
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"
	"testing"
)

func TestOperations(t *testing.T) {
	ops := Operations()
	if len(ops) != 167 {
		t.Errorf("%d operations", len(ops))
	}
	routes := map[string]string{}
	label := regexp.MustCompile(`\{[^}]+\}`)
	for _, op := range ops {
		// Operations told apart by a required query parameter share a route.
		key := op.Method + " " + label.ReplaceAllString(op.Path, "{}") + "?" + op.Flag
		if other, ok := routes[key]; ok {
			t.Logf("%s and %s share %s", op.Name, other, key)
		}
		routes[key] = op.Name
		if !strings.HasPrefix(op.Path, "/") || op.Status < 200 || op.Status > 204 {
			t.Errorf("%+v", op)
		}
		for _, code := range op.Errors {
			if modelledStatus(code) == 0 {
				t.Errorf("%s names the unknown error %s", op.Name, code)
			}
		}
	}
}

func TestStatuses(t *testing.T) {
	for code, want := range map[string]int{
		"NoSuchDistribution": 404, "PreconditionFailed": 412, "DistributionAlreadyExists": 409, "RealtimeLogConfigInUse": 400,
		"RealtimeLogConfigOwnerMismatch": 401, "BatchTooLarge": 413, "TestFunctionFailed": 500, "AccessDenied": 403,
		"InvalidIfMatchVersion": 400, "MalformedXML": 400, "SignatureDoesNotMatch": 403, "InternalError": 500, "Throttling": 400,
	} {
		if got := StatusOf(code); got != want {
			t.Errorf("%s: %d, want %d", code, got, want)
		}
	}
}

func TestErrors(t *testing.T) {
	err := fmt.Errorf("create: %w", Errorf("InternalError", "read the state: %w", io.ErrUnexpectedEOF))
	if !errors.Is(err, io.ErrUnexpectedEOF) || !errors.Is(err, &Error{Code: "InternalError"}) || errors.Is(err, &Error{Code: "Other"}) {
		t.Errorf("chain of %v", err)
	}
	e, ok := errors.AsType[*Error](err)
	if !ok || e.Fault() != "Receiver" || Errorf("NoSuchOrigin", "x").Fault() != "Sender" || CodeOf(io.EOF) != "" {
		t.Errorf("faults: %+v", e)
	}
}

func TestManagedPolicies(t *testing.T) {
	uuid := regexp.MustCompile(`^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`)
	last := ""
	for _, p := range ManagedCachePolicies() {
		c := p.CachePolicyConfig
		if !uuid.MatchString(p.Id) || p.Id <= last || !strings.HasPrefix(c.Name, "Managed-") || c.MinTTL > *c.DefaultTTL || *c.DefaultTTL > *c.MaxTTL {
			t.Errorf("%+v", p)
		}
		if err := checkQuantities(&p); err != nil {
			t.Errorf("%s: %v", c.Name, err)
		}
		last = p.Id
	}
	last = ""
	for _, p := range ManagedOriginRequestPolicies() {
		if !uuid.MatchString(p.Id) || p.Id <= last || !strings.HasPrefix(p.OriginRequestPolicyConfig.Name, "Managed-") {
			t.Errorf("%+v", p)
		}
		if err := checkQuantities(&p); err != nil {
			t.Errorf("%s: %v", p.OriginRequestPolicyConfig.Name, err)
		}
		last = p.Id
	}
	optimized, ok := ManagedCachePolicy("658327ea-f89d-4fab-a63d-7e88639e58f6")
	if !ok || optimized.CachePolicyConfig.MinTTL != 1 || !*optimized.CachePolicyConfig.ParametersInCacheKeyAndForwardedToOrigin.EnableAcceptEncodingBrotli {
		t.Errorf("got %+v, %v", optimized, ok)
	}
	if _, ok := ManagedOriginRequestPolicy("216adef6-5c7f-47e4-b989-5492eafa07d3"); !ok {
		t.Error("AllViewer is missing")
	}
	if _, ok := ManagedCachePolicy("x"); ok {
		t.Error("an unknown policy was found")
	}
	if n := len(cloudFrontHeaders2022()); n != 21 {
		t.Errorf("%d CloudFront headers", n)
	}
}
