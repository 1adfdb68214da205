import StatusIndicator, { type StatusIndicatorProps } from '@cloudscape-design/components/status-indicator';
import type { Explanation } from '../api/explain';
import { describe } from '../api/errors';
import { useLoad } from '../app/requests';

/** verdicts are the words of explain, for people. */
export const verdicts: Record<Explanation['verdict'], { type: StatusIndicatorProps.Type; text: string }> = {
  admitted: { type: 'success', text: 'Admitted' },
  refused: { type: 'error', text: 'Refused' },
  undecided: { type: 'warning', text: 'It depends on the viewer’s address' },
  public: { type: 'info', text: 'Public: no signature is asked for' },
  rejected: { type: 'error', text: 'Rejected before any signature is looked at' },
};

/** Verdict says what the edge would do with a URL now. */
export function Verdict({ url, cookie }: { url: string; cookie?: string }) {
  const answer = useLoad(
    (session, signal) => session.operations.json<Explanation>({ method: 'POST', path: 'explain', body: { url, cookie }, signal }),
    [url, cookie],
  );
  if (answer.error !== undefined) return <StatusIndicator type="warning">{describe(answer.error).message}</StatusIndicator>;
  if (!answer.data) return <StatusIndicator type="loading">Asking the edge</StatusIndicator>;
  const { type, text } = verdicts[answer.data.verdict];
  const { status, detail } = answer.data;
  return (
    <StatusIndicator type={type}>
      {text}
      {status !== undefined && ` with ${status}`}
      {detail && `: ${detail}`}
    </StatusIndicator>
  );
}
