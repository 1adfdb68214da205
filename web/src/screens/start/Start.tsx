import { useState } from 'react';
import Wizard from '@cloudscape-design/components/wizard';
import { href, navigate } from '../../app/router';
import { ProblemText } from '../../components/ProblemAlert';
import { useSession } from '../../session/session';
import { useUploads } from '../../uploads/queue';
import { BucketStep } from './BucketStep';
import { DistributionStep } from './DistributionStep';
import { FileStep } from './FileStep';
import { KeyStep } from './KeyStep';
import { ResultStep } from './ResultStep';
import { finish, firstDraft, type Draft } from './draft';

const titles = ['Bucket', 'File', 'Distribution', 'Key', 'Signed URL'];

/** Start leads through the recipe: a private file, delivered to those who hold a signed URL. */
export default function Start() {
  const session = useSession();
  const { queue } = useUploads();
  const [draft, setDraft] = useState<Draft>(firstDraft);
  const [step, setStep] = useState(0);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>();
  const change = (part: Partial<Draft>) => setDraft((d) => ({ ...d, ...part }));

  // Next carries the step out; what was carried out before is not done twice.
  async function next() {
    setBusy(true);
    setError(undefined);
    try {
      await finish(step, draft, session, queue, change);
      setStep(step + 1);
    } catch (e) {
      setError(e);
    } finally {
      setBusy(false);
    }
  }

  const contents = [
    <BucketStep key="bucket" draft={draft} change={change} />,
    <FileStep key="file" draft={draft} change={change} />,
    <DistributionStep key="distribution" draft={draft} change={change} />,
    <KeyStep key="key" draft={draft} change={change} />,
    <ResultStep key="result" draft={draft} />,
  ];
  return (
    <Wizard
      steps={titles.map((title, i) => ({
        title,
        description: descriptions[i],
        content: contents[i],
        errorText: i === step && error !== undefined ? <ProblemText thrown={error} /> : undefined,
      }))}
      activeStepIndex={step}
      isLoadingNextStep={busy}
      submitButtonText="Open the bucket"
      i18nStrings={{
        stepNumberLabel: (n) => `Step ${n}`,
        collapsedStepsLabel: (n, of) => `Step ${n} of ${of}`,
        navigationAriaLabel: 'Steps',
        cancelButton: 'Start anew',
        previousButton: 'Previous',
        nextButton: 'Next',
        nextButtonLoadingAnnouncement: 'Carrying out the step',
      }}
      onCancel={() => {
        setDraft(firstDraft);
        setStep(0);
        setError(undefined);
      }}
      onNavigate={(e) => {
        if (e.detail.reason === 'next') void next();
        else {
          setError(undefined);
          setStep(e.detail.requestedStepIndex);
        }
      }}
      onSubmit={() => navigate(href('/buckets/:bucket', { bucket: draft.bucket }))}
    />
  );
}

const descriptions = [
  'Where the file is kept. Without a signature it answers 403.',
  'What is to be delivered.',
  'The address viewers use. It may read the bucket, and asks every viewer for a signature.',
  'Made in this browser. The private half never leaves it, but as a file for you.',
  'Opens the file until it expires; nothing else does.',
];
