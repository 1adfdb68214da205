import { useState } from 'react';
import Alert from '@cloudscape-design/components/alert';
import Container from '@cloudscape-design/components/container';
import FileDropzone from '@cloudscape-design/components/file-dropzone';
import FileInput from '@cloudscape-design/components/file-input';
import FormField from '@cloudscape-design/components/form-field';
import Header from '@cloudscape-design/components/header';
import Input from '@cloudscape-design/components/input';
import SpaceBetween from '@cloudscape-design/components/space-between';
import StatusIndicator from '@cloudscape-design/components/status-indicator';
import { Signer } from '../../signing/key';

/** PickedKey is a private key and the id it signs under. */
export interface PickedKey {
  id: string;
  file: string;
  signer: Signer;
}

interface Props {
  picked?: PickedKey;
  onPick: (key: PickedKey | undefined) => void;
}

/** KeyPicker takes a private key's file. It is read in this page and sent nowhere. */
export function KeyPicker({ picked, onPick }: Props) {
  const [error, setError] = useState<string>();

  async function read(files: File[]) {
    const file = files[0];
    if (!file) return;
    setError(undefined);
    try {
      const signer = await Signer.fromPem(await file.text());
      const named = file.name.match(/^pk-([A-Z0-9]+)\.pem$/)?.[1]; // CloudFront's own name
      onPick({ id: named ?? picked?.id ?? '', file: file.name, signer });
    } catch (e) {
      onPick(undefined);
      setError(e instanceof Error ? e.message : String(e));
    }
  }

  return (
    <Container header={<Header variant="h2">Private key</Header>}>
      <SpaceBetween size="m">
        <FileDropzone onChange={(e) => void read(e.detail.value)}>
          <SpaceBetween size="xs" alignItems="center">
            {picked ? (
              <StatusIndicator type="success">
                {picked.file} ({picked.signer.algorithm})
              </StatusIndicator>
            ) : (
              'Drop pk-….pem here'
            )}
            <FileInput value={[]} accept=".pem,.key" onChange={(e) => void read(e.detail.value)}>
              Choose private key
            </FileInput>
          </SpaceBetween>
        </FileDropzone>
        {error && (
          <Alert type="error" header="The key was not read">
            {error}
          </Alert>
        )}
        {picked && (
          <FormField
            label="Key pair id"
            description="Of the public key (K…) or of the key pair (APKA…); read from the file’s name where it has CloudFront’s."
          >
            <Input value={picked.id} onChange={(e) => onPick({ ...picked, id: e.detail.value.trim() })} spellcheck={false} />
          </FormField>
        )}
      </SpaceBetween>
    </Container>
  );
}
