import { useEffect, useState } from 'react';
import { DeleteBucketPolicyCommand, PutBucketPolicyCommand } from '@aws-sdk/client-s3';
import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import Container from '@cloudscape-design/components/container';
import FormField from '@cloudscape-design/components/form-field';
import Header from '@cloudscape-design/components/header';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Textarea from '@cloudscape-design/components/textarea';
import { useFlash } from '../../app/flash';
import { useLoad } from '../../app/requests';
import { ProblemAlert } from '../../components/ProblemAlert';
import { forDistribution, readPolicy, withStatement } from '../../recipe/policy';
import { useSession } from '../../session/session';

/** PolicyEditor edits a bucket's policy. The API judges it; its message is shown beside it. */
export function PolicyEditor({ bucket }: { bucket: string }) {
  const { s3 } = useSession();
  const flash = useFlash();
  const policy = useLoad((s, signal) => readPolicy(s.s3, bucket, signal).then((text) => ({ text })), [bucket]);
  const [text, setText] = useState('');
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>();
  const kept = policy.data?.text;
  useEffect(() => setText(kept ? pretty(kept) : ''), [kept]);

  async function change(command: PutBucketPolicyCommand | DeleteBucketPolicyCommand, done: string) {
    setBusy(true);
    setError(undefined);
    try {
      await (command instanceof PutBucketPolicyCommand ? s3.send(command) : s3.send(command));
      flash.success(done);
      policy.reload();
    } catch (e) {
      setError(e);
    } finally {
      setBusy(false);
    }
  }

  if (policy.error !== undefined) {
    return (
      <ProblemAlert
        title="The policy could not be read"
        thrown={policy.error}
        action={<Button onClick={policy.reload}>Try again</Button>}
      />
    );
  }
  return (
    <Container
      header={
        <Header
          variant="h2"
          description="Who may do what with the bucket, besides the account’s own access keys."
          actions={
            <SpaceBetween direction="horizontal" size="xs">
              <Button
                disabled={!kept}
                loading={busy}
                onClick={() =>
                  void change(new DeleteBucketPolicyCommand({ Bucket: bucket }), 'The policy was deleted: the bucket is private.')
                }
              >
                Delete policy
              </Button>
              <Button
                variant="primary"
                disabled={!text || !policy.data}
                loading={busy}
                onClick={() => void change(new PutBucketPolicyCommand({ Bucket: bucket, Policy: text }), 'The policy was saved.')}
              >
                Save policy
              </Button>
            </SpaceBetween>
          }
        >
          Bucket policy
        </Header>
      }
    >
      <SpaceBetween size="m">
        {error !== undefined && <ProblemAlert title="The policy was not changed" thrown={error} />}
        {policy.data && !kept && <Box color="text-body-secondary">There is no policy: the bucket is private.</Box>}
        <FormField label="Policy document" stretch>
          <div className="code">
            <Textarea
              value={text}
              onChange={(e) => setText(e.detail.value)}
              rows={18}
              spellcheck={false}
              disabled={!policy.data}
              placeholder={example(bucket)}
            />
          </div>
        </FormField>
      </SpaceBetween>
    </Container>
  );
}

function pretty(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}

function example(bucket: string): string {
  const statement = forDistribution(bucket, 'arn:aws:cloudfront::000000000000:distribution/E0123456789ABC');
  return withStatement(undefined, statement);
}
