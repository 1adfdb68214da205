import Alert from '@cloudscape-design/components/alert';
import Modal from '@cloudscape-design/components/modal';
import SpaceBetween from '@cloudscape-design/components/space-between';
import type { Credentials } from '../api/operations';
import { SignIn } from './SignIn';

interface Props {
  signIn: (credentials: Credentials) => Promise<void>;
  /** onDismiss gives up what waits for the sign-in. */
  onDismiss: () => void;
}

/** SignInAgain asks for an access key over a page whose session has ended. */
export function SignInAgain({ signIn, onDismiss }: Props) {
  return (
    <Modal visible header="Your session has ended" closeAriaLabel="Close" onDismiss={onDismiss}>
      <SpaceBetween size="m">
        <Alert type="info">What is on the page stays there. Sign in again, and what you were doing goes on.</Alert>
        <SignIn signIn={signIn} />
      </SpaceBetween>
    </Modal>
  );
}
