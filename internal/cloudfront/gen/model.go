package main

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
)

// model is the part of a botocore service model that the generator reads.
type model struct {
	Operations map[string]operation `json:"operations"`
	Shapes     map[string]shape     `json:"shapes"`
}

type operation struct {
	HTTP struct {
		Method       string `json:"method"`
		RequestURI   string `json:"requestUri"`
		ResponseCode int    `json:"responseCode"`
	} `json:"http"`
	Input  member   `json:"input"`
	Output member   `json:"output"`
	Errors []member `json:"errors"`
}

type shape struct {
	Type      string   `json:"type"`
	Members   members  `json:"members"`
	Required  []string `json:"required"`
	Payload   string   `json:"payload"`
	Member    member   `json:"member"`
	Enum      []string `json:"enum"`
	Exception bool     `json:"exception"`
	Error     struct {
		Code       string `json:"code"`
		HTTPStatus int    `json:"httpStatusCode"`
	} `json:"error"`
}

// member is a reference to a shape, with how it is bound to the wire.
type member struct {
	Name         string `json:"-"`
	Shape        string `json:"shape"`
	Location     string `json:"location"`
	LocationName string `json:"locationName"`
}

// wireName is the element, header, query or label name of the member.
func (m member) wireName() string {
	if m.LocationName != "" {
		return m.LocationName
	}
	return m.Name
}

// members keeps the model's order, which is the order of elements on the wire.
type members []member

func (ms *members) UnmarshalJSON(b []byte) error {
	d := json.NewDecoder(bytes.NewReader(b))
	if _, err := d.Token(); err != nil {
		return err
	}
	for d.More() {
		name, err := d.Token()
		if err != nil {
			return err
		}
		var m member
		if err := d.Decode(&m); err != nil {
			return err
		}
		m.Name = name.(string)
		*ms = append(*ms, m)
	}
	return nil
}

func load(path string) (*model, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	var r io.Reader = f
	if strings.HasSuffix(path, ".gz") {
		if r, err = gzip.NewReader(f); err != nil {
			return nil, fmt.Errorf("open %s: %w", path, err)
		}
	}
	var m model
	if err := json.NewDecoder(r).Decode(&m); err != nil {
		return nil, fmt.Errorf("decode %s: %w", path, err)
	}
	return &m, nil
}

func (s shape) required(name string) bool { return slices.Contains(s.Required, name) }

// body lists the members that travel in the XML body.
func (s shape) body() members {
	var out members
	for _, m := range s.Members {
		if m.Location == "" {
			out = append(out, m)
		}
	}
	return out
}

// bound lists the members bound to one location: uri, querystring or header.
func (s shape) bound(location string) members {
	var out members
	for _, m := range s.Members {
		if m.Location == location {
			out = append(out, m)
		}
	}
	return out
}
