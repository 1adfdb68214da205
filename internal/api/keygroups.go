package api

import "github.com/warmfront/warmfront/internal/cloudfront"

func keyGroups(control KeyGroupControl) map[string]handler {
	return map[string]handler{
		"CreateKeyGroup": creating(control.CreateKeyGroup,
			func(g *cloudfront.KeyGroup) string { return "/key-group/" + g.Id }),
		"GetKeyGroup": reading(control.KeyGroup),
		"GetKeyGroupConfig": readingPart(control.KeyGroup,
			func(g *cloudfront.KeyGroup) any { return g.KeyGroupConfig }),
		"UpdateKeyGroup": updating(control.UpdateKeyGroup),
		"DeleteKeyGroup": deleting(control.DeleteKeyGroup),
		"ListKeyGroups": listing(control.KeyGroups,
			func(s cloudfront.KeyGroupSummary) string { return s.KeyGroup.Id },
			func(p page, items []cloudfront.KeyGroupSummary) any {
				return cloudfront.KeyGroupList{NextMarker: p.next, MaxItems: p.maxItems, Quantity: p.quantity, Items: items}
			}),
	}
}
