package signedurl

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// smallSkew is how far clocks are commonly apart.
const smallSkew = 5 * time.Minute

// dates tells whether now lies within the policy's dates, and by what margin.
func (e *explainer) dates() {
	if !e.parsed {
		e.step(StepDates, NotChecked, "There is no policy with dates.")
		return
	}
	p, now := &e.p, e.q.Now
	w := &Window{Expires: p.Expires.UTC(), Now: now.UTC(), ExpiresIn: p.Expires.Sub(now).Seconds()}
	e.r.Window = w
	var starts string
	if !p.Starts.IsZero() {
		t := p.Starts.UTC()
		w.Starts, w.StartsIn = &t, p.Starts.Sub(now).Seconds()
		starts = fmt.Sprintf("valid from %s, ", stamp(p.Starts))
	}
	late, early := now.Sub(p.Expires), p.Starts.Sub(now)
	switch {
	case late >= 0:
		e.step(StepDates, Failed, "Expired %s ago: %sexpires %s, and it is %s.", span(late), starts, stamp(p.Expires), stamp(now))
		e.expired(late)
	case !p.Starts.IsZero() && early >= 0:
		e.step(StepDates, Failed, "Not valid for another %s: %sand it is %s.", span(early), starts, stamp(now))
		if early <= smallSkew {
			e.find(CauseClock, "It begins to be valid in "+span(early)+": the signer's clock is ahead, or it is used at once.",
				"Let DateGreaterThan lie a few minutes in the past, or leave it out; no skew is allowed for.")
			return
		}
		e.find(CauseNotYetValid, "It is not valid before "+stamp(p.Starts)+" ("+span(early)+" from now).", "Wait, or sign with an earlier DateGreaterThan.")
	default:
		e.step(StepDates, OK, "Valid for another %s: %sexpires %s.", span(-late), starts, stamp(p.Expires))
	}
}

func (e *explainer) expired(late time.Duration) {
	switch {
	case e.r.Found(CauseMilliseconds):
	case e.p.Expires.Year() < 2001:
		e.find(CauseEpochDuration, fmt.Sprintf("The expiry is %d, a day in %d: it looks like a duration, not like a date.", e.p.Expires.Unix(), e.p.Expires.UTC().Year()),
			"Add it to the present Unix time.")
	case late <= smallSkew:
		e.find(CauseExpired, "It expired "+span(late)+" ago.", "Sign again, with a longer lifetime; compare the signer's clock with UTC. No skew is allowed for.")
	default:
		e.find(CauseExpired, "It expired "+span(late)+" ago, on "+stamp(e.p.Expires)+".",
			"Sign again. If it was signed just now: the expiry was computed from local time as if it were UTC, or the signer's clock is wrong.")
	}
}

// address tells whether the policy admits the viewer's address.
func (e *explainer) address() {
	viewer := e.q.Viewer.Unmap()
	if viewer.IsValid() {
		e.r.Viewer = viewer.String()
	}
	network := e.p.SourceIP
	switch {
	case !e.parsed:
		e.step(StepAddress, NotChecked, "There is no policy to compare the address with.")
	case !network.IsValid():
		e.step(StepAddress, OK, "The policy admits every address.")
	case !viewer.IsValid():
		e.step(StepAddress, NotChecked, "The policy admits %s only; the viewer's address was not given.", network)
	case e.p.admits(viewer):
		e.step(StepAddress, OK, "%s is in %s.", viewer, network)
	default:
		e.step(StepAddress, Failed, "%s is not in %s.", viewer, network)
		switch {
		case viewer.Is6() && network.Addr().Is4():
			e.find(CauseAddressIPv6, "The viewer came over IPv6 ("+viewer.String()+"), and the policy names an IPv4 network.",
				"Turn IPv6 off for the distribution while policies name IPv4 networks, or sign without an address.")
		case viewer.IsLoopback() || viewer.IsPrivate():
			e.find(CauseAddress, viewer.String()+" is a local address: the edge sees the viewer, or a proxy before it, directly.",
				"Sign for the address the edge sees. X-Forwarded-For never counts.")
		default:
			e.find(CauseAddress, "The viewer's address "+viewer.String()+" is not in "+network.String()+".",
				"Sign for the network viewers come from, as the edge sees it: networks of mobile phones and companies change addresses.")
		}
	}
}

// stamp writes a time for people and machines.
func stamp(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05 UTC") }

// span writes a duration in its two largest units.
func span(d time.Duration) string {
	if d < time.Second {
		return itoa(d.Milliseconds()) + " ms"
	}
	units := []struct {
		length    time.Duration
		one, many string
	}{{365 * 24 * time.Hour, "year", "years"}, {24 * time.Hour, "day", "days"}, {time.Hour, "h", "h"}, {time.Minute, "min", "min"}, {time.Second, "s", "s"}}
	var parts []string
	for _, u := range units {
		n := int64(d / u.length)
		d %= u.length
		switch {
		case n == 1:
			parts = append(parts, "1 "+u.one)
		case n > 1:
			parts = append(parts, itoa(n)+" "+u.many)
		case len(parts) == 0:
			continue
		}
		if n == 0 || len(parts) == 2 {
			break
		}
	}
	return strings.Join(parts, " ")
}

func itoa(n int64) string { return strconv.FormatInt(n, 10) }
