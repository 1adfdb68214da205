package opsapi

import (
	"net/http"
	"strings"
	"time"

	"github.com/warmfront/warmfront/internal/cloudfront"
	"github.com/warmfront/warmfront/internal/control"
	"github.com/warmfront/warmfront/internal/state"
)

// receipt is the JSON form of one change's receipt.
type receipt struct {
	Kind      state.Kind   `json:"kind"`
	Record    string       `json:"record"`
	Action    state.Action `json:"action"`   // create, update or delete
	Revision  int64        `json:"revision"` // of the change
	At        time.Time    `json:"at"`
	Strict    bool         `json:"strict"`    // of a change that takes access away: waits for absent edges, too
	Completed *time.Time   `json:"completed"` // null while edges are outstanding
	Edges     []edgeTime   `json:"edges"`     // those that serve the change, as they came
	Absent    []string     `json:"absent"`    // those that were away and had not served it
	Waiting   []absence    `json:"waiting"`   // those among them that the receipt still waits for
}

// absence tells since when an edge is away and until when it may admit viewers as before.
type absence struct {
	Edge  string     `json:"edge"`
	Since *time.Time `json:"since"` // null: for moments
	Until *time.Time `json:"until"` // null: until it returns or is forgotten
}

func showAbsence(m *state.Member) absence {
	return absence{Edge: m.ID, Since: m.Left, Until: m.Until()}
}

type edgeTime struct {
	Edge         string  `json:"edge"`
	POP          string  `json:"pop"`
	Applied      int64   `json:"applied"`
	Milliseconds float64 `json:"milliseconds"`
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

func showReceipt(r *control.Receipt) receipt {
	out := receipt{
		Kind: r.Kind, Record: r.RecordID, Action: r.Action, Revision: r.Revision, At: r.At, Strict: r.Strict, Completed: r.Completed,
		Edges: make([]edgeTime, len(r.Edges)), Absent: append([]string{}, r.Absent...), Waiting: make([]absence, len(r.Waiting)),
	}
	for i, e := range r.Edges {
		out.Edges[i] = edgeTime(e)
	}
	for i, m := range r.Waiting {
		out.Waiting[i] = showAbsence(m)
	}
	return out
}
