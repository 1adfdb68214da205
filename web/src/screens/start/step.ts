import type { Draft } from './draft';

/** StepProps is what each step of the wizard gets. */
export interface StepProps {
  draft: Draft;
  change: (part: Partial<Draft>) => void;
}
