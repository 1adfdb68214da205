import { GetObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';

/** presign makes a link that opens an object of a private bucket for some seconds. */
export function presign(s3: S3Client, bucket: string, key: string, expiresIn: number): Promise<string> {
  const signingDate = new Date(Date.now() + s3.config.systemClockOffset);
  return getSignedUrl(s3, new GetObjectCommand({ Bucket: bucket, Key: key }), { expiresIn, signingDate });
}
