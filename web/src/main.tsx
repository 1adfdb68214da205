import '@cloudscape-design/global-styles/index.css';
import './app/layout.css';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { I18nProvider } from '@cloudscape-design/components/i18n';
import messages from '@cloudscape-design/components/i18n/messages/all.en';
import { App } from './app/App';
import { takeLink } from './session/link';
import { startTheme } from './app/theme';

startTheme();
const link = takeLink();
createRoot(document.getElementById('root')!).render(
  <StrictMode>
    <I18nProvider locale="en" messages={[messages]}>
      <App link={link} />
    </I18nProvider>
  </StrictMode>,
);
