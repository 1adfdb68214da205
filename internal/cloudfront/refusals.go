package cloudfront

import (
	"fmt"
	"slices"
	"strings"
)

// Refusal is something a valid document may ask for that Warmfront does not do. Such a
// document is refused, never stored with a part ignored.
type Refusal struct {
	Path    string // elements from the root, separated by slashes; lists without their wrappers
	Code    string // of the error that answers it
	Message string // what is not done, and what to use instead
}

// refusal adds to a Refusal the test whether a document asks for it.
type refusal[T any] struct {
	Refusal
	asked func(*T) bool
}

// Unsupported refuses a configuration that asks for something Warmfront does not execute, and
// gives nil for any other. c has been completed by SetDefaults and passed Validate.
func Unsupported(c *DistributionConfig) error { return refuse(distributionRules(), c) }

func refuse[T any](rules []refusal[T], document *T) error {
	for _, r := range rules {
		if r.asked(document) {
			return Errorf(r.Code, "%s (%s)", r.Message, r.Path)
		}
	}
	return nil
}

// Refusals lists everything that is refused though CloudFront accepts it.
func Refusals() []Refusal {
	return slices.Concat(plain(distributionRules()), plain(originAccessControlRules()))
}

func plain[T any](rules []refusal[T]) []Refusal {
	var out []Refusal
	for _, r := range rules {
		out = append(out, r.Refusal)
	}
	return out
}

// RefusalsMarkdown is the list of Refusals as a Markdown table, for docs/divergences.md.
func RefusalsMarkdown() string {
	var b strings.Builder
	b.WriteString("| asked for | answer | why, and what to use instead |\n|---|---|---|\n")
	for _, r := range Refusals() {
		fmt.Fprintf(&b, "| `%s` | `%s` | %s |\n", r.Path, r.Code, strings.ReplaceAll(r.Message, "|", `\|`))
	}
	return b.String()
}

// rule builds a row of the tables.
func rule[T any](path, code, message string, asked func(*T) bool) refusal[T] {
	return refusal[T]{Refusal{path, code, message}, asked}
}

// ofOrigins asks a question of every origin.
func ofOrigins(asked func(*Origin) bool) func(*DistributionConfig) bool {
	return func(c *DistributionConfig) bool {
		return slices.ContainsFunc(c.Origins.Items, func(o Origin) bool { return asked(&o) })
	}
}

// ofBehaviors asks a question of every cache behavior, the default one included.
func ofBehaviors(asked func(*CacheBehavior) bool) func(*DistributionConfig) bool {
	return func(c *DistributionConfig) bool {
		return slices.ContainsFunc(c.Behaviors(), func(b CacheBehavior) bool { return asked(&b) })
	}
}
