package signedurl

import "strings"

// schemes are other beginnings of the URL.
func (e *explainer) schemes() []*deviation {
	asked := e.c.URL.Scheme
	other := map[string]string{"http": "https", "https": "http"}[asked]
	bare := func(how, beginning string) *deviation {
		return &deviation{
			CauseResourceNotURL, "What was signed is not a whole URL: " + how + ".",
			"Sign the URL as viewers ask for it, from https:// on.", func(s *shape) { s.scheme = beginning },
		}
	}
	return []*deviation{
		{
			CauseScheme, "It was signed for " + other + "://, and the request is for " + asked + "://.",
			"Sign the URL with the scheme viewers use. A custom policy with a Resource that begins with http*:// is good for both.",
			func(s *shape) { s.scheme = other + "://" },
		},
		bare("it has no scheme", ""), bare("it begins with //", "//"),
	}
}

// maxHosts bounds the hosts that are guessed.
const maxHosts = 64

// hosts are other hosts that may have been signed.
func (e *explainer) hosts() (out []*deviation) {
	u := &e.c.URL
	seen := map[string]bool{"": true, u.Host: true}
	add := func(host string) {
		if !seen[host] && len(seen) < maxHosts {
			seen[host] = true
			d := e.hostDeviation(host)
			d.apply = func(s *shape) { s.host = host }
			out = append(out, d)
		}
	}
	name, port := splitPort(u.Host)
	add(name)
	for _, p := range []string{":443", ":80"} {
		add(name + p)
	}
	if strings.HasPrefix(name, "www.") {
		add(u.Host[len("www."):])
	} else {
		add("www." + u.Host)
	}
	for _, host := range e.q.Hosts {
		host = strings.ToLower(host)
		bare, own := splitPort(host)
		add(host)
		add(bare)
		if port != "" && own == "" {
			add(host + ":" + port)
		}
		if bucket, rest, ok := strings.Cut(bare, ".s3"); ok && isS3Host(bare) {
			add("s3" + rest + "/" + bucket)
			add("s3.amazonaws.com/" + bucket)
			add(bucket + ".s3.amazonaws.com")
		}
	}
	out = append(out, &deviation{
		CauseResourceNotURL, "What was signed is not a whole URL: it has neither scheme nor host.",
		"Sign the URL as viewers ask for it, from https:// on.", func(s *shape) { s.scheme, s.host = "", "" },
	})
	return append(out, &deviation{
		CauseResourceNotURL, "What was signed is not a whole URL: it is the object's key.",
		"Sign the URL as viewers ask for it, from https:// on.", func(s *shape) { s.scheme, s.host, s.path = "", "", strings.TrimPrefix(s.path, "/") },
	})
}

// hostDeviation explains a signature for another host.
func (e *explainer) hostDeviation(signed string) *deviation {
	asked := e.c.URL.Host
	askedName, askedPort := splitPort(asked)
	name, port := splitPort(signed)
	switch {
	case isS3Host(signed):
		return &deviation{
			id: CauseS3Host, cause: "It was signed for the S3 host " + signed + ", and the request is for " + asked + ".",
			fix: "Sign the URL of the distribution: its own domain or one of its aliases, never the bucket's.",
		}
	case name == askedName && port != askedPort:
		return &deviation{
			id: CausePort, cause: "It was signed for " + signed + ", and the request is for " + asked + ": the port differs.",
			fix: "Sign the URL with the port viewers use, if they have to name one.",
		}
	}
	return &deviation{
		id: CauseHost, cause: "It was signed for the host " + signed + ", and the request is for " + asked + ".",
		fix: "Sign the URL with the host viewers use. A custom policy may have a wildcard for the host.",
	}
}

// isS3Host recognises the names of S3 endpoints.
func isS3Host(host string) bool {
	name, _ := splitPort(strings.SplitN(host, "/", 2)[0])
	return strings.Contains(name, ".s3.") || strings.Contains(name, ".s3-") || strings.HasPrefix(name, "s3.") || strings.HasPrefix(name, "s3-") ||
		strings.HasSuffix(name, ".amazonaws.com")
}

// splitPort cuts a port off a host.
func splitPort(host string) (name, port string) {
	if i := strings.LastIndexByte(host, ':'); i > 0 && !strings.HasSuffix(host, "]") {
		return host[:i], host[i+1:]
	}
	return host, ""
}
