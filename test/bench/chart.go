package main

import (
	"fmt"
	"html"
	"math"
	"strings"
)

// chart is horizontal bars in groups, as SVG.
type chart struct {
	title, unit string
	groups      []group
}

// group is bars that are compared with each other.
type group struct {
	name string
	bars []bar
}

// bar is one value, with an interval if top is not zero.
type bar struct {
	name, label     string
	value, low, top float64
}

// Sizes, in pixels.
const (
	chartWidth = 940
	leftWidth  = 290 // of the names
	plotWidth  = 500
	barHeight  = 16
	groupSpace = 12
	chartTop   = 56
)

// colors are one for each server; anything else is grey.
var colors = map[string]string{
	"Warmfront": "#d9480f", "nginx": "#2b8a3e", "Varnish": "#1864ab", "Traffic Server": "#862e9c", "Caddy": "#0b7285", "origin, directly": "#868e96",
}

// svg draws the chart. Values beyond three times the largest of nginx's and Warmfront's bars
// would hide all others: they are cut, and only their label says how long they are.
func (c chart) svg() string {
	end := c.scale()
	var body strings.Builder
	y := chartTop
	for _, g := range c.groups {
		fmt.Fprintf(&body, `<text x="8" y="%d" class="group">%s</text>`+"\n", y+12, html.EscapeString(g.name))
		for _, b := range g.bars {
			c.bar(&body, b, y, end)
			y += barHeight
		}
		y += groupSpace
	}
	var b strings.Builder
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" viewBox="0 0 %d %d" font-family="sans-serif" font-size="11">`+"\n",
		chartWidth, y+8, chartWidth, y+8)
	b.WriteString(`<style>.group{font-weight:bold}.name{text-anchor:end}.grid{stroke:#dee2e6}.tick{fill:#495057;text-anchor:middle}</style>` + "\n")
	fmt.Fprintf(&b, `<rect width="100%%" height="100%%" fill="white"/><text x="8" y="20" font-size="15" font-weight="bold">%s</text>`+"\n", html.EscapeString(c.title))
	step := tick(end)
	for v := 0.0; v <= end*1.0001; v += step {
		x := leftWidth + v/end*plotWidth
		fmt.Fprintf(&b, `<line x1="%.1f" x2="%.1f" y1="%d" y2="%d" class="grid"/><text x="%.1f" y="%d" class="tick">%g</text>`+"\n",
			x, x, chartTop-6, y, x, chartTop-10, math.Round(v*1000)/1000)
	}
	fmt.Fprintf(&b, `<text x="%d" y="%d" fill="#495057">%s</text>`+"\n", leftWidth+plotWidth+30, chartTop-10, html.EscapeString(c.unit))
	return b.String() + body.String() + "</svg>\n"
}

// bar draws one bar at y.
func (c chart) bar(b *strings.Builder, v bar, y int, end float64) {
	color, known := colors[v.name]
	if !known {
		color = "#868e96"
	}
	x := func(value float64) float64 { return leftWidth + min(value, end)/end*plotWidth }
	fmt.Fprintf(b, `<text x="%d" y="%d" class="name">%s</text><rect x="%d" y="%d" width="%.1f" height="%d" fill="%s"/>`,
		leftWidth-6, y+12, html.EscapeString(v.name), leftWidth, y+2, x(v.value)-leftWidth, barHeight-3, color)
	if v.top > 0 {
		fmt.Fprintf(b, `<line x1="%.1f" x2="%.1f" y1="%d" y2="%d" stroke="black" stroke-width="2"/>`, x(v.low), x(v.top), y+8, y+8)
	}
	label := v.label
	if v.value > end {
		label = "→ " + label
	}
	fmt.Fprintf(b, `<text x="%.1f" y="%d">%s</text>`+"\n", x(max(v.value, v.top))+5, y+12, html.EscapeString(label))
}

// scale is where the axis ends.
func (c chart) scale() float64 {
	top, main := 0.0, 0.0
	for _, g := range c.groups {
		for _, b := range g.bars {
			top = max(top, b.value, b.top)
			if b.name == "Warmfront" || b.name == "nginx" {
				main = max(main, b.value, b.top)
			}
		}
	}
	if main > 0 {
		top = min(top, 3*main)
	}
	step := tick(max(top, 1e-9))
	return math.Ceil(max(top, 1e-9)/step) * step
}

// tick is the distance of grid lines for an axis up to end: 1, 2 or 5 times a power of ten.
func tick(end float64) float64 {
	power := math.Pow(10, math.Floor(math.Log10(end/5)))
	for _, m := range []float64{1, 2, 5} {
		if end/(m*power) <= 8 {
			return m * power
		}
	}
	return 10 * power
}
