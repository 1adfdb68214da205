import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import Container from '@cloudscape-design/components/container';
import CopyToClipboard from '@cloudscape-design/components/copy-to-clipboard';
import Header from '@cloudscape-design/components/header';
import KeyValuePairs from '@cloudscape-design/components/key-value-pairs';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { href } from '../../app/router';
import { Verdict } from '../../components/Verdict';
import { cookies, signedUrl, type Signed } from '../../signing/policy';

/** Result is what was signed, and for which URL. */
export interface Result {
  url: string;
  kind: 'url' | 'cookies';
  signed: Signed;
}

/** SignedResult shows a signature: the URL or the cookies, the policy, what the edge makes of it. */
export function SignedResult({ url, kind, signed }: Result) {
  const link = signedUrl(url, signed);
  const cookie = cookies(signed)
    .map(([name, value]) => `${name}=${value}`)
    .join('; ');
  const text = kind === 'url' ? link : cookie;
  return (
    <Container header={<Header variant="h2">{kind === 'url' ? 'Signed URL' : 'Signed cookies'}</Header>}>
      <SpaceBetween size="m">
        {url && <Verdict url={kind === 'url' ? link : url} cookie={kind === 'cookies' ? cookie : undefined} />}
        <div className="wrap">
          <Box variant="code">{text}</Box>
        </div>
        <SpaceBetween direction="horizontal" size="xs">
          <CopyToClipboard
            copyButtonText={kind === 'url' ? 'Copy URL' : 'Copy Cookie header'}
            copySuccessText="Copied"
            copyErrorText="Not copied"
            textToCopy={text}
          />
          {kind === 'url' && (
            <Button href={link} target="_blank" iconName="external" iconAlign="right">
              Open
            </Button>
          )}
          <Button
            href={href('/explain', {}, { url: kind === 'url' ? link : url, cookie: kind === 'cookies' ? cookie : undefined })}
          >
            Explain
          </Button>
        </SpaceBetween>
        <KeyValuePairs
          items={[
            {
              label: signed.canned ? 'Canned policy (not sent; the edge writes it again)' : 'Custom policy (sent along)',
              value: (
                <div className="wrap">
                  <Box variant="code">{signed.policy}</Box>
                </div>
              ),
            },
          ]}
        />
      </SpaceBetween>
    </Container>
  );
}
