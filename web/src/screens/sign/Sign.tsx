import { useState } from 'react';
import Alert from '@cloudscape-design/components/alert';
import Button from '@cloudscape-design/components/button';
import Checkbox from '@cloudscape-design/components/checkbox';
import Container from '@cloudscape-design/components/container';
import FormField from '@cloudscape-design/components/form-field';
import Header from '@cloudscape-design/components/header';
import Input from '@cloudscape-design/components/input';
import RadioGroup from '@cloudscape-design/components/radio-group';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { DateTimeField } from '../../components/DateTimeField';
import { sign } from '../../signing/policy';
import { KeyPicker, type PickedKey } from './KeyPicker';
import { SignedResult, type Result } from './SignedResult';
import { emptyTerms, problemOf, termsOf, type Draft } from './terms';

/** Sign signs URLs and cookies in this browser, with a private key that stays in it. */
export default function Sign() {
  const [key, setKey] = useState<PickedKey>();
  const [draft, setDraft] = useState<Draft>(emptyTerms);
  const [result, setResult] = useState<Result>();
  const [error, setError] = useState<string>();
  const change = (part: Partial<Draft>) => {
    setDraft((d) => ({ ...d, ...part }));
    setResult(undefined);
  };
  const problem = problemOf(draft);

  async function submit() {
    setError(undefined);
    try {
      const signed = await sign(termsOf(draft), key!.id, key!.signer, draft.hash, draft.custom);
      setResult({ url: draft.url, kind: draft.kind, signed });
    } catch (e) {
      setError(e instanceof Error ? e.message : String(e));
    }
  }

  return (
    <SpaceBetween size="l">
      <Header variant="h1" description="Signed here, by this browser: neither the private key nor the policy is sent anywhere.">
        Sign
      </Header>
      <KeyPicker picked={key} onPick={setKey} />
      <Container header={<Header variant="h2">What is granted</Header>}>
        <SpaceBetween size="m">
          <FormField label="As">
            <RadioGroup
              value={draft.kind}
              onChange={(e) => change({ kind: e.detail.value as Draft['kind'] })}
              items={[
                { value: 'url', label: 'Signed URL' },
                { value: 'cookies', label: 'Signed cookies' },
              ]}
            />
          </FormField>
          <FormField
            label="URL"
            description="As the viewer will send it: the distribution’s domain or an alias, and the port if there is one."
            stretch
          >
            <Input
              value={draft.url}
              onChange={(e) => change({ url: e.detail.value })}
              placeholder="https://d111111abcdef8.cloudfront.localhost:8443/film.mp4"
              spellcheck={false}
            />
          </FormField>
          <FormField
            label="Resource"
            description="Leave it empty for exactly that URL. A pattern with * covers more, and makes the policy a custom one."
            stretch
          >
            <Input
              value={draft.resource}
              onChange={(e) => change({ resource: e.detail.value })}
              placeholder="https://d111111abcdef8.cloudfront.localhost:8443/films/*"
              spellcheck={false}
            />
          </FormField>
          <DateTimeField
            label="Expires"
            date={draft.expiresDate}
            time={draft.expiresTime}
            onDate={(expiresDate) => change({ expiresDate })}
            onTime={(expiresTime) => change({ expiresTime })}
          />
          <DateTimeField
            label="Starts"
            optional
            date={draft.startsDate}
            time={draft.startsTime}
            onDate={(startsDate) => change({ startsDate })}
            onTime={(startsTime) => change({ startsTime })}
          />
          <FormField
            label="Network"
            description="Optional: one address or range that viewers must come from. IPv6 is Warmfront’s own: CloudFront takes IPv4 only."
          >
            <Input
              value={draft.network}
              onChange={(e) => change({ network: e.detail.value })}
              placeholder="192.0.2.0/24"
              spellcheck={false}
            />
          </FormField>
          <Checkbox
            checked={draft.hash === 'SHA-256'}
            onChange={(e) => change({ hash: e.detail.checked ? 'SHA-256' : 'SHA-1' })}
            description="Adds Hash-Algorithm=SHA256; older verifiers know SHA-1 only."
          >
            Sign with SHA-256
          </Checkbox>
          <Checkbox
            checked={draft.custom}
            onChange={(e) => change({ custom: e.detail.checked })}
            description="Sends the policy along, even where a canned one would do."
          >
            Use a custom policy
          </Checkbox>
          {problem && draft.url && <Alert type="warning">{problem}</Alert>}
          {error && <Alert type="error">{error}</Alert>}
          <Button variant="primary" disabled={!key || !key.id || !!problem} onClick={() => void submit()}>
            Sign
          </Button>
        </SpaceBetween>
      </Container>
      {result && <SignedResult {...result} />}
    </SpaceBetween>
  );
}
