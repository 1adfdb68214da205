import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import Container from '@cloudscape-design/components/container';
import FileDropzone from '@cloudscape-design/components/file-dropzone';
import FileInput from '@cloudscape-design/components/file-input';
import Header from '@cloudscape-design/components/header';
import ProgressBar from '@cloudscape-design/components/progress-bar';
import SpaceBetween from '@cloudscape-design/components/space-between';
import StatusIndicator from '@cloudscape-design/components/status-indicator';
import { useFlash } from '../../app/flash';
import { describe } from '../../api/errors';
import { bytes } from '../../components/format';
import { useUploads } from '../../uploads/queue';
import type { Upload } from '../../uploads/upload';

/** Uploads takes files for a folder, and shows those of the session. */
export function Uploads({ bucket, prefix }: { bucket: string; prefix: string }) {
  const { queue, uploads } = useUploads();
  const unfinished = uploads.filter((u) => u.state !== 'done');
  const finished = uploads.length - unfinished.length;
  const add = (files: File[]) => queue.add(files.map((file) => ({ file, target: { bucket, key: prefix + file.name } })));
  return (
    <SpaceBetween size="m">
      <FileDropzone onChange={(e) => add(e.detail.value)}>
        <SpaceBetween size="xs" alignItems="center">
          <Box color="inherit">Drop files here to upload them{prefix && ` into ${prefix}`}</Box>
          <FileInput value={[]} multiple onChange={(e) => add(e.detail.value)}>
            Choose files
          </FileInput>
        </SpaceBetween>
      </FileDropzone>
      {uploads.length > 0 && (
        <Container
          header={
            <Header variant="h2" actions={finished > 0 && <Button onClick={() => queue.clear()}>Clear finished</Button>}>
              Uploads
            </Header>
          }
        >
          <SpaceBetween size="m">
            {unfinished.map((u) => (
              <Row key={u.id} upload={u} />
            ))}
            {finished > 0 && (
              <StatusIndicator type="success">
                {finished === 1 ? '1 file uploaded' : `${finished} files uploaded`}
              </StatusIndicator>
            )}
          </SpaceBetween>
        </Container>
      )}
    </SpaceBetween>
  );
}

function Row({ upload }: { upload: Upload }) {
  const { queue } = useUploads();
  const flash = useFlash();
  const { state, file, target, sent, found } = upload;
  const failure = upload.error === undefined ? undefined : describe(upload.error);
  const done = file.size ? Math.floor((100 * sent) / file.size) : 0;
  return (
    <SpaceBetween size="xxs">
      <ProgressBar
        label={`${target.bucket}/${target.key}`}
        value={done}
        status={state === 'failed' ? 'error' : 'in-progress'}
        description={state === 'paused' ? 'Paused' : state === 'waiting' ? 'Waiting' : undefined}
        additionalInfo={`${bytes(sent)} of ${bytes(file.size)}${found ? `; ${bytes(found)} were here from before` : ''}`}
        resultText={failure && `${failure.code}: ${failure.message} ${failure.advice ?? ''}`}
      />
      <SpaceBetween direction="horizontal" size="xs">
        {(state === 'running' || state === 'waiting') && (
          <Button onClick={() => upload.pause()} ariaLabel={`Pause ${file.name}`}>
            Pause
          </Button>
        )}
        {(state === 'paused' || state === 'failed') && (
          <Button onClick={() => queue.resume(upload)} ariaLabel={`Resume ${file.name}`}>
            Resume
          </Button>
        )}
        <Button
          onClick={() => void queue.remove(upload).catch((e: unknown) => flash.error('What had arrived was not discarded', e))}
          ariaLabel={`Cancel ${file.name}`}
        >
          Cancel
        </Button>
      </SpaceBetween>
    </SpaceBetween>
  );
}
