package s3store

import (
	"context"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

func TestCreateBucket(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	constraint := func(region string) string {
		return `<CreateBucketConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><LocationConstraint>` + region + `</LocationConstraint></CreateBucketConfiguration>`
	}
	tests := []struct {
		who          Identity
		bucket, body string
		status       int
		want         string
	}{
		{root, "first-one", "", 200, ""},
		{root, "first-one", "", 200, ""},
		{alice, "by-a-user", "", 200, ""},
		{root, "in-europe", constraint("eu-central-1"), 200, ""},
		{root, "in-europe", constraint("eu-central-1"), 409, "<Code>BucketAlreadyOwnedByYou</Code>"},
		{root, "in-eu", constraint("EU"), 200, ""},
		{root, "nowhere", constraint("us-east-1"), 400, "<Code>InvalidLocationConstraint</Code>"},
		{root, "nowhere", constraint("the moon"), 400, "<Code>InvalidLocationConstraint</Code>"},
		{root, "nowhere", "<CreateBucketConfiguration", 400, "<Code>MalformedXML</Code>"},
		{root, "console", "", 400, "<Code>InvalidBucketName</Code>"},
		{root, "healthz", "", 400, "<Code>InvalidBucketName</Code>"},
		{root, "readyz", "", 400, "<Code>InvalidBucketName</Code>"},
		{root, "metrics", "", 400, "<Code>InvalidBucketName</Code>"},
		{root, "_warmfront", "", 400, "<Code>InvalidBucketName</Code>"},
		{root, "UPPER", "", 400, "<Code>InvalidBucketName</Code>"},
		{root, "192.168.1.1", "", 400, "<Code>InvalidBucketName</Code>"},
		{reader, "by-a-reader", "", 403, "<Code>AccessDenied</Code>"},
		{accessID, "by-an-identity", "", 403, "<Code>AccessDenied</Code>"},
		{origin, "by-a-distribution", "", 403, "<Code>AccessDenied</Code>"},
		{nobody, "by-nobody", "", 403, "<Code>AccessDenied</Code>"},
	}
	for _, tt := range tests {
		a := w.send(tt.who, "PUT", "/"+tt.bucket, tt.body)
		if a.status != tt.status || !strings.Contains(a.body, tt.want) {
			t.Errorf("%s by %q: %d %s", tt.bucket, tt.who.AccessKeyID, a.status, a.body)
		}
		if tt.status == 200 && a.header.Get("Location") != "/"+tt.bucket {
			t.Errorf("%s: location %q", tt.bucket, a.header.Get("Location"))
		}
	}
	for bucket, want := range map[string][2]string{
		"first-one": {"us-east-1", `<LocationConstraint xmlns="http://s3.amazonaws.com/doc/2006-03-01/"></LocationConstraint>`},
		"in-europe": {"eu-central-1", ">eu-central-1</LocationConstraint>"},
		"in-eu":     {"eu-west-1", ">eu-west-1</LocationConstraint>"},
	} {
		if a := w.send(root, "GET", "/"+bucket+"?location", ""); !strings.Contains(a.body, want[1]) {
			t.Errorf("%s: %s", bucket, a.body)
		}
		for name, a := range map[string]answer{
			"HeadBucket": w.send(root, "HEAD", "/"+bucket, ""), "a refusal": w.send(nobody, "HEAD", "/"+bucket, ""),
			"ListObjectsV2": w.send(root, "GET", "/"+bucket+"?list-type=2", ""),
		} {
			if got := a.header.Values("X-Amz-Bucket-Region"); len(got) != 1 || got[0] != want[0] {
				t.Errorf("%s of %s says region %q", name, bucket, got)
			}
		}
	}
	a := w.send(root, "GET", "/?bucket-region=eu-central-1", "")
	if !strings.Contains(a.body, "in-europe") || strings.Contains(a.body, "first-one") {
		t.Errorf("buckets of one region: %s", a.body)
	}
	if a := w.send(root, "PUT", "/with-acl", "", "X-Amz-Acl", "public-read"); a.status != 400 || !strings.Contains(a.body, "InvalidBucketAclWithObjectOwnership") {
		t.Errorf("a public ACL: %d %s", a.status, a.body)
	}
}

// TestSurvey reads every configuration of a plain bucket, as infrastructure
// tools do.
func TestSurvey(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.bucket("surveyed")
	for subresource, want := range map[string]string{
		"policy": "NoSuchBucketPolicy", "cors": "NoSuchCORSConfiguration", "website": "NoSuchWebsiteConfiguration",
		"lifecycle": "NoSuchLifecycleConfiguration", "replication": "ReplicationConfigurationNotFoundError",
		"encryption": "ServerSideEncryptionConfigurationNotFoundError", "object-lock": "ObjectLockConfigurationNotFoundError",
		"tagging": "NoSuchTagSet", "analytics&id=x": "NoSuchConfiguration",
	} {
		a := w.send(root, "GET", "/surveyed?"+subresource, "")
		if a.status != 404 || !strings.Contains(a.body, "<Code>"+want+"</Code>") || !strings.Contains(a.body, "<BucketName>surveyed</BucketName>") {
			t.Errorf("%s: %d %s", subresource, a.status, a.body)
		}
		if a := w.send(root, "GET", "/surveyed-not?"+subresource, ""); a.status != 404 || !strings.Contains(a.body, "<Code>NoSuchBucket</Code>") {
			t.Errorf("%s of no bucket: %d %s", subresource, a.status, a.body)
		}
	}
	for subresource, want := range map[string]string{
		"versioning": "VersioningConfiguration", "acl": "FULL_CONTROL", "logging": "BucketLoggingStatus", "requestPayment": "<Payer>BucketOwner</Payer>",
		"accelerate": "AccelerateConfiguration", "notification": "NotificationConfiguration", "publicAccessBlock": "<BlockPublicPolicy>true",
		"ownershipControls": "BucketOwnerEnforced", "location": "LocationConstraint", "analytics": "ListBucketAnalyticsConfigurationResult",
	} {
		a := w.send(root, "GET", "/surveyed?"+subresource, "")
		if a.status != 200 || !strings.Contains(a.body, want) || a.header.Get("Content-Type") != "application/xml" {
			t.Errorf("%s: %d %s", subresource, a.status, a.body)
		}
	}
	for _, x := range features {
		if a := w.send(root, "PUT", "/surveyed?"+x.subresource, "<x/>"); a.status != 501 || !strings.Contains(a.body, "<Code>NotImplemented</Code>") {
			t.Errorf("put %s: %d %s", x.subresource, a.status, a.body)
		}
		if a := w.send(root, "DELETE", "/surveyed?"+x.subresource, ""); x.deletable && a.status != 204 {
			t.Errorf("delete %s: %d %s", x.subresource, a.status, a.body)
		}
	}
}

func TestAccessControlLists(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.bucket("listed")
	w.put("listed", "k", "v")
	own := w.send(root, "GET", "/listed/k?acl", "").body
	if !strings.Contains(own, "<ID>"+CanonicalID(testAccount)+"</ID>") {
		t.Fatalf("acl: %s", own)
	}
	list := own[strings.Index(own, "<AccessControlPolicy"):]
	shared := strings.Replace(list, "FULL_CONTROL", "READ", 1)
	tests := []struct {
		target, body, canned string
		status               int
		want                 string
	}{
		{"/listed/k?acl", list, "", 200, ""},
		{"/listed?acl", list, "", 200, ""},
		{"/listed/k?acl", shared, "", 400, "AccessControlListNotSupported"},
		{"/listed/k?acl", "<x", "", 400, "MalformedACLError"},
		{"/listed/k?acl", "", "public-read", 400, "AccessControlListNotSupported"},
		{"/listed/k?acl", "", "bucket-owner-full-control", 200, ""},
		{"/listed/missing?acl", list, "", 404, "NoSuchKey"},
		{"/listed-not?acl", list, "", 404, "NoSuchBucket"},
	}
	for _, tt := range tests {
		a := w.send(root, "PUT", tt.target, tt.body, "X-Amz-Acl", tt.canned)
		if a.status != tt.status || !strings.Contains(a.body, tt.want) {
			t.Errorf("%s %s %.40s: %d %s", tt.target, tt.canned, tt.body, a.status, a.body)
		}
	}
	name := "listed"
	_, err := w.as(root).PutBucketOwnershipControls(context.Background(), &s3.PutBucketOwnershipControlsInput{
		Bucket:            &name,
		OwnershipControls: &types.OwnershipControls{Rules: []types.OwnershipControlsRule{{ObjectOwnership: types.ObjectOwnershipBucketOwnerPreferred}}},
	})
	w.check(err)
	for canned, want := range map[string]int{"private": 200, "public-read": 501} {
		if a := w.send(root, "PUT", "/listed/k?acl", "", "X-Amz-Acl", canned); a.status != want {
			t.Errorf("%s with ACLs on: %d %s", canned, a.status, a.body)
		}
	}
}
