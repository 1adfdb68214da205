import { useEffect, useState } from 'react';
import Button from '@cloudscape-design/components/button';
import Container from '@cloudscape-design/components/container';
import ExpandableSection from '@cloudscape-design/components/expandable-section';
import FormField from '@cloudscape-design/components/form-field';
import Header from '@cloudscape-design/components/header';
import Input from '@cloudscape-design/components/input';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Spinner from '@cloudscape-design/components/spinner';
import Textarea from '@cloudscape-design/components/textarea';
import type { Explanation, Question } from '../../api/explain';
import type { ScreenProps } from '../../app/routes';
import { useLoad } from '../../app/requests';
import { ProblemAlert } from '../../components/ProblemAlert';
import { ExplanationView } from './ExplanationView';

/** Explain asks the edge what it makes of a URL, step by step. Nothing is fetched. */
export default function Explain({ place }: ScreenProps) {
  const given = { url: place.query.get('url') ?? '', cookie: place.query.get('cookie') ?? '' };
  const [url, setUrl] = useState(given.url);
  const [cookie, setCookie] = useState(given.cookie);
  const [address, setAddress] = useState('');
  const [asked, setAsked] = useState<Question | undefined>(given.url ? given : undefined);
  useEffect(() => {
    // A signature does not stay in the address bar and the history.
    if (given.url) history.replaceState(null, '', '#/explain');
  }, [given.url]);

  return (
    <SpaceBetween size="l">
      <Header variant="h1" description="Paste any URL: the edge tells how it would decide, check by check. Nothing is fetched.">
        Explain
      </Header>
      <Container>
        <SpaceBetween size="m">
          <FormField label="URL" stretch>
            <Textarea value={url} onChange={(e) => setUrl(e.detail.value)} rows={4} spellcheck={false} />
          </FormField>
          <ExpandableSection headerText="Cookies and viewer" defaultExpanded={!!given.cookie}>
            <SpaceBetween size="m">
              <FormField label="Cookie header" description="CloudFront-Policy=…; CloudFront-Signature=…; …" stretch>
                <Textarea value={cookie} onChange={(e) => setCookie(e.detail.value)} rows={3} spellcheck={false} />
              </FormField>
              <FormField label="Viewer’s address" description="For policies that name a network.">
                <Input value={address} onChange={(e) => setAddress(e.detail.value)} spellcheck={false} />
              </FormField>
            </SpaceBetween>
          </ExpandableSection>
          <Button
            variant="primary"
            disabled={!url.trim()}
            onClick={() =>
              setAsked({ url: url.trim(), cookie: cookie.trim() || undefined, address: address.trim() || undefined })
            }
          >
            Explain
          </Button>
        </SpaceBetween>
      </Container>
      {asked && <Answer question={asked} />}
    </SpaceBetween>
  );
}

function Answer({ question }: { question: Question }) {
  const answer = useLoad(
    ({ operations }, signal) => operations.json<Explanation>({ method: 'POST', path: 'explain', body: clean(question), signal }),
    [question],
  );
  if (answer.error !== undefined) return <ProblemAlert title="The URL cannot be explained" thrown={answer.error} />;
  if (!answer.data) return <Spinner size="large" />;
  return <ExplanationView {...answer.data} />;
}

/** clean leaves out what is empty: the operation takes no empty members. */
function clean(q: Question): Question {
  return Object.fromEntries(Object.entries(q).filter(([, value]) => !!value)) as unknown as Question;
}
