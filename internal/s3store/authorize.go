package s3store

import (
	"context"
	"net/http"
	"strings"

	"github.com/warmfront/warmfront/internal/s3store/bucketpolicy"
)

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
		return errReadOnly(id, p.action)
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
	case strings.Contains(p.action, "BucketPolicy"), strings.HasSuffix(p.action, "PublicAccessBlock"):
		// Who is let in is for members, too: a grant of s3:* must not grow by itself. S3 answers
		// this code to identities of other accounts (Amazon S3 API Reference, PutBucketPolicy).
		return fail(http.StatusMethodNotAllowed, "MethodNotAllowed", "The specified method is not allowed against this resource.")
	case id.Kind == 0 && rules.block.RestrictPublicBuckets && rules.policy.Public():
		return errAccessDenied()
	}
	return nil
}

func readAction(action string) bool {
	name := strings.TrimPrefix(action, "s3:")
	return strings.HasPrefix(name, "Get") || strings.HasPrefix(name, "List")
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
