import { Component, type ReactNode } from 'react';
import Button from '@cloudscape-design/components/button';
import { ProblemAlert } from '../components/ProblemAlert';

/** Failsafe keeps the page standing when a screen cannot be loaded or drawn. */
export class Failsafe extends Component<{ children: ReactNode }, { thrown?: unknown }> {
  override state: { thrown?: unknown } = {};

  static getDerivedStateFromError(thrown: unknown) {
    return { thrown };
  }

  override render() {
    if (this.state.thrown === undefined) return this.props.children;
    return (
      <ProblemAlert
        title="This screen could not be shown"
        thrown={this.state.thrown}
        action={<Button onClick={() => this.setState({ thrown: undefined })}>Try again</Button>}
      />
    );
  }
}
