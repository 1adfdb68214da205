package s3store

import (
	"context"
	"errors"
	"strings"
	"sync"

	"github.com/versity/versitygw/backend"

	"github.com/warmfront/warmfront/internal/objects"
	"github.com/warmfront/warmfront/internal/s3store/bucketpolicy"
)

// permission is one thing a caller must be allowed to do. An empty key means
// the bucket, an empty bucket the service.
type permission struct {
	action  string
	bucket  string
	key     string
	version string
}

// authorize decides whether the caller may do what it asks for. What depends on
// the body's contents or on what exists is decided by the guard, with the same allowed.
func (c *call) authorize() error {
	if owner := c.Get("X-Amz-Expected-Bucket-Owner"); owner != "" && owner != c.front.o.AccountID {
		return errAccessDenied()
	}
	needed, err := c.needed()
	if err != nil {
		return err
	}
	for _, p := range needed {
		if err := c.allowed(p); err != nil {
			return err
		}
	}
	return nil
}

// needed lists what the operation requires.
func (c *call) needed() ([]permission, error) {
	var out []permission
	if c.op.action != "" {
		p := permission{action: c.op.action, bucket: c.target.bucket, key: c.target.key}
		if c.op.versionAction != "" && c.has("versionId") {
			p.action, p.version = c.op.versionAction, c.Query("versionId")
		}
		out = append(out, p)
	}
	if c.op.further == nil {
		return out, nil
	}
	more, err := c.op.further(c)
	return append(out, more...), err
}

// allowed decides one permission: the account's root may do everything, its
// users what no policy denies, everyone else what the bucket's policy grants.
func (c *call) allowed(p permission) error {
	id := &c.identity
	if id.Kind == Root {
		return nil
	}
	if id.Kind == User && id.ReadOnly && !readAction(p.action) {
		return errAccessDenied()
	}
	if p.bucket == "" || p.action == "s3:CreateBucket" {
		if id.Kind == User {
			return nil
		}
		return errAccessDenied()
	}
	rules, err := c.rules(p.bucket)
	if err != nil {
		return err
	}
	decision := rules.evaluate(c, p)
	switch {
	case decision == bucketpolicy.Deny:
		return errAccessDenied()
	case id.Kind == User:
		return nil
	case decision != bucketpolicy.Allow, strings.HasSuffix(p.action, "Acl"):
		// Access control lists are for members of the account, whatever a policy says.
		return errAccessDenied()
	case id.Kind == 0 && rules.block.RestrictPublicBuckets && rules.policy.Public():
		return errAccessDenied()
	}
	return nil
}

func readAction(action string) bool {
	name := strings.TrimPrefix(action, "s3:")
	return strings.HasPrefix(name, "Get") || strings.HasPrefix(name, "List")
}

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

// storePermissions are those of headers that come with a new object.
func storePermissions(c *call) ([]permission, error) {
	var out []permission
	if c.Get("X-Amz-Tagging") != "" {
		out = append(out, permission{action: "s3:PutObjectTagging", bucket: c.target.bucket, key: c.target.key})
	}
	return out, nil
}

// attributePermissions: GetObjectAttributes needs its own action beside reading.
func attributePermissions(c *call) ([]permission, error) {
	p := permission{action: "s3:GetObjectAttributes", bucket: c.target.bucket, key: c.target.key}
	if c.has("versionId") {
		p.action, p.version = "s3:GetObjectVersionAttributes", c.Query("versionId")
	}
	return []permission{p}, nil
}

// copyPermissions are those to read a copy's source. The header is read by the
// same parser as the store reads it by.
func copyPermissions(c *call) ([]permission, error) {
	header := c.Get("X-Amz-Copy-Source")
	bucket, key, version, err := backend.ParseCopySource(header)
	if err != nil {
		return nil, err
	}
	if bucket == "" || key == "" {
		return nil, errInvalidArgument("Invalid copy source object key", "x-amz-copy-source", header)
	}
	if owner := c.Get("X-Amz-Source-Expected-Bucket-Owner"); owner != "" && owner != c.front.o.AccountID {
		return nil, errAccessDenied()
	}
	p := permission{action: "s3:GetObject", bucket: bucket, key: key}
	if version != "" {
		p.action, p.version = "s3:GetObjectVersion", version
	}
	more, err := storePermissions(c)
	return append(more, p), err
}

// bucketExists fails with NoSuchBucket, for operations that touch no backend.
func (c *call) bucketExists() error {
	_, err := c.front.store.Bucket(c.RequestCtx(), c.target.bucket)
	return err
}

// callOf finds the call a backend method works for; nil outside of requests.
func callOf(ctx context.Context) *call {
	c, _ := ctx.Value(callKey{}).(*call)
	return c
}
