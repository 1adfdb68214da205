package control_test

import (
	"github.com/warmfront/warmfront/internal/api"
	"github.com/warmfront/warmfront/internal/control"
)

// The CloudFront door asks for exactly what control gives.
var _ api.Control = (*control.Control)(nil)
