package cloudfront

// Summary is the distribution as lists show it. Its configuration has been completed by
// SetDefaults.
func (d *Distribution) Summary(etag string) DistributionSummary {
	c := &d.DistributionConfig
	return DistributionSummary{
		Id:                   d.Id,
		ARN:                  d.ARN,
		ETag:                 &etag,
		Status:               d.Status,
		LastModifiedTime:     d.LastModifiedTime,
		DomainName:           d.DomainName,
		Aliases:              deref(c.Aliases),
		Origins:              c.Origins,
		OriginGroups:         c.OriginGroups,
		DefaultCacheBehavior: c.DefaultCacheBehavior,
		CacheBehaviors:       deref(c.CacheBehaviors),
		CustomErrorResponses: deref(c.CustomErrorResponses),
		Comment:              c.Comment,
		PriceClass:           deref(c.PriceClass),
		Enabled:              c.Enabled,
		ViewerCertificate:    deref(c.ViewerCertificate),
		Restrictions:         deref(c.Restrictions),
		WebACLId:             deref(c.WebACLId),
		HttpVersion:          deref(c.HttpVersion),
		IsIPV6Enabled:        deref(c.IsIPV6Enabled),
		AliasICPRecordals:    d.AliasICPRecordals,
		Staging:              deref(c.Staging),
	}
}

// Summary is the identity as lists show it.
func (i *CloudFrontOriginAccessIdentity) Summary() CloudFrontOriginAccessIdentitySummary {
	s := CloudFrontOriginAccessIdentitySummary{Id: i.Id, S3CanonicalUserId: i.S3CanonicalUserId}
	if i.CloudFrontOriginAccessIdentityConfig != nil {
		s.Comment = i.CloudFrontOriginAccessIdentityConfig.Comment
	}
	return s
}

// Summary is the origin access control as lists show it.
func (o *OriginAccessControl) Summary() OriginAccessControlSummary {
	c := deref(o.OriginAccessControlConfig)
	return OriginAccessControlSummary{
		Id:                            o.Id,
		Description:                   deref(c.Description),
		Name:                          c.Name,
		SigningProtocol:               c.SigningProtocol,
		SigningBehavior:               c.SigningBehavior,
		OriginAccessControlOriginType: c.OriginAccessControlOriginType,
	}
}

// Summary is the public key as lists show it.
func (k *PublicKey) Summary() PublicKeySummary {
	return PublicKeySummary{
		Id:          k.Id,
		Name:        k.PublicKeyConfig.Name,
		CreatedTime: k.CreatedTime,
		EncodedKey:  k.PublicKeyConfig.EncodedKey,
		Comment:     k.PublicKeyConfig.Comment,
	}
}

// Summary is the key group as lists show it.
func (g *KeyGroup) Summary() KeyGroupSummary { return KeyGroupSummary{KeyGroup: *g} }

// Summary is the invalidation as lists show it.
func (i *Invalidation) Summary() InvalidationSummary {
	return InvalidationSummary{Id: i.Id, CreateTime: i.CreateTime, Status: i.Status}
}
