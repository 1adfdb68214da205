import { useEffect, useRef } from 'react';
import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import Container from '@cloudscape-design/components/container';
import CopyToClipboard from '@cloudscape-design/components/copy-to-clipboard';
import ExpandableSection from '@cloudscape-design/components/expandable-section';
import Header from '@cloudscape-design/components/header';
import KeyValuePairs from '@cloudscape-design/components/key-value-pairs';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { href } from '../../app/router';
import { QRCode } from '../../components/QRCode';
import { Verdict } from '../../components/Verdict';
import { cookies, signedUrl, type Signed } from '../../signing/policy';

const mostQR = 2900; // characters of a URL that a QR code holds

/** Result is what was signed, and for which URL. */
export interface Result {
  url: string;
  kind: 'url' | 'cookies';
  signed: Signed;
}

/** SignedResult shows a signature: the URL or the cookies, the policy, what the edge makes of it. */
export function SignedResult({ url, kind, signed }: Result) {
  const top = useRef<HTMLDivElement>(null);
  useEffect(() => {
    void top.current?.scrollIntoView({ block: 'nearest' }); // browsers differ in what it returns
  }, [signed]);
  const link = signedUrl(url, signed);
  const cookie = cookies(signed)
    .map(([name, value]) => `${name}=${value}`)
    .join('; ');
  const text = kind === 'url' ? link : cookie;
  return (
    <div ref={top}>
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
          {kind === 'url' && link.length <= mostQR && (
            <ExpandableSection headerText="QR code">
              <QRCode text={link} label="QR code of the signed URL" />
            </ExpandableSection>
          )}
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
    </div>
  );
}
