import { GetBucketPolicyCommand, PutBucketPolicyCommand, type S3Client } from '@aws-sdk/client-s3';

interface Statement {
  Sid?: string;
  [member: string]: unknown;
}

interface PolicyDocument {
  Version: string;
  Statement: Statement[];
}

/** readPolicy is a bucket's policy as it was put, or undefined when there is none. */
export async function readPolicy(s3: S3Client, bucket: string, abortSignal?: AbortSignal): Promise<string | undefined> {
  try {
    return (await s3.send(new GetBucketPolicyCommand({ Bucket: bucket }), { abortSignal })).Policy;
  } catch (error) {
    if (error instanceof Error && error.name === 'NoSuchBucketPolicy') return undefined;
    throw error;
  }
}

/** forIdentity lets an origin access identity (the legacy form) read a bucket's objects. */
export function forIdentity(bucket: string, identityId: string): Statement {
  return {
    Sid: `Identity${identityId}`,
    Effect: 'Allow',
    Principal: { AWS: `arn:aws:iam::cloudfront:user/CloudFront Origin Access Identity ${identityId}` },
    Action: 's3:GetObject',
    Resource: `arn:aws:s3:::${bucket}/*`,
  };
}

/** forDistribution lets a distribution with an origin access control read a bucket's objects. */
export function forDistribution(bucket: string, arn: string): Statement {
  return {
    Sid: `Distribution${arn.split('/').pop() ?? ''}`,
    Effect: 'Allow',
    Principal: { Service: 'cloudfront.amazonaws.com' },
    Action: 's3:GetObject',
    Resource: `arn:aws:s3:::${bucket}/*`,
    Condition: { StringEquals: { 'AWS:SourceArn': arn } },
  };
}

/** withStatement is a policy with one more statement, in place of an earlier one of its Sid. */
export function withStatement(policy: string | undefined, statement: Statement): string {
  const document: PolicyDocument = policy ? (JSON.parse(policy) as PolicyDocument) : { Version: '2012-10-17', Statement: [] };
  const others = [document.Statement].flat().filter((s) => s.Sid !== statement.Sid);
  return JSON.stringify({ ...document, Statement: [...others, statement] }, null, 2);
}

/** grant adds a statement to a bucket's policy. */
export async function grant(s3: S3Client, bucket: string, statement: Statement): Promise<void> {
  const Policy = withStatement(await readPolicy(s3, bucket), statement);
  await s3.send(new PutBucketPolicyCommand({ Bucket: bucket, Policy }));
}
