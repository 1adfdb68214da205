import {
  CreateCloudFrontOriginAccessIdentityCommand,
  CreateDistributionCommand,
  CreateOriginAccessControlCommand,
  type DefaultCacheBehavior,
  type Distribution,
  type Origin,
} from '@aws-sdk/client-cloudfront';
import type { HttpVersion } from '@aws-sdk/client-cloudfront';
import { reference } from '../../recipe/distribution';
import { forDistribution, forIdentity, grant } from '../../recipe/policy';
import type { Session } from '../../session/session';
import { list } from './config';

/** Access is how a distribution reads its bucket. */
export type Access = 'public' | 'control' | 'identity';

/** Request is what the form asks for. */
export interface Request {
  /** bucket, or domain of an origin that is none of our buckets. */
  bucket?: string;
  domain: string;
  originPath: string;
  access: Access;
  /** accessId is that of an existing identity or access control; empty to create a new one. */
  accessId: string;
  /** grant lets the identity or the distribution read, by the bucket's policy. */
  grant: boolean;
  /** behavior gets its target with the origin's id. */
  behavior: DefaultCacheBehavior;
  comment: string;
  aliases: string[];
  rootObject: string;
  httpVersion: HttpVersion;
  enabled: boolean;
}

/** createDistribution makes what the form asks for; granting comes last, as an ARN must be known, and warns if it fails. */
export async function createDistribution(session: Session, r: Request): Promise<{ made: Distribution; ungranted?: unknown }> {
  const accessId = r.accessId || (await newAccess(session, r));
  const origin = originOf(session, r, accessId);
  const { Distribution: made } = await session.cloudfront.send(
    new CreateDistributionCommand({
      DistributionConfig: {
        CallerReference: reference(),
        Comment: r.comment,
        Enabled: r.enabled,
        HttpVersion: r.httpVersion,
        IsIPV6Enabled: true,
        DefaultRootObject: r.rootObject,
        Aliases: list(r.aliases),
        Origins: { Quantity: 1, Items: [origin] },
        DefaultCacheBehavior: { ...r.behavior, TargetOriginId: origin.Id },
      },
    }),
  );
  try {
    if (r.bucket && r.grant && r.access !== 'public') {
      const statement = r.access === 'identity' ? forIdentity(r.bucket, accessId) : forDistribution(r.bucket, made!.ARN!);
      await grant(session.s3, r.bucket, statement);
    }
    return { made: made! };
  } catch (ungranted) {
    return { made: made!, ungranted };
  }
}

/** newAccess makes a new identity of the kind asked for, and gives its id; none for a public origin. */
async function newAccess({ cloudfront }: Session, r: Request): Promise<string> {
  if (!r.bucket || r.access === 'public') return '';
  if (r.access === 'identity') {
    const config = { CallerReference: reference(), Comment: `access-identity-${r.domain}` };
    const made = await cloudfront.send(
      new CreateCloudFrontOriginAccessIdentityCommand({ CloudFrontOriginAccessIdentityConfig: config }),
    );
    return made.CloudFrontOriginAccessIdentity!.Id!;
  }
  const made = await cloudfront.send(
    new CreateOriginAccessControlCommand({
      OriginAccessControlConfig: {
        Name: `${r.bucket.slice(0, 50)}-${reference().slice(0, 8)}`,
        SigningProtocol: 'sigv4',
        SigningBehavior: 'always',
        OriginAccessControlOriginType: 's3',
      },
    }),
  );
  return made.OriginAccessControl!.Id!;
}

function originOf({ site }: Session, r: Request, accessId: string): Origin {
  const path = r.originPath ? { OriginPath: r.originPath } : {};
  if (!r.bucket) {
    const custom = {
      HTTPPort: 80,
      HTTPSPort: 443,
      OriginProtocolPolicy: 'https-only' as const,
      OriginSslProtocols: { Quantity: 1, Items: ['TLSv1.2' as const] },
    };
    return { Id: r.domain, DomainName: r.domain, ...path, CustomOriginConfig: custom };
  }
  const domain = bucketDomain(r.bucket, site.region);
  const identity = r.access === 'identity' ? `origin-access-identity/cloudfront/${accessId}` : '';
  return {
    Id: domain,
    DomainName: domain,
    ...path,
    S3OriginConfig: { OriginAccessIdentity: identity },
    ...(r.access === 'control' && { OriginAccessControlId: accessId }),
  };
}

/** bucketDomain is the origin domain of a bucket. */
export function bucketDomain(bucket: string, region: string): string {
  return `${bucket}.s3.${region}.amazonaws.com`;
}
