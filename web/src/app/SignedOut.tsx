import AppLayoutToolbar from '@cloudscape-design/components/app-layout-toolbar';
import Box from '@cloudscape-design/components/box';
import SpaceBetween from '@cloudscape-design/components/space-between';
import StatusIndicator from '@cloudscape-design/components/status-indicator';
import type { Credentials } from '../api/operations';
import { ProblemAlert } from '../components/ProblemAlert';
import { Insecure } from '../session/Insecure';
import { SignIn } from '../session/SignIn';
import { TopBar } from './TopBar';

interface Props {
  signIn: (credentials: Credentials) => Promise<void>;
  /** opening: a one-time link is being exchanged. */
  opening: boolean;
  /** refusal is why a one-time link did not work. */
  refusal?: unknown;
}

/** SignedOut is the page before the sign-in. */
export function SignedOut(props: Props) {
  return (
    <>
      <TopBar />
      <AppLayoutToolbar
        headerSelector="#top-bar"
        navigationHide
        toolsHide
        maxContentWidth={640}
        content={
          <Box padding={{ top: 'l' }}>
            <Content {...props} />
          </Box>
        }
      />
    </>
  );
}

function Content({ signIn, opening, refusal }: Props) {
  if (!window.isSecureContext) return <Insecure />;
  if (opening) return <StatusIndicator type="loading">Signing in by link</StatusIndicator>;
  return (
    <SpaceBetween size="l">
      {refusal !== undefined && <ProblemAlert title="The link was refused" thrown={refusal} />}
      <SignIn signIn={signIn} />
    </SpaceBetween>
  );
}
