package api

import "github.com/warmfront/warmfront/internal/cloudfront"

func originAccessIdentities(control OriginAccessIdentityControl) map[string]handler {
	return map[string]handler{
		"CreateCloudFrontOriginAccessIdentity": creating(control.CreateOriginAccessIdentity,
			func(i *cloudfront.CloudFrontOriginAccessIdentity) string {
				return "/origin-access-identity/cloudfront/" + i.Id
			}),
		"GetCloudFrontOriginAccessIdentity": reading(control.OriginAccessIdentity),
		"GetCloudFrontOriginAccessIdentityConfig": readingPart(control.OriginAccessIdentity,
			func(i *cloudfront.CloudFrontOriginAccessIdentity) any { return i.CloudFrontOriginAccessIdentityConfig }),
		"UpdateCloudFrontOriginAccessIdentity": updating(control.UpdateOriginAccessIdentity),
		"DeleteCloudFrontOriginAccessIdentity": deleting(control.DeleteOriginAccessIdentity),
		"ListCloudFrontOriginAccessIdentities": listing(control.OriginAccessIdentities,
			func(s cloudfront.CloudFrontOriginAccessIdentitySummary) string { return s.Id },
			func(p page, items []cloudfront.CloudFrontOriginAccessIdentitySummary) any {
				return cloudfront.CloudFrontOriginAccessIdentityList{
					Marker: p.marker, NextMarker: p.next, MaxItems: p.maxItems,
					IsTruncated: p.truncated(), Quantity: p.quantity, Items: items,
				}
			}),
	}
}
