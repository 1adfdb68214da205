import type { ReactNode } from 'react';
import Alert from '@cloudscape-design/components/alert';
import Box from '@cloudscape-design/components/box';
import { describe } from '../api/errors';

/** ProblemText shows an error's code, its message and what to do. */
export function ProblemText({ thrown }: { thrown: unknown }) {
  const p = describe(thrown);
  return (
    <>
      <Box color="inherit">
        <Box color="inherit" variant="strong">
          {p.code}
        </Box>
        : {p.message}
      </Box>
      {p.advice && <Box color="inherit">{p.advice}</Box>}
      {p.requestId && (
        <Box color="inherit" fontSize="body-s">
          Request {p.requestId}
        </Box>
      )}
    </>
  );
}

/** ProblemAlert shows an error where it happened. */
export function ProblemAlert({ title, thrown, action }: { title: string; thrown: unknown; action?: ReactNode }) {
  return (
    <Alert type="error" header={title} action={action}>
      <ProblemText thrown={thrown} />
    </Alert>
  );
}
