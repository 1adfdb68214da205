import { useState, type ReactNode } from 'react';
import type { DistributionConfig } from '@aws-sdk/client-cloudfront';
import { FormDialog } from '../../components/FormDialog';
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
    <FormDialog
      title={title}
      size="large"
      action="Save changes"
      busy={editing.busy}
      disabled={disabled}
      failure="The distribution was not changed"
      error={error}
      onSubmit={() => void submit()}
      onClose={onClose}
    >
      {children}
    </FormDialog>
  );
}
