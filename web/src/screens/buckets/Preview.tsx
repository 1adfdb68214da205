import { GetObjectCommand, HeadObjectCommand } from '@aws-sdk/client-s3';
import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import KeyValuePairs from '@cloudscape-design/components/key-value-pairs';
import Modal from '@cloudscape-design/components/modal';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Spinner from '@cloudscape-design/components/spinner';
import { useLoad } from '../../app/requests';
import { ProblemAlert } from '../../components/ProblemAlert';
import { bytes, when } from '../../components/format';
import type { Session } from '../../session/session';
import { presign } from './presign';
import type { Entry } from './entries';

const lifetime = 15 * 60; // seconds of a preview's presigned URL
const mostText = 64 << 10; // bytes of a text that are shown

interface Shown {
  type: string;
  url: string;
  etag?: string;
  cacheControl?: string;
  text?: string;
}

async function look({ s3 }: Session, bucket: string, key: string, abortSignal: AbortSignal): Promise<Shown> {
  const head = await s3.send(new HeadObjectCommand({ Bucket: bucket, Key: key }), { abortSignal });
  const type = head.ContentType ?? 'application/octet-stream';
  const shown = { type, url: await presign(s3, bucket, key, lifetime), etag: head.ETag, cacheControl: head.CacheControl };
  if (!/^text\/|json|xml|javascript/.test(type) || type.startsWith('image/')) return shown;
  if (!head.ContentLength) return { ...shown, text: '' };
  const Range = `bytes=0-${mostText - 1}`;
  const { Body } = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: key, Range }), { abortSignal });
  return { ...shown, text: await Body!.transformToString() };
}

interface Props {
  bucket: string;
  entry: Entry;
  onDismiss: () => void;
}

/** Preview shows an object: pictures, sound, video and text; of others their properties. */
export function Preview({ bucket, entry, onDismiss }: Props) {
  const shown = useLoad((session, signal) => look(session, bucket, entry.key, signal), [bucket, entry.key]);
  return (
    <Modal
      visible
      size="large"
      onDismiss={onDismiss}
      header={entry.name}
      closeAriaLabel="Close"
      footer={
        shown.data && (
          <Box float="right">
            <Button href={shown.data.url} target="_blank" iconName="external" iconAlign="right">
              Open in a new tab
            </Button>
          </Box>
        )
      }
    >
      <SpaceBetween size="l">
        {shown.error !== undefined && <ProblemAlert title="The object cannot be shown" thrown={shown.error} />}
        {shown.loading && <Spinner size="large" />}
        {shown.data && <Content name={entry.name} {...shown.data} />}
        {shown.data && (
          <KeyValuePairs
            columns={3}
            items={[
              { label: 'Type', value: shown.data.type },
              { label: 'Size', value: bytes(entry.size) },
              { label: 'Last modified', value: when(entry.modified) },
              { label: 'ETag', value: shown.data.etag ?? '–' },
              { label: 'Cache-Control', value: shown.data.cacheControl ?? '–' },
            ]}
          />
        )}
      </SpaceBetween>
    </Modal>
  );
}

function Content({ name, type, url, text }: Shown & { name: string }) {
  if (type.startsWith('image/')) return <img className="preview" src={url} alt={`Preview of ${name}`} />;
  if (type.startsWith('audio/')) return <audio className="preview" src={url} controls aria-label={`Preview of ${name}`} />;
  if (type.startsWith('video/')) return <video className="preview" src={url} controls aria-label={`Preview of ${name}`} />;
  if (text === undefined) return <Box color="text-body-secondary">There is no preview of this type.</Box>;
  return (
    <div className="preview-text" tabIndex={0} role="region" aria-label={`Preview of ${name}`}>
      <Box variant="pre">{text}</Box>
    </div>
  );
}
