import type { ReactNode } from 'react';
import Alert, { type AlertProps } from '@cloudscape-design/components/alert';
import Box from '@cloudscape-design/components/box';
import Container from '@cloudscape-design/components/container';
import Header from '@cloudscape-design/components/header';
import KeyValuePairs from '@cloudscape-design/components/key-value-pairs';
import SpaceBetween from '@cloudscape-design/components/space-between';
import StatusIndicator, { type StatusIndicatorProps } from '@cloudscape-design/components/status-indicator';
import Table from '@cloudscape-design/components/table';
import type { Explanation, Report } from '../../api/explain';
import { verdicts } from '../../components/Verdict';
import { when } from '../../components/format';

const outcomes: Record<string, StatusIndicatorProps.Type> = { ok: 'success', failed: 'error', 'not-checked': 'stopped' };

/** ExplanationView shows an explanation: the verdict, likely mistakes, each check, the rest. */
export function ExplanationView(x: Explanation) {
  const verdict = verdicts[x.verdict];
  const alert: AlertProps.Type = x.verdict === 'undecided' ? 'warning' : (verdict.type as AlertProps.Type);
  return (
    <SpaceBetween size="l">
      <Alert type={alert} header={`${verdict.text}${x.status === undefined ? '' : ` with ${x.status}`}`}>
        {sentence(x.detail)}
        {x.report?.refusal && (
          <Box color="inherit">
            The viewer is told {x.report.refusal.code}: {x.report.refusal.message}
          </Box>
        )}
      </Alert>
      {x.report?.findings?.map((f) => (
        <Alert key={f.id} type="info" header={f.cause}>
          {f.fix}
        </Alert>
      ))}
      {x.report?.steps && <Steps report={x.report} />}
      {x.report && <Signature {...x.report} />}
      <Request {...x} />
    </SpaceBetween>
  );
}

/** sentence begins a clause with a capital. */
function sentence(text = ''): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function Steps({ report }: { report: Report }) {
  return (
    <Table
      header={<Header variant="h2">Checks, in order</Header>}
      items={report.steps ?? []}
      trackBy="name"
      ariaLabels={{ tableLabel: 'Checks' }}
      wrapLines
      columnDefinitions={[
        { id: 'name', header: 'Check', cell: (s) => s.name, isRowHeader: true, width: 140 },
        {
          id: 'outcome',
          header: 'Outcome',
          width: 160,
          cell: (s) => <StatusIndicator type={outcomes[s.outcome] ?? 'info'}>{s.outcome.replace('-', ' ')}</StatusIndicator>,
        },
        { id: 'detail', header: 'Detail', cell: (s) => s.detail || '–' },
      ]}
    />
  );
}

function Signature({ keyPairId, hash, source, policy, window, difference }: Report) {
  const items: { label: string; value: ReactNode }[] = [{ label: 'Found in', value: source }];
  if (keyPairId) items.push({ label: 'Key', value: keyPairId });
  if (hash) items.push({ label: 'Hash', value: hash });
  if (policy) items.push({ label: 'Policy', value: policy.kind });
  if (window?.starts) items.push({ label: 'Starts', value: when(window.starts) });
  if (window?.expires) items.push({ label: 'Expires', value: when(window.expires) });
  if (policy?.sent) items.push({ label: 'Policy as sent', value: <Code text={policy.sent} /> });
  if (policy?.canonical) items.push({ label: 'Policy as the edge writes it', value: <Code text={policy.canonical} /> });
  if (difference) {
    items.push(
      { label: 'Expected', value: <Code text={difference.expectedPart} /> },
      { label: 'Signed', value: <Code text={difference.signedPart} /> },
    );
  }
  return (
    <Container header={<Header variant="h2">Signature</Header>}>
      <KeyValuePairs columns={2} items={items} />
    </Container>
  );
}

function Request(x: Explanation) {
  return (
    <Container header={<Header variant="h2">Request</Header>}>
      <KeyValuePairs
        columns={2}
        items={[
          { label: 'Distribution', value: x.distribution ? `${x.distribution.id} (${x.distribution.domain})` : '–' },
          {
            label: 'Behavior',
            value: x.behavior ? `${x.behavior.pattern}, ${x.behavior.restricted ? 'restricted' : 'public'}` : '–',
          },
          { label: 'Keys trusted there', value: x.behavior?.keys?.join(', ') || '–' },
          { label: 'Origin', value: x.origin ? `${x.origin.domain}${x.origin.target}` : '–' },
          { label: 'Cache key', value: x.cache?.key ? <Code text={x.cache.key} /> : '–' },
          { label: 'Redirected first to', value: x.redirect ?? '–' },
        ]}
      />
    </Container>
  );
}

function Code({ text }: { text: string }) {
  return (
    <div className="wrap">
      <Box variant="code">{text}</Box>
    </div>
  );
}
