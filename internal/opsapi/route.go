package opsapi

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/url"
	"strings"

	"github.com/warmfront/warmfront/internal/access"
	"github.com/warmfront/warmfront/internal/cloudfront"
	"github.com/warmfront/warmfront/internal/control"
)

// call is one verified request.
type call struct {
	ctx     context.Context
	door    *door
	control *control.Control
	caller  *access.Key // nil for what is not signed
	args    []string    // segments of the path that the route's pattern leaves open, decoded
	body    []byte
	query   url.Values
	token   string // of the caller's session, "" for none

	explainer Explainer
	site      func() Site
}

// operation does one call and returns its HTTP status and JSON answer, nil for none.
type operation func(*call) (status int, answer any, err error)

// route is one operation. The pattern is its path after Prefix; a "*" stands for one segment,
// which becomes an argument.
type route struct {
	method, pattern string
	name            string // of the operation, for people whose key may not perform it
	do              operation
	reads           bool // changes nothing, though it is no GET: open to read-only keys
	unsigned        bool // needs no signature; its tries are counted
}

func routes() []route {
	return []route{
		{method: "POST", pattern: "key-pairs", name: "CreateKeyPair", do: createKeyPair},
		{method: "GET", pattern: "key-pairs", name: "ListKeyPairs", do: listKeyPairs},
		{method: "GET", pattern: "key-pairs/*", name: "GetKeyPair", do: getKeyPair},
		{method: "PATCH", pattern: "key-pairs/*", name: "ChangeKeyPair", do: changeKeyPair},
		{method: "DELETE", pattern: "key-pairs/*", name: "DeleteKeyPair", do: deleteKeyPair},
		{method: "POST", pattern: "access-keys", name: "CreateAccessKey", do: createAccessKey},
		{method: "GET", pattern: "access-keys", name: "ListAccessKeys", do: listAccessKeys},
		{method: "GET", pattern: "access-keys/*", name: "GetAccessKey", do: getAccessKey},
		{method: "PATCH", pattern: "access-keys/*", name: "ChangeAccessKey", do: changeAccessKey},
		{method: "POST", pattern: "access-keys/*/rotate", name: "RotateAccessKey", do: rotateAccessKey},
		{method: "DELETE", pattern: "access-keys/*", name: "DeleteAccessKey", do: deleteAccessKey},
		{method: "POST", pattern: "sessions", name: "CreateSession", do: createSession, reads: true},
		{method: "POST", pattern: "console-link", name: "CreateConsoleLink", do: createConsoleLink, reads: true},
		{method: "POST", pattern: "console-link/exchange", name: "ExchangeConsoleLink", do: exchangeConsoleLink, unsigned: true},
		{method: "GET", pattern: "clock", name: "GetClock", do: getClock},
		{method: "POST", pattern: "clock", name: "ChangeClock", do: changeClock},
		{method: "GET", pattern: "site", name: "GetSite", do: getSite},
		{method: "POST", pattern: "revocations", name: "CreateRevocation", do: createRevocation},
		{method: "GET", pattern: "revocations", name: "ListRevocations", do: listRevocations},
		{method: "GET", pattern: "revocations/after/*", name: "ListRevocations", do: listRevocations},
		{method: "GET", pattern: "revocations/*", name: "GetRevocation", do: getRevocation},
		{method: "DELETE", pattern: "revocations/*", name: "DeleteRevocation", do: deleteRevocation},
		{method: "GET", pattern: "keys", name: "ListKeys", do: listKeys},
		{method: "GET", pattern: "keys/*", name: "GetKey", do: getKey},
		{method: "POST", pattern: "keys/*/rotation", name: "RotateKey", do: rotateKey},
		{method: "POST", pattern: "keys/*/rotation/finish", name: "FinishRotation", do: finishRotation},
		{method: "GET", pattern: "overview", name: "GetOverview", do: getOverview},
		{method: "GET", pattern: "tail", name: "GetTail", do: tail},
		{method: "GET", pattern: "edges", name: "ListEdges", do: listEdges},
		{method: "DELETE", pattern: "edges/*", name: "ForgetEdge", do: forgetEdge},
		{method: "GET", pattern: "receipts/*/*", name: "ListReceipts", do: listReceipts},
		{method: "GET", pattern: "receipts/*/*/*", name: "ListReceipts", do: listReceipts},
		{method: "POST", pattern: "explain", name: "Explain", do: explain, reads: true},
		{method: "GET", pattern: "refusals/*", name: "GetRefusal", do: getRefusal},
	}
}

// find gives the operation of a request and its arguments. path is percent-encoded.
func find(method, path string) (r *route, args []string, ok bool) {
	rest, ok := strings.CutPrefix(path, Prefix)
	if !ok {
		return nil, nil, false
	}
	segments := strings.Split(rest, "/")
	for i, s := range segments {
		var err error
		if segments[i], err = url.PathUnescape(s); err != nil || segments[i] == "" {
			return nil, nil, false
		}
	}
	for _, r := range routes() {
		if args, ok := r.match(segments); ok && r.method == method {
			return &r, args, true
		}
	}
	return nil, nil, false
}

// match compares the segments of a path with the pattern.
func (r *route) match(segments []string) (args []string, ok bool) {
	pattern := strings.Split(r.pattern, "/")
	if len(pattern) != len(segments) {
		return nil, false
	}
	for i, p := range pattern {
		switch p {
		case "*":
			args = append(args, segments[i])
		case segments[i]:
		default:
			return nil, false
		}
	}
	return args, true
}

// decode reads the JSON body into v: one object, no unknown members.
func (c *call) decode(v any) error {
	d := json.NewDecoder(bytes.NewReader(c.body))
	d.DisallowUnknownFields()
	if err := d.Decode(v); err != nil {
		return cloudfront.Errorf("InvalidArgument", "The request body is not the JSON object expected: %v.", err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return cloudfront.Errorf("InvalidArgument", "The request body has text after the JSON object.")
	}
	return nil
}
