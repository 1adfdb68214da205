import { useState, type ReactNode } from 'react';
import type { DistributionConfig } from '@aws-sdk/client-cloudfront';
import Button from '@cloudscape-design/components/button';
import Form from '@cloudscape-design/components/form';
import Modal from '@cloudscape-design/components/modal';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { ProblemAlert } from '../../components/ProblemAlert';
import type { Editing } from './editing';

interface Props {
  title: string;
  editing: Editing;
  /** next is the configuration to save. */
  next: () => DistributionConfig;
  /** done is said when it is saved. */
  done: string;
  disabled?: boolean;
  onClose: () => void;
  children: ReactNode;
}

/** EditDialog edits a part of a distribution: it saves on submission, and stays open with the API's words when it is refused. */
export function EditDialog({ title, editing, next, done, disabled, onClose, children }: Props) {
  const [error, setError] = useState<unknown>();
  // The version that the dialog was opened on: a change made by others meanwhile is not overwritten.
  const [etag] = useState(editing.etag);
  async function submit() {
    setError(undefined);
    if (await editing.save(next(), done, { fail: setError, etag })) onClose();
  }
  return (
    <Modal visible size="large" onDismiss={onClose} header={title} closeAriaLabel="Close">
      <form
        onSubmit={(e) => {
          e.preventDefault();
          void submit();
        }}
      >
        <Form
          actions={
            <SpaceBetween direction="horizontal" size="xs">
              <Button variant="link" formAction="none" onClick={onClose}>
                Cancel
              </Button>
              <Button variant="primary" loading={editing.busy} disabled={disabled}>
                Save changes
              </Button>
            </SpaceBetween>
          }
        >
          <SpaceBetween size="m">
            {error !== undefined && <ProblemAlert title="The distribution was not changed" thrown={error} />}
            {children}
          </SpaceBetween>
        </Form>
      </form>
    </Modal>
  );
}
