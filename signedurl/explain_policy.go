package signedurl

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
)

// malformedPolicy recognises what is wrong with the JSON of a policy.
func (e *explainer) malformedPolicy(reason Reason) {
	text := string(e.m.Policy)
	switch reason {
	case MalformedPolicyJSON:
		e.policySyntax(text)
	case MalformedPolicyStatement, MalformedPolicyResource, MalformedPolicyCondition:
		if !e.policyNames(text) && !e.bucketPolicy(text) {
			e.find(CausePolicyStatements, "The policy does not have the shape CloudFront wants: "+(&Refusal{Reason: reason}).entry().text+".",
				`Write {"Statement":[{"Resource":"URL","Condition":{"DateLessThan":{"AWS:EpochTime":SECONDS}}}]}, with exactly one statement.`)
		}
	case MalformedPolicyExpiry:
		if !e.policyNames(text) && !e.bucketPolicy(text) {
			e.find(CausePolicyNoExpiry, "The policy has no DateLessThan, which every policy must have.",
				`Add "DateLessThan":{"AWS:EpochTime":SECONDS} to its Condition.`)
		}
	case MalformedPolicyDate:
		if !e.policyNames(text) {
			e.policyDates(text)
		}
	case MalformedPolicyAddress:
		e.find(CausePolicyAddress, "AWS:SourceIp is not one address or network.",
			`Write one IPv4 address or CIDR network as a string, as "192.0.2.0/24". For several networks sign several URLs.`)
	}
}

// policySyntax tells why a text is not JSON.
func (e *explainer) policySyntax(text string) {
	trimmed := strings.TrimSpace(text)
	var inner string
	switch {
	case json.Unmarshal([]byte(text), &inner) == nil:
		e.find(CausePolicyStringified, "The policy is a JSON string that holds JSON: it was turned into text twice.", "Call JSON.stringify (or the like) once.")
		return
	case strings.HasPrefix(trimmed, "eyJ"):
		if b, err := base64.StdEncoding.DecodeString(strings.NewReplacer("-", "+", "_", "=", "~", "/").Replace(trimmed)); err == nil && json.Valid(b) {
			e.find(CausePolicyTwice, "The policy is encoded in base64 twice.", "Encode it once: signers take the JSON text and encode it themselves.")
			return
		}
	case strings.HasPrefix(trimmed, "%7B") || strings.HasPrefix(trimmed, "%7b"):
		e.find(CausePolicyTwice, "The policy was percent-encoded before it was encoded in base64.", "Encode the JSON text itself in base64.")
		return
	case strings.HasPrefix(trimmed, "[object"):
		e.find(CausePolicySyntax, "The policy is the word JavaScript prints for an object.", "Pass JSON.stringify(policy) to the signer.")
		return
	}
	var any any
	err := json.Unmarshal([]byte(text), &any)
	if at, ok := errors.AsType[*json.SyntaxError](err); ok {
		near := text[min(len(text), max(0, int(at.Offset)-12)):min(len(text), int(at.Offset)+8)]
		e.find(CausePolicySyntax, fmt.Sprintf("The policy is not JSON: %v, near %q.", err, near), "Let a JSON library write the policy, and print it before signing.")
		return
	}
	e.find(CausePolicySyntax, "The policy names a member twice, or is nested too deeply.", "Name each member once.")
}

// policyNames looks for members in another spelling.
func (e *explainer) policyNames(text string) bool {
	found := false
	for _, want := range []string{"Statement", "Resource", "Condition", "DateLessThan", "DateGreaterThan", "AWS:EpochTime", "IpAddress", "AWS:SourceIp"} {
		eachMember(text, func(name string) {
			if name != want && (strings.EqualFold(name, want) || strings.EqualFold("AWS:"+name, want)) {
				e.find(CausePolicyNames, fmt.Sprintf("The policy has a member %q; CloudFront knows it as %q.", name, want), "Write the names exactly, upper and lower case included.")
				found = true
			}
		})
	}
	return found
}

// eachMember calls yield for the name of each member at any depth.
func eachMember(text string, yield func(name string)) {
	j := jsonText{text: []byte(text)}
	var value func() Reason
	value = func() Reason {
		switch j.next() {
		case '{':
			return j.object(func(name string) Reason { yield(name); return value() })
		case '[':
			return j.array(value)
		}
		return j.skip()
	}
	value()
}

// bucketPolicy recognises policies of S3 and IAM.
func (e *explainer) bucketPolicy(text string) bool {
	found := false
	eachMember(text, func(name string) {
		found = found || name == "Principal" || name == "Effect" || name == "Action"
	})
	if found {
		e.find(CausePolicyBucket, "The policy is one of S3 or IAM (it has Effect, Principal or Action): a signed URL's policy is another thing.",
			`Write {"Statement":[{"Resource":"URL","Condition":{"DateLessThan":{"AWS:EpochTime":SECONDS}}}]}.`)
	}
	return found
}

// policyDates finds the date that is not in seconds, and goes on with what was meant.
func (e *explainer) policyDates(text string) {
	var doc struct {
		Statement json.RawMessage
	}
	type statement struct {
		Condition map[string]map[string]json.RawMessage
	}
	if json.Unmarshal([]byte(text), &doc) != nil {
		return
	}
	list := []statement{{}}
	if json.Unmarshal(doc.Statement, &list) != nil || len(list) != 1 {
		list = []statement{{}}
		if json.Unmarshal(doc.Statement, &list[0]) != nil {
			return
		}
	}
	for _, name := range []string{"DateLessThan", "DateGreaterThan"} {
		raw := string(list[0].Condition[name]["AWS:EpochTime"])
		unquoted := strings.Trim(raw, `"`)
		if raw == "" || raw == "null" {
			if list[0].Condition[name] != nil {
				e.find(CauseEpochNotNumber, name+" has no AWS:EpochTime with a number.", "Give it as Unix time: whole seconds since 1970 in UTC.")
			}
			continue
		}
		if _, ok := epochDigits(unquoted); ok {
			if raw != unquoted {
				e.find(CauseEpochString, fmt.Sprintf("%s is the string %s.", name, raw), "Write it as a number, without quotation marks.")
			}
			continue
		}
		e.misEpoch(name, unquoted)
	}
}
