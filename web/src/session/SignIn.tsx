import { useState } from 'react';
import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import Container from '@cloudscape-design/components/container';
import ExpandableSection from '@cloudscape-design/components/expandable-section';
import Form from '@cloudscape-design/components/form';
import FormField from '@cloudscape-design/components/form-field';
import Header from '@cloudscape-design/components/header';
import Input from '@cloudscape-design/components/input';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { ProblemAlert } from '../components/ProblemAlert';
import type { Credentials } from '../api/operations';

interface Props {
  /** signIn rejects when the server refuses the credentials. */
  signIn: (credentials: Credentials) => Promise<void>;
}

/** SignIn asks for an access key. */
export function SignIn({ signIn }: Props) {
  const [accessKeyId, setAccessKeyId] = useState('');
  const [secretAccessKey, setSecret] = useState('');
  const [sessionToken, setToken] = useState('');
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>();

  async function submit() {
    setBusy(true);
    setError(undefined);
    try {
      await signIn({
        accessKeyId: accessKeyId.trim(),
        secretAccessKey: secretAccessKey.trim(),
        ...(sessionToken.trim() && { sessionToken: sessionToken.trim() }),
      });
    } catch (e) {
      setError(e);
      setBusy(false);
    }
  }

  return (
    <form
      onSubmit={(e) => {
        e.preventDefault();
        void submit();
      }}
    >
      <Form
        header={
          <Header
            variant="h1"
            description="Requests are signed in this browser. The secret stays in this page’s memory and is never sent."
          >
            Sign in with an access key
          </Header>
        }
        actions={
          <Button variant="primary" formAction="submit" loading={busy} disabled={!accessKeyId.trim() || !secretAccessKey.trim()}>
            Sign in
          </Button>
        }
      >
        <SpaceBetween size="l">
          {error !== undefined && <ProblemAlert title="Not signed in" thrown={error} />}
          <Container>
            <SpaceBetween size="m">
              <FormField label="Access key id">
                <Input
                  value={accessKeyId}
                  onChange={(e) => setAccessKeyId(e.detail.value)}
                  autoComplete="off"
                  spellcheck={false}
                  autoFocus
                />
              </FormField>
              <FormField label="Secret access key">
                <Input
                  value={secretAccessKey}
                  onChange={(e) => setSecret(e.detail.value)}
                  type="password"
                  autoComplete="off"
                  spellcheck={false}
                />
              </FormField>
              <ExpandableSection headerText="Temporary access key">
                <FormField label="Session token" description="Only for a temporary access key.">
                  <Input
                    value={sessionToken}
                    onChange={(e) => setToken(e.detail.value)}
                    type="password"
                    autoComplete="off"
                    spellcheck={false}
                  />
                </FormField>
              </ExpandableSection>
            </SpaceBetween>
          </Container>
          <Box color="text-body-secondary">
            <Box variant="code">warmfront env</Box> prints the root access key of a server on this computer.
          </Box>
        </SpaceBetween>
      </Form>
    </form>
  );
}
