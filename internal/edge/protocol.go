package edge

import (
	"net"
	"strconv"
	"strings"

	"github.com/warmfront/warmfront/internal/snapshot"
)

// protocol applies the viewer protocol policy to a request in clear text (Developer Guide,
// "Require HTTPS for communication between viewers and CloudFront").
func (e *Edge) protocol(x *exchange) *failure {
	if x.req.TLS != nil || x.behavior.Protocol == snapshot.AllowAll {
		return nil
	}
	get := x.req.Method == "GET" || x.req.Method == "HEAD"
	switch {
	case x.behavior.Protocol == snapshot.HTTPSOnly, !get && x.req.Proto == HTTP10:
		return &failure{status: 403, cause: "Bad request.", detail: InvalidRequest}
	case get:
		e.redirect(x, 301, "Moved Permanently")
	default:
		e.redirect(x, 307, "Temporary Redirect")
	}
	return nil
}

// redirect sends the viewer to the same URL with https.
func (e *Edge) redirect(x *exchange, status int, phrase string) {
	host := x.req.Host
	if h, _, err := net.SplitHostPort(host); err == nil {
		host = h
	}
	if e.o.PublicHTTPSPort != 443 {
		host = net.JoinHostPort(host, strconv.Itoa(e.o.PublicHTTPSPort))
	}
	x.result, x.detail = Redirect, Redirect
	x.generated(status, "text/html", redirectPage(strconv.Itoa(status)+" "+phrase))
	x.add("Location", "https://"+host+strings.Clone(x.req.Target))
}

// redirectPage is the body, byte for byte as edges send it.
func redirectPage(title string) string {
	return "<html>\r\n<head><title>" + title + "</title></head>\r\n<body>\r\n<center><h1>" + title +
		"</h1></center>\r\n<hr><center>CloudFront</center>\r\n</body>\r\n</html>\r\n"
}
