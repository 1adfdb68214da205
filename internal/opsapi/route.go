package opsapi

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"

	"github.com/warmfront/warmfront/internal/cloudfront"
	"github.com/warmfront/warmfront/internal/control"
)

// call is one verified request.
type call struct {
	ctx     context.Context
	control *control.Control
	args    []string // segments of the path after the resource's name, decoded
	body    []byte

	explainer Explainer
	site      func() Site
}

// operation does one call and returns its HTTP status and JSON answer, nil for none.
type operation func(*call) (status int, answer any, err error)

// route is one operation: the resource is the first segment after Prefix, least and most
// bound the number of segments that follow.
type route struct {
	method, resource string
	least, most      int
	do               operation
}

func routes() []route {
	return []route{
		{http.MethodPost, "key-pairs", 0, 0, createKeyPair},
		{http.MethodGet, "key-pairs", 0, 0, listKeyPairs},
		{http.MethodGet, "key-pairs", 1, 1, getKeyPair},
		{http.MethodPatch, "key-pairs", 1, 1, changeKeyPair},
		{http.MethodDelete, "key-pairs", 1, 1, deleteKeyPair},
		{http.MethodGet, "site", 0, 0, getSite},
		{http.MethodGet, "edges", 0, 0, listEdges},
		{http.MethodGet, "receipts", 2, 3, listReceipts},
		{http.MethodPost, "explain", 0, 0, explain},
		{http.MethodGet, "refusals", 1, 1, getRefusal},
	}
}

// find gives the operation of a request and the decoded segments of its path. path is
// percent-encoded.
func find(method, path string) (op operation, args []string, ok bool) {
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
	args = segments[1:]
	for _, r := range routes() {
		if r.method == method && r.resource == segments[0] && len(args) >= r.least && len(args) <= r.most {
			return r.do, args, true
		}
	}
	return nil, nil, false
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
