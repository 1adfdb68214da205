import { useRef } from 'react';
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
import { filesOf, type Dropped } from '../../uploads/dropped';
import { useUploads } from '../../uploads/queue';
import type { Upload } from '../../uploads/upload';

const mostRows = 20; // of uploads shown one by one

/** Uploads takes files for a folder, and shows those of the session. */
export function Uploads({ bucket, prefix }: { bucket: string; prefix: string }) {
  const { queue, uploads } = useUploads();
  const flash = useFlash();
  const unfinished = uploads.filter((u) => u.state !== 'done');
  const finished = uploads.length - unfinished.length;
  const fallen = useRef<Promise<Dropped[]>>(undefined);
  const add = (files: Dropped[]) => queue.add(files.map(({ file, path }) => ({ file, target: { bucket, key: prefix + path } })));
  // The drop zone tells of files alone; what fell is looked at before it, folders and all.
  const dropped = () =>
    fallen.current?.then(add).catch((e: unknown) => flash.error('A folder could not be read, and nothing of it is uploaded', e));
  return (
    <SpaceBetween size="m">
      <div onDropCapture={(e) => (fallen.current = filesOf(e.dataTransfer))}>
        <FileDropzone onChange={() => void dropped()}>
          <SpaceBetween size="xs" alignItems="center">
            <Box color="inherit">Drop files or folders here to upload them{prefix && ` into ${prefix}`}</Box>
            <FileInput value={[]} multiple onChange={(e) => add(e.detail.value.map((file) => ({ file, path: file.name })))}>
              Choose files
            </FileInput>
          </SpaceBetween>
        </FileDropzone>
      </div>
      {uploads.length > 0 && (
        <Container
          header={
            <Header variant="h2" actions={finished > 0 && <Button onClick={() => queue.clear()}>Clear finished</Button>}>
              Uploads
            </Header>
          }
        >
          <SpaceBetween size="m">
            {unfinished.slice(0, mostRows).map((u) => (
              <Row key={u.id} upload={u} />
            ))}
            {unfinished.length > mostRows && <Box>and {unfinished.length - mostRows} more files</Box>}
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
