package opsapi

import (
	"net/http"
	"time"
)

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

// absentEdge is the JSON form of an edge that was live and is not.
type absentEdge struct {
	ID      string `json:"id"`
	Address string `json:"address"`
	POP     string `json:"pop"`
	Version string `json:"version"`
	Applied int64  `json:"applied"` // revision that it served at least
	// Since is when it left, null for moments; Until is when it stops admitting viewers to what
	// is restricted, null for not before it returns.
	Since  *time.Time `json:"since"`
	Until  *time.Time `json:"until"`
	Passed bool       `json:"passed"` // Until is over
}

func listEdges(c *call) (int, any, error) {
	edges, absent, err := c.control.Edges(c.ctx)
	if err != nil {
		return 0, nil, err
	}
	out := struct {
		Edges  []edge       `json:"edges"`
		Absent []absentEdge `json:"absent"`
	}{Edges: make([]edge, len(edges)), Absent: make([]absentEdge, len(absent))}
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
	for i, m := range absent {
		out.Absent[i] = absentEdge{
			ID: m.ID, Address: m.Address, POP: m.POP, Version: m.Version, Applied: m.Applied,
			Since: m.Left, Until: m.Until(), Passed: m.Passed(c.door.o.Now()),
		}
	}
	return http.StatusOK, out, nil
}

func forgetEdge(c *call) (int, any, error) {
	if err := c.control.ForgetEdge(c.ctx, c.args[0]); err != nil {
		return 0, nil, err
	}
	c.door.o.Log.Info("edge forgotten", "edge", c.args[0], "by", c.caller.ID)
	return http.StatusNoContent, nil, nil
}
