import type { CustomErrorResponse, DistributionConfig, Origin, OriginGroup } from '@aws-sdk/client-cloudfront';
import { behaviors, type Behavior } from './config';

type Value = string | number | boolean | readonly (string | number)[] | undefined;

/** Block is a block of HCL: arguments, and blocks in it. */
class Block {
  private readonly lines: string[] = [];

  /** set writes an argument; undefined and an empty list leave it out. */
  set(name: string, value: Value): this {
    if (value !== undefined && !(Array.isArray(value) && !value.length)) this.lines.push(`${name} = ${literal(value)}`);
    return this;
  }

  /** add writes a block in this one. */
  add(name: string, block: Block | undefined): this {
    if (block) this.lines.push('', ...block.write(name));
    return this;
  }

  write(head: string): string[] {
    const width = Math.max(0, ...this.lines.filter((l) => / = /.test(l) && !/^ /.test(l)).map((l) => l.indexOf(' = ')));
    const aligned = this.lines.map((l) =>
      /^[a-z_0-9]+ = /.test(l) ? l.replace(/^([a-z_0-9]+) /, (_, name: string) => `${name.padEnd(width)} `) : l,
    );
    if (aligned[0] === '') aligned.shift();
    return [`${head} {`, ...aligned.map((l) => (l ? `  ${l}` : '')), '}'];
  }
}

function literal(value: Exclude<Value, undefined>): string {
  if (typeof value === 'object') return `[${value.map(literal).join(', ')}]`;
  if (typeof value !== 'string') return String(value);
  return JSON.stringify(value).replaceAll('${', '$${').replaceAll('%{', '%%{');
}

/** notInTerraform are members in use that the resource has no argument for, or none that Warmfront executes. */
function notInTerraform(c: DistributionConfig): string[] {
  return [c.CacheTagConfig && 'CacheTagConfig'].filter((name) => name !== undefined);
}

/** terraform writes a configuration as the AWS provider's aws_cloudfront_distribution. */
export function terraform(c: DistributionConfig, name = 'this'): string {
  const text = (value: string | undefined) => value || undefined;
  const block = new Block()
    .set('enabled', c.Enabled)
    .set('comment', text(c.Comment))
    .set('aliases', c.Aliases?.Items)
    .set('default_root_object', text(c.DefaultRootObject))
    .set('http_version', c.HttpVersion)
    .set('is_ipv6_enabled', c.IsIPV6Enabled)
    .set('price_class', c.PriceClass);
  for (const o of c.Origins?.Items ?? []) block.add('origin', origin(o));
  for (const g of c.OriginGroups?.Items ?? []) block.add('origin_group', group(g));
  block.add('default_cache_behavior', behavior(c.DefaultCacheBehavior!));
  for (const b of behaviors(c)) block.add('ordered_cache_behavior', behavior(b));
  for (const e of c.CustomErrorResponses?.Items ?? []) block.add('custom_error_response', errorResponse(e));
  const geo = c.Restrictions?.GeoRestriction;
  const location = new Block().set('restriction_type', geo?.RestrictionType ?? 'none').set('locations', geo?.Items);
  const certificate = new Block().set('cloudfront_default_certificate', true);
  block.add('restrictions', new Block().add('geo_restriction', location)).add('viewer_certificate', certificate);
  const missing = notInTerraform(c).map((m) => `# ${m} has no argument in this resource: set it by the API.`);
  return [...missing, ...block.write(`resource "aws_cloudfront_distribution" "${name}"`)].join('\n') + '\n';
}

function origin(o: Origin): Block {
  const block = new Block()
    .set('origin_id', o.Id)
    .set('domain_name', o.DomainName)
    .set('origin_path', o.OriginPath || undefined)
    .set('connection_attempts', o.ConnectionAttempts)
    .set('connection_timeout', o.ConnectionTimeout)
    .set('origin_access_control_id', o.OriginAccessControlId || undefined);
  for (const h of o.CustomHeaders?.Items ?? []) {
    block.add('custom_header', new Block().set('name', h.HeaderName).set('value', h.HeaderValue));
  }
  const identity = o.S3OriginConfig?.OriginAccessIdentity;
  if (identity) block.add('s3_origin_config', new Block().set('origin_access_identity', identity));
  const custom = o.CustomOriginConfig;
  if (!custom) return block;
  return block.add(
    'custom_origin_config',
    new Block()
      .set('http_port', custom.HTTPPort)
      .set('https_port', custom.HTTPSPort)
      .set('origin_protocol_policy', custom.OriginProtocolPolicy)
      .set('origin_ssl_protocols', custom.OriginSslProtocols?.Items)
      .set('origin_read_timeout', custom.OriginReadTimeout)
      .set('origin_keepalive_timeout', custom.OriginKeepaliveTimeout)
      .set('ip_address_type', custom.IpAddressType),
  );
}

function group(g: OriginGroup): Block {
  const block = new Block()
    .set('origin_id', g.Id)
    .add('failover_criteria', new Block().set('status_codes', g.FailoverCriteria?.StatusCodes?.Items));
  for (const m of g.Members?.Items ?? []) block.add('member', new Block().set('origin_id', m.OriginId));
  return block;
}

function behavior(b: Behavior): Block {
  const trusted = (t: { Enabled?: boolean; Items?: string[] } | undefined) => (t?.Enabled ? t.Items : undefined);
  const block = new Block()
    .set('path_pattern', b.PathPattern)
    .set('target_origin_id', b.TargetOriginId)
    .set('viewer_protocol_policy', b.ViewerProtocolPolicy)
    .set('allowed_methods', b.AllowedMethods?.Items ?? ['GET', 'HEAD'])
    .set('cached_methods', b.AllowedMethods?.CachedMethods?.Items ?? ['GET', 'HEAD'])
    .set('compress', b.Compress)
    .set('trusted_signers', trusted(b.TrustedSigners))
    .set('trusted_key_groups', trusted(b.TrustedKeyGroups))
    .set('cache_policy_id', b.CachePolicyId || undefined)
    .set('origin_request_policy_id', b.OriginRequestPolicyId || undefined)
    .set('response_headers_policy_id', b.ResponseHeadersPolicyId || undefined);
  const f = b.ForwardedValues;
  if (b.CachePolicyId || !f) return block;
  const cookies = new Block().set('forward', f.Cookies?.Forward).set('whitelisted_names', f.Cookies?.WhitelistedNames?.Items);
  const forwarded = new Block()
    .set('query_string', f.QueryString)
    .set('query_string_cache_keys', f.QueryStringCacheKeys?.Items)
    .set('headers', f.Headers?.Items)
    .add('cookies', cookies);
  return block
    .set('min_ttl', b.MinTTL)
    .set('default_ttl', b.DefaultTTL)
    .set('max_ttl', b.MaxTTL)
    .add('forwarded_values', forwarded);
}

function errorResponse(e: CustomErrorResponse): Block {
  return new Block()
    .set('error_code', e.ErrorCode)
    .set('response_code', e.ResponseCode ? Number(e.ResponseCode) : undefined)
    .set('response_page_path', e.ResponsePagePath || undefined)
    .set('error_caching_min_ttl', e.ErrorCachingMinTTL);
}
