package s3store

import (
	"errors"
	"sync"

	"github.com/warmfront/warmfront/internal/objects"
	"github.com/warmfront/warmfront/internal/s3store/bucketpolicy"
)

// bucketRules are the documents that decide about a bucket.
type bucketRules struct {
	policy *bucketpolicy.Policy // nil when there is none
	block  publicAccessBlock
}

// rules reads a bucket's rules, once per request. A policy that cannot be read
// is an error: it might have denied.
func (c *call) rules(bucket string) (bucketRules, error) {
	if r, ok := c.buckets[bucket]; ok {
		return r, nil
	}
	var r bucketRules
	raw, err := c.front.store.Document(c.RequestCtx(), bucket, objects.Policy)
	if err != nil && !errors.Is(err, objects.ErrNoDocument) {
		return r, err
	}
	if err == nil {
		if r.policy, err = c.front.policies.get(bucket, raw); err != nil {
			return r, err
		}
	}
	if r.block, _, err = c.front.publicAccessBlock(c.RequestCtx(), bucket); err != nil {
		return r, err
	}
	if c.buckets == nil {
		c.buckets = map[string]bucketRules{}
	}
	c.buckets[bucket] = r
	return r, nil
}

func (r *bucketRules) evaluate(c *call, p permission) bucketpolicy.Decision {
	if r.policy == nil {
		return bucketpolicy.NoMatch
	}
	resource := bucketpolicy.BucketARN(p.bucket)
	if p.key != "" {
		resource = bucketpolicy.ObjectARN(p.bucket, p.key)
	}
	return r.policy.Evaluate(bucketpolicy.Request{
		Principal: c.identity.principal(c.front.o.AccountID),
		Action:    p.action,
		Resource:  resource,
		Values:    func(key string) []string { return c.conditionValues(key, p) },
	})
}

// policyCache keeps parsed policies by bucket, each good as long as the
// document's bytes are the same.
type policyCache struct {
	mu      sync.Mutex
	entries map[string]parsedPolicy // guarded by mu
}

type parsedPolicy struct {
	raw    string
	policy *bucketpolicy.Policy
}

// maxCachedPolicies bounds the cache; beyond it everything is parsed anew.
const maxCachedPolicies = 4096

func (pc *policyCache) get(bucket string, raw []byte) (*bucketpolicy.Policy, error) {
	pc.mu.Lock()
	entry, ok := pc.entries[bucket]
	pc.mu.Unlock()
	if ok && entry.raw == string(raw) {
		return entry.policy, nil
	}
	policy, err := bucketpolicy.Parse(raw)
	if err != nil {
		return nil, errors.Join(errors.New("stored policy of bucket "+bucket+" cannot be read"), err)
	}
	pc.mu.Lock()
	defer pc.mu.Unlock()
	if pc.entries == nil || len(pc.entries) >= maxCachedPolicies {
		pc.entries = map[string]parsedPolicy{}
	}
	pc.entries[bucket] = parsedPolicy{string(raw), policy}
	return policy, nil
}
