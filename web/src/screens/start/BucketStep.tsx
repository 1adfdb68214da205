import Container from '@cloudscape-design/components/container';
import FormField from '@cloudscape-design/components/form-field';
import Input from '@cloudscape-design/components/input';
import { nameProblem } from '../buckets/names';
import type { StepProps } from './step';

/** BucketStep asks for the bucket's name. */
export function BucketStep({ draft, change }: StepProps) {
  return (
    <Container>
      <FormField
        label="Bucket name"
        description="A new bucket, private by default. The name of one of your buckets takes that one."
        constraintText="3 to 63 characters: small letters, digits, hyphens and dots."
        errorText={draft.bucket && nameProblem(draft.bucket)}
      >
        <Input
          value={draft.bucket}
          onChange={(e) => change({ bucket: e.detail.value })}
          disabled={!!draft.distribution}
          placeholder="films"
          spellcheck={false}
        />
      </FormField>
    </Container>
  );
}
