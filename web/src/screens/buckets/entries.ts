import { DeleteObjectsCommand, ListObjectsV2Command, PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import type { Page } from '../../app/requests';

/** Entry is a row of a folder: an object, or a folder of the next level. */
export interface Entry {
  /** key of the object; of a folder the prefix, which ends in `/`. */
  key: string;
  name: string;
  folder: boolean;
  size?: number;
  modified?: Date;
}

/** listFolder lists what is directly below a prefix, up to 1,000 entries a page. */
export async function listFolder(
  s3: S3Client,
  bucket: string,
  prefix: string,
  marker: string | undefined,
  abortSignal?: AbortSignal,
): Promise<Page<Entry>> {
  const answer = await s3.send(
    new ListObjectsV2Command({ Bucket: bucket, Prefix: prefix, Delimiter: '/', ContinuationToken: marker }),
    { abortSignal },
  );
  const folders = (answer.CommonPrefixes ?? []).map(({ Prefix = '' }) => ({
    key: Prefix,
    name: Prefix.slice(prefix.length),
    folder: true,
  }));
  const objects = (answer.Contents ?? [])
    .filter((o) => o.Key !== prefix) // the object that stands for the folder itself
    .map((o) => ({
      key: o.Key ?? '',
      name: (o.Key ?? '').slice(prefix.length),
      folder: false,
      size: o.Size,
      modified: o.LastModified,
    }));
  return { items: [...folders, ...objects], next: answer.NextContinuationToken };
}

/** createFolder puts the empty object that stands for a folder. */
export async function createFolder(s3: S3Client, bucket: string, prefix: string): Promise<void> {
  await s3.send(new PutObjectCommand({ Bucket: bucket, Key: prefix, Body: '' }));
}

/** deleteEntries deletes objects, and all that is below folders. It resolves to how many. */
export async function deleteEntries(s3: S3Client, bucket: string, entries: Entry[]): Promise<number> {
  let count = await deleteKeys(
    s3,
    bucket,
    entries.filter((e) => !e.folder).map((e) => e.key),
  );
  for (const { key } of entries.filter((e) => e.folder)) {
    for (let more = true; more;) {
      const page = await s3.send(new ListObjectsV2Command({ Bucket: bucket, Prefix: key }));
      count += await deleteKeys(
        s3,
        bucket,
        (page.Contents ?? []).map((o) => o.Key ?? ''),
      );
      more = page.IsTruncated ?? false; // from the start again: what was listed is gone
    }
  }
  return count;
}

const mostAtOnce = 1000; // keys of one DeleteObjects

async function deleteKeys(s3: S3Client, bucket: string, keys: string[]): Promise<number> {
  for (let i = 0; i < keys.length; i += mostAtOnce) {
    const Objects = keys.slice(i, i + mostAtOnce).map((Key) => ({ Key }));
    const { Errors = [] } = await s3.send(new DeleteObjectsCommand({ Bucket: bucket, Delete: { Objects, Quiet: true } }));
    if (Errors[0]) throw Object.assign(new Error(`${Errors[0].Key}: ${Errors[0].Message}`), { name: Errors[0].Code ?? 'Error' });
  }
  return keys.length;
}
