package api

import "github.com/warmfront/warmfront/internal/cloudfront"

func originAccessControls(control OriginAccessControlControl) map[string]handler {
	return map[string]handler{
		"CreateOriginAccessControl": creating(control.CreateOriginAccessControl,
			func(o *cloudfront.OriginAccessControl) string { return "/origin-access-control/" + o.Id }),
		"GetOriginAccessControl": reading(control.OriginAccessControl),
		"GetOriginAccessControlConfig": readingPart(control.OriginAccessControl,
			func(o *cloudfront.OriginAccessControl) any { return o.OriginAccessControlConfig }),
		"UpdateOriginAccessControl": updating(control.UpdateOriginAccessControl),
		"DeleteOriginAccessControl": deleting(control.DeleteOriginAccessControl),
		"ListOriginAccessControls": listing(control.OriginAccessControls,
			func(s cloudfront.OriginAccessControlSummary) string { return s.Id },
			func(p page, items []cloudfront.OriginAccessControlSummary) any {
				return cloudfront.OriginAccessControlList{
					Marker: p.marker, NextMarker: p.next, MaxItems: p.maxItems,
					IsTruncated: p.truncated(), Quantity: p.quantity, Items: items,
				}
			}),
	}
}
