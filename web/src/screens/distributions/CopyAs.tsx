import Box from '@cloudscape-design/components/box';
import CopyToClipboard from '@cloudscape-design/components/copy-to-clipboard';
import Modal from '@cloudscape-design/components/modal';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { createCommand, updateCommand } from './cli';
import type { Editing } from './editing';
import { terraform } from './terraform';

export type Form = 'cli' | 'terraform';

/** CopyAs shows a distribution as commands of the AWS CLI, or as a resource of Terraform. */
export function CopyAs({ form, editing, onClose }: { form: Form; editing: Editing; onClose: () => void }) {
  const { id, etag, config } = editing;
  const texts =
    form === 'cli'
      ? [
          { title: 'Update this distribution', text: updateCommand(id, etag, config) },
          { title: 'Create another like it, without its alternate domain names', text: createCommand(config) },
        ]
      : [{ title: 'Resource', text: terraform(config) }];
  return (
    <Modal
      visible
      size="large"
      onDismiss={onClose}
      header={form === 'cli' ? 'Copy as AWS CLI' : 'Copy as Terraform'}
      closeAriaLabel="Close"
    >
      <SpaceBetween size="l">
        <Box color="text-body-secondary">
          {form === 'cli'
            ? '“warmfront env” prints the variables that point the AWS CLI here. The update is refused if the distribution has changed meanwhile.'
            : `For the AWS provider; “terraform import aws_cloudfront_distribution.this ${id}” takes this distribution over.`}
        </Box>
        {texts.map(({ title, text }) => (
          <SpaceBetween key={title} size="xs">
            <SpaceBetween direction="horizontal" size="s" alignItems="center">
              <Box variant="h3" padding="n">
                {title}
              </Box>
              <CopyToClipboard
                textToCopy={text}
                copyButtonText="Copy"
                copyButtonAriaLabel={`Copy: ${title}`}
                copySuccessText="Copied"
                copyErrorText="Not copied"
              />
            </SpaceBetween>
            <pre className="listing" tabIndex={0} aria-label={title}>
              {text}
            </pre>
          </SpaceBetween>
        ))}
      </SpaceBetween>
    </Modal>
  );
}
