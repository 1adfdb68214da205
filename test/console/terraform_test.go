package console

import (
	"maps"
	"os"
	"slices"
	"testing"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hcldec"
	"github.com/hashicorp/hcl/v2/hclparse"
	"github.com/zclconf/go-cty/cty"
)

// checkTerraform reads what the console copies as Terraform with Terraform's own parser, and holds
// it against the schema of aws_cloudfront_distribution: no argument or block that the AWS provider
// does not know, each of the type it has there, and none missing that it requires.
func checkTerraform(t *testing.T, file string) {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	parsed, problems := hclparse.NewParser().ParseHCL(text, "distribution.tf")
	if problems.HasErrors() {
		t.Fatalf("%v\n%s", problems, text)
	}
	content, problems := parsed.Body.Content(&hcl.BodySchema{Blocks: []hcl.BlockHeaderSchema{{Type: "resource", LabelNames: []string{"type", "name"}}}})
	if problems.HasErrors() || len(content.Blocks) != 1 {
		t.Fatalf("not one resource: %v\n%s", problems, text)
	}
	resource := content.Blocks[0]
	if want := []string{"aws_cloudfront_distribution", "this"}; !slices.Equal(resource.Labels, want) {
		t.Errorf("labels %v, want %v", resource.Labels, want)
	}
	got, problems := hcldec.Decode(resource.Body, distribution(), nil)
	if problems.HasErrors() {
		t.Fatalf("%v\n%s", problems, text)
	}
	if n := got.GetAttr("ordered_cache_behavior").LengthInt(); n != 2 {
		t.Errorf("%d ordered behaviors, want 2\n%s", n, text)
	}
	if n := got.GetAttr("aliases").LengthInt(); n != 2 {
		t.Errorf("%d aliases, want 2\n%s", n, text)
	}
}

// The arguments of a block, by their types; those that are required have an exclamation mark.
type arguments map[string]string

// block is a schema of arguments and of blocks in it.
func block(args arguments, blocks map[string]hcldec.Spec) hcldec.ObjectSpec {
	types := map[byte]cty.Type{'s': cty.String, 'n': cty.Number, 'b': cty.Bool, 'S': cty.List(cty.String), 'N': cty.List(cty.Number)}
	spec := hcldec.ObjectSpec{}
	for name, kind := range args {
		spec[name] = &hcldec.AttrSpec{Name: name, Type: types[kind[0]], Required: kind[1:] == "!"}
	}
	maps.Copy(spec, blocks)
	return spec
}

func one(name string, required bool, inside hcldec.Spec) hcldec.Spec {
	return &hcldec.BlockSpec{TypeName: name, Nested: inside, Required: required}
}

func some(name string, least, most int, inside hcldec.Spec) hcldec.Spec {
	return &hcldec.BlockTupleSpec{TypeName: name, Nested: inside, MinItems: least, MaxItems: most}
}

// distribution is the schema of the resource in hashicorp/aws 5 and 6, but for what Warmfront
// does not execute and the console therefore never writes.
func distribution() hcldec.Spec {
	return block(arguments{
		"enabled": "b!", "comment": "s", "aliases": "S", "default_root_object": "s", "http_version": "s", "is_ipv6_enabled": "b", "price_class": "s",
		"web_acl_id": "s", "retain_on_delete": "b", "wait_for_deployment": "b", "staging": "b",
	}, map[string]hcldec.Spec{
		"origin":                 some("origin", 1, 0, originBlock()),
		"origin_group":           some("origin_group", 0, 0, groupBlock()),
		"default_cache_behavior": one("default_cache_behavior", true, behaviorBlock(nil)),
		"ordered_cache_behavior": some("ordered_cache_behavior", 0, 0, behaviorBlock(arguments{"path_pattern": "s!"})),
		"custom_error_response": some("custom_error_response", 0, 0, block(arguments{
			"error_code": "n!", "response_code": "n", "response_page_path": "s", "error_caching_min_ttl": "n",
		}, nil)),
		"restrictions": one("restrictions", true, block(nil, map[string]hcldec.Spec{
			"geo_restriction": one("geo_restriction", true, block(arguments{"restriction_type": "s!", "locations": "S"}, nil)),
		})),
		"viewer_certificate": one("viewer_certificate", true, block(arguments{
			"cloudfront_default_certificate": "b", "acm_certificate_arn": "s", "iam_certificate_id": "s", "minimum_protocol_version": "s", "ssl_support_method": "s",
		}, nil)),
	})
}

func originBlock() hcldec.Spec {
	return block(arguments{
		"origin_id": "s!", "domain_name": "s!", "origin_path": "s", "connection_attempts": "n", "connection_timeout": "n", "origin_access_control_id": "s",
	}, map[string]hcldec.Spec{
		"custom_header":    some("custom_header", 0, 0, block(arguments{"name": "s!", "value": "s!"}, nil)),
		"s3_origin_config": one("s3_origin_config", false, block(arguments{"origin_access_identity": "s!"}, nil)),
		"custom_origin_config": one("custom_origin_config", false, block(arguments{
			"http_port": "n!", "https_port": "n!", "origin_protocol_policy": "s!", "origin_ssl_protocols": "S!", "origin_read_timeout": "n", "origin_keepalive_timeout": "n",
			"ip_address_type": "s",
		}, nil)),
	})
}

func groupBlock() hcldec.Spec {
	return block(arguments{"origin_id": "s!"}, map[string]hcldec.Spec{
		"failover_criteria": one("failover_criteria", true, block(arguments{"status_codes": "N!"}, nil)),
		"member":            some("member", 2, 2, block(arguments{"origin_id": "s!"}, nil)),
	})
}

func behaviorBlock(more arguments) hcldec.Spec {
	args := arguments{
		"target_origin_id": "s!", "viewer_protocol_policy": "s!", "allowed_methods": "S!", "cached_methods": "S!", "compress": "b", "smooth_streaming": "b",
		"trusted_signers": "S", "trusted_key_groups": "S", "cache_policy_id": "s", "origin_request_policy_id": "s", "response_headers_policy_id": "s",
		"min_ttl": "n", "default_ttl": "n", "max_ttl": "n",
	}
	maps.Copy(args, more)
	return block(args, map[string]hcldec.Spec{
		"forwarded_values": one("forwarded_values", false, block(arguments{"query_string": "b!", "query_string_cache_keys": "S", "headers": "S"}, map[string]hcldec.Spec{
			"cookies": one("cookies", true, block(arguments{"forward": "s!", "whitelisted_names": "S"}, nil)),
		})),
	})
}
