package cloudfront

import "slices"

// FailoverStatuses are the statuses of a primary origin that an origin group can answer from
// its secondary one (Developer Guide, Optimize high availability with origin failover).
func FailoverStatuses() []int64 { return []int64{400, 403, 404, 416, 429, 500, 502, 503, 504} }

func checkOriginGroups(c *DistributionConfig, l Limits) error {
	groups := c.OriginGroups.Items
	for i, g := range groups {
		taken := slices.ContainsFunc(groups[:i], func(o OriginGroup) bool { return o.Id == g.Id }) || findOrigin(c, g.Id) != nil
		if g.Id == "" || len(g.Id) > 128 || taken {
			return invalid("The parameter OriginGroup Id must have 1 to 128 characters and be no other origin's or origin group's: %q.", g.Id)
		}
		if err := checkOriginGroup(c, &g); err != nil {
			return err
		}
	}
	return quota("TooManyOriginGroupsPerDistribution", len(groups), l.OriginGroups, "origin groups")
}

func checkOriginGroup(c *DistributionConfig, g *OriginGroup) error {
	members, statuses := g.Members.Items, g.FailoverCriteria.StatusCodes.Items
	if len(members) != 2 || members[0].OriginId == members[1].OriginId {
		return invalid("The origin group %q must have exactly two members, a primary and a secondary origin.", g.Id)
	}
	for _, m := range members {
		if findOrigin(c, m.OriginId) == nil {
			return Errorf("NoSuchOrigin", "One or more of your origins or origin groups do not exist.")
		}
	}
	if len(statuses) == 0 || hasDuplicates(statuses) {
		return invalid("The parameter StatusCodes of the origin group %q must name at least one status code, each once.", g.Id)
	}
	for _, s := range statuses {
		if !slices.Contains(FailoverStatuses(), s) {
			return invalid("The parameter StatusCodes of the origin group %q contains a code that causes no failover: %d.", g.Id, s)
		}
	}
	return nil
}
