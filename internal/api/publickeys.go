package api

import "github.com/warmfront/warmfront/internal/cloudfront"

func publicKeys(control PublicKeyControl) map[string]handler {
	return map[string]handler{
		"CreatePublicKey": creating(control.CreatePublicKey,
			func(k *cloudfront.PublicKey) string { return "/public-key/" + k.Id }),
		"GetPublicKey": reading(control.PublicKey),
		"GetPublicKeyConfig": readingPart(control.PublicKey,
			func(k *cloudfront.PublicKey) any { return k.PublicKeyConfig }),
		"UpdatePublicKey": updating(control.UpdatePublicKey),
		"DeletePublicKey": deleting(control.DeletePublicKey),
		"ListPublicKeys": listing(control.PublicKeys,
			func(s cloudfront.PublicKeySummary) string { return s.Id },
			func(p page, items []cloudfront.PublicKeySummary) any {
				return cloudfront.PublicKeyList{NextMarker: p.next, MaxItems: p.maxItems, Quantity: p.quantity, Items: items}
			}),
	}
}
