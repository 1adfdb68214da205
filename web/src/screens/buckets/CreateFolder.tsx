import { useState } from 'react';
import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import FormField from '@cloudscape-design/components/form-field';
import Input from '@cloudscape-design/components/input';
import Modal from '@cloudscape-design/components/modal';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useAct } from '../../app/requests';
import { useSession } from '../../session/session';
import { createFolder } from './entries';

interface Props {
  bucket: string;
  prefix: string;
  onCreated: () => void;
  onDismiss: () => void;
}

/** CreateFolder is the dialog that makes a folder. */
export function CreateFolder({ bucket, prefix, onCreated, onDismiss }: Props) {
  const { s3 } = useSession();
  const act = useAct();
  const [name, setName] = useState('');

  async function create() {
    const words = { failed: 'The folder was not created' };
    if (await act.run(() => createFolder(s3, bucket, `${prefix}${name}/`), words)) onCreated();
    else onDismiss();
  }

  return (
    <Modal
      visible
      onDismiss={onDismiss}
      header="Create folder"
      closeAriaLabel="Close"
      footer={
        <Box float="right">
          <SpaceBetween direction="horizontal" size="xs">
            <Button variant="link" onClick={onDismiss}>
              Cancel
            </Button>
            <Button variant="primary" disabled={!name} loading={act.busy} onClick={() => void create()}>
              Create folder
            </Button>
          </SpaceBetween>
        </Box>
      }
    >
      <FormField label="Folder name" description="A folder is a common beginning of keys; an empty object keeps it in sight.">
        <Input value={name} onChange={(e) => setName(e.detail.value)} autoFocus />
      </FormField>
    </Modal>
  );
}
