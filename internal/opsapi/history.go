package opsapi

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/warmfront/warmfront/internal/cloudfront"
	"github.com/warmfront/warmfront/internal/history"
	"github.com/warmfront/warmfront/internal/metrics"
)

// History tells what was before the hour that edges keep; *history.Reader has the
// implementation.
type History interface {
	Overview(ctx context.Context, now time.Time, s history.Span, distribution string) (*metrics.Overview, error)
}

// SpanNames are what the parameter span of an overview may be.
func SpanNames() (names []string) {
	for _, s := range history.Spans() {
		names = append(names, s.Name)
	}
	return names
}

// getHistory is getOverview for a span of all edges.
func getHistory(c *call) (int, any, error) {
	e := c.door.o.Edge
	if e == nil || e.History == nil {
		return 0, nil, &cloudfront.Error{Code: "NoHistory", Status: http.StatusNotFound, Message: "This server was started without --prometheus-url: it knows the last hour of its own edge only."}
	}
	if c.query.Has("since") {
		return 0, nil, cloudfront.Errorf("InvalidArgument", "The parameters since and span do not go together.")
	}
	i := slices.IndexFunc(history.Spans(), func(s history.Span) bool { return s.Name == c.query.Get("span") })
	if i < 0 {
		return 0, nil, cloudfront.Errorf("InvalidArgument", "The parameter span must be one of %s.", strings.Join(SpanNames(), ", "))
	}
	span, now := history.Spans()[i], c.door.o.Real()
	o, err := e.History.Overview(c.ctx, now, span, c.query.Get("distribution"))
	switch {
	case errors.Is(err, history.ErrDistribution):
		return 0, nil, cloudfront.Errorf("InvalidArgument", "The parameter distribution is no distribution's id: %q.", c.query.Get("distribution"))
	case err != nil:
		return 0, nil, &cloudfront.Error{Code: "HistoryUnavailable", Status: http.StatusBadGateway, Message: "Prometheus did not answer as expected; see the server's log.", Err: err}
	}
	return http.StatusOK, c.showOverview(o, now, span.Step, e.Metrics.RefusalNames()), nil
}
