import { useState } from 'react';
import Alert from '@cloudscape-design/components/alert';
import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import Checkbox from '@cloudscape-design/components/checkbox';
import FormField from '@cloudscape-design/components/form-field';
import Input from '@cloudscape-design/components/input';
import Modal from '@cloudscape-design/components/modal';
import RadioGroup from '@cloudscape-design/components/radio-group';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Textarea from '@cloudscape-design/components/textarea';
import { ProblemAlert } from '../../components/ProblemAlert';
import { createKeyGroup, downloadKey, registerKeyPair, registerPublicKey } from '../../recipe/keys';
import { useSession } from '../../session/session';
import { makeKey, type KeyKind, type NewKey } from '../../signing/key';
import { kinds } from './kinds';

interface Props {
  /** legacy makes a key pair of the account in place of a public key. */
  legacy?: boolean;
  onCreated: () => void;
  onDismiss: () => void;
}

interface Made {
  id: string;
  made?: NewKey; // absent when a public key was pasted
}

/** CreateKey is the dialog that makes a key in the browser, or takes the public half of one. */
export function CreateKey({ legacy, onCreated, onDismiss }: Props) {
  const session = useSession();
  const [name, setName] = useState('');
  const [kind, setKind] = useState<KeyKind | 'mine'>('RSA-2048');
  const [pasted, setPasted] = useState('');
  const [withGroup, setWithGroup] = useState(!legacy);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>();
  const [made, setMade] = useState<Made>();

  async function create() {
    setBusy(true);
    setError(undefined);
    try {
      const key = kind === 'mine' ? undefined : await makeKey(kind);
      const publicPem = key?.publicPem ?? pasted;
      const id = legacy ? await registerKeyPair(session, publicPem) : await registerPublicKey(session, name, publicPem);
      if (key) downloadKey(id, key);
      setMade({ id, made: key });
      onCreated();
      if (withGroup) await createKeyGroup(session, name, [id]);
    } catch (e) {
      setError(e);
    } finally {
      setBusy(false);
    }
  }

  return (
    <Modal
      visible
      onDismiss={onDismiss}
      header={legacy ? 'Create key pair' : 'Create key'}
      closeAriaLabel="Close"
      footer={
        <Box float="right">
          <SpaceBetween direction="horizontal" size="xs">
            <Button variant="link" onClick={onDismiss}>
              {made ? 'Done' : 'Cancel'}
            </Button>
            {!made && (
              <Button
                variant="primary"
                loading={busy}
                disabled={(!legacy && !name) || (kind === 'mine' && !pasted)}
                onClick={() => void create()}
              >
                {legacy ? 'Create key pair' : 'Create key'}
              </Button>
            )}
          </SpaceBetween>
        </Box>
      }
    >
      <SpaceBetween size="m">
        {error !== undefined && (
          <ProblemAlert title={made ? 'The key group was not created' : 'The key was not created'} thrown={error} />
        )}
        {made ? (
          <Result {...made} />
        ) : (
          <SpaceBetween size="m">
            {!legacy && (
              <FormField label="Name">
                <Input value={name} onChange={(e) => setName(e.detail.value)} autoFocus />
              </FormField>
            )}
            <FormField label="Key">
              <RadioGroup
                value={kind}
                onChange={(e) => setKind(e.detail.value as typeof kind)}
                items={[
                  ...kinds,
                  {
                    value: 'mine',
                    label: 'A key of mine',
                    description: 'Paste the public half; the private one stays where it is.',
                  },
                ]}
              />
            </FormField>
            {kind === 'mine' && (
              <FormField label="Public key" description="PEM, from BEGIN PUBLIC KEY to END PUBLIC KEY.">
                <Textarea value={pasted} onChange={(e) => setPasted(e.detail.value)} rows={8} spellcheck={false} />
              </FormField>
            )}
            {!legacy && (
              <Checkbox checked={withGroup} onChange={(e) => setWithGroup(e.detail.checked)}>
                Create a key group of the same name
              </Checkbox>
            )}
          </SpaceBetween>
        )}
      </SpaceBetween>
    </Modal>
  );
}

function Result({ id, made }: Made) {
  if (!made) return <Alert type="success">The key has the id {id}. Sign with its private half.</Alert>;
  return (
    <SpaceBetween size="m">
      <Alert type="success">
        The key has the id {id}. <Box variant="code">pk-{id}.pem</Box> and <Box variant="code">rsa-{id}.pem</Box> are in your
        downloads; the private one is nowhere else.
      </Alert>
      <Button iconName="download" onClick={() => downloadKey(id, made)}>
        Download both files again
      </Button>
    </SpaceBetween>
  );
}
