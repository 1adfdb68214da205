import { useState } from 'react';
import Button from '@cloudscape-design/components/button';
import Checkbox from '@cloudscape-design/components/checkbox';
import Container from '@cloudscape-design/components/container';
import Form from '@cloudscape-design/components/form';
import FormField from '@cloudscape-design/components/form-field';
import Header from '@cloudscape-design/components/header';
import Input from '@cloudscape-design/components/input';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Textarea from '@cloudscape-design/components/textarea';
import { useFlash } from '../../app/flash';
import { href, navigate } from '../../app/router';
import { ProblemAlert } from '../../components/ProblemAlert';
import { cachingOptimized } from '../../recipe/distribution';
import { useSession } from '../../session/session';
import { BehaviorFields } from './BehaviorFields';
import { useChoices } from './choices';
import { createDistribution, type Request } from './create';
import { words } from './General';
import { OriginFields } from './OriginFields';

const blank: Request = {
  domain: '',
  originPath: '',
  access: 'control',
  accessId: '',
  grant: true,
  behavior: {
    TargetOriginId: undefined,
    ViewerProtocolPolicy: 'redirect-to-https',
    Compress: true,
    CachePolicyId: cachingOptimized,
  },
  comment: '',
  aliases: [],
  rootObject: '',
  httpVersion: 'http2and3',
  enabled: true,
};

/** CreateDistribution asks, in CloudFront's words, for what a new distribution is to be. */
export default function CreateDistribution() {
  const session = useSession();
  const flash = useFlash();
  const choices = useChoices();
  const [r, set] = useState(blank);
  const [aliases, setAliases] = useState('');
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>();
  const change = (part: Partial<Request>) => set({ ...r, ...part });
  const groups = r.behavior.TrustedKeyGroups;

  async function create() {
    setBusy(true);
    setError(undefined);
    try {
      const { made, ungranted } = await createDistribution(session, { ...r, aliases: words(aliases) });
      if (ungranted === undefined) flash.success(`Distribution ${made.Id} was created.`);
      else flash.error(`Distribution ${made.Id} was created, but the bucket policy was not updated`, ungranted);
      navigate(href('/distributions/:id', { id: made.Id! }));
    } catch (e) {
      setError(e);
      setBusy(false);
    }
  }

  return (
    <form
      onSubmit={(e) => {
        e.preventDefault();
        void create();
      }}
    >
      <Form
        header={<Header variant="h1">Create distribution</Header>}
        actions={
          <SpaceBetween direction="horizontal" size="xs">
            <Button variant="link" formAction="none" href={href('/distributions')}>
              Cancel
            </Button>
            <Button variant="primary" loading={busy} disabled={!r.domain || (groups?.Enabled && !groups.Items?.length)}>
              Create distribution
            </Button>
          </SpaceBetween>
        }
      >
        <SpaceBetween size="l">
          {error !== undefined && <ProblemAlert title="The distribution was not created" thrown={error} />}
          {choices.error !== undefined && (
            <ProblemAlert
              title="What can be chosen could not be read"
              thrown={choices.error}
              action={
                <Button formAction="none" onClick={choices.reload}>
                  Try again
                </Button>
              }
            />
          )}
          <Container header={<Header variant="h2">Origin</Header>}>
            <OriginFields value={r} change={change} choices={choices.data} />
          </Container>
          <Container header={<Header variant="h2">Default cache behavior</Header>}>
            <BehaviorFields value={r.behavior} onChange={(behavior) => change({ behavior })} choices={choices.data} />
          </Container>
          <Container header={<Header variant="h2">Settings</Header>}>
            <SpaceBetween size="l">
              <FormField label="Description – optional">
                <Input value={r.comment} onChange={(e) => change({ comment: e.detail.value })} />
              </FormField>
              <FormField
                label="Alternate domain names – optional"
                constraintText="One a line. A certificate of the server’s own authority is made for each."
              >
                <Textarea value={aliases} onChange={(e) => setAliases(e.detail.value)} rows={2} spellcheck={false} />
              </FormField>
              <FormField label="Default root object – optional" constraintText="Without a slash in front: index.html">
                <Input value={r.rootObject} onChange={(e) => change({ rootObject: e.detail.value })} spellcheck={false} />
              </FormField>
              <Checkbox checked={r.enabled} onChange={(e) => change({ enabled: e.detail.checked })}>
                Enabled
              </Checkbox>
            </SpaceBetween>
          </Container>
        </SpaceBetween>
      </Form>
    </form>
  );
}
