import AppLayoutToolbar from '@cloudscape-design/components/app-layout-toolbar';
import Box from '@cloudscape-design/components/box';
import { Insecure } from '../session/Insecure';
import { SignIn } from '../session/SignIn';
import type { Credentials } from '../api/operations';
import { TopBar } from './TopBar';

interface Props {
  signIn: (credentials: Credentials) => Promise<void>;
  notice?: string;
}

/** SignedOut is the page before the sign-in. */
export function SignedOut({ signIn, notice }: Props) {
  return (
    <>
      <TopBar />
      <AppLayoutToolbar
        headerSelector="#top-bar"
        navigationHide
        toolsHide
        maxContentWidth={640}
        content={
          <Box padding={{ top: 'l' }}>{window.isSecureContext ? <SignIn signIn={signIn} notice={notice} /> : <Insecure />}</Box>
        }
      />
    </>
  );
}
