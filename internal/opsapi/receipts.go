package opsapi

import (
	"net/http"
	"strings"
	"time"

	"github.com/warmfront/warmfront/internal/cloudfront"
	"github.com/warmfront/warmfront/internal/state"
)

// receipt is the JSON form of one change's receipt.
type receipt struct {
	Kind      state.Kind   `json:"kind"`
	Record    string       `json:"record"`
	Action    state.Action `json:"action"`   // create, update or delete
	Revision  int64        `json:"revision"` // of the change
	At        time.Time    `json:"at"`
	Completed *time.Time   `json:"completed"` // null while edges are outstanding
	Edges     []edgeTime   `json:"edges"`     // those that serve the change, as they came
	Absent    []string     `json:"absent"`    // those that left before they served it
}

type edgeTime struct {
	Edge         string  `json:"edge"`
	POP          string  `json:"pop"`
	Applied      int64   `json:"applied"`
	Milliseconds float64 `json:"milliseconds"`
}

// edge is the JSON form of a live edge.
type edge struct {
	ID      string `json:"id"`
	Address string `json:"address"`
	POP     string `json:"pop"`
	Version string `json:"version"`
	Applied int64  `json:"applied"` // revision of the newest change it serves
	Health  string `json:"health"`  // current, or behind another live edge
	Self    bool   `json:"self"`    // of the process that answers
}

func listReceipts(c *call) (int, any, error) {
	kind, record := state.Kind(c.args[0]), strings.Join(c.args[1:], "/")
	switch kind {
	case state.KindDistribution, state.KindInvalidation, state.KindOriginAccessIdentity, state.KindOriginAccessControl,
		state.KindPublicKey, state.KindKeyGroup, state.KindKeyPair, state.KindRevocation:
	default:
		return 0, nil, cloudfront.Errorf("InvalidArgument", "There are no receipts of kind %q.", c.args[0])
	}
	receipts, err := c.control.Receipts(c.ctx, kind, record)
	if err != nil {
		return 0, nil, err
	}
	out := struct {
		Receipts []receipt `json:"receipts"`
	}{Receipts: make([]receipt, len(receipts))}
	for i := range receipts {
		out.Receipts[i] = showReceipt(&receipts[i])
	}
	return http.StatusOK, out, nil
}

func showReceipt(r *state.Receipt) receipt {
	out := receipt{
		Kind: r.Kind, Record: r.RecordID, Action: r.Action, Revision: r.Revision, At: r.At, Completed: r.Completed,
		Edges: make([]edgeTime, len(r.Edges)), Absent: append([]string{}, r.Absent...),
	}
	for i, e := range r.Edges {
		out.Edges[i] = edgeTime(e)
	}
	return out
}

func listEdges(c *call) (int, any, error) {
	edges, err := c.control.Edges(c.ctx)
	if err != nil {
		return 0, nil, err
	}
	out := struct {
		Edges []edge `json:"edges"`
	}{Edges: make([]edge, len(edges))}
	newest := int64(0)
	for _, e := range edges {
		newest = max(newest, e.Applied)
	}
	for i, e := range edges {
		out.Edges[i] = edge{ID: e.ID, Address: e.Address, POP: e.POP, Version: e.Version, Applied: e.Applied, Health: "current"}
		if e.Applied < newest {
			out.Edges[i].Health = "behind"
		}
		out.Edges[i].Self = c.door.o.Edge != nil && e.ID == c.door.o.Edge.ID
	}
	return http.StatusOK, out, nil
}
