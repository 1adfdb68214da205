import { useState } from 'react';
import { CreateBucketCommand, type BucketLocationConstraint } from '@aws-sdk/client-s3';
import Box from '@cloudscape-design/components/box';
import FormField from '@cloudscape-design/components/form-field';
import Input from '@cloudscape-design/components/input';
import { useSession, type Session } from '../../session/session';
import { FormDialog } from '../../components/FormDialog';
import { nameProblem } from './names';

/** createBucket makes a private bucket; us-east-1 is the region without a constraint. */
export async function createBucket({ s3 }: Session, name: string, region: string): Promise<void> {
  const constraint = region && region !== 'us-east-1' ? { LocationConstraint: region as BucketLocationConstraint } : undefined;
  await s3.send(new CreateBucketCommand({ Bucket: name, CreateBucketConfiguration: constraint }));
}

interface Props {
  onCreated: (name: string) => void;
  onDismiss: () => void;
}

/** CreateBucket is the dialog that makes a bucket. */
export function CreateBucket({ onCreated, onDismiss }: Props) {
  const session = useSession();
  const [name, setName] = useState('');
  const [region, setRegion] = useState(session.site.region);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>();
  const problem = name ? nameProblem(name) : undefined;

  async function create() {
    setBusy(true);
    setError(undefined);
    try {
      await createBucket(session, name, region.trim());
      onCreated(name);
    } catch (e) {
      setError(e);
      setBusy(false);
    }
  }

  return (
    <FormDialog
      title="Create bucket"
      action="Create bucket"
      busy={busy}
      disabled={!name || !!problem}
      failure="The bucket was not created"
      error={error}
      onSubmit={() => void create()}
      onClose={onDismiss}
    >
      <FormField
        label="Bucket name"
        constraintText="3 to 63 characters: small letters, digits, hyphens and dots; it begins and ends with a letter or digit."
        errorText={problem}
      >
        <Input value={name} onChange={(e) => setName(e.detail.value)} autoFocus spellcheck={false} />
      </FormField>
      <FormField label="Region" description="A name for clients; the objects stay on this server.">
        <Input value={region} onChange={(e) => setRegion(e.detail.value)} spellcheck={false} />
      </FormField>
      <Box color="text-body-secondary">
        The bucket is private: without a signature it answers 403, until a bucket policy says otherwise.
      </Box>
    </FormDialog>
  );
}
