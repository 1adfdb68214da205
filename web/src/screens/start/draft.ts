import type { Distribution, ViewerProtocolPolicy } from '@aws-sdk/client-cloudfront';
import { createPrivate, deployed, restrict, type Form } from '../../recipe/distribution';
import { forDistribution, grant } from '../../recipe/policy';
import { createKeyGroup, downloadKey, registerKeyPair, registerPublicKey } from '../../recipe/keys';
import { viewerUrl } from '../../recipe/address';
import type { Session } from '../../session/session';
import { makeKey, type KeyKind, type NewKey } from '../../signing/key';
import { sign, signedUrl } from '../../signing/policy';
import type { Queue } from '../../uploads/queue';
import { createBucket } from '../buckets/CreateBucket';

/** Draft is what the wizard knows: the choices made, and what was carried out with them. */
export interface Draft {
  bucket: string;
  file?: File;
  form: Form;
  viewerProtocol: ViewerProtocolPolicy;
  compress: boolean;
  keyName: string;
  keyKind: KeyKind;
  hours: number;

  /** done by step: the bucket that is there, the file that arrived, and so on. */
  bucketMade?: string;
  fileSent?: { bucket: string; file: File };
  distribution?: Distribution;
  key?: { id: string; key: NewKey };
  keyGroup?: string;
  url?: string;
  signedUrl?: string;
}

export const firstDraft: Draft = {
  bucket: '',
  form: 'modern',
  viewerProtocol: 'redirect-to-https',
  compress: true,
  keyName: '',
  keyKind: 'RSA-2048',
  hours: 1,
};

/** Keep adds what a step has made to the draft, so that another try does not make it again. */
export type Keep = (part: Partial<Draft>) => void;

/** finish carries out a step. */
export function finish(step: number, d: Draft, session: Session, queue: Queue, keep: Keep): Promise<void> {
  switch (step) {
    case 0:
      return makeBucket(d, session, keep);
    case 1:
      return sendFile(d, queue, keep);
    case 2:
      return makeDistribution(d, session, keep);
    default:
      return makeSignedUrl(d, session, keep);
  }
}

async function makeBucket(d: Draft, session: Session, keep: Keep): Promise<void> {
  if (!d.bucket) throw new Error('Name the bucket.');
  if (d.bucketMade === d.bucket) return;
  try {
    await createBucket(session, d.bucket, session.site.region);
  } catch (e) {
    if (!(e instanceof Error && e.name === 'BucketAlreadyOwnedByYou')) throw e; // it will do
  }
  keep({ bucketMade: d.bucket, keyName: d.keyName || d.bucket });
}

async function sendFile(d: Draft, queue: Queue, keep: Keep): Promise<void> {
  const { bucket, file } = d;
  if (!file) throw new Error('Choose a file, or take the sample picture.');
  if (d.fileSent?.file === file && d.fileSent.bucket === bucket) return;
  const [upload] = queue.add([{ file, target: { bucket, key: file.name } }]);
  const end = await upload!.settled();
  if (end !== 'done') throw upload!.error ?? new Error('The upload was paused.');
  keep({ fileSent: { bucket, file } });
}

async function makeDistribution(d: Draft, session: Session, keep: Keep): Promise<void> {
  const distribution = d.distribution ?? (await createPrivate(session, d));
  keep({ distribution });
  if (d.form === 'modern') await grant(session.s3, d.bucket, forDistribution(d.bucket, distribution.ARN!));
  await deployed(session, distribution.Id!);
}

async function makeSignedUrl(d: Draft, session: Session, keep: Keep): Promise<void> {
  const { Id: id, DomainName: domain } = d.distribution!;
  const key = d.key ?? (await makeAndRegister(d, session));
  keep({ key });
  if (d.form === 'modern') {
    const keyGroup = d.keyGroup ?? (await createKeyGroup(session, d.keyName, [key.id]));
    keep({ keyGroup });
    await restrict(session, id!, keyGroup);
  }
  await deployed(session, id!);
  const url = viewerUrl(session.site, domain!, d.file!.name);
  const expires = Math.floor(Date.now() / 1000) + d.hours * 3600;
  const signed = await sign({ resource: url, expires }, key.id, key.key.signer, 'SHA-1');
  keep({ url, signedUrl: signedUrl(url, signed) });
}

async function makeAndRegister(d: Draft, session: Session): Promise<{ id: string; key: NewKey }> {
  const key = await makeKey(d.keyKind);
  const id =
    d.form === 'legacy'
      ? await registerKeyPair(session, key.publicPem)
      : await registerPublicKey(session, d.keyName, key.publicPem);
  downloadKey(id, key);
  return { id, key };
}
