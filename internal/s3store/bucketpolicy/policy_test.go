package bucketpolicy

import (
	"errors"
	"strings"
	"testing"
)

// oai and oac are the two grants of the CloudFront Developer Guide,
// "Restrict access to an Amazon S3 origin".
const (
	oai = `{
    "Version": "2012-10-17",
    "Id": "PolicyForCloudFrontPrivateContent",
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": {
                "AWS": "arn:aws:iam::cloudfront:user/CloudFront Origin Access Identity EH1HDMB1FH2TC"
            },
            "Action": "s3:GetObject",
            "Resource": "arn:aws:s3:::amzn-s3-demo-bucket/*"
        }
    ]
}`
	oac = `{
    "Version": "2008-10-17",
    "Statement": [
        {
            "Sid": "AllowCloudFrontServicePrincipalReadOnly",
            "Effect": "Allow",
            "Principal": {"Service": "cloudfront.amazonaws.com"},
            "Action": ["s3:GetObject", "s3:PutObject"],
            "Resource": "arn:aws:s3:::amzn-s3-demo-bucket/*",
            "Condition": {"StringEquals": {"AWS:SourceArn": "arn:aws:cloudfront::111122223333:distribution/EDFDVBD6EXAMPLE"}}
        }
    ]
}`
)

const bucket = "amzn-s3-demo-bucket"

// statementWith puts elements into a one-statement policy.
func statementWith(elements string) string {
	return `{"Version":"2012-10-17","Statement":[{` + elements + `}]}`
}

const everyoneReads = `"Effect":"Allow","Principal":"*","Action":"s3:GetObject","Resource":"arn:aws:s3:::amzn-s3-demo-bucket/*"`

func mustParse(t *testing.T, doc string) *Policy {
	t.Helper()
	p, err := Parse([]byte(doc))
	if err != nil {
		t.Fatalf("Parse(%s): %v", doc, err)
	}
	return p
}

func context(pairs ...string) func(string) []string {
	values := map[string][]string{}
	for i := 0; i < len(pairs); i += 2 {
		values[pairs[i]] = append(values[pairs[i]], pairs[i+1])
	}
	return func(key string) []string { return values[key] }
}

var (
	identity = Principal{ARN: OriginAccessIdentityARN("EH1HDMB1FH2TC"), CanonicalID: strings.Repeat("ab", 48)}
	service  = Principal{Service: "cloudfront.amazonaws.com"}
	user     = Principal{ARN: "arn:aws:iam::111122223333:user/alice", AccountID: "111122223333"}
)

func TestCloudFrontGrants(t *testing.T) {
	distribution := func(id string) func(string) []string {
		return context("aws:sourcearn", "arn:aws:cloudfront::111122223333:distribution/"+id)
	}
	tests := []struct {
		name     string
		document string
		request  Request
		want     Decision
	}{
		{"identity reads", oai, Request{Principal: identity, Action: "s3:GetObject", Resource: ObjectARN(bucket, "a/b")}, Allow},
		{"identity does not write", oai, Request{Principal: identity, Action: "s3:PutObject", Resource: ObjectARN(bucket, "a")}, NoMatch},
		{"identity does not list", oai, Request{Principal: identity, Action: "s3:ListBucket", Resource: BucketARN(bucket)}, NoMatch},
		{"another bucket", oai, Request{Principal: identity, Action: "s3:GetObject", Resource: ObjectARN("other", "a")}, NoMatch},
		{"another identity", oai, Request{Principal: Principal{ARN: OriginAccessIdentityARN("EOTHER")}, Action: "s3:GetObject", Resource: ObjectARN(bucket, "a")}, NoMatch},
		{"anonymous", oai, Request{Action: "s3:GetObject", Resource: ObjectARN(bucket, "a")}, NoMatch},
		{"distribution reads", oac, Request{Principal: service, Action: "s3:GetObject", Resource: ObjectARN(bucket, "a"), Values: distribution("EDFDVBD6EXAMPLE")}, Allow},
		{"distribution writes", oac, Request{Principal: service, Action: "s3:PutObject", Resource: ObjectARN(bucket, "a"), Values: distribution("EDFDVBD6EXAMPLE")}, Allow},
		{"another distribution", oac, Request{Principal: service, Action: "s3:GetObject", Resource: ObjectARN(bucket, "a"), Values: distribution("EOTHER")}, NoMatch},
		{"no source", oac, Request{Principal: service, Action: "s3:GetObject", Resource: ObjectARN(bucket, "a")}, NoMatch},
		{"user with the source", oac, Request{Principal: user, Action: "s3:GetObject", Resource: ObjectARN(bucket, "a"), Values: distribution("EDFDVBD6EXAMPLE")}, NoMatch},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := mustParse(t, tt.document)
			if got := p.Evaluate(tt.request); got != tt.want {
				t.Errorf("Evaluate = %v, want %v", got, tt.want)
			}
			if p.Public() {
				t.Error("a grant to CloudFront counts as public")
			}
		})
	}
	if id := mustParse(t, oai).ID(); id != "PolicyForCloudFrontPrivateContent" {
		t.Errorf("ID = %q", id)
	}
}

func TestPrincipals(t *testing.T) {
	canonical := strings.Repeat("ab", 48)
	tests := []struct {
		element   string
		principal Principal
		want      Decision
	}{
		{`"Principal":"*"`, Principal{}, Allow},
		{`"Principal":{"AWS":"*"}`, Principal{}, Allow},
		{`"Principal":{"AWS":["*"]}`, service, Allow},
		{`"Principal":{"AWS":"111122223333"}`, user, Allow},
		{`"Principal":{"AWS":"arn:aws:iam::111122223333:root"}`, user, Allow},
		{`"Principal":{"AWS":"444455556666"}`, user, NoMatch},
		{`"Principal":{"AWS":"111122223333"}`, identity, NoMatch},
		{`"Principal":{"AWS":"111122223333"}`, Principal{}, NoMatch},
		{`"Principal":{"AWS":["444455556666","arn:aws:iam::111122223333:user/alice"]}`, user, Allow},
		{`"Principal":{"AWS":"arn:aws:iam::111122223333:user/bob"}`, user, NoMatch},
		{`"Principal":{"CanonicalUser":"` + canonical + `"}`, identity, Allow},
		{`"Principal":{"CanonicalUser":"` + strings.Repeat("cd", 48) + `"}`, identity, NoMatch},
		{`"Principal":{"CanonicalUser":"` + canonical + `"}`, Principal{}, NoMatch},
		{`"Principal":{"Service":["logging.s3.amazonaws.com","cloudfront.amazonaws.com"]}`, service, Allow},
		{`"Principal":{"Service":"logging.s3.amazonaws.com"}`, service, NoMatch},
		{`"Principal":{"Service":"cloudfront.amazonaws.com","AWS":"111122223333"}`, user, Allow},
		{`"NotPrincipal":{"AWS":"111122223333"}`, user, NoMatch},
		{`"NotPrincipal":{"AWS":"111122223333"}`, service, Allow},
		{`"NotPrincipal":{"AWS":"111122223333"}`, Principal{}, Allow},
	}
	for _, tt := range tests {
		p := mustParse(t, statementWith(`"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::b/*",`+tt.element))
		got := p.Evaluate(Request{Principal: tt.principal, Action: "s3:GetObject", Resource: ObjectARN("b", "k")})
		if got != tt.want {
			t.Errorf("%s for %+v = %v, want %v", tt.element, tt.principal, got, tt.want)
		}
	}
}

func TestActionsAndResources(t *testing.T) {
	tests := []struct {
		elements string
		action   string
		resource string
		want     Decision
	}{
		{`"Action":"s3:*","Resource":["arn:aws:s3:::b","arn:aws:s3:::b/*"]`, "s3:DeleteBucket", BucketARN("b"), Allow},
		{`"Action":"*","Resource":"arn:aws:s3:::b/*"`, "s3:GetObject", ObjectARN("b", "k"), Allow},
		{`"Action":"S3:getobject","Resource":"arn:aws:s3:::b/*"`, "s3:GetObject", ObjectARN("b", "k"), Allow},
		{`"Action":"s3:Get*","Resource":"arn:aws:s3:::b/*"`, "s3:PutObject", ObjectARN("b", "k"), NoMatch},
		{`"Action":"s3:GetObject?agging","Resource":"arn:aws:s3:::b/*"`, "s3:GetObjectTagging", ObjectARN("b", "k"), Allow},
		{`"NotAction":"s3:DeleteObject","Resource":"arn:aws:s3:::b/*"`, "s3:GetObject", ObjectARN("b", "k"), Allow},
		{`"NotAction":"s3:Delete*","Resource":"arn:aws:s3:::b/*"`, "s3:DeleteObject", ObjectARN("b", "k"), NoMatch},
		{`"Action":"s3:GetObject","Resource":"arn:aws:s3:::b/public/*"`, "s3:GetObject", ObjectARN("b", "public/"), Allow},
		{`"Action":"s3:GetObject","Resource":"arn:aws:s3:::b/public/*"`, "s3:GetObject", ObjectARN("b", "public"), NoMatch},
		{`"Action":"s3:GetObject","Resource":"arn:aws:s3:::b/public/*"`, "s3:GetObject", ObjectARN("b", "/public/x"), NoMatch},
		{`"Action":"s3:GetObject","Resource":"arn:aws:s3:::b/Public/*"`, "s3:GetObject", ObjectARN("b", "public/x"), NoMatch},
		{`"Action":"s3:GetObject","Resource":"arn:aws:s3:::b/?.txt"`, "s3:GetObject", ObjectARN("b", "ü.txt"), Allow},
		{`"Action":"s3:GetObject","Resource":"arn:aws:s3:::b/*.jpg"`, "s3:GetObject", ObjectARN("b", "a.jpg/b.jpg"), Allow},
		{`"Action":"s3:GetObject","Resource":"arn:aws:s3:::b*"`, "s3:GetObject", ObjectARN("b", "k"), Allow},
		{`"Action":"s3:GetObject","NotResource":"arn:aws:s3:::b/private/*"`, "s3:GetObject", ObjectARN("b", "k"), Allow},
		{`"Action":"s3:GetObject","NotResource":"arn:aws:s3:::b/private/*"`, "s3:GetObject", ObjectARN("b", "private/k"), NoMatch},
		{`"Action":"s3:ListBucket","Resource":"arn:aws:s3:::b"`, "s3:ListBucket", BucketARN("b"), Allow},
		{`"Action":"s3:GetObject","Resource":"arn:aws:s3:::b/\u0000*"`, "s3:GetObject", ObjectARN("b", "\x00k"), Allow},
	}
	for _, tt := range tests {
		p := mustParse(t, statementWith(`"Effect":"Allow","Principal":"*",`+tt.elements))
		if got := p.Evaluate(Request{Action: tt.action, Resource: tt.resource}); got != tt.want {
			t.Errorf("%s: %s on %q = %v, want %v", tt.elements, tt.action, tt.resource, got, tt.want)
		}
	}
}

func TestDenyWins(t *testing.T) {
	p := mustParse(t, `{"Version":"2012-10-17","Statement":[
		{"Effect":"Deny","Principal":"*","Action":"s3:*","Resource":"arn:aws:s3:::b/*","Condition":{"Bool":{"aws:SecureTransport":"false"}}},
		{`+strings.ReplaceAll(everyoneReads, bucket, "b")+`}]}`)
	r := Request{Action: "s3:GetObject", Resource: ObjectARN("b", "k")}
	for secure, want := range map[string]Decision{"true": Allow, "false": Deny} {
		r.Values = context("aws:securetransport", secure)
		if got := p.Evaluate(r); got != want {
			t.Errorf("secure %s: %v, want %v", secure, got, want)
		}
	}
}

func TestRefusedDocuments(t *testing.T) {
	tests := []struct{ document, message string }{
		{``, "Policies must be valid JSON and the first byte must be '{'"},
		{` {}`, "Policies must be valid JSON and the first byte must be '{'"},
		{`[]`, "Policies must be valid JSON and the first byte must be '{'"},
		{`{"Version":`, "This policy contains invalid Json"},
		{`{"Version":"2012-10-17","Version":"2012-10-17","Statement":[]}`, "This policy contains invalid Json"},
		{`{}`, "Missing required field Statement"},
		{`{"Statement":[]}`, "Could not parse the policy: Statement is empty!"},
		{`{"Statement":[{}]}`, "Could not parse the policy: Statement is empty!"},
		{`{"Statement":[7]}`, "Invalid policy syntax."},
		{`{"Version":"2013-10-17","Statement":[{` + everyoneReads + `}]}`, "The policy must contain a valid version string"},
		{`{"Versoin":"2012-10-17","Statement":[{` + everyoneReads + `}]}`, "Unknown field Versoin"},
		{statementWith(everyoneReads + `,"Extra":1`), "Unknown field Extra"},
		{statementWith(strings.Replace(everyoneReads, "Allow", "allow", 1)), "Invalid effect: allow"},
		{statementWith(`"Principal":"*","Action":"s3:GetObject","Resource":"arn:aws:s3:::b/*"`), "Missing required field Effect"},
		{statementWith(`"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::b/*"`), "Missing required field Principal"},
		{statementWith(`"Effect":"Allow","Principal":"*","Resource":"arn:aws:s3:::b/*"`), "Missing required field Action"},
		{statementWith(`"Effect":"Allow","Principal":"*","Action":"s3:GetObject"`), "Missing required field Resource"},
		{statementWith(everyoneReads + `,"NotAction":"s3:PutObject"`), "Statement cannot contain both Action and NotAction"},
		{statementWith(`"Effect":"Allow","Principal":"*","Action":"s3:GetObject","Resource":"*"`), "Policy has invalid resource"},
		{statementWith(`"Effect":"Allow","Principal":"*","Action":"s3:GetObject","Resource":"arn:aws:s3:::*"`), ""},
		{statementWith(`"Effect":"Allow","Principal":"*","Action":"s3:FlyToTheMoon","Resource":"arn:aws:s3:::b/*"`), "Policy has invalid action"},
		{statementWith(`"Effect":"Allow","Principal":"*","Action":"ec2:*","Resource":"arn:aws:s3:::b/*"`), "Policy has invalid action"},
		{statementWith(`"Effect":"Allow","Principal":"*","Action":[],"Resource":"arn:aws:s3:::b/*"`), "Action cannot be empty!"},
		{statementWith(`"Effect":"Allow","Principal":"*","Action":"s3:ListBucket","Resource":"arn:aws:s3:::b/*"`), "Action does not apply to any resource(s) in statement"},
		{statementWith(`"Effect":"Allow","Principal":"*","Action":"s3:GetObject","Resource":"arn:aws:s3:::b"`), "Action does not apply to any resource(s) in statement"},
		{statementWith(strings.Replace(everyoneReads, `"*"`, `"alice"`, 1)), "Invalid principal in policy"},
		{statementWith(strings.Replace(everyoneReads, `"*"`, `{"AWS":"alice"}`, 1)), "Invalid principal in policy"},
		{statementWith(strings.Replace(everyoneReads, `"*"`, `{"AWS":"arn:aws:iam::111122223333:user/*"}`, 1)), "Invalid principal in policy"},
		{statementWith(strings.Replace(everyoneReads, `"*"`, `{"AWS":[]}`, 1)), "Invalid principal in policy"},
		{statementWith(strings.Replace(everyoneReads, `"*"`, `{}`, 1)), "Invalid principal in policy"},
		{statementWith(strings.Replace(everyoneReads, `"*"`, `{"Service":"*"}`, 1)), "Invalid principal in policy"},
		{statementWith(strings.Replace(everyoneReads, `"*"`, `{"CanonicalUser":"xyz"}`, 1)), "Invalid principal in policy"},
		{statementWith(strings.Replace(everyoneReads, `"*"`, `{"Federated":"x"}`, 1)), "Invalid principal in policy"},
		{statementWith(everyoneReads + `,"Condition":{"StringMaybe":{"aws:SourceArn":"x"}}`), "Invalid Condition type : StringMaybe"},
		{statementWith(everyoneReads + `,"Condition":{"StringEquals":{"aws:Nonsense":"x"}}`), "Policy has an invalid condition key"},
		{statementWith(everyoneReads + `,"Condition":{"IpAddress":{"aws:SourceIp":"10.0.0"}}`), "Invalid IP address in Conditions"},
		{statementWith(everyoneReads + `,"Condition":{"StringEquals":{"aws:SourceIp":"x"}}`), "Invalid IP address in Conditions"},
		{statementWith(everyoneReads + `,"Condition":{"NumericLessThan":{"s3:signatureAge":"x"}}`), "Invalid value in Conditions for key s3:signatureage"},
		{statementWith(everyoneReads + `,"Condition":{"StringLike":{"s3:prefix":"x"}}`), "Conditions do not apply to combination of actions and resources in statement"},
		{statementWith(everyoneReads + `,"Condition":{"StringLike":{"aws:Referer":{"x":1}}}`), "Invalid policy syntax."},
		{`{"Statement":[{"Sid":"a",` + everyoneReads + `},{"Sid":"a",` + everyoneReads + `}]}`, "Statement IDs (SID) in a single policy must be unique."},
		{`{"Id":"` + strings.Repeat("x", MaxDocumentBytes) + `"}`, "Policy exceeds the maximum allowed document size."},
	}
	for _, tt := range tests {
		_, err := Parse([]byte(tt.document))
		var refused *Error
		switch {
		case tt.message == "" && err == nil:
		case !errors.As(err, &refused) || refused.Message != tt.message:
			t.Errorf("Parse(%.120s) = %v, want %q", tt.document, err, tt.message)
		}
	}
}

type known map[string]bool

func (k known) OriginAccessIdentity(id string) bool { return k[id] }
func (k known) CanonicalUser(id string) bool        { return k[id] }

func TestValidate(t *testing.T) {
	canonical := strings.Repeat("ab", 48)
	tests := []struct{ document, bucket, message string }{
		{oai, bucket, ""},
		{oac, bucket, ""},
		{oac, "other", "Policy has invalid resource"},
		{strings.ReplaceAll(oai, "EH1HDMB1FH2TC", "EGONE"), bucket, "Invalid principal in policy"},
		{statementWith(strings.Replace(everyoneReads, `"*"`, `{"CanonicalUser":"`+canonical+`"}`, 1)), bucket, ""},
		{statementWith(strings.Replace(everyoneReads, `"*"`, `{"CanonicalUser":"`+strings.Repeat("0", 64)+`"}`, 1)), bucket, "Invalid principal in policy"},
		{statementWith(strings.Replace(everyoneReads, bucket+"/*", "*", 1)), bucket, "Policy has invalid resource"},
		{statementWith(strings.Replace(everyoneReads, bucket+"/*", bucket+"*", 1)), bucket, ""},
		{statementWith(strings.Replace(everyoneReads, bucket+"/*", bucket+"-2/*", 1)), bucket, "Policy has invalid resource"},
	}
	for _, tt := range tests {
		err := mustParse(t, tt.document).Validate(tt.bucket, known{"EH1HDMB1FH2TC": true, canonical: true})
		got := ""
		if err != nil {
			got = err.Error()
		}
		if got != tt.message {
			t.Errorf("Validate(%.100s) = %q, want %q", tt.document, got, tt.message)
		}
	}
}

func TestPublic(t *testing.T) {
	condition := func(c string) string { return statementWith(everyoneReads + `,"Condition":` + c) }
	tests := []struct {
		document string
		want     bool
	}{
		{statementWith(everyoneReads), true},
		{statementWith(strings.Replace(everyoneReads, `"*"`, `{"AWS":"*"}`, 1)), true},
		{statementWith(strings.Replace(everyoneReads, `"Principal":"*"`, `"NotPrincipal":{"AWS":"111122223333"}`, 1)), true},
		{statementWith(strings.Replace(everyoneReads, `"*"`, `{"AWS":"111122223333"}`, 1)), false},
		{statementWith(strings.Replace(everyoneReads, "Allow", "Deny", 1)), false},
		{condition(`{"IpAddress":{"aws:SourceIp":"203.0.113.0/24"}}`), false},
		{condition(`{"IpAddress":{"aws:SourceIp":["203.0.113.0/24","0.0.0.0/0"]}}`), true},
		{condition(`{"IpAddress":{"aws:SourceIp":"10.0.0.0/8"}}`), false},
		{condition(`{"NotIpAddress":{"aws:SourceIp":"203.0.113.0/24"}}`), true},
		{condition(`{"IpAddressIfExists":{"aws:SourceIp":"203.0.113.0/24"}}`), true},
		{condition(`{"StringEquals":{"aws:SourceVpc":"vpc-91237329"}}`), false},
		{condition(`{"StringLike":{"aws:SourceVpc":"vpc-*"}}`), true},
		{condition(`{"StringEquals":{"aws:SourceArn":"${aws:SourceArn}"}}`), true},
		{condition(`{"StringLike":{"aws:Referer":"https://example.com/*"}}`), true},
		{condition(`{"ForAllValues:StringEquals":{"aws:SourceVpc":"vpc-91237329"}}`), true},
	}
	for _, tt := range tests {
		if got := mustParse(t, tt.document).Public(); got != tt.want {
			t.Errorf("Public(%s) = %v, want %v", tt.document, got, tt.want)
		}
	}
}
