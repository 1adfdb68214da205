import {
  CreateCloudFrontOriginAccessIdentityCommand,
  CreateDistributionCommand,
  CreateOriginAccessControlCommand,
  GetDistributionCommand,
  GetDistributionConfigCommand,
  ListOriginAccessControlsCommand,
  UpdateDistributionCommand,
  type Distribution,
  type DistributionConfig,
  type ViewerProtocolPolicy,
} from '@aws-sdk/client-cloudfront';
import type { Session } from '../session/session';
import { forIdentity, grant } from './policy';

/** Form is which of CloudFront's two generations of private content is used. */
export type Form = 'modern' | 'legacy';

/** cachingOptimized is the id of the managed cache policy of that name. */
export const cachingOptimized = '658327ea-f89d-4fab-a63d-7e88639e58f6';

/** Choices are what the recipe leaves open. */
export interface Choices {
  form: Form;
  bucket: string;
  viewerProtocol: ViewerProtocolPolicy;
  compress: boolean;
}

/** reference is a caller reference that no other request has. */
export function reference(): string {
  return crypto.randomUUID();
}

/**
 * createPrivate makes a distribution that may read a private bucket and asks viewers for a
 * signature. The legacy form is granted read, and trusts the account's key pairs, at once. The
 * modern form is to be granted read by its ARN, and is made disabled, since it can be restricted
 * only once there is a key group: see restrict.
 */
export async function createPrivate(session: Session, c: Choices): Promise<Distribution> {
  const access = c.form === 'legacy' ? await newIdentity(session, c.bucket) : await accessControl(session);
  const config: DistributionConfig = {
    CallerReference: reference(),
    Comment: c.bucket,
    Enabled: c.form === 'legacy',
    HttpVersion: 'http2and3',
    Origins: {
      Quantity: 1,
      Items: [{ Id: c.bucket, DomainName: `${c.bucket}.s3.${session.site.region}.amazonaws.com`, ...access }],
    },
    DefaultCacheBehavior: {
      TargetOriginId: c.bucket,
      ViewerProtocolPolicy: c.viewerProtocol,
      Compress: c.compress,
      CachePolicyId: cachingOptimized,
      ...(c.form === 'legacy' && { TrustedSigners: { Enabled: true, Quantity: 1, Items: ['self'] } }),
    },
  };
  const made = await session.cloudfront.send(new CreateDistributionCommand({ DistributionConfig: config }));
  return made.Distribution!;
}

/** newIdentity makes an origin access identity and lets it read the bucket. */
async function newIdentity({ cloudfront, s3 }: Session, bucket: string) {
  const made = await cloudfront.send(
    new CreateCloudFrontOriginAccessIdentityCommand({
      CloudFrontOriginAccessIdentityConfig: { CallerReference: reference(), Comment: bucket },
    }),
  );
  const id = made.CloudFrontOriginAccessIdentity!.Id!;
  await grant(s3, bucket, forIdentity(bucket, id));
  return { S3OriginConfig: { OriginAccessIdentity: `origin-access-identity/cloudfront/${id}` } };
}

/** accessControl finds or makes the origin access control that signs every request to S3. */
async function accessControl({ cloudfront }: Session) {
  const name = 'warmfront-console';
  const { OriginAccessControlList } = await cloudfront.send(new ListOriginAccessControlsCommand({}));
  let id = OriginAccessControlList?.Items?.find((c) => c.Name === name)?.Id;
  if (!id) {
    const made = await cloudfront.send(
      new CreateOriginAccessControlCommand({
        OriginAccessControlConfig: {
          Name: name,
          SigningProtocol: 'sigv4',
          SigningBehavior: 'always',
          OriginAccessControlOriginType: 's3',
        },
      }),
    );
    id = made.OriginAccessControl?.Id;
  }
  return { OriginAccessControlId: id, S3OriginConfig: { OriginAccessIdentity: '' } };
}

/** restrict lets a distribution's default behavior trust a key group, and enables it. */
export async function restrict({ cloudfront }: Session, id: string, keyGroup: string): Promise<void> {
  const { DistributionConfig, ETag } = await cloudfront.send(new GetDistributionConfigCommand({ Id: id }));
  const behavior = DistributionConfig!.DefaultCacheBehavior!;
  await cloudfront.send(
    new UpdateDistributionCommand({
      Id: id,
      IfMatch: ETag,
      DistributionConfig: {
        ...DistributionConfig!,
        Enabled: true,
        DefaultCacheBehavior: { ...behavior, TrustedKeyGroups: { Enabled: true, Quantity: 1, Items: [keyGroup] } },
      },
    }),
  );
}

const patience = 5 * 60 * 1000; // ms that edges may take; they take milliseconds

/** deployed resolves once every live edge serves the distribution as it is. */
export async function deployed({ cloudfront }: Session, id: string): Promise<void> {
  for (const end = Date.now() + patience; Date.now() < end;) {
    const { Distribution } = await cloudfront.send(new GetDistributionCommand({ Id: id }));
    if (Distribution?.Status === 'Deployed') return;
    await new Promise((resolve) => setTimeout(resolve, 300));
  }
  throw new Error(`Distribution ${id} is still InProgress: an edge has not reported that it serves it.`);
}
