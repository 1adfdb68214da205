package bucketpolicy

import (
	"encoding/json"
	"fmt"
)

// Parse reads a policy document. It checks everything that needs no knowledge
// of the bucket; Validate checks the rest. Errors are of type *Error.
func Parse(document []byte) (*Policy, error) {
	if len(document) > MaxDocumentBytes {
		return nil, malformed("Policy exceeds the maximum allowed document size.")
	}
	if len(document) == 0 || document[0] != '{' {
		return nil, malformed("Policies must be valid JSON and the first byte must be '{'")
	}
	if !json.Valid(document) {
		return nil, malformed("This policy contains invalid Json")
	}
	members, err := object(document)
	if err != nil {
		return nil, malformed("This policy contains invalid Json")
	}
	p := &Policy{version: Version2008}
	var statements json.RawMessage
	for _, m := range members {
		switch m.name {
		case "Version":
			if p.version, err = text(m.value); err != nil || p.version != Version2008 && p.version != Version2012 {
				return nil, malformed("The policy must contain a valid version string")
			}
		case "Id", "ID":
			if p.id, err = text(m.value); err != nil {
				return nil, malformed("Invalid policy syntax.")
			}
		case "Statement":
			statements = m.value
		default:
			return nil, malformed("Unknown field " + m.name)
		}
	}
	return p, p.parseStatements(statements)
}

func (p *Policy) parseStatements(raw json.RawMessage) error {
	if raw == nil {
		return malformed("Missing required field Statement")
	}
	items, err := list(raw)
	if err != nil {
		return malformed("Invalid policy syntax.")
	}
	if len(items) == 0 {
		return malformed("Could not parse the policy: Statement is empty!")
	}
	sids := map[string]bool{}
	for _, item := range items {
		s, err := p.parseStatement(item)
		if err != nil {
			return err
		}
		if s.sid != "" && sids[s.sid] {
			return malformed("Statement IDs (SID) in a single policy must be unique.")
		}
		sids[s.sid] = true
		p.statements = append(p.statements, s)
	}
	return nil
}

func (p *Policy) parseStatement(raw json.RawMessage) (statement, error) {
	var s statement
	members, err := object(raw)
	if err != nil {
		return s, malformed("Invalid policy syntax.")
	}
	if len(members) == 0 {
		return s, malformed("Could not parse the policy: Statement is empty!")
	}
	seen := map[string]bool{}
	for _, m := range members {
		seen[m.name] = true
		if err := p.parseElement(&s, m); err != nil {
			return s, err
		}
	}
	for _, pair := range [][2]string{{"Principal", "NotPrincipal"}, {"Action", "NotAction"}, {"Resource", "NotResource"}} {
		if seen[pair[0]] && seen[pair[1]] {
			return s, malformed(fmt.Sprintf("Statement cannot contain both %s and %s", pair[0], pair[1]))
		}
		if !seen[pair[0]] && !seen[pair[1]] {
			return s, malformed("Missing required field " + pair[0])
		}
	}
	if !seen["Effect"] {
		return s, malformed("Missing required field Effect")
	}
	if err := s.checkApplicable(); err != nil {
		return s, err
	}
	return s, s.checkConditionKeys()
}

func (p *Policy) parseElement(s *statement, m member) (err error) {
	variables := p.version == Version2012
	switch m.name {
	case "Sid":
		if s.sid, err = text(m.value); err != nil {
			return malformed("Invalid policy syntax.")
		}
	case "Effect":
		effect, err := text(m.value)
		if err != nil || effect != "Allow" && effect != "Deny" {
			return malformed("Invalid effect: " + effect)
		}
		s.deny = effect == "Deny"
	case "Principal", "NotPrincipal":
		s.principals, err = parsePrincipals(m.value)
		s.principals.not = m.name == "NotPrincipal"
	case "Action", "NotAction":
		s.actions, err = parseActions(m.value)
		s.actions.not = m.name == "NotAction"
	case "Resource", "NotResource":
		s.resources, err = parseResources(m.value, variables)
		s.resources.not = m.name == "NotResource"
	case "Condition":
		s.conditions, err = parseConditions(m.value, variables)
	default:
		return malformed("Unknown field " + m.name)
	}
	return err
}
