import type { ReactNode } from 'react';
import Button from '@cloudscape-design/components/button';
import Form from '@cloudscape-design/components/form';
import Modal, { type ModalProps } from '@cloudscape-design/components/modal';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { ProblemAlert } from './ProblemAlert';

interface Props {
  title: string;
  size?: ModalProps.Size;
  action: string; // the words on the button that submits
  busy: boolean;
  disabled?: boolean;
  failure: string; // what did not happen, when there is an error
  error: unknown; // undefined when there is none
  onSubmit: () => void;
  onClose: () => void;
  children: ReactNode;
}

/** FormDialog is a dialog with a form: it stays open, with the API's words, when what it submits is refused. */
export function FormDialog({ title, size, action, busy, disabled, failure, error, onSubmit, onClose, children }: Props) {
  return (
    <Modal visible size={size} onDismiss={onClose} header={title} closeAriaLabel="Close">
      <form
        onSubmit={(e) => {
          e.preventDefault();
          onSubmit();
        }}
      >
        <Form
          actions={
            <SpaceBetween direction="horizontal" size="xs">
              <Button variant="link" formAction="none" onClick={onClose}>
                Cancel
              </Button>
              <Button variant="primary" loading={busy} disabled={disabled}>
                {action}
              </Button>
            </SpaceBetween>
          }
        >
          <SpaceBetween size="m">
            {error !== undefined && <ProblemAlert title={failure} thrown={error} />}
            {children}
          </SpaceBetween>
        </Form>
      </form>
    </Modal>
  );
}
