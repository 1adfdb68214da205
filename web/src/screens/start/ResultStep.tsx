import Alert from '@cloudscape-design/components/alert';
import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import Container from '@cloudscape-design/components/container';
import CopyToClipboard from '@cloudscape-design/components/copy-to-clipboard';
import Header from '@cloudscape-design/components/header';
import KeyValuePairs from '@cloudscape-design/components/key-value-pairs';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { Verdict } from '../../components/Verdict';
import { downloadKey } from '../../recipe/keys';
import type { Draft } from './draft';

/** ResultStep shows the signed URL, and that it is the only way in. */
export function ResultStep({ draft }: { draft: Draft }) {
  const { url, signedUrl, key, distribution } = draft;
  if (!url || !signedUrl || !key) return null;
  return (
    <SpaceBetween size="l">
      <Container header={<Header variant="h2">With the signature</Header>}>
        <SpaceBetween size="m">
          <Verdict url={signedUrl} />
          <Box>
            <div className="wrap">
              <Box variant="code">{signedUrl}</Box>
            </div>
          </Box>
          <SpaceBetween direction="horizontal" size="xs">
            <Button variant="primary" href={signedUrl} target="_blank" iconName="external" iconAlign="right">
              Open signed URL
            </Button>
            <CopyToClipboard
              copyButtonText="Copy signed URL"
              copySuccessText="Signed URL copied"
              copyErrorText="Not copied"
              textToCopy={signedUrl}
            />
          </SpaceBetween>
        </SpaceBetween>
      </Container>
      <Container header={<Header variant="h2">Without it</Header>}>
        <SpaceBetween size="m">
          <Verdict url={url} />
          <Box>
            <div className="wrap">
              <Box variant="code">{url}</Box>
            </div>
          </Box>
          <Button href={url} target="_blank" iconName="external" iconAlign="right">
            Open without signature
          </Button>
        </SpaceBetween>
      </Container>
      <Alert type="info">
        A browser warns of the certificate until it trusts the server’s local authority: <Box variant="code">tls/root.pem</Box> in
        the data directory.
      </Alert>
      <Container header={<Header variant="h2">What was made</Header>}>
        <KeyValuePairs
          columns={3}
          items={[
            { label: 'Bucket', value: draft.bucket },
            {
              label: 'Distribution',
              value: (
                <>
                  <Box>{distribution?.Id}</Box>
                  <Box color="text-body-secondary">{distribution?.DomainName}</Box>
                </>
              ),
            },
            {
              label: draft.form === 'legacy' ? 'Key pair' : 'Public key',
              value: (
                <SpaceBetween size="xxs">
                  <Box>{key.id}</Box>
                  <Button variant="inline-link" iconName="download" onClick={() => downloadKey(key.id, key.key)}>
                    Download both files again
                  </Button>
                </SpaceBetween>
              ),
            },
          ]}
        />
      </Container>
    </SpaceBetween>
  );
}
