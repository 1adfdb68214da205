package bucketpolicy

import "testing"

func TestConditions(t *testing.T) {
	const distribution = "arn:aws:cloudfront::111122223333:distribution/E1"
	tests := []struct {
		condition string
		values    func(string) []string
		want      bool
	}{
		{`{"StringEquals":{"AWS:SourceAccount":"111122223333"}}`, context("aws:sourceaccount", "111122223333"), true},
		{`{"StringEquals":{"aws:SourceAccount":111122223333}}`, context("aws:sourceaccount", "111122223333"), true},
		{`{"StringEquals":{"aws:UserAgent":["a","b"]}}`, context("aws:useragent", "b"), true},
		{`{"StringEquals":{"aws:UserAgent":"a*"}}`, context("aws:useragent", "ab"), false},
		{`{"StringEquals":{"aws:UserAgent":"A"}}`, context("aws:useragent", "a"), false},
		{`{"StringEqualsIgnoreCase":{"aws:UserAgent":"A"}}`, context("aws:useragent", "a"), true},
		{`{"StringNotEquals":{"aws:UserAgent":["a","b"]}}`, context("aws:useragent", "b"), false},
		{`{"StringNotEquals":{"aws:UserAgent":["a","b"]}}`, context("aws:useragent", "c"), true},
		{`{"StringNotEquals":{"aws:UserAgent":"a"}}`, nil, true},
		{`{"StringEquals":{"aws:UserAgent":"a"}}`, nil, false},
		{`{"StringEqualsIfExists":{"aws:UserAgent":"a"}}`, nil, true},
		{`{"StringEqualsIfExists":{"aws:UserAgent":"a"}}`, context("aws:useragent", "b"), false},
		{`{"StringLike":{"aws:Referer":["https://example.com/*"]}}`, context("aws:referer", "https://example.com/x"), true},
		{`{"StringNotLike":{"aws:Referer":"https://example.com/*"}}`, context("aws:referer", "https://example.com/x"), false},
		{`{"StringLike":{"aws:Referer":"${aws:UserAgent}/*"}}`, context("aws:referer", "*/x", "aws:useragent", "*"), true},
		{`{"StringLike":{"aws:Referer":"${aws:UserAgent}/*"}}`, context("aws:referer", "a/x", "aws:useragent", "*"), false},
		{`{"StringLike":{"aws:Referer":"${aws:UserAgent}/*"}}`, context("aws:referer", "/x"), false},
		{`{"StringLike":{"aws:Referer":"${aws:UserAgent, 'nobody'}/*"}}`, context("aws:referer", "nobody/x"), true},
		{`{"StringLike":{"aws:Referer":"a${*}"}}`, context("aws:referer", "a*"), true},
		{`{"StringLike":{"aws:Referer":"a${*}"}}`, context("aws:referer", "ab"), false},
		{`{"ArnEquals":{"aws:SourceArn":"` + distribution + `"}}`, context("aws:sourcearn", distribution), true},
		{`{"ArnLike":{"aws:SourceArn":"arn:aws:cloudfront::*:distribution/E*"}}`, context("aws:sourcearn", distribution), true},
		{`{"ArnLike":{"aws:SourceArn":"arn:aws:*:distribution/E1"}}`, context("aws:sourcearn", distribution), false},
		{`{"ArnLike":{"aws:SourceArn":"arn:*:cloudfront::1:distribution/E1"}}`, context("aws:sourcearn", distribution), false},
		{`{"ArnLike":{"aws:SourceArn":"*"}}`, context("aws:sourcearn", distribution), true},
		{`{"ArnLike":{"aws:SourceArn":"${aws:PrincipalArn}"}}`, context("aws:sourcearn", distribution, "aws:principalarn", distribution), true},
		{`{"ArnNotEquals":{"aws:SourceArn":"` + distribution + `"}}`, context("aws:sourcearn", distribution), false},
		{`{"ArnNotLike":{"aws:SourceArn":"` + distribution + `"}}`, nil, true},
		{`{"NumericEquals":{"s3:signatureAge":"10"}}`, context("s3:signatureage", "10.0"), true},
		{`{"NumericNotEquals":{"s3:signatureAge":10}}`, context("s3:signatureage", "10"), false},
		{`{"NumericLessThan":{"s3:signatureAge":10}}`, context("s3:signatureage", "10"), false},
		{`{"NumericLessThanEquals":{"s3:signatureAge":10}}`, context("s3:signatureage", "10"), true},
		{`{"NumericGreaterThan":{"s3:signatureAge":10}}`, context("s3:signatureage", "11"), true},
		{`{"NumericGreaterThanEquals":{"s3:signatureAge":10}}`, context("s3:signatureage", "x"), false},
		{`{"DateLessThan":{"aws:CurrentTime":"2026-06-30T23:59:59Z"}}`, context("aws:currenttime", "2026-06-30T23:59:58Z"), true},
		{`{"DateGreaterThan":{"aws:CurrentTime":"2026-06-30T23:59:59Z"}}`, context("aws:currenttime", "2026-06-30T23:59:58Z"), false},
		{`{"DateGreaterThanEquals":{"aws:EpochTime":"1782863999"}}`, context("aws:epochtime", "1782863999"), true},
		{`{"DateEquals":{"aws:CurrentTime":"2026-06-30"}}`, context("aws:currenttime", "2026-06-30T00:00:00Z"), true},
		{`{"DateNotEquals":{"aws:CurrentTime":"2026-06-30"}}`, context("aws:currenttime", "2026-06-30T00:00:00Z"), false},
		{`{"DateLessThanEquals":{"aws:CurrentTime":"2026-06-30"}}`, context("aws:currenttime", "2026-06-30T00:00:00Z"), true},
		{`{"Bool":{"aws:SecureTransport":true}}`, context("aws:securetransport", "true"), true},
		{`{"Bool":{"aws:SecureTransport":"true"}}`, context("aws:securetransport", "false"), false},
		{`{"IpAddress":{"aws:SourceIp":"192.0.2.0/24"}}`, context("aws:sourceip", "192.0.2.7"), true},
		{`{"IpAddress":{"aws:SourceIp":"192.0.2.9/24"}}`, context("aws:sourceip", "192.0.2.7"), true},
		{`{"IpAddress":{"aws:SourceIp":"192.0.2.7"}}`, context("aws:sourceip", "192.0.2.8"), false},
		{`{"IpAddress":{"aws:SourceIp":"192.0.2.0/24"}}`, context("aws:sourceip", "::ffff:192.0.2.7"), true},
		{`{"IpAddress":{"aws:SourceIp":"2001:db8::/32"}}`, context("aws:sourceip", "2001:db8::1%eth0"), true},
		{`{"NotIpAddress":{"aws:SourceIp":["192.0.2.0/24","2001:db8::/32"]}}`, context("aws:sourceip", "2001:db8::1"), false},
		{`{"NotIpAddress":{"aws:SourceIp":"192.0.2.0/24"}}`, context("aws:sourceip", "198.51.100.1"), true},
		{`{"Null":{"aws:SourceVpce":"true"}}`, nil, true},
		{`{"Null":{"aws:SourceVpce":"false"}}`, nil, false},
		{`{"Null":{"aws:UserAgent":false}}`, context("aws:useragent", "x"), true},
		{`{"ForAnyValue:StringEquals":{"s3:RequestObjectTagKeys":["a","b"]}}`, context("s3:requestobjecttagkeys", "x", "s3:requestobjecttagkeys", "b"), true},
		{`{"ForAnyValue:StringEquals":{"s3:RequestObjectTagKeys":["a"]}}`, nil, false},
		{`{"ForAllValues:StringEquals":{"s3:RequestObjectTagKeys":["a","b"]}}`, context("s3:requestobjecttagkeys", "a", "s3:requestobjecttagkeys", "x"), false},
		{`{"ForAllValues:StringEquals":{"s3:RequestObjectTagKeys":["a","b"]}}`, nil, true},
		{`{"ForAllValues:StringNotEquals":{"s3:RequestObjectTagKeys":["a"]}}`, context("s3:requestobjecttagkeys", "b", "s3:requestobjecttagkeys", "a"), false},
		{`{"ForAnyValue:StringNotLike":{"s3:RequestObjectTagKeys":["a*"]}}`, context("s3:requestobjecttagkeys", "ab", "s3:requestobjecttagkeys", "c"), true},
		{`{"StringEquals":{"aws:UserAgent":"a","aws:Referer":"b"}}`, context("aws:useragent", "a"), false},
		{`{"StringEquals":{"s3:ExistingObjectTag/team":"web"}}`, context("s3:existingobjecttag/team", "web"), true},
	}
	for _, tt := range tests {
		p := mustParse(t, statementWith(everyoneReads+`,"Condition":`+tt.condition))
		got := p.Evaluate(Request{Action: "s3:GetObject", Resource: ObjectARN(bucket, "k"), Values: tt.values})
		if (got == Allow) != tt.want {
			t.Errorf("%s holds = %v, want %v", tt.condition, got == Allow, tt.want)
		}
	}
}

func TestVariablesInResources(t *testing.T) {
	const resource = `"Effect":"Allow","Principal":"*","Action":"s3:GetObject","Resource":"arn:aws:s3:::b/home/${aws:username}/*"`
	r := Request{Action: "s3:GetObject", Resource: ObjectARN("b", "home/alice/x"), Values: context("aws:username", "alice")}
	if got := mustParse(t, statementWith(resource)).Evaluate(r); got != Allow {
		t.Errorf("own home: %v", got)
	}
	r.Resource = ObjectARN("b", "home/bob/x")
	if got := mustParse(t, statementWith(resource)).Evaluate(r); got != NoMatch {
		t.Errorf("another's home: %v", got)
	}
	old := mustParse(t, `{"Version":"2008-10-17","Statement":{`+resource+`}}`)
	r.Resource = ObjectARN("b", "home/${aws:username}/x")
	if got := old.Evaluate(r); got != Allow {
		t.Errorf("the 2008 language reads variables literally: %v", got)
	}
}

func FuzzPolicy(f *testing.F) {
	for _, seed := range []string{oai, oac, statementWith(everyoneReads), `{"Statement":{}}`, `{"Statement":[{"Condition":{"ArnLike":{"aws:SourceArn":"${a}:*"}}}]}`} {
		f.Add([]byte(seed), "s3:GetObject", "arn:aws:s3:::amzn-s3-demo-bucket/k")
	}
	f.Fuzz(func(t *testing.T, document []byte, action, resource string) {
		p, err := Parse(document)
		if err != nil {
			return
		}
		_ = p.Validate(bucket, known{})
		everything := Request{Principal: user, Action: action, Resource: resource, Values: func(string) []string { return []string{"1", "*"} }}
		if d := p.Evaluate(everything); d < NoMatch || d > Deny {
			t.Errorf("decision %v", d)
		}
		anonymous := Request{Action: action, Resource: resource}
		if p.Evaluate(anonymous) == Allow && !p.Public() {
			// An anonymous grant without any context must always count as public.
			t.Errorf("anonymous grant is not public: %s", document)
		}
	})
}
