import { useState } from 'react';
import type { DistributionConfig } from '@aws-sdk/client-cloudfront';
import Alert from '@cloudscape-design/components/alert';
import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import Container from '@cloudscape-design/components/container';
import FormField from '@cloudscape-design/components/form-field';
import Header from '@cloudscape-design/components/header';
import Modal from '@cloudscape-design/components/modal';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Textarea from '@cloudscape-design/components/textarea';
import { ProblemAlert } from '../../components/ProblemAlert';
import { changed, diff, type Line } from './diff';
import type { Editing } from './editing';

/** Draft is the text being edited, and the version it was read from. */
interface Draft {
  etag: string;
  before: string;
  text: string;
}

/** JsonEditor edits the whole configuration, and shows what would change before it is saved. */
export function JsonEditor({ editing }: { editing: Editing }) {
  const read = (): Draft => {
    const text = JSON.stringify(editing.config, null, 2);
    return { etag: editing.etag, before: text, text };
  };
  const [draft, setDraft] = useState(read);
  const [review, setReview] = useState<{ lines: Line[]; config: DistributionConfig }>();
  const [problem, setProblem] = useState<string>();
  const [error, setError] = useState<unknown>();
  const stale = draft.etag !== editing.etag;
  const reset = () => {
    setDraft(read());
    setProblem(undefined);
    setError(undefined);
  };

  // What others (or the other tabs) saved is shown at once, unless there are edits to lose.
  if (stale && draft.text === draft.before) reset();

  function look() {
    setError(undefined);
    try {
      const config = JSON.parse(draft.text) as DistributionConfig;
      setProblem(undefined);
      setReview({ lines: diff(draft.before, JSON.stringify(config, null, 2)), config });
    } catch (e) {
      setProblem(e instanceof Error ? e.message : String(e));
    }
  }
  async function save() {
    if (!review) return;
    const saved = await editing.save(review.config, 'The configuration was saved.', { etag: draft.etag, fail: setError });
    setReview(undefined);
    // The next reading replaces the text.
    if (saved) setDraft((d) => ({ ...d, before: d.text }));
  }

  return (
    <Container
      header={
        <Header
          variant="h2"
          description="The DistributionConfig as the API has it: every setting that is executed can be edited here."
          actions={
            <SpaceBetween direction="horizontal" size="xs">
              <Button disabled={draft.text === draft.before && !stale} onClick={reset}>
                Discard edits
              </Button>
              <Button variant="primary" disabled={draft.text === draft.before} onClick={look}>
                Review changes
              </Button>
            </SpaceBetween>
          }
        >
          JSON
        </Header>
      }
    >
      <SpaceBetween size="m">
        {error !== undefined && (
          <ProblemAlert
            title="The distribution was not changed"
            thrown={error}
            action={<Button onClick={editing.reload}>Reload the distribution</Button>}
          />
        )}
        {stale && (
          <Alert type="warning" header="Somebody else has changed the distribution meanwhile">
            Your edits are based on an older version, which the API will not take (412). Copy what you need, discard the edits,
            and make them again on the newest version.
          </Alert>
        )}
        <FormField label="Configuration" errorText={problem} stretch>
          <div className="code">
            <Textarea
              value={draft.text}
              onChange={(e) => setDraft({ ...draft, text: e.detail.value })}
              rows={28}
              spellcheck={false}
            />
          </div>
        </FormField>
      </SpaceBetween>
      {review && (
        <Review lines={review.lines} busy={editing.busy} onSave={() => void save()} onClose={() => setReview(undefined)} />
      )}
    </Container>
  );
}

function Review({ lines, busy, onSave, onClose }: { lines: Line[]; busy: boolean; onSave: () => void; onClose: () => void }) {
  const parts = changed(lines);
  return (
    <Modal
      visible
      size="large"
      onDismiss={onClose}
      header="Review changes"
      closeAriaLabel="Close"
      footer={
        <Box float="right">
          <SpaceBetween direction="horizontal" size="xs">
            <Button variant="link" onClick={onClose}>
              Back to editing
            </Button>
            <Button variant="primary" loading={busy} disabled={!parts.length} onClick={onSave}>
              Save changes
            </Button>
          </SpaceBetween>
        </Box>
      }
    >
      {parts.length === 0 ? (
        <Box>The text differs, the configuration does not.</Box>
      ) : (
        <div className="diff" role="figure" aria-label="Differences" tabIndex={0}>
          {parts.map((line, i) => (
            <div key={i} className={line ? { ' ': 'diff-same', '-': 'diff-old', '+': 'diff-new' }[line.sign] : 'diff-same'}>
              {line ? `${line.sign} ${line.text}` : '⋯'}
            </div>
          ))}
        </div>
      )}
    </Modal>
  );
}
