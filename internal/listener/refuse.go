package listener

import (
	"net/http"
	"strconv"
)

// refuse answers a request the edge is not asked about, and closes.
func (x *exchange) refuse(status int) {
	x.close = true
	if x.req.Method == "" {
		x.req.Method = http.MethodGet
	}
	page := errorPage(status)
	x.out = append(x.out[:0], "HTTP/1.1 "...)
	x.out = strconv.AppendInt(x.out, int64(status), 10)
	x.out = append(append(x.out, ' '), reason(status)...)
	x.out = append(x.out, "\r\nServer: CloudFront\r\nContent-Type: text/html\r\nConnection: close\r\nContent-Length: "...)
	x.out = strconv.AppendInt(x.out, int64(len(page)), 10)
	x.out = append(x.out, "\r\n\r\n"...)
	if x.req.Method != http.MethodHead {
		x.out = append(x.out, page...)
	}
	if x.write(x.out) == nil {
		x.c.linger()
	}
}

// errorPage is what a viewer sees whose request never reaches a distribution.
func errorPage(status int) string {
	title := strconv.Itoa(status) + " " + reason(status)
	return "<html>\r\n<head><title>" + title + "</title></head>\r\n<body>\r\n<center><h1>" + title +
		"</h1></center>\r\n<hr><center>CloudFront</center>\r\n</body>\r\n</html>\r\n"
}

func reason(status int) string {
	if status == statusHeadTooLarge {
		return "Request Header Too Large"
	}
	return http.StatusText(status)
}
